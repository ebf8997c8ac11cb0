return {
  resource = "route_group", title = "Route Group", menu = "Call Routing > Route/Hunt > Route Group", key = "name",
  doc = "Trunks and gateways that are tried together. Standard Local Route Group stands for the one of the caller's device pool.",
  fields = {
    { "name", "text", required = true, max = 50, format = "name", title = "Route Group Name", doc = "Its name." },
    { "distribution", "enum", of = { "circular", "top_down" }, title = "Distribution Algorithm", doc = "Begin with the next member each time, or always with the first." },
    { "members", "list", of = "reference", to = "sip_trunk", max = 100, title = "Selected Devices", doc = "In order." },
  },
  factory = { { name = "Standard Local Route Group" } },
}
