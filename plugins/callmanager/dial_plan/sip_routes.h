/* SIP route patterns: where calls to a domain, an address or a route string go. Pure over the dial
 * plan. */
#ifndef CALLMANAGER_SIP_ROUTES_H
#define CALLMANAGER_SIP_ROUTES_H

#include "dial_plan/calling_search_space.h"
#include "resources/sip_route_pattern.h"

/* How close a pattern is to a host: 0 when it does not fit, else the more the closer. */
unsigned sip_route_closeness(const char *pattern, const char *host);

/* The closest pattern within reach, between equals by the order of the partitions; NULL: none. */
const sj_sip_route_pattern *sip_route_find(const struct dial_plan *plan,
                                           const struct visible_partitions *visible,
                                           const char *host, size_t *rank);

#endif
