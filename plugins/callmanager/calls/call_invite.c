/* Takes INVITEs: checks them, finds out who calls, makes the call and its caller's leg; and takes
 * their CANCEL. */
#include "calls/call_invite.h"
#include "calls/abbreviated_dial.h"
#include "calls/barge.h"
#include "calls/call_delivery.h"
#include "calls/call_destination.h"
#include "calls/call_diversion.h"
#include "calls/call_history.h"
#include "calls/call_leg.h"
#include "calls/call_location.h"
#include "calls/call_presentation.h"
#include "calls/call_reliable.h"
#include "calls/call_routing.h"
#include "calls/digit_collection.h"
#include "calls/forward_all_softkey.h"
#include "calls/intercom.h"
#include "calls/pickup.h"
#include "calls/shared_line.h"
#include "calls/told_place.h"
#include "calls/transfer.h"
#include "calls/trunk_load.h"
#include "core/refusals.h"
#include "parameters/call_manager.h"
#include "phones/registration_table.h"
#include "phones/remote_control.h"
#include "sip/header_values.h"
#include "sip/record_route.h"

#include <stdio.h>
#include <stdlib.h>

static const char other_line[] = "The call to be taken over is another line's";

/* ---- the caller ---- */

static void caller_timeout(void *user, struct sip_transaction *transaction) {
    struct call_leg *leg = user;
    sip_transaction_detach(transaction);
    leg->invite = NULL;
    if (leg->call != NULL && !pickup_cancelled(leg)) {
        call_end(leg->call, NULL, 408, "No ACK for the answer");
    }
}

static void caller_ended(void *user, struct sip_transaction *transaction) {
    struct call_leg *leg = user;
    if (leg->invite == transaction) {
        leg->invite = NULL;
    }
}

static const struct sip_transaction_events caller_events = {NULL, caller_timeout, caller_ended};

/* The status that refuses an INVITE whoever sent it, beyond what refuses any request
 * (sip/inspection.h), with the reason; 0 when it is acceptable. */
static int invite_fault(const struct sip_message *request, char dialled[DIGITS_MAX],
                        unsigned *max_forwards, const char **why) {
    struct sip_record_routes routes;
    struct sip_uri uri;
    uint64_t forwards = 70;
    *why = "";
    if (!sip_record_routes_read(request, &routes)) {
        *why = "Record-Route cannot be read, or has more than 64 values";
        return 400;
    }
    (void)sip_text_number(request->first[SIP_MAX_FORWARDS] < 0
                              ? sip_text_of("70")
                              : sip_message_header(request, SIP_MAX_FORWARDS),
                          255, &forwards);
    if (forwards == 0) {
        return 483;
    }
    *max_forwards = (unsigned)forwards - 1;
    if (!sip_uri_parse(request->uri, &uri) || !call_destination_dialled(&uri, dialled)) {
        *why = "A number is expected";
        return 404;
    }
    return 0;
}

static char *copy_text(struct sip_text text) {
    char *copy = malloc(text.length + 1);
    if (copy != NULL) {
        (void)sip_text_copy(text, copy, text.length + 1);
    }
    return copy;
}

/* Over the EMCC trunk the calling device is the phone of the visitor, which that names. */
static const char *device_of(const struct call_origin *origin) {
    return origin->device != NULL                 ? origin->device->name
           : origin->trunk.device_name[0] != '\0' ? origin->trunk.device_name
                                                  : origin->trunk.trunk->name;
}

