/* What an analysed call would ring or try, with what else is to be known of each: whose address it
 * is, and what bandwidth is taken for it. */
#ifndef CALLMANAGER_ANALYSIS_DESTINATIONS_H
#define CALLMANAGER_ANALYSIS_DESTINATIONS_H

#include "calls/call_inquiry.h"
#include "parts/call_destination.h"

struct analysis_destinations {
    sj_call_destination list[CALL_TARGETS_MAX];
    size_t count;
    struct destination_texts {
        char from[52], to[52], alternate[DIGITS_MAX];
        char from_cluster[52], to_cluster[52];
    } texts[CALL_TARGETS_MAX];
};

/* Borrows from the outcome, the origin, the call manager's target_scratch and the dial plan. */
void analysis_destinations_list(struct call_manager *manager, const struct call_origin *origin,
                                const struct call_outcome *outcome,
                                struct analysis_destinations *destinations);

#endif
