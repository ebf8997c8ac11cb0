/* HTTP routes without a network: requests come from the test, replies are kept for it. */
#include <stdlib.h>
#include <string.h>

#include "host/core/callback.h"
#include "host/http/form.h"
#include "host/http/server/router.h"
#include "host/http/text.h"
#include "kit.h"

/* A route of the node's server, or a listener of the plugin's own. */
struct fake_route {
    sj_handle handle;
    sj_list_link link;
    char *method, *path; /* NULL: a listener */
    int port;            /* of a listener */
    unsigned flags;
    sj_http_fn handler;
    void *user;
};

/* A request on its way, and its reply, which stays until the kit ends. */
struct asked {
    sj_http_request request; /* first: what the plugin sees */
    struct asked *next;
    sj_testkit *kit;
    struct fake_route *route; /* NULL once settled */
    struct timer_item timeout;
    char *method, *path, *query, *body, *content_type, *peer_cluster, *user;
    sj_http_header *headers;
    struct form_param *params;
    size_t params_count;
    char *params_space;
    sj_testkit_reply reply;
    char *reply_body, *reply_type;
    sj_http_header *reply_headers;
};

static sj_http_header *copy_headers(const sj_http_header *headers, size_t count) {
    sj_http_header *copies = kit_need(count * sizeof *copies);
    for (size_t i = 0; i < count; i++) {
        copies[i].name = kit_copy(headers[i].name);
        copies[i].value = kit_copy(headers[i].value);
    }
    return copies;
}

static void free_headers(sj_http_header *headers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)headers[i].name);
        free((void *)(uintptr_t)headers[i].value);
    }
    free(headers);
}

static void settle(struct asked *asked, int status, const char *type, const void *body,
                   size_t length) {
    sj_timer_clear(&asked->kit->node, &asked->timeout);
    asked->route = NULL;
    asked->reply_body = kit_need(length + 1);
    if (length > 0) {
        memcpy(asked->reply_body, body, length);
    }
    asked->reply_type = kit_copy(type);
    asked->reply.body = asked->reply_body;
    asked->reply.body_length = length;
    asked->reply.content_type = asked->reply_type;
    asked->reply.status = status;
}

static void settle_text(struct asked *asked, int status, const char *text) {
    settle(asked, status, "text/plain", text, strlen(text));
}

static void route_close(sj_handle *handle) {
    struct fake_route *route = (struct fake_route *)handle;
    sj_testkit *kit = kit_of(handle->scope);
    sj_list_remove(&route->link);
    for (struct asked *asked = kit->asked; asked != NULL; asked = asked->next) {
        if (asked->route == route) {
            settle_text(asked, 503, "the service stopped before it answered");
        }
    }
    free(route->method);
    free(route->path);
    sj_handle_release(handle);
}

static sj_handle *add_route(sj_scope *scope, const char *here, const char *name,
                            struct fake_route *route, sj_error *error) {
    sj_testkit *kit = kit_of(scope);
    if (route == NULL ||
        sj_handle_init(&route->handle, scope, route->path == NULL ? "http listener" : "route", here,
                       name, route_close) != SJ_OK) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY,
                           "%s cannot be served: out of memory, or being stopped", name);
        if (route != NULL) {
            free(route->method);
            free(route->path);
            free(route);
        }
        return NULL;
    }
    sj_list_add_first(&kit->routes, &route->link);
    return &route->handle;
}

static sj_handle *fake_route(sj_scope *scope, const char *here, const char *method,
                             const char *path, unsigned flags, sj_http_fn handler, void *user,
                             sj_error *error) {
    sj_testkit *kit = kit_of(scope);
    struct fake_route *route;
    SJ_LIST_EACH(other, &kit->routes, const struct fake_route, link) {
        if (other->path != NULL && strcmp(other->path, path) == 0 &&
            strcmp(other->method, method) == 0) {
            (void)sj_error_set(error, SJ_E_EXISTS, "route %s %s is taken already", method, path);
            return NULL;
        }
    }
    if (path[0] != '/') {
        (void)sj_error_set(error, SJ_E_INVALID,
                           "expected a path that begins with \"/\", got \"%s\"", path);
        return NULL;
    }
    route = sj_node_alloc(&kit->node, sizeof *route);
    if (route != NULL) {
        route->method = kit_copy(method);
        route->path = kit_copy(path);
        route->flags = flags;
        route->handler = handler;
        route->user = user;
    }
    return add_route(scope, here, path, route, error);
}

