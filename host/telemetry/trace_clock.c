/* The clocks of traces. Pure. */
#include "host/telemetry/trace_clock.h"

#include <stdio.h>
#include <string.h>

static size_t place_of(const char *id) {
    uint32_t hash = 0;
    for (; *id != '\0'; id++) {
        hash = hash * 31 + (unsigned char)*id;
    }
    return hash % SJ_TRACE_CLOCKS;
}

/* The clock of a trace that is not known yet stands at the node's time. */
static struct trace_clock clock_of(const struct trace_clocks *clocks, const char *id) {
    const struct trace_clock *clock = &clocks->clocks[place_of(id)];
    return strcmp(clock->id, id) == 0 ? *clock : (struct trace_clock){0};
}

static void keep(struct trace_clocks *clocks, const char *id, const struct trace_clock *clock) {
    struct trace_clock *kept = &clocks->clocks[place_of(id)];
    *kept = *clock;
    (void)snprintf(kept->id, sizeof kept->id, "%s", id);
}

static int64_t later(int64_t one, int64_t other) {
    return one > other ? one : other;
}

int64_t sj_trace_clock_step(struct trace_clocks *clocks, const char *id, int64_t wall_ms) {
    struct trace_clock clock = clock_of(clocks, id);
    clock.last = later(wall_ms * 1000 + clock.ahead, clock.last + 1);
    keep(clocks, id, &clock);
    return clock.last;
}

int64_t sj_trace_clock_sent(const struct trace_clocks *clocks, const char *id, int64_t wall_ms) {
    const struct trace_clock clock = clock_of(clocks, id);
    return later(wall_ms * 1000 + clock.ahead, clock.last);
}

void sj_trace_clock_received(struct trace_clocks *clocks, const char *id, int64_t wall_ms,
                             int64_t order) {
    struct trace_clock clock = clock_of(clocks, id);
    if (order <= SJ_TRACE_ORDER_MAX && order >= wall_ms * 1000 + clock.ahead) {
        clock.ahead = order - wall_ms * 1000;
        clock.last = later(order, clock.last);
        keep(clocks, id, &clock);
    }
}
