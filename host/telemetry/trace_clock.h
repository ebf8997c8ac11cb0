/* In which order the steps of a trace happened, on nodes whose clocks differ or stand at the same
 * millisecond: a clock of each trace (Lamport, 1978), in microseconds. It runs with the node's
 * time, is set forward by each message of the trace that comes from a node where it is later, and
 * counts on within a millisecond: what was caused has a higher order than what caused it. Pure.
 */
#ifndef SJ_HOST_TELEMETRY_TRACE_CLOCK_H
#define SJ_HOST_TELEMETRY_TRACE_CLOCK_H

#include <stdint.h>

enum { SJ_TRACE_CLOCKS = 4096 };

/* JSON numbers hold as much exactly: the year 2255. What another node says beyond it is not
 * followed. */
#define SJ_TRACE_ORDER_MAX ((int64_t)1 << 53)

/* Two traces in one place: the newer has it. The older one goes by the node's time from then on. */
struct trace_clocks {
    struct trace_clock {
        char id[33];
        int64_t last;  /* the order of the newest step, or of what a message brought */
        int64_t ahead; /* of the node's time, set forward by messages */
    } clocks[SJ_TRACE_CLOCKS];
};

/* The order of the next step. */
int64_t sj_trace_clock_step(struct trace_clocks *clocks, const char *id, int64_t wall_ms);
/* What goes with a message of the trace: no step noted so far comes after it. */
int64_t sj_trace_clock_sent(const struct trace_clocks *clocks, const char *id, int64_t wall_ms);
/* What came with a message of the trace: every later step comes after it. */
void sj_trace_clock_received(struct trace_clocks *clocks, const char *id, int64_t wall_ms,
                             int64_t order);

#endif
