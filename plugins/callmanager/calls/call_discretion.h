/* What people are told of parties that withhold who they are, in events, traces, logs and answers:
 * as the service parameter Show Withheld Callers says. The places that may have the number in any
 * case do not ask: what users say of malicious calls, and what the call itself needs. */
#ifndef CALLMANAGER_CALL_DISCRETION_H
#define CALLMANAGER_CALL_DISCRETION_H

#include "calls/call.h"

/* What stands there instead. */
#define CALL_WITHHELD "anonymous"

/* Whether people are not told who the caller is, or who is called. Of emergency calls they are. */
bool call_discretion_hides(const struct call *call, bool caller);
/* Whether call detail records have it nevertheless. */
bool call_discretion_records(const struct call_manager *manager);
/* Whether everybody is told, whoever withholds it. */
bool call_discretion_is_off(const struct call_manager *manager);
/* The number of a party as people are told it. */
const char *call_told_number(const struct call_leg *party);
const char *call_told_caller(const struct call *call);
const char *call_told_called(const struct call *call);
/* The caller's name; "" when that or the number is withheld. */
const char *call_told_caller_name(const struct call *call);
/* A number that has sent the call on; records have it no more than others. */
const char *call_told_hop(const struct call_manager *manager, const struct forward_hop *hop);

#endif
