/* How often an alert may be raised: at most ALERTS in ALERT_PERIOD_MS, as the field's monitoring
 * tool does by default. What is held back is counted and reported with the next one. Pure. */
#ifndef EM_ALERT_LIMIT_H
#define EM_ALERT_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

enum { ALERTS = 3, ALERT_PERIOD_MS = 30 * 60000 };

struct em_alert_limit {
    uint64_t raised_at[ALERTS]; /* ms on a monotonic clock, oldest first; 0 unused */
    int64_t suppressed;
};

/* Whether an alert may be raised now; then *suppressed is how many were not since the last one. */
static inline bool em_alert_limit_pass(struct em_alert_limit *limit, uint64_t now_ms,
                                       int64_t *suppressed) {
    if (limit->raised_at[0] != 0 && now_ms - limit->raised_at[0] < ALERT_PERIOD_MS) {
        limit->suppressed++;
        return false;
    }
    for (int i = 0; i + 1 < ALERTS; i++) {
        limit->raised_at[i] = limit->raised_at[i + 1];
    }
    limit->raised_at[ALERTS - 1] = now_ms > 0 ? now_ms : 1;
    *suppressed = limit->suppressed;
    limit->suppressed = 0;
    return true;
}

#endif
