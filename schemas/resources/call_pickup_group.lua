-- Whose ringing calls can be answered at which other phones.
return {
  resource = "call_pickup_group", title = "Call Pickup Group", menu = "Call Routing > Call Pickup Group", key = "name",
  doc = "Directory numbers whose ringing calls the members pick up, each at their own phone. A number belongs to the group that it names.",
  fields = {
    { "name", "text", required = true, max = 100, format = "name", title = "Call Pickup Group Name", doc = "Name." },
    { "number", "text", required = true, max = 24, format = "digits", title = "Call Pickup Group Number", doc = "Dialled, or keyed in after GPickUp, to pick up a call of this group." },
    { "description", "text", max = 128, doc = "Free text." },
    { "partition", "reference", to = "partition", title = "Partition", doc = "Who may pick up calls of this group: whose calling search spaces reach the number; all when empty." },
    { "notification_policy", "enum", of = { "no_alert", "audio_alert", "visual_alert", "audio_and_visual_alert" }, title = "Call Pickup Group Notification Policy",
      doc = "Whether the phones of the other members tell of a ringing call: by a tone, on their status line, or both." },
    { "notification_timer", "integer", min = 1, max = 300, default = 6, unit = "s", title = "Call Pickup Group Notification Timer", doc = "How long a call has rung when they are told." },
    { "calling_party_information", "boolean", title = "Calling Party Information", doc = "The status line shows who calls." },
    { "called_party_information", "boolean", title = "Called Party Information", doc = "The status line shows who is called." },
    { "other_pickup_groups", "list", of = "reference", to = "call_pickup_group", max = 10, title = "Other Pickup Groups",
      doc = "Whose calls members of this group pick up with OPickUp, in this order, and one by one by their number." },
  },
}
