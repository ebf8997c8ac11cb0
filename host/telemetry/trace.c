/* The trace journal: a ring of steps; the oldest go when steps or bytes run over. */
#include "host/telemetry/trace.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/hex.h>
#include <sojourn/base/text.h>

#include "host/core/node.h"
#include "host/core/timers.h"
#include "host/telemetry/log.h"
#include "host/telemetry/trace_clock.h"

struct kept_step {
    struct trace_step step;
    size_t bytes;
    char text[]; /* who, NUL, text, NUL */
};

struct trace {
    struct kept_step **ring; /* SJ_TRACE_STEPS places */
    size_t first, count, bytes;
    struct trace_clocks clocks;
};

int sj_trace_open(struct node *node, sj_error *error) {
    struct trace *trace = sj_node_alloc(node, sizeof *trace);
    if (trace != NULL) {
        trace->ring = sj_node_alloc(node, SJ_TRACE_STEPS * sizeof(struct kept_step *));
    }
    if (trace == NULL || trace->ring == NULL) {
        free(trace);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the trace journal");
    }
    node->trace = trace;
    return SJ_OK;
}

static void drop_oldest(struct trace *trace) {
    struct kept_step *oldest = trace->ring[trace->first];
    trace->bytes -= oldest->bytes;
    free(oldest);
    trace->first = (trace->first + 1) % SJ_TRACE_STEPS;
    trace->count--;
}

void sj_trace_close(struct node *node) {
    struct trace *trace = node->trace;
    if (trace != NULL) {
        while (trace->count > 0) {
            drop_oldest(trace);
        }
        free(trace->ring);
        free(trace);
        node->trace = NULL;
    }
}

size_t sj_trace_bytes(const struct node *node) {
    return node->trace == NULL ? 0 : node->trace->bytes;
}

bool sj_trace_id_valid(const char *id) {
    return strspn(id, SJ_HEX_SMALL) == SJ_TRACE_ID && id[SJ_TRACE_ID] == '\0' &&
           strspn(id, "0") < SJ_TRACE_ID;
}

static void keep(struct node *node, const char *who, const char *trace_id, const char *text) {
    struct trace *trace = node->trace;
    size_t who_room = strlen(who) + 1, text_room = strlen(text) + 1;
    size_t bytes = sizeof(struct kept_step) + who_room + text_room;
    struct kept_step *kept = sj_node_alloc(node, bytes);
    if (kept == NULL) {
        return; /* the log line has been written; the journal is best effort */
    }
    kept->bytes = bytes;
    kept->step.wall_ms = sj_node_wall_ms(node);
    kept->step.order = sj_trace_clock_step(&trace->clocks, trace_id, kept->step.wall_ms);
    memcpy(kept->step.trace_id, trace_id, SJ_TRACE_ID);
    memcpy(kept->text, who, who_room);
    memcpy(kept->text + who_room, text, text_room);
    kept->step.who = kept->text;
    kept->step.text = kept->text + who_room;
    while (trace->count == SJ_TRACE_STEPS ||
           (trace->count > 0 && trace->bytes + bytes > SJ_TRACE_BYTES)) {
        drop_oldest(trace);
    }
    trace->ring[(trace->first + trace->count++) % SJ_TRACE_STEPS] = kept;
    trace->bytes += bytes;
}

int64_t sj_trace_sent(struct node *node, const char *id) {
    return node->trace == NULL
               ? 0
               : sj_trace_clock_sent(&node->trace->clocks, id, sj_node_wall_ms(node));
}

void sj_trace_received(struct node *node, const char *id, int64_t order) {
    if (node->trace != NULL) {
        sj_trace_clock_received(&node->trace->clocks, id, sj_node_wall_ms(node), order);
    }
}

size_t sj_trace_visit(struct node *node, const char *id,
                      void (*visit)(void *user, const struct trace_step *step), void *user) {
    const struct trace *trace = node->trace;
    size_t found = 0;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_step *step = &trace->ring[(trace->first + i) % SJ_TRACE_STEPS]->step;
        if (id == NULL || strcmp(step->trace_id, id) == 0) {
            visit(user, step);
            found++;
        }
    }
    return found;
}

void sj_host_trace_step(sj_scope *scope, const char *trace_id, const char *text) {
    struct node *node = sj_scope_node(scope);
    const char *id = sj_or_empty(trace_id);
    sj_host_log(scope, SJ_LOG_DEBUG, id, text);
    if (node->trace != NULL && sj_trace_id_valid(id)) {
        keep(node, sj_scope_owner(scope)->name, id, text);
    }
}

struct visitor {
    sj_trace_step_fn step;
    sj_trace_record_fn record;
    void *user;
};

static void pass_step(void *user, const struct trace_step *step) {
    const struct visitor *visitor = user;
    visitor->step(visitor->user, step->wall_ms, step->who, step->text);
}

static void pass_record(void *user, const struct trace_step *step) {
    const struct visitor *visitor = user;
    const sj_trace_record record = {.size = sizeof record,
                                    .wall_ms = step->wall_ms,
                                    .order = step->order,
                                    .plugin = step->who,
                                    .text = step->text};
    visitor->record(visitor->user, &record);
}

static size_t visit_for(const sj_scope *scope, const char *trace_id,
                        void (*pass)(void *user, const struct trace_step *step),
                        struct visitor *visitor) {
    struct node *node = sj_scope_node(scope);
    return node->trace != NULL && trace_id != NULL ? sj_trace_visit(node, trace_id, pass, visitor)
                                                   : 0;
}

size_t sj_host_trace_steps(const sj_scope *scope, const char *trace_id, sj_trace_step_fn visit,
                           void *user) {
    struct visitor visitor = {.step = visit, .user = user};
    return visit_for(scope, trace_id, pass_step, &visitor);
}

size_t sj_host_trace_records(const sj_scope *scope, const char *trace_id, sj_trace_record_fn visit,
                             void *user) {
    struct visitor visitor = {.record = visit, .user = user};
    return visit_for(scope, trace_id, pass_record, &visitor);
}
