/* The course of a call: offered, tried, rung, answered or refused, ended. */
#include "calls/call.h"
#include "calls/call_delivery.h"
#include "calls/call_diversion.h"
#include "calls/call_leg.h"
#include "calls/call_location.h"
#include "calls/call_relay.h"
#include "calls/call_routing.h"
#include "calls/emcc_proof.h"
#include "calls/forward_all_softkey.h"
#include "calls/trunk_status.h"
#include "core/refusals.h"
#include "events/call.h"
#include "parameters/call_manager.h"
#include "phones/registration_table.h"

#include <stdio.h>
#include <stdlib.h>

/* Softkeys of Cisco's phones dial this and the name of a feature. */
#define SERVICE_URI "x-cisco-serviceuri-"

enum {
    ATTEMPT_MS = 4 * 1000, /* a trunk that says nothing: the next one is tried */
};

void call_trace(const call *of, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    sj_trace(of->manager->scope, of->trace_id, "%s", text);
}

static call *call_new(call_manager *manager) {
    call *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    made->manager = manager;
    call_manager_token(manager, made->id);
    call_manager_token(manager, made->trace_id);
    call_manager_token(manager, made->trace_id + 16);
    made->next = manager->calls;
    if (manager->calls != NULL) {
        manager->calls->previous = made;
    }
    manager->calls = made;
    manager->call_count++;
    sj_metric_set(manager->scope, manager->metric_active_calls, (double)manager->call_count);
    return made;
}

static void call_free(call *gone) {
    call_manager *manager = gone->manager;
    timer_wheel_stop(&manager->fast.wheel, &gone->ring);
    timer_wheel_stop(&manager->fast.wheel, &gone->attempt);
    call_relays_drop(gone);
    while (gone->callees != NULL) {
        call_leg *leg = gone->callees;
        gone->callees = leg->next;
        call_leg_release(leg);
    }
    if (gone->caller != NULL) {
        call_leg_release(gone->caller);
    }
    if (gone->previous != NULL) {
        gone->previous->next = gone->next;
    } else {
        manager->calls = gone->next;
    }
    if (gone->next != NULL) {
        gone->next->previous = gone->previous;
    }
    manager->call_count--;
    sj_metric_set(manager->scope, manager->metric_active_calls, (double)manager->call_count);
    free(gone->targets);
    free(gone->offer);
    free(gone->offer_type);
    call_media_free(gone);
    free(gone->unreachable);
    free(gone->route);
    forward_history_clear(&gone->history);
    free(gone);
}

void call_free_all(call_manager *manager) {
    while (manager->calls != NULL) {
        call_free(manager->calls);
    }
}

/* ---- telling others ---- */

