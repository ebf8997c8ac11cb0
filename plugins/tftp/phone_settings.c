/* Decides between the settings of enterprise, profile and phone, and tells whose counts. */
#include "phone_settings.h"

#include <string.h>

#include "device_files.h"
#include "events/phone.h"
#include "resources/enterprise_phone_configuration.h"

/* What a profile says with a word that can be left open, or always and then overrides or not. */
struct profile_setting {
    sj_phone_setting setting;
    bool overrides;
};

static sj_phone_setting said(bool enabled) {
    return enabled ? SJ_PHONE_SETTING_ENABLED : SJ_PHONE_SETTING_DISABLED;
}

static void decide(struct phone_setting *setting, sj_phone_setting enterprise,
                   struct profile_setting profile, sj_phone_setting device) {
    const bool from_profile = profile.setting != SJ_PHONE_SETTING_NOT_SET &&
                              (profile.overrides || enterprise == SJ_PHONE_SETTING_NOT_SET);
    const sj_phone_setting counts = device != SJ_PHONE_SETTING_NOT_SET ? device
                                    : from_profile                     ? profile.setting
                                                                       : enterprise;
    setting->source = device != SJ_PHONE_SETTING_NOT_SET   ? "phone"
                      : from_profile                       ? "common phone profile"
                      : counts != SJ_PHONE_SETTING_NOT_SET ? "enterprise phone configuration"
                                                           : "default of the phone";
    setting->set = counts != SJ_PHONE_SETTING_NOT_SET;
    setting->enabled = counts == SJ_PHONE_SETTING_ENABLED;
}

void phone_settings_read(sj_scope *scope, const sj_common_phone_profile *profile,
                         const sj_phone *phone, struct phone_setting settings[PHONE_SETTINGS]) {
    static const struct {
        const char *title, *element;
        int enabled; /* the number that phones read as enabled, 0 or 1 */
    } kinds[PHONE_SETTINGS] = {
        {"PC Port", "pcPort", 0},       {"Video Capabilities", "videoCapability", 1},
        {"Camera", "ciscoCamera", 1},   {"Settings Access", "settingsAccess", 1},
        {"Web Access", "webAccess", 0}, {"SSH Access", "sshAccess", 0},
    };
    static const sj_enterprise_phone_configuration nothing; /* all not set */
    sj_enterprise_phone_configuration *found = NULL;
    const sj_enterprise_phone_configuration *enterprise =
        sj_enterprise_phone_configuration_get(scope, "default", &found, NULL) == SJ_OK ? found
                                                                                       : &nothing;
    const sj_phone_setting of_enterprise[PHONE_SETTINGS] = {
        enterprise->pc_port,         enterprise->video_capabilities, enterprise->camera,
        enterprise->settings_access, enterprise->web_access,         enterprise->ssh_access};
    const struct profile_setting of_profile[PHONE_SETTINGS] = {
        {profile->pc_port, true},
        {said(profile->video_capabilities), profile->override_video_capabilities},
        {profile->camera, true},
        {profile->settings_access, true},
        {said(profile->web_access), profile->override_web_access},
        {said(profile->ssh_access), profile->override_ssh_access},
    };
    sj_phone_setting of_phone[PHONE_SETTINGS] = {SJ_PHONE_SETTING_NOT_SET};
    if (phone != NULL) {
        const sj_phone_setting own[PHONE_SETTINGS] = {phone->pc_port,    phone->video_capabilities,
                                                      phone->camera,     phone->settings_access,
                                                      phone->web_access, phone->ssh_access};
        memcpy(of_phone, own, sizeof own);
    }
    for (size_t i = 0; i < PHONE_SETTINGS; i++) {
        settings[i] = (struct phone_setting){.title = kinds[i].title};
        decide(&settings[i], of_enterprise[i], of_profile[i], of_phone[i]);
        settings[i].element.name = kinds[i].element;
        settings[i].element.value = settings[i].enabled ? kinds[i].enabled : 1 - kinds[i].enabled;
    }
    sj_record_free(scope, found);
}

static void on_phone_settings(void *user, sj_question *question, const sj_phone_settings *request) {
    sj_scope *scope = user;
    struct phone_setting settings[PHONE_SETTINGS];
    sj_phone_settings_reply_setting items[PHONE_SETTINGS];
    sj_live_device *live = NULL;
    sj_phone *phone = NULL;
    sj_common_phone_profile *profile = NULL;
    sj_error error = {0};
    int status = device_records(scope, request->device_name, &live, &phone, &error);
    if (status == SJ_OK) {
        const char *name = live != NULL ? live->common_phone_profile : phone->common_phone_profile;
        status = sj_common_phone_profile_get(scope, name, &profile, &error);
    }
    if (status != SJ_OK) {
        sj_fail(scope, question, status, "%s", error.text);
    } else {
        phone_settings_read(scope, profile, phone, settings);
        for (size_t i = 0; i < PHONE_SETTINGS; i++) {
            items[i] = (sj_phone_settings_reply_setting){
                .setting = settings[i].title,
                .value = !settings[i].set      ? "not set"
                         : settings[i].enabled ? "enabled"
                                               : "disabled",
                .source = settings[i].source,
            };
        }
        const sj_phone_settings_reply reply = {.settings = items, .settings_count = PHONE_SETTINGS};
        sj_reply_phone_settings(scope, question, &reply);
    }
    sj_record_free(scope, profile);
    sj_record_free(scope, phone);
    sj_record_free(scope, live);
}

bool phone_settings_open(sj_scope *scope, sj_error *error) {
    return sj_answer_phone_settings(scope, on_phone_settings, scope, error) != NULL;
}
