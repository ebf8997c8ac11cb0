/* What a phone becomes while a user is logged in on it, or while its logout profile runs: phone or
 * base device, overlaid with a device profile. Pure.
 *
 * Precedence for EMCC: EMCC template, then roaming device pool, then the visiting phone's own data
 * (model, protocol, hardware), then the device profile. On a phone of this cluster: the phone, then
 * the device profile.
 *
 * A profile made for the phone's model and protocol is taken whole. Otherwise the default device
 * profile of the phone's model and protocol supplies templates and key settings; without one the
 * phone keeps its own. Hardware (expansion modules) is always the phone's, where it is known.
 * Firmware is left alone across clusters. */
#ifndef EM_OVERLAY_H
#define EM_OVERLAY_H

#include "resources/default_device_profile.h"
#include "resources/device_profile.h"
#include "resources/emcc_template.h"
#include "resources/end_user.h"
#include "resources/live_device.h"
#include "resources/phone.h"

/* A phone of another cluster, as its cluster describes it. */
/* A secure session whose EMCC template is not gets this: TLS with the phone's certificate, or no
 * registration. */
#define EM_SECURE_PROFILE "Standard SIP Authenticated Profile"

struct em_visiting_phone {
    const char *security_profile; /* in place of the template's; NULL: the template's */
    const char *cluster_id, *device_name, *model, *user_locale, *logout_url;
    bool sccp;
    const char *const *expansion_modules;
    size_t expansion_modules_count;
    const sj_civic_address *geolocation; /* NULL: not said */
};

struct em_overlay_input {
    const sj_phone *phone; /* of this cluster; NULL for EMCC */
    bool log_out_profile;  /* no user is logged in on it */
    /* EMCC: */
    const struct em_visiting_phone *visiting;
    const sj_emcc_template *emcc_template;
    const char *base_device;
    const char *roaming_device_pool; /* "" when none fits */
    const char *adjunct_calling_search_space;
    /* always: */
    const sj_device_profile *profile;
    const sj_default_device_profile
        *default_profile;    /* of the phone's model and protocol; NULL: there is none */
    const sj_end_user *user; /* NULL: a logout profile without Login User Id */
    bool model_shows_services;
    const char *const *calling_search_spaces;
    size_t calling_search_spaces_count;
    const char *const
        *line_calling_search_spaces;        /* one for each line of the profile, "" for none */
    const char *const *enterprise_services; /* phone services of every phone */
    size_t enterprise_services_count;
    int64_t now;
};

struct em_overlay {
    sj_live_device device; /* points into the input and below */
    const char *services[50];
    char display_name[129];
};

void em_overlay_compose(const struct em_overlay_input *input, struct em_overlay *overlay);

/* A copy of `device` in which everything that no phone reads from its file (names, rights, state of
 * Do Not Disturb) is as in `like`: when they still differ, the phone has to be notified. */
sj_live_device em_overlay_inside_as(const sj_live_device *device, const sj_live_device *like);

#endif
