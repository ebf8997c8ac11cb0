return {
  { enum = "bandwidth_pool", of = { "audio", "video", "immersive" }, doc = "Links and locations have bandwidth for each of these by itself." },
  { enum = "video_traffic_class", of = { "desktop", "immersive" }, doc = "Whether a video call is one of desks or of rooms with immersive video." },
  { enum = "bandwidth_outcome", of = { "admitted", "admitted_as_audio", "overbooked", "refused" }, doc = "What was decided: all granted; granted without video; granted beyond what there is, as an emergency call; not granted." },
}
