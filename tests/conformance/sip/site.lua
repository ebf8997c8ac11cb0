-- Two Cisco phones, three plain ones with digest, and a trunk: what the SIP conformance tests run on.
return {
  partitions = { { name = "Internal" }, { name = "PSTN" } },
  calling_search_spaces = { { name = "Everything", partitions = { "Internal", "PSTN" } }, { name = "Phones", partitions = { "Internal" } } },
  directory_numbers = {
    { pattern = "1001", partition = "Internal", alerting_name = "Alice" }, { pattern = "1002", partition = "Internal", alerting_name = "Bob" },
    { pattern = "1003", partition = "Internal", alerting_name = "Carol" }, { pattern = "1004", partition = "Internal", alerting_name = "Dave" },
    { pattern = "1005", partition = "Internal", alerting_name = "Erin" },
  },
  end_users = {
    { user_id = "carol", last_name = "Carol", digest_credentials = "secret3" }, { user_id = "dave", last_name = "Dave", digest_credentials = "secret4" },
    { user_id = "erin", last_name = "Erin", digest_credentials = "secret5" },
  },
  sip_profiles = { { name = "Without Ping", options_ping = false } }, -- sipp's gateways await calls alone
  sip_trunks = { { name = "Gateway", calling_search_space = "Phones", sip_trunk_security_profile = "UDP", sip_profile = "Without Ping",
    destinations = { { address = "@GATEWAY@", port = 5060 } } } },
  sip_trunk_security_profiles = { { name = "UDP", outgoing_transport = "udp" } },
  route_patterns = { { pattern = "9.!", partition = "PSTN", sip_trunk = "Gateway", discard_digits = "pre_dot" } },
  phones = {
    { name = "SEP001122334401", model = "Cisco 7841", calling_search_space = "Everything",
      lines = { { directory_number = "1001@Internal", display = "Alice" } } },
    { name = "SEP001122334402", model = "Cisco 7841", calling_search_space = "Everything",
      lines = { { directory_number = "1002@Internal", display = "Bob" } } },
    { name = "carol-phone", model = "Third-party SIP Device (Basic)", phone_security_profile = "Standard SIP Digest Profile",
      digest_user = "carol", calling_search_space = "Everything", lines = { { directory_number = "1003@Internal", display = "Carol" } } },
    { name = "dave-phone", model = "Third-party SIP Device (Basic)", phone_security_profile = "Standard SIP Digest Profile",
      digest_user = "dave", calling_search_space = "Everything", lines = { { directory_number = "1004@Internal", display = "Dave" } } },
    { name = "erin-phone", model = "Third-party SIP Device (Basic)", phone_security_profile = "Standard SIP Digest Profile",
      digest_user = "erin", calling_search_space = "Everything", lines = { { directory_number = "1005@Internal", display = "Erin" } } },
  },
}
