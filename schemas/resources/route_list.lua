return {
  resource = "route_list", title = "Route List", menu = "Call Routing > Route/Hunt > Route List", key = "name",
  doc = "Route groups in the order in which they are tried.",
  fields = {
    { "name", "text", required = true, max = 50, format = "name", title = "Route List Name", doc = "Its name." },
    { "description", "text", max = 128, doc = "Free text." },
    { "enabled", "boolean", default = true, title = "Enable this Route List", doc = "Whether calls may use it." },
    { "return_to_visiting_cluster", "enum", of = { "adjunct_only", "always", "never" }, title = "Standard Local Route Group for EMCC",
      doc = "When the Standard Local Route Group sends a visitor's call back to the visiting cluster: only for patterns found through the adjunct CSS, always, or never." },
    { "members", "list", item = "member", max = 100, title = "Selected Groups", doc = "In order.", fields = {
      { "route_group", "reference", to = "route_group", required = true, title = "Route Group", doc = "Which group." },
      { "discard_digits", "enum", of = "discard_digits", title = "Discard Digits", doc = "Takes the place of the route pattern's." },
      { "called_party_transform_mask", "text", max = 50, format = "mask", title = "Called Party Transform Mask", doc = "Takes the place of the route pattern's." },
      { "called_party_prefix_digits", "text", max = 50, format = "digits", title = "Prefix Digits (Outgoing Calls)", doc = "Takes the place of the route pattern's." },
    } },
  },
}
