return {
  part = "call_destination", title = "Call Destination", doc = "A phone that would ring, or a trunk that would be tried.",
  fields = {
    { "device", "text", doc = "Phone or trunk." },
    { "address", "text", doc = "Where it is: request URI and transport. Empty: not known at present." },
    { "called_number", "text", doc = "Sent there." },
    { "calling_number", "text", doc = "Shown there." },
    { "remote_cluster_id", "text", doc = "Cluster of that address, where the call goes back to the cluster that a traveller's phone stands in." },
    { "text", "text", doc = "In words, when there is more to say." },
  },
}
