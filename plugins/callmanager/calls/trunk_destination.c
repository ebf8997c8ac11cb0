/* The destinations of trunks. Made from the dial plan; names are asked for in the DNS through
 * sip/server_search.h. */
#include "calls/trunk_destination.h"
#include "calls/normalisation.h"
#include "calls/trunk.h"
#include "calls/trunk_registration.h"
#include "calls/trunk_status.h"

#include <stdio.h>
#include <stdlib.h>

enum { LONGEST_MS = 300 * 1000, SHORTEST_MS = 5 * 1000, DATAGRAMS_MS = 300 * 1000 };

/* ---- names ---- */

static void search(struct trunk_destination *destination);

static void search_again(struct wheel_timer *timer) {
    search(SJ_OWNER(timer, struct trunk_destination, search_again));
}

/* What was observed of an address holds while the name still leads there. */
static void take_addresses(struct trunk_destination *destination, const sj_address *addresses,
                           size_t count) {
    struct trunk_address taken[SERVER_ADDRESSES_MAX];
    memset(taken, 0, sizeof taken);
    for (size_t i = 0; i < count; i++) {
        taken[i].address = addresses[i];
        for (size_t j = 0; j < destination->count; j++) {
            if (sj_address_equal(&destination->addresses[j].address, &addresses[i])) {
                taken[i].reach = destination->addresses[j].reach;
                taken[i].datagrams_until_ms = destination->addresses[j].datagrams_until_ms;
            }
        }
    }
    memcpy(destination->addresses, taken, sizeof taken);
    destination->count = count;
}

static void found(void *user, const struct server_addresses *result) {
    struct trunk_destination *destination = user;
    sj_scope *scope = destination->manager->scope;
    int64_t wait_ms = result->fresh_ms < SHORTEST_MS ? SHORTEST_MS : result->fresh_ms;
    wait_ms = wait_ms > LONGEST_MS ? LONGEST_MS : wait_ms;
    destination->search = NULL;
    timer_wheel_start(&destination->manager->slow.wheel, &destination->search_again,
                      sj_monotonic_ms(scope), (uint64_t)wait_ms, search_again);
    if (result->status == SJ_OK) {
        const bool first = destination->count == 0;
        destination->unresolved[0] = '\0';
        take_addresses(destination, result->addresses, result->count);
        if (first) {
            trunk_status_begin(destination);
            trunk_registration_again(destination);
        }
        return;
    }
    if (strcmp(destination->unresolved, result->reason) != 0) {
        sj_log_warning(scope, "trunk %s: no address for destination %s%s: %s", destination->trunk,
                       destination->address,
                       destination->count > 0 ? "; using the last known ones" : "", result->reason);
        (void)snprintf(destination->unresolved, sizeof destination->unresolved, "%s",
                       result->reason);
    }
    if (destination->count == 0) {
        trunk_status_unresolved(destination);
    }
}

/* What this node has addresses of. */
static int families(const sj_node *node) {
    return sj_node_address_of(node, AF_INET6) == NULL  ? AF_INET
           : sj_node_address_of(node, AF_INET) == NULL ? AF_INET6
                                                       : AF_UNSPEC;
}

static void search(struct trunk_destination *destination) {
    const struct server_name name = {.name = destination->address,
                                     .port = destination->port != 0 ? destination->port
                                             : destination->transport == SJ_SIP_TRANSPORT_TLS
                                                 ? 5061
                                                 : 5060,
                                     .srv = destination->srv,
                                     .transport = destination->transport,
                                     .family = families(destination->manager->scope->host->node)};
    destination->search =
        server_search_start(destination->manager->scope, &name, found, destination);
    if (destination->search == NULL) { /* out of memory: later */
        timer_wheel_start(&destination->manager->slow.wheel, &destination->search_again,
                          sj_monotonic_ms(destination->manager->scope), SHORTEST_MS, search_again);
    }
}

/* ---- the list ---- */

static struct trunk_destination *find_same(const sj_list_head *old,
                                           const struct trunk_destination *wanted) {
    SJ_LIST_EACH(destination, old, struct trunk_destination, link) {
        if (destination->port == wanted->port && destination->srv == wanted->srv &&
            destination->transport == wanted->transport &&
            strcmp(destination->trunk, wanted->trunk) == 0 &&
            strcmp(destination->address, wanted->address) == 0 &&
            strcmp(destination->cluster_id, wanted->cluster_id) == 0) {
            return destination;
        }
    }
    return NULL;
}

static void destination_free(struct trunk_destination *destination) {
    trunk_registration_end(destination);
    timer_wheel_stop(&destination->manager->slow.wheel, &destination->search_again);
    timer_wheel_stop(&destination->manager->slow.wheel, &destination->ping);
    if (destination->search != NULL) {
        server_search_stop(destination->search);
    }
    if (destination->scope != NULL) {
        sj_scope_close(destination->scope);
    }
    free(destination);
}