/* The caller's leg, from its INVITE as it stands in the message. */
static bool caller_leg(struct call *call, const struct sip_message *request,
                       const struct sip_flow *flow, const struct call_origin *origin) {
    struct call_leg *leg = call_leg_new(call->manager, call, flow);
    const char *start = request->method_text.at;
    const char *device_name = device_of(origin);
    if (leg == NULL) {
        return false;
    }
    call->caller = leg;
    leg->caller = leg->inbound = true;
    leg->trunk = origin->device == NULL;
    leg->returns = origin->device == NULL && origin->trunk.device_name[0] != '\0';
    leg->emcc = leg->returns || (origin->device != NULL && origin->device->emcc);
    leg->cisco = origin->device != NULL && origin->device->registration != NULL &&
                 origin->device->registration->cisco;
    leg->remote_cseq = request->cseq;
    leg->call_id = copy_text(sip_message_header(request, SIP_CALL_ID));
    leg->local_party = copy_text(sip_message_header(request, SIP_TO));
    leg->request_length = (size_t)(request->body.at - start);
    leg->request = malloc(leg->request_length);
    leg->device_name = strdup(device_name);
    leg->number = strdup(call->dialled);
    if (leg->call_id == NULL || leg->local_party == NULL || leg->request == NULL ||
        leg->device_name == NULL || leg->number == NULL) {
        return false;
    }
    memcpy(leg->request, start, leg->request_length);
    trunk_load_take(leg);
    call_leg_set_timers(leg);
    if (origin->line != NULL && line_device(origin->line)->registration != NULL) {
        leg->line_key = strdup(origin->line->key);
        if (leg->line_key != NULL) {
            call_leg_take_line(leg, origin->line);
        }
    }
    return call_leg_learn(leg, request) && call_reliable_begin(leg, request);
}

static bool keep_offer(struct call *call, const struct sip_message *request) {
    call->offer_length = request->body.length;
    call->offer = malloc(request->body.length + 1);
    call->offer_type = copy_text(sip_message_header(request, SIP_CONTENT_TYPE));
    if (call->offer != NULL && request->body.length > 0) {
        memcpy(call->offer, request->body.at, request->body.length);
    }
    return call->offer != NULL && call->offer_type != NULL;
}

/* With the route string by which another cluster has routed it. */
static void read_destination(struct call_manager *manager, const struct sip_message *request,
                             const struct call_origin *origin, const char *dialled,
                             struct call_destination *destination) {
    struct sip_name_address route;
    struct sip_uri uri;
    (void)sip_uri_parse(request->uri, &uri); /* it could be read before */
    call_destination_read(manager, &uri, origin, dialled, destination);
    if (origin->trunk.trunk != NULL && request->first[SIP_X_CISCO_DEST_ROUTE_STRING] >= 0 &&
        sip_name_address_parse(sip_message_header(request, SIP_X_CISCO_DEST_ROUTE_STRING),
                               &route) &&
        sip_uri_parse(route.uri, &uri)) {
        (void)sip_text_copy(uri.host, destination->route_string, sizeof destination->route_string);
    }
}

/* Whom the INVITE calls, by itself or by a speed dial: then `dialled` becomes what that dials.
 * False: nobody, and the request has been answered. */
static bool find_destination(struct call_manager *manager, const struct sip_message *request,
                             const struct sip_flow *flow, const struct call_origin *origin,
                             char dialled[DIGITS_MAX], struct call_destination *destination) {
    const char *feature = call_destination_feature(dialled), *place;
    if (feature == NULL || !abbreviated_dial_service(feature, &place)) {
        read_destination(manager, request, origin, dialled, destination);
    } else if (!abbreviated_dial_find(manager, request, flow, origin, place, destination)) {
        return false;
    } else {
        (void)snprintf(dialled, DIGITS_MAX, "%s", destination->digits);
    }
    const char *why = call_destination_refusal(manager, destination, origin, flow);
    if (why[0] != '\0') {
        sip_answer(manager, request, flow, 403, why);
    }
    return why[0] == '\0';
}

static void expired(struct wheel_timer *timer) {
    struct call *call = SJ_OWNER(timer, struct call, expiry);
    if (call->answered == NULL) {
        call->said = (struct release_cause){487, Q850_TIMER_EXPIRED};
        if (!transfer_expired(call)) {
            call_end(call, NULL, 487, "The invitation has expired");
        }
    }
}

