/* From a dialled URI to what it means: a directory URI of this cluster, one that was learned, or a
 * domain. Pure over the dial plan. */
#ifndef CALLMANAGER_URI_ROUTING_H
#define CALLMANAGER_URI_ROUTING_H

#include "dial_plan/number_routing.h"

struct uri_query {
    const char *user, *host;            /* what stands before and behind the @ */
    const struct learned_fact *learned; /* NULL: not asked for yet */
    bool ends_here;                     /* it is this cluster's or nobody's */
    bool any_case;                      /* URI Lookup Policy: the user part in any case */
};

/* Whether what stands before the @ is a number in the eyes of a SIP profile. */
bool dial_string_is_number(sj_sip_profile_dial_string_interpretation interpretation,
                           const char *user);

/* SJ_OK with an outcome, or SJ_E_NO_MEMORY. NUMBER_UNASKED: it is none of this cluster, and
 * `learned` is lacking. */
int uri_routing(const struct dial_plan *plan, const struct number_caller *caller,
                const struct uri_query *query, struct number_route *route);

/* Goes to where the SIP route patterns say for a host or route string, as `called`. SJ_OK with an
 * outcome, or SJ_E_NO_MEMORY. */
int host_routing(const struct dial_plan *plan, const struct number_caller *caller,
                 const char *called, const char *host, struct number_route *route);

#endif
