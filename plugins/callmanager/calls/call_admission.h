/* Bandwidth for calls. Each party that a call is offered to has a reservation of its own, from the
 * caller's location to that party's, asked of whoever answers bandwidth.* (the Location Bandwidth
 * Manager) before the INVITE leaves; changes are proposed before they are passed on, and it is
 * given back as soon as the party has nothing to do with the call any more.
 *
 * While nobody answers, calls are allowed or refused as *Call Treatment When No LBM Available*
 * says, without being asked about; those allowed are counted once somebody does. Emergency calls
 * are never refused, and do not wait for an answer. A call that goes back to the visiting cluster
 * takes nothing here: both of its ends are there. */
#ifndef CALLMANAGER_CALL_ADMISSION_H
#define CALLMANAGER_CALL_ADMISSION_H

#include "calls/call.h"
#include "media/message_body.h"

/* Why a call or a change was refused, as phones show it; its Q.850 cause and its Warning. */
#define NOT_ENOUGH_BANDWIDTH "Not Enough Bandwidth"
enum { CAUSE_OUT_OF_BANDWIDTH = 125, WARNING_BANDWIDTH = 370 };
/* Whether calls are refused while nobody keeps count, but for emergency calls: Call Treatment When
 * No LBM Available. */
bool call_admission_rejects(const struct call_manager *manager);
/* Whether somebody keeps count, as far as is known. */
bool call_admission_is_counted(const struct call_manager *manager);
/* By which a call is refused for want of it. */
static inline int call_shortage_status(bool from_trunk) {
    return from_trunk ? 503 : 488;
}

enum admission_verdict {
    ADMISSION_GRANTED,
    ADMISSION_REFUSED, /* call->shortage says why */
    ADMISSION_ASKED,   /* `done` comes later, unless the party is released before */
};

typedef void call_admission_fn(void *user, struct call_leg *callee, bool granted);

int call_admission_open(struct call_manager *manager, sj_error *error);
/* After the calls are gone. */
void call_admission_close(struct call_manager *manager);

/* A call goes on with the media that have been agreed upon: they are counted, whatever room there
 * is. */
void call_admission_count(struct call_leg *callee);

/* The party and a bridge, in whose place `stand_in` is, have agreed upon media: what passes between
 * them is counted in the same way. */
void call_admission_bridged(struct call_leg *stand_in, const struct message_body *offer,
                            const struct message_body *answer);

/* May the call be offered to this party? */
enum admission_verdict call_admission_reserve(struct call_leg *callee, call_admission_fn *done,
                                              void *user);
/* May the parties go on with what the first of them offers (NULL: it is not known yet)? To be
 * followed by _agreed or _withdraw. */
enum admission_verdict call_admission_propose(struct call_leg *callee,
                                              const struct sdp_rates *offer,
                                              call_admission_fn *done, void *user);
/* Whether the answer to a question is awaited. */
bool call_admission_is_asked(const struct call_leg *callee);
/* What was proposed does not come about. */
void call_admission_withdraw(struct call_leg *callee);
/* The media are agreed upon: what has passed between the parties last holds. */
void call_admission_agreed(struct call_leg *callee);
/* The party has nothing to do with the call any more. */
void call_admission_release(struct call_leg *callee);

/* Reason and Warning of a refusal for want of bandwidth. */
void call_put_shortage(struct call_manager *manager, struct sip_writer *writer);
/* Whether a refusal has one of them. */
bool call_read_shortage(const struct sip_message *refusal);

#endif
