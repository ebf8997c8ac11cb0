/* One subscription to presence for each key, which lasts as long as the phone is registered. */
#include "subscriptions/lamp_keys.h"
#include "subscriptions/number_watch.h"
#include "subscriptions/subscription.h"

#include <stdio.h>

void lamp_keys_drop(struct call_manager *manager, const char *device_name) {
    struct subscription *subscription = subscription_of_phone(manager, device_name, NULL);
    while (subscription != NULL) {
        struct subscription *next = subscription_of_phone(manager, device_name, subscription);
        if (subscription->unasked) {
            subscription_drop(subscription);
        }
        subscription = next;
    }
}

static void put_address(struct sip_writer *writer, const char *user, const char *address) {
    sip_put(writer, "<sip:");
    sip_put_user(writer, user);
    sip_put(writer, "@");
    sip_put_host(writer, address, 0);
    sip_put(writer, ">");
}

static void watch_key(struct call_manager *manager, const struct registration *phone,
                      const struct watch_verdict *verdict) {
    const struct device *device = phone->device;
    char local_text[200], remote_text[300], call_id[SIP_TAG];
    struct sip_writer local, remote;
    sip_writer_init(&local, local_text, sizeof local_text);
    sip_writer_init(&remote, remote_text, sizeof remote_text);
    put_address(&local, verdict->number, manager->address);
    put_address(&remote, device->line_count > 0 ? device->lines[0].number : device->name,
                manager->address);
    call_manager_token(manager, call_id);
    const struct subscription_texts texts = {
        .device_name = sip_text_of(device->name),
        .number = sip_text_of(verdict->number),
        .call_id = sip_text_of(call_id),
        .local = {local_text, local.used},
        .remote = {remote_text, remote.used},
        .target = sip_text_of(phone->contact),
        .routes = sip_text_of(""),
        .event = sip_text_of(presence_events.name),
    };
    struct subscription *subscription =
        local.overflow || remote.overflow
            ? NULL
            : subscription_new(manager, &presence_events, verdict->key, &texts, &phone->flow);
    if (subscription == NULL) {
        sj_log_limited(manager->scope, SJ_LOG_WARNING, "a lamp stays dark",
                       "that of %s on phone %s: there is no memory, or too many subscriptions",
                       verdict->number, device->name);
        return;
    }
    subscription->unasked = true;
    subscription_wait(subscription);
}

/* A number that two keys show is told once. */
static bool is_watched(const struct call_manager *manager, const char *device_name,
                       const char *key) {
    const struct subscription *subscription = NULL;
    while ((subscription = subscription_of_phone(manager, device_name, subscription)) != NULL) {
        if (subscription->unasked && strcmp(subscription->watched->key, key) == 0) {
            return true;
        }
    }
    return false;
}

static void watch_all(struct call_manager *manager, const struct registration *phone,
                      const sj_speed_dial *dials, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct watch_verdict verdict = {.status = 0};
        if (!dials[i].busy_lamp_field) {
            continue;
        }
        number_watch_judge_key(manager, phone->device, dials[i].number, &verdict);
        if (verdict.status != 0) {
            sj_log_info(manager->scope, "the key of phone %s for %s shows no state: %s",
                        phone->device->name, dials[i].number, verdict.why);
        } else if (!is_watched(manager, phone->device->name, verdict.key)) {
            watch_key(manager, phone, &verdict);
        }
    }
}

void lamp_keys_lay(struct call_manager *manager, const char *device_name) {
    const struct registration *phone = registration_find(manager->registrations, device_name);
    sj_scope *scope = manager->scope;
    lamp_keys_drop(manager, device_name);
    if (phone == NULL || !phone->cisco || !phone->device->lamps || phone->device->removed) {
        return;
    }
    if (phone->device->live) {
        sj_live_device *live = NULL;
        if (sj_live_device_get(scope, device_name, &live, NULL) == SJ_OK) {
            watch_all(manager, phone, live->speed_dials, live->speed_dials_count);
            sj_record_free(scope, live);
        }
    } else {
        sj_phone *record = NULL;
        if (sj_phone_get(scope, device_name, &record, NULL) == SJ_OK) {
            watch_all(manager, phone, record->speed_dials, record->speed_dials_count);
            sj_record_free(scope, record);
        }
    }
}
