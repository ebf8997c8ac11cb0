/* Live events over HTTP: Server-Sent Events, or a WebSocket. Events of one kind (or of all) are
 * numbered and kept for a while, so that a slow reader gets them late and not never, and one that
 * comes again goes on where it was. What is not kept any more is said to be lost. */
#include "host/rest/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/nearest.h>
#include <sojourn/metric.h>
#include <sojourn/timer.h>

#include "host/bus/bus.h"
#include "host/core/scope.h"
#include "host/core/timers.h"
#include "host/http/server.h"
#include "host/record/formats.h"
#include "host/rest/internal.h"
#include "host/rest/query.h"
#include "host/rest/reply.h"
#include "host/telemetry/metrics.h"

enum {
    KEPT_EVENTS = 32768, /* a power of two */
    KEPT_BYTES = 16 * 1024 * 1024,
    KEPT_AFTER_LAST_MS = 60000, /* after its last reader */
};

struct kept {
    char *text; /* the JSON of an event */
    size_t length;
};

/* The events of one type, or of all ("" as type). */
struct rest_stream {
    sj_list_link link;
    struct rest *rest;
    char type[128];
    sj_handle *tap, *end; /* `end`: the timer, when it has no reader */
    struct later end_now; /* when there is no memory for the timer */
    sj_list_head tails;
    struct kept *ring;
    uint64_t begun, first,
        last; /* numbers: before the first ever, the oldest kept, the newest; none: last < first */
    size_t bytes;
};

struct tail {
    sj_list_link link;
    struct rest_stream *stream; /* NULL: the node stops */
    struct live *live;
    uint64_t after; /* the number of the last that it has */
    bool websocket, full;
};

/* ---- keeping ---- */

static struct kept *slot_of(struct rest_stream *stream, uint64_t number) {
    return &stream->ring[number % KEPT_EVENTS];
}

/* What a stream holds has become more, or less. */
static void count_kept(struct rest_stream *stream, size_t more, size_t less) {
    stream->bytes += more - less;
    sj_host_metric_add(stream->rest->kept_bytes, (double)more - (double)less);
}

static void forget_oldest(struct rest_stream *stream) {
    struct kept *oldest = slot_of(stream, stream->first++);
    count_kept(stream, 0, oldest->length);
    free(oldest->text);
    *oldest = (struct kept){NULL, 0};
}

/* An event that could not be kept, as memory was short, has its number all the same: it is lost. */
static void keep(struct rest_stream *stream, char *text) {
    struct kept *slot;
    while (stream->first <= stream->last &&
           (stream->last - stream->first + 1 >= KEPT_EVENTS || stream->bytes > KEPT_BYTES)) {
        forget_oldest(stream);
    }
    slot = slot_of(stream, ++stream->last);
    *slot = (struct kept){text, text != NULL ? strlen(text) : 0};
    count_kept(stream, slot->length, 0);
}

/* ---- sending ---- */

static bool send_text(struct tail *tail, const char *text, size_t length) {
    if (sj_http_stream_write(tail->live, text, length) != SJ_OK) {
        tail->full = true; /* goes on when the reader has read */
        return false;
    }
    return true;
}

static bool send_event(struct tail *tail, uint64_t number, const struct kept *kept) {
    sj_text text = {0};
    bool sent;
    if (tail->websocket) {
        return send_text(tail, kept->text, kept->length);
    }
    sj_text_printf(&text, "id: %llu\ndata: %s\n\n", (unsigned long long)number, kept->text);
    sent = !text.failed && send_text(tail, text.data, text.length);
    sj_text_clear(&text);
    return sent;
}

/* `count` 0: how many is not known, as the node was restarted. */
static bool send_lost(struct tail *tail, uint64_t count) {
    char number[24] = "null", text[200];
    int length;
    if (count > 0) {
        (void)snprintf(number, sizeof number, "%llu", (unsigned long long)count);
    }
    length = snprintf(text, sizeof text,
                      tail->websocket ? "{\"lost\":%s}" : "event: lost\ndata: {\"lost\":%s}\n\n",
                      number);
    return send_text(tail, text, (size_t)length);
}

