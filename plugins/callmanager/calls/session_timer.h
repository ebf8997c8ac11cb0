/* Session timers (RFC 4028) of a call's dialogs, as far as the peer asks for them: either it
 * refreshes the session and is watched, or this node does, by UPDATE. This node asks for none. */
#ifndef CALLMANAGER_SESSION_TIMER_H
#define CALLMANAGER_SESSION_TIMER_H

#include "calls/call.h"

/* Agrees to what the peer's INVITE or UPDATE asks for, and writes that into the 2xx. Without
 * Session-Expires, or when this node would have to refresh and the peer takes no UPDATE, the
 * session has no timer from now on. */
void session_timer_agree(struct call_leg *leg, const struct sip_message *request,
                         struct sip_writer *writer);
/* The dialog has ended. */
void session_timer_stop(struct call_leg *leg);

#endif
