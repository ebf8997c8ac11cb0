/* Hashed timer wheel. Pure. */
#include "sip/timer_wheel.h"

static void link_before(wheel_timer *head, wheel_timer *timer) {
    timer->next = head;
    timer->previous = head->previous;
    head->previous->next = timer;
    head->previous = timer;
}

static void unlink_timer(wheel_timer *timer) {
    timer->previous->next = timer->next;
    timer->next->previous = timer->previous;
    timer->next = timer->previous = NULL;
}

void timer_wheel_init(timer_wheel *wheel, uint64_t tick_ms, uint64_t now_ms) {
    wheel->tick_ms = tick_ms;
    wheel->now = now_ms / tick_ms;
    wheel->running = 0;
    wheel->wake = NULL;
    wheel->user = NULL;
    for (size_t i = 0; i < TIMER_WHEEL_SLOTS; i++) {
        wheel->slots[i].next = wheel->slots[i].previous = &wheel->slots[i];
    }
}

void timer_wheel_start(timer_wheel *wheel, wheel_timer *timer, uint64_t now_ms, uint64_t delay_ms,
                       void (*fire)(wheel_timer *timer)) {
    timer_wheel_stop(wheel, timer);
    timer->due = (now_ms + delay_ms + wheel->tick_ms - 1) / wheel->tick_ms;
    if (timer->due <= wheel->now) {
        timer->due = wheel->now + 1;
    }
    timer->fire = fire;
    link_before(&wheel->slots[timer->due % TIMER_WHEEL_SLOTS], timer);
    if (wheel->running++ == 0 && wheel->wake != NULL) {
        wheel->wake(wheel->user);
    }
}

void timer_wheel_stop(timer_wheel *wheel, wheel_timer *timer) {
    if (wheel_timer_running(timer)) {
        unlink_timer(timer);
        wheel->running--;
    }
}

/* Moves what is due in this slot to a list of its own first, so that the callbacks may change the slot. */
static void fire_slot(timer_wheel *wheel, uint64_t tick) {
    wheel_timer *head = &wheel->slots[tick % TIMER_WHEEL_SLOTS];
    wheel_timer due;
    due.next = due.previous = &due;
    for (wheel_timer *timer = head->next; timer != head;) {
        wheel_timer *next = timer->next;
        if (timer->due <= tick) {
            unlink_timer(timer);
            link_before(&due, timer);
        }
        timer = next;
    }
    while (due.next != &due) {
        wheel_timer *timer = due.next;
        timer_wheel_stop(wheel, timer);
        timer->fire(timer);
    }
}

void timer_wheel_advance(timer_wheel *wheel, uint64_t now_ms) {
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
