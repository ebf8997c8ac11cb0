/* Many timers over one clock: starting and stopping take constant time, whatever their number.
 * Pure: the owner calls timer_wheel_advance with the time; tests do it with a time of their own. */
#ifndef CALLMANAGER_TIMER_WHEEL_H
#define CALLMANAGER_TIMER_WHEEL_H

#include <sojourn/base/list.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIMER_WHEEL_SLOTS = 1024 };

struct wheel_timer {
    sj_list_link link; /* in its slot, while it is running */
    uint64_t due;      /* in ticks */
    void (*fire)(struct wheel_timer *timer);
};

struct timer_wheel {
    sj_list_head slots[TIMER_WHEEL_SLOTS]; /* each holds all timers due at its tick of any round */
    uint64_t tick_ms;
    uint64_t now;             /* tick reached */
    size_t running;           /* timers */
    void (*wake)(void *user); /* the first timer has been started; may be NULL */
    void *user;
};

void timer_wheel_init(struct timer_wheel *wheel, uint64_t tick_ms, uint64_t now_ms);
/* Starts or restarts; fires at the first advance at least delay_ms later. */
void timer_wheel_start(struct timer_wheel *wheel, struct wheel_timer *timer, uint64_t now_ms,
                       uint64_t delay_ms, void (*fire)(struct wheel_timer *timer));
void timer_wheel_stop(struct timer_wheel *wheel, struct wheel_timer *timer);
static inline bool wheel_timer_running(const struct wheel_timer *timer) {
    return sj_list_linked(&timer->link);
}
/* Fires all that is due. `fire` may start and stop any timer, and free the owner of its own. */
void timer_wheel_advance(struct timer_wheel *wheel, uint64_t now_ms);

#endif
