/* Composes live devices from the records in the store. */
#include "devices/compose.h"

#include "devices/overlay.h"
#include "devices/roaming.h"
#include "policies/css_select.h"
#include "reporting/error_codes.h"
#include "resources/common_device_configuration.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "resources/phone_model.h"
#include "resources/phone_service.h"

#include <sojourn/intercom.h>

static struct em_composition *open_composition(sj_scope *scope) {
    struct em_composition *composition = sj_scope_alloc(scope, sizeof *composition);
    if (composition != NULL) {
        memset(composition, 0, sizeof *composition);
        composition->scope = scope;
    }
    return composition;
}

static void keep(struct em_composition *composition, void *record) {
    if (record != NULL) {
        composition->records[composition->records_count++] = record;
    }
}

void em_composition_close(struct em_composition *composition) {
    if (composition == NULL) {
        return;
    }
    for (size_t i = 0; i < composition->records_count; i++) {
        sj_record_free(composition->scope, composition->records[i]);
    }
    composition->records_count = 0;
    sj_list_free(composition->scope, &composition->services);
}

/* What every live device needs besides its phone, profile and user. */
static void complete(struct em *em, struct em_composition *composition, const char *model,
                     const char *protocol, struct em_overlay_input *input) {
    sj_phone_model *capabilities = NULL;
    sj_default_device_profile *by_default = NULL;
    char key[128];
    em_print(key, sizeof key, "%s@%s", model, protocol);
    if (sj_default_device_profile_get(em->scope, key, &by_default, NULL) == SJ_OK) {
        keep(composition, by_default);
        input->default_profile = by_default;
    }
    input->model_shows_services =
        sj_phone_model_get(em->scope, model, &capabilities, NULL) == SJ_OK &&
        capabilities->supports_phone_services;
    sj_record_free(em->scope, capabilities);
    input->enterprise_services = composition->service_names;
    input->enterprise_services_count =
        em_compose_list_services(em, &composition->services, composition->service_names, 50);
    input->calling_search_spaces = composition->spaces;
    input->now = sj_wall_ms(em->scope);
    em_overlay_compose(input, &composition->overlay);
}

/* Whether a line of a profile is on that phone: an intercom line is on its default activated device
 * alone. */
static bool line_is_on(struct em *em, const char *key, const char *phone) {
    sj_directory_number *number = NULL;
    if (!sj_is_intercom_number(em->scope, key)) {
        return true;
    }
    const bool is_on = sj_directory_number_get(em->scope, key, &number, NULL) == SJ_OK &&
                       sj_given(number->default_activated_device) &&
                       strcmp(number->default_activated_device, phone) == 0;
    sj_record_free(em->scope, number);
    return is_on;
}

/* The profile with the lines that it has on that phone; "": on one of another cluster. NULL when
 * memory is short. */
static const sj_device_profile *profile_on(struct em *em, sj_scope *scope,
                                           const sj_device_profile *profile, const char *phone) {
    sj_device_profile *here = sj_scope_alloc(scope, sizeof *here);
    sj_device_line *lines = sj_scope_alloc(scope, (profile->lines_count + 1) * sizeof *lines);
    if (here == NULL || lines == NULL) {
        return NULL;
    }
    *here = *profile;
    here->lines = lines;
    here->lines_count = 0;
    for (size_t i = 0; i < profile->lines_count; i++) {
        if (line_is_on(em, profile->lines[i].directory_number, phone)) {
            lines[here->lines_count++] = profile->lines[i];
        }
    }
    return here;
}

static struct em_composition *compose_phone(struct em *em, sj_scope *scope, const sj_phone *phone,
                                            const sj_device_profile *configured,
                                            const sj_end_user *user, bool logged_out) {
    struct em_composition *composition = open_composition(scope);
    const sj_device_profile *profile = profile_on(em, scope, configured, phone->name);
    const char **line_spaces = profile == NULL ? NULL : em_compose_line_spaces(em, scope, profile);
    if (composition == NULL || line_spaces == NULL) {
        return NULL;
    }
    struct em_overlay_input input = {.phone = phone,
                                     .log_out_profile = logged_out,
                                     .profile = profile,
                                     .user = user,
                                     .line_calling_search_spaces = line_spaces};
    const char *line_space = profile->lines_count > 0 ? line_spaces[0] : "";
    if (sj_given(line_space)) {
        composition->spaces[input.calling_search_spaces_count++] = line_space;
    }
    /* Even when it is the first line's too: the other lines have it behind their own. */
    if (sj_given(phone->calling_search_space)) {
        composition->spaces[input.calling_search_spaces_count++] = phone->calling_search_space;
    }
    complete(em, composition, phone->model, sj_device_protocol_text(phone->protocol), &input);
    return composition;
}

struct em_composition *em_compose_local(struct em *em, sj_scope *scope, const sj_phone *phone,
                                        const sj_device_profile *profile, const sj_end_user *user) {
    return compose_phone(em, scope, phone, profile, user, false);
}

