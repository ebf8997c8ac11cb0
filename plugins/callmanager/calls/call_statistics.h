/* What the parties of calls say of their media, published for those who write call management
 * records: in their BYE, in the answer to ours, and in a re-INVITE, as when a stream ends with
 * hold. Only while Call Diagnostics are enabled. */
#ifndef CALLMANAGER_CALL_STATISTICS_H
#define CALLMANAGER_CALL_STATISTICS_H

#include "calls/call.h"

/* A request of that party; the leg is in a call. */
void call_statistics_note(const struct call_leg *leg, const struct sip_message *request);

/* For the transaction of a BYE to that party: what it says in its answer. NULL: nothing is to be
 * noted. Given to the transaction with the events, it is freed with it. */
struct call_farewell *call_statistics_await(const struct call_leg *leg);
extern const struct sip_transaction_events call_statistics_events;
/* One that was given to no transaction. */
void call_statistics_forget(struct call_farewell *farewell);

#endif
