/* What is on record of a call, published for those who write call detail records. */
#ifndef CALLMANAGER_CALL_RECORD_H
#define CALLMANAGER_CALL_RECORD_H

#include "calls/call.h"
#include "enums/dial_plan.h"

/* It is offered, or answered, or has ended. `who_left`: the party that hung up; NULL: none did, or
 * it is not over. `status` of the end, 0 before. */
void call_record_publish(const struct call *call, sj_call_record_state state,
                         const struct call_leg *who_left, int status);

/* Its parties are no longer connected with each other; `same_call`: others will be. */
void call_record_split(struct call *call, bool same_call);

/* The transferee and the target are connected with each other in `call`. `original`: the call of
 * transferor and transferee; NULL: the transferor had left before, and that is on record. */
void call_record_transferred(struct call *original, struct call *call, const char *by,
                             bool attended);

#endif
