return {
  resource = "partition", title = "Partition", menu = "Call Routing > Class of Control > Partition", key = "name",
  doc = "A named group of numbers and patterns that can be reached alike.",
  fields = {
    { "name", "text", required = true, max = 50, format = "name", doc = "Its name." },
    { "description", "text", max = 128, doc = "Free text." },
    { "usage", "enum", of = "partition_usage", title = "Usage", doc = "general; or intercom: an Intercom Route Partition, whose directory numbers are intercom numbers. It stays as it was made." },
    { "time_schedule", "reference", to = "time_schedule", title = "Time Schedule", doc = "When calls search it; always when empty. Calls that stand are not ended." },
    { "time_zone", "text", max = 64, format = "time_zone", title = "Time Zone", doc = "Whose clocks count for the schedule: Europe/London. Empty: those of the calling device (Originating Device), by the Date/Time Group of its device pool." },
  },
}
