/* Looks up which number has which mail system, and tells what has become of the subscriptions. */
#include "subscriptions/mailboxes.h"
#include "dial_plan/dial_plan_store.h"
#include "dial_plan/intercom_numbers.h"
#include "subscriptions/mailbox_subscription.h"

#include <sojourn/base/hash.h>
#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

enum { LOOK_AT_ONCE = 250, LOOK_AGAIN_MS = 10 };

/* ---- which number ---- */

static struct mailbox_subscription *find(const struct mailboxes *mailboxes, const char *key) {
    SJ_MAP_EACH_OF(subscription, &mailboxes->by_number, sj_hash_keyed_text(key),
                   struct mailbox_subscription, by_number) {
        if (strcmp(subscription->key, key) == 0) {
            return subscription;
        }
    }
    return NULL;
}

/* The profile by which the number is subscribed to; NULL: it is not. */
static const sj_voice_mail_profile *profile_of(const struct mailboxes *mailboxes, const char *key) {
    const struct dial_plan *plan = &mailboxes->manager->plan;
    const sj_directory_number *number = dial_plan_directory_number(plan, key);
    char digits[DIGITS_MAX];
    dial_plan_number_of_key(key, digits, sizeof digits);
    if (number == NULL || !digits_are_number(digits) || intercom_number(plan, key)) {
        return NULL;
    }
    for (size_t i = 0; i < mailboxes->profiles.count; i++) {
        const sj_voice_mail_profile *profile = sj_voice_mail_profile_at(&mailboxes->profiles, i);
        if (sj_given(number->voice_mail_profile)
                ? strcmp(profile->name, number->voice_mail_profile) == 0
                : profile->default_profile) {
            return sj_given(profile->message_waiting_sip_trunk) ? profile : NULL;
        }
    }
    return NULL;
}

void mailboxes_number_changed(struct call_manager *manager, const char *directory_number) {
    struct mailboxes *mailboxes = manager->mailboxes;
    if (mailboxes == NULL) {
        return; /* the service has not started yet */
    }
    struct mailbox_subscription *subscription = find(mailboxes, directory_number);
    const sj_voice_mail_profile *profile = profile_of(mailboxes, directory_number);
    if (subscription != NULL &&
        (profile == NULL ||
         strcmp(subscription->system->trunk, profile->message_waiting_sip_trunk) != 0)) {
        mailbox_subscription_end(subscription);
        subscription = NULL;
    }
    if (profile == NULL) {
        return;
    }
    if (subscription != NULL) {
        subscription->asked_s = profile->message_waiting_expires_s;
        return;
    }
    struct mail_system *system = mail_system_of(manager, profile->message_waiting_sip_trunk);
    if (system == NULL || mailbox_subscription_new(system, directory_number,
                                                   profile->message_waiting_expires_s) == NULL) {
        sj_log_error(manager->scope, "there is no memory to subscribe to the mailbox of %s",
                     directory_number);
    }
}

/* ---- all of them ---- */

static void look_again(void *user);

/* Looks at a slice of the numbers. False: that was the last one, or they cannot be read. */
static bool look_at_slice(struct mailboxes *mailboxes) {
    struct call_manager *manager = mailboxes->manager;
    const sj_query query = {.after_key = mailboxes->looked_to, .limit = LOOK_AT_ONCE};
    const struct plan_resource *resource = dial_plan_resource("directory_number");
    sj_list list = {NULL, 0};
    sj_error error;
    char key[260] = "";
    if (sj_directory_number_list(manager->scope, &query, &list, &error) < 0) {
        sj_log_error(manager->scope, "mailboxes are not subscribed to: %s", error.text);
        return false;
    }
    for (size_t i = 0; i < list.count; i++) {
        dial_plan_resource_key(resource, list.records[i], key, sizeof key);
        mailboxes_number_changed(manager, key);
    }
    const bool more = list.count == LOOK_AT_ONCE;
    sj_list_free(manager->scope, &list);
    free(mailboxes->looked_to);
    mailboxes->looked_to = more ? strdup(key) : NULL;
    return mailboxes->looked_to != NULL;
}

