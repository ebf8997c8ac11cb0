return {
  parameters = "Enterprise", prefix = "enterprise", title = "Enterprise Parameters",
  doc = "What holds for the whole cluster.",
  fields = {
    { "cluster_id", "text", required = true, min = 1, max = 50, format = "cluster_id", default = "StandAloneCluster", title = "Cluster ID",
      doc = "Name of this cluster, different from that of every partner." },
    { "cluster_security_mode", "enum", of = { "non_secure", "mixed" }, title = "Cluster Security Mode", doc = "Whether phones may be authenticated and encrypted." },
    { "default_geolocation", "text", max = 50, format = "name", title = "Default Geolocation", doc = "Place of devices that have none, nor their device pool." },
    { "default_geolocation_filter", "text", max = 50, format = "name", title = "Default Geolocation Filter", doc = "Filter where none is chosen." },
    { "max_phones", "integer", min = 1, max = 1000000, default = 60000, title = "Maximum Number of Phones", doc = "Capacity: phones + 2 x EMCC base devices must not exceed it." },
    { "credential_failed_logins", "integer", min = 0, max = 100, default = 5, title = "Failed Logon", doc = "Failed attempts that lock a credential; 0 never." },
    { "credential_lockout_minutes", "integer", min = 1, max = 1440, default = 30, unit = "minutes", title = "Lockout Duration", doc = "How long it stays locked." },
    { "verified_pin_cache", "boolean", title = "Verified PIN Cache", doc = "Remember for ten minutes, in memory and keyed, that a PIN was right: many more logins a second." },
    { "url_authentication", "text", max = 255, title = "URL Authentication", doc = "Where phones check who may push pages to them." },
    { "url_services", "text", max = 255, title = "URL Services", doc = "The Services key of older phones." },
    { "url_directories", "text", max = 255, title = "URL Directories", doc = "The Directories key of older phones." },
    { "event_journal_size", "integer", min = 100, max = 1000000, default = 10000, title = "Trace Journal Size", doc = "Steps of traces kept in memory." },
  },
}
