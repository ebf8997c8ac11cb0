/* Whose callback is running: recorded around every call into a plugin, for crash quarantine and for measuring time; and the
 * supervisor that restarts a worker which died.
 *
 *     struct bracket bracket = sj_enter(scope, "http");
 *     handler(user, request);
 *     sj_leave(&bracket);            // the scope may be gone by now
 *
 * Brackets nest: a handler that publishes enters the next plugin and comes back. */
#ifndef SJ_HOST_SUPERVISE_H
#define SJ_HOST_SUPERVISE_H

#include <time.h>

#include "scope.h"

#define SJ_SLOW_CALLBACK_NS 100000000u /* a callback that took this long is warned about */

/* What the worker shares with its supervisor: the slot outlives the worker. Index 0 is the host itself. */
enum { SJ_SLOT_PLUGINS = 64, SJ_CRASHES_TO_QUARANTINE = 3, SJ_CRASH_WINDOW_MS = 60000 };

struct supervised_plugin {
    char name[64];
    uint64_t crashes[SJ_CRASHES_TO_QUARANTINE]; /* monotonic ms of the latest crashes, newest first; 0 none */
    bool quarantined;
    char reason[320];
};

struct supervise_slot {
    volatile uint32_t running; /* whose callback: index into plugins; this and the rest written by the worker's crash handler */
    char kind[32];
    char detail[96];
    volatile int crashed_signal;
    uint32_t plugins_count;
    struct supervised_plugin plugins[SJ_SLOT_PLUGINS];
};

struct running {
    struct owner *owner;
    const char *kind;   /* literal */
    const char *detail; /* event type, route path ... lives while the callback runs */
};

extern struct running sj_running;
extern _Thread_local struct running sj_running_job; /* on the pool's threads: whose job; owner NULL elsewhere */
extern struct supervise_slot *sj_slot;

struct bracket {
    struct running outer;
    uint64_t begun;
};

/* The processor's counter of time: cheap enough to read around every event handler. */
static inline uint64_t sj_ticks(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#endif
}

uint64_t sj_ticks_to_ns(uint64_t ticks);

/* Accounts the time of a callback that stands for `weight` of its kind; warns when it was slow. Counting is the caller's. */
void sj_account(struct owner *owner, const char *kind, const char *detail, uint64_t ticks, unsigned weight);

/* Reading the counter costs more than delivering an event, so the bus times one emission in so many. After a slow callback it
 * times all for a while, so that the subscriber at fault is found by name. */
enum { SJ_TIMED_ONE_IN = 64, SJ_TIMED_AFTER_SLOW = 4096 };
extern unsigned sj_timed_next; /* emissions still to be timed out of turn */

static inline void sj_run_as(struct owner *owner, const char *kind, const char *detail) {
    sj_running.owner = owner;
    sj_running.kind = kind;
    sj_running.detail = detail;
}

static inline struct bracket sj_enter_detail(sj_scope *scope, const char *kind, const char *detail) {
    struct bracket bracket = {.outer = sj_running, .begun = sj_ticks()};
    sj_run_as(sj_scope_owner(scope), kind, detail);
    return bracket;
}

static inline struct bracket sj_enter(sj_scope *scope, const char *kind) {
    return sj_enter_detail(scope, kind, "");
}

static inline void sj_leave(const struct bracket *bracket) {
    sj_running.owner->callbacks++;
    sj_account(sj_running.owner, sj_running.kind, sj_running.detail, sj_ticks() - bracket->begun, 1);
    sj_run_as(bracket->outer.owner, bracket->outer.kind, bracket->outer.detail);
}

/* The slot's entry for a plugin's name (made when new), or 0 when the table is full. */
uint32_t sj_slot_find(const char *name);

#endif
