sj_plugin_test(test_plugin_lbm lbm SOURCES test_plugin_lbm.c)
