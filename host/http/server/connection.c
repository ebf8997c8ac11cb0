/* One client: reading requests off the link in order, one at a time, and what happens when it is
 * slow, talks too much or leaves. Touches its link. */
#include "host/http/server/connection.h"

#include <stdlib.h>
#include <string.h>

#include "host/core/node.h"
#include "host/http/server/dispatch.h"
#include "host/http/server/live.h"
#include "host/http/server/reply.h"
#include "host/net/net.h"
#include "host/tls/context.h"

#define HEAD_MS 10000
#define BODY_MS 30000
#define BODY_WHOLE_MS 120000 /* however steadily it comes */
#define IDLE_MS 60000
#define FINISH_MS 5000
#define TICK_MS 20000
#define BODY_STEP 65536 /* so much more of a body earns more time */
#define CLUSTER_MS 10000

static void run_rest(struct connection *connection);

static struct connection *connection_of(struct link *link) {
    return (struct connection *)(void *)((char *)link - offsetof(struct connection, link));
}

static void expire_in(struct connection *connection, uint64_t milliseconds) {
    connection->link.deadline = sj_link_now(&connection->link) + milliseconds;
}

const char *sj_connection_cluster(struct connection *connection) {
    struct node *node = connection->http->node;
    uint64_t now = sj_link_now(&connection->link);
    if (!connection->tls) {
        return "";
    }
    if (connection->cluster_generation != sj_tls_trust(node)->generation + 1 ||
        now >= connection->cluster_until) {
        connection->cluster_generation = sj_tls_trust(node)->generation + 1;
        connection->cluster_until = now + CLUSTER_MS;
        (void)snprintf(connection->cluster, sizeof connection->cluster, "%s",
                       sj_tls_peer_cluster(node, connection->link.ssl));
    }
    return connection->cluster;
}

/* What the connection holds of unfinished requests is counted anew. */
static void sj_connection_weigh(struct connection *connection) {
    const struct request *request = connection->request;
    const size_t now = connection->rest.room + (request != NULL ? request->body.room : 0);
    if (connection->source != NULL) {
        sj_budget_hold(&connection->http->budget, connection->source, connection->held, now);
        connection->held = now;
    }
}

void sj_connection_answered(struct connection *connection, bool keep_alive) {
    size_t unread = connection->rest.used;
    if (connection->request != NULL) {
        sj_request_wipe(connection->request);
    }
    if (!keep_alive) {
        /* Who may still be sending must not lose the reply to a reset. */
        bool linger = connection->state != CONNECTION_BUSY || unread > 0;
        connection->state = CONNECTION_ENDING;
        connection->link.deadline = 0;
        sj_bytes_free(&connection->rest);
        sj_connection_weigh(connection);
        sj_link_finish(&connection->link, FINISH_MS, linger);
        return;
    }
    connection->state = CONNECTION_HEAD;
    connection->scanned = 0;
    sj_connection_weigh(connection);
    expire_in(connection, IDLE_MS);
    if (sj_link_pending(&connection->link) > SJ_HTTP_BACKLOG_MAX) {
        connection->backlogged = true;
        sj_link_pause(&connection->link);
    } else if (!connection->running) {
        sj_link_resume(&connection->link);
        run_rest(connection);
    }
}

static void refuse(struct connection *connection, int status, const char *why) {
    char sentence[200];
    (void)snprintf(sentence, sizeof sentence, "The request cannot be read: %s.", why);
    sj_reply_refuse(connection, status, sentence, NULL, NULL);
}

/* Of the source that holds the most, the connection that does. */
static struct connection *heaviest(struct http *http) {
    struct connection *found = NULL;
    SJ_LIST_EACH(other, &http->connections, struct connection, in_http) {
        if (other->source != NULL && other->state <= CONNECTION_BODY && other->held > 0 &&
            (found == NULL || other->source->bytes > found->source->bytes ||
             (other->source == found->source && other->held > found->held))) {
            found = other;
        }
    }
    return found;
}

static void refuse_bytes(struct connection *connection) {
    sj_http_refused(connection->http, REFUSED_BYTES, &connection->peer, "");
    sj_reply_refuse(
        connection, 503,
        "Too many bytes of unfinished requests are held for your address; try again shortly.",
        "Retry-After", "2");
}