static sj_handle *fake_listen(sj_scope *scope, const char *here, const char *address, int port,
                              sj_http_fn handler, void *user, sj_error *error) {
    struct fake_route *route = sj_node_alloc(sj_scope_node(scope), sizeof *route);
    char name[48];
    (void)snprintf(name, sizeof name, "%.38s:%d", address, port);
    if (route != NULL) {
        route->port = port;
        route->handler = handler;
        route->user = user;
    }
    return add_route(scope, here, name, route, error);
}

/* The real router decides; it is filled anew for each request, routes being few. */
static struct fake_route *find_route(const sj_testkit *kit, int port, const char *method,
                                     const char *path) {
    struct router router;
    struct fake_route *found;
    char allow[SJ_ALLOW_TEXT];
    memset(&router, 0, sizeof router);
    SJ_LIST_EACH(route, &kit->routes, struct fake_route, link) {
        if (route->path == NULL && route->port == port && port != 0) {
            return route;
        }
        if (route->path != NULL) {
            (void)sj_router_add(&router, route->method, route->path, route);
        }
    }
    found = port != 0 ? NULL : sj_router_find(&router, method, path, allow);
    SJ_LIST_EACH(route, &kit->routes, struct fake_route, link) {
        sj_router_remove(&router, route);
    }
    return found;
}

static const char *fake_param(sj_http_request *request, const char *name) {
    const struct asked *asked = (const struct asked *)(const void *)request;
    for (size_t i = 0; i < asked->params_count; i++) {
        if (strcmp(asked->params[i].name, name) == 0) {
            return asked->params[i].value;
        }
    }
    return NULL;
}

static const char *fake_header(const sj_http_request *request, const char *name) {
    return sj_headers_find(request->headers, request->headers_count, name);
}

static void fake_reply(sj_http_request *request, const sj_http_reply *reply) {
    struct asked *asked = (struct asked *)(void *)request;
    if (asked->route != NULL) {
        asked->reply_headers = copy_headers(reply->headers, reply->headers_count);
        asked->reply.headers = asked->reply_headers;
        asked->reply.headers_count = reply->headers_count;
        settle(asked, reply->status, reply->content_type, reply->body, reply->body_length);
    }
}

static void unanswered(struct timer_item *item) {
    settle_text((struct asked *)(void *)((char *)item - offsetof(struct asked, timeout)), 504,
                "no answer within 60 s");
}

/* Query and form together, the query first. */
static void parse_params(struct asked *asked) {
    sj_text text = {0};
    size_t count;
    sj_text_printf(&text, "%s", asked->query);
    if (asked->content_type[0] != '\0' && sj_form_is_type(asked->content_type)) {
        sj_text_printf(&text, "%s%s", text.length > 0 ? "&" : "", asked->body);
    }
    count = text.length == 0 ? 0 : sj_form_count(text.data, text.length);
    asked->params = kit_need(count * sizeof *asked->params);
    asked->params_space = kit_need(sj_form_room(text.length, count));
    asked->params_count =
        count == 0 ? 0 : sj_form_parse(text.data, text.length, asked->params, asked->params_space);
    sj_text_clear(&text);
}

