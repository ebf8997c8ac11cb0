return {
  resource = "sip_trunk_security_profile", title = "SIP Trunk Security Profile", menu = "System > Security > SIP Trunk Security Profile", key = "name",
  doc = "Transport and trust of a SIP trunk.",
  fields = {
    { "name", "text", required = true, max = 64, format = "name", doc = "Its name." },
    { "description", "text", max = 128, doc = "Free text." },
    { "outgoing_transport", "enum", of = { "tcp", "udp", "tls" }, default = "tcp", title = "Outgoing Transport Type", doc = "How the node calls the trunk's destination." },
  },
  factory = { { name = "Non Secure SIP Trunk Profile", description = "Non Secure SIP Trunk Profile authenticated by null String" } },
}
