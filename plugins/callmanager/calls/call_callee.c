/* Offers calls to phones and trunks and follows their responses: rung, answered, refused,
 * unreachable. */
#include "calls/call_callee.h"
#include "calls/call_admission.h"
#include "calls/call_connected.h"
#include "calls/call_delivery.h"
#include "calls/call_destination.h"
#include "calls/call_discretion.h"
#include "calls/call_history.h"
#include "calls/call_leg.h"
#include "calls/call_location.h"
#include "calls/call_record.h"
#include "calls/call_reliable.h"
#include "calls/call_watch.h"
#include "calls/early_media.h"
#include "calls/header_passage.h"
#include "calls/hunt.h"
#include "calls/pickup.h"
#include "calls/pickup_alert.h"
#include "calls/remote_number.h"
#include "calls/session_timer.h"
#include "calls/told_place.h"
#include "calls/transfer.h"
#include "calls/trunk_load.h"
#include "calls/trunk_status.h"
#include "events/call.h"
#include "sip/header_values.h"
#include "sip/release_cause.h"
#include "sip/session_expires.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

enum {
    ATTEMPT_MS = 4 * 1000, /* a trunk that says nothing: the next one is tried */
};

void call_callee_end(struct call_leg *leg, const struct call_leg *who_left, const char *reason) {
    if (call_leg_unanswered(leg)) { /* it was to take the place of one who was called */
        call_leg_answer(leg, 487, "", NULL);
        return;
    }
    if (leg->state == LEG_OFFERED || leg->state == LEG_RINGING) {
        if (leg->invite != NULL) {
            leg->elsewhere = strcmp(reason, REASON_ANSWERED_ELSEWHERE) == 0;
            sip_client_cancel(leg->invite, reason);
        }
        return;
    }
    if (leg->state == LEG_OVER || leg->state == LEG_WAITING || leg == who_left) {
        return;
    }
    if (leg->ack_due) {
        call_leg_acknowledge(leg, sip_text_of(""), sip_text_of(""));
    }
    leg->state = LEG_OVER;
    call_leg_send(leg, SIP_BYE, reason);
}

void call_drop_callees(struct call *call, const char *reason) {
    for (sj_list_link *link; (link = sj_list_take_first(&call->callees)) != NULL;) {
        struct call_leg *leg = SJ_OWNER(link, struct call_leg, link_in_call);
        call_callee_end(leg, NULL, reason);
        call_leg_release(leg);
    }
}

/* ---- callees ---- */

/* Which of two refusals is passed on to the caller: the lower. */
static int refusal_rank(int status) {
    if (status >= 600) {
        return 0;
    }
    if (status == 486) {
        return 1;
    }
    if (status >= 400 && status < 500 && status != 408) {
        return 2;
    }
    return status == 408 ? 3 : status >= 500 ? 4 : 5;
}

static bool worth_another_try(int status) {
    return status == 408 || status == 480 || status == 401 || status == 403 || status == 407 ||
           status >= 500;
}

/* A callee has ended without an answer; `refusal` NULL: not by one of its own. */
static void callee_over(struct call_leg *leg, int status, const struct sip_message *refusal) {
    struct call *call = leg->call;
    leg->state = LEG_OVER;
    call_leg_leave_line(leg);
    trunk_load_leave(leg);
    call_admission_release(leg);
    if (call->serial || call->best_status == 0 ||
        refusal_rank(status) < refusal_rank(call->best_status)) {
        call->best_status = status;
        call->said =
            (struct release_cause){status, refusal == NULL ? 0 : release_cause_read(refusal)};
        header_passage_keep(leg, call->caller, refusal);
    }
    SJ_LIST_EACH(other, &call->callees, struct call_leg, link_in_call) {
        if (other->state != LEG_OVER) {
            return;
        }
    }
    timer_wheel_stop(&call->manager->fast.wheel, &call->attempt);
    if (call->serial && leg->placed && call_location_unwanted(status)) {
        call_trace(call, "offering the call to %s again without the caller's location",
                   call->dialled);
        call->targets[--call->next_target].no_place = true;
        call_try_targets(call);
        return;
    }
    if (call->serial && call->next_target < call->target_count && worth_another_try(status) &&
        status < 600) {
        call_try_targets(call);
        return;
    }
    /* A trunk's redirection is not followed, and a challenge that comes here has no answer: both
     * are the far side's refusal. */
    call_delivery_refused(call, call->best_status < 400 ? 480
                                : call->best_status == 401 || call->best_status == 407
                                    ? 403
                                    : call->best_status);
}

