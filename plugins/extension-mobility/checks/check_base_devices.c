/* Base devices and their templates, as the home side of a traveller's way. The store keeps
 * references whole, so that a template never names a device pool, SIP profile or common phone
 * profile that is not there. */
#include "checks/check_base_devices.h"
#include "checks/check_calls.h"
#include "checks/findings.h"
#include "parameters/enterprise.h"
#include "resources/emcc_base_device.h"
#include "resources/emcc_configuration.h"
#include "resources/emcc_template.h"
#include "resources/phone.h"
#include "resources/phone_security_profile.h"

enum { PAGE = 500 };

static void note_template(struct em_check_base_devices *devices, const char *name) {
    for (size_t i = 0; i < devices->templates_count; i++) {
        if (strcmp(devices->templates[i], name) == 0) {
            return;
        }
    }
    if (sj_given(name) && devices->templates_count < CHECK_TEMPLATES) {
        em_copy(devices->templates[devices->templates_count], name);
        devices->templates_count++;
    }
}

bool em_check_base_devices_page(struct em *em, struct em_check_base_devices *devices) {
    const sj_query query = {.after_key = devices->after[0] != '\0' ? devices->after : NULL,
                            .limit = PAGE};
    sj_list list = {0};
    if (sj_emcc_base_device_list(em->scope, &query, &list, NULL) != SJ_OK) {
        return true;
    }
    for (size_t i = 0; i < list.count; i++) {
        const sj_emcc_base_device *device = sj_emcc_base_device_at(&list, i);
        devices->count++;
        devices->taken += sj_given(device->device_name);
        if (sj_given(device->emcc_template)) {
            note_template(devices, device->emcc_template);
        } else {
            em_tally_add(&devices->without_template, device->name);
        }
        em_copy(devices->after, device->name);
    }
    const bool last = list.count < PAGE;
    sj_list_free(em->scope, &list);
    return last;
}

static void check_template(struct em_findings *findings, const char *name) {
    sj_scope *scope = findings->em->scope;
    sj_emcc_template *emcc_template = NULL;
    sj_phone_security_profile *profile = NULL;
    char used_for[EM_NAME_ROOM + 32];
    if (sj_emcc_template_get(scope, name, &emcc_template, NULL) != SJ_OK) {
        em_findings_add(findings, "The EMCC template %s does not exist.", name);
        return;
    }
    if (sj_phone_security_profile_get(scope, emcc_template->phone_security_profile, &profile,
                                      NULL) == SJ_OK &&
        profile->device_security_mode !=
            SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_NON_SECURE) {
        em_findings_add(findings,
                        "The Device Security Profile %s of EMCC template %s is secure: logins from "
                        "phones that are not fail with 43.",
                        profile->name, name);
    }
    em_print(used_for, sizeof used_for, "EMCC template %s", name);
    em_check_nodes_of_pool(findings, emcc_template->device_pool, used_for);
    sj_record_free(scope, profile);
    sj_record_free(scope, emcc_template);
}

static void check_default_template(struct em_findings *findings,
                                   const struct em_check_base_devices *devices) {
    sj_scope *scope = findings->em->scope;
    sj_emcc_configuration *configuration = NULL;
    sj_emcc_template *emcc_template = NULL;
    (void)sj_emcc_configuration_get(scope, "default", &configuration, NULL);
    const char *name = configuration != NULL ? configuration->default_template : "";
    if (!sj_given(name)) {
        if (devices->count > 0) {
            em_findings_note(findings, "There is no default EMCC template: base devices inserted "
                                       "from now on have none. Run "
                                       "Update EMCC Devices (sojourn emcc update TEMPLATE).");
        } else {
            em_findings_add(findings, "There is no default EMCC template: run Update EMCC Devices "
                                      "(sojourn emcc update TEMPLATE) "
                                      "before base devices are inserted.");
        }
    } else if (sj_emcc_template_get(scope, name, &emcc_template, NULL) != SJ_OK) {
        em_findings_add(findings, "The default EMCC template %s does not exist.", name);
    }
    sj_record_free(scope, emcc_template);
    sj_record_free(scope, configuration);
}

void em_check_base_devices_report(struct em_findings *findings,
                                  const struct em_check_base_devices *devices, size_t travellers) {
    sj_scope *scope = findings->em->scope;
    const int64_t phones = sj_phone_count(scope, NULL, NULL);
    const int64_t most = sj_param_enterprise_max_phones(scope);
    const int64_t needed = phones + 2 * (int64_t)devices->count;
    em_findings_tally(findings, true, &devices->without_template, "base device",
                      "No EMCC template, logins on it fail with 6");
    check_default_template(findings, devices);
    for (size_t i = 0; i < devices->templates_count; i++) {
        check_template(findings, devices->templates[i]);
    }
    const size_t unused = devices->count - devices->taken;
    if (devices->count > 0 && travellers > devices->count) {
        em_findings_note(
            findings,
            "%zu EMCC base device%s %s %zu travellers; %zu %s free now, further logins "
            "fail with 33.",
            devices->count, sj_plural((int64_t)devices->count),
            devices->count == 1 ? "serves" : "serve", travellers, unused,
            unused == 1 ? "is" : "are");
    }
    if (needed > most) {
        em_findings_add(findings,
                        "Phones (%lld) and 2 x %zu EMCC base device%s make %lld, more than Maximum "
                        "Number of Phones (%lld): no more can be "
                        "inserted.",
                        (long long)phones, devices->count, sj_plural((int64_t)devices->count),
                        (long long)needed, (long long)most);
    }
}