/* Unfinished requests have a budget: a source beyond its own is refused, and when all together are
 * beyond theirs, whoever holds the most. */
static void keep_budget(struct connection *connection) {
    struct http *http = connection->http;
    sj_connection_weigh(connection);
    if (connection->source == NULL || connection->state > CONNECTION_BODY) {
        return;
    }
    if (connection->source->bytes > SJ_BUDGET_SOURCE_BYTES) {
        refuse_bytes(connection);
    } else if (http->budget.bytes > SJ_BUDGET_BYTES) {
        struct connection *other = heaviest(http);
        if (other != NULL) {
            refuse_bytes(other);
        }
    }
}

/* Who is on the node itself may lay down a whole site at once. A form is read on the loop, and
 * anybody may send one. */
static size_t body_most(const struct connection *connection, const struct request *request) {
    return sj_form_is_type(request->head.content_type) ? SJ_FORM_BODY_MAX
           : connection->local                         ? SJ_HTTP_LOCAL_BODY_MAX
                                                       : SJ_HTTP_BODY_MAX;
}

/* The body's length is known to be wanted: a client that asks first is told to go on. */
static void begin_body(struct connection *connection, struct request *request) {
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    sj_http_body_begin(&connection->body, request->head.chunked,
                       request->head.content_length > 0 ? (uint64_t)request->head.content_length
                                                        : 0,
                       body_most(connection, request));
    connection->state = CONNECTION_BODY;
    connection->body_mark = 0;
    connection->body_until = sj_link_now(&connection->link) + BODY_WHOLE_MS;
    expire_in(connection, BODY_MS);
    if (request->head.expect_continue && !request->head.old) {
        (void)sj_link_write(&connection->link, go_on, sizeof go_on - 1);
    }
}

/* A complete head: reads it into the connection's request. */
static void begin_request(struct connection *connection, const char *data, size_t length) {
    struct request *request = sj_request_ready(connection);
    const char *why = "";
    int status;
    if (request != NULL && request->block_room < length) {
        char *block = malloc(length < 1024 ? 1024 : length);
        if (block != NULL) {
            free(request->block); /* wiped with the request before */
            request->block = block;
            request->block_room = length < 1024 ? 1024 : length;
        }
    }
    if (request == NULL || request->block_room < length) {
        sj_link_abort(&connection->link);
        connection->state = CONNECTION_ENDING;
        return;
    }
    memcpy(request->block, data, length);
    request->block_used = length;
    status = sj_http_head_parse(request->block, length, &request->head, &why);
    if (status == 0 && request->head.content_length > (int64_t)body_most(connection, request)) {
        status = 413;
        why = sj_form_is_type(request->head.content_type) ? "the form is longer than 1 MiB"
              : connection->local                         ? "the body is longer than 64 MiB"
                                                          : "the body is longer than 4 MiB";
    }
    if (status != 0) {
        refuse(connection, status, why);
    } else if (request->head.chunked || request->head.content_length > 0) {
        begin_body(connection, request);
    } else {
        sj_dispatch(connection);
    }
}

/* Takes a head from the front of what was read; returns the bytes used, 0 when it is not complete.
 */
static size_t take_head(struct connection *connection, const char *data, size_t length) {
    size_t end;
    int status;
    if (length >= 2 && data[0] == '\r' && data[1] == '\n') {
        connection->scanned = 0; /* its first byte may have come alone */
        return 2;                /* an empty line before a request is allowed */
    }
    end = sj_http_head_end(data, length, connection->scanned);
    if (end > 0) {
        connection->scanned = 0;
        begin_request(connection, data, end);
        return end;
    }
    if (connection->scanned == 0) {
        expire_in(connection, HEAD_MS);
    }
    connection->scanned = length;
    status = sj_http_head_excess(data, length);
    if (status != 0) {
        refuse(connection, status,
               status == 414 ? "the address is longer than 8 KiB"
                             : "the head is longer than 32 KiB");
    }
    return 0;
}

