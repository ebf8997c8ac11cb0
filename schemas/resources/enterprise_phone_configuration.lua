return {
  resource = "enterprise_phone_configuration", title = "Enterprise Phone Configuration", menu = "System > Enterprise Phone Configuration", singleton = true,
  doc = "Settings of all phones of the cluster, beneath their common phone profile and the phone itself.",
  fields = {
    { "pc_port", "enum", of = "phone_setting", title = "PC Port", doc = "Whether a computer may be plugged into the phone. Not set: as the phone does by itself." },
    { "video_capabilities", "enum", of = "phone_setting", title = "Video Capabilities", doc = "Whether phones may offer video; needed for video calls of EMCC phones too. Not set: as the phone does by itself." },
    { "camera", "enum", of = "phone_setting", title = "Camera", doc = "Whether the phone's camera may be used. Not set: as the phone does by itself." },
    { "settings_access", "enum", of = "phone_setting", title = "Settings Access", doc = "Whether users get into the phone's settings. Not set: as the phone does by itself." },
    { "web_access", "enum", of = "phone_setting", title = "Web Access", doc = "Whether the phone's own web pages answer and pages can be pushed to it, by application users who control it. Not set: as the phone does by itself." },
    { "ssh_access", "enum", of = "phone_setting", title = "SSH Access", doc = "Whether the phone answers SSH. Not set: as the phone does by itself." },
  },
}
