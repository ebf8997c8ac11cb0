/* Policy hooks: decisions that operators may write in Lua. Use the generated sj_decide_<hook>.
 *
 * The caller fills `output` with the built-in default's decision first. SJ_OK: the default stands
 * (no policy is active for the hook, or the active one failed and was logged and counted). 1: the
 * active policy decided and `output` is overwritten; its texts and lists stay valid until control
 * returns to the loop. Never blocks; bounded in time, instructions and memory. */
#ifndef SOJOURN_POLICY_H
#define SOJOURN_POLICY_H

#include "host.h"

static inline int sj_policy_decide(sj_scope *scope, const sj_policy_meta *meta,
                                   const char *trace_id, const void *input, void *output) {
    return scope->host->policy_decide(scope, meta, trace_id, input, output);
}

#endif