/* Moves it from the old ones to the end of the list, or adds it. */
static void want(struct trunk_destinations *destinations, const sj_list_head *old,
                 const struct trunk_destination *wanted) {
    struct trunk_destination *destination = find_same(old, wanted);
    const bool fresh = destination == NULL;
    if (fresh) {
        destination = calloc(1, sizeof *destination);
        if (destination == NULL) {
            sj_log_error(destinations->manager->scope, "trunk %s: no memory for destination %s",
                         wanted->trunk, wanted->address);
            return;
        }
        *destination = *wanted;
    }
    sj_list_add_last(&destinations->all, &destination->link);
    if (fresh) {
        sj_address literal;
        if (!destination->srv &&
            sj_address_parse(destination->address, destination->port, &literal) == SJ_OK) {
            take_addresses(destination, &literal, 1);
            trunk_status_begin(destination);
        } else {
            search(destination);
        }
    } else {
        trunk_status_again(destination);
    }
    trunk_registration_again(destination);
}

static void want_nodes_of(struct trunk_destinations *destinations, const sj_list_head *old,
                          const sj_sip_trunk *trunk) {
    struct call_manager *manager = destinations->manager;
    const sj_intercluster_service_profile *profile =
        dial_plan_get(&manager->plan, PLAN_INTERCLUSTER_SERVICE_PROFILE, "default");
    const sj_remote_cluster_status *status;
    const sj_list_link *link = NULL;
    if (profile == NULL || !profile->pstn_access_active ||
        strcmp(profile->pstn_access_sip_trunk, trunk->name) != 0) {
        return;
    }
    while ((status = dial_plan_walk(&manager->plan, PLAN_REMOTE_CLUSTER_STATUS, &link)) != NULL) {
        const sj_remote_cluster *cluster =
            dial_plan_get(&manager->plan, PLAN_REMOTE_CLUSTER, status->cluster_id);
        for (size_t i = 0; cluster != NULL && cluster->pstn_access && i < status->services_count;
             i++) {
            const sj_remote_cluster_status_service *service = &status->services[i];
            for (size_t j = 0; service->service == SJ_INTERCLUSTER_SERVICE_PSTN_ACCESS &&
                               j < service->addresses_count;
                 j++) {
                struct trunk_destination destination = {
                    .manager = manager,
                    .port = status->sip_port > 0 ? (int)status->sip_port : 5060,
                    .transport = trunk_service_transport(status)};
                (void)snprintf(destination.trunk, sizeof destination.trunk, "%s", trunk->name);
                (void)snprintf(destination.address, sizeof destination.address, "%s",
                               service->addresses[j]);
                (void)snprintf(destination.cluster_id, sizeof destination.cluster_id, "%s",
                               status->cluster_id);
                want(destinations, old, &destination);
            }
        }
    }
}

static struct trunk_destination configured(struct call_manager *manager, const sj_sip_trunk *trunk,
                                           size_t index) {
    struct trunk_destination destination = {
        .manager = manager,
        .port = trunk->destination_address_is_srv ? 0 : (int)trunk->destinations[index].port,
        .srv = trunk->destination_address_is_srv,
        .transport = trunk_transport(manager, trunk)};
    (void)snprintf(destination.trunk, sizeof destination.trunk, "%s", trunk->name);
    (void)snprintf(destination.address, sizeof destination.address, "%s",
                   trunk->destinations[index].address);
    return destination;
}

static void want_destinations_of(struct trunk_destinations *destinations, const sj_list_head *old,
                                 const sj_sip_trunk *trunk) {
    for (size_t i = 0; i < trunk->destinations_count; i++) {
        const struct trunk_destination destination = configured(destinations->manager, trunk, i);
        want(destinations, old, &destination);
    }
}

static void make_anew(struct trunk_destinations *destinations) {
    sj_list_head old = {{NULL, NULL}};
    const sj_list_link *record = NULL;
    const sj_sip_trunk *trunk;
    sj_list_take_all(&destinations->all, &old);
    while ((trunk = dial_plan_walk(&destinations->manager->plan, PLAN_SIP_TRUNK, &record)) !=
           NULL) {
        if (trunk->trunk_service_type == SJ_SIP_TRUNK_SERVICE_TYPE_NONE) {
            want_destinations_of(destinations, &old, trunk);
        } else {
            want_nodes_of(destinations, &old, trunk);
        }
    }
    SJ_LIST_EACH(destination, &old, struct trunk_destination,
                 link) { /* these are no longer configured */
        destination_free(destination);
    }
    normalisation_changed(destinations->manager);
}

static void make_if_due(struct trunk_destinations *destinations) {
    if (destinations->due != NULL) {
        sj_handle_close(destinations->manager->scope, destinations->due);
        destinations->due = NULL;
        make_anew(destinations);
    }
}

static void due(void *user) {
    struct trunk_destinations *destinations = user;
    destinations->due = NULL;
    make_anew(destinations);
}

void trunk_destinations_changed(struct call_manager *manager) {
    struct trunk_destinations *destinations = manager->trunk_destinations;
    if (destinations != NULL && destinations->due == NULL) {
        destinations->due = sj_timer_start(manager->scope, 0, 0, due, destinations);
    }
}

