sj_fuzz_target(plugin_file SOURCES fuzz_plugin_file.c host/plugin/elf.c host/plugin/manifest.c LIBS PkgConfig::CJSON)
sj_fuzz_target(node_file SOURCES fuzz_node_file.c host/node/node_file.c host/node/node_file_lua.c host/node/lua_memory.c host/node/lua_names.c LIBS PkgConfig::LUA)
