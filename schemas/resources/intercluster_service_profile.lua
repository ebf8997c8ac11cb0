return {
  resource = "intercluster_service_profile", title = "Intercluster Service Profile", menu = "Advanced Features > EMCC > EMCC Intercluster Service Profile",
  singleton = true,
  doc = "Which intercluster services this cluster takes part in.",
  fields = {
    { "emcc_active", "boolean", title = "EMCC: Active", doc = "Extension Mobility Cross Cluster." },
    { "pstn_access_active", "boolean", title = "PSTN Access: Active", doc = "PSTN access of visitors." },
    { "pstn_access_sip_trunk", "reference", to = "sip_trunk", title = "PSTN Access SIP Trunk", doc = "Trunk of service type Extension Mobility Cross Clusters." },
    { "rsvp_agent_active", "boolean", title = "RSVP Agent: Active", doc = "RSVP agents." },
    { "rsvp_agent_sip_trunk", "reference", to = "sip_trunk", title = "RSVP Agent SIP Trunk", doc = "Trunk of service type Extension Mobility Cross Clusters." },
  },
}
