set(ils ${PROJECT_SOURCE_DIR}/plugins/ils)
add_executable(bench_ils bench_ils.c ${ils}/core/object.c ${ils}/core/catalog.c ${ils}/core/order.c ${ils}/core/wire.c ${ils}/core/dispute.c ${ils}/core/network.c ${ils}/core/take.c
               ${ils}/core/exchange.c ${ils}/core/lookup.c)
target_include_directories(bench_ils PRIVATE ${ils})
target_link_libraries(bench_ils PRIVATE sojourn_sdk sojourn_options)
add_executable(bench_ils_changes bench_ils_changes.c $<TARGET_OBJECTS:ils_core>)
target_link_libraries(bench_ils_changes PRIVATE sojourn_testkit ils_core sojourn_options)