static size_t take_body(struct connection *connection, const char *data, size_t length) {
    struct request *request = connection->request;
    const char *why = "";
    size_t taken;
    int result = sj_http_body_feed(&connection->body, data, length, &taken, &request->body, &why);
    if (result == 1) {
        sj_dispatch(connection);
    } else if (result != 0) {
        refuse(connection, result, why);
    } else if (request->body.used - connection->body_mark >= BODY_STEP) {
        connection->body_mark = request->body.used;
        expire_in(connection, BODY_MS);
        if (!connection->local && connection->link.deadline > connection->body_until) {
            connection->link.deadline = connection->body_until;
        }
    }
    return taken;
}

/* Understands as much as it can; returns the bytes used. */
static size_t run(struct connection *connection, const char *data, size_t length) {
    size_t used = 0;
    connection->running = true;
    while (used < length && !connection->backlogged) {
        size_t count;
        if (connection->state == CONNECTION_HEAD) {
            count = take_head(connection, data + used, length - used);
        } else if (connection->state == CONNECTION_BODY) {
            count = take_body(connection, data + used, length - used);
        } else {
            break;
        }
        used += count;
        if (count == 0) {
            break;
        }
    }
    connection->running = false;
    return used;
}

static void hand_rest_to_live(struct connection *connection) {
    if (connection->state == CONNECTION_LIVE && connection->rest.used > 0) {
        struct bytes rest = connection->rest;
        memset(&connection->rest, 0, sizeof connection->rest);
        sj_live_data(connection->live, rest.data, rest.used);
        sj_bytes_free(&rest);
    }
}

/* Goes on with what was read ahead. */
static void run_rest(struct connection *connection) {
    while (connection->rest.used > 0 && connection->state <= CONNECTION_BODY &&
           !connection->backlogged) {
        size_t used = run(connection, connection->rest.data, connection->rest.used);
        sj_bytes_drop_front(&connection->rest, used);
        if (used == 0) {
            break;
        }
    }
    if (connection->rest.used == 0) {
        sj_bytes_clear(&connection->rest, 4096);
    }
    hand_rest_to_live(connection);
}

static void on_data(struct link *link, char *data, size_t length) {
    struct connection *connection = connection_of(link);
    size_t used = 0;
    if (connection->state == CONNECTION_ENDING) {
        return;
    }
    if (connection->state == CONNECTION_LIVE) {
        sj_live_data(connection->live, data, length);
        return;
    }
    if (connection->rest.used == 0 && connection->state != CONNECTION_BUSY &&
        !connection->backlogged) {
        used = run(connection, data, length);
    }
    if (used < length && connection->state != CONNECTION_ENDING) {
        bool more = connection->rest.used > 0;
        if (!sj_bytes_add(&connection->rest, data + used, length - used)) {
            sj_link_abort(link);
            return;
        }
        if (more && connection->state <= CONNECTION_BODY) {
            run_rest(connection);
        }
        if (connection->rest.used > SJ_HTTP_REST_MAX && connection->state == CONNECTION_BUSY) {
            sj_link_pause(link);
        }
        hand_rest_to_live(connection);
    }
    keep_budget(connection);
    sj_link_flush(link);
}

static void on_opened(struct link *link) {
    struct connection *connection = connection_of(link);
    expire_in(connection, HEAD_MS);
}

static void drop_client(struct connection *connection) {
    if (connection->live != NULL) {
        sj_live_gone(connection->live);
    }
    connection->state = CONNECTION_ENDING;
    sj_link_abort(&connection->link);
}

static void on_ended(struct link *link, int status, const char *reason) {
    struct connection *connection = connection_of(link);
    (void)reason;
    if (status == SJ_OK && connection->state == CONNECTION_BUSY) {
        connection->half_closed = true; /* it may still want the answer */
    } else if (status == SJ_OK && connection->state < CONNECTION_BUSY) {
        connection->state = CONNECTION_ENDING;
        sj_link_finish(link, FINISH_MS, false);
    } else {
        drop_client(connection);
    }
}

static void on_drained(struct link *link) {
    struct connection *connection = connection_of(link);
    if (connection->live != NULL) {
        sj_live_drained(connection->live);
    } else if (connection->backlogged) {
        connection->backlogged = false;
        sj_link_resume(link);
        run_rest(connection);
    }
}

