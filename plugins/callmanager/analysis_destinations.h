/* What an analysed call would ring or try, with what else is to be known of each: whose address it
 * is, and what bandwidth is taken for it. */
#ifndef CALLMANAGER_ANALYSIS_DESTINATIONS_H
#define CALLMANAGER_ANALYSIS_DESTINATIONS_H

#include "calls/call_inquiry.h"
#include "parts/call_destination.h"

/* Of the call itself, and over the PSTN. */
enum { ANALYSIS_DESTINATIONS_MAX = 2 * CALL_TARGETS_MAX };

struct analysis_destinations {
    sj_call_destination list[ANALYSIS_DESTINATIONS_MAX];
    size_t count;
    struct destination_texts {
        char from[52], to[52], alternate[DIGITS_MAX];
        char from_cluster[52], to_cluster[52], text[400];
    } texts[ANALYSIS_DESTINATIONS_MAX];
};

/* Adds those of an outcome; `targets` are its targets, `when` says in words when they are tried, or
 * is "". Borrows from the outcome, the origin, the targets and the dial plan. */
void analysis_destinations_add(struct call_manager *manager, const struct call_origin *origin,
                               const struct call_outcome *outcome,
                               const struct call_target *targets, const char *when,
                               struct analysis_destinations *destinations);

#endif
