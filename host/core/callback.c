/* The record of whose callback is running, and the accounting of its time. Process-wide: there is
 * one loop thread at a time. */
#include <stdio.h>
#include <string.h>

#include "host/core/callback.h"
#include "host/core/node.h"

/* Until a supervisor shares it, it is the process's own. Entry 0 is the host, and needs no name to
 * be found. */
_Alignas(SJ_SLOT_PAGE) union supervise_area sj_supervise_area;
_Thread_local struct running sj_running_job;
unsigned sj_timed_next;

struct processor_time sj_processor_time;

static uint64_t clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The counter's rate is measured once, against the system's clock, over a tenth of a millisecond.
 */
static double ns_per_tick(void) {
    static double rate;
    if (rate == 0) {
        uint64_t ns = clock_ns(CLOCK_MONOTONIC), ticks = sj_ticks(), elapsed;
        do {
            elapsed = clock_ns(CLOCK_MONOTONIC) - ns;
        } while (elapsed < 100000);
        rate = (double)elapsed / (double)(sj_ticks() - ticks);
    }
    return rate;
}

uint64_t sj_ticks_to_ns(uint64_t ticks) {
    return (uint64_t)((double)ticks * ns_per_tick());
}

void sj_read_processor_time(uint64_t now) {
    if (sj_processor_time.ticks_per_ms == 0) {
        sj_processor_time.ticks_per_ms = (uint64_t)(1e6 / ns_per_tick());
    }
    sj_processor_time.at = now;
    sj_processor_time.ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

void sj_account(struct owner *owner, const char *kind, const char *detail, uint64_t ticks,
                uint64_t ran_before, unsigned weight) {
    uint64_t ran_ns = 0;
    owner->total_ticks += ticks * weight;
    if (ticks > SJ_LONG_CALLBACK_MS * sj_processor_time.ticks_per_ms) {
        ran_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - ran_before;
        owner->longest_ran_ns = ran_ns > owner->longest_ran_ns ? ran_ns : owner->longest_ran_ns;
    }
    if (ticks <= owner->longest_ticks) {
        return;
    }
    owner->longest_ticks = ticks;
    owner->longest_kind = kind;
    (void)snprintf(owner->longest_detail, sizeof owner->longest_detail, "%s", detail);
    uint64_t ns = sj_ticks_to_ns(ticks);
    if (ns >= SJ_SLOW_CALLBACK_NS) {
        char sentence[512];
        sj_timed_next = SJ_TIMED_AFTER_SLOW;
        (void)snprintf(sentence, sizeof sentence,
                       "%s held the loop for %llu ms (%llu ms of processor time) in a callback "
                       "(%s%s%s), its longest so far",
                       owner->name, (unsigned long long)(ns / 1000000),
                       (unsigned long long)(ran_ns / 1000000), kind, detail[0] == '\0' ? "" : " ",
                       detail);
        if (owner->node->log_slow_callback != NULL) {
            owner->node->log_slow_callback(owner->node, sentence);
        }
    }
}

uint32_t sj_slot_of(const struct supervise_slot *slot, const struct owner *owner) {
    for (uint32_t i = 1; owner != NULL && i < slot->plugins_count && i < SJ_SLOT_PLUGINS; i++) {
        if (slot->plugins[i].owner == owner) {
            return i;
        }
    }
    return 0;
}

uint32_t sj_slot_find(const char *name) {
    if (sj_slot->plugins_count == 0) {
        sj_slot->plugins_count = 1;
    }
    for (uint32_t i = 1; i < sj_slot->plugins_count; i++) {
        if (strcmp(sj_slot->plugins[i].name, name) == 0) {
            return i;
        }
    }
    if (sj_slot->plugins_count >= SJ_SLOT_PLUGINS) {
        return 0;
    }
    (void)snprintf(sj_slot->plugins[sj_slot->plugins_count].name, sizeof sj_slot->plugins[0].name,
                   "%s", name);
    return sj_slot->plugins_count++;
}
