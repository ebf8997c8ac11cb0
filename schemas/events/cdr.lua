return {
  { event = "cdr.call_numbered", doc = "A call has the number that its call detail records have as globalCallID_callId.",
    fields = { { "call_id", "text", doc = "As in the events of calls." }, { "number", "integer", doc = "That number." } } },
  { request = "cdr.status", command = "cdr status", tells = true, deadline_ms = 5000,
    doc = "Call detail records: how many were written, which calls are open, whether finished files were sent.",
    fields = {},
    reply = {
      { "directory", "text", doc = "Finished files stand in files/ below it." }, { "records", "integer", doc = "Records written since the service started." },
      { "open_calls", "integer", doc = "Calls that go on and are on record as such." }, { "waiting_records", "integer", doc = "Not on the disk yet." },
      { "lost_records", "integer", doc = "For which there was no room while the disk took none." },
      { "files", "integer", doc = "Finished files, as counted last." }, { "unsent_files", "integer", doc = "Those that are still to be sent." },
      { "last_file", "text", doc = "The file that was finished last." }, { "last_sent", "text", doc = "The file that was sent last." },
      { "last_sent_at", "time", doc = "When." },
      { "statistics", "integer", doc = "Call management records written since the service started." }, { "waiting_statistics", "integer", doc = "Of these, not on the disk yet." },
      { "lost_statistics", "integer", doc = "For which there was no room." }, { "unmatched_statistics", "integer", doc = "Statistics of calls that are not on record." },
      { "problem", "text", doc = "What the disk or the server said last, if that was no success." },
    } },
}
