return {
  resource = "common_phone_profile", title = "Common Phone Profile", menu = "Device > Device Settings > Common Phone Profile", key = "name",
  doc = "Settings that many phones share.",
  fields = {
    { "name", "text", required = true, max = 50, format = "name", doc = "Its name." },
    { "description", "text", max = 128, doc = "Free text." },
    { "video_capabilities", "boolean", default = true, title = "Video Capabilities", doc = "Whether phones may offer video; needed for video calls of EMCC phones too." },
    { "web_access", "boolean", title = "Web Access", doc = "Whether the phone's own web pages answer and pages can be pushed to it, by application users who control it." },
    { "ssh_access", "boolean", title = "SSH Access", doc = "Whether the phone answers SSH." },
    { "do_not_disturb_option", "enum", of = { "ringer_off", "call_reject" }, title = "DND Option", doc = "What Do Not Disturb does." },
    { "do_not_disturb_incoming_call_alert", "enum", of = { "beep_only", "flash_only", "disable" }, title = "DND Incoming Call Alert", doc = "How a call is shown during Do Not Disturb with the ringer off; sent to the phone." },
  },
  factory = { { name = "Standard Common Phone Profile", description = "Default Common Phone Profile" } },
}
