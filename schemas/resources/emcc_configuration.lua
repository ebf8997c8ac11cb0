return {
  resource = "emcc_configuration", title = "EMCC Configuration", menu = "Bulk Administration > EMCC > Insert/Update EMCC", runtime = true,
  singleton = true,
  doc = "What the jobs for EMCC base devices remember.",
  fields = {
    { "default_template", "text", max = 50, title = "Default EMCC Template", doc = "Template of base devices inserted from now on; chosen by an update job." },
    { "highest_number", "integer", min = 0, max = 999999, doc = "The highest number a base device ever had; numbers are not used again." },
  },
}
