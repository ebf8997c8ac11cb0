/* Refusals as the log shows them: one line a minute for each kind and source, and a bounded number
 * for each kind of all sources together, with the number of those in between. */
#ifndef CALLMANAGER_REFUSALS_H
#define CALLMANAGER_REFUSALS_H

#include "core/call_manager.h"

enum refusal_kind {
    REFUSED_CALL,         /* an INVITE from nowhere */
    REFUSED_DIGEST,       /* wrong credentials */
    REFUSED_FEATURE,      /* something that is not offered */
    REFUSED_DIALOG,       /* a request within a dialog from elsewhere */
    REFUSED_MOVE,         /* a REGISTER that would have moved a phone */
    REFUSED_CONNECTION,   /* too many, or half a message for too long */
    REFUSED_PHONE,        /* a phone that may not register */
    REFUSED_FLOOD,        /* more messages than one source may send */
    REFUSED_SUBSCRIPTION, /* a SUBSCRIBE for what the phone may not watch */
    NOTED_ALARM,          /* no refusal, but as easily repeated */
    REFUSAL_KINDS         /* at most REFUSAL_KINDS_MAX */
};

/* Counts it, and logs the sentence with the source at the end ("... from 192.0.2.1, and 1,234 more
 * ..."), unless this source had one of the kind within the last minute. True when the line was
 * written. */
bool refusals_note(struct call_manager *manager, enum refusal_kind kind,
                   const struct sip_flow *flow, const char *format, ...) SJ_PRINTF(4, 5);
/* Opens its counters; false: no memory. */
bool refusals_open(struct call_manager *manager);
void refusals_close(struct call_manager *manager);

/* A key of the far host for rate limits: the address, the first 64 bits of it for IPv6. */
uint64_t refusals_source(const struct sip_flow *flow);

#endif
