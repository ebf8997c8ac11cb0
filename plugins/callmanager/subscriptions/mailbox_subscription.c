/* The course of a subscription: queued, sent, accepted, told by NOTIFY, refreshed; what has failed
 * is tried again later, with another dialog. */
#include "subscriptions/mailbox_subscription.h"
#include "calls/trunk_status.h"
#include "core/refusals.h"
#include "phones/message_waiting.h"
#include "sip/header_values.h"
#include "sip/subscription_state.h"
#include "subscriptions/mailbox_dialog.h"
#include "subscriptions/mailboxes.h"
#include "subscriptions/message_events.h"

#include <sojourn/base/hash.h>
#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

enum {
    AGAIN_FIRST_S = 60, /* after a refusal; doubled each time */
    AGAIN_MOST_S = 3600,
    SHORTEST_S = 1, /* between two refreshes; when there are many they have their turns */
    NOTIFY_S = 32,  /* within which a NOTIFY comes after the 2xx (RFC 6665 4.1.2.4, timer N) */
    STEADY_MS = 60 * 1000, /* for so long it has lasted when its end is no failure */
    GRANTED_MOST_S = 86400,
};

static struct call_manager *manager_of(const struct mailbox_subscription *subscription) {
    return subscription->system->manager;
}

static uint64_t now_ms(const struct mailbox_subscription *subscription) {
    return sj_monotonic_ms(manager_of(subscription)->scope);
}

static bool in_dialog(const struct mailbox_subscription *subscription) {
    return subscription->remote != NULL && subscription->ends_ms > now_ms(subscription);
}

bool mailbox_subscription_lasts(const struct mailbox_subscription *subscription) {
    return (subscription->state == SJ_MESSAGE_SUBSCRIPTION_STATE_ACTIVE ||
            subscription->state == SJ_MESSAGE_SUBSCRIPTION_STATE_PENDING) &&
           subscription->ends_ms > now_ms(subscription);
}

/* ---- what it has come to ---- */

static void note_state(struct mailbox_subscription *subscription,
                       sj_message_subscription_state state) {
    if (subscription->state != state) {
        subscription->state = state;
        subscription->since_ms = sj_wall_ms(manager_of(subscription)->scope);
    }
}

/* `reason` NULL: nothing is wrong. */
static void note(struct mailbox_subscription *subscription, sj_message_subscription_state state,
                 const char *reason) {
    free(subscription->reason);
    subscription->reason = reason == NULL ? NULL : strdup(reason);
    note_state(subscription, state);
}

static void leave_number(struct mailbox_subscription *subscription) {
    if (!subscription->ending) {
        (void)sj_map_remove(&manager_of(subscription)->mailboxes->by_number,
                            &subscription->by_number);
    }
}

void mailbox_subscription_drop(struct mailbox_subscription *subscription) {
    struct call_manager *manager = manager_of(subscription);
    if (subscription->transaction != NULL) {
        sip_transaction_detach(subscription->transaction);
        subscription->system->under_way--;
    }
    leave_number(subscription);
    (void)sj_map_remove(&manager->mailboxes->by_tag, &subscription->by_tag);
    sj_list_remove(&subscription->due);
    timer_wheel_stop(&manager->slow.wheel, &subscription->timer);
    mailbox_dialog_forget(subscription);
    free(subscription->reason);
    free(subscription);
}

/* ---- in its time ---- */

static void failed(struct mailbox_subscription *subscription, const char *reason, int64_t wait_s);

static void queue(struct mailbox_subscription *subscription) {
    if (!in_dialog(subscription)) {
        note_state(subscription, SJ_MESSAGE_SUBSCRIPTION_STATE_QUEUED);
    }
    mail_system_queue(subscription->system, subscription, false);
}

