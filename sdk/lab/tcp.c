/* TCP: connections from a chosen local address, and listeners. One function hears all of a
 * connection: ("open"), ("data", bytes), ("end") when it wants to know that the peer has said its
 * last word, ("close", reason); close comes exactly once, last. */
#include <stdlib.h>
#include <string.h>

#include "lab.h"

#define CONNECTION "lab.connection"
#define LISTENER "lab.listener"

struct connection {
    uv_tcp_t uv;
    uv_connect_t connect;
    struct lab_box *box;
    int self, function;
    const char *reason;
    bool half_open; /* the peer's last word is not the connection's end */
};

struct listener {
    uv_tcp_t uv;
    struct lab_box *box;
    int self, function;
};

static void connection_closed(uv_handle_t *handle) {
    struct connection *connection = handle->data;
    int function = connection->function;
    connection->box->thing = NULL;
    lab_forget(&connection->self);
    if (function != LUA_NOREF) {
        lua_pushliteral(lab.lua, "close");
        lua_pushstring(lab.lua, connection->reason);
        lab_call(function, 2);
        lab_forget(&function);
    }
    free(connection);
}

static void connection_end(struct connection *connection, const char *reason) {
    if (!uv_is_closing((uv_handle_t *)&connection->uv)) {
        connection->reason = reason;
        uv_close((uv_handle_t *)&connection->uv, connection_closed);
    }
}

static void room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer) {
    static char bytes[65536];
    (void)handle;
    (void)wanted;
    *buffer = uv_buf_init(bytes, sizeof bytes);
}

static void received(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer) {
    struct connection *connection = stream->data;
    if (count == UV_EOF && connection->half_open && connection->function != LUA_NOREF) {
        lua_pushliteral(lab.lua, "end");
        lab_call(connection->function, 1);
    } else if (count < 0) {
        connection_end(connection,
                       count == UV_EOF ? "closed by the peer" : uv_strerror((int)count));
    } else if (count > 0 && connection->function != LUA_NOREF) {
        lua_pushliteral(lab.lua, "data");
        lua_pushlstring(lab.lua, buffer->base, (size_t)count);
        lab_call(connection->function, 2);
    }
}

static void connected(uv_connect_t *request, int status) {
    struct connection *connection = request->data;
    if (status != 0) {
        connection_end(connection, uv_strerror(status));
        return;
    }
    (void)uv_read_start((uv_stream_t *)&connection->uv, room, received);
    lua_pushliteral(lab.lua, "open");
    lab_call(connection->function, 1);
}

static struct connection *connection_make(lua_State *L) {
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        luaL_error(L, "out of memory");
        return NULL;
    }
    (void)uv_tcp_init(lab.loop, &connection->uv);
    connection->uv.data = connection;
    connection->connect.data = connection;
    connection->function = LUA_NOREF;
    connection->reason = "";
    connection->self = lab_box_make(L, CONNECTION, connection, &connection->box);
    return connection;
}

/* core.tcp_connect(local_host, host, port, function) */
static int tcp_connect(lua_State *L) {
    struct sockaddr_storage here, there;
    lua_settop(L, 4);
    lua_pushinteger(L, 0);
    lua_insert(L, 2);
    lab_check_address(L, 1, &here);
    lab_check_address(L, 3, &there);
    luaL_checktype(L, 5, LUA_TFUNCTION);
    struct connection *connection = connection_make(L);
    connection->function = lab_function(L, 5);
    int status = uv_tcp_bind(&connection->uv, (const struct sockaddr *)&here, 0);
    if (status == 0) {
        status = uv_tcp_connect(&connection->connect, &connection->uv,
                                (const struct sockaddr *)&there, connected);
    }
    if (status != 0) {
        connection_end(connection, uv_strerror(status));
    }
    return 1;
}

/* connection:on(function, half_open): who hears it from now on; whether it stays open behind the
 * peer's last word. */
static int connection_on(lua_State *L) {
    struct connection *connection = lab_box_thing(L, 1, CONNECTION);
    if (connection != NULL) {
        lab_forget(&connection->function);
        connection->function = lab_function(L, 2);
        connection->half_open = lua_toboolean(L, 3);
    }
    return 0;
}

struct writing {
    uv_write_t uv;
    char bytes[];
};

static void written(uv_write_t *request, int status) {
    struct connection *connection = request->handle->data;
    free(request->data);
    if (status != 0) {
        connection_end(connection, uv_strerror(status));
    }
}

/* connection:write(bytes): false when it is closed. */
static int connection_write(lua_State *L) {
    struct connection *connection = lab_box_thing(L, 1, CONNECTION);
    size_t length;
    const char *bytes = luaL_checklstring(L, 2, &length);
    if (connection == NULL || uv_is_closing((uv_handle_t *)&connection->uv)) {
        lua_pushboolean(L, 0);
        return 1;
    }
    struct writing *writing = malloc(sizeof *writing + length);
    if (writing == NULL) {
        return luaL_error(L, "out of memory");
    }
    memcpy(writing->bytes, bytes, length);
    writing->uv.data = writing;
    uv_buf_t buffer = uv_buf_init(writing->bytes, (unsigned)length);
    int status = uv_write(&writing->uv, (uv_stream_t *)&connection->uv, &buffer, 1, written);
    if (status != 0) {
        free(writing);
    }
    lua_pushboolean(L, status == 0);
    return 1;
}

