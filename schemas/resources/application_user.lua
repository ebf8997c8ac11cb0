return {
  resource = "application_user", title = "Application User", menu = "User Management > Application User", key = "user_id",
  doc = "A program, or an administrator, that authenticates at the node's interfaces.",
  fields = {
    { "user_id", "text", required = true, max = 128, format = "user_id", title = "User ID", doc = "Its name." },
    { "password", "secret", hash = "argon2id", min = 4, max = 128, title = "Password", doc = "Its password." },
    { "roles", "list", of = "text", max = 50, format = "role", title = "Permissions Information", doc = "Standard CCM Super Users: administrator. Standard CCM Read Only: reads everything at the REST interface, changes nothing. Standard EM Authentication Proxy Rights: may log others in and out. Standard CTI Allow Control of All Devices: may push pages to every phone." },
    { "controlled_devices", "list", of = "reference", to = "phone", max = 1000, title = "Controlled Devices", doc = "Phones to which it may push pages." },
    { "password_change_required", "boolean", title = "User Must Change at Next Login", doc = "Nothing is done for it (27, or 403 at the REST interface) until it has a new password." },
    { "password_does_not_expire", "boolean", title = "Does Not Expire", doc = "The password never expires, whatever the enterprise parameter Credential Expires After says." },
  },
}
