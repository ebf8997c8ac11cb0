-- What the call manager asks of a media service: conference bridges, and music for those who are held. It asks whenever one is wanted;
-- where nobody answers, conferences are refused, and who is held hears what the holding phone sends.
return {
  { request = "media.open", deadline_ms = 2000,
    doc = "Opens a conference bridge, or music for somebody who is held. An error is a refusal: its text is told to users. Answered by a plugin that handles media.",
    fields = {
      { "purpose", "enum", of = { "conference", "music" }, required = true, doc = "What is wanted." },
      { "device_name", "text", max = 128, doc = "The phone that wants it: whose conference it is, who holds." },
      { "trace_id", "text", doc = "Trace it belongs to." },
    },
    reply = {
      { "media_id", "text", required = true, min = 1, max = 64, doc = "Names what was opened." },
      { "location", "text", max = 50, doc = "Where it stands: what its parties send and hear takes bandwidth from their locations to this one. Hub_None when empty." },
    } },
  { request = "media.join", deadline_ms = 2000, doc = "A party sends its audio there and hears from there, by this offer; the same party again: by a new one.",
    fields = {
      { "media_id", "text", required = true, min = 1, max = 64, doc = "As media.open has answered." },
      { "party", "text", required = true, max = 64, doc = "Names the party there." },
      { "number", "text", max = 64, doc = "Its number, when it may be shown." },
      { "offer", "text", required = true, max = 16384, doc = "Its session description." },
      { "trace_id", "text", doc = "Trace of its call." },
    },
    reply = { { "answer", "text", required = true, max = 16384, doc = "The session description that answers it." } } },
  { request = "media.leave", deadline_ms = 2000, doc = "A party is there no more.",
    fields = { { "media_id", "text", required = true, min = 1, max = 64, doc = "Where." }, { "party", "text", required = true, max = 64, doc = "Who." } },
    reply = {} },
  { request = "media.close", deadline_ms = 2000, doc = "What was opened is wanted no more.",
    fields = { { "media_id", "text", required = true, min = 1, max = 64, doc = "What." } },
    reply = {} },
}
