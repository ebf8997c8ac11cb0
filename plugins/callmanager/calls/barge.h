/* Barge: a phone adds itself to a call that another phone of its line has (INVITE with Join, RFC
 * 3911; Cisco's keys Barge and cBarge). Media of three are mixed by the phone that is in the call,
 * where that can (a built-in bridge): the barger calls it, and it is told which of its calls is
 * meant. With cBarge the call becomes a conference (conference_barge.h). This node mixes nothing.
 */
#ifndef CALLMANAGER_BARGE_H
#define CALLMANAGER_BARGE_H

#include "calls/call_routing.h"

/* The party at whose phone a call is to be joined. NULL: it cannot be, and the request has been
 * answered; a Cisco phone shows it, too. *resumes: the party has put the other on hold, and a Cisco
 * phone that presses neither Barge nor cBarge wants its place. */
struct call_leg *barge_find(struct call_manager *manager, const struct sip_message *request,
                            const struct sip_flow *flow, const struct call_origin *origin,
                            bool *resumes);
/* Offers the new call to that phone, or has it come into the conference that the other one
 * becomes. */
void barge_begin(struct call *call, struct call_leg *joined);

#endif
