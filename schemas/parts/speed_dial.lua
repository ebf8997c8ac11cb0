return {
  part = "speed_dial", title = "Speed Dial", doc = "One speed dial key.",
  fields = {
    { "number", "text", required = true, max = 50, doc = "What is dialled." },
    { "label", "text", max = 30, format = "name", doc = "What the key shows." },
    { "busy_lamp_field", "boolean", title = "Busy Lamp Field", doc = "Whether the key shows the state of the number, when the SUBSCRIBE Calling Search Space reaches it." },
    { "call_pickup", "boolean", title = "Call Pickup", doc = "Whether a key with Busy Lamp Field picks up a call that rings at the number." },
  },
}
