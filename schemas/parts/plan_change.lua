return {
  part = "plan_change", title = "Change of the Dial Plan", doc = "A record that an analysis takes to be written or removed.",
  fields = {
    { "resource", "text", required = true, max = 60, doc = "Of which resource: its name, or as it stands in an apply file." },
    { "record", "text", max = 100000, doc = "The whole record, as JSON; what it leaves out has its default, as in an apply file." },
    { "removed", "text", max = 300, doc = "Instead: the key of a record that is removed." },
  },
}
