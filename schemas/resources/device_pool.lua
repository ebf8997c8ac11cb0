return {
  resource = "device_pool", title = "Device Pool", menu = "System > Device Pool", key = "name",
  doc = "What phones and trunks of one site have in common. A pool with the geolocation of a remote site is its roaming device pool.",
  fields = {
    { "name", "text", required = true, max = 50, format = "name", doc = "Its name." },
    { "call_manager_group", "reference", to = "call_manager_group", required = true, default = "Default",
      title = "Cisco Unified Communications Manager Group", doc = "The nodes a phone registers with, in order." },
    { "date_time_group", "reference", to = "date_time_group", required = true, default = "CMLocal", title = "Date/Time Group", doc = "Time zone and date form of the phones." },
    { "geolocation", "reference", to = "geolocation", doc = "The site." },
    { "local_route_group", "reference", to = "route_group", title = "Standard Local Route Group",
      doc = "What the Standard Local Route Group stands for when a device of this pool calls." },
    { "location", "reference", to = "location", title = "Location", doc = "Where calls of its devices take bandwidth from; Hub_None when empty." },
    { "adjunct_calling_search_space", "reference", to = "calling_search_space", title = "Adjunct CSS",
      doc = "Searched first for visiting phones that roam in this pool: the emergency patterns of the visited country." },
    { "aar_calling_search_space", "reference", to = "calling_search_space", title = "AAR Calling Search Space", doc = "The same of its devices that say nothing themselves; without one their calls are not routed around." },
    { "region", "reference", to = "region", title = "Region", doc = "By which the bit rates of its devices' calls are limited; not limited when empty." },
  },
  factory = { { name = "Default" } },
}
