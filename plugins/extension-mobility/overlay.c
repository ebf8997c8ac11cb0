/* Base device or phone, overlaid with the user's device profile: see overlay.h. Pure. */
#include "overlay.h"

#include <stdio.h>
#include <string.h>

static const char *text(const char *value) {
    return value != NULL ? value : "";
}

static bool given(const char *value) {
    return value != NULL && value[0] != '\0';
}

/* The first that says something. */
static const char *first(const char *a, const char *b, const char *c) {
    return given(a) ? a : given(b) ? b : text(c);
}

static void add_service(struct em_overlay *overlay, const char *service) {
    const size_t count = overlay->device.services_count;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(overlay->services[i], service) == 0) {
            return;
        }
    }
    if (count < sizeof overlay->services / sizeof overlay->services[0]) {
        overlay->services[count] = service;
        overlay->device.services_count = count + 1;
    }
}

static void from_phone(sj_live_device *device, const sj_phone *phone, const sj_device_profile *profile) {
    /* A profile made for another model says nothing of buttons and softkeys. */
    const bool same_model = strcmp(text(profile->model), text(phone->model)) == 0;
    device->name = phone->name;
    device->model = phone->model;
    device->protocol = phone->protocol == SJ_PHONE_PROTOCOL_SCCP ? SJ_LIVE_DEVICE_PROTOCOL_SCCP : SJ_LIVE_DEVICE_PROTOCOL_SIP;
    device->device_pool = phone->device_pool;
    device->phone_security_profile = phone->phone_security_profile;
    device->sip_profile = phone->sip_profile;
    device->common_phone_profile = phone->common_phone_profile;
    device->common_device_configuration = phone->common_device_configuration;
    device->digest_user = phone->digest_user;
    device->softkey_template = first(same_model ? profile->softkey_template : "", phone->softkey_template, "");
    device->phone_button_template = first(same_model ? profile->phone_button_template : "", phone->phone_button_template, "");
    device->expansion_modules = phone->expansion_modules;
    device->expansion_modules_count = phone->expansion_modules_count;
    device->load_information = phone->load_information;
}

static void from_template(sj_live_device *device, const struct em_overlay_input *input) {
    const struct em_visiting_phone *visiting = input->visiting;
    const sj_emcc_template *base = input->emcc_template;
    const sj_device_profile *profile = input->profile;
    const bool same_model = strcmp(text(profile->model), text(visiting->model)) == 0;
    device->name = visiting->device_name;
    device->emcc = true;
    device->base_device = input->base_device;
    device->visiting_cluster_id = visiting->cluster_id;
    device->model = visiting->model;
    device->protocol = visiting->sccp ? SJ_LIVE_DEVICE_PROTOCOL_SCCP : SJ_LIVE_DEVICE_PROTOCOL_SIP;
    device->device_pool = first(input->roaming_device_pool, base->device_pool, "");
    device->phone_security_profile = base->phone_security_profile;
    device->sip_profile = base->sip_profile;
    device->common_phone_profile = base->common_phone_profile;
    device->common_device_configuration = base->common_device_configuration;
    device->digest_user = input->user->user_id;
    device->softkey_template = same_model ? text(profile->softkey_template) : "";
    device->phone_button_template = same_model ? text(profile->phone_button_template) : "";
    device->expansion_modules = visiting->expansion_modules;
    device->expansion_modules_count = visiting->expansion_modules_count;
    device->load_information = "";
    device->adjunct_calling_search_space = text(input->adjunct_calling_search_space);
    device->logout_url = text(visiting->logout_url);
}

void em_overlay_compose(const struct em_overlay_input *input, struct em_overlay *overlay) {
    const sj_device_profile *profile = input->profile;
    const sj_end_user *user = input->user;
    sj_live_device *device = &overlay->device;
    const bool both_names = given(user->first_name) && given(user->last_name);

    memset(overlay, 0, sizeof *overlay);
    if (input->phone != NULL) {
        from_phone(device, input->phone, profile);
    } else {
        from_template(device, input);
    }
    device->user_id = user->user_id;
    (void)snprintf(overlay->display_name, sizeof overlay->display_name, "%s%s%s", text(user->first_name), both_names ? " " : "",
                   text(user->last_name));
    device->user_display_name = overlay->display_name;
    device->device_profile = profile->name;
    device->user_locale = first(profile->user_locale, user->user_locale,
                                input->phone != NULL ? input->phone->user_locale : input->visiting->user_locale);
    device->calling_search_spaces = input->calling_search_spaces;
    device->calling_search_spaces_count = input->calling_search_spaces_count;
    device->lines = profile->lines;
    device->lines_count = profile->lines_count;
    device->line_calling_search_spaces = input->line_calling_search_spaces;
    device->line_calling_search_spaces_count = profile->lines_count;
    device->speed_dials = profile->speed_dials;
    device->speed_dials_count = profile->speed_dials_count;
    for (size_t i = 0; i < profile->services_count; i++) {
        add_service(overlay, profile->services[i]);
    }
    for (size_t i = 0; i < input->enterprise_services_count; i++) {
        add_service(overlay, input->enterprise_services[i]);
    }
    device->services = overlay->services;
    device->built_at = input->now;
}
