/* The course of a pickup, and its way back. */
#include "calls/pickup.h"
#include "calls/call_admission.h"
#include "calls/call_decision.h"
#include "calls/call_delivery.h"
#include "calls/call_discretion.h"
#include "calls/call_exchange.h"
#include "calls/call_join.h"
#include "calls/call_leg.h"
#include "calls/call_record.h"
#include "calls/call_watch.h"
#include "calls/hunt.h"
#include "calls/transfer.h"
#include "core/refusals.h"
#include "events/call.h"
#include "parameters/call_manager.h"
#include "phones/registration_table.h"
#include "phones/remote_control.h"
#include "sip/release_cause.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

enum {
    SHOWN_S = 10,
    MEDIA_S = 32, /* as long as a request waits for its answer; provisional ones have no end */
};

struct pickup {
    struct call *call;
    struct call_leg *picker;  /* takes it at once; NULL: it rings at the phone */
    struct number_route rung; /* where it rang */
    char member[130];         /* of a hunt: at whose line it rang; "" */
    bool hop;                 /* which stands in the history of the call */
    char device[130];
    struct message_body offer; /* of the picker's INVITE */
    char *offer_text, *offer_type;
    struct wheel_timer timer;
};

bool pickup_service(const char *feature, enum pickup_kind *kind, const char **number) {
    static const struct {
        const char *name;
        enum pickup_kind kind;
    } services[] = {{"pickup", PICKUP_OWN},
                    {"opickup", PICKUP_OTHER},
                    {"gpickup", PICKUP_NUMBER},
                    {"blfpickup", PICKUP_LAMP}};
    const size_t length = strcspn(feature, "-");
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        if (strlen(services[i].name) == length && strncmp(feature, services[i].name, length) == 0) {
            *kind = services[i].kind;
            *number = feature + length + (feature[length] == '-');
            return true;
        }
    }
    return false;
}

void pickup_forget(struct call *call) {
    struct pickup *pickup = call->pickup;
    if (pickup != NULL) {
        timer_wheel_stop(&call->manager->fast.wheel, &pickup->timer);
        free(pickup->offer_text);
        free(pickup->offer_type);
        free(pickup);
        call->pickup = NULL;
    }
}

static void show(struct call_manager *manager, const char *device, const char *text) {
    const struct registration *phone = registration_find(manager->registrations, device);
    if (phone != NULL && phone->cisco) {
        remote_control_show(manager, phone, text, SHOWN_S);
    }
}

/* ---- refused ---- */

static void refuse(struct call *own, int status, const char *why) {
    struct call_manager *manager = own->manager;
    const struct call_leg *picker = own->caller;
    if (status != 404) {
        (void)refusals_note(manager, REFUSED_FEATURE, &picker->flow,
                            "a pickup by %s is refused: %s", picker->device_name, why);
    }
    if (!picker->trunk) {
        show(manager, picker->device_name,
             status == 404 ? "No call to pick up" : "Pickup is not possible");
    }
    /* Cisco's phones have words for 503 alone. */
    call_end(own, NULL, picker->cisco ? 503 : status, why);
}

/* ---- how it begins ---- */

/* The first of those at whom a call that hunts rings. */
static void note_member(struct pickup *pickup) {
    SJ_LIST_EACH(leg, &pickup->call->callees, struct call_leg, link_in_call) {
        if (leg->state == LEG_RINGING && leg->line_key != NULL) {
            (void)snprintf(pickup->member, sizeof pickup->member, "%s", leg->line_key);
            return;
        }
    }
}

static struct pickup *begin(struct call *call, const struct call_leg *picker) {
    struct call_manager *manager = call->manager;
    const sj_directory_number *number =
        dial_plan_directory_number(&manager->plan, call->number_key);
    struct pickup *pickup = calloc(1, sizeof *pickup);
    struct forward_hop hop;
    if (pickup == NULL) {
        return NULL;
    }
    pickup->call = call;
    pickup->rung = *call->route;
    (void)snprintf(pickup->device, sizeof pickup->device, "%s", picker->device_name);
    bool has_hop = number != NULL;
    if (hunt_goes_on(call)) {
        note_member(pickup);
        has_hop = hunt_leave(call, &hop);
    } else if (has_hop) {
        call_forward_hop(call->route, call->number_key, number, SJ_FORWARD_REASON_DEFLECTION, &hop);
    }
    if (has_hop) {
        (void)snprintf(hop.reason, sizeof hop.reason, "%s", REASON_TEXT_PICKUP);
        pickup->hop =
            forward_history_add(&call->history, &hop,
                                (unsigned)sj_param_ccm_forward_maximum_hop_count(manager->scope)) ==
            FORWARD_FINE;
    }
    call->pickup = pickup;
    return pickup;
}

/* The call is for the picker's number now. */
static void route_to(struct call *call, const char *key, const char *digits) {
    number_route_to(&call->manager->plan, key, digits, call->calling, call->route);
}