static int connection_close(lua_State *L) {
    struct connection *connection = lab_box_thing(L, 1, CONNECTION);
    if (connection != NULL) {
        connection_end(connection, "closed here");
    }
    return 0;
}

static void was_shut_down(uv_shutdown_t *request, int status) {
    (void)status;
    free(request);
}

/* connection:shutdown(): our last word; what the peer still says is heard. */
static int connection_shutdown(lua_State *L) {
    struct connection *connection = lab_box_thing(L, 1, CONNECTION);
    uv_shutdown_t *request = connection != NULL ? malloc(sizeof *request) : NULL;
    if (request != NULL &&
        uv_shutdown(request, (uv_stream_t *)&connection->uv, was_shut_down) != 0) {
        free(request);
    }
    return 0;
}

/* connection:reset(): ends it with a reset, as when the peer's machine has lost its power and is
 * asked again. */
static int connection_reset(lua_State *L) {
    struct connection *connection = lab_box_thing(L, 1, CONNECTION);
    if (connection != NULL && !uv_is_closing((uv_handle_t *)&connection->uv)) {
        connection->reason = "reset here";
        if (uv_tcp_close_reset(&connection->uv, connection_closed) != 0) {
            connection_end(connection, "closed here");
        }
    }
    return 0;
}

static int connection_address(lua_State *L,
                              int (*ask)(const uv_tcp_t *, struct sockaddr *, int *)) {
    struct connection *connection = lab_box_thing(L, 1, CONNECTION);
    struct sockaddr_storage address = {0};
    int length = sizeof address;
    if (connection == NULL || ask(&connection->uv, (struct sockaddr *)&address, &length) != 0) {
        return lab_fail(L, "not connected");
    }
    return lab_push_address(L, &address);
}

static int connection_local(lua_State *L) {
    return connection_address(L, uv_tcp_getsockname);
}

static int connection_peer(lua_State *L) {
    return connection_address(L, uv_tcp_getpeername);
}

static void accepting(uv_stream_t *stream, int status) {
    struct listener *listener = stream->data;
    if (status != 0) {
        return;
    }
    struct connection *connection = connection_make(lab.lua);
    if (uv_accept(stream, (uv_stream_t *)&connection->uv) != 0) {
        lua_pop(lab.lua, 1);
        connection_end(connection, "not accepted");
        return;
    }
    lab_call(listener->function, 1);
    (void)uv_read_start((uv_stream_t *)&connection->uv, room, received);
}

static void listener_closed(uv_handle_t *handle) {
    struct listener *listener = handle->data;
    lab_forget(&listener->function);
    listener->box->thing = NULL;
    lab_forget(&listener->self);
    free(listener);
}

/* core.tcp_listen(host, port, function(connection)): the function sets connection:on. nil and a
 * sentence when it cannot. */
static int tcp_listen(lua_State *L) {
    struct sockaddr_storage here;
    lab_check_address(L, 1, &here);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    struct listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL) {
        return luaL_error(L, "out of memory");
    }
    (void)uv_tcp_init(lab.loop, &listener->uv);
    listener->uv.data = listener;
    listener->function = lab_function(L, 3);
    listener->self = lab_box_make(L, LISTENER, listener, &listener->box);
    int status = uv_tcp_bind(&listener->uv, (const struct sockaddr *)&here, 0);
    if (status == 0) {
        status = uv_listen((uv_stream_t *)&listener->uv, 128, accepting);
    }
    if (status != 0) {
        uv_close((uv_handle_t *)&listener->uv, listener_closed);
        return lab_fail(L, "%s", uv_strerror(status));
    }
    return 1;
}

static int listener_close(lua_State *L) {
    struct listener *listener = lab_box_thing(L, 1, LISTENER);
    if (listener != NULL && !uv_is_closing((uv_handle_t *)&listener->uv)) {
        uv_close((uv_handle_t *)&listener->uv, listener_closed);
    }
    return 0;
}

void lab_open_tcp(lua_State *L) {
    static const luaL_Reg connection_methods[] = {
        {"on", connection_on},       {"write", connection_write},
        {"close", connection_close}, {"local_address", connection_local},
        {"peer", connection_peer},   {"shutdown", connection_shutdown},
        {"reset", connection_reset}, {NULL, NULL}};
    static const luaL_Reg listener_methods[] = {{"close", listener_close}, {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"tcp_connect", tcp_connect}, {"tcp_listen", tcp_listen}, {NULL, NULL}};
    lab_box_type(L, CONNECTION, connection_methods);
    lab_box_type(L, LISTENER, listener_methods);
    luaL_setfuncs(L, functions, 0);
}
