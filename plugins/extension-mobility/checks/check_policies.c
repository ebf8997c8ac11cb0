/* What operators' policies do to travellers: those that fail or are suspended, and what css.select leaves of the calling search
 * spaces at the places of a cluster. See check.h. */
#include "checks/check.h"

#include "resources/device_profile.h"

enum { PLACES_ASKED = 5 }; /* each is a decision like any other: fewer than suspend a policy that fails */

void check_policies_tell(struct findings *findings, const sj_policy_list_reply *policies) {
    for (size_t i = 0; i < policies->hooks_count; i++) {
        const sj_policy_list_reply_entry *hook = &policies->hooks[i];
        if (strcmp(hook->state, "suspended") == 0) {
            findings_add(findings,
                         "The policy %s of %s is suspended, it failed too often in a row (%s): the built-in default decides "
                         "until the next activation.",
                         hook->policy, hook->hook, hook->causes);
        } else if (em_given(hook->policy) && hook->faults > 0) {
            findings_note(findings,
                          "%lld decisions of %s were the built-in default's since the node started, because the policy failed "
                          "(%s); the last failures stand in sojourn policy explain %s.",
                          (long long)hook->faults, hook->hook, hook->causes, hook->hook);
        }
    }
}

/* A user who may travel, with the device profile; false when there is none. */
static bool find_traveller(sj_scope *scope, sj_list *users, sj_device_profile **profile) {
    const sj_query query = {.field = "enable_emcc", .value = "true", .limit = 1};
    if (sj_end_user_list(scope, &query, users, NULL) != SJ_OK || users->count == 0) {
        return false;
    }
    const sj_end_user *user = sj_end_user_at(users, 0);
    const char *name = em_given(user->default_profile)       ? user->default_profile
                       : user->controlled_profiles_count > 0 ? user->controlled_profiles[0]
                                                             : "";
    return em_given(name) && sj_device_profile_get(scope, name, profile, NULL) == SJ_OK;
}

void check_policy_at_place(struct findings *findings, const sj_remote_cluster *cluster,
                           const sj_remote_cluster_status_place *place, size_t number) {
    struct em *em = findings->em;
    sj_list users = {0};
    sj_device_profile *profile = NULL;
    if (number < PLACES_ASKED && find_traveller(em->scope, &users, &profile)) {
        const sj_intercluster_login login = {.device_name = "", .geolocation = place->geolocation};
        sj_device_pool *pool = em_roaming_device_pool(em, findings->scope, &login, cluster, "");
        const char **lines = em_line_calling_search_spaces(em, findings->scope, profile), *spaces[20], *restored;
        const sj_css_select_input input = {
            .user_id = sj_end_user_at(&users, 0)->user_id,
            .device_name = "",
            .model = profile->model,
            .visiting_cluster_id = cluster->cluster_id,
            .roaming_device_pool = pool != NULL ? pool->name : "",
            .adjunct_calling_search_space = pool != NULL ? pool->adjunct_calling_search_space : "",
            .line_calling_search_space = lines != NULL && profile->lines_count > 0 ? lines[0] : "",
            .emcc_calling_search_space = profile->emcc_calling_search_space,
            .geolocation = place->geolocation};
        (void)em_try_calling_search_spaces(em, &input, spaces, &restored);
        if (restored != NULL) {
            findings_note(findings,
                          "At %s of cluster %s the policy css.select leaves user %s without the way to emergency numbers: the "
                          "calling search space %s is put back at each login.",
                          place->name, cluster->cluster_id, input.user_id, restored);
        }
        sj_record_free(em->scope, pool);
    }
    sj_record_free(em->scope, profile);
    sj_list_free(em->scope, &users);
}
