-- The factory lists differ in whether the network loses packets: then codecs made for the internet come first.
return {
  resource = "audio_codec_preference_list", title = "Audio Codec Preference List", menu = "System > Region Information > Audio Codec Preference List", key = "name",
  doc = "The order in which audio codecs are offered. A codec that is not in the list comes after those that are, in the order of the phone that offers it.",
  fields = {
    { "name", "text", required = true, max = 50, format = "name", doc = "Its name." },
    { "description", "text", max = 128, doc = "Free text." },
    { "codecs", "list", part = "audio_codec", max = 50, title = "Codecs in List", doc = "The most wanted first." },
  },
  factory = {
    { name = "Factory Default low loss", description = "For networks that lose few packets: G.722 before iSAC",
      codecs = { { name = "aac_ld" }, { name = "l16" }, { name = "opus" }, { name = "g722" }, { name = "isac" }, { name = "g7221" }, { name = "evs" }, { name = "amr_wb" },
        { name = "g711_ulaw" }, { name = "g711_alaw" }, { name = "ilbc" }, { name = "gsm_efr" }, { name = "gsm" }, { name = "g729" }, { name = "amr" }, { name = "g728" }, { name = "g7231" } } },
    { name = "Factory Default lossy", description = "For networks that lose packets: iSAC before G.722, iLBC before G.711",
      codecs = { { name = "aac_ld" }, { name = "l16" }, { name = "opus" }, { name = "isac" }, { name = "g722" }, { name = "g7221" }, { name = "evs" }, { name = "amr_wb" },
        { name = "ilbc" }, { name = "g711_ulaw" }, { name = "g711_alaw" }, { name = "gsm_efr" }, { name = "gsm" }, { name = "g729" }, { name = "amr" }, { name = "g728" }, { name = "g7231" } } },
  },
}
