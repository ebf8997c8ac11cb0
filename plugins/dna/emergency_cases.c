/* Which emergency calls there are: each caller of this cluster, visitors on its phones, and its
 * travellers on phones of other clusters, with each number of the place. */
#include <stdlib.h>

#include <sojourn/base/array.h>
#include <sojourn/locations.h>

#include "emergency_finding.h"
#include "events/policy.h"
#include "resources/calling_search_space.h"
#include "resources/device_pool.h"
#include "resources/location.h"
#include "resources/partition.h"
#include "resources/remote_cluster.h"
#include "resources/route_pattern.h"

enum { CALLERS_A_TURN = 200, PAGE_POOLS = 20 };

const char *emergency_keep(const struct emergency_finding *finding, const char *text) {
    return sj_or_empty(sj_scope_strdup(finding->scope, sj_or_empty(text)));
}

static void add_cases(struct emergency_finding *finding, const struct emergency_case *like,
                      const char *const *numbers, size_t count) {
    struct emergency_cases *cases = finding->cases;
    for (size_t i = 0; i < count; i++) {
        if (cases->count == EMERGENCY_CASES_MAX ||
            !sj_array_room(&cases->cases, &cases->room, cases->count + 1, sizeof *cases->cases)) {
            cases->cut = true;
            return;
        }
        cases->cases[cases->count] = *like;
        cases->cases[cases->count++].call.digits = numbers[i];
    }
}

static const char *place_of(const struct emergency_finding *finding, const char *pool) {
    for (size_t i = 0; i < finding->pools.count; i++) {
        const sj_device_pool *found = sj_device_pool_at(&finding->pools, i);
        if (strcmp(found->name, pool) == 0 && sj_given(found->geolocation)) {
            char text[120];
            (void)snprintf(text, sizeof text, "%s (%s)", pool, found->geolocation);
            return emergency_keep(finding, text);
        }
    }
    return emergency_keep(finding, pool);
}

/* Whether it is asked about; else its row says why not. */
static const char *not_asked(const struct emergency_finding *finding,
                             const struct emergency_caller *caller) {
    char text[300];
    if (caller->visited[0] == '\0' || caller->adjunct[0] != '\0') {
        return NULL;
    }
    (void)snprintf(text, sizeof text,
                   "the phone stands in cluster %s, and the device pool %s has no adjunct CSS, "
                   "which leads to those who help there",
                   caller->visited, caller->device_pool);
    return emergency_keep(finding, text);
}

static void add_caller(struct emergency_finding *finding, const struct emergency_caller *caller) {
    const char *numbers[EMERGENCY_NUMBERS_MAX];
    const bool away = caller->adjunct[0] != '\0';
    const size_t count =
        away ? emergency_numbers_at(finding, caller->adjunct, numbers) : finding->own_numbers_count;
    struct emergency_case one = {.cluster_id = finding->dna->scope->host->node->cluster_id,
                                 .place = place_of(finding, caller->device_pool),
                                 .caller = caller->name,
                                 .not_known = not_asked(finding, caller),
                                 .by_digits = true};
    if (caller->device != NULL) {
        one.call.caller = (sj_analysed_caller){.device_name = caller->device, .line = caller->line};
    } else {
        const char **spaces = sj_scope_alloc(finding->scope, 2 * sizeof *spaces);
        if (spaces == NULL) {
            finding->cases->cut = true;
            return;
        }
        one.call.caller = (sj_analysed_caller){.device_pool = caller->device_pool,
                                               .calling_search_spaces = spaces,
                                               .calling_number = caller->number,
                                               .external_phone_number_mask = caller->mask};
        if (caller->line_css[0] != '\0') {
            spaces[one.call.caller.calling_search_spaces_count++] = caller->line_css;
        }
        if (caller->device_css[0] != '\0') {
            spaces[one.call.caller.calling_search_spaces_count++] = caller->device_css;
        }
    }
    add_cases(finding, &one, away ? numbers : finding->own_numbers, count);
}