static void due(struct wheel_timer *timer) {
    struct mailbox_subscription *subscription = SJ_OWNER(timer, struct mailbox_subscription, timer);
    if (subscription->unasked) {
        mailbox_subscription_drop(subscription);
    } else if (subscription->state == SJ_MESSAGE_SUBSCRIPTION_STATE_SUBSCRIBING) {
        failed(subscription, "it has accepted the SUBSCRIBE, and no NOTIFY has come within 32 s",
               0);
    } else {
        queue(subscription);
    }
}

static void later(struct mailbox_subscription *subscription, int64_t seconds) {
    timer_wheel_start(&manager_of(subscription)->slow.wheel, &subscription->timer,
                      now_ms(subscription), (uint64_t)seconds * 1000, due);
}

/* A fifth is left for a mail system that is slow; up to a tenth less, so that those which were
 * sent together part. */
static void refresh_in_time(struct mailbox_subscription *subscription) {
    const int64_t left_s = (int64_t)(subscription->ends_ms - now_ms(subscription)) / 1000;
    uint32_t chance = 0;
    sj_random_bytes(manager_of(subscription)->scope, &chance, sizeof chance);
    const int64_t wait_s = left_s * 4 / 5 - (int64_t)(chance % (uint32_t)(left_s / 10 + 1));
    later(subscription, wait_s < SHORTEST_S ? SHORTEST_S : wait_s);
}

/* There is no dialog any more, and a new one is tried after a while. `least_s`: not before. */
static void failed(struct mailbox_subscription *subscription, const char *reason, int64_t least_s) {
    const int64_t wait_s = call_manager_back_off_s(manager_of(subscription), AGAIN_FIRST_S,
                                                   AGAIN_MOST_S, subscription->failures++);
    if (subscription->ending) {
        mailbox_subscription_drop(subscription);
        return;
    }
    mailbox_dialog_forget(subscription);
    note(subscription, SJ_MESSAGE_SUBSCRIPTION_STATE_FAILED, reason);
    later(subscription, wait_s < least_s ? least_s : wait_s);
}

/* The mail system has lost it: a new one is asked for in its turn, unless that happens each time.
 */
static void lost(struct mailbox_subscription *subscription, const char *reason) {
    if (subscription->failures > 0 || subscription->ending) {
        failed(subscription, reason, 0);
        return;
    }
    subscription->failures++;
    mailbox_dialog_forget(subscription);
    note(subscription, SJ_MESSAGE_SUBSCRIPTION_STATE_FAILED, reason);
    queue(subscription);
}

/* ---- answers to SUBSCRIBE ---- */

static void taken_back(struct mailbox_subscription *subscription) {
    subscription->unasked = true;
    later(subscription, NOTIFY_S); /* for the last NOTIFY */
}

static void accepted(struct mailbox_subscription *subscription,
                     const struct sip_message *response) {
    uint64_t granted_s = (uint64_t)subscription->asked_s;
    (void)sip_text_number(sip_message_header(response, SIP_EXPIRES),
                          (uint64_t)subscription->asked_s, &granted_s);
    subscription->raised = subscription->unheard = false;
    if (!mailbox_dialog_learn(subscription, response)) {
        failed(subscription, "its answer has no Contact, tag or Record-Route that can be read", 0);
        return;
    }
    if (granted_s == 0) {
        failed(subscription, "it has granted the subscription for no time", 0);
        return;
    }
    subscription->ends_ms = now_ms(subscription) + granted_s * 1000;
    if (subscription->ending) {
        queue(subscription);
    } else if (!subscription->told) {
        note(subscription, SJ_MESSAGE_SUBSCRIPTION_STATE_SUBSCRIBING, NULL);
        later(subscription, NOTIFY_S);
    } else {
        subscription->failures = subscription->refresh ? 0 : subscription->failures;
        note(subscription, subscription->state, NULL);
        refresh_in_time(subscription);
    }
}

static int64_t retry_after_s(const struct sip_message *response) {
    uint64_t seconds = 0;
    (void)sip_text_number(sip_text_token(sip_message_header(response, SIP_RETRY_AFTER)),
                          GRANTED_MOST_S, &seconds);
    return (int64_t)seconds;
}

