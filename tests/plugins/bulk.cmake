sj_plugin_test(test_plugin_bulk bulk SOURCES test_bulk.c)
