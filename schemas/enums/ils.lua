return {
  { enum = "ils_role", of = { "standalone", "hub", "spoke" }, doc = "A cluster's part in the network of the Intercluster Lookup Service." },
  { enum = "ils_join_method", of = { "password", "fingerprint" }, doc = "What shows a cluster that joins, and its hub, who the other is." },
  { enum = "ils_pattern_failover", of = { "none", "pattern_as_number", "strip_and_prepend" },
    doc = "Which number reaches what fits a pattern when it cannot be reached otherwise: none, the one that was dialled, or that with other digits in front." },
  { enum = "ils_trust", of = { "none", "exchanged", "password", "fingerprint", "network", "withdrawn", "own" },
    doc = "On what ground a cluster's certificates are trusted: on none; they were exchanged by people; it joined, or was joined, by the password or by fingerprints; this cluster and it, members of one network, joined by themselves, by the password that both have; or they were, and somebody has removed them; it is this cluster itself." },
  { enum = "ils_number_kind", of = { "any", "enterprise", "e164" }, doc = "Which learned objects: all, enterprise numbers and patterns, or those of +E.164." },
}
