return {
  { enum = "certificate_type", of = { "all", "tomcat", "tftp", "capf", "itlrecovery" }, doc = "Which certificates of a node the clusters exchange." },
  { enum = "trust_purpose", of = { "phones", "sip_trunks" }, doc = "Whom a certificate vouches for over TLS." },
}
