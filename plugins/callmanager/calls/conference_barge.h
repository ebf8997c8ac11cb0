/* cBarge: a phone adds itself to a call that another phone of its line has, on a bridge of the
 * media service; the call becomes a conference of that other phone, unless it is one. */
#ifndef CALLMANAGER_CONFERENCE_BARGE_H
#define CALLMANAGER_CONFERENCE_BARGE_H

#include "calls/call.h"

/* The new call, whose caller presses the key, is to be added to the call of that party. */
void conference_barge(struct call *call, struct call_leg *joined);

#endif
