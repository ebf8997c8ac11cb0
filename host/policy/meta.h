/* A copy of a hook's metadata that belongs to the host: what a plugin declares may leave memory with the plugin. Pure. */
#ifndef HOST_POLICY_META_H
#define HOST_POLICY_META_H

#include <sojourn/schema.h>

#include "host/record/arena.h"

/* NULL when memory is short. */
const sj_policy_meta *sj_meta_copy(sj_arena *arena, const sj_policy_meta *meta);

/* How many fields `caller` and `own` have in common: the smaller number when the fingerprints agree so far, else SIZE_MAX. */
size_t sj_meta_common(const sj_record_meta *own, const sj_record_meta *caller);

#endif
