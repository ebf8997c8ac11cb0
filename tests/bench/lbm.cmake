set(lbm ${PROJECT_SOURCE_DIR}/plugins/lbm)
add_executable(bench_lbm bench_lbm.c ${lbm}/graph.c ${lbm}/paths.c ${lbm}/topology.c ${lbm}/reservations.c ${lbm}/leases.c ${lbm}/way.c ${lbm}/overlay.c ${lbm}/bandwidth.c)
target_include_directories(bench_lbm PRIVATE ${lbm})
target_link_libraries(bench_lbm PRIVATE sojourn_sdk sojourn_options)
