/* Which calls are parked where, and for how long. */
#include "calls/park.h"
#include "calls/call_callee.h"
#include "calls/call_delivery.h"
#include "calls/call_discretion.h"
#include "calls/call_join.h"
#include "calls/call_leg.h"
#include "calls/call_record.h"
#include "calls/call_watch.h"
#include "calls/kept_origin.h"
#include "calls/park_monitor.h"
#include "calls/transfer.h"
#include "core/refusals.h"
#include "dial_plan/park_numbers.h"
#include "events/call.h"
#include "parameters/call_manager.h"
#include "phones/registration_table.h"
#include "phones/remote_control.h"
#include "sip/release_cause.h"

#include <sojourn/base/hash.h>
#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

enum { AGAIN_MS = 1000, UNFINISHED_MAX = 2 /* numbers that ring at once for one device */ };

enum park_state {
    PARK_BEGINS,  /* the number is taken, and the party that is to wait is not there yet */
    PARK_WAITS,   /* it waits */
    PARK_REVERTS, /* it goes back: the number is free */
};

struct park {
    sj_map_link link; /* by number, but for PARK_REVERTS */
    struct call *call;
    enum park_state state;
    char number[DIGITS_MAX], partition[64];
    char device[130];             /* whose softkey it was; "": it was transferred */
    char destination[DIGITS_MAX]; /* where it goes back to */
    struct kept_origin *rights;   /* with these rights */
    struct wheel_timer timer;
    struct park_monitor *monitor; /* the phone is told what becomes of it; NULL: it is not */
    char line_key[130];           /* whose way on counts then: the parker's */
    uint64_t ends_ms;             /* monotonic: it goes that way */
};

static struct park *find(const struct call_manager *manager, const char *number,
                         const char *partition) {
    SJ_MAP_EACH_OF(park, &manager->parks, sj_hash_keyed_text(number), struct park, link) {
        if (strcmp(park->number, number) == 0 && strcmp(park->partition, partition) == 0) {
            return park;
        }
    }
    return NULL;
}

static bool is_taken(void *user, const char *number, const char *partition) {
    return find(user, number, partition) != NULL;
}

static void count(struct call_manager *manager) {
    sj_metric_set(manager->scope, manager->metric_parked, (double)manager->parks.count);
}

static void start_timer(struct park *park, uint64_t after_ms,
                        void (*run)(struct wheel_timer *timer)) {
    struct call_manager *manager = park->call->manager;
    timer_wheel_start(&manager->fast.wheel, &park->timer, sj_monotonic_ms(manager->scope), after_ms,
                      run);
}

/* Takes the number for the call. NULL: no memory. */
static struct park *take_number(struct call *call, const char *number, const char *partition) {
    struct call_manager *manager = call->manager;
    struct park *park = calloc(1, sizeof *park);
    if (park == NULL) {
        return NULL;
    }
    park->call = call;
    (void)snprintf(park->number, sizeof park->number, "%s", number);
    (void)snprintf(park->partition, sizeof park->partition, "%s", partition);
    sj_map_add(&manager->parks, &park->link, sj_hash_keyed_text(number));
    call->park = park;
    count(manager);
    return park;
}

void park_key(const char *number, const char *partition, char key[130]) {
    (void)snprintf(key, 130, "%s%s%s", number, partition[0] == '\0' ? "" : "@", partition);
}

bool park_waits(const struct call_manager *manager, const char *key) {
    char number[DIGITS_MAX];
    const char *at = strchr(key, '@');
    const size_t length = at == NULL ? strlen(key) : (size_t)(at - key);
    (void)snprintf(number, sizeof number, "%.*s", (int)length, key);
    const struct park *park = find(manager, number, at == NULL ? "" : at + 1);
    return park != NULL && park->state == PARK_WAITS;
}

/* Whoever watches the number is told that a call waits there, or none does any more. */
static void show_number(const struct park *park) {
    struct call_manager *manager = park->call->manager;
    char key[130];
    park_key(park->number, park->partition, key);
    manager->watch->number_changed(manager, key);
}

static void leave_number(struct park *park) {
    struct call_manager *manager = park->call->manager;
    timer_wheel_stop(&manager->fast.wheel, &park->timer);
    if (park->state != PARK_REVERTS) {
        (void)sj_map_remove(&manager->parks, &park->link);
        count(manager);
        show_number(park);
    }
}

