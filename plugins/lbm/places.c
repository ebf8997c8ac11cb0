/* The location of what people name, and the way of a call between two such places. A phone is where
 * its own record says; Hub_None there, and none, mean where its device pool is. */
#include "lbm.h"

#include "resources/device_pool.h"
#include "resources/phone.h"
#include "resources/remote_cluster.h"

void place_nearest(const struct lbm_network *network, const char *wanted, unsigned kinds,
                   char hint[SJ_NEAREST_HINT]) {
    struct sj_nearest nearest;
    sj_nearest_begin(&nearest, wanted);
    for (size_t i = 0; (kinds & PLACE_LOCATIONS) != 0 && i < network->graph->locations_count; i++) {
        sj_nearest_offer(&nearest, network->of_location[i]->name);
    }
    for (size_t i = 0; (kinds & PLACE_LINKS) != 0 && i < network->graph->links_count; i++) {
        sj_nearest_offer(&nearest, network->of_link[i]->name);
    }
    (void)sj_nearest_hint(&nearest, hint);
}

/* SJ_E_NOT_FOUND: there is no such device pool. */
static int pool_location(struct lbm *lbm, const char *name, uint32_t *location, sj_error *error) {
    sj_device_pool *pool = NULL;
    const int status = sj_device_pool_get(lbm->scope, name, &pool, error);
    if (status == SJ_OK) {
        *location = lbm_location_of(&lbm->network, pool->location);
    }
    sj_record_free(lbm->scope, pool);
    return status;
}

static int phone_location(struct lbm *lbm, const char *name, uint32_t *location, sj_error *error) {
    sj_phone *phone = NULL;
    int status = sj_phone_get(lbm->scope, name, &phone, error);
    if (status == SJ_OK &&
        (phone->location[0] == '\0' || strcmp(phone->location, SJ_LOCATION_HUB_NONE) == 0)) {
        status = pool_location(lbm, phone->device_pool, location, error);
    } else if (status == SJ_OK) {
        *location = lbm_location_of(&lbm->network, phone->location);
    }
    sj_record_free(lbm->scope, phone);
    return status;
}

static int find_place(struct lbm *lbm, const char *field, const char *name, uint32_t *location,
                      sj_error *error) {
    *location = lbm_location_of(&lbm->network, name);
    int status = *location != LBM_NOWHERE ? SJ_OK : phone_location(lbm, name, location, error);
    status = status == SJ_E_NOT_FOUND ? pool_location(lbm, name, location, error) : status;
    if (status == SJ_E_NOT_FOUND || (status == SJ_OK && *location == LBM_NOWHERE)) {
        char hint[SJ_NEAREST_HINT];
        place_nearest(&lbm->network, name, PLACE_LOCATIONS, hint);
        status = sj_error_field(error, SJ_E_NOT_FOUND, field,
                                "%s: expected a location, a phone or a device pool, got \"%s\"%s; "
                                "sojourn lbm topology names the locations",
                                field, name, hint);
    }
    return status;
}

static int no_cluster(struct lbm *lbm, const char *field, const char *cluster_id, sj_error *error) {
    struct sj_nearest nearest;
    sj_list clusters = {0};
    char hint[SJ_NEAREST_HINT];
    sj_nearest_begin(&nearest, cluster_id);
    if (sj_remote_cluster_list(lbm->scope, NULL, &clusters, NULL) != SJ_OK) {
        clusters.count = 0;
    }
    for (size_t i = 0; i < clusters.count; i++) {
        sj_nearest_offer(&nearest, sj_remote_cluster_at(&clusters, i)->cluster_id);
    }
    const int status = sj_error_field(
        error, SJ_E_NOT_FOUND, field,
        "%s: expected a cluster that has a remote cluster record here, got \"%s\"%s; "
        "sojourn remote-cluster list names them",
        field, cluster_id, sj_nearest_hint(&nearest, hint));
    sj_list_free(lbm->scope, &clusters);
    return status;
}

/* A call comes from another cluster and goes to another, or to none. */
static int check_cluster(struct lbm *lbm, const char *field, const char *cluster_id,
                         sj_error *error) {
    sj_remote_cluster *record = NULL;
    if (!sj_given(cluster_id) || lbm_shares(&lbm->network, cluster_id)) {
        return SJ_OK;
    }
    if (strcmp(cluster_id, lbm->scope->host->node->cluster_id) == 0) {
        return sj_error_field(error, SJ_E_INVALID, field,
                              "%s: expected another cluster, got \"%s\", which is this one", field,
                              cluster_id);
    }
    const int status = sj_remote_cluster_get(lbm->scope, cluster_id, &record, error);
    sj_record_free(lbm->scope, record);
    return status != SJ_E_NOT_FOUND ? status : no_cluster(lbm, field, cluster_id, error);
}

/* What is to be said of a way that is no path. */
static void tell_way(const struct lbm_network *network, const struct lbm_demand *demand,
                     const struct lbm_way *way, char *text, size_t room) {
    const bool all = sj_given(demand->from_cluster) && lbm_shares(network, demand->from_cluster);
    text[0] = '\0';
    if (way->basis == LBM_PHANTOM_END) {
        (void)snprintf(text, room,
                       "Calls with an end in Phantom take no bandwidth: they are not counted.");
    } else if (way->basis == LBM_COUNTED_THERE) {
        (void)snprintf(
            text, room,
            "The cluster that the call goes to counts it, for all of its way: nothing is "
            "taken here.");
    } else if (way->basis == LBM_OF_ENDS) {
        (void)snprintf(text, room, "No links lead from %s to %s: %s.", way->ends[0], way->ends[1],
                       way->count == 0 ? "a call that passes through takes nothing here"
                       : all           ? "the call takes from these two locations alone"
                                       : "the call takes from its party's location alone");
    } else if (way->path.locations == NULL) {
        (void)snprintf(text, room, "No links lead from %s to %s: calls between them are refused.",
                       way->ends[0], way->ends[1]);
    }
}

int way_find(struct lbm *lbm, const struct way_asked *asked, struct lbm_paths *paths,
             struct way_found *found, sj_error *error) {
    const struct lbm_network *network = &lbm->network;
    uint32_t from, to;
    /* As of a call: a location of another cluster that is not known here is Hub_None. */
    const bool foreign =
        sj_given(asked->from_cluster) && lbm_location_of(network, asked->from) == LBM_NOWHERE;
    int status = check_cluster(lbm, "from_cluster", asked->from_cluster, error);
    status = status == SJ_OK ? check_cluster(lbm, "to_cluster", asked->to_cluster, error) : status;
    status = status == SJ_OK ? find_place(lbm, "from", foreign ? SJ_LOCATION_HUB_NONE : asked->from,
                                          &from, error)
                             : status;
    status = status == SJ_OK ? find_place(lbm, "to", asked->to, &to, error) : status;
    if (status != SJ_OK) {
        return status;
    }
    *found = (struct way_found){.demand = {.from = network->graph->locations[from].name,
                                           .to = network->graph->locations[to].name,
                                           .from_cluster = asked->from_cluster,
                                           .to_cluster = asked->to_cluster}};
    const enum lbm_outcome outcome = lbm_way_find(network, paths, &found->demand, &found->way);
    if (outcome != LBM_ADMITTED && outcome != LBM_NO_PATH) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the path");
    }
    tell_way(network, &found->demand, &found->way, found->text, sizeof found->text);
    return SJ_OK;
}