/* An INVITE that nobody has answered within its Expires has expired (RFC 3261 13.3.1). */
static void watch_expiry(struct call *call, const struct sip_message *request) {
    uint64_t expires_s;
    if (request->first[SIP_EXPIRES] >= 0 &&
        sip_text_number(sip_message_header(request, SIP_EXPIRES), 0xffffffffu, &expires_s)) {
        timer_wheel_start(&call->manager->fast.wheel, &call->expiry,
                          sj_monotonic_ms(call->manager->scope), expires_s * 1000, expired);
    }
}

/* The phone shows it as well. */
static void refuse_taking_over(struct call_manager *manager, const struct sip_message *request,
                               const struct sip_flow *flow, const struct call_origin *origin,
                               const struct call_leg *leg, const char *why) {
    (void)refusals_note(manager, REFUSED_CALL, flow,
                        "a call is refused: it is to take over a call of %s: %s", leg->device_name,
                        why);
    sip_answer(manager, request, flow, 403, why);
    if (origin->device != NULL && origin->device->registration->cisco) {
        remote_control_show(manager, origin->device->registration, why,
                            sj_param_ccm_call_park_display_timer(manager->scope));
    }
}

/* Of a call that rings: by a phone with the same line, or by one that may pick it up. False: the
 * request has been answered. */
static bool may_pick_up(struct call_manager *manager, const struct sip_message *request,
                        const struct sip_flow *flow, const struct call_origin *origin,
                        const struct call_leg *leg) {
    if (origin->device == NULL || origin->line == NULL || !pickup_fits(leg->call, origin)) {
        sip_answer(manager, request, flow, 481, "The call to be picked up does not ring any more");
        return false;
    }
    if (!shared_line_is_same(origin, leg) && !pickup_line_may(manager, origin, leg->line_key)) {
        refuse_taking_over(manager, request, flow, origin, leg, other_line);
        return false;
    }
    return true;
}

/* Of a call that has been answered: of its own device, or of the same line on another one. False:
 * the request has been answered. */
static bool may_take_over(struct call_manager *manager, const struct sip_message *request,
                          const struct sip_flow *flow, const struct call_origin *origin,
                          const struct call_leg *leg) {
    const char *device = origin->device != NULL        ? origin->device->name
                         : origin->trunk.trunk != NULL ? origin->trunk.trunk->name
                                                       : "";
    const char *why = strcmp(leg->device_name, device) != 0 && !shared_line_is_same(origin, leg)
                          ? other_line
                          : shared_line_refusal(origin, leg);
    if (why != NULL) {
        refuse_taking_over(manager, request, flow, origin, leg, why);
        return false;
    }
    if (leg->call->transfer != NULL) {
        sip_answer(manager, request, flow, 491, "The call to be taken over is being transferred");
        return false;
    }
    return true;
}

/* The party whose place the caller wants to take (RFC 3891). NULL: it may not; the request has been
 * answered. */
static struct call_leg *find_replaced(struct call_manager *manager,
                                      const struct sip_message *request,
                                      const struct sip_flow *flow,
                                      const struct call_origin *origin) {
    struct sip_replaces replaces;
    if (sip_values_count(request, SIP_REPLACES) != 1 ||
        !sip_replaces_parse(sip_message_header(request, SIP_REPLACES), &replaces)) {
        sip_answer(manager, request, flow, 400,
                   "Exactly one Replaces that can be read is expected");
        return NULL;
    }
    struct call_leg *leg = call_leg_replaced(manager, &replaces);
    if (leg != NULL && leg->state == LEG_RINGING && !leg->caller) {
        return may_pick_up(manager, request, flow, origin, leg) ? leg : NULL;
    }
    const struct call_leg *other = leg == NULL ? NULL : call_leg_other(leg);
    if (other != NULL && leg->call->intercom) {
        sip_answer(manager, request, flow, 603, INTERCOM_STAYS);
        return NULL;
    }
    if (other == NULL || other->stands_in || leg->state != LEG_CONFIRMED ||
        other->state != LEG_CONFIRMED) {
        sip_answer(manager, request, flow, 481, "The call to be taken over is not known here");
        return NULL;
    }
    if (!may_take_over(manager, request, flow, origin, leg)) {
        return NULL;
    }
    if (replaces.early_only) {
        sip_answer(manager, request, flow, 486, "The call to be taken over has been answered");
        return NULL;
    }
    return leg;
}