static void on_expired(struct link *link) {
    struct connection *connection = connection_of(link);
    struct request *request = connection->request;
    switch (connection->state) {
    case CONNECTION_HEAD:
        if (link->state != LINK_OPEN) {
            drop_client(connection);
        } else if (connection->scanned == 0) {
            connection->state = CONNECTION_ENDING;
            sj_link_finish(link, FINISH_MS, false);
        } else {
            refuse(connection, 408, "its head did not come within 10 s");
        }
        break;
    case CONNECTION_BODY: refuse(connection, 408, "its body came too slowly"); break;
    case CONNECTION_BUSY:
        if (request != NULL) {
            sj_request_abandon(request);
        }
        sj_reply_refuse(connection, 504,
                        "The service did not answer within 60 s. What was asked of it is not "
                        "withdrawn and may still be done.",
                        NULL, NULL);
        break;
    case CONNECTION_LIVE:
        expire_in(connection, TICK_MS);
        sj_live_tick(connection->live);
        break;
    default: break;
    }
}

static void on_closed(struct link *link) {
    struct connection *connection = connection_of(link);
    struct http *http = connection->http;
    if (connection->live != NULL) {
        sj_live_gone(connection->live);
    }
    if (connection->request != NULL) {
        sj_request_abandon(connection->request);
    }
    sj_list_remove(&connection->in_http);
    http->connections_count--;
    sj_http_count_connections(http);
    if (connection->source != NULL) {
        sj_budget_hold(&http->budget, connection->source, connection->held, 0);
        sj_budget_release(&http->budget, connection->source);
    }
    sj_bytes_free(&connection->rest);
    free(connection);
    sj_http_release(http);
}

static const struct link_events events = {on_opened,  on_data,    on_ended,
                                          on_drained, on_expired, on_closed};

void sj_connection_incoming(struct server *server) {
    struct http *http = server->http;
    SSL_CTX *context = server->tls ? sj_tls_server(http->node, SJ_IDENTITY_TOMCAT, NULL) : NULL;
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL ||
        sj_link_init(&connection->link, http->net, server->local, &events) != SJ_OK) {
        free(connection);
        sj_listener_reject(&server->listener);
        return;
    }
    connection->http = http;
    connection->tls = server->tls;
    connection->local = server->local;
    connection->only = server->only;
    connection->rest.secret = true;
    sj_list_add_first(&http->connections, &connection->in_http);
    http->connections_count++;
    sj_http_count_connections(http);
    sj_http_hold(http);
    if (sj_link_accept(&connection->link, &server->listener.uv.stream, context, NULL) != SJ_OK ||
        (server->tls && context == NULL)) {
        drop_client(connection);
        return;
    }
    sj_link_addresses(&connection->link, &connection->peer, &connection->local_address);
    expire_in(connection, HEAD_MS);
    connection->source = server->local ? NULL : sj_budget_enter(&http->budget, &connection->peer);
    if (connection->link.reserve != NET_NOT_RESERVED) {
        sj_http_refused(http, REFUSED_DESCRIPTORS, &connection->peer, "");
    }
    if (connection->link.reserve == NET_LAST_RESERVED) {
        drop_client(connection);
    } else if (connection->link.reserve == NET_RESERVED) {
        sj_reply_refuse(connection, 503,
                        "The system allows the node no more open files; try again shortly.",
                        "Retry-After", "2");
    } else if (http->connections_count > SJ_HTTP_CONNECTIONS_MAX ||
               (connection->source != NULL &&
                connection->source->connections > SJ_BUDGET_SOURCE_CONNECTIONS)) {
        sj_http_refused(http, REFUSED_CONNECTIONS, &connection->peer, "");
        sj_reply_refuse(connection, 503,
                        "The node has as many connections as it can hold; try again shortly.",
                        "Retry-After", "2");
    }
}

void sj_connection_close(struct connection *connection) {
    switch (connection->state) {
    case CONNECTION_LIVE: drop_client(connection); break;
    case CONNECTION_BUSY: {
        struct request *request = connection->request;
        if (request != NULL) {
            sj_request_abandon(request);
        }
        sj_reply_refuse_stopping(connection);
        break;
    }
    case CONNECTION_ENDING: break;
    default:
        connection->state = CONNECTION_ENDING;
        sj_link_finish(&connection->link, 1000, false);
        break;
    }
}
