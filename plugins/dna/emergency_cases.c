/* Who may dial which emergency number where: phones of this cluster at their sites, travellers of
 * other clusters on these phones, travellers of this cluster on phones of others. Reads the store.
 */
#include <stdlib.h>

#include <sojourn/base/array.h>

#include "emergency.h"
#include "pattern_numbers.h"
#include "resources/calling_search_space.h"
#include "resources/device_pool.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "resources/phone.h"
#include "resources/remote_cluster.h"
#include "resources/route_pattern.h"

enum { PAGE_PHONES = 200, CALLERS_MAX = 2000, PAGE_POOLS = 20 };

/* Phones of one device pool that may reach the same. */
struct caller {
    const char *phone, *device_pool, *place, *device_css, *line_css, *number, *mask;
};

struct finding {
    struct dna *dna;
    sj_scope *scope;
    struct emergency_cases *cases;
    const char *numbers[EMERGENCY_NUMBERS_MAX]; /* as asked for */
    size_t numbers_count;
    emergency_cases_fn *done;
    void *user;
    char after[130];
    sj_list pools, spaces, clusters, patterns;
    struct caller callers[CALLERS_MAX];
    size_t callers_count;
    size_t next_cluster, next_pool; /* whose visitors, and where travellers, come next */
    const char *user_id;            /* the traveller; "" when there is none */
};

static const char *keep(const struct finding *finding, const char *text) {
    return sj_or_empty(sj_scope_strdup(finding->scope, sj_or_empty(text)));
}

/* ---- numbers ---- */

static bool holds(const sj_calling_search_space *space, const char *partition) {
    for (size_t i = 0; i < space->partitions_count; i++) {
        if (strcmp(space->partitions[i], partition) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_adjunct(const struct finding *finding, const char *space) {
    for (size_t i = 0; i < finding->pools.count; i++) {
        if (strcmp(sj_device_pool_at(&finding->pools, i)->adjunct_calling_search_space, space) ==
            0) {
            return true;
        }
    }
    return false;
}

/* Whether the partition can be reached through that calling search space; or, with none named,
 * through any that is no adjunct CSS. */
static bool is_reached(const struct finding *finding, const char *partition, const char *adjunct) {
    for (size_t i = 0; i < finding->spaces.count; i++) {
        const sj_calling_search_space *space = sj_calling_search_space_at(&finding->spaces, i);
        const bool counts =
            adjunct != NULL ? strcmp(space->name, adjunct) == 0 : !is_adjunct(finding, space->name);
        if (counts && holds(space, partition)) {
            return true;
        }
    }
    return adjunct == NULL && partition[0] == '\0';
}

static size_t add_number(struct finding *finding, const char **numbers, size_t count,
                         const char *number) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(numbers[i], number) == 0) {
            return count;
        }
    }
    if (count < EMERGENCY_NUMBERS_MAX) {
        numbers[count++] = keep(finding, number);
    } else {
        finding->cases->cut = true;
    }
    return count;
}

/* It stands for too many numbers to ask about each. */
static void note_wide(struct finding *finding, const char *pattern) {
    struct emergency_cases *cases = finding->cases;
    for (size_t i = 0; i < cases->wide_count; i++) {
        if (strcmp(cases->wide[i], pattern) == 0) {
            return;
        }
    }
    if (cases->wide_count < WIDE_PATTERNS_SHOWN) {
        cases->wide[cases->wide_count++] = keep(finding, pattern);
    } else {
        cases->more_wide = true;
    }
}

/* The numbers of a place: those asked for, or the dial plan's emergency numbers there. */
static size_t numbers_at(struct finding *finding, const char *adjunct,
                         const char *numbers[EMERGENCY_NUMBERS_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < finding->numbers_count; i++) {
        count = add_number(finding, numbers, count, finding->numbers[i]);
    }
    for (size_t i = 0; finding->numbers_count == 0 && i < finding->patterns.count; i++) {
        const sj_route_pattern *pattern = sj_route_pattern_at(&finding->patterns, i);
        char found[PATTERN_NUMBERS_MAX][PATTERN_NUMBER_ROOM];
        if (pattern->block || !is_reached(finding, pattern->partition, adjunct)) {
            continue;
        }
        const size_t found_count = pattern_numbers(pattern->pattern, found);
        for (size_t k = 0; k < found_count; k++) {
            count = add_number(finding, numbers, count, found[k]);
        }
        if (found_count == 0) {
            note_wide(finding, pattern->pattern);
        }
    }
    return count;
}

/* ---- cases ---- */