static void look(struct mailboxes *mailboxes) {
    struct call_manager *manager = mailboxes->manager;
    if (look_at_slice(mailboxes)) {
        mailboxes->look = sj_timer_start(manager->scope, LOOK_AGAIN_MS, 0, look_again, mailboxes);
    }
}

static void look_again(void *user) {
    struct mailboxes *mailboxes = user;
    mailboxes->look = NULL;
    look(mailboxes);
}

static bool any_subscribes(const struct mailboxes *mailboxes) {
    for (size_t i = 0; i < mailboxes->profiles.count; i++) {
        if (sj_given(
                sj_voice_mail_profile_at(&mailboxes->profiles, i)->message_waiting_sip_trunk)) {
            return true;
        }
    }
    return false;
}

void mailboxes_profiles_changed(struct call_manager *manager) {
    struct mailboxes *mailboxes = manager->mailboxes;
    sj_list profiles = {NULL, 0};
    sj_error error;
    if (mailboxes == NULL) {
        return; /* as above */
    }
    if (sj_voice_mail_profile_list(manager->scope, NULL, &profiles, &error) < 0) {
        sj_log_error(manager->scope, "voice mail profiles cannot be read: %s", error.text);
        return;
    }
    sj_list_free(manager->scope, &mailboxes->profiles);
    mailboxes->profiles = profiles;
    free(mailboxes->looked_to);
    mailboxes->looked_to = NULL;
    if (mailboxes->look != NULL) {
        sj_handle_close(manager->scope, mailboxes->look);
        mailboxes->look = NULL;
    }
    SJ_LIST_EACH(system, &mailboxes->systems, struct mail_system, link) {
        mail_system_try(system);
    }
    if (any_subscribes(mailboxes) || mailboxes->by_number.count > 0) {
        look(mailboxes);
    }
}

/* ---- message_waiting.status ---- */

typedef sj_message_waiting_status_reply_mail_system system_row;
typedef sj_message_waiting_status_reply_entry number_row;

static bool is_active(const struct mailbox_subscription *subscription) {
    return subscription->state == SJ_MESSAGE_SUBSCRIPTION_STATE_ACTIVE &&
           mailbox_subscription_lasts(subscription);
}

static void fill_number(const struct mailbox_subscription *subscription, number_row *row) {
    sj_scope *scope = subscription->system->manager->scope;
    const int64_t now_ms = sj_wall_ms(scope),
                  left_ms = subscription->ends_ms == 0
                                ? 0
                                : (int64_t)subscription->ends_ms - (int64_t)sj_monotonic_ms(scope);
    const bool ran_out = subscription->ends_ms != 0 && left_ms <= 0;
    row->directory_number = subscription->key;
    row->sip_trunk = subscription->system->trunk;
    row->state = ran_out ? SJ_MESSAGE_SUBSCRIPTION_STATE_FAILED : subscription->state;
    row->since = ran_out ? now_ms + left_ms : subscription->since_ms;
    row->ends_at = ran_out || subscription->ends_ms == 0 ? 0 : now_ms + left_ms;
    row->heard_at = subscription->heard_ms;
    row->reason = sj_or_empty(subscription->reason);
}

static int by_key(const void *a, const void *b) {
    return strcmp((*(struct mailbox_subscription *const *)a)->key,
                  (*(struct mailbox_subscription *const *)b)->key);
}

/* Counts, and gathers those that are to be shown; returns how many. */
static size_t gather(const struct mailboxes *mailboxes, const char *asked, system_row *rows,
                     size_t systems, struct mailbox_subscription **shown) {
    sj_map_place place = {0};
    size_t count = 0;
    for (struct mailbox_subscription *subscription;
         (subscription = SJ_OWNER(sj_map_walk(&mailboxes->by_number, &place),
                                  struct mailbox_subscription, by_number)) != NULL;) {
        const bool active = is_active(subscription);
        for (size_t i = 0; i < systems; i++) {
            if (rows[i].sip_trunk == subscription->system->trunk) {
                rows[i].subscriptions++;
                rows[i].active += active;
            }
        }
        if (asked[0] == '\0' ? !active : strcmp(subscription->key, asked) == 0) {
            shown[count++] = subscription;
        }
    }
    qsort(shown, count, sizeof(struct mailbox_subscription *), by_key);
    return count;
}