/* Of one cluster. It sends the call back here, for the phone. */
static void add_visitors(struct emergency_finding *finding, const sj_remote_cluster *cluster) {
    const char *cluster_id = emergency_keep(finding, cluster->cluster_id);
    for (size_t i = 0; i < finding->sites_count && !finding->cases->cut; i++) {
        struct emergency_case one = {
            .cluster_id = cluster_id,
            .place = place_of(finding, finding->sites[i].device_pool),
            .caller = EMERGENCY_VISITOR,
            .call.caller = {.device_name = finding->sites[i].phone, .returned = true}};
        for (size_t k = 0; k < finding->own_numbers_count; k++) {
            one.call.caller.calling_number = finding->callers_of_numbers[k];
            add_cases(finding, &one, &finding->own_numbers[k], 1);
        }
    }
}

/* Of this cluster, at one roaming device pool. */
static void add_travellers(struct emergency_finding *finding, const sj_device_pool *pool,
                           const sj_remote_cluster *cluster) {
    const char *numbers[EMERGENCY_NUMBERS_MAX];
    const size_t count = emergency_numbers_at(finding, pool->adjunct_calling_search_space, numbers);
    const char *place = place_of(finding, pool->name), *name = emergency_keep(finding, pool->name),
               *cluster_id = emergency_keep(finding, cluster->cluster_id);
    for (size_t i = 0; i < finding->travellers_count && !finding->cases->cut; i++) {
        const struct emergency_traveller *traveller = &finding->travellers[i];
        const struct emergency_case one = {
            .cluster_id = finding->dna->scope->host->node->cluster_id,
            .place = place,
            .caller = traveller->name,
            .by_digits = true,
            .call.caller = {.user_id = traveller->user_id,
                            .device_profile = traveller->device_profile,
                            .line = traveller->line,
                            .visiting_cluster_id = cluster_id,
                            .device_pool = name}};
        add_cases(finding, &one, numbers, count);
    }
}

static void end(struct emergency_finding *finding) {
    finding->done(finding->user, SJ_OK, NULL);
}

/* At each roaming device pool in each cluster, some a turn. */
static void make_travellers(struct emergency_finding *finding) {
    for (size_t i = 0; i < PAGE_POOLS && finding->next_pool < finding->pools.count; i++) {
        const sj_device_pool *pool = sj_device_pool_at(&finding->pools, finding->next_pool);
        const sj_remote_cluster *cluster =
            finding->next_cluster < finding->clusters.count
                ? sj_remote_cluster_at(&finding->clusters, finding->next_cluster++)
                : NULL;
        if (cluster == NULL || !sj_given(pool->adjunct_calling_search_space)) {
            finding->next_pool++;
            finding->next_cluster = 0;
        } else if (cluster->emcc) {
            add_travellers(finding, pool, cluster);
        }
    }
    if (finding->next_pool < finding->pools.count && !finding->cases->cut) {
        emergency_finding_go_on(finding);
    } else {
        end(finding);
    }
}

/* Those of one cluster a turn. */
static void make_visitors(struct emergency_finding *finding) {
    if (finding->next_cluster < finding->clusters.count) {
        const sj_remote_cluster *cluster =
            sj_remote_cluster_at(&finding->clusters, finding->next_cluster++);
        if (cluster->emcc) {
            add_visitors(finding, cluster);
        }
    } else {
        finding->next_cluster = 0;
        finding->step = finding->travellers_count > 0 ? make_travellers : end;
    }
    if (finding->cases->cut) {
        end(finding);
    } else {
        emergency_finding_go_on(finding);
    }
}

static void make_callers(struct emergency_finding *finding) {
    for (size_t i = 0; i < CALLERS_A_TURN && finding->next_caller < finding->callers_count; i++) {
        add_caller(finding, &finding->callers[finding->next_caller++]);
    }
    if (finding->next_caller == finding->callers_count) {
        finding->step = make_visitors;
    }
    emergency_finding_go_on(finding);
}

static void make_cases(struct emergency_finding *finding) {
    finding->own_numbers_count = emergency_numbers_at(finding, NULL, finding->own_numbers);
    finding->cases->no_numbers = finding->own_numbers_count == 0;
    finding->step = make_callers;
    emergency_finding_go_on(finding);
}

