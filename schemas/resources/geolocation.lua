return {
  resource = "geolocation", title = "Geolocation", menu = "System > Geolocation Configuration", key = "name",
  doc = "A place, given to phones and device pools; the home cluster picks the roaming device pool of a visiting phone by it.",
  fields = {
    { "name", "text", required = true, max = 50, format = "name", doc = "Its name." },
    { "description", "text", max = 128, doc = "Free text." },
    { "address", "record", part = "civic_address", doc = "The place." },
  },
}
