/* The destinations of trunks. Made from the dial plan; names are asked for in the DNS through
 * sip/server_search.h. */
#include "calls/trunk_destination.h"
#include "calls/trunk.h"
#include "calls/trunk_status.h"

#include <stdio.h>
#include <stdlib.h>

enum { LONGEST_MS = 300 * 1000, SHORTEST_MS = 5 * 1000 };

/* ---- names ---- */

static void search(struct trunk_destination *of);

static void search_again(struct wheel_timer *timer) {
    search(SJ_OWNER(timer, struct trunk_destination, search_again));
}

/* What was observed of an address holds while the name still leads there. */
static void take_addresses(struct trunk_destination *of, const sj_address *addresses,
                           size_t count) {
    struct trunk_address taken[SERVER_ADDRESSES_MAX];
    memset(taken, 0, sizeof taken);
    for (size_t i = 0; i < count; i++) {
        taken[i].address = addresses[i];
        for (size_t j = 0; j < of->count; j++) {
            if (sj_address_equal(&of->addresses[j].address, &addresses[i])) {
                taken[i].reach = of->addresses[j].reach;
            }
        }
    }
    memcpy(of->addresses, taken, sizeof taken);
    of->count = count;
}

static void found(void *user, const struct server_addresses *result) {
    struct trunk_destination *of = user;
    sj_scope *scope = of->manager->scope;
    int64_t wait_ms = result->fresh_ms < SHORTEST_MS ? SHORTEST_MS : result->fresh_ms;
    wait_ms = wait_ms > LONGEST_MS ? LONGEST_MS : wait_ms;
    of->search = NULL;
    timer_wheel_start(&of->manager->slow.wheel, &of->search_again, sj_monotonic_ms(scope),
                      (uint64_t)wait_ms, search_again);
    if (result->status == SJ_OK) {
        const bool first = of->count == 0;
        of->unresolved[0] = '\0';
        take_addresses(of, result->addresses, result->count);
        if (first) {
            trunk_status_begin(of);
        }
        return;
    }
    if (strcmp(of->unresolved, result->reason) != 0) {
        sj_log_warning(scope, "trunk %s: no address for destination %s%s: %s", of->trunk,
                       of->address, of->count > 0 ? "; using the last known ones" : "",
                       result->reason);
        (void)snprintf(of->unresolved, sizeof of->unresolved, "%s", result->reason);
    }
    if (of->count == 0) {
        trunk_status_unresolved(of);
    }
}

static void search(struct trunk_destination *of) {
    const struct server_name name = {.name = of->address,
                                     .port = of->port != 0                           ? of->port
                                             : of->transport == SJ_SIP_TRANSPORT_TLS ? 5061
                                                                                     : 5060,
                                     .srv = of->srv,
                                     .transport = of->transport,
                                     .family = strchr(of->manager->address, ':') != NULL ? AF_INET6
                                                                                         : AF_INET};
    of->search = server_search_start(of->manager->scope, &name, found, of);
    if (of->search == NULL) { /* out of memory: later */
        timer_wheel_start(&of->manager->slow.wheel, &of->search_again,
                          sj_monotonic_ms(of->manager->scope), SHORTEST_MS, search_again);
    }
}

/* ---- the list ---- */

static struct trunk_destination *find_same(const sj_list_head *old,
                                           const struct trunk_destination *like) {
    SJ_LIST_EACH(one, old, struct trunk_destination, link) {
        if (one->port == like->port && one->srv == like->srv && one->transport == like->transport &&
            strcmp(one->trunk, like->trunk) == 0 && strcmp(one->address, like->address) == 0 &&
            strcmp(one->cluster_id, like->cluster_id) == 0) {
            return one;
        }
    }
    return NULL;
}

static void destination_free(struct trunk_destination *gone) {
    timer_wheel_stop(&gone->manager->slow.wheel, &gone->search_again);
    timer_wheel_stop(&gone->manager->slow.wheel, &gone->ping);
    if (gone->search != NULL) {
        server_search_stop(gone->search);
    }
    if (gone->scope != NULL) {
        sj_scope_close(gone->scope);
    }
    free(gone);
}

/* Moves it from the old ones to the end of the list, or adds it. */
static void want(struct trunk_destinations *all, const sj_list_head *old,
                 const struct trunk_destination *like) {
    struct trunk_destination *one = find_same(old, like);
    const bool fresh = one == NULL;
    if (fresh) {
        one = calloc(1, sizeof *one);
        if (one == NULL) {
            sj_log_error(all->manager->scope, "trunk %s: no memory for destination %s", like->trunk,
                         like->address);
            return;
        }
        *one = *like;
    }
    sj_list_add_last(&all->all, &one->link);
    if (fresh) {
        sj_address literal;
        if (!one->srv && sj_address_parse(one->address, one->port, &literal) == SJ_OK) {
            take_addresses(one, &literal, 1);
            trunk_status_begin(one);
        } else {
            search(one);
        }
    } else {
        trunk_status_again(one);
    }
}