/* Whether travellers can be taken together: no policy decides about each. */
static void on_policies(void *user, int status, const sj_error *error,
                        const sj_policy_list_reply *policies) {
    struct emergency_finding *finding = user;
    (void)error;
    finding->one_by_one = status != SJ_OK;
    for (size_t i = 0; status == SJ_OK && i < policies->hooks_count; i++) {
        const sj_policy_list_reply_entry *hook = &policies->hooks[i];
        finding->one_by_one = finding->one_by_one ||
                              (strcmp(hook->hook, "css.select") == 0 && sj_given(hook->policy));
    }
    emergency_callers_read(finding, make_cases);
}

static bool is_always_there(const char *location) {
    return strcmp(location, SJ_LOCATION_HUB_NONE) == 0 ||
           strcmp(location, SJ_LOCATION_PHANTOM) == 0 || strcmp(location, SJ_LOCATION_SHADOW) == 0;
}

static int read_locations(struct emergency_finding *finding, sj_error *error) {
    sj_list locations = {0};
    const int status = sj_location_list(finding->dna->scope, NULL, &locations, error);
    for (size_t i = 0; status == SJ_OK && i < locations.count; i++) {
        finding->cases->has_locations =
            finding->cases->has_locations || !is_always_there(sj_location_at(&locations, i)->name);
    }
    sj_list_free(finding->dna->scope, &locations);
    return status;
}

static int read_records(struct emergency_finding *finding, sj_error *error) {
    sj_scope *scope = finding->dna->scope;
    const sj_query marked = {.field = "emergency_services_number", .value = "true"};
    const sj_query urgent = {.field = "urgent_priority", .value = "true"};
    const sj_query intercom = {.field = "usage", .value = "intercom"};
    int status = sj_device_pool_list(scope, NULL, &finding->pools, error);
    status = status == SJ_OK ? sj_calling_search_space_list(scope, NULL, &finding->spaces, error)
                             : status;
    status =
        status == SJ_OK ? sj_partition_list(scope, &intercom, &finding->intercoms, error) : status;
    status =
        status == SJ_OK ? sj_remote_cluster_list(scope, NULL, &finding->clusters, error) : status;
    status =
        status == SJ_OK ? sj_route_pattern_list(scope, &marked, &finding->marked, error) : status;
    status =
        status == SJ_OK ? sj_route_pattern_list(scope, &urgent, &finding->urgent, error) : status;
    return status == SJ_OK ? read_locations(finding, error) : status;
}

static void finding_closed(void *user) {
    struct emergency_finding *finding = user;
    sj_scope *scope = finding->dna->scope;
    sj_list_free(scope, &finding->pools);
    sj_list_free(scope, &finding->spaces);
    sj_list_free(scope, &finding->intercoms);
    sj_list_free(scope, &finding->clusters);
    sj_list_free(scope, &finding->marked);
    sj_list_free(scope, &finding->urgent);
    emergency_callers_clear(finding);
    free(finding);
}

int emergency_cases_find(struct dna *dna, sj_scope *scope, const sj_dna_emergency *request,
                         struct emergency_cases *cases, emergency_cases_fn *done, void *user,
                         sj_error *error) {
    struct emergency_finding *finding = calloc(1, sizeof *finding);
    sj_scope *own =
        finding == NULL ? NULL : sj_scope_open(scope, "emergency cases", finding_closed, finding);
    if (own == NULL) {
        free(finding);
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the matrix");
    }
    finding->dna = dna;
    finding->scope = own;
    finding->cases = cases;
    finding->done = done;
    finding->user = user;
    for (size_t i = 0; i < request->numbers_count; i++) {
        const size_t before = finding->numbers_count;
        finding->numbers_count =
            emergency_number_add(finding, finding->numbers, before, request->numbers[i]);
        if (finding->numbers_count > before && i < request->calling_numbers_count) {
            finding->callers_of_numbers[before] =
                emergency_keep(finding, request->calling_numbers[i]);
        }
    }
    const sj_policy_list policies = {0};
    const int status = read_records(finding, error);
    if (status == SJ_OK &&
        sj_ask_policy_list(own, &policies, 0, on_policies, finding, NULL) != SJ_OK) {
        finding->one_by_one = true;
        emergency_callers_read(finding, make_cases);
    }
    return status;
}

void emergency_cases_clear(struct emergency_cases *cases) {
    free(cases->cases);
    cases->cases = NULL;
    cases->count = cases->room = 0;
}
