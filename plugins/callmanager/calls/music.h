/* Music on hold: whoever is held by a Cisco phone is joined to music of the media service, where
 * there is one, and comes back with the re-INVITE by which the phone resumes the call. */
#ifndef CALLMANAGER_MUSIC_H
#define CALLMANAGER_MUSIC_H

#include "calls/call.h"

/* The party has acknowledged the answer to a re-INVITE: when it holds the other one now, that is to
 * hear music. */
void music_acknowledged(struct call_leg *holder);
/* Whoever held resumes, the parties change, or the call ends. */
void music_forget(struct call *call);

#endif