/* ---- looking ---- */

struct trunk_destination *trunk_destinations_first(struct call_manager *manager,
                                                   const char *trunk) {
    struct trunk_destinations *destinations = manager->trunk_destinations;
    make_if_due(destinations);
    SJ_LIST_EACH(destination, &destinations->all, struct trunk_destination, link) {
        if (trunk == NULL || strcmp(destination->trunk, trunk) == 0) {
            return destination;
        }
    }
    return NULL;
}

struct trunk_destination *trunk_destinations_next(const struct trunk_destination *destination) {
    return SJ_OWNER(
        sj_list_next(&destination->manager->trunk_destinations->all, &destination->link),
        struct trunk_destination, link);
}

struct trunk_destination *trunk_destination_configured(struct call_manager *manager,
                                                       const sj_sip_trunk *trunk, size_t index) {
    const struct trunk_destination wanted = configured(manager, trunk, index);
    make_if_due(manager->trunk_destinations);
    return find_same(&manager->trunk_destinations->all, &wanted);
}

struct trunk_destination *trunk_destination_of(struct call_manager *manager, const char *trunk,
                                               const struct sip_flow *flow) {
    for (struct trunk_destination *destination = trunk_destinations_first(manager, trunk);
         destination != NULL && strcmp(destination->trunk, trunk) == 0;
         destination = trunk_destinations_next(destination)) {
        for (size_t i = 0; destination->transport == flow->transport && i < destination->count;
             i++) {
            if (sj_address_equal(&destination->addresses[i].address, &flow->remote)) {
                return destination;
            }
        }
    }
    return NULL;
}

bool trunk_destination_has(struct call_manager *manager, const char *trunk,
                           const sj_address *address) {
    const struct sip_flow flow = sip_flow_to(SJ_SIP_TRANSPORT_UDP, address);
    for (const struct trunk_destination *destination = trunk_destinations_first(manager, trunk);
         destination != NULL && strcmp(destination->trunk, trunk) == 0;
         destination = trunk_destinations_next(destination)) {
        for (size_t i = 0; i < destination->count; i++) {
            const struct sip_flow candidate =
                sip_flow_to(SJ_SIP_TRANSPORT_UDP, &destination->addresses[i].address);
            if (sip_flow_same_host(&candidate, &flow)) {
                return true;
            }
        }
    }
    return false;
}

/* ---- long requests ---- */

/* The address of a trunk over UDP; NULL: it is none's. */
static struct trunk_address *find_address(struct call_manager *manager,
                                          const struct sip_flow *datagram,
                                          struct trunk_destination **found) {
    for (struct trunk_destination *destination = trunk_destinations_first(manager, NULL);
         destination != NULL; destination = trunk_destinations_next(destination)) {
        for (size_t i = 0; destination->transport == SJ_SIP_TRANSPORT_UDP && i < destination->count;
             i++) {
            if (sj_address_equal(&destination->addresses[i].address, &datagram->remote)) {
                *found = destination;
                return &destination->addresses[i];
            }
        }
    }
    return NULL;
}

bool trunk_takes_stream(void *user, const struct sip_flow *datagram, struct sip_flow *stream) {
    struct call_manager *manager = user;
    struct trunk_destination *destination;
    const struct trunk_address *address = find_address(manager, datagram, &destination);
    *stream = sip_flow_to(SJ_SIP_TRANSPORT_TCP, &datagram->remote);
    return address != NULL && sj_monotonic_ms(manager->scope) >= address->datagrams_until_ms;
}

void trunk_refuses_stream(void *user, const struct sip_flow *datagram) {
    struct call_manager *manager = user;
    struct trunk_destination *destination;
    struct trunk_address *address = find_address(manager, datagram, &destination);
    if (address != NULL) {
        address->datagrams_until_ms = sj_monotonic_ms(manager->scope) + DATAGRAMS_MS;
        sj_log_info(manager->scope,
                    "trunk %s: destination %s takes no connection for a request that is too long "
                    "for a datagram: it goes over UDP",
                    destination->trunk, destination->address);
    }
}

/* ---- begin and end ---- */

int trunk_destinations_open(struct call_manager *manager, sj_error *error) {
    struct trunk_destinations *destinations = calloc(1, sizeof *destinations);
    if (destinations == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the destinations of trunks");
    }
    destinations->manager = manager;
    manager->trunk_destinations = destinations;
    make_anew(destinations);
    return SJ_OK;
}

void trunk_destinations_free(struct call_manager *manager) {
    struct trunk_destinations *destinations = manager->trunk_destinations;
    if (destinations == NULL) {
        return;
    }
    trunk_status_free(manager);
    SJ_LIST_EACH(destination, &destinations->all, struct trunk_destination, link) {
        free(destination); /* its timers and scopes were closed with the plugin's */
    }
    free(destinations);
    normalisation_free(manager);
    manager->trunk_destinations = NULL;
}
