/* Clocks and timers. */
#ifndef SOJOURN_TIMER_H
#define SOJOURN_TIMER_H

#include "scope.h"

/* Milliseconds that never go back; of the loop's present iteration. */
static inline uint64_t sj_monotonic_ms(sj_scope *scope) {
    return scope->host->clock_monotonic_ms(scope);
}

/* Milliseconds since 1970-01-01 UTC. */
static inline int64_t sj_wall_ms(sj_scope *scope) {
    return scope->host->clock_wall_ms(scope);
}

/* How far the clocks of a time zone ("Europe/London") are ahead of UTC, in seconds, `utc_s` seconds
 * after 1970; by the rules of today. SJ_E_NOT_FOUND: the zone database has no such zone. */
static inline int sj_time_zone_offset(sj_scope *scope, const char *zone, int64_t utc_s,
                                      int32_t *offset_s) {
    return scope->host->time_zone_offset(zone, utc_s, offset_s);
}

/* sj_handle *sj_timer_start(sj_scope *scope, int64_t delay_ms, int64_t repeat_ms, sj_done_fn fire,
 * void *user) Fires after delay_ms (>= 0), then every repeat_ms (0: once, and the handle is invalid
 * as soon as `fire` begins). NULL when out of memory or the scope is closing. */
#define sj_timer_start(scope, delay_ms, repeat_ms, fire, user)                                     \
    ((scope)->host->timer_start((scope), SJ_HERE, (delay_ms), (repeat_ms), (fire), (user)))

/* Lets a live timer fire delay_ms from now instead. */
static inline void sj_timer_again(sj_scope *scope, sj_handle *timer, int64_t delay_ms) {
    scope->host->timer_again(timer, delay_ms);
}

#endif
