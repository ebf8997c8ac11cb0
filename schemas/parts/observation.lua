return {
  part = "observation", title = "Observation", doc = "Something that was observed.",
  fields = { { "at", "time", doc = "When; of several in a row the last one." }, { "times", "integer", doc = "So often in a row." },
             { "text", "text", doc = "What, in words." } },
}
