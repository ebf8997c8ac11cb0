return {
  parameters = "Cisco Intercluster Lookup Service", prefix = "ils", title = "Service Parameters: Cisco Intercluster Lookup Service",
  doc = "Parameters of the Intercluster Lookup Service.",
  fields = {
    { "max_learned_objects", "integer", min = 0, max = 1000000, default = 100000, title = "ILS Max Number of Learned Objects in Database",
      doc = "How many URIs, numbers and patterns of other clusters are kept. At the limit nothing new is learned, what is there stays and is still changed and removed; ils status and the log say so. A hub passes on only catalogs that it has whole: give all hubs the same." },
    { "learned_cluster_emcc", "boolean", title = "EMCC of Learned Clusters", doc = "Whether the record that is made of a cluster that ILS learns has EMCC on. Records that are there stay as they are." },
    { "learned_cluster_pstn_access", "boolean", title = "PSTN Access of Learned Clusters", doc = "Whether the record that is made of a cluster that ILS learns has PSTN Access on. Records that are there stay as they are." },
    { "learned_cluster_rsvp_agent", "boolean", title = "RSVP Agent of Learned Clusters", doc = "Whether the record that is made of a cluster that ILS learns has RSVP Agent on. Records that are there stay as they are." },
    { "learned_cluster_lbm", "boolean", title = "LBM of Learned Clusters", doc = "Whether the record that is made of a cluster that ILS learns has LBM on. Records that are there stay as they are." },
  },
}
