sj_unit_test(test_record SOURCES test_record.c LIBS sojourn_host)
sj_unit_test(test_store SOURCES test_store.c LIBS sojourn_host)
sj_unit_test(test_secret SOURCES test_secret.c LIBS sojourn_host)
sj_unit_test(test_rest SOURCES test_rest.c LIBS PkgConfig::CJSON PkgConfig::CURL ARGS $<TARGET_FILE:sojournd> TIMEOUT 180)
