sj_plugin_test(test_plugin_lbm lbm SOURCES test_plugin_lbm.c)
sj_plugin_test(test_plugin_lbm_hubs lbm SOURCES test_plugin_lbm_hubs.c)
