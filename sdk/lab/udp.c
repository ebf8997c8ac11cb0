/* UDP sockets bound to a chosen local address. */
#include <stdlib.h>

#include "lab.h"

#define SOCKET "lab.udp"

struct udp {
    uv_udp_t uv;
    struct lab_box *box;
    int self, function;
};

static void udp_closed(uv_handle_t *handle) {
    struct udp *udp = handle->data;
    lab_forget(&udp->function);
    udp->box->thing = NULL;
    lab_forget(&udp->self);
    free(udp);
}

static void room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer) {
    static char bytes[65536];
    (void)handle;
    (void)wanted;
    *buffer = uv_buf_init(bytes, sizeof bytes);
}

static void received(uv_udp_t *uv, ssize_t count, const uv_buf_t *buffer,
                     const struct sockaddr *from, unsigned flags) {
    struct udp *udp = uv->data;
    (void)flags;
    if (count < 0 || from == NULL) {
        return;
    }
    lua_pushlstring(lab.lua, buffer->base, (size_t)count);
    (void)lab_push_address(lab.lua, (const struct sockaddr_storage *)(const void *)from);
    lab_call(udp->function, 3);
}

/* core.udp(host, port, function(bytes, from_host, from_port)): nil and a sentence when it cannot be
 * bound. */
static int udp_open(lua_State *L) {
    struct sockaddr_storage here;
    lab_check_address(L, 1, &here);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    struct udp *udp = calloc(1, sizeof *udp);
    if (udp == NULL) {
        return luaL_error(L, "out of memory");
    }
    (void)uv_udp_init(lab.loop, &udp->uv);
    udp->uv.data = udp;
    udp->function = lab_function(L, 3);
    udp->self = lab_box_make(L, SOCKET, udp, &udp->box);
    int status = uv_udp_bind(&udp->uv, (const struct sockaddr *)&here, 0);
    if (status == 0) {
        status = uv_udp_recv_start(&udp->uv, room, received);
    }
    if (status != 0) {
        uv_close((uv_handle_t *)&udp->uv, udp_closed);
        return lab_fail(L, "%s", uv_strerror(status));
    }
    return 1;
}

/* udp:send(bytes, host, port): false when the kernel would not take it, as on a network that drops
 * it. */
static int udp_send(lua_State *L) {
    struct udp *udp = lab_box_thing(L, 1, SOCKET);
    size_t length;
    const char *bytes = luaL_checklstring(L, 2, &length);
    struct sockaddr_storage there;
    lab_check_address(L, 3, &there);
    uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)length);
    lua_pushboolean(L, udp != NULL && uv_udp_try_send(&udp->uv, &buffer, 1,
                                                      (const struct sockaddr *)&there) >= 0);
    return 1;
}

static int udp_local(lua_State *L) {
    struct udp *udp = lab_box_thing(L, 1, SOCKET);
    struct sockaddr_storage address = {0};
    int length = sizeof address;
    if (udp == NULL || uv_udp_getsockname(&udp->uv, (struct sockaddr *)&address, &length) != 0) {
        return lab_fail(L, "not bound");
    }
    return lab_push_address(L, &address);
}

static int udp_close(lua_State *L) {
    struct udp *udp = lab_box_thing(L, 1, SOCKET);
    if (udp != NULL && !uv_is_closing((uv_handle_t *)&udp->uv)) {
        uv_close((uv_handle_t *)&udp->uv, udp_closed);
    }
    return 0;
}

void lab_open_udp(lua_State *L) {
    static const luaL_Reg methods[] = {
        {"send", udp_send}, {"local_address", udp_local}, {"close", udp_close}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"udp", udp_open}, {NULL, NULL}};
    lab_box_type(L, SOCKET, methods);
    luaL_setfuncs(L, functions, 0);
}
