-- What the four others have besides: a trunk to London for the domains of all other clusters.
return {
  sip_trunks = {
    { name = "To-London", calling_search_space = "From outside", sip_profile = "Between clusters", destinations = { { address = "127.11.0.1" } } },
  },
  sip_route_patterns = { { pattern = "*.example", sip_trunk = "To-London" } },
}
