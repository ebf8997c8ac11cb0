set(callmanager plugins/callmanager)
sj_fuzz_target(sip SOURCES fuzz_sip.c ${callmanager}/sip/inspection.c ${callmanager}/sip/session_expires.c ${callmanager}/sip/option_tags.c ${callmanager}/sip/reliable_response.c ${callmanager}/sip/record_route.c ${callmanager}/sip/refer.c ${callmanager}/sip/subscription_state.c ${callmanager}/sip/sip_message.c ${callmanager}/sip/sip_address.c ${callmanager}/sip/sip_writer.c ${callmanager}/sip/header_values.c ${callmanager}/sip/value_words.c
  ${callmanager}/sip/digest.c ${callmanager}/sip/digest_client.c ${callmanager}/sip/message_edit.c ${callmanager}/sip/edit_rules.c ${callmanager}/sip/sip_transaction.c ${callmanager}/sip/sip_transaction_challenge.c ${callmanager}/sip/sip_transaction_key.c ${callmanager}/sip/sip_transaction_length.c ${callmanager}/calls/call_identity.c ${callmanager}/dial_plan/digit_pattern.c
  ${callmanager}/sip/timer_wheel.c LIBS sojourn_schema PkgConfig::OPENSSL)
sj_fuzz_target(digit_pattern SOURCES fuzz_digit_pattern.c ${callmanager}/dial_plan/digit_pattern.c ${callmanager}/dial_plan/digit_analysis.c
  ${callmanager}/dial_plan/transformations.c ${callmanager}/dial_plan/course.c LIBS sojourn_schema)
sj_fuzz_target(moment SOURCES fuzz_moment.c ${callmanager}/dial_plan/time_of_day.c ${callmanager}/dial_plan/dial_plan.c ${callmanager}/dial_plan/directory_uris.c ${callmanager}/dial_plan/pickup_groups.c ${callmanager}/dial_plan/digit_analysis.c
  ${callmanager}/dial_plan/digit_pattern.c host/record/time_zones.c host/record/time_zone_rule.c LIBS sojourn_schema)
sj_fuzz_target(sdp SOURCES fuzz_sdp.c ${callmanager}/media/sdp.c ${callmanager}/media/sdp_region.c ${callmanager}/media/sdp_keys.c ${callmanager}/media/sdp_inactive.c ${callmanager}/media/sdp_direction.c
  ${callmanager}/media/audio_codec.c ${callmanager}/sip/multipart.c
  ${callmanager}/media/message_body.c ${callmanager}/sip/sip_address.c ${callmanager}/sip/sip_writer.c ${callmanager}/sip/header_values.c LIBS sojourn_schema PkgConfig::OPENSSL)
sj_fuzz_target(presence SOURCES fuzz_presence.c ${callmanager}/phones/presence_document.c ${callmanager}/phones/feature_document.c ${callmanager}/phones/message_summary.c ${callmanager}/phones/softkey_event.c ${callmanager}/sip/multipart.c ${callmanager}/calls/call_diversion.c ${callmanager}/calls/kpml_report.c
  ${callmanager}/calls/call_forwarding.c ${callmanager}/sip/sip_address.c ${callmanager}/sip/sip_writer.c ${callmanager}/sip/header_values.c LIBS sojourn_schema)
sj_fuzz_target(pidf SOURCES fuzz_pidf.c ${callmanager}/media/pidf_lo.c LIBS sojourn_schema PkgConfig::XML)
sj_fuzz_target(media_statistics SOURCES fuzz_media_statistics.c ${callmanager}/sip/media_statistics.c)
sj_fuzz_target(message_buffer SOURCES fuzz_message_buffer.c ${callmanager}/sip/message_buffer.c ${callmanager}/sip/sip_outline.c ${callmanager}/sip/outline_uris.c LIBS sojourn_schema)
sj_fuzz_target(alarm SOURCES fuzz_alarm.c ${callmanager}/phones/phone_alarm.c)