static void want_nodes_of(struct trunk_destinations *all, const sj_list_head *old,
                          const sj_sip_trunk *trunk) {
    struct call_manager *manager = all->manager;
    const sj_intercluster_service_profile *profile =
        dial_plan_get(&manager->plan, PLAN_INTERCLUSTER_SERVICE_PROFILE, "default");
    const sj_remote_cluster_status *status;
    const sj_list_link *at = NULL;
    if (profile == NULL || !profile->pstn_access_active ||
        strcmp(profile->pstn_access_sip_trunk, trunk->name) != 0) {
        return;
    }
    while ((status = dial_plan_walk(&manager->plan, PLAN_REMOTE_CLUSTER_STATUS, &at)) != NULL) {
        const sj_remote_cluster *cluster =
            dial_plan_get(&manager->plan, PLAN_REMOTE_CLUSTER, status->cluster_id);
        for (size_t i = 0; cluster != NULL && cluster->pstn_access && i < status->services_count;
             i++) {
            const sj_remote_cluster_status_service *of = &status->services[i];
            for (size_t j = 0;
                 of->service == SJ_INTERCLUSTER_SERVICE_PSTN_ACCESS && j < of->addresses_count;
                 j++) {
                struct trunk_destination like = {
                    .manager = manager,
                    .port = status->sip_port > 0 ? (int)status->sip_port : 5060,
                    .transport = trunk_service_transport(status)};
                (void)snprintf(like.trunk, sizeof like.trunk, "%s", trunk->name);
                (void)snprintf(like.address, sizeof like.address, "%s", of->addresses[j]);
                (void)snprintf(like.cluster_id, sizeof like.cluster_id, "%s", status->cluster_id);
                want(all, old, &like);
            }
        }
    }
}

static void want_destinations_of(struct trunk_destinations *all, const sj_list_head *old,
                                 const sj_sip_trunk *trunk) {
    for (size_t i = 0; i < trunk->destinations_count; i++) {
        struct trunk_destination like = {
            .manager = all->manager,
            .port = trunk->destination_address_is_srv ? 0 : (int)trunk->destinations[i].port,
            .srv = trunk->destination_address_is_srv,
            .transport = trunk_transport(all->manager, trunk)};
        (void)snprintf(like.trunk, sizeof like.trunk, "%s", trunk->name);
        (void)snprintf(like.address, sizeof like.address, "%s", trunk->destinations[i].address);
        want(all, old, &like);
    }
}

static void make_anew(struct trunk_destinations *all) {
    sj_list_head old = {{NULL, NULL}};
    const sj_list_link *record = NULL;
    const sj_sip_trunk *trunk;
    sj_list_take_all(&all->all, &old);
    while ((trunk = dial_plan_walk(&all->manager->plan, PLAN_SIP_TRUNK, &record)) != NULL) {
        if (trunk->trunk_service_type == SJ_SIP_TRUNK_SERVICE_TYPE_NONE) {
            want_destinations_of(all, &old, trunk);
        } else {
            want_nodes_of(all, &old, trunk);
        }
    }
    SJ_LIST_EACH(one, &old, struct trunk_destination, link) { /* these are no longer configured */
        destination_free(one);
    }
}

static void make_if_due(struct trunk_destinations *all) {
    if (all->due != NULL) {
        sj_handle_close(all->manager->scope, all->due);
        all->due = NULL;
        make_anew(all);
    }
}

static void due(void *user) {
    struct trunk_destinations *all = user;
    all->due = NULL;
    make_anew(all);
}

void trunk_destinations_changed(struct call_manager *manager) {
    struct trunk_destinations *all = manager->trunk_destinations;
    if (all != NULL && all->due == NULL) {
        all->due = sj_timer_start(manager->scope, 0, 0, due, all);
    }
}

/* ---- looking ---- */

struct trunk_destination *trunk_destinations_first(struct call_manager *manager,
                                                   const char *trunk) {
    struct trunk_destinations *all = manager->trunk_destinations;
    make_if_due(all);
    SJ_LIST_EACH(one, &all->all, struct trunk_destination, link) {
        if (trunk == NULL || strcmp(one->trunk, trunk) == 0) {
            return one;
        }
    }
    return NULL;
}

struct trunk_destination *trunk_destinations_next(const struct trunk_destination *of) {
    return SJ_OWNER(sj_list_next(&of->manager->trunk_destinations->all, &of->link),
                    struct trunk_destination, link);
}

struct trunk_destination *trunk_destination_of(struct call_manager *manager, const char *trunk,
                                               const struct sip_flow *flow) {
    for (struct trunk_destination *at = trunk_destinations_first(manager, trunk);
         at != NULL && strcmp(at->trunk, trunk) == 0; at = trunk_destinations_next(at)) {
        for (size_t i = 0; at->transport == flow->transport && i < at->count; i++) {
            if (sj_address_equal(&at->addresses[i].address, &flow->remote)) {
                return at;
            }
        }
    }
    return NULL;
}

bool trunk_destination_has(struct call_manager *manager, const char *trunk,
                           const sj_address *address) {
    const struct sip_flow wanted = {SJ_SIP_TRANSPORT_UDP, *address};
    for (const struct trunk_destination *at = trunk_destinations_first(manager, trunk);
         at != NULL && strcmp(at->trunk, trunk) == 0; at = trunk_destinations_next(at)) {
        for (size_t i = 0; i < at->count; i++) {
            const struct sip_flow have = {SJ_SIP_TRANSPORT_UDP, at->addresses[i].address};
            if (sip_flow_same_host(&have, &wanted)) {
                return true;
            }
        }
    }
    return false;
}

/* ---- begin and end ---- */

int trunk_destinations_open(struct call_manager *manager, sj_error *error) {
    struct trunk_destinations *all = calloc(1, sizeof *all);
    if (all == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the destinations of trunks");
    }
    all->manager = manager;
    manager->trunk_destinations = all;
    make_anew(all);
    return SJ_OK;
}

void trunk_destinations_free(struct call_manager *manager) {
    struct trunk_destinations *all = manager->trunk_destinations;
    if (all == NULL) {
        return;
    }
    trunk_status_free(manager);
    SJ_LIST_EACH(one, &all->all, struct trunk_destination, link) {
        free(one); /* its timers and scopes were closed with the plugin's */
    }
    free(all);
    manager->trunk_destinations = NULL;
}
