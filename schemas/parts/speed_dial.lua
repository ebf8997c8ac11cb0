return {
  part = "speed_dial", title = "Speed Dial", doc = "One speed dial key.",
  fields = {
    { "number", "text", required = true, max = 50, doc = "What is dialled." },
    { "label", "text", max = 30, format = "name", doc = "What the key shows." },
  },
}
