return {
  resource = "directory_number", title = "Directory Number", menu = "Call Routing > Directory Number", key = { "pattern", "partition" },
  doc = "A number that rings on every device whose line it is.",
  fields = {
    { "pattern", "text", required = true, max = 50, format = "dial_pattern", title = "Directory Number", doc = "The number; a + must be written \\+." },
    { "partition", "reference", to = "partition", title = "Route Partition", doc = "Who can reach it; everybody when empty." },
    { "description", "text", max = 128, doc = "Free text." },
    { "alerting_name", "text", max = 50, format = "name", title = "Alerting Name", doc = "What a caller sees while it rings." },
    { "calling_search_space", "reference", to = "calling_search_space", title = "Calling Search Space", doc = "What may be reached from this line: the line CSS." },
    { "active", "boolean", default = true, title = "Active", doc = "Whether it can be called." },
  },
}
