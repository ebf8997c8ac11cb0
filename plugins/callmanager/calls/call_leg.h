/* One dialog of a call: its requests and answers as text on the wire. */
#ifndef CALLMANAGER_CALL_LEG_H
#define CALLMANAGER_CALL_LEG_H

#include "calls/call.h"
#include "calls/call_media.h"
#include "sip/refer.h"

#define CALL_ALLOW                                                                                 \
    "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, NOTIFY, PRACK, REFER, REGISTER\r\n"

/* A new leg with tag, listed by it. NULL when out of memory. */
struct call_leg *call_leg_new(struct call_manager *manager, struct call *call,
                              const struct sip_flow *flow);
/* Answers a call by a leg without a dialog. False: no memory. */
bool call_leg_stand_in(struct call *call);
/* Gives it another tag: what was offered and answered under the old one counts no more (as when a
 * call forks). */
void call_leg_renew_tag(struct call_leg *leg);
/* Lets go of it: freed at once, or when its INVITE has come to an end. */
void call_leg_release(struct call_leg *leg);
/* It takes one of the calls of that line, which `line_key` names. */
void call_leg_take_line(struct call_leg *leg, struct device_line *line);
/* The line on which the call is, as its phone is configured now; NULL when it is not registered any
 * more. */
struct device_line *call_leg_line(const struct call_leg *leg);
/* Whoever watches its line is told that its state has changed. */
void call_leg_show(const struct call_leg *leg);
/* Its line is free for another call, though its INVITE may take a while to come to an end. */
void call_leg_leave_line(struct call_leg *leg);
struct call_leg *call_leg_find(const struct call_manager *manager, struct sip_text local_tag,
                               struct sip_text call_id);
/* The leg whose dialog a Replaces names, by its tags from either end; NULL: none that is alive. */
struct call_leg *call_leg_replaced(const struct call_manager *manager,
                                   const struct sip_replaces *replaces);
/* The dialog as its peer has it: the to-tag is the peer's. */
void call_leg_name(const struct call_leg *leg, struct sip_replaces *dialog);
/* The legs on the lines of a directory number, which its key names, on all its phones: begin with
 * NULL. */
struct call_leg *call_leg_on_line(const struct call_manager *manager, const char *directory_number,
                                  const struct call_leg *previous);
struct call_leg *call_leg_other(const struct call_leg *leg); /* of an answered call; NULL */

/* A trunk's SIP profile has timers of its own: taken over when the leg is made. NULL: those of RFC
 * 3261. */
void call_leg_set_timers(struct call_leg *leg);
const struct sip_timers *call_leg_timers(const struct call_leg *leg, bool invite);

/* Takes dialog facts from the peer's message: its Contact, its tag, its Record-Route. */
bool call_leg_learn(struct call_leg *leg, const struct sip_message *message);
/* The same from a response to its INVITE, which stands for the whole dialog: what one before has
 * said of another counts no more (RFC 3261 13.2.2.4). */
bool call_leg_learn_dialog(struct call_leg *leg, const struct sip_message *response);

/* Writes the head of a request within the dialog, up to and with Contact. Fills `branch`. */
void call_leg_put_request(struct call_leg *leg, struct sip_writer *writer, const char *method,
                          uint32_t cseq, char branch[32]);
/* Sends a bare request in a transaction without user. */
void call_leg_send(struct call_leg *leg, enum sip_method method, const char *reason);
/* Acknowledges the peer's 2xx, with the body that completes the offer. */
void call_leg_acknowledge(struct call_leg *leg, struct sip_text content_type, struct sip_text body);

/* Answers the caller's INVITE. `body` may be NULL. */
void call_leg_answer(struct call_leg *caller, int status, const char *reason,
                     const struct message_body *body);
/* Sends the first INVITE of a callee. False when it cannot be sent. */
bool call_leg_invite(struct call_leg *leg, const struct call_target *target,
                     const struct sip_transaction_events *events);

/* How a party with that number is named to this leg's peer: to a trunk as that says, but to those
 * who help by number. A phone gets the number, which it can dial; of whoever has none, the URI. */
sj_sip_trunk_calling_and_connected_party_info_format
call_leg_identity_format(const struct call_leg *leg, const char *number);
/* The lock that a Cisco phone shows, of who is called ("to") or calls ("from"). */
void call_leg_put_security(struct sip_writer *writer, const char *orientation, bool encrypted);
/* Whether requests can be sent to its peer, or something stands in for that: not to a caller in
 * whose place a transferee is still to come. */
bool call_leg_has_dialog(const struct call_leg *leg);
/* Whether its INVITE still waits for a final answer. */
bool call_leg_unanswered(const struct call_leg *leg);

#endif