static void refused(struct mailbox_subscription *subscription, const struct sip_message *response) {
    char why[160];
    uint64_t least_s = 0;
    (void)snprintf(why, sizeof why, "it answers SUBSCRIBE with %d %s", response->status,
                   sip_reason_phrase(response->status));
    if (response->status == 423 && !subscription->raised && !subscription->ending &&
        sip_text_number(sip_message_header(response, SIP_MIN_EXPIRES), GRANTED_MOST_S, &least_s) &&
        (int64_t)least_s > subscription->asked_s) {
        subscription->asked_s = (int64_t)least_s;
        subscription->raised = true; /* once: one that raises it each time must wait */
        queue(subscription);
    } else if (response->status == 481 && subscription->remote != NULL) {
        lost(subscription, why);
    } else {
        failed(subscription, why, retry_after_s(response));
    }
}

/* It keeps its turn: the mail system itself is waited for. What it has granted lasts until then;
 * the dialog's own end may be gone, so that another dialog is tried. */
static void unanswered(struct mailbox_subscription *subscription, const char *why,
                       int64_t least_s) {
    struct mail_system *system = subscription->system;
    if (subscription->ending) {
        mailbox_subscription_drop(subscription);
    } else {
        subscription->unheard = true;
        note(subscription,
             in_dialog(subscription) ? subscription->state : SJ_MESSAGE_SUBSCRIPTION_STATE_FAILED,
             why);
        mail_system_queue(system, subscription, true);
    }
    mail_system_is_silent(system, why, least_s);
}

static void leave_transaction(struct mailbox_subscription *subscription) {
    sip_transaction_detach(subscription->transaction);
    subscription->transaction = NULL;
    subscription->system->under_way--;
}

static void heard(void *user, struct sip_transaction *transaction,
                  const struct sip_message *response) {
    struct mailbox_subscription *subscription = user;
    (void)transaction;
    if (response->status < 200) {
        return;
    }
    leave_transaction(subscription);
    subscription->cseq = response->cseq; /* higher than that sent first where it was challenged */
    if (response->status == 408 || response->status == 503) {
        char why[160];
        (void)snprintf(why, sizeof why, "it answers SUBSCRIBE with %d %s", response->status,
                       sip_reason_phrase(response->status));
        unanswered(subscription, why, retry_after_s(response));
        return;
    }
    mail_system_answers(subscription->system);
    if (subscription->unasked && response->status >= 300) {
        mailbox_subscription_drop(subscription);
    } else if (subscription->unasked) {
        taken_back(subscription);
    } else if (response->status < 300) {
        accepted(subscription, response);
    } else {
        refused(subscription, response);
    }
}

static void silent(void *user, struct sip_transaction *transaction) {
    struct mailbox_subscription *subscription = user;
    const char *failure = sip_transaction_failure(transaction);
    char why[300];
    (void)snprintf(why, sizeof why, "%s",
                   failure[0] != '\0' ? failure
                                      : sip_transport_silence(&manager_of(subscription)->transport,
                                                              sip_transaction_flow(transaction)));
    leave_transaction(subscription);
    unanswered(subscription, why, 0);
}

static const struct sip_transaction_events events = {heard, silent, NULL};

/* ---- SUBSCRIBE ---- */

