foreach(test plugin_callmanager callmanager_registrations callmanager_diagnosis callmanager_statistics callmanager_calls callmanager_forwarding callmanager_transfers callmanager_features
        callmanager_media callmanager_regions callmanager_bandwidth callmanager_bandwidth_clusters callmanager_location callmanager_keep_alive callmanager_trunks callmanager_guessing
        callmanager_proof callmanager_uris callmanager_identities callmanager_analysis callmanager_analysis_proof callmanager_time_of_day callmanager_bounds callmanager_tls callmanager_inspection callmanager_contacts callmanager_torture callmanager_session_timer callmanager_subscriptions callmanager_messages callmanager_provider callmanager_normalise)
  sj_plugin_test(test_${test} callmanager SOURCES test_${test}.c callmanager_kit.c LIBS PkgConfig::OPENSSL)
endforeach()
target_compile_definitions(test_callmanager_torture PRIVATE RFC4475_DIRECTORY="${PROJECT_SOURCE_DIR}/tests/data/rfc4475"
  RFC5118_DIRECTORY="${PROJECT_SOURCE_DIR}/tests/data/rfc5118")
sj_plugin_test(test_callmanager_soak callmanager SOURCES test_callmanager_soak.c callmanager_kit.c LIBS PkgConfig::OPENSSL)
set_tests_properties(test_callmanager_soak PROPERTIES TIMEOUT 600 LABELS "plugin;slow")
