/* Numbers whose call switches a message waiting lamp, as mail systems dial them that do not say it
 * by NOTIFY: that of the caller's own line, or, over a trunk whose security profile accepts
 * unsolicited notifications, that of the number that has sent the call on, else of the one that
 * calls. */
#ifndef CALLMANAGER_MESSAGE_WAITING_NUMBER_H
#define CALLMANAGER_MESSAGE_WAITING_NUMBER_H

#include "calls/call_routing.h"

/* Whether calls to the number switch the lamp on. */
bool message_waiting_number_is_on(const struct call_manager *manager,
                                  const struct number_route *route);
/* Whether such a call is refused whatever number it comes from: *status and *why say how. */
bool message_waiting_number_refused(const struct call_manager *manager,
                                    const struct call_origin *origin, int *status,
                                    const char **why);
/* A call has reached such a number; `status` not 0: it is refused with that. It is answered once
 * the lamp is kept, and ended. */
void message_waiting_delivered(struct call *call, int status, const char *why);

#endif