static bool offer_to(struct call *call, struct call_target *target);

/* It takes no session timer as short as that: it is offered the call again with a longer one, once
 * for each target. False: it is a refusal like others. */
static bool offer_longer_session(struct call_leg *leg, const struct sip_message *refusal) {
    struct call *call = leg->call;
    const uint32_t least_s = session_expires_shortest(refusal);
    if (refusal->status != 422 || least_s > SESSION_LONGEST_S) {
        return false;
    }
    for (size_t i = 0; i < call->target_count; i++) {
        struct call_target *target = &call->targets[i];
        if (strcmp(target->device_name, leg->device_name) == 0 &&
            sip_flow_same_host(&target->flow, &leg->source) && target->session_least_s == 0) {
            target->session_least_s = least_s;
            call_trace(call, "%s takes sessions of %u s and more: it is offered the call again",
                       leg->device_name, (unsigned)least_s);
            call_admission_release(leg);
            trunk_load_leave(leg);
            if (!offer_to(call, target)) {
                return false;
            }
            leg->state = LEG_OVER;
            sj_list_remove(&leg->link_in_call);
            call_leg_release(leg);
            return true;
        }
    }
    return false;
}

/* Over a trunk the far side may have found too little bandwidth: that is told on as such. */
static void callee_refused(struct call_leg *leg, const struct sip_message *refusal) {
    struct call *call = leg->call;
    const int status = refusal->status;
    const bool shortage = leg->trunk && call_read_shortage(refusal);
    call_trace(call, "%s refuses: %d %s%s", leg->device_name, status, sip_reason_phrase(status),
               shortage ? ", for want of bandwidth" : "");
    free(call->unreachable);
    free(call->shortage);
    call->unreachable = NULL;
    call->shortage = shortage ? strdup(NOT_ENOUGH_BANDWIDTH) : NULL;
    if (status != 401 &&
        status != 407) { /* what is to be said of the party before counts no more */
        free(call->refusal);
        call->refusal = NULL;
    }
    callee_over(leg, shortage ? 503 : status, refusal);
}

/* It has not answered, or the request cannot have got there: that is said as what it is, and to the
 * caller 503 (RFC 3261 8.1.3.1), or 408 when it was just silence. */
static void callee_unreachable(struct call_leg *leg, int status, const char *why) {
    struct call *call = leg->call;
    char text[300], address[SJ_ADDRESS_TEXT];
    const int port = sj_address_format(&leg->flow.remote, address, sizeof address);
    (void)snprintf(text, sizeof text, "%s cannot be reached at %s port %d over %s: %s",
                   leg->device_name, address, port, sip_transport_text(leg->flow.transport), why);
    call_trace(call, "%s", text);
    free(call->unreachable);
    free(call->shortage);
    call->shortage = NULL;
    call->unreachable = strdup(text);
    if (leg->trunk) {
        trunk_status_by_call(call->manager, leg->device_name, &leg->flow, why);
    }
    callee_over(leg, status, NULL);
}

