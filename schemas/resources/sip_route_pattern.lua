return {
  resource = "sip_route_pattern", title = "SIP Route Pattern", menu = "Call Routing > SIP Route Pattern", key = { "pattern", "partition" },
  doc = "Where calls to URIs leave the cluster: by the domain or address behind the @, or by the route string that the Intercluster Lookup Service has learned.",
  fields = {
    { "pattern", "text", required = true, min = 1, max = 255, format = "domain_pattern", title = "IPv4 Pattern",
      doc = "A domain, host name, route string or IPv4 address; *.example.com: all below example.com; *: all; 192.0.2.0/24: a network. The closest counts: the very name before *, the longer of two with *, the smaller of two networks." },
    { "partition", "reference", to = "partition", title = "Route Partition", doc = "Who can reach it; all when empty." },
    { "description", "text", max = 128, doc = "Free text." },
    { "sip_trunk", "reference", to = "sip_trunk", title = "SIP Trunk", doc = "The SIP trunk to which the calls go; this or a route list, or block." },
    { "route_list", "reference", to = "route_list", title = "Route List", doc = "The route list that chooses a SIP trunk; this or sip_trunk, or block." },
    { "block", "boolean", title = "Block Pattern", doc = "Refuse such calls." },
    { "use_external_phone_number_mask", "boolean", title = "Use Calling Party's External Phone Number Mask", doc = "Show the caller's number through the line's mask." },
    { "calling_party_transform_mask", "text", max = 50, format = "mask", title = "Calling Party Transform Mask", doc = "Mask for the caller's number." },
    { "calling_party_prefix_digits", "text", max = 50, format = "digits", title = "Prefix Digits (Outgoing Calls)", doc = "Put before the caller's number." },
  },
}
