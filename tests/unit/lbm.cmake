# The Location Bandwidth Manager's pure parts, compiled by themselves: no host, no store. Paths are compared with those of lbm_oracle.lua.
set(lbm ${PROJECT_SOURCE_DIR}/plugins/lbm)
sj_unit_test(test_lbm_paths SOURCES test_lbm_paths.c ${lbm}/graph.c ${lbm}/paths.c LIBS sojourn_sdk PkgConfig::LUA)
target_include_directories(test_lbm_paths PRIVATE ${lbm})
target_compile_definitions(test_lbm_paths PRIVATE ORACLE="${CMAKE_CURRENT_SOURCE_DIR}/lbm_oracle.lua")
sj_unit_test(test_lbm_reservations SOURCES test_lbm_reservations.c ${lbm}/graph.c ${lbm}/paths.c ${lbm}/bandwidth.c ${lbm}/topology.c ${lbm}/reservations.c ${lbm}/leases.c ${lbm}/way.c
             LIBS sojourn_sdk)
target_include_directories(test_lbm_reservations PRIVATE ${lbm})
sj_unit_test(test_lbm_topology SOURCES test_lbm_topology.c ${lbm}/graph.c ${lbm}/paths.c ${lbm}/bandwidth.c ${lbm}/topology.c ${lbm}/reservations.c ${lbm}/leases.c ${lbm}/way.c
             ${lbm}/drawing.c ${lbm}/findings.c LIBS sojourn_sdk PkgConfig::XML m)
target_include_directories(test_lbm_topology PRIVATE ${lbm})
set(lbm_hubs ${lbm}/graph.c ${lbm}/paths.c ${lbm}/bandwidth.c ${lbm}/topology.c ${lbm}/reservations.c ${lbm}/leases.c ${lbm}/way.c ${lbm}/overlay.c ${lbm}/hub_wire.c
    ${lbm}/hub_network.c ${lbm}/hub_statements.c)
# Any allocation may fail.
sj_unit_test(test_lbm_memory SOURCES test_lbm_memory.c ${lbm_hubs} ${lbm}/findings.c LIBS sojourn_sdk)
target_include_directories(test_lbm_memory PRIVATE ${lbm})
target_link_options(test_lbm_memory PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc)
# Many clusters in one process.
sj_unit_test(test_lbm_simulation SOURCES test_lbm_simulation.c ${lbm_hubs} LIBS sojourn_sdk)
target_include_directories(test_lbm_simulation PRIVATE ${lbm})
# Two lives of a cluster begin with the same wrong clock.
add_test(NAME test_lbm_simulation_same_clock COMMAND test_lbm_simulation)
set_tests_properties(test_lbm_simulation_same_clock PROPERTIES ENVIRONMENT "LBM_SEED=101;LBM_CLUSTERS=9;LBM_EVENTS=3000")
sj_unit_test(test_lbm_hubs SOURCES test_lbm_hubs.c ${lbm_hubs} LIBS sojourn_sdk)
target_include_directories(test_lbm_hubs PRIVATE ${lbm})
