/* What two declarations of a hook have in common. Pure. */
#ifndef HOST_POLICY_META_H
#define HOST_POLICY_META_H

#include <sojourn/schema.h>

/* How many fields `caller` and `own` have in common: the smaller number when the fingerprints agree
 * so far, else SIZE_MAX. */
size_t sj_meta_common(const sj_record_meta *own, const sj_record_meta *caller);

#endif
