/* Loads phones and live devices from the store into a compact form. */
#include "phones/device.h"
#include "dial_plan/intercom_numbers.h"
#include "resources/common_phone_profile.h"
#include "resources/end_user.h"
#include "resources/phone_model.h"
#include "resources/sip_profile.h"

#include <sojourn/base/text.h>
#include <sojourn/log.h>

#include <stdio.h>
#include <stdlib.h>

/* The same of a phone and of a live device. */
struct device_source {
    const char *name, *device_pool, *device_css, *adjunct_css, *visiting_cluster_id, *user_id,
        *digest_user, *security_profile, *model, *common_phone_profile, *location, *aar_css,
        *sip_profile;
    const char *const *spaces;
    size_t spaces_count;
    const sj_device_line *lines;
    size_t lines_count, modules;
    const char *const *line_spaces;
    size_t line_spaces_count;
    bool live, emcc, sip, third_party;
    bool retry_as_audio;
    bool do_not_disturb, lamps, logged_into_hunt_group, privacy;
    sj_do_not_disturb_option do_not_disturb_option; /* a live device's has the same words */
    unsigned char secrets[DIGEST_PACKED];
    uint8_t secrets_length;
};

const struct device_login device_no_login = {
    .adjunct_css = "", .visiting_cluster_id = "", .user_id = ""};

/* What is optional takes no room when it is empty. */
static size_t optional_size(const char *text) {
    return text[0] == '\0' ? 0 : strlen(text) + 1;
}

static size_t text_size(const char *text) {
    return strlen(text) + 1;
}

static const char *put_text(char **at, const char *text) {
    const size_t size = text_size(text);
    char *start = *at;
    memcpy(start, text, size);
    *at += size;
    return start;
}

/* Where it stands from `first` on; 0: it is empty. */
static uint16_t put_optional(const char *first, char **at, const char *text) {
    return text[0] == '\0' ? 0 : (uint16_t)(put_text(at, text) - first);
}

static const char *line_space(const struct device_source *source, size_t line) {
    return line < source->line_spaces_count ? source->line_spaces[line] : "";
}

static size_t measure_login(const struct device_source *source) {
    size_t size = sizeof(struct device_login) + source->spaces_count * sizeof(char *) +
                  text_size(source->adjunct_css) + text_size(source->visiting_cluster_id) +
                  text_size(source->user_id);
    for (size_t i = 0; i < source->spaces_count; i++) {
        size += text_size(source->spaces[i]);
    }
    return size;
}

static size_t measure(const struct device_source *source) {
    size_t size = sizeof(struct device) + source->lines_count * sizeof(struct device_line) +
                  text_size(source->name) + text_size(source->device_pool) +
                  optional_size(source->location) + optional_size(source->aar_css) +
                  optional_size(source->device_css) + optional_size(source->digest_user) +
                  source->secrets_length + (source->live ? measure_login(source) : 0);
    for (size_t i = 0; i < source->lines_count; i++) {
        size += 2 * text_size(source->lines[i].directory_number) +
                optional_size(source->lines[i].display) +
                optional_size(source->lines[i].external_phone_number_mask) +
                optional_size(line_space(source, i));
    }
    return size;
}

/* "\+4420@UK" is the number +4420. */
static const char *put_number(char **at, const char *key) {
    char number[130];
    dial_plan_number_of_key(key, number, sizeof number);
    return put_text(at, number);
}

/* At `at`, which is aligned as the lines are. */
static const struct device_login *put_login(char **at, const struct device_source *source) {
    struct device_login *login = (struct device_login *)(void *)*at;
    const char **spaces = (const char **)(void *)(login + 1);
    *at = (char *)(spaces + source->spaces_count);
    for (size_t i = 0; i < source->spaces_count; i++) {
        spaces[i] = put_text(at, source->spaces[i]);
    }
    *login = (struct device_login){.calling_search_spaces = spaces,
                                   .calling_search_spaces_count = (uint16_t)source->spaces_count,
                                   .adjunct_css = put_text(at, source->adjunct_css),
                                   .visiting_cluster_id = put_text(at, source->visiting_cluster_id),
                                   .user_id = put_text(at, source->user_id)};
    return login;
}

static void put_line(char **at, const struct device_source *source, size_t index,
                     struct device_line *line) {
    const sj_device_line *record = &source->lines[index];
    line->index = (uint16_t)index;
    line->key = put_text(at, record->directory_number);
    line->number_at = (uint16_t)(put_number(at, record->directory_number) - line->key);
    line->display_at = put_optional(line->key, at, record->display);
    line->mask_at = put_optional(line->key, at, record->external_phone_number_mask);
    line->live_css_at = put_optional(line->key, at, line_space(source, index));
    line->maximum_calls = (uint16_t)(record->maximum_calls > 0 ? record->maximum_calls : 4);
    line->busy_trigger = (uint16_t)(record->busy_trigger > 0 ? record->busy_trigger : 2);
    line->answers = record->auto_answer != SJ_DEVICE_LINE_AUTO_ANSWER_OFF;
}

