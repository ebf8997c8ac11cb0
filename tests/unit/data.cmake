sj_unit_test(test_record SOURCES test_record.c LIBS sojourn_host)
sj_unit_test(test_record_wiped SOURCES test_record_wiped.c LIBS sojourn_host)
target_link_options(test_record_wiped PRIVATE -Wl,--wrap=free) # what is in memory that is given back
sj_unit_test(test_store SOURCES test_store.c LIBS sojourn_host)
sj_unit_test(test_store_bulk SOURCES test_store_bulk.c LIBS sojourn_host)
sj_unit_test(test_store_disk SOURCES test_store_disk.c LIBS sojourn_host)
sj_unit_test(test_store_power SOURCES test_store_power.c LIBS sojourn_host)
sj_unit_test(test_store_checkpoint SOURCES test_store_checkpoint.c LIBS sojourn_host)
sj_unit_test(test_first_use SOURCES test_first_use.c LIBS sojourn_host)
sj_unit_test(test_store_memory SOURCES test_store_memory.c LIBS sojourn_host)
target_link_options(test_store_memory PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup)
add_library(slow_disk MODULE slow_disk.c) # preloaded into a node
target_link_libraries(slow_disk PRIVATE sojourn_options)
sj_unit_test(test_slow_disk SOURCES test_slow_disk.c LIBS PkgConfig::CJSON PkgConfig::CURL
  ARGS $<TARGET_FILE:sojournd> $<TARGET_FILE:slow_disk> TIMEOUT 180)
sj_unit_test(test_secret SOURCES test_secret.c LIBS sojourn_host TIMEOUT 180)
sj_unit_test(test_rest SOURCES test_rest.c LIBS PkgConfig::CJSON PkgConfig::CURL ARGS $<TARGET_FILE:sojournd> TIMEOUT 180)
sj_unit_test(test_apply_queue SOURCES test_apply_queue.c LIBS sojourn_host)
sj_unit_test(test_apply_job SOURCES test_apply_job.c LIBS PkgConfig::CJSON PkgConfig::CURL ARGS $<TARGET_FILE:sojournd>
  $<TARGET_FILE:sojourn> TIMEOUT 180)
sj_unit_test(test_sign_in SOURCES test_sign_in.c LIBS PkgConfig::CJSON PkgConfig::CURL ARGS $<TARGET_FILE:sojournd> TIMEOUT 180)
sj_unit_test(test_cli SOURCES test_cli.c LIBS PkgConfig::CJSON PkgConfig::CURL ARGS $<TARGET_FILE:sojournd> $<TARGET_FILE:sojourn> TIMEOUT 180)
sj_unit_test(test_cli_follow SOURCES test_cli_follow.c LIBS sojourn_host)
