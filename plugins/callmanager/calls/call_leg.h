/* One dialog of a call: its requests and answers as text on the wire. */
#ifndef CALLMANAGER_CALL_LEG_H
#define CALLMANAGER_CALL_LEG_H

#include "calls/call.h"
#include "calls/call_media.h"

#define CALL_ALLOW "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, NOTIFY, REFER, REGISTER\r\n"

/* A new leg with tag, listed by it. NULL when out of memory. */
call_leg *call_leg_new(call_manager *manager, call *of, const sip_flow *flow);
/* Gives it another tag: what was offered and answered under the old one counts no more (as when a call forks). */
void call_leg_renew_tag(call_leg *leg);
/* Lets go of it: freed at once, or when its INVITE has come to an end. */
void call_leg_release(call_leg *leg);
/* Its line is free for another call, though its INVITE may take a while to come to an end. */
void call_leg_leave_line(call_leg *leg);
call_leg *call_leg_find(const call_manager *manager, sip_text local_tag, sip_text call_id);
call_leg *call_leg_other(const call_leg *leg); /* of an answered call; NULL */

/* A trunk's SIP profile has timers of its own: taken over when the leg is made. NULL: those of RFC 3261. */
void call_leg_set_timers(call_leg *leg);
const sip_timers *call_leg_timers(const call_leg *leg, bool invite);

/* Takes dialog facts from the peer's message: its Contact, its tag, its Record-Route. */
bool call_leg_learn(call_leg *leg, const sip_message *message);

/* Writes the head of a request within the dialog, up to and with Contact. Fills `branch`. */
void call_leg_put_request(call_leg *leg, sip_writer *writer, const char *method, uint32_t cseq, char branch[32]);
/* Sends a bare request in a transaction without user. */
void call_leg_send(call_leg *leg, sip_method method, const char *reason);
/* Acknowledges the peer's 2xx, with the body that completes the offer. */
void call_leg_acknowledge(call_leg *leg, sip_text content_type, sip_text body);

/* Answers the caller's INVITE. `body` may be NULL. */
void call_leg_answer(call_leg *caller, int status, const char *reason, const message_body *body);
/* Sends the first INVITE of a callee. False when it cannot be sent. */
bool call_leg_invite(call_leg *leg, const call_target *target, const sip_transaction_events *events);

/* P-Asserted-Identity and Remote-Party-ID of a party. */
void call_put_identity(const call_manager *manager, sip_writer *writer, const char *name, const char *number,
                       const char *party);

#endif
