/* Where SIP trunks lead to: their destinations with the addresses that their names stand for now,
 * and whether these can be reached. The trunk for Extension Mobility Cross Clusters leads to the
 * nodes of the remote clusters. Names are asked for in the background and kept, so that no call
 * waits for the DNS. */
#ifndef CALLMANAGER_TRUNK_DESTINATION_H
#define CALLMANAGER_TRUNK_DESTINATION_H

#include "core/call_manager.h"
#include "sip/server_search.h"

struct trunk_registration;

struct trunk_address {
    sj_address address;
    sj_trunk_reach reach;        /* what was observed of it last */
    uint64_t datagrams_until_ms; /* monotonic: it has taken no connection */
};

struct trunk_destination {
    sj_list_link link; /* in the order of trunks' names, then as configured */
    struct call_manager *manager;
    char trunk[130];
    char address[256]; /* as configured */
    char
        cluster_id[52]; /* the remote cluster whose node it is; "" for a trunk's own destinations */
    int port;
    bool srv;
    sj_sip_transport transport;

    struct trunk_address addresses[SERVER_ADDRESSES_MAX];
    size_t count;
    char unresolved[240]; /* why there are no addresses, or none newer */
    struct server_search *search;
    struct wheel_timer search_again;

    /* trunk_status.c */
    sj_trunk_reach reach;
    int64_t since_ms, observed_ms; /* wall; 0: not observed */
    bool by_call;
    char asked[SJ_ADDRESS_TEXT + 10], reason[300];
    uint64_t warned_ms;
    unsigned probes; /* under way */
    struct wheel_timer ping;
    sj_scope *scope; /* of its metrics */
    sj_metric *reachable, *failures;

    struct trunk_registration *registration; /* trunk_registration.c; NULL: it is none */
};

struct trunk_destinations {
    struct call_manager *manager;
    sj_list_head all;
    sj_handle *due; /* the configuration has changed */
    sj_topic *changed, *registration_changed;
    sj_list_head questions; /* sip_trunk.status that wait */
};

int trunk_destinations_open(struct call_manager *manager, sj_error *error);
void trunk_destinations_free(struct call_manager *manager);
/* Something that they are made from has changed: they are made anew before they are looked at next.
 */
void trunk_destinations_changed(struct call_manager *manager);
/* The first of all, or of one trunk; NULL when there is none. */
struct trunk_destination *trunk_destinations_first(struct call_manager *manager, const char *trunk);
/* The one behind it; NULL: it was the last. */
struct trunk_destination *trunk_destinations_next(const struct trunk_destination *destination);
/* The index-th destination of a trunk as it is configured; NULL: the trunk is as an analysis tries
 * it, and its destinations are not made yet. */
struct trunk_destination *trunk_destination_configured(struct call_manager *manager,
                                                       const sj_sip_trunk *trunk, size_t index);
/* The destination of a trunk that has this address; NULL when there is none. */
struct trunk_destination *trunk_destination_of(struct call_manager *manager, const char *trunk,
                                               const struct sip_flow *flow);
/* See sip_transactions.takes_stream and refuses_stream: of a trunk's destinations over UDP, each is
 * tried, and one that takes no connection not again for some minutes. */
bool trunk_takes_stream(void *user, const struct sip_flow *datagram, struct sip_flow *stream);
void trunk_refuses_stream(void *user, const struct sip_flow *datagram);
/* Whether the destination, as configured in that trunk, has this address, whatever the port. */
bool trunk_destination_has(struct call_manager *manager, const char *trunk,
                           const sj_address *address);

#endif
