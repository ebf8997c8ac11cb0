return {
  policy = "geolocation.match",
  doc = "Which roaming device pool fits the place of a visiting phone. By default the pool with most equal fields and none that contradicts; equal scores by name.",
  input = {
    { "visiting_cluster_id", "text", doc = "Cluster of the phone." },
    { "device_name", "text", doc = "The phone." },
    { "geolocation", "record", part = "civic_address", doc = "Where it stands." },
    { "filter", "list", of = "text", doc = "Names of the fields that count." },
    { "candidates", "list", item = "candidate", doc = "Device pools that have a geolocation.", fields = {
      { "device_pool", "text", doc = "The pool." },
      { "geolocation", "record", part = "civic_address", doc = "Its place." },
    } },
  },
  output = {
    { "device_pool", "reference", to = "device_pool", max = 50, doc = "The pool; empty: none fits, the EMCC template's is used." },
    { "reason", "text", max = 200, doc = "Why; shown by `policy explain`." },
  },
}
