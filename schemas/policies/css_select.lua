return {
  policy = "css.select",
  doc = "Which calling search spaces, in which order, the phone of a user who logged in across clusters gets. By default adjunct CSS, line CSS, EMCC CSS.",
  input = {
    { "user_id", "text", doc = "Who logs in." },
    { "device_name", "text", doc = "On which phone." },
    { "model", "text", doc = "The phone's model." },
    { "visiting_cluster_id", "text", doc = "Cluster of the phone." },
    { "roaming_device_pool", "text", doc = "Device pool chosen for it." },
    { "adjunct_calling_search_space", "text", doc = "That pool's adjunct CSS, or empty." },
    { "line_calling_search_space", "text", doc = "The line's CSS, or empty." },
    { "emcc_calling_search_space", "text", doc = "The device profile's EMCC CSS, or empty." },
    { "geolocation", "record", part = "civic_address", doc = "Where the phone stands." },
  },
  output = {
    { "calling_search_spaces", "list", of = "reference", to = "calling_search_space", max = 20,
      doc = "The most important first. The adjunct CSS is put in front where it is not, and where there is none, a way to emergency numbers that the default has stays." },
    { "reason", "text", max = 200, doc = "Why; shown by `policy explain`." },
  },
}
