/* The trace journal: the latest steps of logins and calls, kept in memory by trace id, bounded in
 * steps and bytes. */
#ifndef SJ_HOST_TELEMETRY_TRACE_H
#define SJ_HOST_TELEMETRY_TRACE_H

#include <sojourn/types.h>

struct node;

enum { SJ_TRACE_STEPS = 32768, SJ_TRACE_BYTES = 8 * 1024 * 1024, SJ_TRACE_ID = 32 };

struct trace_step {
    char trace_id[SJ_TRACE_ID + 1];
    int64_t wall_ms;
    int64_t order;    /* causal, also between nodes: trace_clock.h */
    const char *who;  /* the service */
    const char *text; /* both live until the next step is recorded */
};

int sj_trace_open(struct node *node, sj_error *error);
void sj_trace_close(struct node *node);

/* Calls `visit` for each step of the trace that is still held, oldest first; returns how many. `id`
 * NULL: of all traces. */
size_t sj_trace_visit(struct node *node, const char *id,
                      void (*visit)(void *user, const struct trace_step *step), void *user);

/* The clock of a trace goes with its messages to other nodes, and comes with theirs. */
int64_t sj_trace_sent(struct node *node, const char *id);
void sj_trace_received(struct node *node, const char *id, int64_t order);

/* What the journal holds now. */
size_t sj_trace_bytes(const struct node *node);

/* 32 lower-case hex digits, not all 0. */
bool sj_trace_id_valid(const char *id);

void sj_host_trace_step(sj_scope *scope, const char *trace_id, const char *text);
size_t sj_host_trace_steps(const sj_scope *scope, const char *trace_id, sj_trace_step_fn visit,
                           void *user);
size_t sj_host_trace_records(const sj_scope *scope, const char *trace_id, sj_trace_record_fn visit,
                             void *user);

#endif