/* ---- how it ends ---- */

static void publish(const struct call *call) {
    const struct call_manager *manager = call->manager;
    const struct pickup *pickup = call->pickup;
    const char *key =
        pickup->member[0] != '\0' ? pickup->member : pickup->rung.directory_number_key;
    const sj_call_pickup_group *group = pickup_group_of(&manager->plan, key);
    const sj_directory_number *number = dial_plan_directory_number(&manager->plan, key);
    const sj_call_picked_up event = {
        .call_id = call->id,
        .rung_number = number == NULL ? pickup->rung.digits : number->pattern,
        .partition = number == NULL ? pickup->rung.partition : number->partition,
        .pickup_group = group == NULL ? "" : group->name,
        .device_name = pickup->device,
        .number = call_told_called(call),
        .calling_number = call_told_caller(call),
        .trace_id = call->trace_id};
    sj_metric_add(manager->scope, manager->metric_pickups, 1);
    call_trace(call, "%s of %s has picked up the call that rang at %s", call_told_called(call),
               pickup->device, pickup->rung.digits);
    sj_publish_call_picked_up(manager->scope, manager->call_picked_up, &event);
}

void pickup_answered(struct call *call) {
    if (call->pickup != NULL) {
        call_record_picked_up(call, &call->pickup->rung, false);
        publish(call);
        pickup_forget(call);
    }
}

/* It rings again where it rang. */
static void give_back(struct call *call, int status, const char *why) {
    struct pickup *pickup = call->pickup;
    const struct number_route rung = pickup->rung;
    call_trace(call, "%s does not take the call that it has picked up: %s", pickup->device, why);
    if (pickup->picker != NULL && call_leg_unanswered(pickup->picker)) {
        call_leg_answer(pickup->picker, status, why, NULL);
    }
    if (pickup->hop) {
        forward_history_drop_last(&call->history);
    }
    pickup_forget(call);
    call_join_restore_drop(call); /* it was to take the media */
    call_delivery_back(call, &rung);
}

bool pickup_refused(struct call *call) {
    if (call->pickup == NULL) {
        return false;
    }
    give_back(call, 480, "the phone does not take it");
    return true;
}

bool pickup_cancelled(struct call_leg *picker) {
    struct call *call = picker->call;
    if (call->pickup == NULL || call->pickup->picker != picker) {
        return false;
    }
    give_back(call, 487, "it has given up");
    return true;
}

/* ---- it rings at the phone that has picked it up ---- */

static void not_answered(struct wheel_timer *timer) {
    const struct pickup *pickup = SJ_OWNER(timer, struct pickup, timer);
    give_back(pickup->call, 480,
              pickup->picker == NULL ? "nobody has answered there"
                                     : "it has not taken the media in time");
}

static void begin_to_wait(struct pickup *pickup, int64_t seconds) {
    struct call_manager *manager = pickup->call->manager;
    timer_wheel_start(&manager->fast.wheel, &pickup->timer, sj_monotonic_ms(manager->scope),
                      (uint64_t)seconds * 1000, not_answered);
}

/* The phone's line as a target; false: it has no room for another call. */
static bool find_target(const struct call *call, const char *device, const char *key,
                        struct call_target *target) {
    struct call_manager *manager = call->manager;
    struct number_reach phones;
    const struct reach_query query = {.caller_device = call->caller->device_name};
    const size_t count = call_phone_targets(manager, key, &query, manager->target_scratch,
                                            CALL_TARGETS_MAX, &phones);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(manager->target_scratch[i].device_name, device) == 0) {
            *target = manager->target_scratch[i];
            return true;
        }
    }
    return false;
}

static void ring_there(struct call *own, struct call *call) {
    struct call_target target;
    char key[130], device[130];
    (void)snprintf(key, sizeof key, "%s", sj_or_empty(own->caller->line_key));
    (void)snprintf(device, sizeof device, "%s", own->caller->device_name);
    call_leg_leave_line(own->caller);
    if (!find_target(call, device, key, &target)) {
        refuse(own, 486, "The line has no room for another call");
        return;
    }
    struct pickup *pickup = begin(call, own->caller);
    if (pickup == NULL) {
        refuse(own, 503, "Out of memory");
        return;
    }
    call_end(own, NULL, 487, "The call rings here");
    route_to(call, key, target.called);
    begin_to_wait(pickup, sj_param_ccm_call_pickup_no_answer_timer(call->manager->scope));
    call_delivery_to_phone(call, &target);
}

/* ---- the picker answers at once ---- */

