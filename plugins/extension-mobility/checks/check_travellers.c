/* The users of this cluster who may travel, and what would make their logins or calls fail. */
#include "checks/check_travellers.h"
#include "checks/findings.h"
#include "parameters/enterprise.h"
#include "parameters/extension_mobility.h"
#include "resources/device_profile.h"
#include "resources/end_user.h"
#include "resources/session.h"

enum { PAGE = 200 };
#define MS_A_DAY INT64_C(86400000)

static const struct {
    bool problem;
    const char *sentence;
} kinds[TRAVELLER_KINDS] = {
    [TRAVELLER_ELSEWHERE] = {true, "Home Cluster is off, logins fail with 23"},
    [TRAVELLER_WITHOUT_PIN] = {true, "No PIN is set, logins fail with 2"},
    [TRAVELLER_WITHOUT_PROFILE] = {true, "No device profile is associated, logins fail with 205"},
    [TRAVELLER_CANNOT_LEAVE] =
        {true,
         "The device profile is not subscribed to Extension Mobility, the user cannot log out"},
    [TRAVELLER_WITHOUT_CSS] = {true, "The device profile has no Extension Mobility Cross Cluster "
                                     "CSS, calls reach no more than the "
                                     "line's own"},
    [TRAVELLER_WITHOUT_LINE] = {true, "The device profile has no line, the phone has no number"},
    [TRAVELLER_DISABLED] = {false, "The user is disabled, logins fail with 2"},
    [TRAVELLER_LOCKED] = {false,
                          "The PIN is locked after wrong attempts, logins fail with 2 for a while"},
    [TRAVELLER_MUST_CHANGE] =
        {false,
         "The PIN must be changed at the next login, which fails with 41 and offers the change"},
    [TRAVELLER_LETTERS] = {false, "Alphanumeric User ID is off and the user id has letters, it "
                                  "cannot be typed on phones here"},
};

/* A user is named once a kind, however many profiles are wrong. */
struct profile_faults {
    bool cannot_leave, without_css, without_line;
};

static void check_profile(struct em *em, const struct em_check_services *services, const char *name,
                          struct profile_faults *faults) {
    sj_device_profile *profile = NULL;
    if (!sj_given(name) || sj_device_profile_get(em->scope, name, &profile, NULL) != SJ_OK) {
        return;
    }
    /* On a phone of another model a default device profile may stand in; on one of the profile's
     * own model nothing does. */
    faults->cannot_leave =
        faults->cannot_leave ||
        !em_check_services_among(services, profile->services, profile->services_count);
    faults->without_css = faults->without_css || !sj_given(profile->emcc_calling_search_space);
    faults->without_line = faults->without_line || profile->lines_count == 0;
    sj_record_free(em->scope, profile);
}

static bool has_letters(const char *user_id) {
    return strspn(user_id, "0123456789*#") != strlen(user_id);
}

static bool has_expired(sj_scope *scope, int64_t changed_at) {
    const int64_t days = sj_param_enterprise_credential_expires_after(scope);
    return days > 0 && changed_at > 0 && sj_wall_ms(scope) - changed_at >= days * MS_A_DAY;
}

static void check_traveller(struct em *em, const struct em_check_services *services,
                            const sj_end_user *user, struct em_check_travellers *travellers) {
    struct em_tally *tallies = travellers->tallies;
    struct profile_faults faults = {0};
    sj_credential_state *state = NULL;
    char key[EM_USER_ROOM + 8];
    travellers->count++;
    em_print(key, sizeof key, "%s@pin", user->user_id);
    const bool known = sj_credential_state_get(em->scope, key, &state, NULL) == SJ_OK;
    const bool locked = known && state->locked_until > sj_wall_ms(em->scope);
    const bool expired =
        known && !user->pin_does_not_expire && has_expired(em->scope, state->changed_at);
    sj_record_free(em->scope, state);
    if (user->controlled_profiles_count == 0) {
        check_profile(em, services, user->default_profile, &faults);
    }
    for (size_t i = 0; i < user->controlled_profiles_count; i++) {
        check_profile(em, services, user->controlled_profiles[i], &faults);
    }
    const bool found[TRAVELLER_KINDS] = {
        [TRAVELLER_ELSEWHERE] = !user->home_cluster,
        [TRAVELLER_WITHOUT_PIN] = !sj_given(user->pin),
        [TRAVELLER_WITHOUT_PROFILE] =
            user->controlled_profiles_count == 0 && !sj_given(user->default_profile),
        [TRAVELLER_CANNOT_LEAVE] = faults.cannot_leave,
        [TRAVELLER_WITHOUT_CSS] = faults.without_css,
        [TRAVELLER_WITHOUT_LINE] = faults.without_line,
        [TRAVELLER_DISABLED] = !user->enabled,
        [TRAVELLER_LOCKED] = locked,
        [TRAVELLER_MUST_CHANGE] = user->pin_change_required || expired,
        [TRAVELLER_LETTERS] =
            !sj_param_em_alphanumeric_user_id(em->scope) && has_letters(user->user_id),
    };
    for (size_t kind = 0; kind < TRAVELLER_KINDS; kind++) {
        if (found[kind]) {
            em_tally_add(&tallies[kind], user->user_id);
        }
    }
}

bool em_check_travellers_page(struct em *em, const struct em_check_services *services,
                              struct em_check_travellers *travellers) {
    const sj_query query = {.field = "enable_emcc",
                            .value = "true",
                            .after_key = travellers->after[0] != '\0' ? travellers->after : NULL,
                            .limit = PAGE};
    sj_list users = {0};
    if (sj_end_user_list(em->scope, &query, &users, NULL) != SJ_OK) {
        return true;
    }
    for (size_t i = 0; i < users.count; i++) {
        check_traveller(em, services, sj_end_user_at(&users, i), travellers);
        em_copy(travellers->after, sj_end_user_at(&users, i)->user_id);
    }
    const bool last = users.count < PAGE;
    sj_list_free(em->scope, &users);
    return last;
}

void em_check_travellers_report(struct em_findings *findings,
                                const struct em_check_travellers *travellers) {
    for (size_t kind = 0; kind < TRAVELLER_KINDS; kind++) {
        em_findings_tally(findings, kinds[kind].problem, &travellers->tallies[kind], "traveller",
                          kinds[kind].sentence);
    }
}
