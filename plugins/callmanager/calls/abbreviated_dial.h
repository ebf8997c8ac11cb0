/* Abbreviated dialling: the user of a Cisco phone keys in the place of a speed dial and presses
 * AbbrDial, which calls x-cisco-serviceuri-abbrdial-<place>. The phone need not show that speed
 * dial on a key. */
#ifndef CALLMANAGER_ABBREVIATED_DIAL_H
#define CALLMANAGER_ABBREVIATED_DIAL_H

#include "calls/call_destination.h"

/* Whether that feature is meant; `place` as it was keyed in. */
bool abbreviated_dial_service(const char *feature, const char **place);
/* Whom the speed dial at that place calls. False: none, and the request has been answered; a Cisco
 * phone shows why. */
bool abbreviated_dial_find(struct call_manager *manager, const struct sip_message *request,
                           const struct sip_flow *flow, const struct call_origin *origin,
                           const char *place, struct call_destination *destination);
/* Why no place would do on that phone; NULL: some does. */
const char *abbreviated_dial_hindrance(const struct call_manager *manager,
                                       const struct device *device);

#endif
