/* What applications ask: the user on a phone, the phones of a user, whether an id is a user, and
 * the device profiles. With the element emcc a user who is not of this cluster is looked for in the
 * others. */
#include <ctype.h>
#include <stdlib.h>

#include "applications/em_api.h"
#include "applications/em_api_document.h"
#include "clusters/home_lookup.h"
#include "reporting/error_codes.h"
#include "resources/end_user.h"
#include "resources/phone.h"
#include "resources/session.h"
#include "users/login_type.h"
#include "users/users.h"

enum { REMOTE_USERS_MAX = 20 }; /* in one query: each is asked for in every remote cluster */

/* ---- devices ---- */

/* Who asks without the proxy right learns nothing of others. */
static bool may_know(const struct em_api_call *call, const sj_session *session) {
    return call->may_act_for_others || (session->kind != SJ_SESSION_KIND_VISITING &&
                                        strcmp(session->user_id, call->wanted.application_id) == 0);
}

/* The answer for one device; false after a failure. */
static bool write_device(struct em_api_call *call, sj_xml_text *out, const char *name) {
    sj_scope *scope = call->em->scope;
    sj_session *session = NULL;
    sj_last_login *last = NULL;
    sj_phone *phone = NULL;
    sj_error error = {0};
    bool good = true;
    const int status = sj_session_get(scope, name, &session, &error);
    const bool occupied = status == SJ_OK && session->state == SJ_SESSION_STATE_ACTIVE;
    if (status != SJ_OK && status != SJ_E_NOT_FOUND && status != SJ_E_INVALID) {
        em_api_fail(call, EM_HOTELING_STATUS, error.text);
        good = false;
    } else if (occupied && !may_know(call, session)) {
        em_api_fail(call, EM_NO_PROXY_RIGHTS, "another user is logged in on the phone");
        good = false;
    } else if (!occupied && sj_phone_get(scope, name, &phone, NULL) != SJ_OK) {
        em_api_write_device_unknown(out, name);
    } else {
        const bool had = sj_last_login_get(scope, name, &last, NULL) == SJ_OK;
        const bool shown = had && (call->may_act_for_others ||
                                   (!sj_given(last->remote_cluster_id) &&
                                    strcmp(last->user_id, call->wanted.application_id) == 0));
        const char *user_id = occupied ? session->user_id : "",
                   *last_user_id = shown ? last->user_id : "";
        if (call->documented) {
            em_api_write_device_documented(out, name, user_id, last_user_id);
        } else {
            em_api_write_device(out, name, user_id, last_user_id,
                                occupied && session->kind != SJ_SESSION_KIND_LOCAL);
        }
    }
    sj_record_free(scope, phone);
    sj_record_free(scope, last);
    sj_record_free(scope, session);
    return good;
}

static void query_devices(struct em_api_call *call) {
    sj_xml_text document = {0};
    em_api_open_results(&document, "deviceUserResults");
    for (size_t i = 0; i < call->wanted.names_count; i++) {
        if (!write_device(call, &document, call->wanted.names[i])) {
            sj_xml_text_free(&document);
            return;
        }
    }
    em_api_close_results(&document, "deviceUserResults");
    em_api_answer(call, &document);
}

/* ---- users ---- */

/* One of those asked for. */
struct who {
    struct users *users;
    const char *typed;
    sj_end_user *local; /* of this cluster */
    bool remote;        /* of another one, and then: */
    bool disclosed;
    const char *cluster_id, *user_id, *default_profile;
    const char *const *profiles;
    size_t profiles_count;
};

struct users {
    struct em_api_call *call;
    sj_login_type type;
    size_t count, open;
    enum em_code failed; /* EM_OK, or the first code that is no answer */
    char cause[EM_CAUSE_ROOM];
    struct who who[API_NAMES];
};

