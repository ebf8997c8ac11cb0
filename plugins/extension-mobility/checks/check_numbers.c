/* Whether emergency numbers go back to the visited cluster when they are dialled through all
 * calling search spaces that a login gives. The call manager analyses them, as it would for the
 * call. */
#include "checks/check_numbers.h"
#include "checks/check_calls.h"
#include "checks/findings.h"
#include "events/call.h"
#include "reporting/error_codes.h"
#include "resources/calling_search_space.h"
#include "resources/route_pattern.h"

enum { NUMBERS = 20, SPACES = 20, ANALYSE_MS = 2000 };

struct asked {
    struct em_findings *findings;
    const char *cluster_id, *place, *user_id;
    sj_done_fn done;
    void *user;
};

/* The number that a pattern stands for, when it is one: "9.999" is 9999. NULL for patterns of many
 * numbers. */
static const char *number_of(sj_scope *scope, const char *pattern) {
    char number[64];
    size_t length = 0;
    for (const char *c = pattern; *c != '\0' && length < sizeof number - 1; c++) {
        if (strchr("0123456789*#", *c) != NULL) {
            number[length++] = *c;
        } else if (*c != '.') {
            return NULL;
        }
    }
    number[length] = '\0';
    return length > 0 ? sj_scope_strdup(scope, number) : NULL;
}

/* What the adjunct CSS sends back to the visited cluster, number by number. */
static size_t numbers_of(struct em_findings *findings, const char *adjunct,
                         const char *numbers[NUMBERS]) {
    sj_scope *scope = findings->em->scope;
    sj_calling_search_space *space = NULL;
    size_t count = 0;
    if (!sj_given(adjunct) || sj_calling_search_space_get(scope, adjunct, &space, NULL) != SJ_OK) {
        return 0;
    }
    for (size_t i = 0; i < space->partitions_count; i++) {
        const sj_query query = {.field = "partition", .value = space->partitions[i], .limit = 200};
        sj_list patterns = {0};
        (void)sj_route_pattern_list(scope, &query, &patterns, NULL);
        for (size_t k = 0; k < patterns.count && count < NUMBERS; k++) {
            const sj_route_pattern *pattern = sj_route_pattern_at(&patterns, k);
            if (!pattern->block &&
                em_check_returns_to_visited_cluster(scope, pattern->route_list)) {
                numbers[count] = number_of(findings->scope, pattern->pattern);
                count += numbers[count] != NULL;
            }
        }
        sj_list_free(scope, &patterns);
    }
    sj_record_free(scope, space);
    return count;
}

static void analysed(void *user, int status, const sj_error *error,
                     const sj_number_analyse_reply *reply) {
    const struct asked *asked = user;
    if (status != SJ_OK) {
        em_findings_add(
            asked->findings,
            "Whether emergency numbers of %s of cluster %s are reached is not known: %.300s",
            asked->place, asked->cluster_id, error->text);
    }
    for (size_t i = 0; status == SJ_OK && i < reply->results_count; i++) {
        const sj_number_analyse_reply_result *result = &reply->results[i];
        if (result->outcome == SJ_NUMBER_ANALYSE_REPLY_RESULT_OUTCOME_NO_MATCH) {
            em_findings_add(asked->findings,
                            "When user %s dials %s at %s of cluster %s, nothing fits.",
                            asked->user_id, result->number, asked->place, asked->cluster_id);
        } else if (result->outcome !=
                   SJ_NUMBER_ANALYSE_REPLY_RESULT_OUTCOME_RETURN_TO_VISITING_CLUSTER) {
            em_findings_add(asked->findings,
                            "When user %s dials %s at %s of cluster %s, pattern %s in partition %s "
                            "of the calling search space %s is "
                            "taken (%s): the call does not leave through that cluster.",
                            asked->user_id, result->number, asked->place, asked->cluster_id,
                            result->pattern,
                            sj_given(result->partition) ? result->partition : "<None>",
                            result->calling_search_space,
                            sj_number_analyse_reply_result_outcome_text(result->outcome));
        }
    }
    asked->done(asked->user);
}

bool em_check_emergency_numbers(struct em_findings *findings, const char *cluster_id,
                                const char *place, const struct em_check_spaces *spaces,
                                sj_done_fn done, void *user) {
    sj_scope *scope = findings->scope;
    const char *numbers[NUMBERS], *names[SPACES];
    size_t count = 0;
    const sj_number_analyse request = {
        .numbers = numbers,
        .numbers_count = numbers_of(findings, spaces->adjunct, numbers),
        .calling_search_spaces = names,
        .calling_search_spaces_count = spaces->count < SPACES ? spaces->count : SPACES,
        .adjunct_calling_search_space = sj_scope_strdup(scope, spaces->adjunct),
        .device_pool = sj_scope_strdup(scope, spaces->device_pool)};
    struct asked *asked = sj_scope_alloc(scope, sizeof *asked);
    while (count < request.calling_search_spaces_count &&
           (names[count] = sj_scope_strdup(scope, spaces->names[count])) != NULL) {
        count++;
    }
    if (asked == NULL || request.numbers_count == 0 ||
        count < request.calling_search_spaces_count ||
        request.adjunct_calling_search_space == NULL || request.device_pool == NULL) {
        return false;
    }
    *asked = (struct asked){findings, cluster_id, place, sj_scope_strdup(scope, spaces->user_id),
                            done,     user};
    /* Where no call manager answers, that is said already. */
    return asked->user_id != NULL &&
           sj_ask_number_analyse(scope, &request, ANALYSE_MS, analysed, asked, NULL) == SJ_OK;
}