/* The call of another party that the caller wants. */
struct wanted_call {
    struct call_leg *replaced; /* whose place it takes; NULL: nobody's */
    struct call_leg *joined;   /* to whose call it is to be added; NULL: to none */
};

/* As Replaces or Join say, or by dialling its own number while a call waits at another phone of the
 * line. False: it may not, and the request has been answered. */
static bool choose_call(struct call_manager *manager, const struct sip_message *request,
                        const struct sip_flow *flow, const struct call_origin *origin,
                        const char *dialled, struct wanted_call *wanted) {
    bool resumes = false;
    memset(wanted, 0, sizeof *wanted);
    if (request->first[SIP_JOIN] >= 0) {
        struct call_leg *joined = barge_find(manager, request, flow, origin, &resumes);
        *(resumes ? &wanted->replaced : &wanted->joined) = joined;
        return joined != NULL;
    }
    if (request->first[SIP_REPLACES] >= 0) {
        wanted->replaced = find_replaced(manager, request, flow, origin);
        return wanted->replaced != NULL;
    }
    wanted->replaced = shared_line_held(manager, origin, dialled);
    return wanted->replaced == NULL ||
           may_take_over(manager, request, flow, origin, wanted->replaced);
}

/* The call has its caller, and begins with another one. */
static void begin_with(struct call *call, const struct wanted_call *wanted) {
    if (wanted->joined != NULL) {
        barge_begin(call, wanted->joined);
    } else if (wanted->replaced->state == LEG_RINGING) {
        pickup_take(call, wanted->replaced->call);
    } else if (!transfer_replace(call->caller, wanted->replaced)) {
        call_end(call, NULL, 503, "Out of memory");
    }
}

/* It requires an extension that the SIP profile of its sender does not allow. */
static void refuse_extension(struct call_manager *manager, const struct sip_message *request,
                             const struct sip_flow *flow, const char *extension) {
    struct sip_writer writer = call_manager_writer(manager);
    char tag[SIP_TAG];
    call_manager_token(manager, tag);
    sip_put_answer_head(&writer, request, 420, sip_reason_phrase(420), tag, &flow->remote);
    sip_put(&writer, "Unsupported: ");
    sip_put(&writer, extension);
    sip_put(&writer, "\r\n");
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    sip_send_answer(manager, request, flow, &writer);
}

