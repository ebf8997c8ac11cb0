return {
  { resource = "location", title = "Location", menu = "System > Location Info > Location", key = "name",
    doc = "A place whose devices share a network that has enough bandwidth, or a point that calls pass through. Calls within it, from it, to it and through it take from its own bandwidth, which is unlimited unless given.",
    fields = {
      { "name", "text", required = true, max = 50, format = "name", doc = "Its name, without @, and no other spelling of Hub_None, Phantom or Shadow; the same name in two clusters is the same location." },
      { "audio_bandwidth", "integer", min = 0, max = 2147483647, unit = "kbps", title = "Audio Bandwidth", doc = "For the audio of calls in it; 0: unlimited." },
      { "video_bandwidth", "integer", min = -1, max = 2147483647, unit = "kbps", title = "Video Bandwidth", doc = "For video calls; 0: unlimited, -1: none." },
      { "immersive_bandwidth", "integer", min = -1, max = 2147483647, unit = "kbps", title = "Immersive Video Bandwidth", doc = "For immersive video calls; 0: unlimited, -1: none." },
    },
    factory = { { name = "Hub_None" }, { name = "Phantom" }, { name = "Shadow" } } },
  { resource = "location_link", title = "Location Link", menu = "System > Location Info > Location > Links - Bandwidth Between Locations", key = { "location", "other_location" },
    doc = "The way between two locations, in both directions. A location that no link names has one to Hub_None with weight 50, unlimited audio, and 384 kbps for video and for immersive video.",
    fields = {
      { "location", "reference", to = "location", required = true, title = "Location", doc = "One end." },
      { "other_location", "reference", to = "location", required = true, title = "Other Location", doc = "The other end." },
      { "weight", "integer", min = 1, max = 100, default = 50, title = "Weight", doc = "Calls take the way whose weights have the least sum." },
      { "audio_bandwidth", "integer", min = 0, max = 2147483647, unit = "kbps", title = "Audio Bandwidth", doc = "For the audio of calls; 0: unlimited." },
      { "video_bandwidth", "integer", min = -1, max = 2147483647, default = 384, unit = "kbps", title = "Video Bandwidth", doc = "For video calls; 0: unlimited, -1: none." },
      { "immersive_bandwidth", "integer", min = -1, max = 2147483647, default = 384, unit = "kbps", title = "Immersive Video Bandwidth", doc = "For immersive video calls; 0: unlimited, -1: none." },
    } },
}
