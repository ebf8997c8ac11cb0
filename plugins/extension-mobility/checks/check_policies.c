/* What operators' policies do to travellers: those that fail or are suspended, and what css.select
 * leaves of the calling search spaces at the places of a cluster. */
#include "checks/check_policies.h"
#include "checks/findings.h"
#include "checks/traveller_reach.h"
#include "devices/roaming.h"
#include "messages/intercluster.h"
#include "reporting/error_codes.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/end_user.h"
#include "resources/remote_cluster.h"

/* Each is a decision like any other: together fewer than suspend a policy that fails. */
enum { PLACES_ASKED = 5, TRAVELLERS_ASKED = 4 };

void em_check_policies_report(struct em_findings *findings, const sj_policy_list_reply *policies) {
    for (size_t i = 0; i < policies->hooks_count; i++) {
        const sj_policy_list_reply_entry *hook = &policies->hooks[i];
        if (strcmp(hook->state, "suspended") == 0) {
            em_findings_add(findings,
                            "The policy %s of %s is suspended, it failed too often in a row (%s): "
                            "the built-in default decides "
                            "until the next activation.",
                            hook->policy, hook->hook, hook->causes);
        } else if (sj_given(hook->policy) && hook->faults > 0) {
            em_findings_note(findings,
                             "%lld decisions of %s were the built-in default's since the node "
                             "started, because the policy failed "
                             "(%s); the last failures stand in sojourn policy explain %s.",
                             (long long)hook->faults, hook->hook, hook->causes, hook->hook);
        }
    }
}

static void try_traveller(struct em_findings *findings, const sj_remote_cluster *cluster,
                          const sj_remote_cluster_status_place *place, const sj_device_pool *pool,
                          const sj_end_user *user, check_spaces_fn each, void *data) {
    struct em *em = findings->em;
    sj_device_profile *profile = NULL;
    struct em_traveller_reach reach;
    if (!em_traveller_profile(em, user, &profile)) {
        return;
    }
    em_traveller_reach(em, findings->scope, user, profile, cluster->cluster_id, pool,
                       &place->geolocation, &reach);
    if (reach.restored != NULL) {
        em_findings_note(findings,
                         "At %s of cluster %s the policy css.select takes the emergency numbers "
                         "from user %s: the "
                         "calling search space %s is put back at each login.",
                         place->name, cluster->cluster_id, user->user_id, reach.restored);
    }
    const struct em_check_spaces found = {.user_id = user->user_id,
                                          .names = reach.spaces,
                                          .count = reach.count,
                                          .adjunct = reach.input.adjunct_calling_search_space,
                                          .device_pool = reach.input.roaming_device_pool};
    each(data, &found);
    sj_record_free(em->scope, profile);
}

void em_check_policy_at_place(struct em_findings *findings, const sj_remote_cluster *cluster,
                              const sj_remote_cluster_status_place *place, size_t number,
                              check_spaces_fn each, void *user) {
    struct em *em = findings->em;
    const sj_query travellers = {
        .field = "enable_emcc", .value = "true", .limit = number == 0 ? TRAVELLERS_ASKED : 1};
    const sj_intercluster_login login = {.device_name = "", .geolocation = place->geolocation};
    sj_list users = {0};
    if (number >= PLACES_ASKED || sj_end_user_list(em->scope, &travellers, &users, NULL) != SJ_OK) {
        return;
    }
    sj_device_pool *pool = em_roaming_find_device_pool(em, findings->scope, &login, cluster, "");
    for (size_t i = 0; i < users.count; i++) {
        try_traveller(findings, cluster, place, pool, sj_end_user_at(&users, i), each, user);
    }
    sj_record_free(em->scope, pool);
    sj_list_free(em->scope, &users);
}
