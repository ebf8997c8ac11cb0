return {
  resource = "emcc_template", title = "EMCC Template", menu = "Bulk Administration > EMCC > EMCC Template", key = "name",
  doc = "What EMCC base devices have in common. The default template is chosen by a job.",
  fields = {
    { "name", "text", required = true, max = 50, format = "name", title = "Template Name", doc = "Its name." },
    { "description", "text", max = 128, doc = "Free text." },
    { "device_pool", "reference", to = "device_pool", required = true, default = "Default", title = "Device Pool", doc = "Used when no roaming device pool fits the visiting phone." },
    { "sip_profile", "reference", to = "sip_profile", required = true, default = "Standard SIP Profile", title = "SIP Profile", doc = "SIP timers." },
    { "common_device_configuration", "reference", to = "common_device_configuration", title = "Common Device Configuration", doc = "Shared user settings." },
    { "common_phone_profile", "reference", to = "common_phone_profile", required = true, default = "Standard Common Phone Profile", title = "Common Phone Profile", doc = "Shared phone settings." },
    { "phone_security_profile", "reference", to = "phone_security_profile", required = true, default = "Standard SIP Non-Secure Profile", title = "Device Security Profile", doc = "Must be non-secure unless both clusters are in mixed mode." },
  },
}
