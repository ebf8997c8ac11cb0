set(callmanager plugins/callmanager)
sj_fuzz_target(sip SOURCES fuzz_sip.c ${callmanager}/sip_message.c ${callmanager}/sip_address.c ${callmanager}/sip_writer.c
  ${callmanager}/digest.c ${callmanager}/sip_transaction.c ${callmanager}/hash_table.c ${callmanager}/keyed_hash.c
  ${callmanager}/timer_wheel.c LIBS PkgConfig::OPENSSL)
sj_fuzz_target(digit_pattern SOURCES fuzz_digit_pattern.c ${callmanager}/digit_pattern.c ${callmanager}/digit_analysis.c
  ${callmanager}/transformations.c)
sj_fuzz_target(sdp SOURCES fuzz_sdp.c ${callmanager}/sdp.c ${callmanager}/sdp_region.c ${callmanager}/audio_codec.c ${callmanager}/multipart.c
  ${callmanager}/message_body.c ${callmanager}/sip_address.c ${callmanager}/sip_writer.c LIBS sojourn_schema)
sj_fuzz_target(presence SOURCES fuzz_presence.c ${callmanager}/presence_document.c ${callmanager}/feature_document.c ${callmanager}/call_diversion.c
  ${callmanager}/call_forwarding.c ${callmanager}/sip_address.c ${callmanager}/sip_writer.c LIBS sojourn_schema)
sj_fuzz_target(pidf SOURCES fuzz_pidf.c ${callmanager}/pidf_lo.c LIBS sojourn_schema PkgConfig::XML)
