/* Makes the parties of an answered call agree upon media anew, by re-INVITEs, when one of them has
 * come from another call: one is asked for an offer, unless it has made one, and the other gets
 * that and answers. Each is told who the other is. Of a party whose INVITE has not been answered
 * yet that is the offer, or gets the offer in its answer. */
#ifndef CALLMANAGER_CALL_JOIN_H
#define CALLMANAGER_CALL_JOIN_H

#include "calls/call.h"
#include "media/message_body.h"

struct call_join;

/* Called once, unless the join is dropped: 200, or the status that made it fail. `failed` is the
 * party that failed, NULL for neither. The join is over by then. */
typedef void call_join_fn(void *user, int status, struct call_leg *failed);

/* Between the two parties of a call. `offer`: of the first of them; NULL: it is to be asked. NULL:
 * no memory. */
struct call_join *call_join_begin(struct call_leg *offers, struct call_leg *answers,
                                  const struct message_body *offer, call_join_fn *done, void *user);
/* The same with a bridge of the media service (media_service.h) in the place of the second party,
 * which hears nothing of it. */
struct call_join *call_join_begin_bridge(struct call_leg *offers, struct media_bridge *bridge,
                                         call_join_fn *done, void *user);
/* What a party that waits is told of media (sdp_inactive.h): the answer to its offer, or an offer
 * when it has made none. Valid until the next body. */
struct message_body call_inactive_body(const struct call_leg *to, const struct message_body *offer);
/* Gives up what is under way. A party that has been asked may take the media all the same: it is
 * acknowledged, and the media of the call in which it is then are restored. */
void call_join_drop(struct call_join *join);

/* Joins the parties of an answered call anew, as they are, so that this one's session is refreshed;
 * the session timer of the leg is told when that fails. False: it cannot be now. */
bool call_join_refresh(struct call_leg *leg);

/* ---- after a join that has failed ---- */
/* Joins the parties of an answered call anew when one of them has taken the media of somebody else:
 * they have what held before; a party that waits has none. The call ends when that fails. Comes
 * back at once. */
void call_join_restore(struct call *call);
/* That is under way, or will be once a late answer has come: other changes have to wait. */
bool call_join_restores(const struct call *call);
/* The call ends, or its parties change. */
void call_join_restore_drop(struct call *call);

#endif
