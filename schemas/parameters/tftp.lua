return {
  parameters = "Cisco Tftp", prefix = "tftp", title = "Service Parameters: Cisco Tftp",
  doc = "Parameters of the file service.",
  fields = {
    { "maximum_serving_count", "integer", min = 1, max = 5000, default = 2500, title = "Maximum Serving Count", doc = "TFTP transfers at once; further requests wait for the client's repetition." },
    { "maximum_block_size", "integer", min = 512, max = 65464, default = 1428, unit = "bytes", title = "Maximum Block Size", doc = "Largest block size granted (RFC 2348)." },
    { "transfer_timeout_s", "integer", min = 5, max = 300, default = 30, unit = "s", title = "Transfer Timeout", doc = "When a silent transfer is given up." },
    { "locale_numbers", "text", max = 2000, title = "Locale Numbers", doc = "Numbers of user and network locales in the files of phones (uid), such as German_Germany=3 Germany=15, for those that no public source has, or has wrong. Known are English_United_States, Korean_Korea_Republic, United_States and Korea_Republic; others are left empty." },
    { "file_directory", "text", max = 255, title = "File Location", doc = "Further files (firmware, locales, ring tones); below the state directory when empty." },
  },
}