static void tell(const struct park *park, enum park_notice notice) {
    if (park->monitor != NULL) {
        const uint64_t now_ms = sj_monotonic_ms(park->call->manager->scope);
        park_monitor_tell(park->monitor, notice,
                          park->ends_ms > now_ms ? (park->ends_ms - now_ms) / 1000 : 0);
    }
}

void park_forget(struct call *call) {
    struct park *park = call->park;
    if (park != NULL) {
        leave_number(park);
        tell(park, park->state == PARK_BEGINS ? PARK_NOTICE_ERROR : PARK_NOTICE_ABANDONED);
        park_monitor_free(park->monitor);
        kept_origin_free(park->rights);
        free(park);
        call->park = NULL;
    }
}

/* A leg without a dialog is who is called, and has answered. False: no memory. */
static bool occupy(struct call *call) {
    struct call_manager *manager = call->manager;
    if (!call_leg_stand_in(call)) {
        return false;
    }
    call->answered_ms = (int64_t)sj_monotonic_ms(manager->scope);
    call->at_phones = false;
    (void)snprintf(call->called, sizeof call->called, "%s", call->park->number);
    (void)snprintf(call->called_name, sizeof call->called_name, "Call Park");
    timer_wheel_stop(&manager->fast.wheel, &call->expiry);
    timer_wheel_stop(&manager->fast.wheel, &call->park->timer);
    call_watch(call);
    return true;
}

void park_begin(struct call *call) {
    if (occupy(call)) {
        transfer_answered_here(call);
    } else {
        call_end(call, NULL, 503, "Out of memory");
    }
}

/* ---- a call reaches a park number ---- */

static void not_transferred(struct wheel_timer *timer) {
    call_end(SJ_OWNER(timer, struct park, timer)->call, NULL, 480,
             "The call was not transferred to the park number");
}

/* How many numbers are taken by calls of that device that have not been transferred. */
static unsigned count_unfinished(const struct call_leg *caller) {
    unsigned count = 0;
    SJ_LIST_EACH(call, &caller->manager->calls, struct call, link) {
        if (call->park != NULL && call->park->state == PARK_BEGINS && call->transfer == NULL &&
            strcmp(call->caller->device_name, caller->device_name) == 0) {
            count++;
        }
    }
    return count;
}

static void refuse_more(struct call *call, const char *number) {
    const struct call_leg *caller = call->caller;
    char why[200];
    (void)snprintf(why, sizeof why, "%s has dialled %d park numbers without a transfer to them",
                   caller->device_name, UNFINISHED_MAX);
    (void)refusals_note(call->manager, REFUSED_FEATURE, &caller->flow,
                        "park number %s is not given: %s", number, why);
    call_end(call, NULL, 486, why);
}

static void park_here(struct call *call, const char *number, const char *partition) {
    char why[120];
    if (find(call->manager, number, partition) != NULL) {
        (void)snprintf(why, sizeof why, "Park number %s is taken", number);
        call_end(call, NULL, 486, why);
        return;
    }
    if (call->transfer == NULL && count_unfinished(call->caller) >= UNFINISHED_MAX) {
        refuse_more(call, number);
        return;
    }
    struct park *park = take_number(call, number, partition);
    if (park == NULL) {
        call_end(call, NULL, 503, "Out of memory");
    } else if (call->transfer != NULL) {
        park_begin(call);
    } else {
        start_timer(park, (uint64_t)sj_param_ccm_t301_timer(call->manager->scope) * 1000,
                    not_transferred);
        call_leg_answer(call->caller, 180, "", NULL);
    }
}

static void retrieve(struct call *call, const char *number, const char *partition) {
    struct park *park = find(call->manager, number, partition);
    char why[120];
    if (park == NULL) {
        (void)snprintf(why, sizeof why, "No call is parked at %s", number);
        call_end(call, NULL, 404, why);
    } else if (park->state != PARK_WAITS || park->call->transfer != NULL) {
        (void)snprintf(why, sizeof why, "The call parked at %s is being taken", number);
        call_end(call, NULL, 486, why);
    } else if (!transfer_replace(call->caller, park->call->answered)) {
        call_end(call, NULL, 503, "Out of memory");
    }
}

void park_delivered(struct call *call) {
    char number[DIGITS_MAX], partition[64];
    const struct number_route *route = call->route;
    (void)snprintf(number, sizeof number, "%s", route->feature_number);
    (void)snprintf(partition, sizeof partition, "%s", route->partition);
    if (route->feature == DIGIT_PARK_RETRIEVAL && call->transfer != NULL) {
        call_end(call, NULL, 486, "A parked call is retrieved by dialling, not by a transfer");
    } else if (route->feature == DIGIT_PARK_RETRIEVAL ||
               (route->feature == DIGIT_CALL_PARK && call->transfer == NULL)) {
        retrieve(call, number, partition);
    } else {
        park_here(call, number, partition);
    }
}

