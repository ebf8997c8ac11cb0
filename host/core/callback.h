/* Whose callback is running: recorded around every call into a plugin, for crash quarantine, for
 * the watchdog and for measuring time; and the memory that the worker shares with its supervisor.
 *
 *     struct bracket bracket = sj_enter(scope, "http");
 *     handler(user, request);
 *     sj_leave(&bracket);            // the scope may be gone by now
 *
 * Brackets nest: a handler that publishes enters the next plugin and comes back. */
#ifndef SJ_HOST_CORE_CALLBACK_H
#define SJ_HOST_CORE_CALLBACK_H

#include <stdatomic.h>
#include <time.h>

#include "host/core/scope.h"

#define SJ_LONG_CALLBACK_MS 5          /* from here on its processor time is taken too */
#define SJ_SLOW_CALLBACK_NS 100000000u /* a callback that took this long is warned about */

enum { SJ_SLOT_PLUGINS = 64, SJ_CRASHES_TO_QUARANTINE = 3, SJ_CRASH_WINDOW_MS = 60000 };
enum { SJ_NODE_FILE_ROOM = 1024 * 1024 };

struct supervised_plugin {
    char name[64];
    const void *owner; /* the worker's address of its struct owner; only compared */
    uint64_t crashes[SJ_CRASHES_TO_QUARANTINE]; /* ms of the latest crashes, newest first; 0 none */
    bool quarantined;
    char reason[320];
};

struct running {
    struct owner *owner;
    const char *kind;   /* literal */
    const char *detail; /* event type, route path ... lives while the callback runs */
};

/* How the worker ended: `asked` is set before it leaves by itself; the rest is noted by its last
 * handlers. */
struct ending {
    volatile bool asked, noted;
    uint32_t plugin; /* whose callback: index into plugins; 0: the host */
    char kind[32];
    char detail[96];
    char cause[64]; /* "signal 11", "exit(0)" ...: filled in by the supervisor */
};

/* From the node file; written by the worker when it has read it, acted on by the supervisor. */
struct supervise_terms {
    bool log_json;
    int callback_limit_s; /* a callback that holds the loop longer ends the worker */
    int stop_limit_s;     /* a stop that takes longer is ended */
};

/* What the worker shares with its supervisor. It outlives the worker. Plugin 0 is the host itself.
 */
struct supervise_slot {
    struct running
        running; /* addresses of the worker; first, since it is written around every callback */
    _Atomic uint64_t beat; /* counted up whenever a callback begins or ends, and by the idle loop
                              four times a second */
    struct ending ending;
    struct supervise_terms terms;
    char status[160]; /* one line about the node for the service manager */
    uint32_t plugins_count;
    struct supervised_plugin plugins[SJ_SLOT_PLUGINS];
    /* The node file that the node last served with (node/node_file_choice.h). */
    bool use_served; /* the file that stands there now is known not to do */
    bool untried;    /* the worker runs with another one, and does not serve yet */
    size_t served_length;
    char served[SJ_NODE_FILE_ROOM];
};

/* At a fixed address, so that writing the record costs no more than writing to any variable. The
 * supervisor puts shared memory in its place (sj_supervise_share). */
#if defined(__aarch64__)
enum { SJ_SLOT_PAGE = 65536 };
#else
enum { SJ_SLOT_PAGE = 4096 };
#endif
union supervise_area {
    struct supervise_slot slot;
    char pages[(sizeof(struct supervise_slot) + SJ_SLOT_PAGE - 1) / SJ_SLOT_PAGE * SJ_SLOT_PAGE];
};
extern union supervise_area sj_supervise_area;
#define sj_slot (&sj_supervise_area.slot)
#define sj_running (sj_supervise_area.slot.running)

extern _Thread_local struct running
    sj_running_job; /* on the pool's threads: whose job; owner NULL elsewhere */

struct bracket {
    struct running outer;
    uint64_t begun, ran_before; /* ticks; the thread's processor time, ns */
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

/* The processor time of the loop's thread, as it was read last: reading it costs a system call, so
 * a reading serves for a millisecond. It tells a callback that works for long from one that a busy
 * machine did not let run. */
struct processor_time {
    uint64_t at, ns, ticks_per_ms; /* at: ticks */
};
extern struct processor_time sj_processor_time;
void sj_read_processor_time(uint64_t now);

static inline uint64_t sj_ran_until(uint64_t now) {
    if (now - sj_processor_time.at > sj_processor_time.ticks_per_ms) {
        sj_read_processor_time(now);
    }
    return sj_processor_time.ns;
}

/* Accounts the time of a callback that stands for `weight` of its kind; warns when it was slow.
 * Counting is the caller's. `ran_before` is what sj_ran_until said when it began. */
void sj_account(struct owner *owner, const char *kind, const char *detail, uint64_t ticks,
                uint64_t ran_before, unsigned weight);

/* Reading the counter costs more than delivering an event, so the bus times one emission in so
 * many. After a slow callback it times all for a while, so that the subscriber at fault is found by
 * name. */
enum { SJ_TIMED_ONE_IN = 64, SJ_TIMED_AFTER_SLOW = 4096 };
extern unsigned sj_timed_next; /* emissions still to be timed out of turn */

static inline void sj_beat(void) {
    atomic_store_explicit(&sj_slot->beat,
                          atomic_load_explicit(&sj_slot->beat, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

static inline void sj_run_as(struct owner *owner, const char *kind, const char *detail) {
    sj_running.owner = owner;
    sj_running.kind = kind;
    sj_running.detail = detail;
}

static inline struct bracket sj_enter_detail(sj_scope *scope, const char *kind,
                                             const char *detail) {
    struct bracket bracket = {.outer = sj_running, .begun = sj_ticks()};
    bracket.ran_before = sj_ran_until(bracket.begun);
    sj_run_as(sj_scope_owner(scope), kind, detail);
    sj_beat();
    return bracket;
}

static inline struct bracket sj_enter(sj_scope *scope, const char *kind) {
    return sj_enter_detail(scope, kind, "");
}

static inline void sj_leave(const struct bracket *bracket) {
    sj_running.owner->callbacks++;
    sj_account(sj_running.owner, sj_running.kind, sj_running.detail, sj_ticks() - bracket->begun,
               bracket->ran_before, 1);
    sj_run_as(bracket->outer.owner, bracket->outer.kind, bracket->outer.detail);
    sj_beat();
}

/* The slot's entry for a plugin's name (made when new), or 0 when the table is full. */
uint32_t sj_slot_find(const char *name);
/* The entry whose owner this is; 0: the host. */
uint32_t sj_slot_of(const struct supervise_slot *slot, const struct owner *owner);

#endif
