/* The phones of this cluster on which users may log in, as the visited side of a traveller's way.
 */
#include "checks/check_phones.h"
#include "checks/findings.h"
#include "devices/compose.h"
#include "parameters/emcc.h"
#include "parameters/enterprise.h"
#include "resources/device_pool.h"
#include "resources/phone.h"
#include "resources/phone_model.h"
#include "resources/phone_security_profile.h"

enum { PAGE = 200 };

static const struct {
    bool problem;
    const char *sentence;
} kinds[PHONE_KINDS] = {
    [PHONE_UNSUBSCRIBED] = {true, "Not subscribed to Extension Mobility, no login is offered"},
    [PHONE_LOST_WHEN_LOGGED_OUT] =
        {true, "The logout profile is not subscribed to Extension Mobility, no login is offered"},
    [PHONE_WITHOUT_SERVICES] = {true, "The model shows no phone services, no login is offered"},
    [PHONE_WITHOUT_PLACE] = {true, "No geolocation, by itself, its device pool or the enterprise, "
                                   "no roaming device pool can be "
                                   "chosen at home"},
    [PHONE_WITHOUT_GATEWAY] =
        {true,
         "The device pool has no Standard Local Route Group, emergency calls that come back fail"},
    [PHONE_WITHOUT_CSS] =
        {true,
         "No calling search space of its own, which CSS for PSTN Access SIP Trunk says is used for "
         "calls that come back"},
    [PHONE_WITHOUT_EMCC] = {false,
                            "The model does not support EMCC, travellers' logins fail with 213"},
    [PHONE_WITH_DIGEST] =
        {false,
         "The phone security profile asks for digest credentials, which no phone's file holds: the "
         "phone registers only when they are entered at it"},
};

static const sj_device_pool *pool_of(const struct em_check_phones *phones, const char *name) {
    for (size_t i = 0; i < phones->pools.count; i++) {
        if (strcmp(sj_device_pool_at(&phones->pools, i)->name, name) == 0) {
            return sj_device_pool_at(&phones->pools, i);
        }
    }
    return NULL;
}

static const sj_phone_model *model_of(const struct em_check_phones *phones, const char *name) {
    for (size_t i = 0; i < phones->models.count; i++) {
        if (strcmp(sj_phone_model_at(&phones->models, i)->name, name) == 0) {
            return sj_phone_model_at(&phones->models, i);
        }
    }
    return NULL;
}

/* With a logout profile the phone shows that profile's services, not its own. */
static bool lost_when_logged_out(struct em *em, const struct em_check_services *services,
                                 const sj_phone *phone) {
    sj_scope *scope = sj_given(phone->logout_profile) && !services->for_all
                          ? sj_scope_open(em->scope, "check", NULL, NULL)
                          : NULL;
    struct em_composition *composition = NULL;
    sj_error error = {0};
    if (scope == NULL) {
        return false;
    }
    const bool lost =
        em_compose_logged_out(em, scope, phone->name, &composition, &error) == SJ_OK &&
        composition != NULL &&
        !em_check_services_among(services, composition->overlay.device.services,
                                 composition->overlay.device.services_count);
    em_composition_close(composition);
    sj_scope_close(scope);
    return lost;
}

static void check_security(struct em *em, const sj_phone *phone, struct em_check_phones *phones) {
    sj_phone_security_profile *profile = NULL;
    if (sj_phone_security_profile_get(em->scope, phone->phone_security_profile, &profile, NULL) !=
        SJ_OK) {
        return;
    }
    if (profile->device_security_mode !=
        SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_NON_SECURE) {
        em_tally_add(&phones->secure, phone->name);
    }
    if (profile->digest_authentication) {
        em_tally_add(&phones->tallies[PHONE_WITH_DIGEST], phone->name);
    }
    sj_record_free(em->scope, profile);
}

static void check_phone(struct em *em, const struct em_check_services *services,
                        const sj_phone *phone, struct em_check_phones *phones) {
    const sj_device_pool *pool = pool_of(phones, phone->device_pool);
    const sj_phone_model *model = model_of(phones, phone->model);
    phones->count++;
    phones->with_emcc += model != NULL && model->supports_emcc;
    if (model != NULL && !model->supports_phone_services) {
        em_tally_add(&phones->tallies[PHONE_WITHOUT_SERVICES],
                     phone->name); /* and no user can log in on it */
        return;
    }
    if (model == NULL || !model->supports_emcc) {
        em_tally_add(&phones->tallies[PHONE_WITHOUT_EMCC],
                     phone->name); /* nothing else matters for travellers */
        return;
    }
    const bool found[PHONE_KINDS] = {
        [PHONE_LOST_WHEN_LOGGED_OUT] = lost_when_logged_out(em, services, phone),
        [PHONE_UNSUBSCRIBED] =
            !sj_given(phone->logout_profile) &&
            !em_check_services_among(services, phone->services, phone->services_count),
        [PHONE_WITHOUT_PLACE] = !sj_given(phone->geolocation) &&
                                !(pool != NULL && sj_given(pool->geolocation)) &&
                                !sj_given(sj_param_enterprise_default_geolocation(em->scope)),
        [PHONE_WITHOUT_GATEWAY] = pool != NULL && !sj_given(pool->local_route_group),
        [PHONE_WITHOUT_CSS] = phones->own_css_counts && !sj_given(phone->calling_search_space),
    };
    for (size_t kind = 0; kind < PHONE_KINDS; kind++) {
        if (found[kind]) {
            em_tally_add(&phones->tallies[kind], phone->name);
        }
    }
    check_security(em, phone, phones);
}

bool em_check_phones_page(struct em *em, const struct em_check_services *services,
                          struct em_check_phones *phones) {
    const sj_query query = {.field = "enable_extension_mobility",
                            .value = "true",
                            .after_key = phones->after[0] != '\0' ? phones->after : NULL,
                            .limit = PAGE};
    sj_list list = {0};
    if (phones->after[0] == '\0') {
        phones->own_css_counts = sj_param_emcc_css_for_pstn_access_sip_trunk(em->scope) !=
                                 SJ_EMCC_CSS_FOR_PSTN_ACCESS_SIP_TRUNK_USE_TRUNK_CSS;
        (void)sj_device_pool_list(em->scope, NULL, &phones->pools, NULL);
        (void)sj_phone_model_list(em->scope, NULL, &phones->models, NULL);
    }
    if (sj_phone_list(em->scope, &query, &list, NULL) != SJ_OK) {
        return true;
    }
    for (size_t i = 0; i < list.count; i++) {
        check_phone(em, services, sj_phone_at(&list, i), phones);
        em_copy(phones->after, sj_phone_at(&list, i)->name);
    }
    const bool last = list.count < PAGE;
    sj_list_free(em->scope, &list);
    return last;
}

void em_check_phones_report(struct em_findings *findings, const struct em_check_phones *phones) {
    if (phones->count == 0) {
        em_findings_note(findings, "No phone has Enable Extension Mobility: no user can log in on "
                                   "phones of this cluster.");
    }
    for (size_t kind = 0; kind < PHONE_KINDS; kind++) {
        const bool all = kind == PHONE_WITHOUT_EMCC && phones->with_emcc == 0;
        em_findings_tally(findings, kinds[kind].problem || all, &phones->tallies[kind], "phone",
                          kinds[kind].sentence);
    }
}

void em_check_phones_close(struct em *em, struct em_check_phones *phones) {
    sj_list_free(em->scope, &phones->pools);
    sj_list_free(em->scope, &phones->models);
}
