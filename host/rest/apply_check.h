/* The last pass of an apply. */
#ifndef HOST_REST_APPLY_CHECK_H
#define HOST_REST_APPLY_CHECK_H

#include "host/rest/apply.h"

/* After all is written, as records may refer to each other in any order: references, and who refers
 * to what was removed. */
bool apply_check(struct apply *apply, uint64_t until);

#endif
