/* Puts together what is on record of a call, from its legs, its route and the way it was forwarded.
 */
#include "calls/call_record.h"
#include "calls/call_admission.h"
#include "calls/call_discretion.h"
#include "calls/call_history.h"
#include "calls/call_presentation.h"
#include "calls/hunt.h"
#include "events/call.h"
#include "phones/registration_table.h"
#include "sip/release_cause.h"

#include <sojourn/base/text.h>

#include <stdio.h>

/* As call detail records count the reasons of redirections, and features. */
enum {
    REASON_TRANSFER = 4,
    REASON_PICKUP = 5,
    REASON_PARK = 7,
    REASON_PARK_RETRIEVAL = 8,
    REASON_PARK_REVERSION = 11,
    REASON_BLIND_TRANSFER = 34,
    REASON_IMMEDIATE_DIVERT = 50,
    REASON_CONFERENCE = 98,
    REASON_NO_RETRIEVE = 434,
    REASON_NO_RETRIEVE_TO_PARKER = 450,
    REASON_BARGE = 114,
    BEHALF_PARK = 3,
    BEHALF_CONFERENCE = 4,
    BEHALF_TRANSFER = 10,
    BEHALF_IMMEDIATE_DIVERT = 14,
    BEHALF_BARGE = 15,
    BEHALF_PICKUP = 16,
};

static int64_t reason_of(const struct forward_hop *hop) {
    static const struct {
        sj_forward_reason reason;
        int64_t number;
    } numbers[] = {{SJ_FORWARD_REASON_BUSY, 1},           {SJ_FORWARD_REASON_NO_ANSWER, 2},
                   {SJ_FORWARD_REASON_ALL, 15},           {SJ_FORWARD_REASON_DEFLECTION, 18},
                   {SJ_FORWARD_REASON_UNREGISTERED, 178}, {SJ_FORWARD_REASON_DO_NOT_DISTURB, 242}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(hop->reason, forward_reason_text(numbers[i].reason)) == 0) {
            return numbers[i].number;
        }
    }
    if (strcmp(hop->reason, REASON_TEXT_PICKUP) == 0) {
        return REASON_PICKUP;
    }
    return 10; /* forwarded, as a Diversion header of elsewhere says with a reason of its own */
}

static const char *partition_of(const char *key) {
    const char *at = strchr(sj_or_empty(key), '@');
    return at != NULL ? at + 1 : "";
}

/* What a leg's device says of its user; "" for trunks and phones of nobody. */
static const char *user_of(const struct call_leg *leg) {
    const struct registration *registration =
        leg->trunk || leg->device_name == NULL
            ? NULL
            : registration_find(leg->manager->registrations, leg->device_name);
    return registration != NULL ? sj_or_empty(registration->device->login->user_id) : "";
}

struct party_texts {
    char address[64], number[DIGITS_MAX];
};

static void fill_party(sj_call_party *party, struct party_texts *texts,
                       const struct call_leg *leg) {
    if (leg->stands_in) {
        return;
    }
    (void)sj_address_format(&leg->flow.remote, texts->address, sizeof texts->address);
    party->partition = partition_of(leg->line_key);
    party->user_id = user_of(leg);
    party->device_name = sj_or_empty(leg->device_name);
    party->address = texts->address;
    party->media_address = leg->media.address;
    party->media_port = leg->media.port;
    party->codec = leg->media.codec;
    party->packet_ms = leg->media.packet_ms;
}

/* A user has said that it is malicious. */
static bool is_accused(const struct call_leg *leg) {
    return leg != NULL && leg->accuser[0] != '\0';
}

/* Who was reached last: who answered, else the one that is offered the call. */
static const struct call_leg *reached(const struct call *call) {
    if (call->answered != NULL) {
        return call->answered;
    }
    const struct call_leg *last = NULL;
    SJ_LIST_EACH(leg, &call->callees, struct call_leg, link_in_call) {
        last = leg;
    }
    return last;
}

/* The side that hung up has 16, or what it has said, and the other 0. A call that failed has its
 * cause at the side where it failed: the called one's where it was offered to somebody, else the
 * caller's. A caller that gives up has hung up. */
