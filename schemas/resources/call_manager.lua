return {
  resource = "call_manager", title = "Cisco Unified CM", menu = "System > Cisco Unified CM", key = "name",
  doc = "What holds for the call manager of one node: the numbers that it gives to phones it does not know (auto-registration). Without a record the node knows no such phone, and neither while the service parameter Auto-registration is off.",
  fields = {
    { "name", "text", required = true, max = 255, format = "hostname", title = "Cisco Unified Communications Manager Name", doc = "Name of the node." },
    { "description", "text", max = 128, doc = "Free text." },
    { "starting_directory_number", "text", required = true, max = 15, format = "digits", title = "Starting Directory Number", doc = "The first number that is given to an unknown phone." },
    { "ending_directory_number", "text", required = true, max = 15, format = "digits", title = "Ending Directory Number", doc = "The last one: as many digits, and at most 10,000 numbers from the first. When all are taken unknown phones are refused." },
    { "partition", "reference", to = "partition", title = "Partition", doc = "Where the numbers are made; none when empty." },
    { "external_phone_number_mask", "text", max = 30, format = "mask", title = "External Phone Number Mask", doc = "Of the line that is made." },
    { "template_device", "reference", to = "phone", required = true, title = "Template Device", doc = "A phone whose settings the new one gets, but for name, model and lines; of its first line the settings stay, the number does not. A name that no phone bears (say SEP000000000000) keeps it from ever registering." },
  },
}
