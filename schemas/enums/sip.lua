return {
  { enum = "sip_transport", of = { "udp", "tcp", "tls" }, doc = "Over what SIP is spoken." },
  { enum = "trunk_transport", of = { "tcp", "udp", "tls" }, doc = "Over what calls leave through a SIP trunk; TCP unless another is chosen." },
  { enum = "trunk_registration_state", of = { "none", "registering", "registered", "failed" }, doc = "Whether a trunk is registered with a destination of its: it does not register, has not been answered yet, is, or could not be." },
  { enum = "message_subscription_state", of = { "queued", "subscribing", "pending", "active", "failed" }, doc = "Of a subscription to a mailbox: it waits for its turn; no NOTIFY has come yet; the mail system has not decided yet; it lasts; it was refused, was not answered, or has ended, and is tried again later." },
  { enum = "trunk_reach", of = { "unknown", "reachable", "unreachable" }, doc = "What was observed last of where a trunk leads." },
}
