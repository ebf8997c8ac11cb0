return {
  policy = "proxy.allow",
  doc = "Whether a request that came through a web proxy, or on behalf of another user, is served. By default Allow Proxy and EMCC Allow Proxy decide, when addresses are validated.",
  input = {
    { "device_name", "text", doc = "For which phone." },
    { "user_id", "text", doc = "Which user." },
    { "remote_address", "text", doc = "Who asks." },
    { "via_header", "boolean", doc = "The request came through a proxy (HTTP Via)." },
    { "emcc", "boolean", doc = "Across clusters." },
    { "application_user", "text", doc = "Application that acts for the user, or empty." },
    { "validate_ip_address", "boolean", doc = "The service parameter." },
    { "allow_proxy", "boolean", doc = "The service parameter that applies." },
    { "visiting_cluster_id", "text", doc = "Cluster that the application is of, when it logs a user of this cluster in there; else empty." },
  },
  output = {
    { "allowed", "boolean", doc = "Whether it is served (else code 30)." },
    { "reason", "text", max = 200, doc = "Why; logged with a refusal and shown by `policy explain`." },
  },
}
