/* What a call would do, asked without making one: call_decide (call_decision.h) at each number that
 * sends the call on, until it would ring, leave or be refused. */
#ifndef CALLMANAGER_CALL_INQUIRY_H
#define CALLMANAGER_CALL_INQUIRY_H

#include "calls/call_decision.h"
#include "calls/inquiry_facts.h"

enum { INQUIRY_EXPLANATION = 1600 };

struct call_outcome {
    const char *word; /* "phone", "trunk", "return_to_visiting_cluster", "blocked", "no_match",
                         "loop", "park", "refused" */
    int status;       /* of the refusal; 0: none */
    int cause;        /* of it, as in the decision */
    struct number_route route; /* of the number it came to at last */
    bool asks_code;            /* of a phone that dials digit by digit, which may go on with it */
    struct presentation presentation; /* what all that it came by say of who is shown */
    bool emergency;                   /* an emergency call, by what it came by */
    size_t target_count;              /* in the call manager's target_scratch */
    char explanation[INQUIRY_EXPLANATION];
    char lacks[CALL_DIALLED]; /* to be asked for first; nothing else of the outcome counts then */
};

/* What a call tries behind all others: the way over the PSTN when the other cluster cannot be
 * reached, or when there is too little bandwidth for the phones of a number here (automated
 * alternate routing). */
struct call_failover {
    bool any, around;                            /* around: for want of bandwidth */
    struct call_target before[CALL_TARGETS_MAX]; /* what it tries first: the outcome's targets */
    struct call_outcome outcome;                 /* of this way, with targets in target_scratch */
};

/* SJ_OK, or SJ_E_NO_MEMORY. `outcome` and `failover` are large: not for the stack; `failover` NULL:
 * it is not looked at. What other clusters have counts as far as `facts` say. */
int call_inquire(struct call_manager *manager, const struct call_origin *origin,
                 const struct call_destination *destination, const struct inquiry_facts *facts,
                 struct call_outcome *outcome, struct call_failover *failover);

/* Whether the caller's number is withheld from a target, by what the call came by and by the trunk.
 * Emergency calls show it over trunks all the same. */
bool call_outcome_withholds(const struct call_manager *manager, const struct call_outcome *outcome,
                            const struct call_target *target);

#endif