static struct device *build(const struct device_source *source) {
    const size_t bytes = measure(source);
    struct device *device = calloc(1, bytes);
    if (device == NULL) {
        return NULL;
    }
    char *at = (char *)(device->lines + source->lines_count);
    device->bytes = (uint32_t)bytes;
    device->login = source->live ? put_login(&at, source) : &device_no_login;
    device->name = put_text(&at, source->name);
    device->location_at = put_optional(device->name, &at, source->location);
    device->aar_css_at = put_optional(device->name, &at, source->aar_css);
    device->device_css_at = put_optional(device->name, &at, source->device_css);
    device->digest_user_at = put_optional(device->name, &at, source->digest_user);
    device->secrets_at = (uint16_t)(at - device->name);
    device->secrets_length = source->secrets_length;
    memcpy(at, source->secrets, source->secrets_length);
    at += source->secrets_length;
    device->device_pool = put_text(&at, source->device_pool);
    device->live = source->live;
    device->emcc = source->emcc;
    device->sip = source->sip;
    device->third_party = source->third_party;
    device->retry_as_audio = source->retry_as_audio;
    device->do_not_disturb = source->do_not_disturb;
    device->lamps = source->lamps;
    device->privacy = source->privacy;
    device->logged_into_hunt_group = source->logged_into_hunt_group;
    device->call_reject = source->do_not_disturb_option == SJ_DO_NOT_DISTURB_OPTION_CALL_REJECT;
    device->line_count = (uint16_t)source->lines_count;
    for (size_t i = 0; i < source->lines_count; i++) {
        put_line(&at, source, i, &device->lines[i]);
    }
    return device;
}

void device_secrets(const struct device *device, struct digest_secrets *secrets) {
    digest_secrets_unpack((const unsigned char *)device->name + device->secrets_at,
                          device->secrets_length, secrets);
}

/* Those of the digest user. */
static int read_secrets(sj_scope *scope, struct device_source *source, sj_error *error) {
    sj_end_user *user = NULL;
    struct digest_secrets secrets;
    if (source->digest_user[0] == '\0') {
        return SJ_OK;
    }
    const int status = sj_end_user_get(scope, source->digest_user, &user, error);
    if (status == SJ_OK) {
        digest_secrets_read(user->digest_credentials, &secrets);
        source->secrets_length = (uint8_t)digest_secrets_pack(&secrets, source->secrets);
        sj_record_free(scope, user);
    }
    return status == SJ_E_NOT_FOUND ? SJ_OK : status;
}

/* What comes from the records that the phone refers to. */
static int add_security(sj_scope *scope, const struct device_source *source, struct device *device,
                        sj_error *error) {
    sj_phone_security_profile *profile = NULL;
    int status = sj_phone_security_profile_get(scope,
                                               source->security_profile[0] != '\0'
                                                   ? source->security_profile
                                                   : "Standard SIP Non-Secure Profile",
                                               &profile, error);
    if (status != SJ_OK) {
        return status;
    }
    device->digest = profile->digest_authentication;
    device->sha256 =
        profile->digest_algorithms == SJ_PHONE_SECURITY_PROFILE_DIGEST_ALGORITHMS_SHA256_AND_MD5;
    device->security_mode = (uint8_t)profile->device_security_mode;
    device->transport = (uint8_t)profile->transport;
    device->nonce_validity_s = (uint32_t)profile->nonce_validity_s;
    sj_record_free(scope, profile);
    return SJ_OK;
}

/* What Do Not Disturb does, where the common phone profile decides it; asked only when it matters.
 */
static void add_do_not_disturb_option(sj_scope *scope, const struct device_source *source,
                                      struct device *device) {
    sj_common_phone_profile *profile = NULL;
    if (source->do_not_disturb &&
        source->do_not_disturb_option == SJ_DO_NOT_DISTURB_OPTION_COMMON_PHONE_PROFILE &&
        source->common_phone_profile[0] != '\0' &&
        sj_common_phone_profile_get(scope, source->common_phone_profile, &profile, NULL) == SJ_OK) {
        device->call_reject = profile->do_not_disturb_option ==
                              SJ_COMMON_PHONE_PROFILE_DO_NOT_DISTURB_OPTION_CALL_REJECT;
        sj_record_free(scope, profile);
    }
}

