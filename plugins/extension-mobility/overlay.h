/* What a phone becomes while a user is logged in on it: phone or base device, overlaid with the user's device profile. Pure.
 *
 * Precedence for EMCC: EMCC template, then roaming device pool, then the visiting phone's own data (model, protocol, hardware),
 * then the device profile. For a local login: the phone, then the device profile. Hardware (expansion modules) is always that
 * of the phone. Firmware is left alone across clusters. */
#ifndef EM_OVERLAY_H
#define EM_OVERLAY_H

#include "resources/device_profile.h"
#include "resources/emcc_template.h"
#include "resources/end_user.h"
#include "resources/live_device.h"
#include "resources/phone.h"

/* A phone of another cluster, as its cluster describes it. */
struct em_visiting_phone {
    const char *cluster_id, *device_name, *model, *user_locale, *logout_url;
    bool sccp;
    const char *const *expansion_modules;
    size_t expansion_modules_count;
};

struct em_overlay_input {
    const sj_phone *phone; /* local login; NULL for EMCC */
    /* EMCC: */
    const struct em_visiting_phone *visiting;
    const sj_emcc_template *emcc_template;
    const char *base_device;
    const char *roaming_device_pool; /* "" when none fits */
    const char *adjunct_calling_search_space;
    /* both: */
    const sj_device_profile *profile;
    const sj_end_user *user;
    const char *const *calling_search_spaces;
    size_t calling_search_spaces_count;
    const char *const *line_calling_search_spaces; /* one for each line of the profile, "" for none */
    const char *const *enterprise_services;        /* phone services that everybody has */
    size_t enterprise_services_count;
    int64_t now;
};

struct em_overlay {
    sj_live_device device; /* points into the input and below */
    const char *services[50];
    char display_name[129];
};

void em_overlay_compose(const struct em_overlay_input *input, struct em_overlay *overlay);

#endif
