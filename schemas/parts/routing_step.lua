return {
  part = "routing_step", title = "Routing Step", doc = "One step of a routing decision. The steps are a tree: one of greater depth belongs to the last of smaller depth before it.",
  fields = {
    { "depth", "integer", doc = "How deep in the tree; 0 at the top." },
    { "kind", "enum", of = "routing_step_kind", doc = "What it is." },
    { "subject", "text", doc = "What it is about: digits, a pattern, a partition, a trunk." },
    { "before", "text", doc = "Of a change: the number as it was." },
    { "after", "text", doc = "Of a change: the number as it is then." },
    { "text", "text", doc = "In words." },
  },
}
