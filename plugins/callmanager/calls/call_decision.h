/* What becomes of dialled digits at one point of a call. It is decided here for calls, and for
 * those who ask what a call would do (call_inquiry.h). */
#ifndef CALLMANAGER_CALL_DECISION_H
#define CALLMANAGER_CALL_DECISION_H

#include "calls/call_analysis.h"

struct call_decision {
    const sj_directory_number *number;  /* of this cluster, or NULL; until the plan changes */
    struct forward_decision forwarding; /* what becomes of the call there; with a number */
    size_t target_count;                /* in the call manager's target_scratch */
    int status;                         /* nobody can be tried: the answer, and why */
    int cause; /* then: 125 when it is for want of bandwidth; 0: as the status says */
    sj_error reason;
};

/* SJ_OK, or SJ_E_NO_MEMORY. The route's own directory_number is NULL afterwards: the plan may
 * change while a call lives. With NUMBER_UNASKED in the route nothing is decided yet. */
int call_decide(struct call_manager *manager, const struct call_origin *origin,
                const struct call_destination *destination, const struct call_facts *facts,
                struct number_route *route, struct call_decision *decision);

/* What is dialled when a way to another cluster, learned with this PSTN failover number ("": none),
 * ends with this status. False: nothing, as when the other cluster itself refuses. */
bool call_failover_dialled(const char *failover, int status, struct call_destination *dialled);

/* What counts at a directory number that a call has reached. */
struct forward_point call_forward_point(const struct call_manager *manager,
                                        const sj_directory_number *number, bool external,
                                        const char *calling);
/* The number that sends a call on, as one hop of its way. */
void call_forward_hop(const struct number_route *route, const char *key,
                      const sj_directory_number *number, sj_forward_reason reason,
                      struct forward_hop *hop);
/* The caller as the forwarding number lets it go on: of `before` it keeps who calls, and nothing of
 * what that may reach. */
void call_origin_forward(const struct call_origin *before, const struct forward_decision *decision,
                         struct call_origin *origin);

#endif
