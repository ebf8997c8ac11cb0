return {
  part = "dialled_prefix", title = "Dialled Prefix", doc = "What the dial plan says after so many of the digits.",
  fields = {
    { "digits", "text", doc = "Dialled so far." },
    { "state", "text", doc = "nothing: no pattern begins so; incomplete: more digits are needed; waits: it matches, and more digits could match something else; routes: it is routed now." },
    { "pattern", "text", doc = "What matches now." },
    { "partition", "text", doc = "In which partition." },
    { "could_match", "integer", doc = "So many patterns could match after more digits; 1000 stands for 1000 or more." },
    { "text", "text", doc = "In words, with some of these patterns." },
  },
}
