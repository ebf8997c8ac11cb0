/* A host timer that ticks while the wheel has timers. */
#include "sip/wheel_driver.h"

static void tick(void *user) {
    struct wheel_driver *driver = user;
    const uint64_t now = sj_monotonic_ms(driver->scope);
    timer_wheel_advance(&driver->wheel, now);
    if (driver->wheel.running == 0 && driver->tick != NULL) {
        sj_handle_close(driver->scope, driver->tick);
        driver->tick = NULL;
    }
}

static void wake(void *user) {
    struct wheel_driver *driver = user;
    const int64_t period = (int64_t)driver->wheel.tick_ms;
    const uint64_t now = sj_monotonic_ms(driver->scope) / driver->wheel.tick_ms;
    if (driver->tick == NULL) {
        if (driver->wheel.now + 1 < now && driver->wheel.running <= 1) {
            /* Nothing was running: no need to walk through the time that passed. The timer just
             * started is due at this tick, or later. */
            driver->wheel.now = now - 1;
        }
        driver->tick = sj_timer_start(driver->scope, period, period, tick, driver);
    }
}

void wheel_driver_open(struct wheel_driver *driver, sj_scope *scope, uint64_t tick_ms) {
    driver->scope = scope;
    driver->tick = NULL;
    timer_wheel_init(&driver->wheel, tick_ms, sj_monotonic_ms(scope));
    driver->wheel.wake = wake;
    driver->wheel.user = driver;
}
