set(ils ${PROJECT_SOURCE_DIR}/plugins/ils)
add_executable(bench_ils bench_ils.c ${ils}/core/object.c ${ils}/core/catalog.c ${ils}/core/order.c ${ils}/core/wire.c ${ils}/core/dispute.c ${ils}/core/network.c ${ils}/core/take.c
               ${ils}/core/exchange.c ${ils}/core/lookup.c)
target_include_directories(bench_ils PRIVATE ${ils})
target_link_libraries(bench_ils PRIVATE sojourn_sdk sojourn_options)
