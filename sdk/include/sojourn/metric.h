/* Metrics, shown at /metrics in Prometheus text. Owned by the scope. */
#ifndef SOJOURN_METRIC_H
#define SOJOURN_METRIC_H

#include "host.h"

/* sj_metric *sj_metric_new(scope, kind, name, help): name as in Prometheus
 * ("sojourn_em_logins_total"), labels may follow in braces. Never NULL: when memory is short a
 * metric that counts nothing is returned. SJ_HISTOGRAM takes seconds. */
#define sj_metric_new(scope, kind, name, help)                                                     \
    ((scope)->host->metric((scope), SJ_HERE, (kind), (name), (help)))

static inline void sj_metric_add(sj_scope *scope, sj_metric *metric, double amount) {
    scope->host->metric_add(metric, amount);
}

static inline void sj_metric_set(sj_scope *scope, sj_metric *metric, double value) {
    scope->host->metric_set(metric, value);
}

#endif