static void pump(struct tail *tail) {
    struct rest_stream *stream = tail->stream;
    while (!tail->full && tail->after < stream->last) {
        uint64_t next = tail->after + 1;
        const struct kept *kept = next >= stream->first ? slot_of(stream, next) : NULL;
        if (kept == NULL || kept->text == NULL) {
            uint64_t to = kept == NULL ? stream->first - 1 : next;
            if (!send_lost(tail, tail->after < stream->begun ? 0 : to - tail->after)) {
                return;
            }
            tail->after = to;
        } else if (send_event(tail, next, kept)) {
            tail->after = next;
        }
    }
}

static void on_event(void *user, const char *type, const char *json) {
    struct rest_stream *stream = user;
    sj_text text = {0};
    char when[SJ_TIME_TEXT];
    sj_time_text(sj_wall_ms(stream->rest->node->scope), when);
    sj_text_puts(&text, "{\"type\":");
    sj_text_json(&text, type);
    sj_text_printf(&text, ",\"time\":\"%s\",\"number\":%llu,\"event\":%s}", when,
                   (unsigned long long)stream->last + 1, json);
    keep(stream, sj_text_take(&text));
    SJ_LIST_EACH(tail, &stream->tails, struct tail, link) {
        pump(tail);
    }
}

static void drained(void *user, size_t dropped) {
    struct tail *tail = user;
    (void)dropped; /* they are kept */
    tail->full = false;
    if (tail->stream != NULL) {
        pump(tail);
    }
}

/* ---- streams ---- */

static void free_stream(struct rest_stream *stream) {
    while (stream->first <= stream->last) {
        forget_oldest(stream);
    }
    for (struct tail *tail;
         (tail = SJ_OWNER(sj_list_take_first(&stream->tails), struct tail, link)) != NULL;) {
        tail->stream = NULL;
    }
    sj_list_remove(&stream->link);
    sj_later_cancel(&stream->end_now);
    free(stream->ring);
    free(stream);
}

static void end_stream(void *user) {
    struct rest_stream *stream = user;
    sj_host_handle_close(stream->tap);
    free_stream(stream);
}

/* That of a type; made with its first reader. */
static struct rest_stream *open_stream(struct rest *rest, const char *type) {
    struct rest_stream *stream;
    SJ_LIST_EACH(open, &rest->streams, struct rest_stream, link) {
        if (strcmp(open->type, type) == 0) {
            return open;
        }
    }
    stream = calloc(1, sizeof *stream);
    if (stream == NULL || (stream->ring = calloc(KEPT_EVENTS, sizeof *stream->ring)) == NULL ||
        (stream->tap = sj_bus_tap(rest->node, type[0] != '\0' ? type : NULL, on_event, stream)) ==
            NULL) {
        free(stream != NULL ? stream->ring : NULL);
        free(stream);
        return NULL;
    }
    stream->rest = rest;
    (void)snprintf(stream->type, sizeof stream->type, "%s", type);
    stream->begun = stream->last = (uint64_t)sj_wall_ms(rest->node->scope) *
                                   1000; /* above all numbers given before a restart */
    stream->first = stream->last + 1;
    sj_list_add_first(&rest->streams, &stream->link);
    return stream;
}

static void end_unread(struct later *item) {
    struct rest_stream *stream = SJ_OWNER(item, struct rest_stream, end_now);
    if (sj_list_empty(&stream->tails)) {
        end_stream(stream);
    }
}

/* Kept for one that comes again soon. */
static void end_if_unread(struct rest_stream *stream) {
    struct node *node = stream->rest->node;
    if (!sj_list_empty(&stream->tails) || stream->end != NULL || node->scope == NULL ||
        sj_scope_closing(node->scope)) {
        return;
    }
    stream->end =
        sj_host_timer_start(node->scope, SJ_HERE, KEPT_AFTER_LAST_MS, 0, end_stream, stream);
    if (stream->end == NULL) {
        sj_later_add(&node->later, &stream->end_now, end_unread);
    }
}

