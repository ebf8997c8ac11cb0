return {
  resource = "sip_realm", title = "SIP Realm", menu = "User Management > SIP Realm", key = { "realm", "user" },
  doc = "What the node shows to peers of SIP trunks that challenge its requests (401, 407), as providers do: the account at their realm.",
  fields = {
    { "realm", "text", required = true, max = 127, format = "name", title = "Realm", doc = "As the challenge names it, to the letter." },
    { "user", "text", required = true, max = 128, format = "user_id", title = "User", doc = "User name of the account. With several accounts a trunk names its own (Digest User)." },
    { "digest_credentials", "secret", hash = "ha1:user:realm", min = 1, max = 128, title = "Digest Credentials", doc = "Password of the account; kept as hashes for this user and realm alone." },
  },
}
