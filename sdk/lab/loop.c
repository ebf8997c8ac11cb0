/* The loop as Lua sees it: timers, the clock, signals, and the end of the program. */
#include <signal.h>
#include <stdlib.h>

#include "lab.h"

#define TIMER "lab.timer"

struct timer {
    uv_timer_t uv;
    struct lab_box *box;
    int self, function;
};

static void timer_closed(uv_handle_t *handle) {
    free(handle->data);
}

static void timer_end(struct timer *timer) {
    timer->box->thing = NULL;
    lab_forget(&timer->self);
    uv_close((uv_handle_t *)&timer->uv, timer_closed);
}

static void timer_fired(uv_timer_t *uv) {
    struct timer *timer = uv->data;
    int function = timer->function;
    timer_end(timer);
    lab_call(function, 0);
    lab_forget(&function);
}

/* core.timer(milliseconds, function): calls it once. timer:close() before that cancels. */
static int timer_start(lua_State *L) {
    lua_Number delay = luaL_checknumber(L, 1);
    struct timer *timer = calloc(1, sizeof *timer);
    if (timer == NULL) {
        return luaL_error(L, "out of memory");
    }
    timer->function = lab_function(L, 2);
    (void)uv_timer_init(lab.loop, &timer->uv);
    timer->uv.data = timer;
    timer->self = lab_box_make(L, TIMER, timer, &timer->box);
    (void)uv_timer_start(&timer->uv, timer_fired, delay > 0 ? (uint64_t)delay : 0, 0);
    return 1;
}

static int timer_close(lua_State *L) {
    struct timer *timer = lab_box_thing(L, 1, TIMER);
    if (timer != NULL) {
        lab_forget(&timer->function);
        timer_end(timer);
    }
    return 0;
}

/* core.now(): milliseconds that never go back, with fractions. */
static int now(lua_State *L) {
    lua_pushnumber(L, (lua_Number)uv_hrtime() / 1e6);
    return 1;
}

/* core.exit(code): the loop ends after the present callback. */
static int end_program(lua_State *L) {
    lab.exit_code = (int)luaL_checkinteger(L, 1);
    lab.exiting = true;
    uv_stop(lab.loop);
    return 0;
}

/* core.on_fault(function): called with text and traceback of every error that a callback lets
 * escape. */
static int on_fault(lua_State *L) {
    lab_forget(&lab.fault_handler);
    lab.fault_handler = lab_function(L, 1);
    return 0;
}

static void signalled(uv_signal_t *handle, int number) {
    (void)handle;
    if (lab.signal_handler != LUA_NOREF) {
        lua_pushinteger(lab.lua, number);
        lab_call(lab.signal_handler, 1);
    }
}

/* core.on_signal(function): called with the number when somebody wants the program to end (SIGINT,
 * SIGTERM, SIGHUP). */
static int on_signal(lua_State *L) {
    static uv_signal_t handles[3];
    static const int numbers[3] = {SIGINT, SIGTERM, SIGHUP};
    bool first = lab.signal_handler == LUA_NOREF;
    lab_forget(&lab.signal_handler);
    lab.signal_handler = lab_function(L, 1);
    for (int i = 0; first && i < 3; i++) {
        (void)uv_signal_init(lab.loop, &handles[i]);
        (void)uv_signal_start(&handles[i], signalled, numbers[i]);
        uv_unref((uv_handle_t *)&handles[i]);
    }
    return 0;
}

void lab_open_loop(lua_State *L) {
    static const luaL_Reg methods[] = {{"close", timer_close}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"timer", timer_start},   {"now", now},
                                         {"exit", end_program},    {"on_fault", on_fault},
                                         {"on_signal", on_signal}, {NULL, NULL}};
    lab_box_type(L, TIMER, methods);
    luaL_setfuncs(L, functions, 0);
}
