/* Matching of SIP route patterns. Pure. */
#include "dial_plan/sip_routes.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { EXACT = 1000, NETWORK = 300 }; /* a name has at most 255 characters, a network 32 bits */

static unsigned closeness_of_network(const char *pattern, const char *slash, const char *host) {
    char text[16];
    struct in_addr network, address;
    const size_t length = (size_t)(slash - pattern);
    const unsigned bits = (unsigned)strtoul(slash + 1, NULL, 10);
    if (length >= sizeof text || bits > 32) {
        return 0;
    }
    memcpy(text, pattern, length);
    text[length] = '\0';
    if (inet_pton(AF_INET, text, &network) != 1 || inet_pton(AF_INET, host, &address) != 1) {
        return 0;
    }
    const uint32_t mask = bits == 0 ? 0 : UINT32_MAX << (32 - bits);
    return ((ntohl(network.s_addr) ^ ntohl(address.s_addr)) & mask) == 0 ? NETWORK + bits : 0;
}

/* How close a pattern is to a host: 0 when it does not fit, else the more the closer. */
static unsigned sip_route_closeness(const char *pattern, const char *host) {
    const char *slash = strchr(pattern, '/');
    const size_t length = strlen(host);
    if (slash != NULL) {
        return closeness_of_network(pattern, slash, host);
    }
    if (strcmp(pattern, "*") == 0) {
        return 1;
    }
    if (strncmp(pattern, "*.", 2) == 0) {
        const char *ending = pattern + 1; /* with its dot */
        const size_t ending_length = strlen(ending);
        return length > ending_length && strcasecmp(host + length - ending_length, ending) == 0
                   ? (unsigned)ending_length
                   : 0;
    }
    return strcasecmp(pattern, host) == 0 ? EXACT : 0;
}

const sj_sip_route_pattern *sip_route_find(const struct dial_plan *plan,
                                           const struct visible_partitions *visible,
                                           const char *host, size_t *rank) {
    const sj_sip_route_pattern *best = NULL, *pattern;
    const sj_list_link *link = NULL;
    unsigned closest = 0;
    while ((pattern = dial_plan_walk(plan, PLAN_SIP_ROUTE_PATTERN, &link)) != NULL) {
        const unsigned closeness = sip_route_closeness(pattern->pattern, host);
        size_t at = 0;
        while (closeness > 0 && at < visible->count &&
               strcmp(visible->names[at], pattern->partition) != 0) {
            at++;
        }
        if (closeness > 0 && at < visible->count &&
            (closeness > closest || (closeness == closest && at < *rank))) {
            best = pattern;
            closest = closeness;
            *rank = at;
        }
    }
    return best;
}
