/* Two calls exchange a party: what transfers are made of. Dialogs live on as they are; what a call
 * knows of the party, its name, region and location, and that it is an emergency call, goes along
 * with it. Sends nothing. */
#ifndef CALLMANAGER_CALL_EXCHANGE_H
#define CALLMANAGER_CALL_EXCHANGE_H

#include "calls/call.h"

/* Puts each of the two parties, of two calls, into the place of the other. The same again undoes
 * it. Bandwidth that answered calls have reserved for their parties is given back, and not asked
 * for again. */
void call_exchange(struct call_leg *leg, struct call_leg *other);
/* Gives a call's caller everything that is known of another call's party. */
void call_caller_like(struct call *call, const struct call_leg *party);
/* Room for what an identity points to. */
struct call_identity_texts {
    char uri[DIRECTORY_URI], number[DIGITS_MAX];
};
/* Who a party is, as it is told to the leg `to`; valid while the calls are as they are. */
struct call_identity call_party_identity(const struct call_leg *party, const struct call_leg *to,
                                         struct call_identity_texts *texts);

#endif
