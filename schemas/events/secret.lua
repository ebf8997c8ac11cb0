return {
  { event = "secret.source_barred", doc = "An address has given too many wrong PINs or passwords within a minute; until the minute is over nothing more is compared for it.",
    fields = {
      { "source", "text", doc = "The address; of an IPv6 address its network of 64 bits." },
      { "name", "text", doc = "Whose PIN or password the last one was said to be." },
      { "wrong", "integer", doc = "How many wrong ones it gave." },
      { "milliseconds", "integer", unit = "ms", doc = "How long it is blocked at most." },
    } },
}
