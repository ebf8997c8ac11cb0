/* Cisco's phones are told with the state of their lines (REFER), others by NOTIFY. */
#include "subscriptions/message_events.h"
#include "calls/trunk.h"
#include "core/later_answer.h"
#include "core/refusals.h"
#include "dial_plan/number_routing.h"
#include "phones/message_waiting.h"
#include "phones/remote_control.h"
#include "subscriptions/unasked.h"

#include <stdio.h>
#include <stdlib.h>

enum { LONGEST_S = 3600 };

/* ---- to phones ---- */

static void judge(struct call_manager *manager, struct registration *phone,
                  const struct sip_message *request, struct watch_verdict *verdict) {
    char digits[DIGITS_MAX] = "";
    struct sip_uri uri;
    (void)manager;
    const struct device_line *line =
        sip_uri_parse(request->uri, &uri) && sip_uri_user(&uri, digits, sizeof digits)
            ? device_own_line(phone->device, digits)
            : NULL;
    if (line == NULL) {
        watch_refuse(verdict, 403, "%.60s is no line of the phone, whose messages alone it is told",
                     digits);
        return;
    }
    watch_grant(verdict, line->key, line_number(line));
}

static void judge_again(const struct subscription *subscription, struct device *device,
                        struct watch_verdict *verdict) {
    if (device_line_by_key(device, subscription->watched->key) == NULL) {
        watch_refuse(verdict, 403, "%.60s is no line of the phone any more", subscription->number);
        return;
    }
    (void)snprintf(verdict->key, sizeof verdict->key, "%s", subscription->watched->key);
}

static void put(struct subscription *subscription, unsigned document, struct sip_writer *body) {
    struct message_summary summary;
    (void)document;
    message_waiting_get(subscription->manager, subscription->watched->key, &summary);
    message_summary_put(body, &summary, subscription->number,
                        call_manager_address(subscription->manager, &subscription->flow));
}

const struct event_package message_events = {
    .name = "message-summary",
    .kind = WATCHED_MAILBOX,
    .type = MESSAGE_SUMMARY_TYPE,
    .longest_s = LONGEST_S,
    .documents = 1,
    .judge = judge,
    .judge_again = judge_again,
    .put = put,
};

static bool has_subscribed(const struct call_manager *manager, const char *device_name,
                           const char *key) {
    const struct subscription *subscription = NULL;
    while ((subscription = subscription_of_phone(manager, device_name, subscription)) != NULL) {
        if (subscription->package == &message_events &&
            strcmp(subscription->watched->key, key) == 0) {
            return true;
        }
    }
    return false;
}

/* A plain phone, of one of its lines. */
static void tell(struct call_manager *manager, const struct device_line *line) {
    const struct registration *phone = line_device(line)->registration;
    struct watch_verdict what = {.status = 0};
    (void)snprintf(what.key, sizeof what.key, "%s", line->key);
    (void)snprintf(what.number, sizeof what.number, "%s", line_number(line));
    if (!phone->cisco && !line_device(line)->removed &&
        !has_subscribed(manager, line_device(line)->name, line->key) &&
        !unasked_tell(manager, phone, &message_events, &what, true)) {
        sj_log_limited(manager->scope, SJ_LOG_WARNING, "a message waiting lamp is not switched",
                       "that of %s on phone %s: there is no memory, or too many subscriptions",
                       line_number(line), line_device(line)->name);
    }
}

void message_events_changed(struct call_manager *manager, const char *directory_number) {
    const struct device_line *line = NULL;
    while ((line = registration_lines(manager->registrations, directory_number, line)) != NULL) {
        tell(manager, line);
    }
    subscriptions_changed(manager, WATCHED_MAILBOX, directory_number);
    remote_control_notify_line(manager, directory_number);
}

void message_events_phone_came(struct call_manager *manager, const char *device_name) {
    const struct registration *phone = registration_find(manager->registrations, device_name);
    for (size_t i = 0; phone != NULL && i < phone->device->line_count; i++) {
        struct message_summary summary;
        if (!phone->cisco) {
            message_waiting_get(manager, phone->device->lines[i].key, &summary);
            if (summary.waiting) {
                tell(manager, &phone->device->lines[i]);
            }
        }
    }
}