struct em_composition *em_compose_visitor(struct em *em, sj_scope *scope,
                                          const struct em_visitor *visitor,
                                          const sj_device_profile *configured,
                                          const sj_end_user *user, const char *trace_id) {
    struct em_composition *composition = open_composition(scope);
    const sj_device_profile *profile = profile_on(em, scope, configured, "");
    const char **line_spaces = profile == NULL ? NULL : em_compose_line_spaces(em, scope, profile);
    const sj_device_pool *pool = visitor->roaming_device_pool;
    const struct em_visiting_phone *phone = &visitor->phone;
    if (composition == NULL || line_spaces == NULL) {
        return NULL;
    }
    sj_css_select_input css_input = {
        .user_id = user->user_id,
        .device_name = phone->device_name,
        .model = phone->model,
        .visiting_cluster_id = phone->cluster_id,
        .roaming_device_pool = pool != NULL ? pool->name : "",
        .adjunct_calling_search_space = pool != NULL ? pool->adjunct_calling_search_space : "",
        .line_calling_search_space = profile->lines_count > 0 ? line_spaces[0] : "",
        .emcc_calling_search_space = profile->emcc_calling_search_space};
    if (phone->geolocation != NULL) {
        css_input.geolocation = *phone->geolocation;
    }
    struct em_overlay_input input = {.visiting = phone,
                                     .emcc_template = visitor->emcc_template,
                                     .base_device = visitor->base_device,
                                     .roaming_device_pool = css_input.roaming_device_pool,
                                     .adjunct_calling_search_space =
                                         css_input.adjunct_calling_search_space,
                                     .profile = profile,
                                     .user = user,
                                     .line_calling_search_spaces = line_spaces};
    input.calling_search_spaces_count =
        em_roaming_select_spaces(em, scope, &css_input, trace_id, composition->spaces);
    complete(em, composition, phone->model, phone->sccp ? "SCCP" : "SIP", &input);
    return composition;
}

int em_compose_logged_out(struct em *em, sj_scope *scope, const char *device_name,
                          struct em_composition **composition, sj_error *error) {
    sj_phone *phone = NULL;
    sj_device_profile *profile = NULL;
    sj_end_user *user = NULL;
    *composition = NULL;
    int status = sj_phone_get(em->scope, device_name, &phone, error);
    if (status != SJ_OK) {
        return status == SJ_E_NOT_FOUND ? SJ_OK : status;
    }
    if (!phone->enable_extension_mobility || !sj_given(phone->logout_profile)) {
        sj_record_free(em->scope, phone);
        return SJ_OK;
    }
    status = sj_device_profile_get(em->scope, phone->logout_profile, &profile, error);
    if (status == SJ_OK && sj_given(profile->login_user_id)) {
        status = sj_end_user_get(em->scope, profile->login_user_id, &user, error);
    }
    if (status == SJ_OK) {
        *composition = compose_phone(em, scope, phone, profile, user, true);
        status =
            *composition != NULL ? SJ_OK : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory");
    }
    if (*composition != NULL) {
        keep(*composition, phone);
        keep(*composition, profile);
        keep(*composition, user);
    } else {
        sj_record_free(em->scope, phone);
        sj_record_free(em->scope, profile);
        sj_record_free(em->scope, user);
    }
    return status;
}

/* ---- language ---- */

static void language_of(struct em *em, const char *user_locale,
                        const char *common_device_configuration, char language[EM_NAME_ROOM]) {
    sj_common_device_configuration *common = NULL;
    em_print(language, EM_NAME_ROOM, "%s", user_locale);
    if (!sj_given(user_locale) && sj_given(common_device_configuration) &&
        sj_common_device_configuration_get(em->scope, common_device_configuration, &common, NULL) ==
            SJ_OK) {
        em_print(language, EM_NAME_ROOM, "%s", common->user_locale);
        sj_record_free(em->scope, common);
    }
}

static void configured_language(struct em *em, const char *device_name,
                                char language[EM_NAME_ROOM]) {
    sj_phone *phone = NULL;
    language[0] = '\0';
    if (sj_phone_get(em->scope, device_name, &phone, NULL) == SJ_OK) {
        language_of(em, phone->user_locale, phone->common_device_configuration, language);
        sj_record_free(em->scope, phone);
    }
}

bool em_language_changes(struct em *em, const char *device_name, const sj_live_device *next) {
    char before[EM_NAME_ROOM], after[EM_NAME_ROOM];
    sj_live_device *live = NULL;
    if (sj_live_device_get(em->scope, device_name, &live, NULL) == SJ_OK) {
        language_of(em, live->user_locale, live->common_device_configuration, before);
        sj_record_free(em->scope, live);
    } else {
        configured_language(em, device_name, before);
    }
    if (next != NULL) {
        language_of(em, next->user_locale, next->common_device_configuration, after);
    } else {
        configured_language(em, device_name, after);
    }
    return strcmp(before, after) != 0;
}

size_t em_compose_list_services(struct em *em, sj_list *list, const char **names, size_t room) {
    size_t count = 0;
    if (sj_phone_service_list(em->scope, NULL, list, NULL) != SJ_OK) {
        return 0;
    }
    for (size_t i = 0; i < list->count && count < room; i++) {
        const sj_phone_service *service = sj_phone_service_at(list, i);
        if (service->enabled && service->enterprise_subscription) {
            names[count++] = service->name;
        }
    }
    return count;
}

const char **em_compose_line_spaces(struct em *em, sj_scope *scope,
                                    const sj_device_profile *profile) {
    const char **spaces = sj_scope_alloc(scope, (profile->lines_count + 1) * sizeof *spaces);
    for (size_t i = 0; spaces != NULL && i < profile->lines_count; i++) {
        sj_directory_number *number = NULL;
        spaces[i] = "";
        if (sj_directory_number_get(em->scope, profile->lines[i].directory_number, &number, NULL) ==
                SJ_OK &&
            sj_given(number->calling_search_space)) {
            const char *copy = sj_scope_strdup(scope, number->calling_search_space);
            spaces[i] = sj_or_empty(copy);
        }
        sj_record_free(em->scope, number);
    }
    return spaces;
}
