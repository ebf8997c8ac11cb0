add_executable(bench_dna bench_dna.c $<TARGET_OBJECTS:callmanager_core>)
target_link_libraries(bench_dna PRIVATE callmanager_core sojourn_options)