/* The caller hears that it rings. False: it cannot be told what the callee says of its media. */
static bool tell_caller(struct call_leg *leg, const struct sip_message *response, int status,
                        enum reliable_news reliable, bool alone) {
    struct call *call = leg->call;
    struct message_body body;
    bool media = alone && call_media_pass(call, leg, call->caller, response, &body);
    if (reliable == RELIABLE_OFFER && !media) {
        return false;
    }
    media = media && (body.content.length == 0 || early_media_tell(call->caller, leg, response));
    call->early_media = call->early_media || (media && body.content.length > 0);
    call_reliable_couple(call->caller, leg, response, reliable == RELIABLE_OFFER);
    call->progress = status;
    header_passage_keep(leg, call->caller, response);
    call_leg_answer(call->caller, status, "", media ? &body : NULL);
    call_trace(call, "%s rings", leg->device_name);
    return true;
}

/* What those who want to pick the call up are told of. */
static void note_ringing(struct call_leg *leg, const struct sip_message *response) {
    struct call *call = leg->call;
    struct sip_text tag;
    if (call->rings_ms == 0) {
        call->rings_ms = sj_monotonic_ms(call->manager->scope);
    }
    if (!sip_tag(response, SIP_TO, &tag) ||
        !sip_text_copy(tag, leg->early_tag, sizeof leg->early_tag)) {
        leg->early_tag[0] = '\0';
    }
}

/* Whether nobody else may still answer. */
static bool is_alone(const struct call_leg *leg) {
    SJ_LIST_EACH(other, &leg->call->callees, struct call_leg, link_in_call) {
        if (other != leg && other->state != LEG_OVER) {
            return false;
        }
    }
    return true;
}

static void callee_progress(struct call_leg *leg, const struct sip_message *response) {
    struct call *call = leg->call;
    if (response->status == 100) {
        if (call->next_target == call->target_count) { /* there is only the PSTN left */
            timer_wheel_stop(&call->manager->fast.wheel, &call->attempt);
        }
        return;
    }
    const enum reliable_news reliable = call_reliable_receive(leg, response);
    if (reliable == RELIABLE_STALE) {
        return;
    }
    if (reliable == RELIABLE_NEW) {
        call_reliable_acknowledge(leg, NULL);
    }
    timer_wheel_stop(&call->manager->fast.wheel, &call->attempt);
    if (leg->state == LEG_OFFERED) {
        leg->state = LEG_RINGING;
        note_ringing(leg, response);
        call_leg_show(leg);
    }
    /* Early media only when there is one callee: two answers to one offer would not fit. */
    const bool alone = is_alone(leg);
    const int status = response->status == 183 && alone ? 183 : 180;
    if (call->transfer != NULL) {
        transfer_rings(call, status);
    }
    const bool news = call_connected_learn(leg, response) && alone;
    const bool told = call_leg_unanswered(call->caller) &&
                      (call->caller->state == LEG_OFFERED || news ||
                       (alone && (response->body.length > 0 || status != call->progress)));
    if (told ? !tell_caller(leg, response, status, reliable, alone) : reliable == RELIABLE_OFFER) {
        call_end(call, NULL, 488,
                 call->refusal != NULL ? call->refusal : "Its offer has no answer");
    }
}

/* Its answer is none that the caller can take: its own dialog ends, and whoever else rings, or is
 * to be tried next, may still answer. */
static void turn_down(struct call_leg *leg, int status, const char *why) {
    call_trace(leg->call, "the answer of %s is of no use: %s", leg->device_name, sj_or_empty(why));
    call_callee_end(leg, NULL, REASON_NORMAL);
    callee_over(leg, status, NULL);
}

