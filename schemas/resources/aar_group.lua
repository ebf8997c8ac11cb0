return {
  resource = "aar_group", title = "AAR Group", menu = "Call Routing > AAR Group", key = "name",
  doc = "Numbers that are dialled the same way when automated alternate routing calls them around a link that is full.",
  fields = {
    { "name", "text", required = true, max = 50, format = "name", doc = "Its name." },
    { "prefix_digits", "text", max = 50, format = "digits", title = "Prefix Digits", doc = "Put before the number." },
  },
}
