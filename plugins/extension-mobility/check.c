/* `sojourn emcc check`: for each remote cluster, everything that would make a traveller's login or first emergency call fail,
 * said before it happens. Beyond Validate it walks the traveller's way from each place of the other cluster: roaming device
 * pool, adjunct CSS, an emergency pattern that comes back to the visited cluster. */
#include "findings.h"

#include "events/emcc.h"
#include "resources/calling_search_space.h"
#include "resources/route_list.h"
#include "resources/route_pattern.h"

#define LOCAL_ROUTE_GROUP "Standard Local Route Group"

/* Whether calls of visitors over this route list leave through the visited cluster. */
static bool returns_to_visited_cluster(sj_scope *scope, const char *name) {
    sj_route_list *list = NULL;
    bool returns = false;
    if (em_given(name) && sj_route_list_get(scope, name, &list, NULL) == SJ_OK && list->enabled &&
        list->return_to_visiting_cluster != SJ_ROUTE_LIST_RETURN_TO_VISITING_CLUSTER_NEVER) {
        for (size_t i = 0; i < list->members_count && !returns; i++) {
            returns = strcmp(list->members[i].route_group, LOCAL_ROUTE_GROUP) == 0;
        }
    }
    sj_record_free(scope, list);
    return returns;
}

/* How many patterns of the CSS bring a visitor's call back to the visited cluster. */
static size_t emergency_patterns(sj_scope *scope, const char *calling_search_space) {
    sj_calling_search_space *space = NULL;
    size_t found = 0;
    if (sj_calling_search_space_get(scope, calling_search_space, &space, NULL) != SJ_OK) {
        return 0;
    }
    for (size_t i = 0; i < space->partitions_count; i++) {
        const sj_query query = {.field = "partition", .value = space->partitions[i]};
        sj_list patterns = {0};
        if (sj_route_pattern_list(scope, &query, &patterns, NULL) != SJ_OK) {
            continue;
        }
        for (size_t k = 0; k < patterns.count; k++) {
            const sj_route_pattern *pattern = sj_route_pattern_at(&patterns, k);
            found += !pattern->block && returns_to_visited_cluster(scope, pattern->route_list);
        }
        sj_list_free(scope, &patterns);
    }
    sj_record_free(scope, space);
    return found;
}

static void check_place(struct findings *findings, const sj_remote_cluster *cluster,
                        const sj_remote_cluster_status_place *place) {
    struct em *em = findings->em;
    const sj_intercluster_login login = {.device_name = "", .geolocation = place->geolocation};
    sj_device_pool *pool = em_roaming_device_pool(em, findings->scope, &login, cluster, "");
    if (pool == NULL) {
        findings_add(findings,
                     "Phones at %s of cluster %s get no roaming device pool: the EMCC template's device pool is used.",
                     place->name, cluster->cluster_id);
    } else if (!em_given(pool->adjunct_calling_search_space)) {
        findings_add(
            findings,
            "Phones at %s of cluster %s roam in device pool %s, which has no adjunct CSS: emergency numbers of that place may "
            "not be reached.",
            place->name, cluster->cluster_id, pool->name);
    } else if (emergency_patterns(em->scope, pool->adjunct_calling_search_space) == 0) {
        findings_add(
            findings,
            "Phones at %s of cluster %s roam in device pool %s: no route pattern in its adjunct CSS %s leads to a route list "
            "with the " LOCAL_ROUTE_GROUP ", so no emergency call leaves through that cluster.",
            place->name, cluster->cluster_id, pool->name, pool->adjunct_calling_search_space);
    }
    sj_record_free(em->scope, pool);
}

