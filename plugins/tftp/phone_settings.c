/* Decides between the settings of enterprise, profile and phone, and tells whose counts. */
#include "phone_settings.h"

#include <stdio.h>
#include <string.h>

#include "device_files.h"
#include "events/phone.h"
#include "resources/common_device_configuration.h"
#include "resources/date_time_group.h"
#include "resources/device_pool.h"
#include "resources/enterprise_phone_configuration.h"
#include "resources/phone_model.h"
#include "softkey_file.h"

enum { SOURCE_ROOM = 96 };

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

/* What is told of a phone, and the records that it is told from. */
struct told {
    sj_live_device *live;
    sj_phone *phone;
    sj_common_phone_profile *profile;
    sj_common_device_configuration *common;
    sj_device_pool *pool;
    sj_date_time_group *group;
    sj_phone_model *model;
    sj_phone_settings_reply_setting items[PHONE_SETTINGS + 5];
    size_t count;
    char sources[PHONE_SETTINGS + 5][SOURCE_ROOM];
};

/* `kind` says what the value is from, `name` which of them; "" when there is one alone. */
static void tell(struct told *told, const char *setting, const char *value, const char *kind,
                 const char *name) {
    char *source = told->sources[told->count];
    (void)snprintf(source, SOURCE_ROOM, "%s%s%s", kind, name[0] != '\0' ? " " : "", name);
    told->items[told->count++] = (sj_phone_settings_reply_setting){
        .setting = setting, .value = value[0] == '\0' ? "not set" : value, .source = source};
}

/* A value of the phone or of the user logged in on it, else of the common device configuration. */
static void tell_own(struct told *told, const char *setting, const char *own, const char *of_common,
                     const char *of_all) {
    if (own[0] != '\0') {
        tell(told, setting, own, told->live != NULL ? "user logged in, or phone" : "phone", "");
    } else if (of_common[0] != '\0') {
        tell(told, setting, of_common, "common device configuration", told->common->name);
    } else {
        tell(told, setting, of_all,
             of_all[0] != '\0' ? "default of the cluster" : "default of the phone", "");
    }
}

static void tell_place(struct told *told) {
    tell(told, "Time Zone", told->group->time_zone, "date/time group", told->group->name);
    if (told->pool->network_locale[0] != '\0') {
        tell(told, "Network Locale", told->pool->network_locale, "device pool", told->pool->name);
    } else {
        tell(told, "Network Locale", "", "default of the phone", "");
    }
}

static void tell_firmware(struct told *told) {
    const char *own =
        told->live != NULL ? told->live->load_information : told->phone->load_information;
    const char *of_model = told->model != NULL ? told->model->load_information : "";
    if (own[0] != '\0') {
        tell(told, "Phone Load Name", own, "phone", "");
    } else if (of_model[0] != '\0' && told->phone != NULL) {
        tell(told, "Phone Load Name", of_model, "model", told->model->name);
    } else {
        tell(told, "Phone Load Name", "", "the phone keeps its own", "");
    }
}

static int read_told(struct told *told, sj_scope *scope, const char *device_name, sj_error *error) {
    int status = device_records(scope, device_name, &told->live, &told->phone, error);
    if (status != SJ_OK) {
        return status;
    }
    const sj_live_device *live = told->live;
    const sj_phone *phone = told->phone;
    const char *common =
        live != NULL ? live->common_device_configuration : phone->common_device_configuration;
    status = sj_common_phone_profile_get(
        scope, live != NULL ? live->common_phone_profile : phone->common_phone_profile,
        &told->profile, error);
    status = status == SJ_OK
                 ? sj_device_pool_get(scope, live != NULL ? live->device_pool : phone->device_pool,
                                      &told->pool, error)
                 : status;
    status = status == SJ_OK
                 ? sj_date_time_group_get(scope, told->pool->date_time_group, &told->group, error)
                 : status;
    if (common[0] != '\0') {
        (void)sj_common_device_configuration_get(scope, common, &told->common, NULL);
    }
    (void)sj_phone_model_get(scope, live != NULL ? live->model : phone->model, &told->model, NULL);
    return status;
}

static void free_told(struct told *told, sj_scope *scope) {
    sj_record_free(scope, told->live);
    sj_record_free(scope, told->phone);
    sj_record_free(scope, told->profile);
    sj_record_free(scope, told->common);
    sj_record_free(scope, told->pool);
    sj_record_free(scope, told->group);
    sj_record_free(scope, told->model);
}

static void on_phone_settings(void *user, sj_question *question, const sj_phone_settings *request) {
    sj_scope *scope = user;
    struct phone_setting settings[PHONE_SETTINGS];
    struct told told = {0};
    sj_error error = {0};
    const int status = read_told(&told, scope, request->device_name, &error);
    if (status != SJ_OK) {
        sj_fail(scope, question, status, "%s", error.text);
    } else {
        const sj_live_device *live = told.live;
        const sj_common_device_configuration *common = told.common;
        phone_settings_read(scope, told.profile, told.phone, settings);
        for (size_t i = 0; i < PHONE_SETTINGS; i++) {
            const char *value = settings[i].enabled ? "enabled" : "disabled";
            tell(&told, settings[i].title, settings[i].set ? value : "", settings[i].source, "");
        }
        tell_place(&told);
        tell_own(&told, "User Locale", live != NULL ? live->user_locale : told.phone->user_locale,
                 common != NULL ? common->user_locale : "", "");
        tell_own(&told, "Softkey Template",
                 live != NULL ? live->softkey_template : told.phone->softkey_template,
                 common != NULL ? common->softkey_template : "", softkey_default_template(scope));
        tell_firmware(&told);
        const sj_phone_settings_reply reply = {.settings = told.items,
                                               .settings_count = told.count};
        sj_reply_phone_settings(scope, question, &reply);
    }
    free_told(&told, scope);
}

bool phone_settings_open(sj_scope *scope, sj_error *error) {
    return sj_answer_phone_settings(scope, on_phone_settings, scope, error) != NULL;
}
