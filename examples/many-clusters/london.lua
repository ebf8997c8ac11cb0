-- What London has besides: it is the hub, by way of which all others are reached, and has a desk for visitors behind a narrow line.
return {
  sip_trunks = {
    { name = "To-Paris", calling_search_space = "From outside", sip_profile = "Between clusters", destinations = { { address = "127.11.0.2" } } },
    { name = "To-Berlin", calling_search_space = "From outside", sip_profile = "Between clusters", destinations = { { address = "127.11.0.3" } } },
    { name = "To-Madrid", calling_search_space = "From outside", sip_profile = "Between clusters", destinations = { { address = "127.11.0.4" } } },
    { name = "To-Oslo", calling_search_space = "From outside", sip_profile = "Between clusters", destinations = { { address = "127.11.0.5" } } },
  },
  sip_route_patterns = {
    { pattern = "paris.example", sip_trunk = "To-Paris" },
    { pattern = "berlin.example", sip_trunk = "To-Berlin" },
    { pattern = "madrid.example", sip_trunk = "To-Madrid" },
    { pattern = "oslo.example", sip_trunk = "To-Oslo" },
  },

  -- One video call fits, and with it no second call: 80 kbps for the audio of one, and 384 for video. The gateway, and the ways to the other
  -- clusters, are beyond that line.
  locations = { { name = "Docklands" } },
  location_links = { { location = "Hub_None", other_location = "Docklands", audio_bandwidth = 100, video_bandwidth = 384 } },

  -- Where its own users are lent phones.
  geolocations = { { name = "Oslo", address = { country = "NO", community_name = "Oslo" } } },
  device_pools = { { name = "Roaming Oslo", geolocation = "Oslo", adjunct_calling_search_space = "Calls for help" } },

  directory_numbers = { { pattern = "4011", partition = "Phones", alerting_name = "Visitors' desk", calling_search_space = "Office" } },
  phones = {
    {
      name = "SEP00EE00000011", description = "Visitors' desk", model = "Cisco 8851", device_pool = "London", calling_search_space = "Office",
      location = "Docklands", enable_extension_mobility = true, services = { "Extension Mobility" },
      lines = { { directory_number = "4011@Phones", label = "Visitors' desk", display = "Visitors' desk" } },
    },
  },
}
