pkg_check_modules(GOBJECT REQUIRED IMPORTED_TARGET gobject-2.0)
add_executable(bench_bus bench_bus.c)
target_link_libraries(bench_bus PRIVATE sojourn_host PkgConfig::GOBJECT)
