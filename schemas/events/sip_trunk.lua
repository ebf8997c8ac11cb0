return {
  { event = "sip_trunk.changed", doc = "A destination of a SIP trunk can be reached that could not, or cannot be reached any more.",
    fields = {
      { "trunk", "text", doc = "The trunk." },
      { "address", "text", doc = "The destination as configured, or the address of the remote cluster's node." },
      { "port", "integer", doc = "Its port; 0: as the name's SRV records say." },
      { "transport", "enum", of = "sip_transport", doc = "Over what." },
      { "reachable", "boolean", doc = "Whether it can be reached." },
      { "observed_by", "enum", of = { "options", "call" }, doc = "What showed it: an OPTIONS ping, or a call." },
      { "reason", "text", doc = "Why it cannot be reached; empty when it can." },
    } },
  { request = "sip_trunk.status", command = "sip-trunk status", tells = true, positional = { "name" }, deadline_ms = 15000,
    doc = "Whether the destinations of SIP trunks can be reached, from OPTIONS pings and from calls, with the time of each observation.",
    fields = {
      { "name", "text", max = 128, doc = "Which trunk; all when empty." },
      { "ask", "boolean", doc = "Ask each destination now by OPTIONS, whatever the SIP profile says, and wait for the answers, at most 5 s." },
    },
    reply = {
      { "trunks", "list", item = "trunk", doc = "In order of their names.", fields = {
        { "name", "text", doc = "The trunk." },
        { "state", "enum", of = { "unknown", "full_service", "partial_service", "no_service" }, doc = "Whether all, some or none of its destinations can be reached; unknown: nothing has been observed of them, as without OPTIONS ping and calls." },
        { "options_ping", "boolean", doc = "Whether its SIP profile has its destinations asked regularly." },
        { "reason", "text", doc = "In words, when it is not in full service." },
        { "destinations", "list", item = "destination", doc = "In order.", fields = {
          { "address", "text", doc = "As configured, or the address of the remote cluster's node." },
          { "port", "integer", doc = "Its port; 0: as the name's SRV records say." },
          { "transport", "enum", of = "sip_transport", doc = "Over what." },
          { "state", "enum", of = "trunk_reach", doc = "What the last observation showed." },
          { "since", "time", doc = "Since when the state is this." },
          { "observed_at", "time", doc = "When it was last observed." },
          { "observed_by", "enum", of = { "nothing", "options", "call" }, doc = "What showed it." },
          { "asked", "text", doc = "The address and port that the last observation is about." },
          { "reason", "text", doc = "Why it cannot be reached." },
        } },
      } },
    } },
}
