return {
  part = "softkey", title = "Softkey", doc = "One softkey of a call state.",
  fields = { { "softkey", "enum", of = "softkey_key", doc = "What it does; undefined leaves its place free." } },
}