static void fill_causes(sj_call_recorded *event, const struct call *call,
                        const struct call_leg *who_left, int status) {
    const int said = call_said_cause(call, status);
    if (status < 300 || status == 487) {
        const bool by_callee = who_left != NULL && who_left->caller == call->redirection.turned;
        const int cause = said != 0 ? said : Q850_NORMAL;
        event->calling.cause = by_callee ? 0 : cause;
        event->called.cause = by_callee ? cause : 0;
        return;
    }
    const int cause = said != 0 ? said : q850_of_status(status);
    if (call->started) {
        event->called.cause = cause;
    } else {
        event->calling.cause = cause;
    }
}

/* The way on which numbers have sent the call here. */
static void fill_history(sj_call_recorded *event, const struct call *call) {
    const struct forward_history *history = &call->history;
    if (history->hops == NULL || history->count == 0) {
        return;
    }
    const struct forward_hop *first = &history->hops[0], *last = &history->hops[history->count - 1];
    event->original_called_number = call_told_hop(call->manager, first);
    event->original_called_partition = partition_of(first->key);
    event->original_redirect_reason = reason_of(first);
    event->last_redirecting_number = call_told_hop(call->manager, last);
    event->last_redirecting_partition = partition_of(last->key);
    event->last_redirect_reason = reason_of(last);
}

/* What a feature has done; where a number has sent the call on since, that is the last that has. */
static void fill_redirection(sj_call_recorded *event, const struct call *call) {
    const struct call_redirection *redirection = &call->redirection;
    if (redirection->by[0] == '\0') {
        return;
    }
    if (call->history.count <= redirection->hops) {
        event->last_redirecting_number = redirection->by;
        event->last_redirecting_partition = redirection->partition;
        event->last_redirect_reason = redirection->reason;
    }
    event->join_on_behalf_of = redirection->on_behalf_of;
    if (redirection->original_reason != 0) {
        event->original_redirect_reason = redirection->original_reason;
    }
}

/* Who was called, and by which number. */
static void fill_called(sj_call_recorded *event, const struct call *call) {
    const struct number_route *route = call->redirection.turned ? NULL : call->route;
    event->called.number = route != NULL              ? route->digits
                           : call->redirection.turned ? call->calling
                                                      : call->called;
    event->called.partition =
        route != NULL ? route->partition : sj_or_empty(event->called.partition);
    event->pattern = route != NULL ? route->pattern : "";
    event->original_called_number = event->called.number;
    event->original_called_partition = event->called.partition;
}

/* What who was reached last was sent. */
static void fill_outpulsed(sj_call_recorded *event, const struct call *call,
                           const struct call_leg *reached) {
    const bool turned = call->redirection.turned;
    const bool sent = !turned && reached != NULL && reached->outpulsed != NULL;
    event->outpulsed_calling_number = turned ? call->called
                                      : sent ? call_presentation_calling(call, reached)
                                             : call->calling;
    event->outpulsed_called_number = turned ? call->calling
                                     : sent ? reached->outpulsed->called
                                            : call->called;
}

/* Through which hunt pilot it has come, and at which member of its it has arrived. */
static void fill_hunt(sj_call_recorded *event, const struct call *call,
                      const struct call_leg *reached) {
    const char *member = hunt_member_on_record(call, reached);
    if (call->hunt == NULL) {
        return;
    }
    event->hunt_pilot_number = call->hunt->number;
    event->hunt_pilot_partition = call->hunt->partition;
    event->hunt_pilot_pattern = call->hunt->pattern;
    if (reached != NULL && member != NULL) {
        event->called.number = member;
        event->called.partition = partition_of(reached->line_key);
    }
}

/* What people are not told of a side whose party withholds it. */
static void withhold(sj_call_party *party, const char **outpulsed, bool recorded) {
    if (recorded) {
        party->withheld_number = party->number;
        party->withheld_outpulsed_number = *outpulsed;
        party->withheld_uri = party->uri;
        party->withheld_user_id = party->user_id;
    }
    party->number = *outpulsed = CALL_WITHHELD;
    party->uri = party->user_id = "";
}

