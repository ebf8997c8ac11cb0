return {
  { enum = "intercluster_service", of = { "emcc", "pstn_access", "rsvp_agent", "tftp", "lbm", "uds" },
    doc = "A service that a cluster can give to another." },
}
