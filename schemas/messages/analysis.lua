-- The Dialed Number Analyzer of one cluster asks that of the next how a call goes on there (docs/intercluster.md).
return {
  { message = "intercluster_analysis", doc = "POST /intercluster/v1/analysis: what would you do with this call of ours?",
    fields = {
      { "protocol", "integer", default = 1, doc = "Highest protocol version the sender speaks." },
      { "cluster_id", "text", doc = "Who asks: from where the call would come." },
      { "way", "list", of = "text", max = 8, doc = "CLUSTER number or URI, of each cluster that the call has come through, the asker last." },
      { "wait_ms", "integer", unit = "ms", doc = "How long the asker waits." },
      { "digits", "text", doc = "The number or URI that would be called." },
      { "route_string", "text", doc = "By which it would be routed (X-cisco-dest-route-string); empty: none." },
      { "calling_number", "text", doc = "As the call would show it." },
      { "device_name", "text", doc = "A phone there on which a user of the asker is logged in, for whom the call comes back over the PSTN access trunk; empty: it comes over a trunk." },
      { "at", "text", doc = "When the call is made, in UTC; empty: now." },
      { "phones_assumed", "boolean", doc = "Take phones to be registered and free." },
    } },
  { message = "intercluster_analysis_answer", doc = "Answer to it.",
    fields = {
      { "protocol", "integer", default = 1, doc = "Version chosen: the lower of both." },
      { "cluster_id", "text", doc = "Who answers." },
      { "code", "integer", doc = "0; or 1: it cannot be said." },
      { "cause", "text", doc = "Why not." },
      { "outcome", "text", doc = "As call.analyse has it." },
      { "explanation", "text", doc = "In words." },
      { "steps", "list", part = "routing_step", max = 3000, doc = "The course of the decision there, and in clusters behind it." },
    } },
}
