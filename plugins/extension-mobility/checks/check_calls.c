/* Calls of travellers, above all the first emergency call: out of the roaming device pool at home,
 * back over the EMCC trunk here. */
#include "checks/check_calls.h"
#include "checks/findings.h"
#include "clusters/activations.h"
#include "devices/roaming.h"
#include "messages/intercluster.h"
#include "parameters/emcc.h"
#include "resources/call_manager_group.h"
#include "resources/calling_search_space.h"
#include "resources/device_pool.h"
#include "resources/intercluster_service_profile.h"
#include "resources/node.h"
#include "resources/remote_cluster.h"
#include "resources/route_list.h"
#include "resources/route_pattern.h"
#include "resources/sip_trunk.h"
#include "resources/translation_pattern.h"

#define LOCAL_ROUTE_GROUP "Standard Local Route Group"

enum { TRANSLATIONS = 4 };

/* ---- patterns ---- */

/* Whether calls of visitors over this route list leave through the visited cluster. */
bool em_check_returns_to_visited_cluster(sj_scope *scope, const char *name) {
    sj_route_list *list = NULL;
    bool returns = false;
    if (sj_given(name) && sj_route_list_get(scope, name, &list, NULL) == SJ_OK && list->enabled &&
        list->return_to_visiting_cluster != SJ_ROUTE_LIST_RETURN_TO_VISITING_CLUSTER_NEVER) {
        for (size_t i = 0; i < list->members_count && !returns; i++) {
            returns = strcmp(list->members[i].route_group, LOCAL_ROUTE_GROUP) == 0;
        }
    }
    sj_record_free(scope, list);
    return returns;
}

static bool leads_to_gateway(sj_scope *scope, const sj_route_pattern *pattern) {
    sj_route_list *list = NULL;
    bool leads = sj_given(pattern->sip_trunk);
    if (sj_given(pattern->route_list) &&
        sj_route_list_get(scope, pattern->route_list, &list, NULL) == SJ_OK) {
        leads = leads || (list->enabled && list->members_count > 0);
    }
    sj_record_free(scope, list);
    return leads;
}

/* Whether the CSS reaches a pattern that counts, straight or over translation patterns. `back`: one
 * that brings a visitor's call back to the visited cluster; else one that leads to any gateway. */
static bool reaches(sj_scope *scope, const char *calling_search_space, bool back,
                    int translations) {
    sj_calling_search_space *space = NULL;
    bool found = false;
    if (sj_calling_search_space_get(scope, calling_search_space, &space, NULL) != SJ_OK) {
        return false;
    }
    for (size_t i = 0; i < space->partitions_count && !found; i++) {
        const sj_query query = {.field = "partition", .value = space->partitions[i]};
        sj_list routes = {0}, rewritten = {0};
        (void)sj_route_pattern_list(scope, &query, &routes, NULL);
        for (size_t k = 0; k < routes.count && !found; k++) {
            const sj_route_pattern *pattern = sj_route_pattern_at(&routes, k);
            found = !pattern->block &&
                    (back ? em_check_returns_to_visited_cluster(scope, pattern->route_list)
                          : leads_to_gateway(scope, pattern));
        }
        sj_list_free(scope, &routes);
        if (!found && translations > 0) {
            (void)sj_translation_pattern_list(scope, &query, &rewritten, NULL);
        }
        for (size_t k = 0; k < rewritten.count && !found; k++) {
            const sj_translation_pattern *pattern = sj_translation_pattern_at(&rewritten, k);
            /* With the originator's CSS this very one is looked through, which is being done. */
            found = !pattern->block && !pattern->use_originator_calling_search_space &&
                    reaches(scope, pattern->calling_search_space, back, translations - 1);
        }
        sj_list_free(scope, &rewritten);
    }
    sj_record_free(scope, space);
    return found;
}

/* ---- nodes ---- */

