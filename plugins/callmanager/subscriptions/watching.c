/* Changes of numbers and phones end in NOTIFYs here, and phones get the lamps of their keys. */
#include "subscriptions/watching.h"
#include "calls/call_back.h"
#include "phones/message_waiting.h"
#include "subscriptions/lamp_keys.h"
#include "subscriptions/message_events.h"
#include "subscriptions/shared_lines.h"
#include "subscriptions/subscription.h"

static void number_changed(struct call_manager *manager, const char *directory_number) {
    subscriptions_changed(manager, WATCHED_NUMBER, directory_number);
    call_back_number_changed(manager, directory_number);
}

static void number_removed(struct call_manager *manager, const char *directory_number) {
    subscriptions_end_all(manager, WATCHED_NUMBER, directory_number, "noresource");
    subscriptions_end_all(manager, WATCHED_MAILBOX, directory_number, "noresource");
    message_waiting_forget(manager, directory_number);
    call_back_number_removed(manager, directory_number);
}

static void phone_changed(struct call_manager *manager, const char *device_name) {
    subscriptions_changed(manager, WATCHED_PHONE, device_name);
}

/* What it has not been told while it was away it is told now, and its rights may be others. */
static void phone_came(struct call_manager *manager, const char *device_name) {
    struct subscription *subscription = NULL;
    lamp_keys_lay(manager, device_name);
    shared_lines_lay(manager, device_name);
    message_events_phone_came(manager, device_name);
    while ((subscription = subscription_of_phone(manager, device_name, subscription)) != NULL) {
        if (subscription->changed) {
            subscription_wait(subscription);
        }
        subscription_doubt(subscription);
    }
}

static void phone_left(struct call_manager *manager, const char *device_name) {
    lamp_keys_drop(manager, device_name);
}

/* Nobody is left who had a right to be told. */
static void phone_removed(struct call_manager *manager, const char *device_name) {
    struct subscription *subscription;
    while ((subscription = subscription_of_phone(manager, device_name, NULL)) != NULL) {
        subscription_drop(subscription);
    }
}

const struct watch watching = {number_changed, number_removed, phone_changed,          phone_came,
                               phone_left,     phone_removed,  subscriptions_doubt_all};
