return {
  resource = "sip_trunk_security_profile", title = "SIP Trunk Security Profile", menu = "System > Security > SIP Trunk Security Profile", key = "name",
  doc = "Transport and trust of a SIP trunk.",
  fields = {
    { "name", "text", required = true, max = 64, format = "name", doc = "Its name." },
    { "description", "text", max = 128, doc = "Free text." },
    { "outgoing_transport", "enum", of = "trunk_transport", default = "tcp", title = "Outgoing Transport Type", doc = "How the node calls the trunk's destination." },
    { "incoming_transport", "enum", of = { "tcp_udp", "tls" }, title = "Incoming Transport Type", doc = "Over what calls may come in: tls alone refuses what comes in the clear. Over TLS the peer always shows a certificate that what sojourn cert trust sip_trunks has imported vouches for." },
    { "x509_subject_names", "list", of = "text", max = 32, title = "X.509 Subject Name", doc = "Names of which the peer's certificate must bear one, as common name or alternative name. Empty: the destination's address or name." },
    { "accept_unsolicited_notification", "boolean", title = "Accept Unsolicited Notification", doc = "Whether a mail system behind the trunk may say by NOTIFY (message-summary) that messages wait." },
    { "trust_emergency_calls", "boolean", title = "Trust Emergency Calls", doc = "A call that comes in over the trunk in the clear and says that it is an emergency call (Resource-Priority: esnet) is believed, and never refused for want of bandwidth. Over TLS it is believed without this, since the peer has shown who it is. Counts for trunks in Shadow." },
  },
  factory = { { name = "Non Secure SIP Trunk Profile", description = "Non Secure SIP Trunk Profile authenticated by null String" } },
}
