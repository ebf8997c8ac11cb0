/* What is decided of a visiting phone, by the operator's policies or the built-in defaults: its
 * roaming device pool by the place where it stands, and its calling search spaces. */
#include "devices/roaming.h"

#include "devices/calling_search_space_order.h"
#include "devices/geolocation_match.h"
#include "events/policy.h"
#include "messages/intercluster.h"
#include "parameters/emcc.h"
#include "parameters/enterprise.h"
#include "policies/css_select.h"
#include "resources/calling_search_space.h"
#include "resources/device_pool.h"
#include "resources/geolocation.h"
#include "resources/geolocation_filter.h"
#include "resources/remote_cluster.h"
#include "resources/route_pattern.h"

/* The filter of that remote cluster, else the feature parameter's, else the enterprise's; NULL:
 * every field counts. */
static sj_geolocation_filter *filter_for(struct em *em, const sj_remote_cluster *cluster) {
    const char *const names[] = {cluster->geolocation_filter,
                                 sj_param_emcc_geolocation_filter(em->scope),
                                 sj_param_enterprise_default_geolocation_filter(em->scope)};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        sj_geolocation_filter *filter = NULL;
        if (!sj_given(names[i])) {
            continue;
        }
        if (sj_geolocation_filter_get(em->scope, names[i], &filter, NULL) == SJ_OK) {
            return filter;
        }
        sj_log_warning(em->scope,
                       "the geolocation filter %s does not exist; expected one under System > "
                       "Geolocation Filter",
                       names[i]);
    }
    return NULL;
}

/* `policy explain` shows that the answer of the policy was changed. */
static void publish_amended(struct em *em, const char *hook, const char *trace_id,
                            const char *text) {
    const sj_policy_amended event = {.hook = hook, .trace_id = sj_or_empty(trace_id), .text = text};
    sj_publish_policy_amended(em->scope, em->policy_amended, &event);
}

static bool has_adjunct(const sj_device_pool *pool) {
    return pool != NULL && sj_given(pool->adjunct_calling_search_space);
}

/* A policy may choose another place, but none without emergency numbers where the default's has
 * some. */
static sj_device_pool *chosen_pool(struct em *em, const sj_geolocation_match_input *input,
                                   const char *trace_id, const char *name,
                                   sj_device_pool *by_default) {
    sj_device_pool *pool = NULL;
    char text[EM_CAUSE_ROOM];
    if (sj_given(name)) {
        (void)sj_device_pool_get(em->scope, name, &pool, NULL);
    }
    if (has_adjunct(pool) || !has_adjunct(by_default)) {
        sj_record_free(em->scope, by_default);
        return pool;
    }
    sj_record_free(em->scope, pool);
    em_print(text, sizeof text,
             "the device pool %s of the built-in match is taken instead: the policy's has no "
             "adjunct CSS, and emergency numbers "
             "of the visited place are never taken away",
             by_default->name);
    sj_log_warning(em->scope, "what the policy geolocation.match decided for %s of cluster %s: %s",
                   input->device_name, input->visiting_cluster_id, text);
    publish_amended(em, "geolocation.match", trace_id, text);
    return by_default;
}

static void decide(struct em *em, const sj_geolocation_match_input *input, const char *trace_id,
                   sj_device_pool **pool) {
    sj_geolocation_match_output output = {0};
    char reason[200];
    em_geolocation_match(input, &output, reason);
    if (sj_given(output.device_pool)) {
        (void)sj_device_pool_get(em->scope, output.device_pool, pool, NULL);
    }
    const bool by_policy = sj_decide_geolocation_match(em->scope, trace_id, input, &output) == 1;
    if (by_policy) {
        *pool = chosen_pool(em, input, trace_id, output.device_pool, *pool);
    }
    sj_trace(em->scope, trace_id, "roaming device pool: %s (%s%s)",
             *pool != NULL ? (*pool)->name : "none, the EMCC template's is used",
             by_policy ? "policy: " : "",
             sj_given(output.reason) ? output.reason : "no reason given");
}

sj_device_pool *em_roaming_find_device_pool(struct em *em, sj_scope *scope,
                                            const sj_intercluster_login *login,
                                            const sj_remote_cluster *cluster,
                                            const char *trace_id) {
    sj_list pools = {0};
    sj_device_pool *pool = NULL;
    if (sj_device_pool_list(em->scope, NULL, &pools, NULL) != SJ_OK || pools.count == 0) {
        return NULL;
    }
    sj_geolocation_match_input_candidate *candidates =
        sj_scope_alloc(scope, pools.count * sizeof *candidates);
    sj_geolocation **places = sj_scope_alloc(scope, pools.count * sizeof(sj_geolocation *));
    if (candidates != NULL && places != NULL) {
        const char *fields[EM_CIVIC_FIELDS];
        sj_geolocation_filter *filter = filter_for(em, cluster);
        sj_geolocation_match_input input = {.visiting_cluster_id = cluster->cluster_id,
                                            .device_name = login->device_name,
                                            .geolocation = login->geolocation,
                                            .filter = fields,
                                            .filter_count =
                                                em_geolocation_filter_fields(filter, fields),
                                            .candidates = candidates};
        for (size_t i = 0; i < pools.count; i++) {
            const sj_device_pool *candidate = sj_device_pool_at(&pools, i);
            if (sj_given(candidate->geolocation) &&
                sj_geolocation_get(em->scope, candidate->geolocation, &places[i], NULL) == SJ_OK) {
                candidates[input.candidates_count].device_pool = candidate->name;
                candidates[input.candidates_count].geolocation = places[i]->address;
                input.candidates_count++;
            }
        }
        decide(em, &input, trace_id, &pool);
        for (size_t i = 0; i < pools.count; i++) {
            sj_record_free(em->scope, places[i]);
        }
        sj_record_free(em->scope, filter);
    }
    sj_list_free(em->scope, &pools);
    return pool;
}

