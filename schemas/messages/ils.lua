-- What a cluster says of itself to those of its ILS network (docs/intercluster.md), beside what replication itself reads.
return {
  { message = "ils_detail", doc = "A cluster's nodes and version.",
    fields = {
      { "version", "text", doc = "Its software." },
      { "fully_qualified_name", "text", doc = "Name or address of its publisher." },
      { "https_port", "integer", default = 8443, doc = "Where its nodes listen." },
      { "addresses", "list", of = "text", doc = "All its nodes, the publisher first." },
    } },
}
