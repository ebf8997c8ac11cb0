/* Rules of phones, of what is composed of them, and of who uses them. */
#include "rules/rules.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <sojourn/base/hex.h>
#include <sojourn/base/nearest.h>
#include <sojourn/base/text.h>
#include <sojourn/expansion_module.h>
#include <sojourn/words.h>

#include "resources/default_device_profile.h"
#include "resources/device_profile.h"
#include "resources/end_user.h"
#include "resources/phone.h"
#include "resources/phone_model.h"
#include "resources/phone_security_profile.h"

/* SCCP is a word of the field that no service here speaks. */
static void check_protocol(const struct sj_rule_check *check, sj_device_protocol protocol) {
    if (protocol == SJ_DEVICE_PROTOCOL_SCCP) {
        sj_rule_tell(check, sj_rule_field("protocol"),
                     "expected \"SIP\", got \"SCCP\": no service of this node speaks SCCP; load "
                     "SIP firmware");
    }
}

/* A phone has keys for so many lines, and those of its expansion modules. */
static void check_lines(const struct sj_rule_check *check, const char *model, size_t count,
                        const char *const *modules, size_t modules_count) {
    const void *found = NULL;
    if (count < 2 || check->find(check->user, &sj_phone_model_meta, model, &found) != SJ_OK) {
        return;
    }
    const sj_phone_model *of = found;
    size_t most = (size_t)of->maximum_lines;
    for (size_t i = 0; i < modules_count; i++) {
        const struct sj_expansion_module *module =
            sj_expansion_module_find(sj_or_empty(modules[i]));
        most += module == NULL ? 0 : (size_t)module->keys;
    }
    if (count > most) {
        sj_rule_tell(check, sj_rule_field("lines"),
                     "expected at most %zu line%s, as a %s has keys for (maximum_lines of the "
                     "phone_model), got %zu",
                     most, sj_plural((int64_t)most), of->name, count);
    }
}

void sj_rule_phone(const struct sj_rule_check *check, const void *record) {
    const sj_phone *phone = record;
    check_protocol(check, phone->protocol);
    check_lines(check, phone->model, phone->lines_count, phone->expansion_modules,
                phone->expansion_modules_count);
}

void sj_rule_device_profile(const struct sj_rule_check *check, const void *record) {
    const sj_device_profile *profile = record;
    check_protocol(check, profile->protocol);
    check_lines(check, profile->model, profile->lines_count, profile->expansion_modules,
                profile->expansion_modules_count);
}

void sj_rule_default_device_profile(const struct sj_rule_check *check, const void *record) {
    check_protocol(check, ((const sj_default_device_profile *)record)->protocol);
}

enum { CISCO_NAME = 15 };

static bool is_cisco_name(const char *name) {
    return strlen(name) == CISCO_NAME && strncmp(name, "SEP", 3) == 0 &&
           strspn(name + 3, SJ_HEX_LARGE) == CISCO_NAME - 3;
}

/* A Cisco phone asks for the file of, and registers as, SEP and its MAC address in capitals: by
 * another name it is never found.
 */
static void check_phone_name(const struct sj_rule_check *check, const sj_phone *phone) {
    const struct sj_rule_place here = sj_rule_field("name");
    char capitals[CISCO_NAME + 1];
    const void *found = NULL;
    if (phone->name[0] == '\0' || is_cisco_name(phone->name) ||
        check->find(check->user, &sj_phone_model_meta, phone->model, &found) != SJ_OK) {
        return;
    }
    const sj_phone_model *model = found;
    if (!model->third_party && !model->soft_client) {
        (void)snprintf(capitals, sizeof capitals, "%s", phone->name);
        for (char *c = capitals; *c != '\0'; c++) {
            *c = (char)toupper((unsigned char)*c);
        }
        const bool meant = strlen(phone->name) == CISCO_NAME && is_cisco_name(capitals);
        sj_rule_tell(check, here,
                     "expected SEP and the twelve hex digits of the MAC address in capitals, as a "
                     "%s names itself, got "
                     "\"%.40s\"%s%s%s",
                     model->name, phone->name, meant ? ": give \"" : "", meant ? capitals : "",
                     meant ? "\"" : "");
    }
}

/* A phone has a number on one of its lines: a call to it could not tell the others apart. */
static void check_numbers_once(const struct sj_rule_check *check, const sj_device_line *lines,
                               size_t count) {
    for (size_t i = 1; i < count; i++) {
        const struct sj_rule_place here = {"lines", i, "directory_number"};
        for (size_t j = 0; j < i; j++) {
            const char *number = lines[i].directory_number;
            if (number != NULL && lines[j].directory_number != NULL &&
                strcmp(number, lines[j].directory_number) == 0) {
                sj_rule_tell(check, here,
                             "expected a directory number that no other line here has, got \"%s\", "
                             "which line %zu has",
                             number, j + 1);
                break;
            }
        }
    }
}

enum { MODULES_TEXT = 480 };

/* "Cisco 8851 (2), Cisco 8861 (3)" */
static void models_of(const char *type, char text[MODULES_TEXT]) {
    size_t length = 0;
    text[0] = '\0';
    for (const char *model = sj_expansion_module_model(type, NULL); model != NULL;
         model = sj_expansion_module_model(type, model)) {
        length +=
            (size_t)snprintf(text + length, MODULES_TEXT - length, "%s%s (%zu)",
                             length > 0 ? ", " : "", model, sj_expansion_module_most(model, type));
    }
}