/* Whether a calling search space leads to an emergency number: an em_leads_to_emergency_fn. */
static bool leads_to_emergency(void *user, const char *name) {
    struct em *em = user;
    sj_calling_search_space *space = NULL;
    bool leads = false;
    if (sj_calling_search_space_get(em->scope, name, &space, NULL) != SJ_OK) {
        return false;
    }
    for (size_t i = 0; i < space->partitions_count && !leads; i++) {
        const sj_query query = {.field = "partition", .value = space->partitions[i]};
        sj_list patterns = {0};
        if (sj_route_pattern_list(em->scope, &query, &patterns, NULL) != SJ_OK) {
            continue;
        }
        for (size_t k = 0; k < patterns.count && !leads; k++) {
            leads = sj_route_pattern_at(&patterns, k)->urgent_priority &&
                    !sj_route_pattern_at(&patterns, k)->block;
        }
        sj_list_free(em->scope, &patterns);
    }
    sj_record_free(em->scope, space);
    return leads;
}

/* To the log and to `policy explain`. */
static void trace_restored(struct em *em, const sj_css_select_input *input, const char *trace_id,
                           const char *restored) {
    const bool adjunct = strcmp(restored, input->adjunct_calling_search_space) == 0;
    char text[EM_CAUSE_ROOM];
    em_print(text, sizeof text,
             adjunct ? "the adjunct CSS %s was put in front of it: emergency numbers of the "
                       "visited place are never taken away"
                     : "%s was put behind it: nothing else in it leads to an emergency number, "
                       "which are never taken away",
             restored);
    sj_log_warning(em->scope, "what the policy css.select decided for %s on %s: %s", input->user_id,
                   input->device_name, text);
    publish_amended(em, "css.select", trace_id, text);
}

/* What the default decided, without what does not exist. */
static size_t existing(struct em *em, const sj_css_select_output *output,
                       const char *spaces[EM_SPACES_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < output->calling_search_spaces_count && count < EM_SPACES_MAX; i++) {
        sj_calling_search_space *space = NULL;
        if (sj_calling_search_space_get(em->scope, output->calling_search_spaces[i], &space,
                                        NULL) == SJ_OK) {
            spaces[count++] = output->calling_search_spaces[i];
            sj_record_free(em->scope, space);
        } else {
            sj_log_warning(
                em->scope,
                "calling search space %s, of a visiting phone, does not exist and is left out",
                output->calling_search_spaces[i]);
        }
    }
    return count;
}

/* The default's decision in `by_default`, then the policy's, with what no policy can take away.
 * Returns whether a policy decided. */
static bool decide_spaces(struct em *em, const sj_css_select_input *input, const char *trace_id,
                          const char *by_default[3], sj_css_select_output *output,
                          const char *spaces[EM_SPACES_MAX], size_t *count, const char **restored) {
    *restored = NULL;
    em_calling_search_space_order(input, output, by_default);
    const bool by_policy = sj_decide_css_select(em->scope, trace_id, input, output) == 1;
    *count = by_policy ? em_keep_emergency_numbers(input, output, leads_to_emergency, em, spaces,
                                                   restored)
                       : existing(em, output, spaces);
    return by_policy;
}

size_t em_roaming_try_spaces(struct em *em, const sj_css_select_input *input,
                             const char *spaces[20], const char **restored,
                             struct em_roaming_reason *why) {
    const char *by_default[3];
    sj_css_select_output output = {0};
    size_t count;
    const bool by_policy =
        decide_spaces(em, input, "", by_default, &output, spaces, &count, restored);
    if (why != NULL) {
        *why = (struct em_roaming_reason){by_policy, sj_or_empty(output.reason)};
    }
    return count;
}

size_t em_roaming_select_spaces(struct em *em, sj_scope *scope, const sj_css_select_input *input,
                                const char *trace_id, const char *spaces[20]) {
    const char *by_default[3], *restored, *chosen[EM_SPACES_MAX];
    char shown[EM_CAUSE_ROOM] = "";
    size_t count = 0, length = 0, wanted;
    sj_css_select_output output = {0};
    const bool by_policy =
        decide_spaces(em, input, trace_id, by_default, &output, chosen, &wanted, &restored);
    if (restored != NULL) {
        trace_restored(em, input, trace_id, restored);
    }
    while (count < wanted) {
        spaces[count] = sj_scope_strdup(scope, chosen[count]);
        if (spaces[count] == NULL) {
            break;
        }
        const int written = snprintf(shown + length, sizeof shown - length, "%s%s",
                                     count > 0 ? ", " : "", spaces[count]);
        length = written > 0 && length + (size_t)written < sizeof shown ? length + (size_t)written
                                                                        : sizeof shown - 1;
        count++;
    }
    sj_trace(em->scope, trace_id, "calling search spaces: %s (%s%s%s)", count > 0 ? shown : "none",
             by_policy ? "policy: " : "",
             sj_given(output.reason) ? output.reason : "no reason given",
             restored != NULL ? "; with those that no policy can remove" : "");
    return count;
}
