return {
  resource = "emcc_base_device", title = "EMCC Base Device", menu = "Bulk Administration > EMCC > Insert/Update EMCC", key = "name", runtime = true,
  doc = "A device held ready for a user of this cluster who logs in on a phone of another. Inserted, updated and deleted by jobs.",
  fields = {
    { "name", "text", required = true, max = 50, format = "device_name", title = "Device Name", doc = "EMCC1, EMCC2, ..." },
    { "number", "integer", min = 1, max = 999999, unique = true, doc = "The number in its name." },
    { "emcc_template", "reference", to = "emcc_template", title = "EMCC Template", doc = "Its template." },
    { "device_name", "text", max = 128, format = "device_name", unique = true, title = "Visiting Device", doc = "The foreign phone it serves now, or empty: free." },
    { "reset", "boolean", doc = "The job that updated it last was to reset phones: the phone it serves is notified when it has changed." },
  },
}