/* ---- by softkey ---- */

static int free_number(struct call_manager *manager, const struct call_origin *rights,
                       char number[DIGITS_MAX], char partition[64], const char **why) {
    const struct number_caller caller = call_number_caller(manager, rights);
    const struct moment moment = {caller.utc_s, caller.device_pool};
    struct visible_partitions visible;
    const char *found = "";
    bool some = false;
    *why = "Out of memory";
    if (visible_partitions_lay_out(&manager->plan, caller.spaces, &moment, &visible) != SJ_OK) {
        return 503;
    }
    const bool free_one =
        park_numbers_free(&manager->plan, &visible, is_taken, manager, number, &found, &some);
    (void)snprintf(partition, 64, "%s", found);
    visible_partitions_free(&visible);
    *why = some ? "All call park numbers are taken" : "No call park number is within reach";
    return free_one ? 0 : some ? 503 : 603;
}

int park_softkey_judge(struct call_manager *manager, const struct call_origin *origin,
                       const char **why) {
    char number[DIGITS_MAX], partition[64];
    return free_number(manager, origin, number, partition, why);
}

/* Why a call cannot be parked as it is now; NULL: it can. */
static const char *hindrance(const struct call_leg *parker) {
    const struct call_leg *other = call_leg_other(parker);
    return other == NULL || parker->state != LEG_CONFIRMED || other->state != LEG_CONFIRMED
               ? "The call has not been answered"
           : other->stands_in               ? "The call is parked"
           : parker->call->transfer != NULL ? "A transfer of this call is under way"
                                            : NULL;
}

/* `request` NULL: without monitoring. */
static bool keep_parker(struct park *park, const struct call_leg *parker,
                        const struct sip_message *request) {
    (void)snprintf(park->device, sizeof park->device, "%s", parker->device_name);
    (void)snprintf(park->line_key, sizeof park->line_key, "%s", sj_or_empty(parker->line_key));
    if (request != NULL) {
        park->monitor =
            park_monitor_new(parker->manager, request, parker->device_name, park->number);
    }
    return request == NULL || park->monitor != NULL;
}

/* A refusal tells all. */
static void give_up(struct call *call) {
    if (call != NULL && call->park != NULL) {
        park_monitor_free(call->park->monitor);
        call->park->monitor = NULL;
    }
    if (call != NULL) {
        call_free(call);
    }
}

static int park_by(struct call_leg *parker, const struct sip_message *request, const char **why) {
    struct call_manager *manager = parker->manager;
    struct call_origin rights;
    char number[DIGITS_MAX], partition[64];
    sj_error error;
    if ((*why = hindrance(parker)) != NULL) {
        return 491;
    }
    *why = "The phone is no longer registered";
    if (call_origin_of_party(manager, parker, &rights, &error) != SJ_OK) {
        return 403;
    }
    const int status = free_number(manager, &rights, number, partition, why);
    if (status != 0) {
        return status;
    }
    struct call *call = manager->call_count >= (size_t)sj_param_ccm_maximum_calls(manager->scope)
                            ? NULL
                            : transfer_call_for(call_leg_other(parker), number);
    struct park *park = call == NULL ? NULL : take_number(call, number, partition);
    if (park == NULL || !keep_parker(park, parker, request) ||
        !transfer_begin(parker, call->caller, &rights, NULL, TRANSFER_BLIND, true) ||
        !occupy(call)) {
        give_up(call);
        *why = "The call cannot be parked now";
        return 503;
    }
    transfer_answered_here(call);
    return 0;
}

int park_by_softkey(struct call_leg *parker, const char **why) {
    return park_by(parker, NULL, why);
}

int park_monitored(struct call_leg *parker, const struct sip_message *request, const char **why) {
    return park_by(parker, request, why);
}

/* What the phone shows (phones.md: byte 0x80 and a sign stand for a text of its own language). */
static void show(const struct park *park, const char *text) {
    struct call_manager *manager = park->call->manager;
    const struct registration *phone =
        park->device[0] == '\0' ? NULL : registration_find(manager->registrations, park->device);
    if (phone != NULL) {
        remote_control_show(manager, phone, text,
                            sj_param_ccm_call_park_display_timer(manager->scope));
    }
}

