/* Lets the host's clock turn a timer wheel, only while timers run on it. */
#ifndef CALLMANAGER_WHEEL_DRIVER_H
#define CALLMANAGER_WHEEL_DRIVER_H

#include "sip/timer_wheel.h"

#include <sojourn/timer.h>

struct wheel_driver {
    struct timer_wheel wheel;
    sj_scope *scope;
    sj_handle *tick;
};

void wheel_driver_open(struct wheel_driver *driver, sj_scope *scope, uint64_t tick_ms);

#endif
