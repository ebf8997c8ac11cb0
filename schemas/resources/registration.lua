return {
  resource = "registration", title = "Registration", menu = "Device > Phone", key = "device_name", runtime = true,
  doc = "A phone registered at this cluster, as last seen. Saved lazily: phones register again by themselves.",
  fields = {
    { "device_name", "text", required = true, max = 128, format = "device_name", title = "Device Name", doc = "The phone." },
    { "node", "text", max = 50, doc = "At which node." },
    { "address", "text", max = 45, title = "IP Address", doc = "Where it is." },
    { "port", "integer", doc = "Port of the address." },
    { "transport", "enum", of = "sip_transport", doc = "Over what." },
    { "contact", "text", max = 512, doc = "Its contact URI." },
    { "user_agent", "text", max = 128, doc = "What it calls itself." },
    { "register_call_id", "text", max = 256, doc = "Call-ID of its registration, which a reset must quote." },
    { "user_id", "text", max = 128, title = "Login User ID", doc = "Who is logged in on it." },
    { "registered_at", "time", doc = "Since when." },
    { "expires_at", "time", doc = "Until when without a refresh." },
    { "node_address", "text", max = 45, doc = "Which address of the node it knows." },
  },
}
