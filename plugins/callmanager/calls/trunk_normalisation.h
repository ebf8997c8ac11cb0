/* The policy sip.normalise: operators mend what the peers of SIP trunks need, or send, otherwise
 * than this node does. Asked for the messages of trunks with a Normalization Script, their own or
 * their SIP profile's; where there is none nothing is looked at. */
#ifndef CALLMANAGER_TRUNK_NORMALISATION_H
#define CALLMANAGER_TRUNK_NORMALISATION_H

#include "core/call_manager.h"

/* Which trunks have a script has changed, perhaps. */
void trunk_normalisation_changed(struct call_manager *manager);
void trunk_normalisation_free(struct call_manager *manager);
/* The message as it is to be taken: `message`, or the changed one in `room`. */
const struct sip_message *trunk_normalise_inbound(struct call_manager *manager,
                                                  const struct sip_message *message,
                                                  const struct sip_flow *flow,
                                                  struct sip_message *room);

#endif
