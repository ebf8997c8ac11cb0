# The Intercluster Lookup Service's replication, which is pure: the same files as in the plugin.
set(ils ${PROJECT_SOURCE_DIR}/plugins/ils)
set(ils_core ${ils}/core/object.c ${ils}/core/catalog.c ${ils}/core/order.c ${ils}/core/wire.c ${ils}/core/dispute.c ${ils}/core/network.c ${ils}/core/take.c ${ils}/core/exchange.c
    ${ils}/core/lookup.c)
foreach(test ils_core ils_holes ils_belief ils_lookup ils_order)
  sj_unit_test(test_${test} SOURCES test_${test}.c ${ils_core} LIBS sojourn_sdk)
  target_include_directories(test_${test} PRIVATE ${ils})
endforeach()
sj_unit_test(test_ils_simulation SOURCES test_ils_simulation.c ils_world.c ${ils_core} LIBS sojourn_sdk)
target_include_directories(test_ils_simulation PRIVATE ${ils})
# A cluster that has lost its count comes back by way of a hub that remembers less of it than others do.
add_test(NAME test_ils_simulation_lost_count COMMAND test_ils_simulation)
set_tests_properties(test_ils_simulation_lost_count PROPERTIES ENVIRONMENT "ILS_SEED=209")
# A spoke that hears of a cluster before its hub can say anything of it.
add_test(NAME test_ils_simulation_late_news COMMAND test_ils_simulation)
set_tests_properties(test_ils_simulation_late_news PROPERTIES ENVIRONMENT "ILS_SEED=292")
# A cluster that has lost its count, whose hub hears of that from another hub after it has answered.
add_test(NAME test_ils_simulation_count_told_later COMMAND test_ils_simulation)
set_tests_properties(test_ils_simulation_count_told_later PROPERTIES ENVIRONMENT "ILS_SEED=2298")
# Others each day, for some seconds.
add_test(NAME test_ils_simulation_today COMMAND test_ils_simulation)
set_tests_properties(test_ils_simulation_today PROPERTIES ENVIRONMENT "ILS_SEED=today;ILS_SEEDS=60;ILS_SECONDS=15")
sj_unit_test(test_ils_join SOURCES test_ils_join.c ${ils}/core/join.c ${ils}/core/attempts.c LIBS sojourn_sdk PkgConfig::SODIUM)
target_include_directories(test_ils_join PRIVATE ${ils})
