return {
  { event = "secret.source_barred", doc = "An address has given too many wrong PINs or passwords within a minute; for the rest of the minute nothing more is compared for it.",
    fields = {
      { "source", "text", doc = "The address; of an IPv6 address its network of 64 bits." },
      { "name", "text", doc = "The user or account that the last one was given for." },
      { "wrong", "integer", doc = "How many wrong ones it gave." },
      { "milliseconds", "integer", unit = "ms", doc = "How long it is blocked at most." },
    } },
}