/* Of a party that is called malicious everything is on record. */
static void be_discreet(sj_call_recorded *event, const struct call *call,
                        const struct call_leg *from, const struct call_leg *to) {
    const bool recorded = call_discretion_records(call->manager);
    const bool turned = call->redirection.turned;
    if (call_discretion_hides(call, !turned) && !is_accused(from)) {
        withhold(&event->calling, &event->outpulsed_calling_number, recorded);
    }
    if (call_discretion_hides(call, turned) && !is_accused(to)) {
        if (event->original_called_number == event->called.number) {
            event->original_called_number = "";
        }
        withhold(&event->called, &event->outpulsed_called_number, recorded);
    }
}

void call_record_publish(const struct call *call, sj_call_record_state state,
                         const struct call_leg *who_left, int status) {
    const struct call_manager *manager = call->manager;
    const bool turned = call->redirection.turned;
    const struct call_leg *callee = reached(call);
    const struct call_leg *from = turned ? callee : call->caller,
                          *to = turned ? call->caller : callee;
    struct party_texts calling, called;
    sj_call_recorded event;
    memset(&event, 0, sizeof event);
    event.call_id = call->id;
    event.trace_id = call->trace_id;
    event.state = state;
    event.began_ms = call->began_wall_ms;
    event.answered_ms = call->answered_wall_ms;
    if (from != NULL) {
        fill_party(&event.calling, &calling, from);
    }
    if (to != NULL) {
        fill_party(&event.called, &called, to);
    }
    event.calling.number = turned                              ? call->called
                           : call->original_calling[0] != '\0' ? call->original_calling
                                                               : call->calling;
    event.calling.uri = turned ? "" : call->calling_uri;
    fill_called(&event, call);
    fill_hunt(&event, call, callee);
    if (call->route != NULL) {
        event.authorization_code_name = call->route->codes.name;
        event.authorization_level = call->route->codes.level;
        event.client_matter_code = call->route->codes.matter;
    }
    fill_history(&event, call);
    fill_redirection(&event, call);
    fill_outpulsed(&event, call, callee);
    be_discreet(&event, call, from, to);
    event.encrypted = call->encrypted;
    event.malicious = is_accused(from) || is_accused(to);
    if (state == SJ_CALL_RECORD_STATE_ENDED) {
        event.ended_ms = sj_wall_ms(manager->scope);
        fill_causes(&event, call, who_left, status);
    }
    sj_publish_call_recorded(manager->scope, manager->call_recorded, &event);
}

/* A feature has parted its parties. */
static void split(struct call *call, bool same_call, int on_behalf_of) {
    const struct call_manager *manager = call->manager;
    sj_call_recorded event;
    memset(&event, 0, sizeof event);
    event.call_id = call->id;
    event.trace_id = call->trace_id;
    event.state = SJ_CALL_RECORD_STATE_SPLIT;
    event.ended_ms = sj_wall_ms(manager->scope);
    event.same_call = same_call;
    event.join_on_behalf_of = on_behalf_of;
    call->off_record = !same_call;
    call->began_wall_ms = call->answered_wall_ms = event.ended_ms;
    sj_publish_call_recorded(manager->scope, manager->call_recorded, &event);
}

void call_record_split(struct call *call, const struct call *into, bool diverted) {
    split(call, call == into, diverted ? BEHALF_IMMEDIATE_DIVERT : BEHALF_TRANSFER);
}

void call_record_transferred(bool part, struct call *call, const char *by, bool attended) {
    if (part) {
        call_record_split(call, call, false);
    }
    if (attended || call->redirection.by[0] == '\0') {
        call->redirection =
            (struct call_redirection){.reason = attended ? REASON_TRANSFER : REASON_BLIND_TRANSFER,
                                      .on_behalf_of = BEHALF_TRANSFER,
                                      .hops = call->history.count};
        (void)snprintf(call->redirection.by, sizeof call->redirection.by, "%s", by);
    }
    call_record_publish(call, SJ_CALL_RECORD_STATE_ANSWERED, NULL, 0);
}

static void swap(char *one, char *other, size_t room) {
    char kept[64];
    memcpy(kept, one, room);
    memcpy(one, other, room);
    memcpy(other, kept, room);
}

