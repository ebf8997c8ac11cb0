/* HTTP and HTTPS calls with libcurl's multi interface on the loop: from a chosen local address, or
 * over a unix socket. */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/text.h>

#include "lab.h"

struct transfer {
    CURL *easy;
    struct curl_slist *headers;
    sj_text body;
    int header_table; /* lower-case name to value */
    int stream;       /* who gets the body piece by piece; else it is collected */
    int function;
    char error[CURL_ERROR_SIZE];
};

struct watched {
    uv_poll_t uv;
    curl_socket_t socket;
};

static CURLM *multi;
static uv_timer_t multi_timer;

static size_t body_received(char *bytes, size_t size, size_t count, void *user) {
    struct transfer *transfer = user;
    size_t added = size * count;
    if (transfer->stream != LUA_NOREF) {
        lua_pushlstring(lab.lua, bytes, added);
        lab_call(transfer->stream, 1);
        return added;
    }
    sj_text_add(&transfer->body, bytes, added);
    return transfer->body.failed ? 0 : added;
}

static size_t header_received(char *bytes, size_t size, size_t count, void *user) {
    struct transfer *transfer = user;
    size_t length = size * count;
    char *colon = memchr(bytes, ':', length);
    if (colon != NULL) {
        char *value = colon + 1, *end = bytes + length;
        while (value < end && *value == ' ') {
            value++;
        }
        while (end > value && (end[-1] == '\r' || end[-1] == '\n')) {
            end--;
        }
        for (char *at = bytes; at < colon; at++) {
            if (*at >= 'A' && *at <= 'Z') {
                *at = (char)(*at + 32);
            }
        }
        lua_rawgeti(lab.lua, LUA_REGISTRYINDEX, transfer->header_table);
        lua_pushlstring(lab.lua, bytes, (size_t)(colon - bytes));
        lua_pushlstring(lab.lua, value, (size_t)(end - value));
        lua_rawset(lab.lua, -3);
        lua_pop(lab.lua, 1);
    }
    return length;
}

static void transfer_ended(struct transfer *transfer, CURLcode code) {
    lua_State *L = lab.lua;
    long status = 0;
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    int function = transfer->function;
    lua_createtable(L, 0, 4);
    if (code == CURLE_OK) {
        lua_pushinteger(L, status);
        lua_setfield(L, -2, "status");
        lua_pushlstring(L, sj_or_empty(transfer->body.data), transfer->body.length);
        lua_setfield(L, -2, "body");
    } else {
        lua_pushstring(L, transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code));
        lua_setfield(L, -2, "error");
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, transfer->header_table);
    lua_setfield(L, -2, "headers");
    (void)curl_multi_remove_handle(multi, transfer->easy);
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
    lab_forget(&transfer->header_table);
    lab_forget(&transfer->stream);
    sj_text_clear(&transfer->body);
    free(transfer);
    lab_call(function, 1);
    lab_forget(&function);
}

static void collect_ended(void) {
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            struct transfer *transfer;
            CURLcode code = message->data.result;
            (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
            transfer_ended(transfer, code);
        }
    }
}

