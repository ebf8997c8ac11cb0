-- The audio codecs that the call manager can tell apart, each with its bit rate (plugins/callmanager/media/audio_codec.c).
return {
  part = "audio_codec", title = "Audio Codec", doc = "An audio codec, by name.",
  fields = {
    { "name", "enum", of = { "opus", "aac_ld", "l16", "g722", "isac", "g7221", "amr_wb", "evs", "silk", "speex", "g711_ulaw", "g711_alaw",
      "g726", "bv32", "bv16", "ilbc", "gsm_efr", "gsm", "g728", "evrc", "qcelp", "amr", "g729", "g7231" },
      doc = "Which: g711_ulaw is PCMU, g711_alaw PCMA, g729 stands for its annexes A and B too." },
  },
}
