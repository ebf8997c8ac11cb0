/* Answers traveller.reach, and `emcc check`, with what a login itself would decide. */
#include "checks/traveller_reach.h"
#include "devices/compose.h"
#include "events/analysis.h"
#include "reporting/error_codes.h"
#include "resources/geolocation.h"
#include "users/users.h"

bool em_traveller_profile(struct em *em, const sj_end_user *user, sj_device_profile **profile) {
    const char *name = sj_given(user->default_profile)       ? user->default_profile
                       : user->controlled_profiles_count > 0 ? user->controlled_profiles[0]
                                                             : "";
    return sj_given(name) && sj_device_profile_get(em->scope, name, profile, NULL) == SJ_OK;
}

void em_traveller_reach(struct em *em, sj_scope *scope, const sj_end_user *user,
                        const sj_device_profile *profile, const char *cluster_id,
                        const sj_device_pool *pool, const sj_civic_address *place,
                        struct em_traveller_reach *reach) {
    const char **lines = em_compose_line_spaces(em, scope, profile);
    reach->input = (sj_css_select_input){
        .user_id = user->user_id,
        .device_name = "",
        .model = profile->model,
        .visiting_cluster_id = cluster_id,
        .roaming_device_pool = pool != NULL ? pool->name : "",
        .adjunct_calling_search_space = pool != NULL ? pool->adjunct_calling_search_space : "",
        .line_calling_search_space = lines != NULL && profile->lines_count > 0 ? lines[0] : "",
        .emcc_calling_search_space = profile->emcc_calling_search_space};
    if (place != NULL) {
        reach->input.geolocation = *place;
    }
    reach->count =
        em_roaming_try_spaces(em, &reach->input, reach->spaces, &reach->restored, &reach->why);
}

/* "\\+4420@UK" is the number +4420. */
static void number_of(const char *key, char number[130]) {
    size_t used = 0;
    for (; *key != '\0' && *key != '@' && used + 1 < 130; key++) {
        if (*key != '\\') {
            number[used++] = *key;
        }
    }
    number[used] = '\0';
}

/* `line`: of the profile's, which calls; it may have none. */
static void reply(struct em *em, sj_scope *scope, sj_question *question, const sj_end_user *user,
                  const sj_device_profile *profile, size_t line, const char *cluster_id,
                  const sj_device_pool *pool) {
    struct em_traveller_reach reach;
    sj_geolocation *place = NULL;
    char number[130] = "", reason[500];
    const bool has_line = profile->lines_count > line;
    const char **line_spaces = em_compose_line_spaces(em, scope, profile);
    if (pool != NULL && sj_given(pool->geolocation)) {
        (void)sj_geolocation_get(em->scope, pool->geolocation, &place, NULL);
    }
    em_traveller_reach(em, scope, user, profile, cluster_id, pool,
                       place != NULL ? &place->address : NULL, &reach);
    if (has_line) {
        number_of(profile->lines[line].directory_number, number);
    }
    em_print(reason, sizeof reason, "%s%s%s%s", reach.why.text,
             reach.restored != NULL && reach.why.text[0] != '\0' ? "; " : "",
             sj_or_empty(reach.restored),
             reach.restored != NULL ? " was put back, as emergency numbers cannot be taken away"
                                    : "");
    const sj_traveller_reach_reply answer = {
        .calling_search_spaces = reach.spaces,
        .calling_search_spaces_count = reach.count,
        .adjunct_calling_search_space = reach.input.adjunct_calling_search_space,
        .first_line_calling_search_space = reach.input.line_calling_search_space,
        .line_calling_search_space = line_spaces != NULL && has_line ? line_spaces[line] : "",
        .calling_number = number,
        .external_phone_number_mask =
            has_line ? profile->lines[line].external_phone_number_mask : "",
        .device_profile = profile->name,
        .by_policy = reach.why.by_policy,
        .reason = reason};
    sj_reply_traveller_reach(em->scope, question, &answer);
    sj_record_free(em->scope, place);
}

/* Which line of the profile has that key; "": the first one. The count of lines: none has. */
static size_t line_of(const sj_device_profile *profile, const char *key) {
    size_t line = 0;
    while (sj_given(key) && line < profile->lines_count &&
           strcmp(profile->lines[line].directory_number, key) != 0) {
        line++;
    }
    return line;
}

static int find_profile(struct em *em, const sj_traveller_reach *request, const sj_end_user *user,
                        sj_device_profile **profile, sj_error *error) {
    char cause[EM_CAUSE_ROOM];
    if (!sj_given(request->device_profile)) {
        return em_traveller_profile(em, user, profile)
                   ? SJ_OK
                   : sj_error_set(
                         error, SJ_E_NOT_FOUND,
                         "user %s has no device profile that exists: a login would end with 205",
                         user->user_id);
    }
    return em_user_choose_profile(em, user, request->device_profile, profile, cause) == EM_OK
               ? SJ_OK
               : sj_error_field(error, SJ_E_NOT_FOUND, "device_profile", "%s", cause);
}

static void on_traveller_reach(void *user, sj_question *question,
                               const sj_traveller_reach *request) {
    struct em *em = user;
    sj_end_user *traveller = NULL;
    sj_device_profile *profile = NULL;
    sj_device_pool *pool = NULL;
    sj_error error;
    sj_scope *scope = sj_scope_open(em->scope, "traveller.reach", NULL, NULL);
    if (scope == NULL) {
        sj_fail(em->scope, question, SJ_E_NO_MEMORY, "no memory for the answer");
        return;
    }
    if (sj_end_user_get(em->scope, request->user_id, &traveller, &error) != SJ_OK ||
        (sj_given(request->device_pool) &&
         sj_device_pool_get(em->scope, request->device_pool, &pool, &error) != SJ_OK)) {
        sj_fail_error(em->scope, question, &error);
    } else if (find_profile(em, request, traveller, &profile, &error) != SJ_OK) {
        sj_fail_error(em->scope, question, &error);
    } else if (sj_given(request->line) && line_of(profile, request->line) == profile->lines_count) {
        (void)sj_error_field(&error, SJ_E_NOT_FOUND, "line", "device profile %s has no line %s",
                             profile->name, request->line);
        sj_fail_error(em->scope, question, &error);
    } else {
        reply(em, scope, question, traveller, profile, line_of(profile, request->line),
              request->visiting_cluster_id, pool);
    }
    sj_record_free(em->scope, profile);
    sj_record_free(em->scope, pool);
    sj_record_free(em->scope, traveller);
    sj_scope_close(scope);
}

int em_traveller_reach_open(struct em *em, sj_error *error) {
    return sj_answer_traveller_reach(em->scope, on_traveller_reach, em, error) != NULL
               ? SJ_OK
               : error->code;
}