static size_t fill_systems(const struct mailboxes *mailboxes, system_row *rows) {
    size_t count = 0;
    SJ_LIST_EACH(system, &mailboxes->systems, struct mail_system, link) {
        rows[count++] = (system_row){.sip_trunk = system->trunk,
                                     .state = system->state,
                                     .since = system->since_ms,
                                     .reason = system->reason};
    }
    return count;
}

static void on_status(void *user, sj_question *question, const sj_message_waiting_status *request) {
    struct mailboxes *mailboxes = user;
    struct call_manager *manager = mailboxes->manager;
    size_t systems = 0;
    SJ_LIST_EACH(system, &mailboxes->systems, struct mail_system, link) {
        systems++;
    }
    system_row *rows = calloc(systems + 1, sizeof *rows);
    number_row *numbers = calloc((size_t)request->limit + 1, sizeof *numbers);
    struct mailbox_subscription **shown =
        calloc(mailboxes->by_number.count + 1, sizeof(struct mailbox_subscription *));
    if (rows == NULL || numbers == NULL || shown == NULL) {
        sj_fail(manager->scope, question, SJ_E_NO_MEMORY, "out of memory");
    } else {
        (void)fill_systems(mailboxes, rows);
        size_t count = gather(mailboxes, request->directory_number, rows, systems, shown);
        count = count < (size_t)request->limit ? count : (size_t)request->limit;
        for (size_t i = 0; i < count; i++) {
            fill_number(shown[i], &numbers[i]);
        }
        const sj_message_waiting_status_reply reply = {.mail_systems = rows,
                                                       .mail_systems_count = systems,
                                                       .numbers = numbers,
                                                       .numbers_count = count};
        if (request->directory_number[0] != '\0' && count == 0) {
            sj_fail(manager->scope, question, SJ_E_NOT_FOUND,
                    "there is no subscription to a mailbox of %s: its voice mail profile names no "
                    "Message Waiting Subscription SIP Trunk, or there is no such directory number",
                    request->directory_number);
        } else {
            sj_reply_message_waiting_status(manager->scope, question, &reply);
        }
    }
    free(shown);
    free(numbers);
    free(rows);
}

/* ---- begin and end ---- */

int mailboxes_open(struct call_manager *manager, sj_error *error) {
    struct mailboxes *mailboxes = calloc(1, sizeof *mailboxes);
    if (mailboxes == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for subscriptions to mailboxes");
    }
    mailboxes->manager = manager;
    sj_list_init(&mailboxes->systems);
    manager->mailboxes = mailboxes;
    if (sj_answer_message_waiting_status(manager->scope, on_status, mailboxes, error) == NULL) {
        return error->code;
    }
    mailboxes_profiles_changed(manager);
    return SJ_OK;
}

void mailboxes_free(struct call_manager *manager) {
    struct mailboxes *mailboxes = manager->mailboxes;
    if (mailboxes == NULL) {
        return;
    }
    for (sj_map_link *link; (link = sj_map_take_any(&mailboxes->by_tag)) != NULL;) {
        struct mailbox_subscription *subscription =
            SJ_OWNER(link, struct mailbox_subscription, by_tag);
        mailbox_subscription_drop(subscription);
    }
    SJ_LIST_EACH(system, &mailboxes->systems, struct mail_system, link) {
        mail_system_free(system);
    }
    timer_wheel_stop(&manager->fast.wheel, &mailboxes->turn);
    sj_map_clear(&mailboxes->by_tag);
    sj_map_clear(&mailboxes->by_number);
    sj_list_free(manager->scope, &mailboxes->profiles);
    free(mailboxes->looked_to);
    free(mailboxes);
    manager->mailboxes = NULL;
}