enum mailbox_sending mailbox_subscription_send(struct mailbox_subscription *subscription, char *why,
                                               size_t room) {
    struct call_manager *manager = manager_of(subscription);
    const char *trunk = subscription->system->trunk;
    struct sip_writer writer = call_manager_writer(manager);
    struct sip_timers timers;
    char branch[32], token[SIP_TAG], number[DIGITS_MAX];
    const bool within = in_dialog(subscription) && !subscription->unheard;
    dial_plan_number_of_key(subscription->key, number, sizeof number);
    if (subscription->ending && !within) {
        mailbox_subscription_drop(subscription);
        return MAILBOX_DONE;
    }
    if (!within && !mailbox_dialog_begin(subscription, number, why, room)) {
        note(subscription, SJ_MESSAGE_SUBSCRIPTION_STATE_FAILED, why);
        return MAILBOX_UNREACHABLE;
    }
    call_manager_token(manager, token);
    (void)snprintf(branch, sizeof branch, "z9hG4bK%s", token);
    mailbox_dialog_put_subscribe(subscription, number, branch, &writer);
    subscription->transaction =
        writer.overflow
            ? NULL
            : sip_client_begin_timed(&manager->transactions,
                                     trunk_timers(manager, trunk, &timers, false) ? &timers : NULL,
                                     SIP_SUBSCRIBE, branch, &subscription->flow, writer.data,
                                     writer.used, &events, subscription);
    if (subscription->transaction == NULL) {
        (void)snprintf(why, room, "the SUBSCRIBE could not be sent");
        note(subscription, within ? subscription->state : SJ_MESSAGE_SUBSCRIPTION_STATE_FAILED,
             why);
        return MAILBOX_UNREACHABLE;
    }
    subscription->unasked = subscription->ending;
    subscription->refresh = within;
    if (!within) {
        note_state(subscription, SJ_MESSAGE_SUBSCRIPTION_STATE_SUBSCRIBING);
    }
    return MAILBOX_SENT;
}

/* ---- begin and end ---- */

struct mailbox_subscription *mailbox_subscription_new(struct mail_system *system, const char *key,
                                                      int64_t expires_s) {
    struct mailboxes *mailboxes = system->manager->mailboxes;
    const size_t length = strlen(key) + 1;
    struct mailbox_subscription *subscription = calloc(1, sizeof *subscription + length);
    if (subscription == NULL) {
        return NULL;
    }
    memcpy(subscription->key, key, length);
    subscription->system = system;
    subscription->asked_s = expires_s;
    subscription->since_ms = sj_wall_ms(system->manager->scope);
    subscription->state = SJ_MESSAGE_SUBSCRIPTION_STATE_QUEUED;
    call_manager_token(system->manager, subscription->tag);
    sj_map_add(&mailboxes->by_tag, &subscription->by_tag, sj_hash_keyed_text(subscription->tag));
    sj_map_add(&mailboxes->by_number, &subscription->by_number, sj_hash_keyed_text(key));
    mail_system_queue(system, subscription, false);
    return subscription;
}

void mailbox_subscription_end(struct mailbox_subscription *subscription) {
    leave_number(subscription);
    subscription->ending = true;
    if (subscription->transaction != NULL) {
        return; /* what is granted is taken back then */
    }
    timer_wheel_stop(&manager_of(subscription)->slow.wheel, &subscription->timer);
    if (in_dialog(subscription)) {
        mail_system_queue(subscription->system, subscription, false);
    } else {
        mailbox_subscription_drop(subscription);
    }
}

/* ---- NOTIFY ---- */

static void ended(struct mailbox_subscription *subscription,
                  const struct subscription_state *state) {
    const bool steady =
        subscription->state == SJ_MESSAGE_SUBSCRIPTION_STATE_ACTIVE &&
        sj_wall_ms(manager_of(subscription)->scope) - subscription->since_ms >= STEADY_MS;
    const int64_t least_s = state->retry_after_s;
    char why[80];
    (void)snprintf(why, sizeof why, "it has ended the subscription (%s)",
                   state->phase != SUBSCRIPTION_TERMINATED ? "expires=0"
                   : state->reason[0] == '\0'              ? "no reason"
                                                           : state->reason);
    if (subscription->transaction != NULL) { /* a refresh that has come too late */
        leave_transaction(subscription);
    }
    sj_list_remove(&subscription->due);
    subscription->failures = steady ? 0 : subscription->failures;
    switch (state->retry) {
    case RETRY_AT_ONCE: lost(subscription, why); break;
    case RETRY_LATER: failed(subscription, why, least_s); break;
    case RETRY_SELDOM:
        failed(subscription, why, least_s > AGAIN_MOST_S ? least_s : AGAIN_MOST_S);
        break;
    }
}

