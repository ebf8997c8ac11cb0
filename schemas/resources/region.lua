return {
  { resource = "region", title = "Region", menu = "System > Region Information > Region", key = "name",
    doc = "Device pools between which, and within which, calls have the same limits of bit rates.",
    fields = { { "name", "text", required = true, max = 50, format = "name", doc = "Its name, without @." } } },
  { resource = "region_relation", title = "Region Relationship", menu = "System > Region Information > Region > Region Relationships", key = { "region", "other_region" },
    doc = "What calls between two regions, or within one, may use. Where there is none the service parameters of Cisco CallManager hold.",
    fields = {
      { "region", "reference", to = "region", required = true, title = "Region", doc = "One of them." },
      { "other_region", "reference", to = "region", required = true, title = "Other Region", doc = "The other one, or the same." },
      { "max_audio_bit_rate", "integer", min = 8, max = 1411, default = 64, unit = "kbps", title = "Maximum Audio Bit Rate", doc = "Highest bit rate of an audio codec." },
      { "max_video_call_bit_rate", "integer", min = 0, max = 100000, default = 384, unit = "kbps", title = "Maximum Session Bit Rate for Video Calls", doc = "Highest bit rate of video with its audio; 0: no video." },
      { "audio_codec_preference_list", "reference", to = "audio_codec_preference_list", default = "Factory Default low loss", title = "Audio Codec Preference List", doc = "The order in which audio codecs are offered; empty: that of the phones." },
    } },
}
