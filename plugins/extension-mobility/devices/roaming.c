/* What is decided of a visiting phone, by the operator's policies or the built-in defaults: its roaming device pool by the
 * place where it stands, and its calling search spaces. */
#include "em.h"

#include "devices/calling_search_space_order.h"
#include "devices/geolocation_match.h"
#include "parameters/emcc.h"
#include "parameters/enterprise.h"
#include "resources/calling_search_space.h"
#include "resources/device_pool.h"
#include "resources/geolocation.h"
#include "resources/geolocation_filter.h"

/* The filter of that remote cluster, else the feature parameter's, else the enterprise's; NULL: every field counts. */
static sj_geolocation_filter *filter_for(struct em *em, const sj_remote_cluster *cluster) {
    const char *const names[] = {cluster->geolocation_filter, sj_param_emcc_geolocation_filter(em->scope),
                                 sj_param_enterprise_default_geolocation_filter(em->scope)};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        sj_geolocation_filter *filter = NULL;
        if (!em_given(names[i])) {
            continue;
        }
        if (sj_geolocation_filter_get(em->scope, names[i], &filter, NULL) == SJ_OK) {
            return filter;
        }
        sj_log_warning(em->scope, "the geolocation filter %s does not exist; expected one under System > Geolocation Filter",
                       names[i]);
    }
    return NULL;
}

static void decide(struct em *em, const sj_geolocation_match_input *input, const char *trace_id, sj_device_pool **pool) {
    sj_geolocation_match_output output = {0};
    char reason[200];
    em_geolocation_match(input, &output, reason);
    char chosen[EM_NAME_ROOM];
    em_copy(chosen, output.device_pool);
    const int by_policy = sj_decide_geolocation_match(em->scope, trace_id, input, &output);
    if (em_given(output.device_pool) && sj_device_pool_get(em->scope, output.device_pool, pool, NULL) != SJ_OK) {
        sj_log_warning(em->scope,
                       "the policy geolocation.match chose the device pool %s, which does not exist; the default decides",
                       output.device_pool);
        if (chosen[0] != '\0') {
            (void)sj_device_pool_get(em->scope, chosen, pool, NULL);
        }
    }
    sj_trace(em->scope, trace_id, "roaming device pool: %s (%s%s)",
             *pool != NULL ? (*pool)->name : "none, the EMCC template's is used", by_policy == 1 ? "policy: " : "",
             em_given(output.reason) ? output.reason : "no reason given");
}

sj_device_pool *em_roaming_device_pool(struct em *em, sj_scope *scope, const sj_intercluster_login *login,
                                       const sj_remote_cluster *cluster, const char *trace_id) {
    sj_list pools = {0};
    sj_device_pool *pool = NULL;
    if (sj_device_pool_list(em->scope, NULL, &pools, NULL) != SJ_OK || pools.count == 0) {
        return NULL;
    }
    sj_geolocation_match_input_candidate *candidates = sj_scope_alloc(scope, pools.count * sizeof *candidates);
    sj_geolocation **places = sj_scope_alloc(scope, pools.count * sizeof(sj_geolocation *));
    if (candidates != NULL && places != NULL) {
        const char *fields[EM_CIVIC_FIELDS];
        sj_geolocation_filter *filter = filter_for(em, cluster);
        sj_geolocation_match_input input = {.visiting_cluster_id = cluster->cluster_id,
                                            .device_name = login->device_name,
                                            .geolocation = login->geolocation,
                                            .filter = fields,
                                            .filter_count = em_geolocation_filter_fields(filter, fields),
                                            .candidates = candidates};
        for (size_t i = 0; i < pools.count; i++) {
            const sj_device_pool *candidate = sj_device_pool_at(&pools, i);
            if (em_given(candidate->geolocation) &&
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

size_t em_visitor_calling_search_spaces(struct em *em, sj_scope *scope, const sj_css_select_input *input, const char *trace_id,
                                        const char *spaces[20]) {
    const char *built_in[3];
    char shown[EM_CAUSE_ROOM] = "";
    size_t count = 0, length = 0;
    sj_css_select_output output = {0};
    em_calling_search_space_order(input, &output, built_in);
    const int by_policy = sj_decide_css_select(em->scope, trace_id, input, &output);
    for (size_t i = 0; i < output.calling_search_spaces_count && count < 20; i++) {
        const char *name = output.calling_search_spaces[i];
        sj_calling_search_space *space = NULL;
        if (sj_calling_search_space_get(em->scope, name, &space, NULL) != SJ_OK) {
            sj_log_warning(em->scope, "calling search space %s, %s, does not exist and is left out", name,
                           by_policy == 1 ? "chosen by the policy css.select" : "of a visiting phone");
            continue;
        }
        sj_record_free(em->scope, space);
        spaces[count] = sj_scope_strdup(scope, name);
        if (spaces[count] == NULL) {
            break;
        }
        const int written = snprintf(shown + length, sizeof shown - length, "%s%s", count > 0 ? ", " : "", name);
        length = written > 0 && length + (size_t)written < sizeof shown ? length + (size_t)written : sizeof shown - 1;
        count++;
    }
    sj_trace(em->scope, trace_id, "calling search spaces: %s (%s%s)", count > 0 ? shown : "none",
             by_policy == 1 ? "policy: " : "", em_given(output.reason) ? output.reason : "no reason given");
    return count;
}
