/* Where the parties at the far ends of trunks in Shadow are, as their clusters say once the call
 * has been offered: in what they answer, and with an offer when another party has taken the place
 * of one (a transfer). The far ends are told the same of the parties here, so that whoever counts a
 * call always knows both of its ends. A peer that says nothing keeps the place of its first INVITE.
 */
#ifndef CALLMANAGER_TOLD_PLACE_H
#define CALLMANAGER_TOLD_PLACE_H

#include "calls/call.h"

/* What came with the call. */
void told_place_began(struct call_leg *caller, const struct sip_message *request);
/* What an offer says holds once it is agreed upon; then an emergency call is one at once. Nothing
 * of a party that is no trunk in Shadow. */
void told_place_offered(struct call_leg *leg, const struct sip_message *request,
                        const struct sip_flow *flow);
/* An answer to what was sent there. */
void told_place_answered(struct call_leg *leg, const struct sip_message *response);
/* What was offered last by one of the parties holds, or does not. */
void told_place_settle(struct call *call, bool holds);
/* The place that goes along with a leg into another call. */
void told_place_keep(struct call_leg *leg, const struct call_place *place);
/* A leg that stands for that party knows what is known of it. */
void told_place_copy(struct call_leg *leg, const struct call_leg *party);

/* Puts into `place` what has been told; false: nothing has, and it is as it was. */
bool told_place_of(const struct call_leg *leg, struct call_place *place);
/* Whether the cluster at the far end counts the call that was made there, and is told of its ends.
 */
bool told_place_is_counted_there(const struct call_leg *leg);
/* The cluster that counts the call already, of which this one is another part; "": none. */
const char *told_place_counted_by(const struct call_leg *leg);

/* Into what is sent to a party of an answered call: where the other one is. To others than trunks
 * in Shadow nothing. */
void told_place_put(const struct call_leg *to, struct sip_writer *writer);
/* The same into a request, with what makes it an emergency call. */
void told_place_put_request(const struct call_leg *to, struct sip_writer *writer);

#endif
