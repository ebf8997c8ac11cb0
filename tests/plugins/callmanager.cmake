sj_plugin_test(test_plugin_callmanager callmanager SOURCES test_plugin_callmanager.c LIBS PkgConfig::OPENSSL)
target_compile_definitions(test_plugin_callmanager PRIVATE RFC4475_DIRECTORY="${PROJECT_SOURCE_DIR}/../shared/data/rfc4475")
