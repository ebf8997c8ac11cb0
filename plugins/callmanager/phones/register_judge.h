/* Decides what a REGISTER gets: from what it says, the phone's configuration and the registration
 * that stands. Pure. */
#ifndef CALLMANAGER_REGISTER_JUDGE_H
#define CALLMANAGER_REGISTER_JUDGE_H

#include "phones/register_facts.h"
#include "phones/registration_table.h"

/* What the REGISTER meets. */
struct register_circumstances {
    const struct device *device;    /* that registers */
    struct registration *old;       /* that has the contact, or gives way to it; NULL: none */
    struct registration *elsewhere; /* one of the phone at another host; NULL: none */
    const struct sip_flow *flow;    /* where the request came from */
    bool moved;         /* the phone was asked at its old address and does not answer there */
    uint32_t longest_s; /* for which a registration is granted */
    uint64_t now_ms;    /* monotonic */
};

enum register_action {
    REGISTER_STANDBY, /* a standby node is asked whether it lives: 200, no binding is touched */
    REGISTER_REPEAT,  /* the answer was lost: 200 once more, with the time that is left */
    REGISTER_REFUSE,  /* `status` and `reason` */
    REGISTER_REFUSE_REMOVAL, /* the same, and a line in the log: not from this address */
    REGISTER_CHECK_MOVE,     /* the address where the phone is registered is asked first */
    REGISTER_KEEP,           /* nothing changes: contacts are asked for, or one that is not
                                registered is taken off */
    REGISTER_REMOVE,         /* the contact, or all of them, is taken off */
    REGISTER_BIND,           /* it registers, or refreshes */
};

struct register_verdict {
    enum register_action action;
    bool certificate; /* the phone has to show its certificate first, */
    bool credentials; /* then its digest credentials; otherwise the action is not taken */
    int status;
    const char *reason;
    uint32_t granted_s;         /* the time in the answer */
    struct registration *asked; /* REGISTER_CHECK_MOVE: at whose address */

    /* REGISTER_BIND */
    struct sip_flow flow; /* where the phone is reached */
    bool moved;           /* from elsewhere than before */
    bool fresh;           /* under a new Call-ID: it has restarted */
    bool changed;         /* what is saved of it changes */
};

/* For one of its contacts; NULL: all are to be taken off, or are asked for. */
struct register_verdict register_judge(const struct register_facts *facts,
                                       const struct register_contact *contact,
                                       const struct register_circumstances *circumstances);

#endif
