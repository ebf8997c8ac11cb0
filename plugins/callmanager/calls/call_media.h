/* What the legs of a call say to each other about media, in passing. Calls in which a leg is a
 * visitor's phone of EMCC are held to the EMCC region parameters, whatever the region of the other
 * party; those of the moment it began hold for the whole call. A call that goes back to the visited
 * cluster may be an emergency call: there larger codecs come last and are never taken out, so that
 * no bit rate ever refuses it. Its audio stays at the visited site. All other calls are held to
 * what the regions of both parties allow (call_region.h); those for emergencies again lose no
 * codec.
 *
 * Keys of encrypted media (RFC 4568) pass between two parties over TLS, and between two that are
 * not, as they came. From one to the other they stay behind: media that need not be encrypted go on
 * in the clear, others are refused with 488. */
#ifndef CALLMANAGER_CALL_MEDIA_H
#define CALLMANAGER_CALL_MEDIA_H

#include "calls/call.h"
#include "media/message_body.h"

/* The body of a message from one party to the other (one of them is the caller), as it may go on;
 * it stays valid until the next body. False when it may not: then call->refusal says why, to be
 * answered with 488. */
bool call_media_pass(struct call *call, struct call_leg *from, struct call_leg *to,
                     const struct sip_message *message, struct message_body *result);
/* The same of a body that was kept, or of one whose message does not say whether it is an offer. */
bool call_media_pass_body(struct call *call, struct call_leg *from, struct call_leg *to,
                          const struct message_body *body, bool offer, struct message_body *result);
/* The same for the offer of the first INVITE. */
bool call_media_offer(struct call *call, struct call_leg *callee, struct message_body *result);
/* The body of a message, with its type. */
struct message_body call_media_body(const struct sip_message *message);
/* What the first offer to this party may lead to. False: it may not pass. */
bool call_media_first_rates(struct call_leg *callee, struct call_rates *rates);
/* What the offer in a request of a call's party to the other is about. False: it has none, or it
 * may not pass. */
bool call_media_offer_rates(struct call_leg *from, struct call_leg *to,
                            const struct sip_message *message, struct sdp_rates *rates);
void call_media_free(struct call *call);

#endif
