-- What is done to numbers on their way out to a SIP trunk or phone, whatever pattern led there.
return {
  { resource = "calling_party_transformation_pattern", title = "Calling Party Transformation Pattern",
    menu = "Call Routing > Transformation > Transformation Pattern > Calling Party Transformation Pattern", key = { "pattern", "partition" },
    doc = "Rewrites the caller's number as a trunk or phone shows it, where the Calling Party Transformation CSS of that reaches it. It cannot be dialled.",
    fields = {
      { "pattern", "text", required = true, max = 50, format = "dial_pattern", title = "Pattern", doc = "Which numbers, as the route pattern and its route list leave them." },
      { "partition", "reference", to = "partition", title = "Partition", doc = "Which Calling Party Transformation CSS reach it; all when empty." },
      { "description", "text", max = 128, doc = "Free text." },
      { "use_external_phone_number_mask", "boolean", title = "Use Calling Party's External Phone Number Mask", doc = "Lay the mask of the caller's line over the number before all else." },
      { "discard_digits", "enum", of = "discard_digits", title = "Discard Digits", doc = "What is cut off the number." },
      { "calling_party_transform_mask", "text", max = 50, format = "mask", title = "Calling Party Transformation Mask", doc = "Mask for the number." },
      { "calling_party_prefix_digits", "text", max = 50, format = "digits", title = "Prefix Digits", doc = "Put before the number." },
      { "calling_line_id_presentation", "enum", of = "presentation", title = "Calling Line ID Presentation", doc = "Whether the far side is shown the number; what the trunk itself says comes after it." },
    } },
  { resource = "called_party_transformation_pattern", title = "Called Party Transformation Pattern",
    menu = "Call Routing > Transformation > Transformation Pattern > Called Party Transformation Pattern", key = { "pattern", "partition" },
    doc = "Rewrites the called number that a trunk sends, where the trunk's Called Party Transformation CSS reaches it. It cannot be dialled.",
    fields = {
      { "pattern", "text", required = true, max = 50, format = "dial_pattern", title = "Pattern", doc = "Which numbers, as the route pattern and its route list leave them." },
      { "partition", "reference", to = "partition", title = "Partition", doc = "Which Called Party Transformation CSS reach it; all when empty." },
      { "description", "text", max = 128, doc = "Free text." },
      { "discard_digits", "enum", of = "discard_digits", title = "Discard Digits", doc = "What is cut off the number." },
      { "called_party_transform_mask", "text", max = 50, format = "mask", title = "Called Party Transformation Mask", doc = "Mask for the number." },
      { "called_party_prefix_digits", "text", max = 50, format = "digits", title = "Prefix Digits", doc = "Put before the number." },
    } },
}
