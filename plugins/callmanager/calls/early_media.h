/* Of whose media the caller is told before the call is answered. */
#ifndef CALLMANAGER_EARLY_MEDIA_H
#define CALLMANAGER_EARLY_MEDIA_H

#include "calls/call.h"

/* A provisional response is to tell the caller of the callee's media, reliably or not. Those of
 * another of its dialogs than before are another dialog's for the caller as well, which one offer
 * has one answer in (RFC 3261 13.2.1). False: it is not told of them. */
bool early_media_tell(struct call_leg *caller, const struct call_leg *callee,
                      const struct sip_message *response);

#endif