static void tell_unknown_module(const struct sj_rule_check *check, struct sj_rule_place here,
                                const char *words) {
    char known[MODULES_TEXT], hint[SJ_NEAREST_HINT];
    struct sj_nearest nearest;
    size_t count = 0, length = 0;
    const struct sj_expansion_module *modules = sj_expansion_modules(&count);
    sj_nearest_begin(&nearest, words);
    for (size_t i = 0; i < count; i++) {
        sj_nearest_offer(&nearest, modules[i].name);
        sj_nearest_offer(&nearest, modules[i].type);
        length += (size_t)snprintf(known + length, sizeof known - length, "%s%s", i > 0 ? ", " : "",
                                   modules[i].name);
    }
    sj_rule_tell(check, here, "expected an expansion module (%s), got \"%.50s\"%s", known, words,
                 sj_nearest_hint(&nearest, hint));
}

/* Keys that are not there have no lines; phones leave modules of other makes dark. */
static void check_modules(const struct sj_rule_check *check, const char *model,
                          const char *const *modules, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct sj_rule_place here = {"expansion_modules", i, NULL};
        const char *words = sj_or_empty(modules[i]);
        const struct sj_expansion_module *module = sj_expansion_module_find(words);
        if (module == NULL) {
            tell_unknown_module(check, here, words);
            continue;
        }
        const size_t most = sj_expansion_module_most(model, module->type);
        if (most == 0) {
            char models[MODULES_TEXT];
            models_of(module->type, models);
            sj_rule_tell(
                check, here, "expected a module that a %s takes, got \"%s\", which goes with: %s",
                model, words, models[0] == '\0' ? "none of the models known here" : models);
        } else if (i >= most) {
            sj_rule_tell(check, here,
                         "expected at most %zu expansion modules, as a %s takes, got %zu", most,
                         model, count);
        }
    }
}

void sj_rule_phone_given(const struct sj_rule_check *check, const void *record) {
    const sj_phone *phone = record;
    check_phone_name(check, phone);
    check_numbers_once(check, phone->lines, phone->lines_count);
    check_modules(check, phone->model, phone->expansion_modules, phone->expansion_modules_count);
    sj_rule_user_locale(check, phone->user_locale);
    sj_rule_transformation_css(check, "phone", phone->calling_party_transformation_css,
                               phone->use_device_pool_calling_party_transformation_css,
                               "calling_party_transformation_css",
                               "use_device_pool_calling_party_transformation_css");
}

void sj_rule_device_profile_given(const struct sj_rule_check *check, const void *record) {
    const sj_device_profile *profile = record;
    check_numbers_once(check, profile->lines, profile->lines_count);
    check_modules(check, profile->model, profile->expansion_modules,
                  profile->expansion_modules_count);
    sj_rule_user_locale(check, profile->user_locale);
}

/* Digest credentials are stored as hashes, which no phone can use; and whoever names a phone gets
 * its file. */
static void check_digest_credentials(const struct sj_rule_check *check,
                                     const sj_phone_security_profile *profile) {
    const struct sj_rule_place here = sj_rule_field("exclude_digest_credentials");
    if (!profile->exclude_digest_credentials) {
        sj_rule_tell(check, here,
                     "expected true, got false, which is not offered: digest credentials are "
                     "stored hashed, and a phone's file goes to "
                     "whoever asks for it; enter them at the phone, or use a device security mode "
                     "with certificates");
    }
}

/* Who is authenticated shows a certificate, for which there is no other way. */
static void check_transport(const struct sj_rule_check *check,
                            const sj_phone_security_profile *profile) {
    const struct sj_rule_place here = sj_rule_field("transport");
    if (profile->device_security_mode !=
            SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_NON_SECURE &&
        profile->transport != SJ_PHONE_SECURITY_PROFILE_TRANSPORT_TLS) {
        sj_rule_tell(
            check, here,
            "expected tls, as the device security mode is %s, got %s: no phone could register",
            sj_phone_security_profile_device_security_mode_text(profile->device_security_mode),
            sj_phone_security_profile_transport_text(profile->transport));
    }
}

void sj_rule_phone_security_profile(const struct sj_rule_check *check, const void *record) {
    check_digest_credentials(check, record);
    check_transport(check, record);
}

/* Who may choose among profiles has the default one among them, or a program that names none is
 * refused. */
void sj_rule_end_user(const struct sj_rule_check *check, const void *record) {
    const sj_end_user *user = record;
    sj_rule_user_locale(check, user->user_locale);
    const struct sj_rule_place here = sj_rule_field("default_profile");
    bool found = user->default_profile[0] == '\0' || user->controlled_profiles_count == 0;
    for (size_t i = 0; i < user->controlled_profiles_count && !found; i++) {
        const char *profile = user->controlled_profiles[i];
        found = profile == NULL || strcmp(profile, user->default_profile) ==
                                       0; /* NULL: no text, which is told already */
    }
    if (!found) {
        sj_rule_tell(check, here,
                     "expected one of the user's controlled_profiles, got \"%s\": add it there or "
                     "choose one of them",
                     user->default_profile);
    }
}
