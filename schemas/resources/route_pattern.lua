return {
  resource = "route_pattern", title = "Route Pattern", menu = "Call Routing > Route/Hunt > Route Pattern", key = { "pattern", "partition" },
  doc = "Numbers that leave the cluster, and how.",
  fields = {
    { "pattern", "text", required = true, max = 50, format = "dial_pattern", title = "Route Pattern", doc = "X, !, ?, [..], \\+ and . as usual." },
    { "partition", "reference", to = "partition", title = "Route Partition", doc = "Who can reach it; all when empty." },
    { "description", "text", max = 128, doc = "Free text." },
    { "sip_trunk", "reference", to = "sip_trunk", title = "Gateway", doc = "The SIP trunk to which the calls go; this or a route list, or block." },
    { "route_list", "reference", to = "route_list", title = "Route List", doc = "The route list that chooses a SIP trunk; this or sip_trunk, or block." },
    { "block", "boolean", title = "Block this pattern", doc = "Refuse such calls." },
    { "urgent_priority", "boolean", title = "Urgent Priority", doc = "Route at once when it matches, although a longer pattern might." },
    { "discard_digits", "enum", of = "discard_digits", title = "Discard Digits", doc = "What is cut off the dialled number." },
    { "called_party_transform_mask", "text", max = 50, format = "mask", title = "Called Party Transform Mask", doc = "Mask for the called number." },
    { "called_party_prefix_digits", "text", max = 50, format = "digits", title = "Prefix Digits (Outgoing Calls)", doc = "Put before the called number." },
    { "use_external_phone_number_mask", "boolean", title = "Use Calling Party's External Phone Number Mask", doc = "Show the caller's number through the line's mask." },
    { "calling_party_transform_mask", "text", max = 50, format = "mask", title = "Calling Party Transform Mask", doc = "Mask for the caller's number." },
    { "calling_party_prefix_digits", "text", max = 50, format = "digits", title = "Calling Party Prefix Digits (Outgoing Calls)", doc = "Put before the caller's number." },
  },
}
