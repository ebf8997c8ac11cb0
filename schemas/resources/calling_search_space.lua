return {
  resource = "calling_search_space", title = "Calling Search Space", menu = "Call Routing > Class of Control > Calling Search Space",
  key = "name",
  doc = "An ordered list of partitions: what a caller can reach. The order decides only between equally good matches.",
  fields = {
    { "name", "text", required = true, max = 50, format = "name", doc = "Its name." },
    { "description", "text", max = 128, doc = "Free text." },
    { "usage", "enum", of = "partition_usage", title = "Usage", doc = "general; or intercom: an Intercom Calling Search Space, which has intercom partitions alone and is that of intercom numbers. It stays as it was made." },
    { "partitions", "list", of = "reference", to = "partition", max = 200, title = "Selected Partitions", doc = "In order of preference." },
  },
}
