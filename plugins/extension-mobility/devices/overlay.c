/* Base device or phone, overlaid with a device profile. Pure. */
#include "devices/overlay.h"

#include <stdio.h>
#include <string.h>

#include <sojourn/base/text.h>

#include "resources/device_profile.h"
#include "resources/end_user.h"
#include "resources/live_device.h"
#include "resources/phone.h"

/* The first that says something. */
static const char *first(const char *a, const char *b, const char *c) {
    return sj_given(a) ? a : sj_given(b) ? b : sj_or_empty(c);
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

/* Settings of keys and precedence, which phone, device profile and default device profile have
 * alike. */
#define TAKE_KEY_SETTINGS(device, from)                                                            \
    do {                                                                                           \
        (device)->ignore_presentation_indicators = (from)->ignore_presentation_indicators;         \
        (device)->always_use_prime_line = (from)->always_use_prime_line;                           \
        (device)->always_use_prime_line_for_voice_message =                                        \
            (from)->always_use_prime_line_for_voice_message;                                       \
        (device)->privacy = (from)->privacy;                                                       \
        (device)->single_button_barge = (from)->single_button_barge;                               \
        (device)->join_across_lines = (from)->join_across_lines;                                   \
        (device)->mlpp_domain = sj_or_empty((from)->mlpp_domain);                                  \
        (device)->mlpp_indication = (from)->mlpp_indication;                                       \
        (device)->mlpp_preemption = (from)->mlpp_preemption;                                       \
    } while (0)

static void from_phone(sj_live_device *device, const sj_phone *phone) {
    device->name = phone->name;
    device->model = phone->model;
    device->protocol = phone->protocol == SJ_DEVICE_PROTOCOL_SCCP ? SJ_DEVICE_PROTOCOL_SCCP
                                                                  : SJ_DEVICE_PROTOCOL_SIP;
    device->device_pool = phone->device_pool;
    device->phone_security_profile = phone->phone_security_profile;
    device->sip_profile = phone->sip_profile;
    device->common_phone_profile = phone->common_phone_profile;
    device->common_device_configuration = phone->common_device_configuration;
    device->digest_user = phone->digest_user;
    device->softkey_template = sj_or_empty(phone->softkey_template);
    device->phone_button_template = sj_or_empty(phone->phone_button_template);
    device->expansion_modules = phone->expansion_modules;
    device->expansion_modules_count = phone->expansion_modules_count;
    device->load_information = phone->load_information;
    TAKE_KEY_SETTINGS(device, phone);
}

static void from_template(sj_live_device *device, const struct em_overlay_input *input) {
    const struct em_visiting_phone *visiting = input->visiting;
    const sj_emcc_template *base = input->emcc_template;
    device->name = visiting->device_name;
    device->emcc = true;
    device->base_device = input->base_device;
    device->emcc_template = base->name;
    device->visiting_cluster_id = visiting->cluster_id;
    device->model = visiting->model;
    device->protocol = visiting->sccp ? SJ_DEVICE_PROTOCOL_SCCP : SJ_DEVICE_PROTOCOL_SIP;
    device->device_pool = first(input->roaming_device_pool, base->device_pool, "");
    device->phone_security_profile = visiting->security_profile != NULL
                                         ? visiting->security_profile
                                         : base->phone_security_profile;
    device->sip_profile = base->sip_profile;
    device->common_phone_profile = base->common_phone_profile;
    device->common_device_configuration = base->common_device_configuration;
    device->digest_user = input->user->user_id;
    device->softkey_template = "";
    device->phone_button_template = "";
    device->expansion_modules = visiting->expansion_modules;
    device->expansion_modules_count = visiting->expansion_modules_count;
    device->load_information = "";
    device->adjunct_calling_search_space = sj_or_empty(input->adjunct_calling_search_space);
    device->logout_url = sj_or_empty(visiting->logout_url);
    device->phone_user_locale = sj_or_empty(visiting->user_locale);
    if (visiting->geolocation != NULL) {
        device->geolocation = *visiting->geolocation;
    }
    TAKE_KEY_SETTINGS(device, input->profile); /* what the phone's own are is not known here */
}

static void take_modules(sj_live_device *device, const char *const *modules, size_t count) {
    if (device->expansion_modules_count == 0 && count > 0) {
        device->expansion_modules_of_profile = true;
        device->expansion_modules = modules;
        device->expansion_modules_count = count;
    }
}

/* The profile was made for a phone like this one. */
static void take_whole(struct em_overlay *overlay, const sj_device_profile *profile) {
    sj_live_device *device = &overlay->device;
    device->softkey_template = sj_or_empty(profile->softkey_template);
    device->phone_button_template = sj_or_empty(profile->phone_button_template);
    take_modules(device, profile->expansion_modules, profile->expansion_modules_count);
    TAKE_KEY_SETTINGS(device, profile);
    for (size_t i = 0; i < profile->services_count; i++) {
        add_service(overlay, profile->services[i]);
    }
}

/* The profile was made for another model or protocol: it says nothing of keys and softkeys. */
static void take_default(struct em_overlay *overlay, const struct em_overlay_input *input) {
    sj_live_device *device = &overlay->device;
    const sj_device_profile *profile = input->profile;
    const sj_default_device_profile *by_default = input->default_profile;
    const bool own_services = profile->services_count > 0 && input->model_shows_services;
    if (by_default != NULL) {
        device->softkey_template =
            first(by_default->softkey_template, device->softkey_template, "");
        device->phone_button_template =
            first(by_default->phone_button_template, device->phone_button_template, "");
        take_modules(device, by_default->expansion_modules, by_default->expansion_modules_count);
        TAKE_KEY_SETTINGS(device, by_default);
    }
    for (size_t i = 0; own_services && i < profile->services_count; i++) {
        add_service(overlay, profile->services[i]);
    }
    for (size_t i = 0; !own_services && by_default != NULL && i < by_default->services_count; i++) {
        add_service(overlay, by_default->services[i]);
    }
}

static void take_user(struct em_overlay *overlay, const struct em_overlay_input *input) {
    sj_live_device *device = &overlay->device;
    const sj_end_user *user = input->user;
    const bool both_names = user != NULL && sj_given(user->first_name) && sj_given(user->last_name);
    device->user_id = user != NULL ? user->user_id : "";
    if (user != NULL) {
        (void)snprintf(overlay->display_name, sizeof overlay->display_name, "%s%s%s",
                       sj_or_empty(user->first_name), both_names ? " " : "",
                       sj_or_empty(user->last_name));
    }
    device->user_display_name = overlay->display_name;
    device->user_locale =
        first(input->profile->user_locale, user != NULL ? user->user_locale : "",
              input->phone != NULL ? input->phone->user_locale : input->visiting->user_locale);
    if (input->log_out_profile && user != NULL) {
        device->digest_user = user->user_id;
    }
}

void em_overlay_compose(const struct em_overlay_input *input, struct em_overlay *overlay) {
    const sj_device_profile *profile = input->profile;
    sj_live_device *device = &overlay->device;

    memset(overlay, 0, sizeof *overlay);
    if (input->phone != NULL) {
        from_phone(device, input->phone);
    } else {
        from_template(device, input);
    }
    if (strcmp(sj_or_empty(profile->model), sj_or_empty(device->model)) == 0 &&
        (int)profile->protocol == (int)device->protocol) {
        take_whole(overlay, profile);
    } else {
        take_default(overlay, input);
    }
    take_user(overlay, input);
    device->log_out_profile = input->log_out_profile;
    device->device_profile = profile->name;
    device->hold_music_source = sj_or_empty(profile->hold_music_source);
    /* A logout profile may be that of many phones: the state of one does not count for the others.
     */
    device->do_not_disturb = input->log_out_profile && input->phone != NULL
                                 ? input->phone->do_not_disturb
                                 : profile->do_not_disturb;
    device->do_not_disturb_option = profile->do_not_disturb_option;
    device->do_not_disturb_incoming_call_alert = profile->do_not_disturb_incoming_call_alert;
    device->calling_search_spaces = input->calling_search_spaces;
    device->calling_search_spaces_count = input->calling_search_spaces_count;
    device->lines = profile->lines;
    device->lines_count = profile->lines_count;
    device->line_calling_search_spaces = input->line_calling_search_spaces;
    device->line_calling_search_spaces_count = profile->lines_count;
    device->speed_dials = profile->speed_dials;
    device->speed_dials_count = profile->speed_dials_count;
    for (size_t i = 0; i < input->enterprise_services_count; i++) {
        add_service(overlay, input->enterprise_services[i]);
    }
    device->services = overlay->services;
    device->built_at = input->now;
}

sj_live_device em_overlay_inside_as(const sj_live_device *device, const sj_live_device *like) {
    sj_live_device copy = *device;
    copy.built_at = like->built_at;
    copy.user_display_name = like->user_display_name;
    copy.device_profile = like->device_profile;
    copy.log_out_profile = like->log_out_profile;
    copy.emcc_template = like->emcc_template;
    copy.base_device = like->base_device;
    copy.phone_user_locale = like->phone_user_locale;
    copy.geolocation = like->geolocation;
    copy.digest_user = like->digest_user;
    copy.calling_search_spaces = like->calling_search_spaces;
    copy.calling_search_spaces_count = like->calling_search_spaces_count;
    copy.line_calling_search_spaces = like->line_calling_search_spaces;
    copy.line_calling_search_spaces_count = like->line_calling_search_spaces_count;
    copy.adjunct_calling_search_space = like->adjunct_calling_search_space;
    copy.ignore_presentation_indicators = like->ignore_presentation_indicators;
    copy.privacy = like->privacy;
    copy.expansion_modules_of_profile = like->expansion_modules_of_profile;
    copy.hold_music_source = like->hold_music_source;
    copy.phone_button_template = like->phone_button_template;
    copy.do_not_disturb = like->do_not_disturb;
    copy.do_not_disturb_option = like->do_not_disturb_option;
    return copy;
}