static void publish_started(call *of, const call_target *target) {
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

static void publish_ended(const call *of, int status, const char *reason) {
    sj_call_ended event;
    memset(&event, 0, sizeof event);
    event.call_id = of->id;
    event.answered = of->answered != NULL;
    event.status_code = status;
    event.reason = reason;
    event.duration_ms = of->answered == NULL ? 0 : (int64_t)sj_monotonic_ms(of->manager->scope) - of->answered_ms;
    event.trace_id = of->trace_id;
    sj_publish_call_ended(of->manager->scope, of->manager->call_ended, &event);
}

/* ---- the end ---- */

static void end_callee(call_leg *leg, const call_leg *who_left) {
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

void call_end(call *of, const call_leg *who_left, int status, const char *reason) {
    call_leg *caller = of->caller;
    for (call_leg *leg = of->callees; leg != NULL; leg = leg->next) {
        end_callee(leg, who_left);
    }
    if (caller->invite != NULL && !sip_server_answered(caller->invite)) {
        call_leg_answer(caller, status >= 300 ? status : 487, reason, NULL);
    } else if ((caller->state == LEG_ANSWERED || caller->state == LEG_CONFIRMED) && caller != who_left) {
        caller->state = LEG_OVER;
        call_leg_send(caller, SIP_BYE, "Reason: Q.850;cause=16\r\n");
    }
    call_trace(of, "the call from %s to %s has ended: %d %s", of->calling, of->dialled, status, reason);
    if (of->started) {
        publish_ended(of, status, reason);
    }
    call_free(of);
}

void call_drop_callees(call *of) {
    while (of->callees != NULL) {
        call_leg *leg = of->callees;
        of->callees = leg->next;
        end_callee(leg, NULL);
        call_leg_release(leg);
    }
}

/* ---- callees ---- */

/* Which of two refusals tells the caller more: the lower the better. */
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

/* This callee is out of the game. */
static void callee_over(call_leg *leg, int status) {
    call *of = leg->call;
    leg->state = LEG_OVER;
    call_leg_leave_line(leg);
    if (of->serial || of->best_status == 0 || refusal_rank(status) < refusal_rank(of->best_status)) {
        of->best_status = status;
    }
    for (const call_leg *other = of->callees; other != NULL; other = other->next) {
        if (other->state != LEG_OVER) {
            return;
        }
    }
    timer_wheel_stop(&of->manager->fast.wheel, &of->attempt);
    if (of->serial && leg->placed && call_location_unwanted(status)) {
        call_trace(of, "%s is offered once more, without the caller's place", of->dialled);
        of->targets[--of->next_target].no_place = true;
        call_try_targets(of);
        return;
    }
    if (of->serial && of->next_target < of->target_count && worth_another_try(status) && status < 600) {
        call_try_targets(of);
        return;
    }
    /* A trunk's redirection is not followed, and a challenge not answered: both are the far side's refusal. */
    call_delivery_refused(of, of->best_status < 400                              ? 480
                              : of->best_status == 401 || of->best_status == 407 ? 403
                                                                                 : of->best_status);
}

static void callee_refused(call_leg *leg, int status) {
    call *of = leg->call;
    call_trace(of, "%s refuses: %d %s", leg->device_name, status, sip_reason_phrase(status));
    free(of->unreachable);
    of->unreachable = NULL;
    callee_over(leg, status);
}

/* It has not answered, or the request cannot have got there: that is said as what it is, and to the caller 503 (RFC 3261
 * 8.1.3.1), or 408 when it was just silence. */
static void callee_unreachable(call_leg *leg, int status, const char *why) {
    call *of = leg->call;
    char text[300], address[SJ_ADDRESS_TEXT];
    const int port = sj_address_format(&leg->flow.remote, address, sizeof address);
    (void)snprintf(text, sizeof text, "%s cannot be reached at %s port %d over %s: %s", leg->device_name, address, port,
                   sip_transport_text(leg->flow.transport), why);
    call_trace(of, "%s", text);
    free(of->unreachable);
    of->unreachable = strdup(text);
    if (leg->trunk) {
        trunk_status_by_call(of->manager, leg->device_name, &leg->flow, why);
    }
    callee_over(leg, status);
}

/* The visited cluster wants the lease proved: the call is offered once more, with the answer. False when there is none. */
static bool callee_challenged(call_leg *leg, const sip_message *response) {
    call *of = leg->call;
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

static void callee_progress(call_leg *leg, const sip_message *response) {
    call *of = leg->call;
    if (response->status == 100) {
        return;
    }
    timer_wheel_stop(&of->manager->fast.wheel, &of->attempt);
    if (leg->state == LEG_OFFERED) {
        leg->state = LEG_RINGING;
    }
    /* Early media only when there is one callee: two answers to one offer would not fit. */
    const bool alone = of->callees == leg && leg->next == NULL;
    const int status = response->status == 183 && alone ? 183 : 180;
    if (of->caller->state == LEG_OFFERED || (alone && response->body.length > 0)) {
        message_body body;
        const bool media = alone && call_media_pass(of, leg, of->caller, response, &body);
        of->early_media = of->early_media || (media && body.content.length > 0);
        call_leg_answer(of->caller, status, "", media ? &body : NULL);
        call_trace(of, "%s rings", leg->device_name);
    }
}

static void callee_answered(call_leg *leg, const sip_message *response) {
    call *of = leg->call;
    sj_call_answered event;
    message_body body;
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
    /* The others stop ringing and go their way. */
    for (call_leg **at = &of->callees; *at != NULL;) {
        call_leg *other = *at;
        if (other == leg) {
            at = &other->next;
            continue;
        }
        *at = other->next;
        end_callee(other, NULL);
        call_leg_release(other);
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

static void callee_response(void *user, sip_transaction *transaction, const sip_message *response) {
    call_leg *leg = user;
    (void)transaction;
    if (leg->trunk && leg->state == LEG_OFFERED && leg->call != NULL) {
        trunk_status_by_call(leg->manager, leg->device_name, &leg->flow, NULL);
    }
    if (leg->call == NULL || leg->state == LEG_OVER) { /* cancelled, but it may have answered before it heard of that */
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

static void callee_timeout(void *user, sip_transaction *transaction) {
    call_leg *leg = user;
    const char *failure = sip_transaction_failure(transaction);
    if (leg->call != NULL && leg->state != LEG_OVER) {
        callee_unreachable(leg, failure[0] != '\0' ? 503 : 408,
                           failure[0] != '\0' ? failure : sip_transport_silence(&leg->manager->transport, &leg->flow));
    }
}

static void callee_ended(void *user, sip_transaction *transaction) {
    call_leg *leg = user;
    (void)transaction;
    leg->invite = NULL;
    if (leg->call == NULL) {
        call_leg_release(leg);
    }
}

static const sip_transaction_events callee_events = {callee_response, callee_timeout, callee_ended};

static void attempt_over(wheel_timer *timer) {
    call *of = HASH_OWNER(timer, call, attempt);
    for (call_leg *leg = of->callees; leg != NULL; leg = leg->next) {
        if (leg->state == LEG_OFFERED && leg->invite != NULL) {
            char why[80];
            (void)snprintf(why, sizeof why, "%s within 4 s", sip_transport_silence(&leg->manager->transport, &leg->flow));
            sip_client_cancel(leg->invite);
            callee_unreachable(leg, 408, why);
            return;
        }
    }
}

/* A sips URI (RFC 5630): who is not reached over TLS is not reached. */
static bool refuse_in_clear(call *of, const call_target *target) {
    char text[240];
    if (!of->sips || target->flow.transport == SIP_TLS) {
        return false;
    }
    (void)snprintf(text, sizeof text, "The call asks for TLS (sips), and %s is reached over %s", target->device_name,
                   sip_transport_text(target->flow.transport));
    call_trace(of, "%s", text);
    free(of->refusal);
    of->refusal = strdup(text);
    of->best_status = of->best_status == 0 ? 480 : of->best_status;
    return true;
}

static bool offer_to(call *of, const call_target *target) {
    if (refuse_in_clear(of, target)) {
        return false;
    }
    call_leg *leg = call_leg_new(of->manager, of, &target->flow);
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
    leg->next = of->callees;
    of->callees = leg;
    if (target->remote_cluster_id[0] != '\0') { /* else it stays where the call came from */
        (void)snprintf(of->remote_cluster_id, sizeof of->remote_cluster_id, "%s", target->remote_cluster_id);
    }
    call_trace(of, "%s is offered to %s as %s", of->dialled, target->device_name, target->called);
    publish_started(of, target);
    return true;
}

/* Offers the call to all phones at once, or to the next trunk. */
void call_try_targets(call *of) {
    bool offered = false;
    while (of->next_target < of->target_count && !(of->serial && offered)) {
        offered = offer_to(of, &of->targets[of->next_target++]) || offered;
    }
    if (!offered) {
        call_end(of, NULL, of->best_status >= 400 ? of->best_status : 503,
                 of->refusal != NULL ? of->refusal : "The call could not be offered to anybody");
        return;
    }
    if (of->serial && of->next_target < of->target_count) {
        timer_wheel_start(&of->manager->fast.wheel, &of->attempt, sj_monotonic_ms(of->manager->scope), ATTEMPT_MS,
                          attempt_over);
    }
}

/* ---- the caller ---- */

static void caller_timeout(void *user, sip_transaction *transaction) {
    call_leg *leg = user;
    sip_transaction_detach(transaction);
    leg->invite = NULL;
    if (leg->call != NULL) {
        call_end(leg->call, NULL, 408, "The answer was never acknowledged");
    }
}

static void caller_ended(void *user, sip_transaction *transaction) {
    call_leg *leg = user;
    if (leg->invite == transaction) {
        leg->invite = NULL;
    }
}

static const sip_transaction_events caller_events = {NULL, caller_timeout, caller_ended};

/* What can be said about an INVITE before anybody is looked for; 0 when it is acceptable. */
static int invite_fault(const sip_message *request, char dialled[DIGITS_MAX], unsigned *max_forwards, const char **why) {
    sip_uri uri;
    sip_name_address party;
    const sip_text type = sip_message_header(request, SIP_CONTENT_TYPE);
    uint64_t forwards = 70;
    *why = "";
    if (!sip_uri_parse(request->uri, &uri) || uri.headers.length > 0) {
        *why = "The request URI cannot be read";
        return 400;
    }
    if (!sip_text_is_nocase(uri.scheme, "sip") && !sip_text_is_nocase(uri.scheme, "sips") &&
        !sip_text_is_nocase(uri.scheme, "tel")) {
        return 416;
    }
    if (!sip_name_address_parse(sip_message_header(request, SIP_FROM), &party) ||
        !sip_name_address_parse(sip_message_header(request, SIP_TO), &party) ||
        !sip_name_address_parse(sip_message_header(request, SIP_CONTACT), &party)) {
        *why = "From, To or Contact cannot be read";
        return 400;
    }
    if (request->body.length > 0 && !sip_text_is_nocase(type, "application/sdp") &&
        (type.length < 15 || strncasecmp(type.at, "application/sdp", 15) != 0) &&
        (type.length < 10 || strncasecmp(type.at, "multipart/", 10) != 0)) {
        return 415;
    }
    (void)sip_text_number(request->first[SIP_MAX_FORWARDS] < 0 ? sip_text_of("70")
                                                               : sip_message_header(request, SIP_MAX_FORWARDS),
                          255, &forwards);
    if (forwards == 0) {
        return 483;
    }
    *max_forwards = (unsigned)forwards - 1;
    if (!sip_unescape(uri.user, dialled, DIGITS_MAX) || dialled[0] == '\0') {
        *why = "A number is expected";
        return 404;
    }
    return 0;
}

static char *copy_text(sip_text text) {
    char *copy = malloc(text.length + 1);
    if (copy != NULL) {
        (void)sip_text_copy(text, copy, text.length + 1);
    }
    return copy;
}

/* The caller's leg, from its INVITE as it stands in the message. */
static bool caller_leg(call *of, const sip_message *request, const sip_flow *flow, const call_origin *origin) {
    call_leg *leg = call_leg_new(of->manager, of, flow);
    const char *start = request->method_text.at;
    /* Over the EMCC trunk the calling device is the phone of the visitor, which that names. */
    const char *device_name = origin->device != NULL                 ? origin->device->name
                              : origin->trunk.device_name[0] != '\0' ? origin->trunk.device_name
                                                                     : origin->trunk.trunk->name;
    if (leg == NULL) {
        return false;
    }
    of->caller = leg;
    leg->caller = true;
    leg->trunk = origin->device == NULL;
    leg->returns = origin->device == NULL && origin->trunk.device_name[0] != '\0';
    leg->emcc = leg->returns || (origin->device != NULL && origin->device->emcc);
    leg->cisco = origin->device != NULL && origin->device->registration != NULL && origin->device->registration->cisco;
    leg->remote_cseq = request->cseq;
    leg->call_id = copy_text(sip_message_header(request, SIP_CALL_ID));
    leg->local_party = copy_text(sip_message_header(request, SIP_TO));
    leg->request_length = (size_t)(request->body.at - start);
    leg->request = malloc(leg->request_length);
    leg->device_name = strdup(device_name);
    leg->number = strdup(of->dialled);
    if (leg->call_id == NULL || leg->local_party == NULL || leg->request == NULL || leg->device_name == NULL ||
        leg->number == NULL) {
        return false;
    }
    memcpy(leg->request, start, leg->request_length);
    call_leg_set_timers(leg);
    if (origin->line != NULL && origin->line->device->registration != NULL) {
        leg->line_key = strdup(origin->line->key);
        if (leg->line_key != NULL) {
            origin->line->calls++;
            leg->on_line = true;
        }
    }
    return call_leg_learn(leg, request);
}

static bool keep_offer(call *of, const sip_message *request) {
    of->offer_length = request->body.length;
    of->offer = malloc(request->body.length + 1);
    of->offer_type = copy_text(sip_message_header(request, SIP_CONTENT_TYPE));
    if (of->offer != NULL && request->body.length > 0) {
        memcpy(of->offer, request->body.at, request->body.length);
    }
    return of->offer != NULL && of->offer_type != NULL;
}

void call_invite(call_manager *manager, const sip_message *request, const sip_flow *flow) {
    char dialled[DIGITS_MAX];
    unsigned max_forwards = 0;
    const char *why;
    const int fault = invite_fault(request, dialled, &max_forwards, &why);
    const sip_flow back = sip_answer_flow(request, flow);
    call_origin origin;
    call *of;
    if (fault != 0) {
        sip_answer(manager, request, flow, fault, why);
        return;
    }
    const bool sips = request->uri.length > 5 && strncasecmp(request->uri.at, "sips:", 5) == 0;
    if (sips && flow->transport != SIP_TLS) {
        sip_answer(manager, request, flow, 403, "A sips URI asks for TLS, and the call did not come over it");
        return;
    }
    if (manager->stopping || manager->call_count >= (size_t)sj_param_ccm_maximum_calls(manager->scope)) {
        sip_answer(manager, request, flow, 503, "As many calls as are allowed are in progress");
        return;
    }
    if (!call_identify(manager, request, flow, &origin)) {
        return;
    }
    if (strncmp(dialled, SERVICE_URI, sizeof SERVICE_URI - 1) == 0) {
        forward_all_softkey(manager, request, flow, &origin, dialled + sizeof SERVICE_URI - 1);
        return;
    }
    of = call_new(manager);
    if (of != NULL) {
        (void)snprintf(of->dialled, sizeof of->dialled, "%s", dialled);
        (void)snprintf(of->called, sizeof of->called, "%s", dialled);
        (void)snprintf(of->calling, sizeof of->calling, "%s", origin.number);
        (void)snprintf(of->calling_name, sizeof of->calling_name, "%s", origin.name);
        (void)snprintf(of->remote_cluster_id, sizeof of->remote_cluster_id, "%s", origin.trunk.remote_cluster_id);
        of->max_forwards = max_forwards;
        of->sips = sips;
    }
    if (of == NULL || !caller_leg(of, request, flow, &origin) || !keep_offer(of, request) ||
        (of->caller->invite = sip_server_begin(&manager->transactions, request, &back, &caller_events, of->caller)) == NULL) {
        if (of != NULL) {
            call_free(of);
        }
        sip_answer(manager, request, flow, 503, "The call cannot be taken now");
        return;
    }
    manager->turn++;
    sj_metric_add(manager->scope, manager->metric_calls, 1);
    call_trace(of, "%s of %s dials %s", of->calling, of->caller->device_name, of->dialled);
    call_leg_answer(of->caller, 100, "", NULL);
    call_location_keep(of, request);
    if (origin.device == NULL) {
        call_diversion_read(request, manager->address, &of->history);
    }
    call_delivery_begin(of, &origin);
}

void call_cancel(call_manager *manager, const sip_message *request, const sip_flow *flow) {
    sip_transaction *invite = sip_transactions_cancelled(&manager->transactions, request);
    if (invite != NULL && !sip_flow_same_host(sip_transaction_flow(invite), flow)) {
        (void)refusals_note(manager, REFUSED_DIALOG, flow, "CANCEL of a call does not come from its caller's address");
        invite = NULL;
    }
    call_leg *leg = invite != NULL && sip_transaction_is(invite, &caller_events) ? sip_transaction_user(invite) : NULL;
    sip_answer(manager, request, flow, invite == NULL ? 481 : 200, "");
    if (leg != NULL && leg->caller && leg->invite == invite && leg->call != NULL && !sip_server_answered(invite)) {
        call_end(leg->call, NULL, 487, "The caller gave up");
    }
}
