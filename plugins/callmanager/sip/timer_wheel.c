/* Hashed timer wheel. Pure. */
#include "sip/timer_wheel.h"

void timer_wheel_init(struct timer_wheel *wheel, uint64_t tick_ms, uint64_t now_ms) {
    wheel->tick_ms = tick_ms;
    wheel->now = now_ms / tick_ms;
    wheel->running = 0;
    wheel->wake = NULL;
    wheel->user = NULL;
    for (size_t i = 0; i < TIMER_WHEEL_SLOTS; i++) {
        sj_list_init(&wheel->slots[i]);
    }
}

void timer_wheel_start(struct timer_wheel *wheel, struct wheel_timer *timer, uint64_t now_ms,
                       uint64_t delay_ms, void (*fire)(struct wheel_timer *timer)) {
    timer_wheel_stop(wheel, timer);
    timer->due = (now_ms + delay_ms + wheel->tick_ms - 1) / wheel->tick_ms;
    if (timer->due <= wheel->now) {
        timer->due = wheel->now + 1;
    }
    timer->fire = fire;
    sj_list_add_last(&wheel->slots[timer->due % TIMER_WHEEL_SLOTS], &timer->link);
    if (wheel->running++ == 0 && wheel->wake != NULL) {
        wheel->wake(wheel->user);
    }
}

void timer_wheel_stop(struct timer_wheel *wheel, struct wheel_timer *timer) {
    if (wheel_timer_running(timer)) {
        sj_list_remove(&timer->link);
        wheel->running--;
    }
}

/* Moves what is due in this slot to a list of its own first, so that the callbacks may change the
 * slot. */
static void fire_slot(struct timer_wheel *wheel, uint64_t tick) {
    sj_list_head *slot = &wheel->slots[tick % TIMER_WHEEL_SLOTS], due = {{NULL, NULL}};
    SJ_LIST_EACH(timer, slot, struct wheel_timer, link) {
        if (timer->due <= tick) {
            sj_list_add_last(&due, &timer->link);
        }
    }
    for (sj_list_link *link; (link = sj_list_take_first(&due)) != NULL;) {
        struct wheel_timer *timer = SJ_OWNER(link, struct wheel_timer, link);
        wheel->running--;
        timer->fire(timer);
    }
}

void timer_wheel_advance(struct timer_wheel *wheel, uint64_t now_ms) {
    const uint64_t target = now_ms / wheel->tick_ms;
    if (target > wheel->now + TIMER_WHEEL_SLOTS) {
        wheel->now = target - TIMER_WHEEL_SLOTS; /* every slot once is enough */
    }
    while (wheel->now < target) {
        wheel->now++;
        fire_slot(wheel, wheel->running > 0 ? wheel->now : target);
        if (wheel->running == 0) {
            wheel->now = target;
        }
    }
}
