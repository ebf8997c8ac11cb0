/* Who stands behind an id that was typed, and with which device profile. Reads the store. */
#include "users/users.h"

#include <ctype.h>

#include "reporting/error_codes.h"
#include "resources/device_profile.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "users/directory_uris.h"
#include "users/login_type.h"

static enum em_code store_failed(const sj_error *error, char cause[EM_CAUSE_ROOM]) {
    em_print(cause, EM_CAUSE_ROOM, "the user could not be read: %.400s", error->text);
    return EM_USER_INFORMATION;
}

static enum em_code by_user_id(struct em *em, const char *id, sj_end_user **user,
                               char cause[EM_CAUSE_ROOM]) {
    sj_error error = {0};
    int status = sj_end_user_get(em->scope, id, user, &error);
    if (status == SJ_E_NOT_FOUND) {
        /* Phones with a digit pad type what case they like. */
        char lower[EM_USER_ROOM];
        size_t length = 0;
        for (; id[length] != '\0' && length < sizeof lower - 1; length++) {
            lower[length] = (char)tolower((unsigned char)id[length]);
        }
        lower[length] = '\0';
        if (strcmp(lower, id) != 0) {
            status = sj_end_user_get(em->scope, lower, user, &error);
        }
    }
    if (status == SJ_OK) {
        return EM_OK;
    }
    return status == SJ_E_NOT_FOUND || status == SJ_E_INVALID ? EM_NO_USER
                                                              : store_failed(&error, cause);
}

/* The only user whose `field` is `value`. */
static enum em_code by_field(struct em *em, const char *field, const char *value,
                             sj_end_user **user, size_t *found, char cause[EM_CAUSE_ROOM]) {
    const sj_query query = {.field = field, .value = value, .limit = 2};
    sj_list list = {0};
    sj_error error = {0};
    if (sj_end_user_list(em->scope, &query, &list, &error) != SJ_OK) {
        return store_failed(&error, cause);
    }
    *found += list.count;
    enum em_code code = EM_NO_USER;
    if (list.count > 0) {
        code = sj_end_user_get(em->scope, sj_end_user_at(&list, 0)->user_id, user, &error) == SJ_OK
                   ? EM_OK
                   : store_failed(&error, cause);
    }
    sj_list_free(em->scope, &list);
    return code;
}

static enum em_code by_extension(struct em *em, const char *extension, sj_end_user **user,
                                 char cause[EM_CAUSE_ROOM]) {
    const sj_query query = {.field = "pattern", .value = extension};
    sj_list numbers = {0};
    sj_error error = {0};
    size_t found = 0;
    enum em_code code = EM_NO_USER;
    if (sj_directory_number_list(em->scope, &query, &numbers, &error) != SJ_OK) {
        return store_failed(&error, cause);
    }
    for (size_t i = 0; i < numbers.count && found < 2; i++) {
        const sj_directory_number *number = sj_directory_number_at(&numbers, i);
        char key[2 * EM_NAME_ROOM + 2];
        sj_end_user *one = NULL;
        em_print(key, sizeof key, "%s%s%s", number->pattern, sj_given(number->partition) ? "@" : "",
                 sj_given(number->partition) ? number->partition : "");
        const enum em_code this_code = by_field(em, "primary_extension", key, &one, &found, cause);
        if (this_code == EM_OK && *user == NULL) {
            *user = one;
            code = EM_OK;
        } else {
            sj_record_free(em->scope, one);
            code = this_code == EM_USER_INFORMATION ? this_code : code;
        }
    }
    sj_list_free(em->scope, &numbers);
    if (found > 1) {
        sj_record_free(em->scope, *user);
        *user = NULL;
        em_print(cause, EM_CAUSE_ROOM, "%.60s is the primary extension of several users",
                 extension);
        return EM_EXTENSION_SHARED;
    }
    return code;
}

/* Whose directory URI it is: its user's, or that of the one user whose primary extension it rings
 * at. */
