return {
  resource = "partition", title = "Partition", menu = "Call Routing > Class of Control > Partition", key = "name",
  doc = "A named group of numbers and patterns that can be reached alike.",
  fields = {
    { "name", "text", required = true, max = 50, format = "name", doc = "Its name." },
    { "description", "text", max = 128, doc = "Free text." },
  },
}
