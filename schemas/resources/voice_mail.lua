return {
  { resource = "voice_mail_pilot", title = "Voice Mail Pilot", menu = "Advanced Features > Voice Mail > Voice Mail Pilot", key = "number",
    doc = "A number at which a mail system answers: what the Messages key of phones calls.",
    fields = {
      { "number", "text", required = true, max = 50, format = "digits", title = "Voice Mail Pilot Number", doc = "The number; what each phone may call decides whether it reaches it." },
      { "description", "text", max = 128, doc = "Free text." },
    } },
  { resource = "voice_mail_profile", title = "Voice Mail Profile", menu = "Advanced Features > Voice Mail > Voice Mail Profile", key = "name",
    doc = "Where the messages of directory numbers are.",
    fields = {
      { "name", "text", required = true, max = 50, format = "name", title = "Voice Mail Profile Name", doc = "Its name." },
      { "description", "text", max = 128, doc = "Free text." },
      { "voice_mail_pilot", "reference", to = "voice_mail_pilot", title = "Voice Mail Pilot", doc = "What the Messages key calls; nothing when empty." },
      { "default_profile", "boolean", title = "Make This the Default Voice Mail Profile for the System", doc = "Directory numbers without a profile have this one; of several the first by name." },
    } },
  { resource = "message_waiting", title = "Message Waiting", menu = "Call Routing > Directory Number", key = "directory_number", runtime = true,
    doc = "Whether messages wait for a directory number, as its mail system said last, or an administrator. Kept over restarts; phones show it wherever the number is.",
    fields = {
      { "directory_number", "text", required = true, max = 128, title = "Directory Number", doc = "Number and partition, written NUMBER@PARTITION." },
      { "waiting", "boolean", title = "Message Waiting", doc = "Whether the lamp is on." },
      { "new_messages", "integer", min = 0, doc = "New voice messages; 0 also when the mail system did not say." },
      { "old_messages", "integer", min = 0, doc = "Old voice messages." },
      { "source", "text", max = 128, doc = "Who said so: a SIP trunk, or an administrator." },
      { "changed_at", "time", doc = "When." },
    } },
}
