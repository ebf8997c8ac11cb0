return {
  resource = "phone_service", title = "IP Phone Service", menu = "Device > Device Settings > Phone Services", key = "name",
  doc = "A page that phones can open, such as Extension Mobility.",
  fields = {
    { "name", "text", required = true, max = 128, format = "name", title = "Service Name", doc = "What the phone's menu shows." },
    { "ascii_name", "text", max = 128, format = "name", title = "ASCII Service Name", doc = "The same for phones whose display has no letters of every script (Phone Model, Shows Unicode)." },
    { "description", "text", max = 128, title = "Service Description", doc = "Free text." },
    { "url", "text", required = true, max = 255, format = "web_url", title = "Service URL", doc = "The phone replaces #DEVICENAME# and #EMCC#. Kept exactly as it was entered." },
    { "secure_url", "text", max = 255, format = "web_url", title = "Secure-Service URL", doc = "The same over HTTPS." },
    { "category", "enum", of = { "xml_service", "java_midlet" }, title = "Service Category", doc = "What the phone opens: an XML page or a Java MIDlet." },
    { "type", "enum", of = { "standard", "directories", "messages" }, title = "Service Type", doc = "Which key offers it." },
    { "vendor", "text", max = 64, title = "Service Vendor", doc = "Free text." },
    { "version", "text", max = 64, title = "Service Version", doc = "Free text." },
    { "enabled", "boolean", default = true, title = "Enable", doc = "Whether phones show it." },
    { "enterprise_subscription", "boolean", title = "Enterprise Subscription", doc = "Every phone and profile has it without subscribing." },
  },
}
