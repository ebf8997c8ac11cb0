return {
  resource = "billing_application_server", title = "Billing Application Server", menu = "Cisco Unified Serviceability > Tools > CDR Management",
  singleton = true,
  doc = "Where finished files of call detail records are sent, by SFTP.",
  fields = {
    { "url", "text", max = 255, format = "url", title = "SFTP Server and Directory", doc = "sftp://HOST:PORT/DIRECTORY/; empty: files are kept and not sent." },
    { "user_id", "text", max = 128, title = "User Name", doc = "SFTP user." },
    { "password_file", "text", max = 255, format = "path", title = "Password File", doc = "A file on the node, readable by it alone, whose first line is the SFTP password." },
    { "host_key_sha256", "text", max = 64, format = "host_key", title = "Host Key", doc = "SHA-256 of the server's key in base64, as ssh-keygen -lf prints it; empty trusts any server, which is logged." },
    { "resend_on_failure", "boolean", default = true, title = "Resend on Failure", doc = "A file that could not be sent is sent again, after a minute and then ever more rarely, to ten minutes; without it, it is left out with a warning." },
  },
}
