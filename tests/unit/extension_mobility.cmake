# Extension Mobility's and bulk's pure parts, compiled by themselves: no host, no store.
set(em ${PROJECT_SOURCE_DIR}/plugins/extension-mobility)
sj_unit_test(test_em_pure SOURCES test_em_pure.c ${em}/devices/calling_search_space_order.c ${em}/sessions/name_queue.c ${em}/reporting/error_codes.c
  ${em}/devices/geolocation_match.c ${em}/sessions/ended_leases.c ${em}/sessions/login_limit.c ${em}/pages/phone_pages.c ${em}/sessions/reconcile.c ${em}/devices/security_matrix.c ${em}/users/login_type.c
  LIBS sojourn_schema sojourn_sdk)
target_include_directories(test_em_pure PRIVATE ${em})
sj_unit_test(test_em_memory SOURCES test_em_memory.c ${em}/reporting/failures.c ${em}/clusters/shared_traces.c)
target_include_directories(test_em_memory PRIVATE ${em})
sj_unit_test(test_em_overlay SOURCES test_em_overlay.c ${em}/devices/overlay.c LIBS sojourn_schema sojourn_sdk)
target_include_directories(test_em_overlay PRIVATE ${em})
set(bulk ${PROJECT_SOURCE_DIR}/plugins/bulk)
sj_unit_test(test_bulk_pure SOURCES test_bulk_pure.c ${bulk}/emcc_devices.c)
target_include_directories(test_bulk_pure PRIVATE ${bulk})
sj_unit_test(test_bulk_csv SOURCES test_bulk_csv.c ${bulk}/csv.c ${bulk}/catalog_file.c LIBS sojourn_sdk)
target_include_directories(test_bulk_csv PRIVATE ${bulk})
sj_unit_test(test_em_page_charset SOURCES test_em_page_charset.c ${em}/pages/page_charset.c LIBS sojourn_sdk PkgConfig::XML)
target_include_directories(test_em_page_charset PRIVATE ${em})
