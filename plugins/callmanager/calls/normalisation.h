/* The policy sip.normalise: operators mend what the peers of SIP trunks and phones need, or send,
 * otherwise than this node does. Asked for the messages of trunks with a Normalization Script,
 * their own or their SIP profile's, and of phones whose SIP profile has one; where there is none
 * nothing is looked at. */
#ifndef CALLMANAGER_NORMALISATION_H
#define CALLMANAGER_NORMALISATION_H

#include "calls/call_routing.h"

/* Which trunks and SIP profiles have a script has changed, perhaps. */
void normalisation_changed(struct call_manager *manager);
void normalisation_free(struct call_manager *manager);
/* The message as it is to be taken: `message`, or the changed one in `room`. */
const struct sip_message *normalise_inbound(struct call_manager *manager,
                                            const struct sip_message *message,
                                            const struct sip_flow *flow, struct sip_message *room);

/* The scripts that are asked about requests from that caller, and to that target; "": none. They
 * borrow from the dial plan. */
const char *normalisation_of_caller(struct call_manager *manager, const struct call_origin *origin);
const char *normalisation_of_target(struct call_manager *manager, const struct call_target *target);

#endif
