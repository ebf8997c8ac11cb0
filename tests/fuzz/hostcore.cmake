sj_fuzz_target(plugin_file SOURCES fuzz_plugin_file.c host/elf.c host/manifest.c LIBS PkgConfig::CJSON)
sj_fuzz_target(node_file SOURCES fuzz_node_file.c host/config.c host/config_lua.c host/record/buffer.c LIBS PkgConfig::LUA)
