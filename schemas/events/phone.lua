return {
  { request = "phone.session", command = "phone session", tells = true, positional = { "device_name" }, deadline_ms = 5000,
    doc = "Who is logged in on a phone of this cluster, in words, and what that means for its settings.",
    fields = { { "device_name", "text", required = true, format = "device_name", doc = "The phone." } },
    reply = { { "enable_extension_mobility", "boolean", title = "Enable Extension Mobility", doc = "As set on the phone now." },
              { "remote_cluster_id", "text", title = "Remote Cluster ID", doc = "Home of who is logged in; empty for a user of this cluster, or no user." },
              { "remote_user_id", "text", title = "Remote User ID", doc = "The user of that cluster." },
              { "remote_log_in_time", "text", title = "Remote Log In Time", doc = "In words, in the node's time zone." },
              { "user_id", "text", title = "Current User ID", doc = "Who is logged in, from whichever cluster." },
              { "log_in_time", "text", title = "Log In Time", doc = "In words, in the node's time zone." },
              { "ends", "text", doc = "When the session expires, in words; empty: never." },
              { "note", "text", doc = "What that means for changes of the phone's settings." } } },
  { request = "phone.settings", command = "phone settings", tells = true, positional = { "device_name" }, deadline_ms = 5000,
    doc = "What a phone's file says of settings, place, language, softkeys and firmware, and which record each is from.",
    fields = { { "device_name", "text", required = true, format = "device_name", doc = "The phone." } },
    reply = { { "settings", "list", item = "setting", doc = "Each setting.", fields = {
      { "setting", "text", doc = "Which." }, { "value", "text", doc = "What it is; or not set." },
      { "source", "text", doc = "Whose setting counts." } } } } },
}
