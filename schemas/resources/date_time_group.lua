return {
  resource = "date_time_group", title = "Date/Time Group", menu = "System > Date/Time Group", key = "name",
  doc = "Time zone and form of dates on phones.",
  fields = {
    { "name", "text", required = true, max = 50, format = "name", doc = "Its name." },
    { "time_zone", "text", required = true, max = 64, format = "time_zone", default = "Etc/GMT", title = "Time Zone", doc = "Name in the zone database: Europe/London." },
    { "date_template", "text", required = true, max = 16, format = "date_template", default = "Y/M/DA", title = "Date Format", doc = "Order of day, month and year as phones write it: D/M/Y, M/D/YA, Y/M/DA." },
    { "phone_ntp_references", "list", of = "text", format = "hostname", max = 5, title = "Selected Phone NTP References", doc = "NTP servers that phones ask for the time, in order; without any they have it from the call manager." },
  },
  factory = { { name = "CMLocal" } },
}
