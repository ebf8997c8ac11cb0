return {
  part = "device_line", title = "Line",
  doc = "One line of a phone or a device profile: a directory number and how it appears there.",
  fields = {
    { "directory_number", "reference", to = "directory_number", required = true, title = "Directory Number",
      doc = "Number and partition, written NUMBER@PARTITION." },
    { "label", "text", max = 30, format = "name", title = "Line Text Label", doc = "What the line key shows; the number when empty." },
    { "display", "text", max = 50, format = "name", title = "Display (Caller ID)", doc = "The name a called party sees." },
    { "external_phone_number_mask", "text", max = 30, format = "mask", title = "External Phone Number Mask",
      doc = "Mask applied to the number for calls to the PSTN: X keeps a digit, counted from the right." },
    { "maximum_calls", "integer", min = 1, max = 200, default = 4, title = "Maximum Number of Calls", doc = "Calls the line holds at once." },
    { "auto_answer", "enum", of = { "off", "headset", "speakerphone" }, title = "Auto Answer", doc = "Whether the phone answers calls for the line by itself, and with what: its headset or its speaker. An intercom line always does, with its speaker when this is off." },
    { "speed_dial", "text", max = 50, format = "digits", title = "Speed Dial", doc = "Of an intercom line: the intercom number that its key calls; empty: the user dials one." },
    { "busy_trigger", "integer", min = 1, max = 200, default = 2, title = "Busy Trigger", doc = "From this many calls on a further one finds the line busy." },
  },
}
