-- Where calls are parked.
return {
  { resource = "call_park_number", title = "Call Park Number", menu = "Call Routing > Call Park", key = { "pattern", "partition" },
    doc = "Numbers at which a call waits until somebody dials the number. The node takes the first that is free.",
    fields = {
      { "pattern", "text", required = true, max = 50, format = "dial_pattern", title = "Call Park Number/Range", doc = "One number, or a range of numbers of the same length, such as 50X or 5[0-4]X." },
      { "partition", "reference", to = "partition", title = "Partition", doc = "Who can park and retrieve calls there; all when empty." },
      { "description", "text", max = 128, doc = "Free text." },
    } },
  { resource = "directed_call_park", title = "Directed Call Park", menu = "Call Routing > Directed Call Park", key = { "pattern", "partition" },
    doc = "Numbers at which a user chooses to park a call, by transferring it there. It is retrieved by the prefix and the number.",
    fields = {
      { "pattern", "text", required = true, max = 50, format = "dial_pattern", title = "Number", doc = "One number, or a range of numbers of the same length." },
      { "partition", "reference", to = "partition", title = "Partition", doc = "Who can park and retrieve calls there; all when empty." },
      { "description", "text", max = 128, doc = "Free text." },
      { "retrieval_prefix", "text", required = true, min = 1, max = 20, format = "digits", title = "Retrieval Prefix", doc = "Dialled before the number to retrieve the call." },
      { "reversion_number", "text", max = 50, format = "digits", title = "Reversion Number", doc = "Where a call goes that nobody has retrieved; empty: to whoever parked it." },
      { "reversion_calling_search_space", "reference", to = "calling_search_space", title = "Reversion Calling Search Space", doc = "Through which the reversion number is reached; empty: only numbers without a partition." },
    } },
}
