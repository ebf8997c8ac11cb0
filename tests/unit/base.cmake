# The base library of the SDK.
sj_unit_test(test_base_list SOURCES test_base_list.c LIBS sojourn_sdk)
sj_unit_test(test_base_hash SOURCES test_base_hash.c LIBS sojourn_sdk)
foreach(test array map heap text)
  sj_unit_test(test_base_${test} SOURCES test_base_${test}.c LIBS sojourn_sdk)
  target_link_options(test_base_${test} PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc)
endforeach()
sj_unit_test(test_base_file SOURCES test_base_file.c LIBS sojourn_sdk)
target_link_options(test_base_file PRIVATE -Wl,--wrap=fsync,--wrap=write,--wrap=rename)
