return {
  part = "expected_route", title = "Expected Route", doc = "Where a call must go, or must not: at one of the devices that are tried all of this is so. What is left out is not looked at.",
  fields = {
    { "outcome", "enum", of = { "any", "phone", "trunk", "return_to_visiting_cluster", "blocked", "no_match", "loop", "incomplete", "park", "hunt", "pickup", "refused", "message_waiting" },
      doc = "What becomes of the call; refused: it would get an answer other than what it matches leads to, such as 503 where no trunk can be called; any: it is not looked at." },
    { "pattern", "text", max = 64, doc = "What matches last." },
    { "partition", "text", max = 60, doc = "In which partition." },
    { "device", "text", max = 130, doc = "Phone or trunk that is tried." },
    { "called_number", "text", max = 70, doc = "Sent there." },
    { "calling_number", "text", max = 70, doc = "Shown there." },
    { "remote_cluster_id", "text", max = 60, doc = "Cluster to which the call goes: over a trunk to its address, by what it advertises, or back to where a traveller's phone stands." },
  },
}
