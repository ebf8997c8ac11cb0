/* The watchdog's judgement: does the worker's loop move? Pure: counts the supervisor's own ticks,
 * never the clock, so that a machine that was asleep and a process that was stopped are not taken
 * for a callback that does not return. */
#ifndef SJ_HOST_SUPERVISOR_WATCHDOG_H
#define SJ_HOST_SUPERVISOR_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

enum { SJ_WATCHDOG_TICK_MS = 250, SJ_WATCHDOG_SAY_TICKS = 4 };

struct watchdog {
    uint64_t beat;   /* as last seen */
    unsigned silent; /* ticks since it changed */
};

enum watchdog_verdict {
    SJ_WATCHDOG_WELL,
    SJ_WATCHDOG_SILENT, /* the loop does not move; nothing to do yet */
    SJ_WATCHDOG_SAY,    /* for a second: once for each time */
    SJ_WATCHDOG_END,    /* for as long as is allowed, and from then on */
};

/* One tick has passed. `frozen`: the worker cannot move, because it was stopped or is being
 * debugged. */
enum watchdog_verdict sj_watchdog_tick(struct watchdog *watchdog, uint64_t beat, bool frozen,
                                       int limit_s);

#endif
