sj_plugin_test(test_plugin_dna dna-server SOURCES test_plugin_dna.c)
