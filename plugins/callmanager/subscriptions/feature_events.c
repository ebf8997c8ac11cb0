/* The event package as-feature-event, by which plain phones switch Do Not Disturb and forward all,
 * and show what holds. A SUBSCRIBE with a body switches something; the NOTIFY that follows says
 * what holds then, also when it was refused. */
#include "dial_plan/dial_codes.h"
#include "phones/do_not_disturb.h"
#include "phones/feature_document.h"
#include "phones/forward_all.h"
#include "subscriptions/subscription.h"

#include <sojourn/base/text.h>

#include <stdio.h>

enum { LONGEST_S = 3600 };

/* ---- what is watched: the phone itself, and the line that it names ---- */

/* By the request URI, or by From where that names nobody. */
static void judge(struct call_manager *manager, struct registration *phone,
                  const struct sip_message *request, struct watch_verdict *verdict) {
    char user[DIGITS_MAX] = "";
    struct sip_uri uri;
    (void)manager;
    if (!sip_uri_parse(request->uri, &uri) || uri.user.length == 0) {
        sip_address_user(sip_message_header(request, SIP_FROM), user, sizeof user);
    } else if (!sip_uri_user(&uri, user, sizeof user)) {
        user[0] = '\0'; /* no line is called so */
    }
    const struct device_line *line = device_own_line(phone->device, user);
    if (line == NULL) {
        watch_refuse(verdict, 403,
                     "%.60s is no line of the phone, which switches its own features alone", user);
        return;
    }
    watch_grant(verdict, phone->device->name, line_number(line));
}

static void judge_again(const struct subscription *subscription, struct device *device,
                        struct watch_verdict *verdict) {
    const struct device_line *line = device_line_by_number(device, subscription->number);
    (void)snprintf(verdict->key, sizeof verdict->key, "%s", device->name);
    if (subscription->number[0] != '\0' &&
        (line == NULL || strcmp(line_number(line), subscription->number) != 0)) {
        watch_refuse(verdict, 403, "%.60s is no line of the phone any more", subscription->number);
    }
}

static void put(struct subscription *subscription, unsigned document, struct sip_writer *body) {
    const struct call_manager *manager = subscription->manager;
    const struct registration *phone =
        registration_find(manager->registrations, subscription->device_name);
    const struct device_line *line =
        phone == NULL ? NULL : device_line_by_number(phone->device, subscription->number);
    char shown[DIGITS_MAX];
    const sj_directory_number *number =
        line == NULL ? NULL : dial_plan_directory_number(&manager->plan, line->key);
    if (document == 0) {
        feature_document_put_do_not_disturb(body, subscription->number,
                                            phone != NULL && phone->device->do_not_disturb);
    } else {
        feature_document_put_forward_all(
            body, subscription->number,
            dial_codes_shown(&manager->plan, number == NULL ? "" : number->forward_all_destination,
                             shown));
    }
}

/* ---- what the phone switches ---- */

struct change {
    struct call_manager *manager;
    sj_scope *scope; /* its own */
    char device_name[130];
};

static void changed(void *user, int status, const sj_error *error) {
    struct change *change = user;
    if (status != SJ_OK) { /* otherwise the change has been notified as any other */
        sj_log_warning(change->scope, "cannot save the feature that phone %s switched: %s",
                       change->device_name, error == NULL ? "the store has failed" : error->text);
        subscriptions_changed(change->manager, WATCHED_PHONE, change->device_name);
    }
    sj_scope_close(change->scope);
}

/* Nothing is written: the phone is notified of what holds. */
static void abandon(struct change *change) {
    subscriptions_changed(change->manager, WATCHED_PHONE, change->device_name);
    sj_scope_close(change->scope);
}

static void apply(struct call_manager *manager, struct registration *phone, const char *number,
                  const struct feature_change *wanted) {
    sj_scope *scope = sj_scope_open(manager->scope, "a feature is being switched", NULL, NULL);
    struct change *change = scope == NULL ? NULL : sj_scope_alloc(scope, sizeof *change);
    const struct device_line *line = device_line_by_number(phone->device, number);
    char why[200] = "", shown[DIGITS_MAX];
    if (change == NULL) {
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        return;
    }
    change->manager = manager;
    change->scope = scope;
    (void)snprintf(change->device_name, sizeof change->device_name, "%s", phone->device->name);
    if (wanted->kind == FEATURE_DO_NOT_DISTURB && wanted->on != phone->device->do_not_disturb) {
        do_not_disturb_keep(manager, scope, phone, wanted->on, changed, change);
    } else if (wanted->kind == FEATURE_FORWARD_ALL && line != NULL) {
        if (forward_all_set(manager, scope, phone->device, line, wanted->destination, changed,
                            change, why) != 0) {
            sj_log_info(manager->scope, "forward all to %s is refused: %s",
                        dial_codes_shown(&manager->plan, wanted->destination, shown), why);
            abandon(change);
        }
    } else {
        abandon(change);
    }
}

static bool act(struct subscription *subscription, struct registration *phone,
                const struct sip_message *request) {
    const struct feature_change wanted = feature_document_read(request->body);
    if (wanted.kind == FEATURE_UNKNOWN) {
        return false;
    }
    apply(subscription->manager, phone, subscription->number, &wanted);
    return true;
}

const struct event_package feature_events = {
    .name = "as-feature-event",
    .kind = WATCHED_PHONE,
    .type = FEATURE_TYPE,
    .longest_s = LONGEST_S,
    .documents = 2,
    .judge = judge,
    .judge_again = judge_again,
    .act = act,
    .put = put,
};
