/* Phones whose security profile is authenticated or encrypted: they come over TLS, with a
 * certificate that a trusted phone authority vouches for and that bears their name. */
#ifndef CALLMANAGER_SECURE_PHONE_H
#define CALLMANAGER_SECURE_PHONE_H

#include "core/call_manager.h"
#include "phones/device.h"

enum { SECURE_PHONE_FAULT = 240 };

/* "" when the phone may speak over this flow, as far as its security mode is concerned; else why
 * not, in `text`, which has been logged. */
const char *secure_phone_fault(struct call_manager *manager, const struct device *device,
                               const struct sip_flow *flow, char text[SECURE_PHONE_FAULT]);

#endif