void em_check_nodes_of_pool(struct em_findings *findings, const char *device_pool,
                            const char *used_for) {
    sj_scope *scope = findings->em->scope;
    sj_device_pool *pool = NULL;
    sj_call_manager_group *group = NULL;
    sj_list nodes = {0};
    bool found = false;
    if (sj_device_pool_get(scope, device_pool, &pool, NULL) != SJ_OK ||
        sj_call_manager_group_get(scope, pool->call_manager_group, &group, NULL) != SJ_OK) {
        sj_record_free(scope, pool);
        return;
    }
    for (size_t i = 0; i < group->nodes_count && !found; i++) {
        found = em_service_is_active_on(scope, "callmanager", group->nodes[i]);
    }
    if (group->nodes_count == 0 && sj_cluster_node_list(scope, NULL, &nodes, NULL) == SJ_OK) {
        for (size_t i = 0; i < nodes.count && !found; i++) {
            found =
                em_service_is_active_on(scope, "callmanager", sj_cluster_node_at(&nodes, i)->name);
        }
        sj_list_free(scope, &nodes);
    }
    if (!found) {
        em_findings_add(findings,
                        "No node of the Cisco Unified Communications Manager Group %s, which "
                        "device pool %s of %s uses, has Cisco "
                        "CallManager activated: the phones find no call manager to register with.",
                        group->name, device_pool, used_for);
    }
    sj_record_free(scope, group);
    sj_record_free(scope, pool);
}

/* ---- from a place of the other cluster ---- */

void em_check_place(struct em_findings *findings, const sj_remote_cluster *cluster,
                    const sj_remote_cluster_status_place *place) {
    struct em *em = findings->em;
    const sj_intercluster_login login = {.device_name = "", .geolocation = place->geolocation};
    sj_device_pool *pool = em_roaming_find_device_pool(em, findings->scope, &login, cluster, "");
    char used_for[2 * EM_NAME_ROOM + 32];
    if (pool == NULL) {
        em_findings_add(findings,
                        "Phones at %s of cluster %s get no roaming device pool: the EMCC "
                        "template's device pool is used.",
                        place->name, cluster->cluster_id);
        return;
    }
    if (!sj_given(pool->adjunct_calling_search_space)) {
        em_findings_add(findings,
                        "Phones at %s of cluster %s roam in device pool %s, which has no adjunct "
                        "CSS: emergency numbers of that place may "
                        "not be reached.",
                        place->name, cluster->cluster_id, pool->name);
    } else if (!reaches(em->scope, pool->adjunct_calling_search_space, true, TRANSLATIONS)) {
        em_findings_add(
            findings,
            "Phones at %s of cluster %s roam in device pool %s: no route pattern in its adjunct "
            "CSS %s leads to a route list "
            "with the " LOCAL_ROUTE_GROUP ", so no emergency call leaves through that cluster.",
            place->name, cluster->cluster_id, pool->name, pool->adjunct_calling_search_space);
    }
    em_print(used_for, sizeof used_for, "phones at %.50s of cluster %.50s", place->name,
             cluster->cluster_id);
    em_check_nodes_of_pool(findings, pool->name, used_for);
    sj_record_free(em->scope, pool);
}

/* ---- back from home ---- */

void em_check_returned_calls(struct em_findings *findings) {
    sj_scope *scope = findings->em->scope;
    sj_intercluster_service_profile *profile = NULL;
    sj_sip_trunk *trunk = NULL;
    if (sj_param_emcc_css_for_pstn_access_sip_trunk(scope) ==
            SJ_EMCC_CSS_FOR_PSTN_ACCESS_SIP_TRUNK_USE_TRUNK_CSS &&
        sj_intercluster_service_profile_get(scope, "default", &profile, NULL) == SJ_OK &&
        profile->pstn_access_active && sj_given(profile->pstn_access_sip_trunk) &&
        sj_sip_trunk_get(scope, profile->pstn_access_sip_trunk, &trunk, NULL) == SJ_OK) {
        if (!sj_given(trunk->calling_search_space)) {
            em_findings_add(findings,
                            "The SIP trunk %s has no calling search space: calls that come back "
                            "from a traveller's home cluster "
                            "reach nothing.",
                            trunk->name);
        } else if (!reaches(scope, trunk->calling_search_space, false, TRANSLATIONS)) {
            em_findings_add(findings,
                            "No route pattern in the calling search space %s of the SIP trunk %s "
                            "leads to a gateway: emergency calls "
                            "that come back from a traveller's home cluster fail.",
                            trunk->calling_search_space, trunk->name);
        }
    }
    sj_record_free(scope, trunk);
    sj_record_free(scope, profile);
}
