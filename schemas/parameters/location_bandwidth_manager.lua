return {
  parameters = "Cisco Location Bandwidth Manager", prefix = "lbm", title = "Service Parameters: Cisco Location Bandwidth Manager",
  doc = "Parameters of call admission by bandwidth.",
  fields = {
    { "deduct_audio_bandwidth_portion", "boolean", title = "Deduct Audio Bandwidth Portion from Audio Pool for a Video Call", doc = "Whether the audio of a video call is taken from the audio bandwidth; otherwise the whole call is taken from the video bandwidth." },
    { "reservation_lease", "integer", min = 5, max = 3600, default = 60, unit = "s", title = "Reservation Lease", doc = "How long a call manager may be silent before the bandwidth of its calls is given back." },
  },
}