static void callee_answered(struct call_leg *leg, const struct sip_message *response) {
    struct call *call = leg->call;
    struct message_body body = {{"", 0}, {"", 0}};
    const bool transferred = call->transfer != NULL;
    leg->state = LEG_ANSWERED;
    leg->answered_cseq = response->cseq;
    leg->early_tag[0] = '\0';
    leg->ack_due = true;
    call_leg_show(leg);
    if (!call_leg_learn_dialog(leg, response)) {
        turn_down(leg, 502, "it cannot be understood");
        return;
    }
    session_timer_accepted(leg, response);
    (void)call_connected_learn(leg, response);
    told_place_answered(leg, response);
    const struct message_body description = call_reliable_description(leg, response);
    if (!transferred &&
        !call_media_pass_body(call, leg, call->caller, &description, false, &body)) {
        turn_down(leg, 488, call->refusal);
        return;
    }
    call->answered = leg;
    call->answered_ms = (int64_t)sj_monotonic_ms(call->manager->scope);
    call->answered_wall_ms = sj_wall_ms(call->manager->scope);
    timer_wheel_stop(&call->manager->fast.wheel, &call->ring);
    timer_wheel_stop(&call->manager->fast.wheel, &call->attempt);
    timer_wheel_stop(&call->manager->fast.wheel, &call->expiry);
    pickup_alert_end(call);
    /* The others stop ringing. */
    SJ_LIST_EACH(other, &call->callees, struct call_leg, link_in_call) {
        if (other != leg) {
            sj_list_remove(&other->link_in_call);
            call_callee_end(other, NULL, REASON_ANSWERED_ELSEWHERE);
            call_leg_release(other);
        }
    }
    free(call->shortage); /* that of another party, or of a target before */
    free(call->refusal);
    call->shortage = call->refusal = NULL;
    call->said = (struct release_cause){0, 0};
    if (hunt_goes_on(call)) {
        hunt_answered(call, leg);
    }
    if (!transferred) {
        header_passage_keep(leg, call->caller, response);
        call_leg_answer(call->caller, 200, "",
                        call_reliable_agreed(call->caller, leg, response) ? NULL : &body);
    }
    if (body.content.length > 0 && leg->caller_offers) {
        call_admission_agreed(leg);
    }
    free(call->offer);
    free(call->targets);
    call->offer = NULL;
    call->targets = NULL;
    call->target_count = call->offer_length = 0;
    call_watch(call);
    call_trace(call, "%s answers%s", leg->device_name,
               call->encrypted ? "; both parties came over TLS, and the media are encrypted" : "");
    call_publish_answered(call);
    pickup_answered(call);
    call_record_publish(call, SJ_CALL_RECORD_STATE_ANSWERED, NULL, 0);
    if (transferred) {
        transfer_answered(call, response);
    }
}

static void callee_response(void *user, struct sip_transaction *transaction,
                            const struct sip_message *response) {
    struct call_leg *leg = user;
    (void)transaction;
    if (leg->trunk && leg->state == LEG_OFFERED && leg->call != NULL) {
        trunk_status_by_call(leg->manager, leg->device_name, &leg->flow, NULL);
    }
    if (leg->call == NULL ||
        leg->state == LEG_OVER) { /* cancelled, but it may have answered before the CANCEL */
        if (response->status >= 200 && response->status < 300 &&
            call_leg_learn_dialog(leg, response)) {
            call_leg_acknowledge(leg, sip_text_of(""), sip_text_of(""));
            call_leg_send(leg, SIP_BYE, leg->elsewhere ? REASON_ANSWERED_ELSEWHERE : "");
        }
    } else if (response->status < 200) {
        callee_progress(leg, response);
    } else if (response->status < 300) {
        callee_answered(leg, response);
    } else if (response->status < 400 && (hunt_goes_on(leg->call) || leg->call->intercom)) {
        callee_over(leg, 486,
                    NULL); /* where members and intercom lines send calls does not count */
    } else if (response->status < 400 && leg->call->at_phones) {
        leg->state = LEG_OVER;
        call_admission_release(leg);
        call_delivery_redirected(leg->call, leg, response);
    } else if (!offer_longer_session(leg, response)) {
        callee_refused(leg, response);
    }
}

static void callee_timeout(void *user, struct sip_transaction *transaction) {
    struct call_leg *leg = user;
    const char *failure = sip_transaction_failure(transaction);
    if (leg->call != NULL && leg->state != LEG_OVER) {
        callee_unreachable(leg, failure[0] != '\0' ? 503 : 408,
                           failure[0] != '\0'
                               ? failure
                               : sip_transport_silence(&leg->manager->transport, &leg->flow));
    }
}

