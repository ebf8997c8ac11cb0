/* What the lab's C files share: one loop, one Lua state, and how the first calls into the second.
 *
 * The lab is a program with one of each, so they are global. C offers primitives with callbacks
 * (timers, sockets, HTTP calls, processes, XML, JSON); everything that reads as behaviour is Lua
 * under lua/, embedded at build time. */
#ifndef LAB_H
#define LAB_H

#include <stdbool.h>

#include <lauxlib.h>
#include <lua.h>
#include <uv.h>

struct lab {
    uv_loop_t *loop;
    lua_State *lua; /* the main thread: callbacks start here, whatever coroutine made the call */
    int fault_handler;
    int signal_handler;
    int exit_code;
    bool exiting;
};
extern struct lab lab;

/* Userdata that stands for something that lives on the loop: `thing` is NULL once that is closed.
 * While it lives the registry keeps the userdata (`self` in the thing), so that a callback may be
 * all that refers to it. */
struct lab_box {
    void *thing;
};

/* Makes the box of `thing` with the named metatable, leaves it on the stack and returns a registry
 * reference to it. */
int lab_box_make(lua_State *L, const char *type, void *thing, struct lab_box **box);

/* The thing of the box at stack `index`; NULL when it is closed. */
void *lab_box_thing(lua_State *L, int index, const char *type);

/* Registers a type of box. */
void lab_box_type(lua_State *L, const char *type, const luaL_Reg *methods);

/* A registry reference to the function at stack `index`; raises a Lua error when there is none. */
int lab_function(lua_State *L, int index);

/* Drops a reference and forgets it. */
void lab_forget(int *reference);

/* Calls the referred function with the `count` values on top of lab.lua's stack. An error goes to
 * the fault handler with its traceback: nothing is lost, nothing is fatal here. */
void lab_call(int function, int count);

/* Each adds its functions to the table on top of the stack: the module "core". */
void lab_open_loop(lua_State *L);
void lab_open_process(lua_State *L);
void lab_open_tcp(lua_State *L);
void lab_open_udp(lua_State *L);
void lab_open_tls(lua_State *L);
void lab_open_http(lua_State *L);
void lab_open_xml(lua_State *L);
void lab_open_json(lua_State *L);
void lab_open_digest(lua_State *L);
void lab_open_files(lua_State *L);

/* Kills every process that is still there, group by group, and waits for it. */
void lab_kill_processes(void);

/* Writes host and port of an address as Lua values: returns 2. */
int lab_push_address(lua_State *L, const struct sockaddr_storage *address);

/* Fills an address of either family from the arguments host and port at `index` and `index` + 1. */
void lab_check_address(lua_State *L, int index, struct sockaddr_storage *address);

/* Pushes nil and a sentence: returns 2. */
int lab_fail(lua_State *L, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One embedded Lua module. */
struct lab_module {
    const char *name;
    const unsigned char *text;
    unsigned long length;
};
extern const struct lab_module lab_modules[];

#endif