void park_failed(const struct call *call) {
    if (call->park != NULL && call->park->state == PARK_BEGINS) {
        show(call->park, PARK_FAILED_TEXT);
        tell(call->park, PARK_NOTICE_ERROR);
    }
}

/* ---- it waits ---- */

/* Where it goes back to: what a directed call park number says, or whoever parked it. */
static void keep_way_back(struct park *park, const struct park_exchange *exchange) {
    const struct call_manager *manager = park->call->manager;
    const struct number_route *route = park->call->route;
    char key[130] = "";
    if (route != NULL && route->feature == DIGIT_DIRECTED_CALL_PARK) {
        park_key(route->pattern, route->partition, key);
    }
    const sj_directed_call_park *record =
        dial_plan_get(&manager->plan, PLAN_DIRECTED_CALL_PARK, key);
    const bool own = record != NULL && record->reversion_number[0] != '\0';
    struct call_origin origin = {.forwarded = true};
    if (own) {
        calling_search_spaces_of_phone(record->reversion_calling_search_space, "", &origin.spaces);
    } else if (exchange->rights != NULL) {
        origin.spaces = exchange->rights->spaces;
    }
    (void)snprintf(park->destination, sizeof park->destination, "%s",
                   own ? record->reversion_number : exchange->number);
    park->rights = kept_origin_new(&origin);
}

static void publish_reverted(const struct park *park, const char *destination) {
    const struct call *call = park->call;
    char shown[DIGITS_MAX];
    const sj_call_park_reverted event = {
        .call_id = call->id,
        .park_number = park->number,
        .partition = park->partition,
        .destination = dial_codes_shown(&call->manager->plan, destination, shown),
        .parked_number = call_told_caller(call),
        .trace_id = call->trace_id};
    sj_publish_call_park_reverted(call->manager->scope, call->manager->call_park_reverted, &event);
}

static uint64_t reversion_ms(const struct call *call) {
    return (uint64_t)sj_param_ccm_call_park_reversion_timer(call->manager->scope) * 1000;
}

/* Where it goes when nobody takes it. */
struct way_out {
    const char *destination;
    const struct call_origin *rights; /* NULL: none are left */
    struct call_origin own;
    enum park_reversion reversion;
};

/* As it is configured now: with monitoring the parker's number may name a destination. */
static void find_way_out(struct park *park, struct way_out *way) {
    struct call_manager *manager = park->call->manager;
    const sj_directory_number *line =
        park->monitor == NULL ? NULL : dial_plan_directory_number(&manager->plan, park->line_key);
    const bool external = park->call->external;
    const char *destination = line == NULL ? ""
                              : external
                                  ? sj_or_empty(line->forward_no_retrieve_external_destination)
                                  : sj_or_empty(line->forward_no_retrieve_internal_destination);
    memset(way, 0, sizeof *way);
    if (destination[0] != '\0') {
        way->own.forwarded = true;
        calling_search_spaces_of_phone(
            external ? line->forward_no_retrieve_external_calling_search_space
                     : line->forward_no_retrieve_internal_calling_search_space,
            "", &way->own.spaces);
        way->destination = destination;
        way->rights = &way->own;
        way->reversion = PARK_NO_RETRIEVE;
        return;
    }
    way->destination = park->destination;
    way->rights = park->rights == NULL ? NULL : kept_origin_find(manager, park->rights);
    way->reversion = park->monitor == NULL ? PARK_REVERSION : PARK_NO_RETRIEVE_TO_PARKER;
}

static void revert(struct wheel_timer *timer) {
    struct park *park = SJ_OWNER(timer, struct park, timer);
    struct call *call = park->call;
    char shown[DIGITS_MAX];
    struct way_out way;
    if (call->transfer != NULL || call_join_restores(call)) { /* somebody is taking it, or was */
        start_timer(park, AGAIN_MS, revert);
        return;
    }
    find_way_out(park, &way);
    if (way.rights != NULL && !call_delivery_finds(call, way.rights, way.destination)) {
        call_trace(call,
                   "nobody has taken the call parked at %s, and nobody can be rung at %s: it stays",
                   park->number, dial_codes_shown(&call->manager->plan, way.destination, shown));
        start_timer(park, reversion_ms(call), revert);
        return;
    }
    leave_number(park);
    park->state = PARK_REVERTS;
    call_trace(call, "nobody has taken the call parked at %s: it goes to %s", park->number,
               dial_codes_shown(&call->manager->plan, way.destination, shown));
    publish_reverted(park, way.destination);
    tell(park, PARK_NOTICE_FORWARDED);
    call_watch_end(call);
    call->answered = NULL;
    call_drop_callees(call, REASON_NO_ANSWER);
    if (way.rights == NULL || !transfer_return(call->caller, park->number)) {
        call_end(call, NULL, 503, "Out of memory");
        return;
    }
    call_record_reverted(call, park->number, park->partition, way.reversion);
    call_delivery_again(call, way.rights, way.destination);
}

