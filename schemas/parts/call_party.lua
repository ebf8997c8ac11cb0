return {
  part = "call_party", title = "Call Party", doc = "One side of a call, as its record has it.",
  fields = {
    { "number", "text", doc = "Its number: the caller's as it called, the called one's as it was reached." },
    { "partition", "text", doc = "Of that number; empty: none of this cluster." },
    { "uri", "text", doc = "Its directory URI; empty: none is known." },
    { "user_id", "text", doc = "Who is logged in on its phone; empty: nobody." },
    { "device_name", "text", doc = "Phone or trunk." },
    { "address", "text", doc = "Where its signalling comes from." },
    { "media_address", "text", doc = "Where it said last that it wants its audio; empty: nowhere." },
    { "media_port", "integer", doc = "The port there; 0: none." },
    { "codec", "text", doc = "Of its audio, as RFC 3551 and its successors name it: PCMU, G729; empty: none." },
    { "packet_ms", "integer", unit = "ms", doc = "Audio in one packet, where it says so; 0: it does not." },
    { "cause", "integer", doc = "Why this side ended, in Q.850: 16 of the side that hung up, 0 of the other one." },
  },
}
