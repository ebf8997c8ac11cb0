/* Session timers (RFC 4028) of a call's dialogs. Each is asked for one, as the service parameters
 * say, and agrees to what it asks for: either it refreshes the session and is watched, or this node
 * does, by UPDATE or by a re-INVITE that both parties take part in. */
#ifndef CALLMANAGER_SESSION_TIMER_H
#define CALLMANAGER_SESSION_TIMER_H

#include "calls/call.h"

/* ---- this node sends the request ---- */

/* For how long the first INVITE of a callee asks; 0: it asks for no timer. `least_s`: what the
 * callee has refused less of (422); 0: nothing. */
uint32_t session_timer_wanted(const struct call_manager *manager, uint32_t least_s);
void session_timer_offer(const struct call_manager *manager, uint32_t interval_s, uint32_t least_s,
                         struct sip_writer *writer);
/* Into an INVITE or UPDATE within the dialog: what holds is to go on, if something does. */
void session_timer_put(const struct call_leg *leg, struct sip_writer *writer);
/* The peer's 2xx to one of these: what it says holds from now on. */
void session_timer_accepted(struct call_leg *leg, const struct sip_message *response);

/* The peer is told who the other party is now. */
void session_timer_inform(struct call_leg *leg);

/* ---- the peer sends it ---- */

/* Agrees to what its INVITE or UPDATE asks for, and writes that into the 2xx. An INVITE whose
 * sender understands timers and asks for none gets one that this node refreshes. */
void session_timer_agree(struct call_leg *leg, const struct sip_message *request,
                         struct sip_writer *writer);

/* The dialog has ended. */
void session_timer_stop(struct call_leg *leg);
/* A refresh by re-INVITE (call_join.h) has failed. */
void session_timer_not_refreshed(struct call_leg *leg);

#endif