static void closed(void *user) {
    struct tail *tail = user;
    struct rest_stream *stream = tail->stream;
    if (stream != NULL) {
        sj_list_remove(&tail->link);
        end_if_unread(stream);
    }
    free(tail);
}

static const struct live_events tail_events = {NULL, drained, closed};

void rest_events_close(struct rest *rest) {
    SJ_LIST_EACH(stream, &rest->streams, struct rest_stream, link) {
        free_stream(stream);
    }
}

/* ---- the request ---- */

static void unknown_type(struct rest *rest, sj_http_request *request, const char *type) {
    const sj_record_meta *event;
    struct sj_nearest nearest;
    char hint[SJ_NEAREST_HINT];
    sj_error error;
    sj_nearest_begin(&nearest, type);
    for (size_t i = 0; (event = sj_catalog_event_at(rest->catalog, i)) != NULL; i++) {
        sj_nearest_offer(&nearest, event->name);
    }
    (void)sj_error_field(&error, SJ_E_INVALID, "type",
                         "type: expected the name of an event, got \"%.60s\"%s", type,
                         sj_nearest_hint(&nearest, hint));
    rest_reply_error(request, &error);
}

/* Where a reader goes on who was here before: the query's `after`, or what a browser sends by
 * itself. False after a reply. */
static bool read_after(sj_http_request *request, bool *given, uint64_t *after) {
    const char *text = sj_host_http_param(request, "after");
    char *end;
    sj_error error;
    if (text == NULL) {
        text = sj_host_http_header(request, "Last-Event-ID");
    }
    *given = text != NULL && text[0] != '\0';
    if (*given) {
        *after = strtoull(text, &end, 10);
        if (*end != '\0' || strspn(text, "0123456789") != strlen(text) || strlen(text) > 18) {
            (void)sj_error_field(&error, SJ_E_INVALID, "after",
                                 "after: expected the number of an event, got \"%.40s\"", text);
            rest_reply_error(request, &error);
            return false;
        }
    }
    return true;
}

static void begin(struct tail *tail, struct rest_stream *stream, bool given, uint64_t after) {
    tail->stream = stream;
    tail->after = given ? after : stream->last;
    sj_list_add_first(&stream->tails, &tail->link);
    if (stream->end != NULL) {
        sj_host_handle_close(stream->end);
        stream->end = NULL;
    }
    if (!tail->websocket) {
        (void)sj_http_stream_write(tail->live, ": events follow\n\n", 17);
    }
    /* Of a time before, also when the clock was set back since then: whatever came in between is
     * gone. */
    if (tail->after < stream->begun || tail->after > stream->last) {
        (void)send_lost(tail, 0);
        tail->after = stream->begun;
    }
    pump(tail);
}

void rest_events(struct rest *rest, sj_http_request *request, const char *below) {
    static const char *const also[] = {"type", "after", NULL};
    const char *type;
    struct rest_stream *stream;
    struct tail *tail;
    uint64_t after = 0;
    bool given;
    (void)below;
    if (!rest_query_known(request, NULL, also) || !read_after(request, &given, &after)) {
        return;
    }
    type = sj_host_http_param(request, "type");
    if (type != NULL && sj_catalog_event(rest->catalog, type) == NULL) {
        unknown_type(rest, request, type);
        return;
    }
    stream = open_stream(rest, sj_or_empty(type));
    tail = calloc(1, sizeof *tail);
    if (stream == NULL || tail == NULL) {
        free(tail);
        if (stream != NULL) {
            end_if_unread(stream);
        }
        rest_reply_status(request, 503, "out of memory");
        return;
    }
    tail->websocket = sj_websocket_wanted(request);
    tail->live = tail->websocket
                     ? sj_websocket_begin(request, &tail_events, tail)
                     : sj_http_stream_begin(request, 200, "text/event-stream", &tail_events, tail);
    if (tail->live == NULL) {
        free(tail);
        end_if_unread(stream);
    } else {
        begin(tail, stream, given, after);
    }
}