static void check_way(struct findings *findings, const sj_remote_cluster *cluster) {
    sj_scope *scope = findings->em->scope;
    sj_remote_cluster_status *status = NULL;
    if (sj_remote_cluster_status_get(scope, cluster->cluster_id, &status, NULL) != SJ_OK || status->last_succeeded == 0) {
        return;
    }
    for (size_t i = 0; i < status->services_count; i++) {
        const sj_remote_cluster_status_service *service = &status->services[i];
        if (service->service == SJ_REMOTE_CLUSTER_STATUS_SERVICE_SERVICE_PSTN_ACCESS &&
            (service->remote_activated != SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_YES ||
             service->addresses_count == 0)) {
            findings_add(findings,
                         "PSTN Access is not active at cluster %s, or no node of it takes calls: visitors' emergency calls "
                         "cannot leave there.",
                         cluster->cluster_id);
        }
    }
    if (!cluster->pstn_access) {
        findings_add(findings, "PSTN Access is off in the record of remote cluster %s.", cluster->cluster_id);
    }
    if (status->places_count == 0) {
        findings_add(findings, "Cluster %s gives its phones no geolocation: no roaming device pool can be chosen for them.",
                     cluster->cluster_id);
    }
    for (size_t i = 0; i < status->places_count; i++) {
        check_place(findings, cluster, &status->places[i]);
    }
    sj_record_free(scope, status);
}

static void answer(struct em *em, sj_scope *scope, sj_question *question, const char *cluster_id, const sj_list *clusters) {
    struct findings *own = sj_scope_alloc(scope, sizeof *own);
    sj_emcc_check_reply_cluster *found = sj_scope_alloc(scope, (clusters->count + 1) * sizeof *found);
    sj_emcc_check_reply reply = {.ready = true, .clusters = found};
    if (own == NULL || found == NULL) {
        sj_fail(em->scope, question, SJ_E_NO_MEMORY, "out of memory");
        return;
    }
    own->em = em;
    own->scope = scope;
    findings_of_this_cluster(own);
    reply.problems = own->problems;
    reply.problems_count = own->count;
    reply.ready = own->count == 0;
    for (size_t i = 0; i < clusters->count; i++) {
        const sj_remote_cluster *cluster = sj_remote_cluster_at(clusters, i);
        struct findings *findings = sj_scope_alloc(scope, sizeof *findings);
        if (findings == NULL || !cluster->emcc || (em_given(cluster_id) && strcmp(cluster_id, cluster->cluster_id) != 0)) {
            continue;
        }
        findings->em = em;
        findings->scope = scope;
        findings_of_remote_cluster(findings, cluster);
        check_way(findings, cluster);
        found[reply.clusters_count].cluster_id = cluster->cluster_id;
        found[reply.clusters_count].ready = findings->count == 0;
        found[reply.clusters_count].problems = findings->problems;
        found[reply.clusters_count].problems_count = findings->count;
        reply.clusters_count++;
        reply.ready = reply.ready && findings->count == 0;
    }
    if (reply.clusters_count == 0 && em_given(cluster_id)) {
        sj_fail(em->scope, question, SJ_E_NOT_FOUND, "there is no remote cluster %s with EMCC", cluster_id);
    } else {
        sj_reply_emcc_check(em->scope, question, &reply);
    }
}

static void on_check(void *user, sj_question *question, const sj_emcc_check *request) {
    struct em *em = user;
    sj_list clusters = {0};
    sj_error error = {0};
    sj_scope *scope = sj_scope_open(em->scope, "check", NULL, NULL);
    if (scope == NULL) {
        sj_fail(em->scope, question, SJ_E_NO_MEMORY, "out of memory");
        return;
    }
    if (sj_remote_cluster_list(em->scope, NULL, &clusters, &error) != SJ_OK) {
        sj_fail_error(em->scope, question, &error);
    } else {
        answer(em, scope, question, request->cluster_id, &clusters);
    }
    sj_list_free(em->scope, &clusters);
    sj_scope_close(scope);
}

int em_check_open(struct em *em, sj_error *error) {
    return sj_answer_emcc_check(em->scope, on_check, em, error) != NULL ? SJ_OK
           : error->code != SJ_OK                                       ? error->code
                                                                        : SJ_E_INTERNAL;
}
