/* When a callback has held the loop for too long. */
#include "host/supervisor/watchdog.h"

enum watchdog_verdict sj_watchdog_tick(struct watchdog *watchdog, uint64_t beat, bool frozen,
                                       int limit_s) {
    if (beat != watchdog->beat || frozen) {
        watchdog->beat = beat;
        watchdog->silent = 0;
        return SJ_WATCHDOG_WELL;
    }
    watchdog->silent++;
    if (watchdog->silent >= (unsigned)limit_s * (1000 / SJ_WATCHDOG_TICK_MS)) {
        return SJ_WATCHDOG_END;
    }
    return watchdog->silent == SJ_WATCHDOG_SAY_TICKS ? SJ_WATCHDOG_SAY : SJ_WATCHDOG_SILENT;
}