static void add_cases(struct finding *finding, const struct emergency_case *like,
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

static const char *place_of(const struct finding *finding, const char *pool) {
    for (size_t i = 0; i < finding->pools.count; i++) {
        const sj_device_pool *found = sj_device_pool_at(&finding->pools, i);
        if (strcmp(found->name, pool) == 0 && sj_given(found->geolocation)) {
            char text[120];
            (void)snprintf(text, sizeof text, "%s (%s)", pool, found->geolocation);
            return keep(finding, text);
        }
    }
    return keep(finding, pool);
}

static void add_phones(struct finding *finding) {
    const char *numbers[EMERGENCY_NUMBERS_MAX];
    const size_t count = numbers_at(finding, NULL, numbers);
    finding->cases->no_numbers = count == 0;
    for (size_t i = 0; i < finding->callers_count; i++) {
        const struct caller *caller = &finding->callers[i];
        const char **spaces = sj_scope_alloc(finding->scope, 2 * sizeof *spaces);
        struct emergency_case one = {.cluster_id = finding->dna->scope->host->node->cluster_id,
                                     .place = caller->place,
                                     .caller = caller->phone};
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
        add_cases(finding, &one, numbers, count);
    }
}

/* Of one cluster. It sends the call back here, for the phone. */
static void add_visitors(struct finding *finding, const sj_remote_cluster *cluster) {
    const char *numbers[EMERGENCY_NUMBERS_MAX];
    const size_t count = numbers_at(finding, NULL, numbers);
    const char *cluster_id = keep(finding, cluster->cluster_id);
    for (size_t i = 0; count > 0 && i < finding->callers_count && !finding->cases->cut; i++) {
        const struct emergency_case one = {
            .cluster_id = cluster_id,
            .place = finding->callers[i].place,
            .caller = EMERGENCY_VISITOR,
            .call.caller = {.device_name = finding->callers[i].phone, .returned = true}};
        add_cases(finding, &one, numbers, count);
    }
}

/* Of this cluster, at one roaming device pool. */
static void add_travellers(struct finding *finding, const sj_device_pool *pool) {
    const char *numbers[EMERGENCY_NUMBERS_MAX];
    const size_t count = numbers_at(finding, pool->adjunct_calling_search_space, numbers);
    const char *place = place_of(finding, pool->name), *name = keep(finding, pool->name);
    for (size_t k = 0; count > 0 && k < finding->clusters.count && !finding->cases->cut; k++) {
        const sj_remote_cluster *cluster = sj_remote_cluster_at(&finding->clusters, k);
        const struct emergency_case one = {
            .cluster_id = finding->dna->scope->host->node->cluster_id,
            .place = place,
            .caller = finding->user_id,
            .call.caller = {.user_id = finding->user_id,
                            .visiting_cluster_id = keep(finding, cluster->cluster_id),
                            .device_pool = name}};
        if (cluster->emcc) {
            add_cases(finding, &one, numbers, count);
        }
    }
}

/* ---- callers ---- */

static void take_phone(struct finding *finding, const sj_phone *phone) {
    sj_directory_number *number = NULL;
    const char *line_css = "";
    if (phone->lines_count > 0 &&
        sj_directory_number_get(finding->dna->scope, phone->lines[0].directory_number, &number,
                                NULL) == SJ_OK) {
        line_css = number->calling_search_space;
    }
    finding->cases->phones++;
    size_t i = 0;
    while (i < finding->callers_count &&
           (strcmp(finding->callers[i].device_pool, phone->device_pool) != 0 ||
            strcmp(finding->callers[i].device_css, phone->calling_search_space) != 0 ||
            strcmp(finding->callers[i].line_css, line_css) != 0)) {
        i++;
    }
    if (i == CALLERS_MAX) {
        finding->cases->cut = true;
    } else if (i == finding->callers_count) {
        finding->callers[finding->callers_count++] = (struct caller){
            .phone = keep(finding, phone->name),
            .device_pool = keep(finding, phone->device_pool),
            .place = place_of(finding, phone->device_pool),
            .device_css = keep(finding, phone->calling_search_space),
            .line_css = keep(finding, line_css),
            .number = keep(finding, number != NULL ? number->pattern : ""),
            .mask = keep(finding,
                         phone->lines_count > 0 ? phone->lines[0].external_phone_number_mask : "")};
    }
    sj_record_free(finding->dna->scope, number);
}

/* Some user who may travel; "" when there is none. */
static const char *find_traveller(const struct finding *finding) {
    sj_scope *scope = finding->dna->scope;
    const sj_query query = {.field = "enable_emcc", .value = "true", .limit = 1};
    const char *user_id = "";
    sj_list users = {0};
    if (sj_end_user_list(scope, &query, &users, NULL) == SJ_OK) {
        user_id = users.count > 0 ? keep(finding, sj_end_user_at(&users, 0)->user_id) : "";
        sj_list_free(scope, &users);
    }
    return user_id;
}

/* The visitors of a cluster, or travellers at some pools; then the next ones, or the end. */
static void make_cases(void *user) {
    struct finding *finding = user;
    if (finding->next_cluster < finding->clusters.count) {
        const sj_remote_cluster *cluster =
            sj_remote_cluster_at(&finding->clusters, finding->next_cluster++);
        if (cluster->emcc) {
            add_visitors(finding, cluster);
        }
    } else if (finding->user_id[0] != '\0') {
        for (size_t i = 0; i < PAGE_POOLS && finding->next_pool < finding->pools.count; i++) {
            const sj_device_pool *pool = sj_device_pool_at(&finding->pools, finding->next_pool++);
            if (sj_given(pool->adjunct_calling_search_space)) {
                add_travellers(finding, pool);
            }
        }
    }
    const bool more = finding->next_cluster < finding->clusters.count ||
                      (finding->user_id[0] != '\0' && finding->next_pool < finding->pools.count);
    if (!more || finding->cases->cut) {
        finding->done(finding->user, SJ_OK, NULL);
    } else if (sj_timer_start(finding->scope, 0, 0, make_cases, finding) == NULL) {
        finding->cases->cut = true;
        finding->done(finding->user, SJ_OK, NULL);
    }
}

/* A page of the phones; then the next one, or the end. */
static void read_phones(void *user) {
    struct finding *finding = user;
    sj_scope *scope = finding->dna->scope;
    const sj_query query = {.after_key = finding->after[0] != '\0' ? finding->after : NULL,
                            .limit = PAGE_PHONES};
    sj_list phones = {0};
    sj_error error = {0};
    const int status = sj_phone_list(scope, &query, &phones, &error);
    const size_t count = phones.count;
    for (size_t i = 0; status == SJ_OK && i < count; i++) {
        take_phone(finding, sj_phone_at(&phones, i));
        (void)snprintf(finding->after, sizeof finding->after, "%s", sj_phone_at(&phones, i)->name);
    }
    sj_list_free(scope, &phones);
    if (status == SJ_OK && count == PAGE_PHONES &&
        sj_timer_start(finding->scope, 0, 0, read_phones, finding) != NULL) {
        return;
    }
    if (status != SJ_OK) {
        finding->done(finding->user, status, &error);
        return;
    }
    finding->user_id = find_traveller(finding);
    add_phones(finding);
    make_cases(finding);
}

static int read_records(struct finding *finding, sj_error *error) {
    sj_scope *scope = finding->dna->scope;
    const sj_query marked = {.field = "emergency_services_number", .value = "true"};
    const sj_query urgent = {.field = "urgent_priority", .value = "true"};
    int status = sj_device_pool_list(scope, NULL, &finding->pools, error);
    status = status == SJ_OK ? sj_calling_search_space_list(scope, NULL, &finding->spaces, error)
                             : status;
    status =
        status == SJ_OK ? sj_remote_cluster_list(scope, NULL, &finding->clusters, error) : status;
    status =
        status == SJ_OK ? sj_route_pattern_list(scope, &marked, &finding->patterns, error) : status;
    if (status == SJ_OK && finding->patterns.count == 0) { /* none is marked: urgent ones are */
        sj_list_free(scope, &finding->patterns);
        status = sj_route_pattern_list(scope, &urgent, &finding->patterns, error);
    }
    return status;
}

static void finding_closed(void *user) {
    struct finding *finding = user;
    sj_scope *scope = finding->dna->scope;
    sj_list_free(scope, &finding->pools);
    sj_list_free(scope, &finding->spaces);
    sj_list_free(scope, &finding->clusters);
    sj_list_free(scope, &finding->patterns);
    free(finding);
}

int emergency_cases_find(struct dna *dna, sj_scope *scope, const sj_dna_emergency *request,
                         struct emergency_cases *cases, emergency_cases_fn *done, void *user,
                         sj_error *error) {
    struct finding *finding = calloc(1, sizeof *finding);
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
        finding->numbers_count =
            add_number(finding, finding->numbers, finding->numbers_count, request->numbers[i]);
    }
    const int status = read_records(finding, error);
    if (status == SJ_OK && sj_timer_start(own, 0, 0, read_phones, finding) == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the matrix");
    }
    return status;
}

void emergency_cases_clear(struct emergency_cases *cases) {
    free(cases->cases);
    cases->cases = NULL;
    cases->count = cases->room = 0;
}
