sj_plugin_test(test_plugin_tftp tftp SOURCES test_plugin_tftp.c)
sj_plugin_test(test_tftp_files tftp SOURCES test_tftp_files.c)
sj_plugin_test(test_plugin_certificates certificates SOURCES test_plugin_certificates.c)
sj_plugin_test(test_plugin_ils ils SOURCES test_plugin_ils.c ils_pair.c)
sj_plugin_test(test_plugin_ils_told ils SOURCES test_plugin_ils_told.c ils_pair.c)
# One that changes costs itself, what concerns all goes in steps: counted in records, not in time.
sj_plugin_test(test_plugin_ils_cost ils SOURCES test_plugin_ils_cost.c)
sj_plugin_test(test_ils_joining ils SOURCES test_ils_joining.c)
