# The call manager's pure parts.
function(sj_callmanager_test name)
  sj_unit_test(${name} SOURCES ${name}.c $<TARGET_OBJECTS:callmanager_core> LIBS callmanager_core ${ARGN})
endfunction()
sj_callmanager_test(test_digit_pattern)
sj_callmanager_test(test_digit_analysis)
sj_callmanager_test(test_number_routing)
sj_callmanager_test(test_digest)
sj_callmanager_test(test_sip_message)
sj_callmanager_test(test_sip_transaction)
sj_callmanager_test(test_registration_table)
# Our messages in the eyes of a parser that we did not write.
sj_callmanager_test(test_sip_osip PkgConfig::OSIP)
target_compile_definitions(test_sip_message PRIVATE RFC4475_DIRECTORY="${PROJECT_SOURCE_DIR}/../shared/data/rfc4475")