static void goes_on(struct mailbox_subscription *subscription,
                    const struct subscription_state *state) {
    const uint64_t now = now_ms(subscription), said_ms = now + (uint64_t)state->expires_s * 1000;
    subscription->told = true;
    if (!in_dialog(subscription)) { /* before the 2xx */
        subscription->ends_ms = now + (uint64_t)subscription->asked_s * 1000;
    }
    if (state->expires_said && said_ms < subscription->ends_ms) { /* never longer than granted */
        subscription->ends_ms = said_ms;
    }
    note(subscription,
         state->phase == SUBSCRIPTION_PENDING ? SJ_MESSAGE_SUBSCRIPTION_STATE_PENDING
                                              : SJ_MESSAGE_SUBSCRIPTION_STATE_ACTIVE,
         NULL);
    if (subscription->transaction == NULL && !sj_list_linked(&subscription->due)) {
        refresh_in_time(subscription);
    }
}

static void take_state(struct mailbox_subscription *subscription,
                       const struct subscription_state *state) {
    const bool no_time = state->expires_said && state->expires_s == 0; /* an end as well */
    if (state->phase == SUBSCRIPTION_TERMINATED || no_time) {
        ended(subscription, state);
    } else if (!subscription->ending) {
        goes_on(subscription, state);
    }
}

/* The status that refuses it, with a sentence; 0: it is believed. */
static int read_notify(struct mailbox_subscription *subscription, const struct sip_message *request,
                       const struct sip_flow *flow, struct subscription_state *state,
                       struct message_summary *summary, const char **why) {
    *why = "";
    if (subscription == NULL || !mailbox_dialog_is_other_end(subscription, request)) {
        return 481;
    }
    if (!mailbox_dialog_is_from_there(subscription, flow)) {
        *why = "The request does not come from an address of the dialog's party";
        return 403;
    }
    if (request->cseq < subscription->remote_cseq) {
        *why = "CSeq is lower than one seen before";
        return 500;
    }
    if (!subscription_state_read(sip_message_header(request, SIP_SUBSCRIPTION_STATE), state)) {
        *why = "Subscription-State cannot be read";
        return 400;
    }
    if (request->body.length > 0 && !message_summary_read(request->body, summary)) {
        *why = "Messages-Waiting or Voice-Message cannot be read";
        return 400;
    }
    if (!mailbox_dialog_learn(subscription, request)) {
        *why = "Contact or Record-Route cannot be read";
        return 400;
    }
    return 0;
}

static bool is_news(const struct mailbox_subscription *subscription,
                    const struct message_summary *summary) {
    struct message_summary known;
    message_waiting_get(manager_of(subscription), subscription->key, &known);
    return known.waiting != summary->waiting || known.new_messages != summary->new_messages ||
           known.old_messages != summary->old_messages;
}

void mailbox_subscription_notified(struct call_manager *manager, const struct sip_message *request,
                                   const struct sip_flow *flow) {
    struct mailbox_subscription *subscription = mailbox_dialog_find(manager->mailboxes, request);
    struct subscription_state state;
    struct message_summary summary;
    const char *why;
    const int status = read_notify(subscription, request, flow, &state, &summary, &why);
    if (status != 0) {
        if (status == 403) {
            (void)refusals_note(manager, REFUSED_DIALOG, flow,
                                "a NOTIFY of waiting messages does not come from trunk %s",
                                subscription->system->trunk);
        }
        sip_answer(manager, request, flow, status, why);
        return;
    }
    subscription->remote_cseq = request->cseq;
    subscription->heard_ms = sj_wall_ms(manager->scope);
    if (request->body.length > 0 && !subscription->ending && is_news(subscription, &summary)) {
        message_events_keep(manager, request, flow, subscription->key, &summary,
                            subscription->system->trunk);
    } else {
        sip_answer_kept(manager, request, flow, 200);
    }
    take_state(subscription, &state);
}
