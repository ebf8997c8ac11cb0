return {
  resource = "translation_pattern", title = "Translation Pattern", menu = "Call Routing > Translation Pattern", key = { "pattern", "partition" },
  doc = "Rewrites a number and looks again.",
  fields = {
    { "pattern", "text", required = true, max = 50, format = "dial_pattern", title = "Translation Pattern", doc = "Which numbers." },
    { "partition", "reference", to = "partition", title = "Partition", doc = "Who can reach it; all when empty." },
    { "description", "text", max = 128, doc = "Free text." },
    { "calling_search_space", "reference", to = "calling_search_space", title = "Calling Search Space", doc = "Where the rewritten number is looked for." },
    { "use_originator_calling_search_space", "boolean", title = "Use Originator's Calling Search Space", doc = "Look with the caller's instead." },
    { "block", "boolean", title = "Block this pattern", doc = "Refuse such calls." },
    { "urgent_priority", "boolean", default = true, title = "Urgent Priority", doc = "Apply at once when it matches." },
    { "discard_digits", "enum", of = "discard_digits", title = "Discard Digits", doc = "What is cut off the number." },
    { "called_party_transform_mask", "text", max = 50, format = "mask", title = "Called Party Transform Mask", doc = "Mask for the called number." },
    { "called_party_prefix_digits", "text", max = 50, format = "digits", title = "Prefix Digits (Outgoing Calls)", doc = "Put before the called number." },
    { "calling_party_transform_mask", "text", max = 50, format = "mask", title = "Calling Party Transform Mask", doc = "Mask for the caller's number." },
  },
}