static void callee_ended(void *user, struct sip_transaction *transaction) {
    struct call_leg *leg = user;
    (void)transaction;
    leg->invite = NULL;
    if (leg->call == NULL) {
        call_leg_release(leg);
    }
}

static const struct sip_transaction_events callee_events = {callee_response, callee_timeout,
                                                            callee_ended};

static void attempt_over(struct wheel_timer *timer) {
    struct call *call = SJ_OWNER(timer, struct call, attempt);
    SJ_LIST_EACH(leg, &call->callees, struct call_leg, link_in_call) {
        if (leg->state == LEG_OFFERED && leg->invite != NULL) {
            char why[80];
            (void)snprintf(why, sizeof why, "%s within 4 s",
                           sip_transport_silence(&leg->manager->transport, &leg->flow));
            sip_client_cancel(leg->invite, "");
            callee_unreachable(leg, 408, why);
            return;
        }
    }
}

static bool note_refusal(struct call *call, int status, const char *text) {
    call_trace(call, "%s", text);
    free(call->refusal);
    call->refusal = strdup(text);
    call->best_status = call->best_status == 0 ? status : call->best_status;
    return true;
}

/* What the call asks for, or the target, and the other cannot have: it is not even tried. */
static bool refuse_target(struct call *call, const struct call_target *target) {
    char text[240];
    if (call_destination_unreached(call->sips, target, text, sizeof text)) {
        return note_refusal(call, 480, text);
    }
    if (target->trunk && call->offer_length == 0 &&
        trunk_needs_offer(call->manager, target->device_name)) {
        (void)snprintf(text, sizeof text,
                       "%s takes no call without an offer (Early Offer support is mandatory), and "
                       "this one has none",
                       target->device_name);
        return note_refusal(call, 488, text);
    }
    if (target->trunk && !call->emergency &&
        trunk_load_is_full(call->manager, target->device_name)) {
        (void)snprintf(text, sizeof text,
                       "%s has as many calls as it may (Maximum Simultaneous Calls)",
                       target->device_name);
        return note_refusal(call, 486, text);
    }
    return false;
}

static void publish_started(struct call *call, const struct call_target *target) {
    sj_call_started event;
    char dialled[DIGITS_MAX + DIRECTORY_URI + 1];
    if (call->started) {
        return;
    }
    call->started = true;
    memset(&event, 0, sizeof event);
    event.call_id = call->id;
    event.calling_number = call_told_caller(call);
    event.calling_name = call_told_caller_name(call);
    event.calling_device = call->caller->device_name;
    (void)snprintf(dialled, sizeof dialled, "%s%s%s", call->dialled,
                   call->host[0] == '\0' ? "" : "@", call->host);
    event.dialled_number = dialled;
    event.called_number = target->called;
    event.called_device = target->device_name;
    event.pattern = call->route->pattern;
    event.partition = call->route->partition;
    event.calling_search_space = call->route->origin;
    event.remote_cluster_id = call->remote_cluster_id;
    event.trace_id = call->trace_id;
    sj_publish_call_started(call->manager->scope, call->manager->call_started, &event);
    call_record_publish(call, SJ_CALL_RECORD_STATE_OFFERED, NULL, 0);
}

/* Sends the INVITE. */
static bool offer(struct call_leg *leg, const struct call_target *target) {
    struct call *call = leg->call;
    if (!call_leg_invite(leg, target, &callee_events)) {
        call->best_status =
            call->refusal != NULL && call->best_status == 0 ? 488 : call->best_status;
        return false;
    }
    if (target->remote_cluster_id[0] != '\0') { /* else it stays where the call came from */
        (void)snprintf(call->remote_cluster_id, sizeof call->remote_cluster_id, "%s",
                       target->remote_cluster_id);
    }
    call_history_leg(leg);
    call_trace(call, "%s is offered to %s as %s", call->dialled, target->device_name,
               target->called);
    publish_started(call, target);
    return true;
}

