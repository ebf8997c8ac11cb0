return {
  part = "analysed_caller", title = "Analysed Caller",
  doc = "Who calls in an analysis: a phone or trunk by its name, a traveller of this cluster, or a number with what it may reach.",
  fields = {
    { "device_name", "text", max = 128, format = "device_name", doc = "Phone or trunk that calls, as it is now: with the user who is logged in." },
    { "line", "text", max = 130, doc = "Of the phone: the number of its line; of a traveller: NUMBER@PARTITION; the first one when empty." },
    { "returned", "boolean", doc = "The call comes back from a traveller's home cluster over the PSTN access trunk, for the phone of this cluster that is named." },
    { "user_id", "text", max = 128, doc = "A traveller of this cluster on a phone of another one: visiting_cluster_id and device_pool." },
    { "visiting_cluster_id", "text", max = 50, doc = "The cluster in which the traveller's phone stands." },
    { "device_pool", "text", max = 50, doc = "Of a traveller the roaming device pool; else the device pool of a caller that is no device." },
    { "calling_search_spaces", "list", of = "text", max = 20, doc = "What a caller that is no device may reach, in this order." },
    { "calling_number", "text", max = 63, doc = "The caller's number; of phones and travellers it is the line's." },
    { "external_phone_number_mask", "text", max = 50, doc = "Of the line of a caller that is no device." },
    { "device_profile", "text", max = 50, doc = "The device profile that the traveller chooses; empty: the default one, or the first." },
  },
}
