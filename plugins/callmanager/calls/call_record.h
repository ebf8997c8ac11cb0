/* What is on record of a call, published for those who write call detail records. */
#ifndef CALLMANAGER_CALL_RECORD_H
#define CALLMANAGER_CALL_RECORD_H

#include "calls/call.h"
#include "enums/dial_plan.h"

/* It is offered, or answered, or has ended. `who_left`: the party that hung up; NULL: none did, or
 * it is not over. `status` of the end, 0 before. */
void call_record_publish(const struct call *call, sj_call_record_state state,
                         const struct call_leg *who_left, int status);

/* A transfer has parted its parties, of which one is in the other call now; or, when that is the
 * same, another will be in this one. `diverted`: the transfer is an immediate divert. */
void call_record_split(struct call *call, const struct call *into, bool diverted);

/* The transferee and the target are connected with each other in `call`. `part`: another part of
 * it, with the transferor, ends with that. What another feature did while it rang for a transfer
 * that is not attended, or as that transfer, stays what was done last. */
void call_record_transferred(bool part, struct call *call, const char *by, bool attended);

/* Who is parked waits in `call`, which goes on as the call `original` of parker and parked: with
 * its name and its trace. */
void call_record_parked(struct call *original, struct call *call);
/* Who has dialled the park number is connected with who was parked there. */
void call_record_retrieved(struct call *call, const char *park_number, const char *partition);
/* Somebody answers it who has picked it up where it rang. `at_once`: without having been rung, so
 * that the part until then is on record of its own. */
void call_record_picked_up(struct call *call, const struct number_route *rung, bool at_once);
/* Its caller is in a conference now. */
void call_record_conference(struct call *call);
/* Its caller is added to the call that the phone has at its number. */
void call_record_barged(struct call *call);
/* Its user sends it to the voice mail of that number, by the last of so many hops of its way. */
void call_record_diverted(struct call *call, const char *number, const char *partition,
                          size_t hops);
/* It goes back from there; or, with park monitoring, onwards, or back to whoever parked it. */
enum park_reversion { PARK_REVERSION, PARK_NO_RETRIEVE, PARK_NO_RETRIEVE_TO_PARKER };
void call_record_reverted(struct call *call, const char *park_number, const char *partition,
                          enum park_reversion reversion);

#endif
