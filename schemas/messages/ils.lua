-- What a cluster says of itself to those of its ILS network (docs/intercluster.md), beside what replication itself reads.
return {
  { message = "ils_detail", doc = "A cluster's nodes and version.",
    fields = {
      { "version", "text", doc = "Its software." },
      { "fully_qualified_name", "text", doc = "Name or address of its publisher." },
      { "https_port", "integer", default = 8443, doc = "Where its nodes listen." },
      { "addresses", "list", of = "text", doc = "All its nodes, the publisher first." },
      { "salt", "text", max = 32, format = "hex", doc = "Of a hub: the salt of the password by which clusters join it, so that hubs see whether they keep the same; empty: none." },
    } },
  -- Joining (docs/intercluster.md): hello, offer, proof, accept.
  { message = "ils_join_hello", doc = "A cluster would join, over this connection.",
    fields = {
      { "protocol", "integer", default = 1, doc = "Version of joining." },
      { "cluster_id", "text", required = true, max = 50, format = "cluster_id", doc = "Who." },
      { "method", "enum", of = "ils_join_method", doc = "What shows who is there." },
      { "by_itself", "boolean", doc = "Nobody has commanded it: both are of one network." },
    } },
  { message = "ils_join_offer", doc = "The hub's answer.",
    fields = {
      { "protocol", "integer", default = 1, doc = "Version of joining." },
      { "cluster_id", "text", required = true, max = 50, format = "cluster_id", doc = "The hub's." },
      { "session", "text", required = true, min = 32, max = 32, format = "hex", doc = "Names the exchange." },
      { "salt", "text", max = 32, format = "hex", doc = "Of the password." },
      { "share", "text", max = 64, format = "hex", doc = "The hub's share." },
    } },
  { message = "ils_join_proof", doc = "The joiner's proof, and its certificates.",
    fields = {
      { "session", "text", required = true, min = 32, max = 32, format = "hex", doc = "Which exchange." },
      { "share", "text", max = 64, format = "hex", doc = "The joiner's share." },
      { "proof", "text", max = 64, format = "hex", sensitive = true, doc = "That it knows the password." },
      { "certificates", "list", item = "certificate", max = 20, doc = "Its own.", fields = {
        { "kind", "text", max = 16, doc = "Which." }, { "node", "text", max = 255, doc = "Of which node." }, { "pem", "text", max = 16384, doc = "The certificate." } } },
    } },
  { message = "ils_join_accept", doc = "The hub's proof, and its certificates.",
    fields = {
      { "proof", "text", max = 64, format = "hex", sensitive = true, doc = "That it knows the password." },
      { "certificates", "list", item = "certificate", max = 20, doc = "Its own.", fields = {
        { "kind", "text", max = 16, doc = "Which." }, { "node", "text", max = 255, doc = "Of which node." }, { "pem", "text", max = 16384, doc = "The certificate." } } },
    } },
}
