-- What Oslo has besides: the roaming device pool of its users on phones in London.
return {
  geolocations = { { name = "London", address = { country = "GB", community_name = "London" } } },
  device_pools = { { name = "Roaming London", geolocation = "London", adjunct_calling_search_space = "Calls for help" } },
}
