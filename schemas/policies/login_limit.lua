return {
  policy = "login.limit",
  doc = "How long a login may last, or why it is refused. By default the user's own maximum, else the service parameter.",
  input = {
    { "user_id", "text", doc = "Who logs in." },
    { "device_name", "text", doc = "On which phone." },
    { "device_profile", "text", doc = "With which profile." },
    { "inter_cluster", "boolean", doc = "Across clusters." },
    { "remote_cluster_id", "text", doc = "The other cluster, or empty." },
    { "user_maximum_minutes", "integer", unit = "minutes", doc = "The user's own maximum; 0 none." },
    { "parameter_minutes", "integer", unit = "minutes", doc = "The service parameter's maximum; 0 none." },
    { "enforced", "boolean", doc = "Whether the maximum is enforced for this kind of login." },
    { "requested_minutes", "integer", unit = "minutes", doc = "What an application asked for; 0 nothing." },
    { "sessions_of_user", "integer", doc = "Sessions the user has now." },
    { "hour", "integer", doc = "Local hour, 0 to 23." },
    { "weekday", "integer", doc = "1 Monday to 7 Sunday." },
  },
  output = {
    { "allowed", "boolean", doc = "Whether the login may go on (else code 4)." },
    { "minutes", "integer", unit = "minutes", min = 0, max = 100000, doc = "How long; 0: no limit." },
    { "reason", "text", max = 200, doc = "Why; logged with a refusal and shown by `policy explain`." },
  },
}
