return {
  { enum = "bandwidth_pool", of = { "audio", "video", "immersive" }, doc = "Links and locations have bandwidth for each of these by itself." },
  { enum = "video_traffic_class", of = { "desktop", "immersive" }, doc = "Whether a video call is one of desks or of rooms with immersive video." },
  { enum = "bandwidth_outcome", of = { "admitted", "admitted_as_audio", "overbooked", "refused" }, doc = "What was decided: all granted; granted without video; granted beyond what there is, as an emergency call; not granted." },
  { enum = "lbm_role", of = { "spoke", "hub" }, doc = "Whether a Location Bandwidth Manager tells those of other clusters of itself (hub), or not (spoke)." },
  { enum = "visited_bandwidth_step", of = { "reserve", "at_once", "propose", "confirm", "withdraw", "release", "renew", "simulate" }, doc = "What another cluster's Location Bandwidth Manager is asked: may a call be made; may it change, at once or as a proposal, which holds or does not; it is over; the asker is still there; would a call be made now, which takes nothing." },
}
