/* Subscription-State (RFC 6665 8.2.3): what a notifier says of a subscription of ours. Pure. */
#ifndef CALLMANAGER_SUBSCRIPTION_STATE_H
#define CALLMANAGER_SUBSCRIPTION_STATE_H

#include "sip/sip_address.h"

enum subscription_phase { SUBSCRIPTION_ACTIVE, SUBSCRIPTION_PENDING, SUBSCRIPTION_TERMINATED };

/* What a reason for the end asks of whoever had subscribed (RFC 6665 4.1.3). */
enum subscription_retry {
    RETRY_AT_ONCE, /* deactivated, timeout */
    RETRY_LATER,   /* probation, giveup, and what is not known */
    RETRY_SELDOM,  /* rejected, noresource, invariant: not until something has been changed */
};

struct subscription_state {
    enum subscription_phase phase;
    bool expires_said;
    uint32_t expires_s;
    enum subscription_retry retry; /* when it is terminated */
    uint32_t retry_after_s;        /* a day at most; 0: it has not said */
    const char *reason;            /* one that the RFC knows, or "" */
};

/* False: it is none of the phases, or a number in it cannot be read. */
bool subscription_state_read(struct sip_text value, struct subscription_state *state);

#endif
