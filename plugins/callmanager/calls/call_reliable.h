/* Provisional responses that are acknowledged (RFC 3262), on both sides of a call, as the SIP
 * profiles of its parties say. A description that the callee has sent so counts as its answer,
 * though its 2xx may bear none; an offer goes on to the caller when that can answer it in a PRACK.
 */
#ifndef CALLMANAGER_CALL_RELIABLE_H
#define CALLMANAGER_CALL_RELIABLE_H

#include "calls/call.h"
#include "media/message_body.h"

/* ---- towards the caller ---- */

/* What the INVITE of a caller says of them, and its SIP profile. False: it requires what that
 * profile does not allow. */
bool call_reliable_allowed(struct call_manager *manager, bool trunk, const char *device_name,
                           const struct sip_message *invite);
/* Its provisional responses will be as both say; without memory they are plain ones. False: it
 * requires reliable ones, and there is no memory. */
bool call_reliable_begin(struct call_leg *caller, const struct sip_message *invite);
/* True: this response waits until the one before has been acknowledged. `body` may be NULL. */
bool call_reliable_hold(struct call_leg *caller, int status, const struct message_body *body);
/* Whether this response is a reliable one; then its headers are written. */
bool call_reliable_put(struct call_leg *caller, int status, const struct message_body *body,
                       struct sip_writer *writer);
/* That response has been sent: repeated until it is acknowledged. A final one ends that. */
void call_reliable_sent(struct call_leg *caller, int status, bool reliable, bool described);
/* The dialog has another tag: what was sent under the old one is for nobody any more. */
void call_reliable_forget(struct call_leg *caller);
/* PRACK. */
void call_reliable_acknowledged(struct call_leg *caller, const struct sip_message *request,
                                const struct sip_flow *flow);

/* ---- from a callee ---- */

/* Whether its INVITE offers them. */
bool call_reliable_offer(struct call_leg *callee);

enum reliable_news {
    RELIABLE_NOT,   /* a plain response */
    RELIABLE_NEW,   /* to be acknowledged */
    RELIABLE_OFFER, /* the same, with the offer that the caller is to answer */
    RELIABLE_STALE, /* a repetition, or one before which another is missing: as if it had not come
                     */
};
/* Takes a provisional response. */
enum reliable_news call_reliable_receive(struct call_leg *callee,
                                         const struct sip_message *response);
/* Sends the PRACK, with the answer to an offer. */
void call_reliable_acknowledge(struct call_leg *callee, const struct message_body *answer);
/* What the callee says last of its media: in its 2xx, or in a reliable response before. */
struct message_body call_reliable_description(const struct call_leg *callee,
                                              const struct sip_message *response);
/* The response that is sent to the caller next passes the callee's description on. */
void call_reliable_couple(struct call_leg *caller, const struct call_leg *callee,
                          const struct sip_message *response, bool offer);
/* Whether the caller has got the callee's description so, and the 2xx needs none. Of another one's
 * the dialog begins anew, as where a call forks. */
bool call_reliable_agreed(struct call_leg *caller, const struct call_leg *callee,
                          const struct sip_message *response);

/* A dialog that a callee has with us, by a message of its: our tag and its own. Never 0. */
uint64_t call_reliable_dialog(const struct call_leg *callee, const struct sip_message *message);
/* Whether the caller has yet to acknowledge the response sent last. */
bool call_reliable_repeats(const struct call_leg *caller);

/* ---- further offers in early dialogs (RFC 3311 5, RFC 3262 5) ---- */

/* Whether a party of a call that is not answered may make an offer now, in `request`, and to whom
 * it goes: NULL with the status that refuses it, and a sentence or "". */
struct call_leg *call_reliable_partner(struct call_leg *from, const struct sip_message *request,
                                       int *status, const char **why);
/* What a party says last of its media, in an offer or an answer that has been agreed upon. */
void call_reliable_note(struct call_leg *callee, const struct message_body *description);

/* The leg is let go of. */
void call_reliable_free(struct call_leg *leg);

#endif
