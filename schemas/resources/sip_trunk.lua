return {
  resource = "sip_trunk", title = "SIP Trunk", menu = "Device > Trunk", key = "name",
  doc = "A SIP connection to a gateway, a provider or another cluster. A trunk of service type Extension Mobility Cross Clusters has no destinations: it serves every remote cluster.",
  fields = {
    { "name", "text", required = true, max = 128, format = "device_name", title = "Device Name", doc = "Its name." },
    { "description", "text", max = 128, doc = "Free text." },
    { "trunk_service_type", "enum", of = { "none", "extension_mobility_cross_clusters" }, fixed = true, title = "Trunk Service Type", doc = "Fixed once the trunk exists: for another, remove the trunk and add it again." },
    { "device_pool", "reference", to = "device_pool", required = true, default = "Default", title = "Device Pool", doc = "The site's settings." },
    { "calling_search_space", "reference", to = "calling_search_space", title = "Calling Search Space", doc = "What calls that come in may reach." },
    { "sip_trunk_security_profile", "reference", to = "sip_trunk_security_profile", required = true, default = "Non Secure SIP Trunk Profile", title = "SIP Trunk Security Profile", doc = "Transport and trust." },
    { "sip_profile", "reference", to = "sip_profile", required = true, default = "Standard SIP Profile", title = "SIP Profile", doc = "Timers, repetitions and OPTIONS ping of what goes out over the trunk." },
    { "destinations", "list", item = "destination", max = 16, title = "Destination", doc = "Tried in order; calls from these addresses come in over this trunk.", fields = {
      { "address", "text", required = true, max = 255, format = "hostname", title = "Destination Address", doc = "Address or host name; or a domain, with Destination Address is an SRV." },
      { "port", "integer", min = 1, max = 65535, default = 5060, title = "Destination Port", doc = "SIP port; of no account with Destination Address is an SRV." },
    } },
    { "send_geolocation", "boolean", title = "Send Geolocation Information", doc = "Put the caller's place into outgoing calls (RFC 6442)." },
    { "geolocation", "reference", to = "geolocation", doc = "The trunk's own place." },
    { "geolocation_filter", "reference", to = "geolocation_filter", title = "Geolocation Filter", doc = "Which fields are sent." },
    { "call_classification", "enum", of = { "off_net", "on_net" }, title = "Call Classification", doc = "Whether its callers count as external or as internal when a number forwards calls." },
    { "redirecting_diversion_header_delivery_outbound", "boolean", default = true, title = "Redirecting Diversion Header Delivery - Outbound", doc = "Tell the far side which numbers have forwarded a call (RFC 5806)." },
    { "destination_address_is_srv", "boolean", title = "Destination Address is an SRV", doc = "The destinations are domains: their NAPTR and SRV records name the servers and ports (RFC 3263). Off: they are addresses or host names, called at their port." },
  },
}
