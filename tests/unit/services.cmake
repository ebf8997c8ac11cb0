# The file service's pure parts.
set(tftp ${PROJECT_SOURCE_DIR}/plugins/tftp)
sj_unit_test(test_tftp_packet SOURCES test_tftp_packet.c ${tftp}/tftp_packet.c ${tftp}/round_trip.c ${tftp}/file_name.c
             LIBS sojourn_sdk)
target_include_directories(test_tftp_packet PRIVATE ${tftp})
sj_unit_test(test_phone_document SOURCES test_phone_document.c ${tftp}/phone_document.c ${tftp}/file_cache.c
             LIBS sojourn_sdk PkgConfig::XML)
target_include_directories(test_phone_document PRIVATE ${tftp})
target_compile_definitions(test_phone_document PRIVATE XSD="${PROJECT_SOURCE_DIR}/schemas/xsd/phone_configuration.xsd")

sj_unit_test(test_dial_rules SOURCES test_dial_rules.c ${tftp}/dial_rules.c LIBS sojourn_sdk PkgConfig::XML)
target_include_directories(test_dial_rules PRIVATE ${tftp})
sj_unit_test(test_phone_time_zones SOURCES test_phone_time_zones.c ${tftp}/phone_time_zone.c LIBS sojourn_sdk)
target_include_directories(test_phone_time_zones PRIVATE ${tftp})

# What the SDK's library does.
sj_unit_test(test_xml_text SOURCES test_xml_text.c LIBS sojourn_sdk PkgConfig::XML)
sj_unit_test(test_number_mask SOURCES test_number_mask.c LIBS sojourn_sdk)
sj_unit_test(test_phone_facts SOURCES test_phone_facts.c LIBS sojourn_sdk)
sj_unit_test(test_peer_addresses SOURCES test_peer_addresses.c LIBS sojourn_sdk)
sj_unit_test(test_line_contact SOURCES test_line_contact.c LIBS sojourn_sdk)

# The certificate exchange's.
set(certificates ${PROJECT_SOURCE_DIR}/plugins/certificates)
sj_unit_test(test_certificate_bundle SOURCES test_certificate_bundle.c ${certificates}/bundle.c ${certificates}/bundle_limits.c
             ${certificates}/certificate_types.c ${certificates}/fitness.c LIBS sojourn_sdk PkgConfig::OPENSSL)
target_include_directories(test_certificate_bundle PRIVATE ${certificates})
