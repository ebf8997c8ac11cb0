return {
  part = "presence_group_relationship", title = "BLF Presence Group Relationship", doc = "What members of a presence group may see of another one's.",
  fields = {
    { "presence_group", "reference", to = "presence_group", required = true, title = "BLF Presence Group", doc = "The other group." },
    { "subscription_permission", "enum", of = { "use_system_default", "allow_subscription", "disallow_subscription" }, title = "Subscription Permission",
      doc = "Whether phones of the one may watch numbers of the other; the system default is the service parameter Default Inter-Presence Group Subscription." },
  },
}
