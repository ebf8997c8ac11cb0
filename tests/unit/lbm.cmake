# The Location Bandwidth Manager's pure parts, compiled by themselves: no host, no store. Paths are compared with those of lbm_oracle.lua.
set(lbm ${PROJECT_SOURCE_DIR}/plugins/lbm)
sj_unit_test(test_lbm_paths SOURCES test_lbm_paths.c ${lbm}/graph.c ${lbm}/paths.c LIBS sojourn_sdk PkgConfig::LUA)
target_include_directories(test_lbm_paths PRIVATE ${lbm})
target_compile_definitions(test_lbm_paths PRIVATE ORACLE="${CMAKE_CURRENT_SOURCE_DIR}/lbm_oracle.lua")
sj_unit_test(test_lbm_reservations SOURCES test_lbm_reservations.c ${lbm}/graph.c ${lbm}/paths.c ${lbm}/bandwidth.c ${lbm}/reservations.c
             LIBS sojourn_sdk)
target_include_directories(test_lbm_reservations PRIVATE ${lbm})