static enum em_code by_directory_uri(struct em *em, const char *id, sj_end_user **user,
                                     char cause[EM_CAUSE_ROOM]) {
    sj_directory_uri *uri = NULL;
    sj_error error = {0};
    size_t found = 0;
    const int status = em_directory_uri_find(em, id, &uri, &error);
    enum em_code code = status == SJ_OK            ? EM_OK
                        : status == SJ_E_NOT_FOUND ? EM_NO_USER
                                                   : store_failed(&error, cause);
    if (code == EM_OK && uri->end_user[0] != '\0') {
        code = sj_end_user_get(em->scope, uri->end_user, user, &error) == SJ_OK
                   ? EM_OK
                   : store_failed(&error, cause);
    } else if (code == EM_OK) {
        code = uri->directory_number[0] == '\0'
                   ? EM_NO_USER
                   : by_field(em, "primary_extension", uri->directory_number, user, &found, cause);
    }
    sj_record_free(em->scope, uri);
    if (found > 1) {
        sj_record_free(em->scope, *user);
        *user = NULL;
        em_print(cause, EM_CAUSE_ROOM,
                 "the extension at which %.60s rings is that of several users", id);
        return EM_EXTENSION_SHARED;
    }
    return code;
}

enum em_code em_user_find(struct em *em, sj_login_type type, const char *id, sj_end_user **user,
                          char cause[EM_CAUSE_ROOM]) {
    size_t found = 0;
    enum em_code code;
    *user = NULL;
    cause[0] = '\0';
    if (strlen(id) >= EM_USER_ROOM) {
        code = EM_NO_USER;
    } else if (type == SJ_LOGIN_TYPE_UID) {
        code = by_user_id(em, id, user, cause);
        if (code == EM_NO_USER && strchr(id, '@') != NULL) {
            code = by_directory_uri(em, id, user, cause);
        }
    } else if (type == SJ_LOGIN_TYPE_SP) {
        code = by_field(em, "self_service_user_id", id, user, &found, cause);
    } else {
        code = by_extension(em, id, user, cause);
    }
    if (code == EM_OK && !(*user)->home_cluster) {
        sj_record_free(em->scope, *user);
        *user = NULL;
        em_print(cause, EM_CAUSE_ROOM,
                 "the user is known here, but this is not the user's home cluster");
        return EM_NO_USER;
    }
    if (code == EM_NO_USER && cause[0] == '\0') {
        em_print(cause, EM_CAUSE_ROOM, "no user of this cluster has that id");
    }
    return code;
}

enum em_code em_user_choose_profile(struct em *em, const sj_end_user *user, const char *wanted,
                                    sj_device_profile **profile, char cause[EM_CAUSE_ROOM]) {
    const char *name = NULL;
    sj_error error = {0};
    *profile = NULL;
    if (sj_given(wanted)) {
        name = sj_given(user->default_profile) && strcmp(user->default_profile, wanted) == 0
                   ? wanted
                   : NULL;
        for (size_t i = 0; i < user->controlled_profiles_count && name == NULL; i++) {
            if (strcmp(user->controlled_profiles[i], wanted) == 0) {
                name = wanted;
            }
        }
        if (name == NULL) {
            em_print(cause, EM_CAUSE_ROOM, "%.60s is not among the device profiles of %.128s",
                     wanted, user->user_id);
            return EM_NO_DEVICE_PROFILE;
        }
    } else if (user->controlled_profiles_count == 1) {
        name = user->controlled_profiles[0];
    } else if (user->controlled_profiles_count > 1) {
        return EM_CHOOSE_PROFILE;
    } else if (sj_given(user->default_profile)) {
        name = user->default_profile;
    } else {
        em_print(cause, EM_CAUSE_ROOM, "no device profile is associated with %.128s",
                 user->user_id);
        return EM_NO_PROFILE;
    }
    if (sj_device_profile_get(em->scope, name, profile, &error) != SJ_OK) {
        em_print(cause, EM_CAUSE_ROOM, "device profile %.60s: %.400s", name, error.text);
        return EM_NO_DEVICE_PROFILE;
    }
    return EM_OK;
}

const char *em_user_wanted_profile(const sj_end_user *user, const char *wanted,
                                   bool by_application) {
    const bool asked = !sj_given(wanted) && user->controlled_profiles_count > 1;
    return by_application && asked && sj_given(user->default_profile) ? user->default_profile
                                                                      : wanted;
}