static void watched_ready(uv_poll_t *uv, int status, int events) {
    struct watched *watched = uv->data;
    int flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
                (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
    int running;
    if (status < 0) {
        flags = CURL_CSELECT_ERR;
    }
    (void)curl_multi_socket_action(multi, watched->socket, flags, &running);
    collect_ended();
}

static void watched_closed(uv_handle_t *handle) {
    free(handle->data);
}

static int socket_changed(CURL *easy, curl_socket_t socket, int what, void *user,
                          void *per_socket) {
    struct watched *watched = per_socket;
    (void)easy;
    (void)user;
    if (what == CURL_POLL_REMOVE) {
        if (watched != NULL) {
            (void)curl_multi_assign(multi, socket, NULL);
            uv_close((uv_handle_t *)&watched->uv, watched_closed);
        }
        return 0;
    }
    if (watched == NULL) {
        watched = calloc(1, sizeof *watched);
        if (watched == NULL || uv_poll_init_socket(lab.loop, &watched->uv, socket) != 0) {
            free(watched);
            return -1;
        }
        watched->socket = socket;
        watched->uv.data = watched;
        (void)curl_multi_assign(multi, socket, watched);
    }
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    (void)uv_poll_start(&watched->uv, events, watched_ready);
    return 0;
}

static void timer_fired(uv_timer_t *uv) {
    int running;
    (void)uv;
    (void)curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
    collect_ended();
}

static int timer_changed(CURLM *owner, long timeout_ms, void *user) {
    (void)owner;
    (void)user;
    if (timeout_ms < 0) {
        (void)uv_timer_stop(&multi_timer);
    } else {
        (void)uv_timer_start(&multi_timer, timer_fired, (uint64_t)timeout_ms, 0);
    }
    return 0;
}

static const char *text_option(lua_State *L, const char *name) {
    lua_getfield(L, 1, name);
    const char *text = lua_tostring(L, -1); /* the table keeps it alive */
    lua_pop(L, 1);
    return text;
}

static void add_headers(lua_State *L, struct transfer *transfer) {
    lua_getfield(L, 1, "headers");
    if (lua_istable(L, -1)) {
        lua_pushnil(L);
        while (lua_next(L, -2) != 0) {
            const char *line =
                lua_pushfstring(L, "%s: %s", lua_tostring(L, -2), lua_tostring(L, -1));
            transfer->headers = curl_slist_append(transfer->headers, line);
            lua_pop(L, 2);
        }
    }
    lua_pop(L, 1);
    (void)curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
}

/* core.http({url=, method=, headers=, body=, from=, unix_socket=, timeout_ms=, stream=},
 * function(result)): result has status, body and headers, or error. With stream, a function, the
 * body goes there as it comes (it must make no call itself). The node's certificate is not checked:
 * a phone's trust list is the phone's affair. */
static int http_call(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    const char *url = text_option(L, "url");
    luaL_argcheck(L, url != NULL, 1, "url is missing");
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL || (transfer->easy = curl_easy_init()) == NULL) {
        free(transfer);
        return luaL_error(L, "out of memory");
    }
    CURL *easy = transfer->easy;
    const char *method = text_option(L, "method");
    const char *from = text_option(L, "from");
    const char *unix_socket = text_option(L, "unix_socket");
    lua_getfield(L, 1, "timeout_ms");
    long timeout_ms = (long)luaL_optinteger(L, -1, 10000);
    lua_pop(L, 1);
    (void)curl_easy_setopt(easy, CURLOPT_URL, url);
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body_received);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header_received);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    if (from != NULL) {
        char source[80];
        (void)snprintf(source, sizeof source, "host!%s", from);
        (void)curl_easy_setopt(easy, CURLOPT_INTERFACE, source);
    }
    if (unix_socket != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, unix_socket);
    }
    lua_getfield(L, 1, "body");
    size_t length;
    const char *body = lua_tolstring(L, -1, &length);
    if (body != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
        (void)curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body);
    }
    lua_pop(L, 1);
    if (method != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    }
    add_headers(L, transfer);
    lua_newtable(L);
    transfer->header_table = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_getfield(L, 1, "stream");
    transfer->stream = lua_isfunction(L, -1) ? lab_function(L, -1) : LUA_NOREF;
    lua_pop(L, 1);
    transfer->function = lab_function(L, 2);
    (void)curl_multi_add_handle(multi, easy);
    return 0;
}

/* core.url_encode(text) */
static int url_encode(lua_State *L) {
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    char *encoded = curl_easy_escape(NULL, text, (int)length);
    lua_pushstring(L, sj_or_empty(encoded));
    curl_free(encoded);
    return 1;
}

void lab_open_http(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"http", http_call}, {"url_encode", url_encode}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_changed);
    (void)uv_timer_init(lab.loop, &multi_timer);
}