static struct asked *new_asked(sj_testkit *kit, const sj_testkit_request *given) {
    struct asked *asked = kit_need(sizeof *asked);
    const char *question = strchr(given->path, '?');
    size_t body_length = given->body == NULL      ? 0
                         : given->body_length > 0 ? given->body_length
                                                  : strlen(given->body);
    asked->kit = kit;
    asked->method = kit_copy(given->method == NULL ? "GET" : given->method);
    asked->path = kit_copy(given->path);
    asked->path[question == NULL ? strlen(given->path) : (size_t)(question - given->path)] = '\0';
    asked->query = kit_copy(question == NULL ? "" : question + 1);
    asked->body = kit_need(body_length + 1);
    if (body_length > 0) {
        memcpy(asked->body, given->body, body_length);
    }
    asked->content_type = kit_copy(given->content_type);
    asked->peer_cluster = kit_copy(given->peer_cluster);
    asked->user = kit_copy(given->user);
    asked->headers = copy_headers(given->headers, given->headers_count);
    asked->next = kit->asked;
    kit->asked = asked;
    asked->request = (sj_http_request){.size = sizeof asked->request,
                                       .method = asked->method,
                                       .path = asked->path,
                                       .query = asked->query,
                                       .body = asked->body,
                                       .body_length = body_length,
                                       .content_type = asked->content_type,
                                       .tls = given->tls || given->peer_cluster != NULL,
                                       .peer_cluster = asked->peer_cluster,
                                       .user = asked->user,
                                       .headers = asked->headers,
                                       .headers_count = given->headers_count};
    (void)sj_address_parse(given->peer == NULL ? "127.0.0.9" : given->peer, 40000,
                           &asked->request.peer);
    asked->reply.content_type = asked->reply.body = "";
    return asked;
}

/* What the node's server refuses before a handler sees it; 0: nothing. */
static int refusal(const struct asked *asked, const struct fake_route *route) {
    if (route == NULL) {
        return 404;
    }
    if (!sj_scope_visible(route->handle.scope)) {
        return 503;
    }
    if ((route->flags & SJ_ROUTE_PEER_CLUSTER) != 0 && asked->peer_cluster[0] == '\0') {
        return 403;
    }
    return (route->flags & SJ_ROUTE_ADMIN) != 0 && asked->user[0] == '\0' ? 401 : 0;
}

const sj_testkit_reply *sj_testkit_send(sj_testkit *kit, const sj_testkit_request *request) {
    struct asked *asked = new_asked(kit, request);
    const char *wrong = sj_path_decode(asked->path, strlen(asked->path));
    struct fake_route *route = find_route(kit, request->port, asked->method, asked->path);
    int refused = wrong != NULL ? 400 : refusal(asked, route);
    if (refused != 0) {
        settle_text(asked, refused, sj_or_empty(wrong));
    } else {
        struct bracket bracket;
        parse_params(asked);
        asked->route = route;
        (void)sj_timer_set(&kit->node, &asked->timeout, 60000, unanswered);
        bracket = sj_enter(route->handle.scope, "http");
        route->handler(route->user, &asked->request);
        sj_leave(&bracket);
    }
    sj_testkit_run(kit);
    return &asked->reply;
}

const sj_testkit_reply *sj_testkit_get(sj_testkit *kit, const char *path) {
    const sj_testkit_request request = {.path = path};
    return sj_testkit_send(kit, &request);
}

const sj_testkit_reply *sj_testkit_post_form(sj_testkit *kit, const char *path, const char *form) {
    const sj_testkit_request request = {.method = "POST",
                                        .path = path,
                                        .content_type = "application/x-www-form-urlencoded",
                                        .body = form};
    return sj_testkit_send(kit, &request);
}

const char *sj_testkit_reply_header(const sj_testkit_reply *reply, const char *name) {
    return sj_headers_find(reply->headers, reply->headers_count, name);
}

void kit_http_close(sj_testkit *kit) {
    while (kit->asked != NULL) {
        struct asked *asked = kit->asked;
        kit->asked = asked->next;
        free_headers(asked->headers, asked->request.headers_count);
        free_headers(asked->reply_headers, asked->reply.headers_count);
        free(asked->method);
        free(asked->path);
        free(asked->query);
        free(asked->body);
        free(asked->content_type);
        free(asked->peer_cluster);
        free(asked->user);
        free(asked->params);
        free(asked->params_space);
        free(asked->reply_body);
        free(asked->reply_type);
        free(asked);
    }
}

static int fake_tls_channel(const sj_http_request *request, sj_tls_channel *channel) {
    return request->tls ? kit_tls_channel(channel) : SJ_E_UNAVAILABLE;
}

void kit_http_fill(sj_host *table) {
    table->http_route = fake_route;
    table->http_listen = fake_listen;
    table->http_param = fake_param;
    table->http_header = fake_header;
    table->http_reply = fake_reply;
    table->http_tls_channel = fake_tls_channel;
}
