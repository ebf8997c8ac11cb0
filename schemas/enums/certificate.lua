return {
  { enum = "certificate_type", of = { "all", "tomcat", "tftp", "capf", "itlrecovery" }, doc = "Which certificates of a node the clusters exchange." },
  { enum = "trust_purpose", of = { "phones", "sip_trunks" }, doc = "What a certificate is trusted for over TLS." },
}
