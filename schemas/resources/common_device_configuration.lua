return {
  resource = "common_device_configuration", title = "Common Device Configuration",
  menu = "Device > Device Settings > Common Device Configuration", key = "name",
  doc = "Settings of devices that users carry with them.",
  fields = {
    { "name", "text", required = true, max = 50, format = "name", doc = "Its name." },
    { "softkey_template", "text", max = 50, format = "name", title = "Softkey Template", doc = "Name of the softkey template." },
    { "user_locale", "text", max = 50, format = "locale", title = "User Locale", doc = "Language of the phones, English_United_States when empty." },
    { "ip_addressing_mode", "enum", of = { "ipv4_only", "ipv6_only", "ipv4_and_ipv6" }, title = "IP Addressing Mode", doc = "Which addresses phones use; IPv6 alone excludes EMCC." },
  },
}
