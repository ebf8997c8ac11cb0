/* What the load programs share: a clock, and latencies sorted into percentiles. */
#ifndef SJ_BENCH_MEASURE_H
#define SJ_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static inline uint64_t measure_now_us(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

struct latencies {
    uint32_t *us;
    size_t count, room;
};

static inline void latencies_add(struct latencies *all, uint64_t us) {
    if (all->count == all->room) {
        all->room = all->room == 0 ? 65536 : all->room * 2;
        all->us = realloc(all->us, all->room * sizeof *all->us);
        if (all->us == NULL) {
            abort();
        }
    }
    all->us[all->count++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static inline int latencies_order(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* In milliseconds; sorts. */
static inline double latencies_percentile(struct latencies *all, double percent) {
    if (all->count == 0) {
        return 0;
    }
    qsort(all->us, all->count, sizeof *all->us, latencies_order);
    return (double)all->us[(size_t)((double)(all->count - 1) * percent / 100.0)] / 1000.0;
}

#endif
