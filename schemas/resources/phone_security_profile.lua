return {
  resource = "phone_security_profile", title = "Phone Security Profile", menu = "System > Security > Phone Security Profile", key = "name",
  doc = "How a phone proves who it is, and over which transport.",
  fields = {
    { "name", "text", required = true, max = 128, format = "name", doc = "Its name." },
    { "description", "text", max = 128, doc = "Free text." },
    { "device_security_mode", "enum", of = { "non_secure", "authenticated", "encrypted" }, default = "non_secure", title = "Device Security Mode",
      doc = "Signalling plain, TLS, or TLS with encrypted media." },
    { "transport", "enum", of = { "tcp_udp", "tcp", "udp", "tls" }, default = "tcp_udp", title = "Transport Type",
      doc = "Over what the phone may register." },
    { "digest_authentication", "boolean", title = "Enable Digest Authentication",
      doc = "Challenge the phone for the digest credentials of its digest user; without it the device name alone authorises." },
    { "nonce_validity_s", "integer", min = 60, max = 86400, default = 600, unit = "s", title = "Nonce Validity Time (seconds)", doc = "How long a challenge may be answered." },
    { "digest_algorithms", "enum", of = { "md5", "sha256_and_md5" }, title = "Digest Algorithms",
      doc = "What phones are challenged with: MD5 alone, or SHA-256 before MD5 (RFC 8760). Cisco's phones and softphones on older libraries (baresip 1.0) give up when they see a second challenge. Secrets set before release 1.1 are kept for MD5 alone." },
    { "exclude_digest_credentials", "boolean", default = true, title = "Exclude Digest Credentials in Configuration File", doc = "Keep credentials out of the phone's file. False is not offered, and refused: they are stored hashed, and the file is served to anybody who asks for it." },
  },
  factory = {
    { name = "Standard SIP Non-Secure Profile", description = "Device name, no digest" },
    { name = "Standard SIP Digest Profile", description = "Third-party phones", digest_authentication = true },
    { name = "Standard SIP Authenticated Profile", description = "TLS with the phone's certificate", device_security_mode = "authenticated", transport = "tls" },
  },
}
