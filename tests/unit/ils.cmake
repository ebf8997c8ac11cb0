# The Intercluster Lookup Service's replication, which is pure: the same files as in the plugin.
set(ils ${PROJECT_SOURCE_DIR}/plugins/ils)
set(ils_core ${ils}/core/object.c ${ils}/core/catalog.c ${ils}/core/wire.c ${ils}/core/network.c ${ils}/core/take.c ${ils}/core/exchange.c
    ${ils}/core/lookup.c)
sj_unit_test(test_ils_core SOURCES test_ils_core.c ${ils_core} LIBS sojourn_sdk)
target_include_directories(test_ils_core PRIVATE ${ils})
sj_unit_test(test_ils_simulation SOURCES test_ils_simulation.c ${ils_core} LIBS sojourn_sdk)
target_include_directories(test_ils_simulation PRIVATE ${ils})