void call_record_parked(struct call *original, struct call *call) {
    swap(original->id, call->id, sizeof call->id);
    swap(original->trace_id, call->trace_id, sizeof call->trace_id);
    call->started = original->started;
    call->answered_ms = original->answered_ms;
    original->started = false;
    original->off_record = true;
    call_history_legs(original);
    call_history_legs(call);
    split(call, true, BEHALF_PARK);
    call->answered_wall_ms = 0;
}

static void redirect(struct call *call, const char *park_number, const char *partition,
                     struct call_redirection redirection) {
    call->redirection = redirection;
    call->redirection.on_behalf_of = BEHALF_PARK;
    call->redirection.hops = call->history.count;
    (void)snprintf(call->redirection.by, sizeof call->redirection.by, "%s", park_number);
    (void)snprintf(call->redirection.partition, sizeof call->redirection.partition, "%s",
                   partition);
    call->began_wall_ms = sj_wall_ms(call->manager->scope);
}

void call_record_retrieved(struct call *call, const char *park_number, const char *partition) {
    redirect(call, park_number, partition,
             (struct call_redirection){.reason = REASON_PARK_RETRIEVAL, .turned = true});
    call->answered_wall_ms = call->began_wall_ms;
    call_record_publish(call, SJ_CALL_RECORD_STATE_ANSWERED, NULL, 0);
}

void call_record_reverted(struct call *call, const char *park_number, const char *partition,
                          enum park_reversion reversion) {
    static const int reasons[] = {[PARK_REVERSION] = REASON_PARK_REVERSION,
                                  [PARK_NO_RETRIEVE] = REASON_NO_RETRIEVE,
                                  [PARK_NO_RETRIEVE_TO_PARKER] = REASON_NO_RETRIEVE_TO_PARKER};
    redirect(
        call, park_number, partition,
        (struct call_redirection){.original_reason = REASON_PARK, .reason = reasons[reversion]});
}

void call_record_picked_up(struct call *call, const struct number_route *rung, bool at_once) {
    if (at_once) {
        split(call, true, BEHALF_PICKUP);
    }
    call->redirection = (struct call_redirection){.original_reason = REASON_PICKUP,
                                                  .reason = REASON_PICKUP,
                                                  .on_behalf_of = BEHALF_PICKUP,
                                                  .hops = call->history.count};
    (void)snprintf(call->redirection.by, sizeof call->redirection.by, "%s", rung->digits);
    (void)snprintf(call->redirection.partition, sizeof call->redirection.partition, "%s",
                   rung->partition);
}

void call_record_conference(struct call *call) {
    call->redirection = (struct call_redirection){.original_reason = REASON_CONFERENCE,
                                                  .reason = REASON_CONFERENCE,
                                                  .on_behalf_of = BEHALF_CONFERENCE};
    (void)snprintf(call->redirection.by, sizeof call->redirection.by, "%s", call->called);
    call_record_publish(call, SJ_CALL_RECORD_STATE_OFFERED, NULL, 0);
    call_record_publish(call, SJ_CALL_RECORD_STATE_ANSWERED, NULL, 0);
}

void call_record_barged(struct call *call) {
    call->redirection = (struct call_redirection){
        .original_reason = REASON_BARGE, .reason = REASON_BARGE, .on_behalf_of = BEHALF_BARGE};
    (void)snprintf(call->redirection.by, sizeof call->redirection.by, "%s", call->route->digits);
    (void)snprintf(call->redirection.partition, sizeof call->redirection.partition, "%s",
                   call->route->partition);
}

void call_record_diverted(struct call *call, const char *number, const char *partition,
                          size_t hops) {
    call->redirection = (struct call_redirection){.original_reason = REASON_IMMEDIATE_DIVERT,
                                                  .reason = REASON_IMMEDIATE_DIVERT,
                                                  .on_behalf_of = BEHALF_IMMEDIATE_DIVERT,
                                                  .hops = hops};
    (void)snprintf(call->redirection.by, sizeof call->redirection.by, "%s", number);
    (void)snprintf(call->redirection.partition, sizeof call->redirection.partition, "%s",
                   partition);
}
