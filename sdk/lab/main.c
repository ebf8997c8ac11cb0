/* sojourn-lab: opens one Lua state with the primitives ("core") and the embedded modules, hands the
 * command line to the module "runner", and runs the loop until that says how it ended. */
#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sojourn/standard_files.h>

#include "lab.h"

/* package.searchers entry: the modules compiled into this program. */
static int find_module(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    for (const struct lab_module *module = lab_modules; module->name != NULL; module++) {
        if (strcmp(module->name, name) == 0) {
            lua_pushfstring(L, "@lab/%s.lua", name);
            const char *chunk = lua_tostring(L, -1);
            if (luaL_loadbufferx(L, (const char *)module->text, module->length, chunk, "t") !=
                LUA_OK) {
                return lua_error(L);
            }
            lua_pushstring(L, name);
            return 2;
        }
    }
    lua_pushfstring(L, "no embedded module '%s'", name);
    return 1;
}

static int open_core(lua_State *L) {
    lua_newtable(L);
    lab_open_loop(L);
    lab_open_process(L);
    lab_open_tcp(L);
    lab_open_udp(L);
    lab_open_tls(L);
    lab_open_http(L);
    lab_open_xml(L);
    lab_open_json(L);
    lab_open_digest(L);
    lab_open_files(L);
    return 1;
}

static void open_modules(lua_State *L) {
    luaL_openlibs(L);
    luaL_requiref(L, "core", open_core, 0);
    lua_pop(L, 1);
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers");
    lua_rawgeti(L, -1, 2);
    lua_rawseti(L, -2, 3); /* the search for files beside the script comes second, that for C
                              libraries is not wanted */
    lua_pushcfunction(L, find_module);
    lua_rawseti(L, -2, 2);
    lua_pushnil(L);
    lua_rawseti(L, -2, 4);
    lua_pop(L, 2);
}

int main(int count, char **arguments) {
    sj_open_standard_files();
    (void)signal(SIGPIPE, SIG_IGN);
    lab.loop = uv_default_loop();
    lab.fault_handler = LUA_NOREF;
    lab.signal_handler = LUA_NOREF;
    lua_State *L = lab.lua = luaL_newstate();
    if (L == NULL) {
        (void)fprintf(stderr, "sojourn-lab: out of memory\n");
        return 70;
    }
    open_modules(L);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "runner");
    if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
        (void)fprintf(stderr, "sojourn-lab: %s\n", lua_tostring(L, -1));
        return 70;
    }
    int runner = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_createtable(L, count, 0);
    for (int i = 1; i < count; i++) {
        lua_pushstring(L, arguments[i]);
        lua_rawseti(L, -2, i);
    }
    lab.exit_code = 70; /* unless the runner says otherwise */
    lab_call(runner, 1);
    if (!lab.exiting) {
        (void)uv_run(lab.loop, UV_RUN_DEFAULT);
    }
    lab_kill_processes();
    if (!lab.exiting) {
        (void)fprintf(stderr,
                      "sojourn-lab: the script waits for something that cannot come any more\n");
    }
    lua_close(L);
    return lab.exit_code;
}