/* Whether there is bandwidth for it has been decided. */
static void admitted(void *user, struct call_leg *leg, bool granted) {
    (void)user;
    leg->state = LEG_OFFERED;
    if (!granted) {
        publish_started(leg->call, leg->target); /* so that its end is told, with the cause */
        callee_over(leg, 503, NULL);
    } else if (!offer(leg, leg->target)) {
        callee_over(leg, leg->call->refusal != NULL ? 488 : 503, NULL);
    }
}

static void take_off(struct call_leg *leg) {
    sj_list_remove(&leg->link_in_call);
    call_leg_release(leg);
}

/* The numbers as the target is sent them. False: out of memory. */
static bool keep_outpulsed(struct call_leg *leg, struct call_target *target) {
    const struct call *call = leg->call;
    const struct route_query query = {.calling = call->calling,
                                      .external_mask = call->calling_mask,
                                      .device_pool = call->device_pool,
                                      .utc_s = sj_wall_ms(leg->manager->scope) / 1000};
    if (!remote_number_find(leg->manager, &query, target)) {
        return false;
    }
    if (!target->trunk && target->calling[0] == '\0') {
        return true;
    }
    leg->outpulsed = calloc(1, sizeof *leg->outpulsed);
    if (leg->outpulsed != NULL) {
        memcpy(leg->outpulsed->called, target->called, sizeof leg->outpulsed->called);
        memcpy(leg->outpulsed->calling, target->calling, sizeof leg->outpulsed->calling);
        leg->outpulsed->calling_id = target->calling_id;
    }
    return leg->outpulsed != NULL;
}

/* False: it is not offered. */
static bool offer_to(struct call *call, struct call_target *target) {
    if (refuse_target(call, target)) {
        return false;
    }
    struct call_leg *leg = call_leg_new(call->manager, call, &target->flow);
    if (leg == NULL) {
        return false;
    }
    sj_list_add_first(&call->callees, &leg->link_in_call);
    leg->trunk = target->trunk;
    leg->cisco = target->cisco;
    leg->emcc = target->visitor;
    leg->returns = target->emcc[0] != '\0';
    leg->device_name = strdup(target->device_name);
    if (leg->device_name != NULL) {
        trunk_load_take(leg);
    }
    const enum admission_verdict verdict = leg->device_name == NULL || !keep_outpulsed(leg, target)
                                               ? ADMISSION_REFUSED
                                               : call_admission_reserve(leg, admitted, NULL);
    if (verdict == ADMISSION_ASKED) {
        leg->state = LEG_WAITING;
        leg->target = target;
        return true;
    }
    if (verdict == ADMISSION_REFUSED) {
        publish_started(call, target);
    }
    if (verdict == ADMISSION_REFUSED || !offer(leg, target)) {
        take_off(leg);
        return false;
    }
    return true;
}

/* Offers the call to all phones at once, or to the next trunk. What is on record says where it is
 * now: its end may not be seen. */
void call_try_targets(struct call *call) {
    const bool on_record = call->started;
    bool offered = false;
    while (call->next_target < call->target_count && !(call->serial && offered)) {
        offered = offer_to(call, &call->targets[call->next_target++]) || offered;
    }
    if (!offered && pickup_refused(call)) {
        return;
    }
    if (!offered && (call->shortage != NULL || hunt_goes_on(call))) {
        call_delivery_refused(call, 503);
        return;
    }
    if (!offered) {
        const int status = call->best_status >= 400 ? call->best_status : 503;
        if (!call_delivery_fails_over(call, status)) {
            call_end(call, NULL, status,
                     call->refusal != NULL ? call->refusal
                                           : "The call could not be offered to any destination");
        }
        return;
    }
    if (on_record) {
        call_record_publish(call, SJ_CALL_RECORD_STATE_OFFERED, NULL, 0);
    }
    if (call->serial && (call->next_target < call->target_count || call->failover[0] != '\0')) {
        timer_wheel_start(&call->manager->fast.wheel, &call->attempt,
                          sj_monotonic_ms(call->manager->scope), ATTEMPT_MS, attempt_over);
    }
}