static void add_sip_profile(sj_scope *scope, const struct device_source *source,
                            struct device *device) {
    sj_sip_profile *profile = NULL;
    device->maximum_contacts = 1;
    if (source->sip_profile[0] != '\0' &&
        sj_sip_profile_get(scope, source->sip_profile, &profile, NULL) == SJ_OK) {
        device->maximum_contacts = (uint8_t)profile->maximum_contacts;
        device->refreshed_by_invite =
            profile->session_refresh_method == SJ_SIP_PROFILE_SESSION_REFRESH_METHOD_INVITE;
        device->rel1xx = (uint8_t)profile->rel1xx_options;
        device->digit_by_digit = profile->digit_by_digit;
        device->normalised = sj_or_empty(profile->normalization_script)[0] != '\0';
        device->immersive = profile->video_call_traffic_class == SJ_VIDEO_TRAFFIC_CLASS_IMMERSIVE;
        sj_record_free(scope, profile);
    }
}

/* How many lines the phone's model has keys for; expansion modules bring at most so many more. */
static void limit_lines(sj_scope *scope, struct device_source *source) {
    enum { MODULE_KEYS = 36 };
    sj_phone_model *model = NULL;
    if (source->model[0] != '\0' &&
        sj_phone_model_get(scope, source->model, &model, NULL) == SJ_OK) {
        const size_t keys = (size_t)model->maximum_lines + source->modules * MODULE_KEYS;
        if (model->maximum_lines > 0 && source->lines_count > keys) {
            sj_log_info(scope,
                        "phone %s has %zu lines; a %s has keys for %zu: not using the others",
                        source->name, source->lines_count, source->model, keys);
            source->lines_count = keys;
        }
        source->third_party = model->third_party;
        sj_record_free(scope, model);
    }
}

static int finish(sj_scope *scope, struct device_source *source, struct device **result,
                  sj_error *error) {
    int status;
    limit_lines(scope, source);
    status = read_secrets(scope, source, error);
    if (status != SJ_OK) {
        return status;
    }
    *result = build(source);
    if (*result == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for phone %s", source->name);
    }
    add_do_not_disturb_option(scope, source, *result);
    add_sip_profile(scope, source, *result);
    status = add_security(scope, source, *result, error);
    if (status != SJ_OK) {
        device_free(*result);
        *result = NULL;
    }
    return status == SJ_E_NOT_FOUND ? SJ_E_INVALID : status;
}

static bool has_lamps(const sj_speed_dial *dials, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (dials[i].busy_lamp_field) {
            return true;
        }
    }
    return false;
}

/* `phone`: on which the user is logged in; NULL when it belongs to another cluster. */
static int from_live_device(sj_scope *scope, const sj_live_device *live, const sj_phone *phone,
                            struct device **result, sj_error *error) {
    struct device_source source = {
        .name = live->name,
        .location = phone == NULL ? "" : phone->location,
        .sip_profile = phone == NULL ? sj_or_empty(live->sip_profile) : phone->sip_profile,
        .aar_css = phone == NULL ? "" : phone->aar_calling_search_space,
        .retry_as_audio = phone == NULL || phone->retry_video_call_as_audio,
        .modules = live->expansion_modules_count,
        .device_pool = live->device_pool,
        .device_css = "",
        .adjunct_css = live->adjunct_calling_search_space,
        .visiting_cluster_id = live->visiting_cluster_id,
        .user_id = live->user_id,
        .digest_user = live->digest_user,
        .security_profile = live->phone_security_profile,
        .model = live->model,
        .spaces = live->calling_search_spaces,
        .spaces_count = live->calling_search_spaces_count,
        .lines = live->lines,
        .lines_count = live->lines_count,
        .line_spaces = live->line_calling_search_spaces,
        .line_spaces_count = live->line_calling_search_spaces_count,
        .live = true,
        .emcc = live->emcc,
        .sip = live->protocol == SJ_DEVICE_PROTOCOL_SIP,
        .common_phone_profile = live->common_phone_profile,
        .do_not_disturb = live->do_not_disturb,
        .logged_into_hunt_group =
            phone == NULL ? !live->logged_out_of_hunt_groups : phone->logged_into_hunt_group,
        .lamps = has_lamps(live->speed_dials, live->speed_dials_count),
        .privacy = live->privacy,
        .do_not_disturb_option = live->do_not_disturb_option,
    };
    return finish(scope, &source, result, error);
}