static void completed(struct call *call) {
    struct call_manager *manager = call->manager;
    const struct number_route rung = call->pickup->rung;
    call->answered_ms = (int64_t)sj_monotonic_ms(manager->scope);
    call->answered_wall_ms = sj_wall_ms(manager->scope);
    timer_wheel_stop(&manager->fast.wheel, &call->expiry);
    call_watch(call);
    call_publish_answered(call);
    publish(call);
    pickup_forget(call);
    call_record_picked_up(call, &rung, true);
    call_record_publish(call, SJ_CALL_RECORD_STATE_ANSWERED, NULL, 0);
}

static void joined(void *user, int status, struct call_leg *failed) {
    struct call *call = user;
    (void)failed;
    call->restoring = NULL;
    if (status == 200) {
        completed(call);
    } else {
        show(call->manager, call->pickup->device, "Pickup is not possible");
        give_back(call, status, "it does not take the media");
    }
}

/* A caller that has made no offer, or none any more, gets the picker's. */
static bool join(struct call *call) {
    const struct message_body offer = {sip_text_of(sj_or_empty(call->offer_type)),
                                       {call->offer, call->offer_length}};
    struct call_leg *picker = call->answered;
    if (call->transfer != NULL) {
        completed(call);
        transfer_answered_here(call);
        return true;
    }
    call->restoring = call->offer_length > 0
                          ? call_join_begin(call->caller, picker, &offer, joined, call)
                          : call_join_begin(picker, call->caller, NULL, joined, call);
    return call->restoring != NULL;
}

void pickup_acknowledged(struct call_leg *from) {
    struct call *call = from->call;
    if (call != NULL && call->pickup != NULL && call->pickup->picker == from &&
        from->state == LEG_CONFIRMED && call->restoring == NULL && !join(call)) {
        give_back(call, 503, "out of memory");
    }
}

static void admitted(void *user, struct call_leg *picker, bool granted) {
    struct call *call = picker->call;
    (void)user;
    if (call->pickup == NULL) {
        return;
    }
    if (!granted) {
        give_back(call, 488, NOT_ENOUGH_BANDWIDTH);
        return;
    }
    const struct message_body body = call_inactive_body(picker, &call->pickup->offer);
    call_leg_answer(picker, 200, "", &body);
}

static void keep_offer(struct pickup *pickup, struct call *own) {
    pickup->offer_text = own->offer;
    pickup->offer_type = own->offer_type;
    pickup->offer = (struct message_body){sip_text_of(sj_or_empty(own->offer_type)),
                                          {own->offer, own->offer_length}};
    own->offer = own->offer_type = NULL;
}

void pickup_take(struct call *own, struct call *call) {
    struct call_leg *picker = own->caller;
    struct pickup *pickup = begin(call, picker);
    own->off_record = true;
    if (pickup == NULL) {
        refuse(own, 503, "Out of memory");
        return;
    }
    call_trace(own, "%s picks up the call that rings at %s: trace %s", picker->device_name,
               pickup->rung.digits, call->trace_id);
    pickup->picker = picker;
    keep_offer(pickup, own);
    call_delivery_let_go(call, REASON_ANSWERED_ELSEWHERE);
    if (!call_leg_stand_in(call)) {
        pickup->picker = NULL;
        refuse(own, 503, "Out of memory");
        give_back(call, 503, "out of memory");
        return;
    }
    call->answered_ms = (int64_t)sj_monotonic_ms(call->manager->scope);
    call_exchange(call->answered, picker);
    route_to(call, sj_or_empty(picker->line_key), call->called);
    call_free(own);
    begin_to_wait(pickup, MEDIA_S);
    const enum admission_verdict verdict =
        call->transfer != NULL ? ADMISSION_GRANTED : call_admission_reserve(picker, admitted, NULL);
    if (verdict != ADMISSION_ASKED) {
        admitted(NULL, picker, verdict == ADMISSION_GRANTED);
    }
}

/* ---- who asks for it ---- */

void pickup_begin(struct call *call, enum pickup_kind kind, const char *number) {
    struct call_manager *manager = call->manager;
    struct pickup_choice choice;
    struct call_origin origin;
    sj_error error = {0};
    call->off_record = true;
    if (call_origin_of_party(manager, call->caller, &origin, &error) != SJ_OK) {
        refuse(call, 403, error.text);
        return;
    }
    pickup_choose(manager, &origin, kind, number, &choice);
    if (choice.call == NULL) {
        refuse(call, choice.status, choice.why);
    } else if (call->caller->cisco && !sj_param_ccm_auto_call_pickup_enabled(manager->scope)) {
        ring_there(call, choice.call);
    } else {
        pickup_take(call, choice.call);
    }
}

void pickup_delivered(struct call *call, int status) {
    char number[DIGITS_MAX];
    (void)snprintf(number, sizeof number, "%s", call->route->feature_number);
    if (status == 603 || call->transfer != NULL || !call_leg_unanswered(call->caller)) {
        call_end(call, NULL, 603, PICKUP_NOT_DIALLED);
        return;
    }
    pickup_begin(call, PICKUP_NUMBER, number);
}
