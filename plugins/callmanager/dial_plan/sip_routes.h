/* SIP route patterns: where calls to a domain, an address or a route string go. Pure over the dial
 * plan. */
#ifndef CALLMANAGER_SIP_ROUTES_H
#define CALLMANAGER_SIP_ROUTES_H

#include "dial_plan/calling_search_space.h"
#include "resources/sip_route_pattern.h"

/* The closest pattern within reach, between equals by the order of the partitions; NULL: none. */
const sj_sip_route_pattern *sip_route_find(const struct dial_plan *plan,
                                           const struct visible_partitions *visible,
                                           const char *host, size_t *rank);

#endif
