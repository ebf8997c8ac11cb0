/* One subscription to presence for each key, which lasts as long as the phone is registered. */
#include "subscriptions/lamp_keys.h"
#include "dial_plan/dial_codes.h"
#include "phones/registration_table.h"
#include "phones/speed_dials.h"
#include "subscriptions/number_watch.h"
#include "subscriptions/unasked.h"

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

static void watch_all(void *user, const sj_speed_dial *dials, size_t count) {
    const struct registration *phone = user;
    struct call_manager *manager = phone->table->owner;
    for (size_t i = 0; i < count; i++) {
        struct watch_verdict verdict = {.status = 0};
        char shown[DIGITS_MAX];
        if (!dials[i].busy_lamp_field) {
            continue;
        }
        number_watch_judge_key(manager, phone->device, dials[i].number, &verdict);
        if (verdict.status != 0) {
            sj_log_info(manager->scope, "the key of phone %s for %s shows no state: %s",
                        phone->device->name,
                        dial_codes_shown(&manager->plan, dials[i].number, shown), verdict.why);
        } else if (/* a number that two keys show is told once */
                   !unasked_is_told(manager, phone->device->name, &presence_events, verdict.key) &&
                   !unasked_tell(manager, phone, &presence_events, &verdict, false)) {
            sj_log_limited(manager->scope, SJ_LOG_WARNING, "a lamp stays dark",
                           "that of %s on phone %s: there is no memory, or too many subscriptions",
                           verdict.number, phone->device->name);
        }
    }
}

void lamp_keys_lay(struct call_manager *manager, const char *device_name) {
    struct registration *phone = registration_find(manager->registrations, device_name);
    lamp_keys_drop(manager, device_name);
    if (phone == NULL || !phone->cisco || !phone->device->lamps || phone->device->removed) {
        return;
    }
    speed_dials_read(manager, phone->device, watch_all, phone);
}
