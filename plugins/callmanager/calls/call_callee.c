/* Offers calls to phones and trunks and follows their responses: rung, answered, refused,
 * unreachable. */
#include "calls/call_callee.h"
#include "calls/call_delivery.h"
#include "calls/call_leg.h"
#include "calls/call_location.h"
#include "calls/call_relay.h"
#include "calls/emcc_proof.h"
#include "calls/trunk_status.h"
#include "events/call.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    ATTEMPT_MS = 4 * 1000, /* a trunk that says nothing: the next one is tried */
};

void call_callee_end(struct call_leg *leg, const struct call_leg *who_left) {
    if (leg->state == LEG_OFFERED || leg->state == LEG_RINGING) {
        if (leg->invite != NULL) {
            sip_client_cancel(leg->invite);
        }
        return;
    }
    if (leg->state == LEG_OVER || leg == who_left) {
        return;
    }
    if (leg->ack_due) {
        call_leg_acknowledge(leg, sip_text_of(""), sip_text_of(""));
    }
    leg->state = LEG_OVER;
    call_leg_send(leg, SIP_BYE, "Reason: Q.850;cause=16\r\n");
}

void call_drop_callees(struct call *of) {
    for (sj_list_link *link; (link = sj_list_take_first(&of->callees)) != NULL;) {
        struct call_leg *leg = SJ_OWNER(link, struct call_leg, link_in_call);
        call_callee_end(leg, NULL);
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
    return status == 408 || status == 480 || status == 403 || status >= 500;
}

/* A callee has ended without an answer. */
static void callee_over(struct call_leg *leg, int status) {
    struct call *of = leg->call;
    leg->state = LEG_OVER;
    call_leg_leave_line(leg);
    if (of->serial || of->best_status == 0 ||
        refusal_rank(status) < refusal_rank(of->best_status)) {
        of->best_status = status;
    }
    SJ_LIST_EACH(other, &of->callees, struct call_leg, link_in_call) {
        if (other->state != LEG_OVER) {
            return;
        }
    }
    timer_wheel_stop(&of->manager->fast.wheel, &of->attempt);
    if (of->serial && leg->placed && call_location_unwanted(status)) {
        call_trace(of, "offering the call to %s again without the caller's location", of->dialled);
        of->targets[--of->next_target].no_place = true;
        call_try_targets(of);
        return;
    }
    if (of->serial && of->next_target < of->target_count && worth_another_try(status) &&
        status < 600) {
        call_try_targets(of);
        return;
    }
    /* A trunk's redirection is not followed, and a challenge not answered: both are the far side's
     * refusal. */
    call_delivery_refused(of, of->best_status < 400                              ? 480
                              : of->best_status == 401 || of->best_status == 407 ? 403
                                                                                 : of->best_status);
}

static void callee_refused(struct call_leg *leg, int status) {
    struct call *of = leg->call;
    call_trace(of, "%s refuses: %d %s", leg->device_name, status, sip_reason_phrase(status));
    free(of->unreachable);
    of->unreachable = NULL;
    callee_over(leg, status);
}

/* It has not answered, or the request cannot have got there: that is said as what it is, and to the
 * caller 503 (RFC 3261 8.1.3.1), or 408 when it was just silence. */
static void callee_unreachable(struct call_leg *leg, int status, const char *why) {
    struct call *of = leg->call;
    char text[300], address[SJ_ADDRESS_TEXT];
    const int port = sj_address_format(&leg->flow.remote, address, sizeof address);
    (void)snprintf(text, sizeof text, "%s cannot be reached at %s port %d over %s: %s",
                   leg->device_name, address, port, sip_transport_text(leg->flow.transport), why);
    call_trace(of, "%s", text);
    free(of->unreachable);
    of->unreachable = strdup(text);
    if (leg->trunk) {
        trunk_status_by_call(of->manager, leg->device_name, &leg->flow, why);
    }
    callee_over(leg, status);
}

/* The visited cluster wants the lease proved: the call is offered once more, with the answer. False
 * when there is none. */
static bool callee_challenged(struct call_leg *leg, const struct sip_message *response) {
    struct call *of = leg->call;
    if (response->status != 401 || !of->serial || !leg->returns || of->next_target == 0 ||
        !emcc_proof_answer(of->manager, response, &of->targets[of->next_target - 1])) {
        return false;
    }
    leg->state = LEG_OVER;
    timer_wheel_stop(&of->manager->fast.wheel, &of->attempt);
    of->next_target--;
    call_try_targets(of);
    return true;
}

static void callee_progress(struct call_leg *leg, const struct sip_message *response) {
    struct call *of = leg->call;
    if (response->status == 100) {
        return;
    }
    timer_wheel_stop(&of->manager->fast.wheel, &of->attempt);
    if (leg->state == LEG_OFFERED) {
        leg->state = LEG_RINGING;
    }
    /* Early media only when there is one callee: two answers to one offer would not fit. */
    const bool alone = sj_list_first(&of->callees) == sj_list_last(&of->callees);
    const int status = response->status == 183 && alone ? 183 : 180;
    if (of->caller->state == LEG_OFFERED || (alone && response->body.length > 0)) {
        struct message_body body;
        const bool media = alone && call_media_pass(of, leg, of->caller, response, &body);
        of->early_media = of->early_media || (media && body.content.length > 0);
        call_leg_answer(of->caller, status, "", media ? &body : NULL);
        call_trace(of, "%s rings", leg->device_name);
    }
}

static void callee_answered(struct call_leg *leg, const struct sip_message *response) {
    struct call *of = leg->call;
    sj_call_answered event;
    struct message_body body;
    leg->state = LEG_ANSWERED;
    leg->ack_due = true;
    if (!call_leg_learn(leg, response)) {
        call_end(of, NULL, 502, "The answer cannot be understood");
        return;
    }
    if (!call_media_pass(of, leg, of->caller, response, &body)) {
        call_end(of, NULL, 488, of->refusal);
        return;
    }
    of->answered = leg;
    of->answered_ms = (int64_t)sj_monotonic_ms(of->manager->scope);
    timer_wheel_stop(&of->manager->fast.wheel, &of->ring);
    timer_wheel_stop(&of->manager->fast.wheel, &of->attempt);
    /* The others stop ringing. */
    SJ_LIST_EACH(other, &of->callees, struct call_leg, link_in_call) {
        if (other != leg) {
            sj_list_remove(&other->link_in_call);
            call_callee_end(other, NULL);
            call_leg_release(other);
        }
    }
    call_leg_answer(of->caller, 200, "", &body);
    free(of->offer);
    free(of->targets);
    of->offer = NULL;
    of->targets = NULL;
    of->target_count = of->offer_length = 0;
    call_relay_watch(of);
    call_trace(of, "%s answers%s", leg->device_name,
               of->encrypted ? "; both parties came over TLS, and the media are encrypted" : "");
    memset(&event, 0, sizeof event);
    event.call_id = of->id;
    event.called_device = leg->device_name;
    event.trace_id = of->trace_id;
    sj_publish_call_answered(of->manager->scope, of->manager->call_answered, &event);
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
        if (response->status >= 200 && response->status < 300 && call_leg_learn(leg, response)) {
            call_leg_acknowledge(leg, sip_text_of(""), sip_text_of(""));
            call_leg_send(leg, SIP_BYE, "");
        }
    } else if (response->status < 200) {
        callee_progress(leg, response);
    } else if (response->status < 300) {
        callee_answered(leg, response);
    } else if (response->status < 400 && leg->call->at_phones) {
        leg->state = LEG_OVER;
        call_delivery_redirected(leg->call, leg, response);
    } else if (!callee_challenged(leg, response)) {
        callee_refused(leg, response->status);
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
    struct call *of = SJ_OWNER(timer, struct call, attempt);
    SJ_LIST_EACH(leg, &of->callees, struct call_leg, link_in_call) {
        if (leg->state == LEG_OFFERED && leg->invite != NULL) {
            char why[80];
            (void)snprintf(why, sizeof why, "%s within 4 s",
                           sip_transport_silence(&leg->manager->transport, &leg->flow));
            sip_client_cancel(leg->invite);
            callee_unreachable(leg, 408, why);
            return;
        }
    }
}

/* A sips URI (RFC 5630): who is not reached over TLS is not reached. */
static bool refuse_in_clear(struct call *of, const struct call_target *target) {
    char text[240];
    if (!of->sips || target->flow.transport == SJ_SIP_TRANSPORT_TLS) {
        return false;
    }
    (void)snprintf(text, sizeof text, "The call asks for TLS (sips), and %s is reached over %s",
                   target->device_name, sip_transport_text(target->flow.transport));
    call_trace(of, "%s", text);
    free(of->refusal);
    of->refusal = strdup(text);
    of->best_status = of->best_status == 0 ? 480 : of->best_status;
    return true;
}

static void publish_started(struct call *of, const struct call_target *target) {
    sj_call_started event;
    if (of->started) {
        return;
    }
    of->started = true;
    memset(&event, 0, sizeof event);
    event.call_id = of->id;
    event.calling_number = of->calling;
    event.calling_name = of->calling_name;
    event.calling_device = of->caller->device_name;
    event.dialled_number = of->dialled;
    event.called_number = target->called;
    event.called_device = target->device_name;
    event.pattern = of->route->pattern;
    event.partition = of->route->partition;
    event.calling_search_space = of->route->origin;
    event.remote_cluster_id = of->remote_cluster_id;
    event.trace_id = of->trace_id;
    sj_publish_call_started(of->manager->scope, of->manager->call_started, &event);
}

static bool offer_to(struct call *of, const struct call_target *target) {
    if (refuse_in_clear(of, target)) {
        return false;
    }
    struct call_leg *leg = call_leg_new(of->manager, of, &target->flow);
    if (leg == NULL) {
        return false;
    }
    leg->trunk = target->trunk;
    leg->cisco = target->cisco;
    leg->emcc = target->visitor;
    leg->returns = target->emcc[0] != '\0';
    if (!call_leg_invite(leg, target, &callee_events)) {
        of->best_status = of->refusal != NULL && of->best_status == 0 ? 488 : of->best_status;
        call_leg_release(leg);
        return false;
    }
    sj_list_add_first(&of->callees, &leg->link_in_call);
    if (target->remote_cluster_id[0] != '\0') { /* else it stays where the call came from */
        (void)snprintf(of->remote_cluster_id, sizeof of->remote_cluster_id, "%s",
                       target->remote_cluster_id);
    }
    call_trace(of, "%s is offered to %s as %s", of->dialled, target->device_name, target->called);
    publish_started(of, target);
    return true;
}

/* Offers the call to all phones at once, or to the next trunk. */
void call_try_targets(struct call *of) {
    bool offered = false;
    while (of->next_target < of->target_count && !(of->serial && offered)) {
        offered = offer_to(of, &of->targets[of->next_target++]) || offered;
    }
    if (!offered) {
        call_end(of, NULL, of->best_status >= 400 ? of->best_status : 503,
                 of->refusal != NULL ? of->refusal
                                     : "The call could not be offered to any destination");
        return;
    }
    if (of->serial && of->next_target < of->target_count) {
        timer_wheel_start(&of->manager->fast.wheel, &of->attempt,
                          sj_monotonic_ms(of->manager->scope), ATTEMPT_MS, attempt_over);
    }
}
