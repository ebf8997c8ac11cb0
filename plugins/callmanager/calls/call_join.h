/* Makes the parties of an answered call agree upon media anew, by re-INVITEs, when one of them has
 * come from another call: the one who was called is asked for an offer, unless its answer to an
 * INVITE without one has brought it, and the other gets that and answers. Each is told who the
 * other is. */
#ifndef CALLMANAGER_CALL_JOIN_H
#define CALLMANAGER_CALL_JOIN_H

#include "calls/call.h"
#include "media/message_body.h"

struct call_join;

/* Called once, unless the join is dropped: 200, or the status that made it fail. `failed` is the
 * party that failed, NULL for neither. The join is over by then. */
typedef void call_join_fn(void *user, int status, struct call_leg *failed);

/* `offer`: what the answered party offers; NULL: it is to be asked. NULL: no memory. */
struct call_join *call_join_begin(struct call *call, const struct message_body *offer,
                                  call_join_fn *done, void *user);
/* Gives up what is under way. */
void call_join_drop(struct call_join *join);

#endif
