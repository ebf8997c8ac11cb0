# Extension Mobility's and bulk's pure parts, compiled by themselves: no host, no store.
set(em ${PROJECT_SOURCE_DIR}/plugins/extension-mobility)
sj_unit_test(test_em_pure SOURCES test_em_pure.c ${em}/calling_search_space_order.c ${em}/earliest.c ${em}/error_codes.c
  ${em}/geolocation_match.c ${em}/given_up.c ${em}/login_limit.c ${em}/phone_pages.c ${em}/reconcile.c ${em}/security_matrix.c
  LIBS sojourn_schema)
target_include_directories(test_em_pure PRIVATE ${em})
sj_unit_test(test_em_memory SOURCES test_em_memory.c ${em}/failures.c ${em}/shared_traces.c)
target_include_directories(test_em_memory PRIVATE ${em})
sj_unit_test(test_em_overlay SOURCES test_em_overlay.c ${em}/overlay.c LIBS sojourn_schema)
target_include_directories(test_em_overlay PRIVATE ${em})
set(bulk ${PROJECT_SOURCE_DIR}/plugins/bulk)
sj_unit_test(test_bulk_pure SOURCES test_bulk_pure.c ${bulk}/emcc_devices.c)
target_include_directories(test_bulk_pure PRIVATE ${bulk})
sj_unit_test(test_em_page_charset SOURCES test_em_page_charset.c ${em}/page_charset.c LIBS sojourn_sdk PkgConfig::XML)
target_include_directories(test_em_page_charset PRIVATE ${em})
