# Extension Mobility: two clusters with a network that the tests control.
sj_plugin_test(test_plugin_emcc extension-mobility SOURCES test_emcc.c em_world.c)
sj_plugin_test(test_plugin_emcc_faults extension-mobility SOURCES test_emcc_faults.c em_world.c)
sj_plugin_test(test_plugin_em_local extension-mobility SOURCES test_em_local.c)
sj_plugin_test(test_plugin_em_defects extension-mobility SOURCES test_em_defects.c em_world.c)
sj_plugin_test(test_plugin_em_intervals extension-mobility SOURCES test_em_intervals.c em_world.c)
