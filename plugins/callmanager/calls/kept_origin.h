/* Who calls, kept while others are asked: the records that it is made from may change meanwhile. */
#ifndef CALLMANAGER_KEPT_ORIGIN_H
#define CALLMANAGER_KEPT_ORIGIN_H

#include "calls/call_routing.h"

struct kept_origin;

/* NULL: no memory. */
struct kept_origin *kept_origin_new(const struct call_origin *origin);
void kept_origin_free(struct kept_origin *kept);
/* As it is now; NULL when its phone is not registered any more. It stays the keeper's. */
struct call_origin *kept_origin_find(struct call_manager *manager, struct kept_origin *kept);

#endif