/* ---- from mail systems ---- */

/* The status that refuses it, with a sentence; 0: it is believed. */
static int find_mailbox(struct call_manager *manager, const struct sip_message *request,
                        const struct sip_flow *flow, struct trunk_caller *caller, char key[130],
                        sj_error *why) {
    const sj_sip_trunk_security_profile *security;
    struct number_route *route;
    struct calling_search_spaces spaces;
    char digits[DIGITS_MAX];
    struct sip_uri uri;
    int status = 404;
    if (trunk_identify(manager, request, flow, caller, why) != SJ_OK) {
        return 403;
    }
    security = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK_SECURITY_PROFILE,
                             caller->trunk->sip_trunk_security_profile);
    if (caller->lease[0] != '\0' || security == NULL ||
        !security->accept_unsolicited_notification) {
        (void)sj_error_set(why, SJ_E_DENIED,
                           "The SIP Trunk Security Profile of %s does not accept unsolicited "
                           "notifications",
                           caller->trunk->name);
        return 403;
    }
    if (!sip_uri_parse(request->uri, &uri) || !sip_uri_user(&uri, digits, sizeof digits)) {
        (void)sj_error_set(why, SJ_E_INVALID, "The request URI names no number");
        return 404;
    }
    route = calloc(1, sizeof *route);
    calling_search_spaces_of_phone(caller->calling_search_space, "", &spaces);
    const struct number_caller asker = {.spaces = &spaces,
                                        .number = "",
                                        .external_mask = "",
                                        .device_pool = caller->device_pool,
                                        .adjunct_css = "",
                                        .turn = manager->turn};
    if (route == NULL || number_routing(&manager->plan, &asker, digits, route) != SJ_OK) {
        (void)sj_error_set(why, SJ_E_NO_MEMORY, "Out of memory");
        status = 503;
    } else if (route->outcome != NUMBER_PHONE) {
        (void)sj_error_set(why, SJ_E_NOT_FOUND, "%s reaches no directory number %s",
                           caller->trunk->name, digits);
    } else {
        (void)snprintf(key, 130, "%s", route->directory_number_key);
        status = 0;
    }
    free(route);
    return status;
}

static void kept(void *user, int status, const sj_error *error) {
    struct later_answer *answer = user;
    if (status != SJ_OK) {
        sj_log_warning(answer->manager->scope, "cannot save that messages wait: %s",
                       error == NULL ? "the store has failed" : error->text);
    }
    later_answer_give(answer, status == SJ_OK ? 200 : 500, "", "");
}

void message_events_keep(struct call_manager *manager, const struct sip_message *request,
                         const struct sip_flow *flow, const char *directory_number,
                         const struct message_summary *summary, const char *source) {
    struct later_answer *answer =
        later_answer_open(manager, request, flow, "waiting messages are being kept");
    sj_error error = {0};
    if (answer != NULL && message_waiting_keep(answer->scope, directory_number, summary, source,
                                               kept, answer, &error) != SJ_OK) {
        kept(answer, error.code, &error);
    }
}

void message_events_receive(struct call_manager *manager, const struct sip_message *request,
                            const struct sip_flow *flow) {
    struct message_summary summary;
    struct trunk_caller caller;
    sj_error error = {0};
    char key[130];
    const int status = find_mailbox(manager, request, flow, &caller, key, &error);
    if (status != 0) {
        (void)refusals_note(manager, REFUSED_SUBSCRIPTION, flow,
                            "a NOTIFY of waiting messages is refused: %s", error.text);
        sip_answer(manager, request, flow, status, error.text);
        return;
    }
    if (!message_summary_read(request->body, &summary)) {
        sip_answer(manager, request, flow, 400, "Messages-Waiting or Voice-Message cannot be read");
        return;
    }
    message_events_keep(manager, request, flow, key, &summary, caller.trunk->name);
}