static void write_devices(struct users *users, sj_xml_text *out, const struct who *who) {
    sj_scope *scope = users->call->em->scope;
    const char *id = who->local != NULL       ? who->local->user_id
                     : sj_given(who->user_id) ? who->user_id
                                              : who->typed;
    char lower[EM_USER_ROOM];
    size_t written = 0;
    em_copy(lower, id);
    for (char *at = lower; *at != '\0'; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    /* A home cluster may know a user by the small letters of what was typed. */
    for (int round = 0; round < 2 && written == 0; round++) {
        const sj_query query = {.field = "user_id", .value = round == 0 ? id : lower};
        sj_list list = {0};
        if (round == 1 && (who->local != NULL || strcmp(lower, id) == 0)) {
            break;
        }
        (void)sj_session_list(scope, &query, &list, NULL);
        for (size_t i = 0; i < list.count; i++) {
            const sj_session *session = sj_session_at(&list, i);
            /* A user of another cluster may bear the same id. */
            const bool visiting = session->kind == SJ_SESSION_KIND_VISITING;
            if (session->state == SJ_SESSION_STATE_ACTIVE && visiting == (who->local == NULL) &&
                (!visiting || strcmp(session->remote_cluster_id, who->cluster_id) == 0)) {
                sj_xml_text_element(out, "deviceName", session->device_name);
                written++;
            }
        }
        sj_list_free(scope, &list);
    }
    if (written == 0) {
        em_api_write_empty(out, "none");
    }
}

/* Those that the user may log in with: the controlled ones, and the default one when it is none of
 * them. */
static void write_profiles(sj_xml_text *out, const struct who *who) {
    const sj_end_user *user = who->local;
    const char *const *profiles = user != NULL ? user->controlled_profiles : who->profiles;
    const size_t count = user != NULL ? user->controlled_profiles_count : who->profiles_count;
    const char *by_default = user != NULL ? user->default_profile : who->default_profile;
    bool written = !sj_given(by_default);
    for (size_t i = 0; i < count; i++) {
        const bool is_default =
            sj_given(by_default) ? strcmp(by_default, profiles[i]) == 0 : count == 1;
        em_api_write_device_profile(out, profiles[i], is_default);
        written = written || is_default;
    }
    if (!written) {
        em_api_write_device_profile(out, by_default, true);
    }
}

static void write_user(struct users *users, sj_xml_text *out, const struct who *who) {
    em_api_open_user(out, who->typed);
    if (who->local == NULL && !who->remote) {
        em_api_write_empty(out, "doesNotExist");
    } else if (users->call->wanted.kind == API_CHECK_USER) {
        em_api_write_empty(out, "exists");
    } else if (users->call->wanted.kind == API_USER_DEVICES_QUERY) {
        write_devices(users, out, who);
    } else {
        write_profiles(out, who);
    }
    em_api_close_user(out);
}

static void answer(struct users *users) {
    struct em_api_call *call = users->call;
    const enum api_kind kind = call->wanted.kind;
    const char *results = kind == API_USER_DEVICES_QUERY ? "userDevicesResults"
                          : kind == API_CHECK_USER       ? "checkUserResults"
                                                         : "deviceProfileResults";
    sj_xml_text document = {0};
    em_api_open_results(&document, results);
    for (size_t i = 0; i < users->count; i++) {
        write_user(users, &document, &users->who[i]);
    }
    em_api_close_results(&document, results);
    if (users->failed != EM_OK) {
        sj_xml_text_free(&document);
        em_api_fail(call, users->failed, users->cause);
    } else {
        em_api_answer(call, &document);
    }
}

static void fails(struct users *users, enum em_code code, const char *cause) {
    if (users->failed == EM_OK) {
        users->failed = code;
        em_copy(users->cause, cause);
    }
}

/* Kept for the answer: what was found lives only as long as its look-up. */
static bool keep(struct who *who, const struct em_home_user *found) {
    sj_scope *scope = who->users->call->scope;
    const char **profiles = sj_scope_alloc(scope, (found->profiles_count + 1) * sizeof *profiles);
    who->cluster_id = sj_scope_strdup(scope, found->cluster_id);
    who->user_id = sj_scope_strdup(scope, found->user_id);
    who->default_profile = sj_scope_strdup(scope, found->default_profile);
    who->profiles = profiles;
    for (size_t i = 0; profiles != NULL && i < found->profiles_count; i++) {
        profiles[i] = sj_scope_strdup(scope, found->profiles[i]);
        who->profiles_count += profiles[i] != NULL;
    }
    who->disclosed = found->disclosed;
    return profiles != NULL && who->cluster_id != NULL && who->user_id != NULL &&
           who->default_profile != NULL && who->profiles_count == found->profiles_count;
}

static void home_known(void *user, enum em_code code, const struct em_home_user *found,
                       const char *cause) {
    struct who *who = user;
    struct users *users = who->users;
    char why[EM_CAUSE_ROOM];
    if (code == EM_OK && !keep(who, found)) {
        fails(users, EM_DATABASE, "out of memory");
    } else if (code == EM_OK && users->call->wanted.kind == API_DEVICE_PROFILE_QUERY &&
               !found->disclosed) {
        em_print(why, sizeof why,
                 "home cluster %s gives applications of this cluster no information about %s: "
                 "Accept Logins by Applications is "
                 "off there, or EMCC for "
                 "the user",
                 found->cluster_id, who->typed);
        fails(users, EM_NO_PROXY_RIGHTS, why);
    } else if (code == EM_OK) {
        who->remote = true;
    } else if (code != EM_NO_USER && code != EM_NO_REMOTE_CLUSTER) {
        fails(users, code, cause);
    }
    if (--users->open == 0) {
        answer(users);
    }
}

static void ask_other_clusters(struct users *users) {
    struct em_api_call *call = users->call;
    size_t wanted = 0;
    for (size_t i = 0; i < users->count; i++) {
        wanted += users->who[i].local == NULL;
    }
    if (wanted > REMOTE_USERS_MAX) {
        fails(users, EM_PARSING, "more than 20 users of other clusters in one query");
        return;
    }
    for (size_t i = 0; i < users->count; i++) {
        if (users->who[i].local == NULL) {
            users->open++;
            em_home_lookup_for(call->em, call->scope, users->type, users->who[i].typed,
                               em_api_application(call), call->trace_id, home_known,
                               &users->who[i]);
        }
    }
}

static void closed(void *user) {
    struct users *users = user;
    for (size_t i = 0; i < users->count; i++) {
        sj_record_free(users->call->em->scope, users->who[i].local);
    }
    free(users);
}

static void query_users(struct em_api_call *call) {
    struct users *users = calloc(1, sizeof *users);
    char cause[EM_CAUSE_ROOM];
    if (users == NULL || sj_scope_open(call->scope, "query of users", closed, users) == NULL) {
        free(users);
        em_api_fail(call, EM_DATABASE, "out of memory");
        return;
    }
    users->call = call;
    users->failed = EM_OK;
    users->open = 1; /* its own, so that it ends after the last was asked for */
    if (!em_login_type_parse(call->wanted.login_type, &users->type)) {
        em_api_fail(call, EM_LOGIN_TYPE, "loginType is none of UID, SP, DN");
        return;
    }
    for (; users->count < call->wanted.names_count; users->count++) {
        struct who *who = &users->who[users->count];
        who->users = users;
        who->typed = call->wanted.names[users->count];
        const enum em_code code =
            em_user_find(call->em, users->type, who->typed, &who->local, cause);
        if (code != EM_OK && code != EM_NO_USER) {
            fails(users, code, cause);
        }
    }
    if (call->wanted.emcc && users->failed == EM_OK) {
        ask_other_clusters(users);
    }
    if (--users->open == 0) {
        answer(users);
    }
}

void em_api_query(struct em_api_call *call) {
    const struct em_api_request *wanted = &call->wanted;
    if (wanted->kind == API_DEVICE_USER_QUERY) {
        query_devices(call);
        return;
    }
    if (wanted->emcc && !call->may_act_for_others) {
        em_api_fail(call, EM_NO_PROXY_RIGHTS, "the caller may not ask for users of other clusters");
        return;
    }
    for (size_t i = 0; i < wanted->names_count; i++) {
        if (!em_api_may_act_for(call, wanted->names[i])) {
            em_api_fail(call, EM_NO_PROXY_RIGHTS, "the caller may ask for itself only");
            return;
        }
    }
    query_users(call);
}
