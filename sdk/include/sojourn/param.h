/* Service, enterprise and feature parameters. Use the generated getters
 * (sj_param_em_maximum_concurrent_requests(scope)): they return the value as it is now, a few
 * nanoseconds. Text values stay valid until control returns to the loop. A change is the event
 * parameter.changed. */
#ifndef SOJOURN_PARAM_H
#define SOJOURN_PARAM_H

#include "host.h"

static inline int64_t sj_param_integer(sj_scope *scope, const sj_param_meta *meta) {
    return scope->host->param_integer(scope, meta);
}

static inline const char *sj_param_text(sj_scope *scope, const sj_param_meta *meta) {
    return scope->host->param_text(scope, meta);
}

#endif
