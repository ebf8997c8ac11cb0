/* What phones are told without having subscribed. */
#ifndef CALLMANAGER_UNASKED_H
#define CALLMANAGER_UNASKED_H

#include "subscriptions/subscription.h"

/* Tells the phone of what is watched, in its turn. `once`: now; otherwise also of each change, for
 * as long as it is registered. False: there is no memory, or there are too many subscriptions. */
bool unasked_tell(struct call_manager *manager, const struct registration *phone,
                  const struct event_package *package, const struct watch_verdict *what, bool once);
/* Whether the phone is told of that already. */
bool unasked_is_told(const struct call_manager *manager, const char *device_name,
                     const struct event_package *package, const char *key);

#endif
