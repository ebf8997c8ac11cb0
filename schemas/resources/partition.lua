return {
  resource = "partition", title = "Partition", menu = "Call Routing > Class of Control > Partition", key = "name",
  doc = "A named group of numbers and patterns that can be reached alike.",
  fields = {
    { "name", "text", required = true, max = 50, format = "name", doc = "Its name." },
    { "description", "text", max = 128, doc = "Free text." },
  },
  factory = {
    { name = "Global Learned Enterprise Numbers", description = "Enterprise numbers learned by ILS" },
    { name = "Global Learned E.164 Numbers", description = "+E.164 numbers learned by ILS" },
    { name = "Global Learned Enterprise Patterns", description = "Enterprise patterns learned by ILS" },
    { name = "Global Learned E.164 Patterns", description = "+E.164 patterns learned by ILS" },
  },
}