void call_invite(struct call_manager *manager, const struct sip_message *request,
                 const struct sip_flow *flow) {
    char dialled[DIGITS_MAX];
    unsigned max_forwards = 0;
    const char *why;
    const int fault = invite_fault(request, dialled, &max_forwards, &why);
    const struct sip_flow answer_flow = sip_answer_flow(request, flow);
    struct call_destination destination;
    struct call_origin origin;
    struct wanted_call wanted;
    enum pickup_kind kind = PICKUP_OWN;
    const char *number = "";
    struct call *call;
    if (fault != 0) {
        sip_answer(manager, request, flow, fault, why);
        return;
    }
    if (manager->stopping ||
        manager->call_count >= (size_t)sj_param_ccm_maximum_calls(manager->scope)) {
        sip_answer(manager, request, flow, 503, "Limit of calls in progress reached");
        return;
    }
    if (!call_identify(manager, request, flow, &origin)) {
        return;
    }
    if (!call_reliable_allowed(manager, origin.device == NULL, device_of(&origin), request)) {
        refuse_extension(manager, request, flow, "100rel");
        return;
    }
    if (origin.trunk.at_contact) { /* which number was called only To says */
        sip_address_user(sip_message_header(request, SIP_TO), dialled, sizeof dialled);
    }
    if (!find_destination(manager, request, flow, &origin, dialled, &destination)) {
        return;
    }
    const char *feature = call_destination_feature(dialled);
    const bool picks_up = feature != NULL && pickup_service(feature, &kind, &number);
    if (feature != NULL && !picks_up) {
        forward_all_softkey(manager, request, flow, &origin, feature);
        return;
    }
    if (!choose_call(manager, request, flow, &origin, dialled, &wanted)) {
        return;
    }
    call = call_new(manager);
    if (call != NULL) {
        (void)snprintf(call->dialled, sizeof call->dialled, "%s", dialled);
        dial_codes_cut(&manager->plan, call->dialled);
        (void)snprintf(call->called, sizeof call->called, "%s", call->dialled);
        (void)snprintf(call->calling, sizeof call->calling, "%s", origin.number);
        (void)snprintf(call->calling_name, sizeof call->calling_name, "%s", origin.name);
        (void)snprintf(call->calling_uri, sizeof call->calling_uri, "%s", origin.uri);
        call->calling_withheld = call_identity_withheld(request);
        call->calling_verified = origin.verified;
        call->privacy_exceeds = call_identity_privacy_exceeds(request);
        (void)snprintf(call->remote_cluster_id, sizeof call->remote_cluster_id, "%s",
                       origin.trunk.remote_cluster_id);
        call->max_forwards = max_forwards;
    }
    if (call == NULL || !caller_leg(call, request, flow, &origin) || !keep_offer(call, request) ||
        (call->caller->invite = sip_server_begin(&manager->transactions, request, &answer_flow,
                                                 &caller_events, call->caller)) == NULL) {
        if (call != NULL) {
            call_free(call);
        }
        sip_answer(manager, request, flow, 503, "The call cannot be accepted now");
        return;
    }
    manager->turn++;
    sj_metric_add(manager->scope, manager->metric_calls, 1);
    call_history_leg(call->caller);
    told_place_began(call->caller, request);
    call_trace(call, "%s dials %s", call->caller->device_name, call->dialled);
    call_leg_answer(call->caller, 100, "", NULL);
    watch_expiry(call, request);
    call_location_keep(call, request);
    if (origin.device == NULL) {
        call_diversion_read(request, call_manager_address(manager, flow),
                            call_presentation_trust(manager, device_of(&origin)) !=
                                SJ_SIP_TRUNK_TRUST_RECEIVED_IDENTITY_TRUST_NONE,
                            &call->history);
    }
    if (picks_up || wanted.replaced != NULL || wanted.joined != NULL) {
        call_delivery_keep_caller(call, &origin);
        if (picks_up) {
            pickup_begin(call, kind, number);
        } else {
            begin_with(call, &wanted);
        }
        return;
    }
    if (!digit_collection_begin(call, &origin, &destination)) {
        call_delivery_begin(call, &origin, &destination);
    }
}

void call_cancel(struct call_manager *manager, const struct sip_message *request,
                 const struct sip_flow *flow) {
    struct sip_transaction *invite = sip_transactions_cancelled(&manager->transactions, request);
    if (invite != NULL && !sip_flow_same_host(sip_transaction_flow(invite), flow)) {
        (void)refusals_note(manager, REFUSED_DIALOG, flow,
                            "CANCEL of a call does not come from its caller's address");
        invite = NULL;
    }
    struct call_leg *leg = invite != NULL && sip_transaction_is(invite, &caller_events)
                               ? sip_transaction_user(invite)
                               : NULL;
    sip_answer(manager, request, flow, invite == NULL ? 481 : 200, "");
    if (leg != NULL && leg->inbound && leg->invite == invite && leg->call != NULL &&
        !sip_server_answered(invite) && !transfer_cancelled(leg) && !pickup_cancelled(leg)) {
        leg->call->said = (struct release_cause){487, release_cause_read(request)};
        call_end(leg->call, NULL, 487, "The caller cancelled the call");
    }
}
