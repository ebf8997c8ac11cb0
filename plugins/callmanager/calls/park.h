/* Call park. A call that is parked is a transfer to a number at which nobody answers: the party
 * that waits is the caller of a call of its own, whose other party is a leg without a dialog
 * (call_leg.stands_in). Whoever dials the number takes that leg's place, as by an INVITE with
 * Replaces (transfer.h); when nobody does in time, the call goes back. */
#ifndef CALLMANAGER_PARK_H
#define CALLMANAGER_PARK_H

#include "calls/call_routing.h"

/* A call has reached a call park number, a directed one, or one with its retrieval prefix. One that
 * is being transferred there is parked; others retrieve what is parked, or wait at a directed
 * number for their transfer. */
void park_delivered(struct call *call);
/* A party wants its call parked (softkey Park). 0, or the status with which it is refused: *why
 * says why. */
int park_by_softkey(struct call_leg *parker, const char **why);
/* The same with park monitoring (softkey ParkMonitor, whose REFER it is): the phone is told what
 * becomes of the call, and reminded of it. */
int park_monitored(struct call_leg *parker, const struct sip_message *request, const char **why);

/* A park number with its partition, as watchers name it: "501@Internal". */
void park_key(const char *number, const char *partition, char key[130]);
/* Whether a call waits there, for somebody to take it. */
bool park_waits(const struct call_manager *manager, const char *key);
/* The same of the phone by itself: 0, or the status with which the key is refused in every call. */
int park_softkey_judge(struct call_manager *manager, const struct call_origin *origin,
                       const char **why);

/* ---- what transfers say of a call that has a park ---- */
/* A call that waits at a directed park number is being transferred there. */
void park_begin(struct call *call);
/* Two parties have been put through to each other, one of which may be the park itself. */
struct park_exchange {
    const struct call_leg *came;      /* into this call */
    const char *device, *number;      /* whose place it has taken; of a transfer: the transferor */
    const char *told;                 /* that number as people are told it */
    const struct call_origin *rights; /* the transferor's; NULL: its phone is gone */
};
void park_exchanged(struct call *call, const struct park_exchange *exchange);
/* It has not come about. */
void park_failed(const struct call *call);
/* The call is freed. */
void park_forget(struct call *call);

#endif
