return {
  parameters = "Cisco Intercluster Lookup Service", prefix = "ils", title = "Service Parameters: Cisco Intercluster Lookup Service",
  doc = "Parameters of the Intercluster Lookup Service.",
  fields = {
    { "max_learned_objects", "integer", min = 0, max = 1000000, default = 100000, title = "ILS Max Number of Learned Objects in Database",
      doc = "How many URIs, numbers and patterns of other clusters are kept. At the limit nothing new is learned, what is there stays and is still changed and removed; ils status and the log say so. A hub passes on only catalogs that it has whole: give all hubs the same." },
  },
}