static int from_phone(sj_scope *scope, const sj_phone *phone, struct device **result,
                      sj_error *error) {
    struct device_source source = {
        .name = phone->name,
        .location = phone->location,
        .sip_profile = phone->sip_profile,
        .aar_css = phone->aar_calling_search_space,
        .retry_as_audio = phone->retry_video_call_as_audio,
        .modules = phone->expansion_modules_count,
        .device_pool = phone->device_pool,
        .device_css = phone->calling_search_space,
        .adjunct_css = "",
        .visiting_cluster_id = "",
        .user_id = "",
        .digest_user = phone->digest_user,
        .security_profile = phone->phone_security_profile,
        .model = phone->model,
        .lines = phone->lines,
        .lines_count = phone->lines_count,
        .sip = phone->protocol == SJ_DEVICE_PROTOCOL_SIP,
        .common_phone_profile = phone->common_phone_profile,
        .do_not_disturb = phone->do_not_disturb,
        .logged_into_hunt_group = phone->logged_into_hunt_group,
        .lamps = has_lamps(phone->speed_dials, phone->speed_dials_count),
        .privacy = phone->privacy,
        .do_not_disturb_option = phone->do_not_disturb_option,
    };
    return finish(scope, &source, result, error);
}

int device_load(sj_scope *scope, const char *name, bool live_allowed, struct device **result,
                sj_error *error) {
    sj_live_device *live = NULL;
    sj_phone *phone = NULL;
    int status = live_allowed ? sj_live_device_get(scope, name, &live, error) : SJ_E_NOT_FOUND;
    *result = NULL;
    /* A phone of this cluster that is not configured any more has no rights, whatever is left of
     * its users. */
    if (status == SJ_E_NOT_FOUND || (status == SJ_OK && !live->emcc)) {
        status = sj_phone_get(scope, name, &phone, error);
    }
    if (status == SJ_OK) {
        status = live != NULL ? from_live_device(scope, live, phone, result, error)
                              : from_phone(scope, phone, result, error);
    }
    sj_record_free(scope, phone);
    sj_record_free(scope, live);
    return status;
}

int device_load_by_digest_user(sj_scope *scope, const char *user, struct device **result,
                               sj_error *error) {
    sj_query query;
    sj_list list = {NULL, 0};
    int status;
    memset(&query, 0, sizeof query);
    query.field = "digest_user";
    query.value = user;
    query.limit = 1;
    *result = NULL;
    status = sj_phone_list(scope, &query, &list, error);
    if (status < 0) {
        return status;
    }
    status = list.count == 0 ? SJ_E_NOT_FOUND
                             : device_load(scope, sj_phone_at(&list, 0)->name, true, result, error);
    sj_list_free(scope, &list);
    return status;
}

void device_free(struct device *device) {
    free(device);
}

struct device_line *device_line_by_number(struct device *device, const char *number) {
    for (size_t i = 0; i < device->line_count; i++) {
        if (strcmp(line_number(&device->lines[i]), number) == 0) {
            return &device->lines[i];
        }
    }
    return device->line_count == 0 ? NULL : &device->lines[0];
}

struct device_line *device_own_line(struct device *device, const char *user) {
    const bool itself =
        user[0] != '\0' && (strcmp(user, device->name) == 0 ||
                            strcmp(user, device_text(device, device->digest_user_at)) == 0);
    struct device_line *line = device_line_by_number(device, itself ? "" : user);
    return line != NULL && (itself || strcmp(line_number(line), user) == 0) ? line : NULL;
}

struct device_line *device_line_by_key(struct device *device, const char *key) {
    for (size_t i = 0; i < device->line_count; i++) {
        if (strcmp(device->lines[i].key, key) == 0) {
            return &device->lines[i];
        }
    }
    return NULL;
}

void device_calling_search_spaces(const struct dial_plan *plan, const struct device *device,
                                  const struct device_line *line,
                                  struct calling_search_spaces *result) {
    const sj_directory_number *number =
        device->live || line == NULL ? NULL : dial_plan_directory_number(plan, line->key);
    const char *line_css = line == NULL     ? ""
                           : device->live   ? line_live_css(line)
                           : number == NULL ? ""
                                            : number->calling_search_space;
    if (line != NULL && intercom_number(plan, line->key)) {
        calling_search_spaces_of_phone(line_css, "", result); /* its own alone */
    } else if (device->live) {
        calling_search_spaces_of_live_device(
            device->emcc, device->login->calling_search_spaces,
            device->login->calling_search_spaces_count,
            device->line_count > 0 ? line_live_css(&device->lines[0]) : "", line_css, result);
    } else {
        calling_search_spaces_of_phone(line_css, device_text(device, device->device_css_at),
                                       result);
    }
}
