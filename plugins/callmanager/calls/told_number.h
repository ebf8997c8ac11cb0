/* Third parties' numbers as a trunk's far side is told them: of who is connected (*Connected Party
 * Transformation CSS*), and of who has forwarded the call (*Redirecting Party Transformation CSS*).
 */
#ifndef CALLMANAGER_TOLD_NUMBER_H
#define CALLMANAGER_TOLD_NUMBER_H

#include "calls/call.h"
#include "dial_plan/party_transformation.h"

/* Changes the number of a connected or redirecting party as that trunk does, and says whether it is
 * shown. Nothing without memory. Of the query count what `party_transformation` reads. */
void told_number(const struct call_manager *manager, const char *trunk,
                 enum transformed_party party, const struct route_query *query,
                 char number[DIGITS_MAX], sj_presentation *shown);
/* Who is connected, as `to` is told it: changed when that is a trunk from which the call, or its
 * dialog, has come in. `party` NULL: nobody is there yet. `number` keeps the changed one. */
void told_number_connected(const struct call_leg *party, const struct call_leg *to,
                           struct call_identity *identity, char number[DIGITS_MAX]);
/* The same of who has forwarded a call that goes out by the trunk `to`, a leg. */
void told_number_redirecting(const void *to, struct forward_hop *hop);

#endif