/* ---- the phone that has parked it is reminded ---- */

static void remind(struct wheel_timer *timer);

static void remind_after(struct park *park, uint64_t after_ms) {
    const uint64_t now_ms = sj_monotonic_ms(park->call->manager->scope);
    const uint64_t left_ms = park->ends_ms > now_ms ? park->ends_ms - now_ms : 0;
    if (after_ms < left_ms) {
        start_timer(park, after_ms, remind);
    } else {
        start_timer(park, left_ms, revert);
    }
}

static void remind(struct wheel_timer *timer) {
    struct park *park = SJ_OWNER(timer, struct park, timer);
    const int64_t again_s =
        sj_param_ccm_park_monitoring_periodic_reversion_timer(park->call->manager->scope);
    call_trace(park->call, "%s is reminded of the call parked at %s", park->device, park->number);
    tell(park, PARK_NOTICE_REMINDER);
    remind_after(park, again_s == 0 ? UINT64_MAX : (uint64_t)again_s * 1000);
}

static void begin_monitoring(struct park *park) {
    const struct call_manager *manager = park->call->manager;
    const sj_directory_number *line = dial_plan_directory_number(&manager->plan, park->line_key);
    const int64_t first_s = line != NULL && line->park_monitoring_reversion_timer > 0
                                ? line->park_monitoring_reversion_timer
                                : sj_param_ccm_park_monitoring_reversion_timer(manager->scope);
    const int64_t last_s =
        first_s + sj_param_ccm_park_monitoring_forward_no_retrieve_timer(manager->scope);
    park->ends_ms = sj_monotonic_ms(manager->scope) + (uint64_t)last_s * 1000;
    tell(park, PARK_NOTICE_PARKED);
    remind_after(park, (uint64_t)first_s * 1000);
}

static void parked(struct park *park, const struct park_exchange *exchange) {
    struct call *call = park->call;
    const sj_call_parked event = {.call_id = call->id,
                                  .park_number = park->number,
                                  .partition = park->partition,
                                  .parking_device = exchange->device,
                                  .parking_number = exchange->told,
                                  .parked_number = call_told_caller(call),
                                  .trace_id = call->trace_id};
    char text[DIGITS_MAX + 4];
    keep_way_back(park, exchange);
    park->state = PARK_WAITS;
    show_number(park);
    call_trace(call, "%s is parked at %s by %s", call_told_caller(call), park->number,
               exchange->device);
    sj_publish_call_parked(call->manager->scope, call->manager->call_parked, &event);
    call_record_publish(call, SJ_CALL_RECORD_STATE_OFFERED, NULL, 0);
    (void)snprintf(text, sizeof text, PARKED_AT_TEXT "%s", park->number);
    show(park, text);
    if (park->monitor != NULL) {
        begin_monitoring(park);
    } else {
        start_timer(park, reversion_ms(call), revert);
    }
}

static void retrieved(struct park *park, const struct call_leg *retriever) {
    struct call *call = park->call;
    const sj_call_park_retrieved event = {.call_id = call->id,
                                          .park_number = park->number,
                                          .partition = park->partition,
                                          .retrieving_device = retriever->device_name,
                                          .retrieving_number = call_told_called(call),
                                          .parked_number = call_told_caller(call),
                                          .trace_id = call->trace_id};
    call_trace(call, "%s of %s has taken the call parked at %s", call_told_called(call),
               retriever->device_name, park->number);
    sj_publish_call_park_retrieved(call->manager->scope, call->manager->call_park_retrieved,
                                   &event);
    tell(park, PARK_NOTICE_RETRIEVED);
    call_record_retrieved(call, park->number, park->partition);
}

void park_exchanged(struct call *call, const struct park_exchange *exchange) {
    struct park *park = call->park;
    if (park->state == PARK_BEGINS) {
        parked(park, exchange);
        return;
    }
    if (park->state == PARK_WAITS) {
        retrieved(park, exchange->came);
    }
    park_forget(call);
}
