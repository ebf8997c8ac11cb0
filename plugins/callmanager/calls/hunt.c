/* The course of a hunt. Members are rung by call_delivery, as the phones of a number are; what
 * comes of it comes back here, also while an attempt is still being made, so that thousands of
 * members who cannot be called take no more stack than one. */
#include "calls/hunt.h"
#include "calls/call_delivery.h"
#include "calls/hunt_members.h"
#include "events/hunt.h"
#include "parameters/call_manager.h"
#include "phones/hunt_login.h"
#include "phones/registration_table.h"
#include "sip/header_values.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

static const sj_hunt_pilot *pilot_of(const struct hunt *hunt) {
    return dial_plan_hunt_pilot(&hunt->call->manager->plan, hunt->pattern, hunt->partition);
}

static void view(const struct hunt *hunt, struct hunt_view *seen, struct hunt_source *source) {
    const struct call *call = hunt->call;
    *seen =
        (struct hunt_view){.manager = call->manager,
                           .caller_device = call->caller->trunk ? "" : call->caller->device_name};
    hunt_view_of(seen, pilot_of(hunt), source);
}

bool hunt_goes_on(const struct call *call) {
    return call->hunt != NULL && !call->hunt->answered;
}

void hunt_forget(struct call *call) {
    struct hunt *hunt = call->hunt;
    if (hunt != NULL) {
        if (sj_list_linked(&hunt->link)) {
            sj_list_remove(&hunt->link);
        }
        timer_wheel_stop(&call->manager->fast.wheel, &hunt->limit);
        hunt_walk_clear(&hunt->walk);
        free(hunt);
        call->hunt = NULL;
    }
}

/* ---- nobody has answered ---- */

static void publish_exhausted(const struct hunt *hunt, enum hunt_failure failure,
                              const struct forward_decision *decision) {
    struct call_manager *manager = hunt->call->manager;
    static const sj_call_hunt_exhausted_reason reasons[] = {
        [HUNT_NOTHING] = SJ_CALL_HUNT_EXHAUSTED_REASON_NOT_AVAILABLE,
        [HUNT_NOT_AVAILABLE] = SJ_CALL_HUNT_EXHAUSTED_REASON_NOT_AVAILABLE,
        [HUNT_NO_BANDWIDTH] = SJ_CALL_HUNT_EXHAUSTED_REASON_NO_BANDWIDTH,
        [HUNT_BUSY] = SJ_CALL_HUNT_EXHAUSTED_REASON_BUSY,
        [HUNT_NO_ANSWER] = SJ_CALL_HUNT_EXHAUSTED_REASON_NO_ANSWER};
    char shown[DIGITS_MAX];
    const sj_call_hunt_exhausted event = {
        .call_id = hunt->call->id,
        .hunt_pilot = hunt->number,
        .partition = hunt->partition,
        .reason = reasons[failure],
        .destination = dial_codes_shown(
            &manager->plan, decision->action == FORWARD_ON ? decision->destination : "", shown),
        .trace_id = hunt->call->trace_id};
    sj_metric_add(manager->scope, manager->metric_hunt_exhausted, 1);
    sj_publish_call_hunt_exhausted(manager->scope, manager->call_hunt_exhausted, &event);
}

static void end(struct hunt *hunt, enum hunt_failure failure, bool listed) {
    struct call *call = hunt->call;
    const sj_hunt_pilot *pilot = pilot_of(hunt);
    const struct forward_decision decision = hunt_overflow(
        &call->manager->plan, pilot, failure, &call->history, call->external, call->caller->trunk);
    sj_error why;
    timer_wheel_stop(&call->manager->fast.wheel, &hunt->limit);
    publish_exhausted(hunt, failure, &decision);
    hunt_failure_explain(failure, hunt->number, listed ? "" : NULL, &why);
    if (decision.action != FORWARD_ON) {
        free(call->shortage); /* that of one member */
        call->shortage = failure == HUNT_NO_BANDWIDTH ? strdup(why.text) : NULL;
        call_end(call, NULL, decision.status, why.text);
        return;
    }
    struct forward_hop hop;
    hunt_hop(pilot, hunt->number, decision.reason, &hop);
    call_trace(call, "%s", why.text);
    hunt_forget(call);
    call_delivery_forward(call, &hop, &decision);
}

static void limit_reached(struct wheel_timer *timer) {
    struct hunt *hunt = SJ_OWNER(timer, struct hunt, limit);
    call_trace(hunt->call, "the Maximum Hunt Timer of %s ends the hunt", hunt->number);
    end(hunt, HUNT_NO_ANSWER, true);
}

/* ---- ringing ---- */

/* Notes who rings, so that circular groups go on behind them. */
static void note_attempt(struct hunt *hunt, const struct hunt_view *seen,
                         const struct hunt_attempt *attempt, const sj_line_group *group) {
    struct call_manager *manager = hunt->call->manager;
    const char *member = attempt->all ? "" : group->members[attempt->member];
    (void)snprintf(hunt->line_group, sizeof hunt->line_group, "%s", group->name);
    (void)snprintf(hunt->member, sizeof hunt->member, "%s", member);
    (void)snprintf(hunt->member_number, sizeof hunt->member_number, "%s",
                   attempt->all ? "" : manager->target_scratch[0].called);
    if (!attempt->all) {
        hunt_member_offered(manager, group->name, member);
    }
    for (size_t i = 0; attempt->all && i < group->members_count; i++) {
        struct number_reach reach;
        if (hunt_member_rings(hunt_view_state(seen, group->members[i], &reach),
                              group->distribution)) {
            hunt_member_offered(manager, group->name, group->members[i]);
        }
    }
    const sj_call_hunted event = {.call_id = hunt->call->id,
                                  .hunt_pilot = hunt->number,
                                  .partition = hunt->partition,
                                  .hunt_list = seen->list->name,
                                  .line_group = group->name,
                                  .member = member,
                                  .trace_id = hunt->call->trace_id};
    sj_publish_call_hunted(manager->scope, manager->call_hunted, &event);
    call_trace(hunt->call, "line group %s rings %s for %lld s", group->name,
               attempt->all ? "all its members" : member, (long long)group->rna_reversion_timeout);
}

/* What has come of it: HUNT_NOTHING while it rings. */
static enum hunt_failure attempt_made(struct hunt *hunt, const struct hunt_view *seen,
                                      const struct hunt_attempt *attempt) {
    struct call *call = hunt->call;
    const sj_line_group *group = hunt_view_group(seen, attempt->group);
    const size_t count = hunt_attempt_targets(seen, attempt);
    if (count == 0) { /* it has changed since it was looked at */
        return HUNT_NOT_AVAILABLE;
    }
    note_attempt(hunt, seen, attempt, group);
    hunt->failed = HUNT_NOTHING;
    hunt->attempting = true;
    const bool made = call_delivery_ring(call, call->manager->target_scratch, count,
                                         group->rna_reversion_timeout);
    hunt->attempting = false;
    return made ? hunt->failed : HUNT_NOT_AVAILABLE;
}

static void go_on(struct hunt *hunt, enum hunt_failure last) {
    struct hunt_view seen;
    struct hunt_source source;
    struct hunt_attempt attempt;
    view(hunt, &seen, &source);
    while (hunt_walk_next(&hunt->walk, &source, last, &attempt)) {
        last = attempt_made(hunt, &seen, &attempt);
        if (last == HUNT_NOTHING) {
            return;
        }
    }
    end(hunt, hunt->walk.failure, seen.list != NULL);
}

void hunt_begin(struct call *call) {
    struct call_manager *manager = call->manager;
    const struct number_route *route = call->route;
    const sj_hunt_pilot *pilot =
        dial_plan_hunt_pilot(&manager->plan, route->pattern, route->partition);
    hunt_forget(call);
    struct hunt *hunt = calloc(1, sizeof *hunt);
    if (hunt == NULL || pilot == NULL) {
        free(hunt);
        call_end(call, NULL, 503, "Out of memory");
        return;
    }
    call->hunt = hunt;
    hunt->call = call;
    (void)snprintf(hunt->number, sizeof hunt->number, "%s", route->digits);
    (void)snprintf(hunt->pattern, sizeof hunt->pattern, "%s", route->pattern);
    (void)snprintf(hunt->partition, sizeof hunt->partition, "%s", route->partition);
    (void)snprintf(hunt->name, sizeof hunt->name, "%s", sj_or_empty(pilot->alerting_name));
    (void)snprintf(call->called_name, sizeof call->called_name, "%s", hunt->name);
    call->number_key[0] = '\0';
    hunt->shows_member = pilot->display_member_as_connected_party;
    sj_list_add_last(&manager->hunting->hunts, &hunt->link);
    sj_metric_add(manager->scope, manager->metric_hunted, 1);
    timer_wheel_start(&manager->fast.wheel, &hunt->limit, sj_monotonic_ms(manager->scope),
                      (uint64_t)pilot->maximum_hunt_timer * 1000, limit_reached);
    go_on(hunt, HUNT_NOTHING);
}

static void failed(struct hunt *hunt, enum hunt_failure failure) {
    if (hunt->attempting) {
        hunt->failed = failure;
    } else {
        go_on(hunt, failure);
    }
}

void hunt_refused(struct call *call, int status) {
    failed(call->hunt, status == 486 || status == 600 || status == 603 ? HUNT_BUSY
                       : status == 503 && call->shortage != NULL       ? HUNT_NO_BANDWIDTH
                                                                       : HUNT_NOT_AVAILABLE);
}

/* ---- no answer, an answer ---- */

/* Whether it has rung anywhere; the phones that did are logged out where the group says so. */
static bool rang(struct hunt *hunt) {
    struct call *call = hunt->call;
    const sj_line_group *group =
        dial_plan_get(&call->manager->plan, PLAN_LINE_GROUP, hunt->line_group);
    const bool log_out =
        group != NULL && group->automatically_log_out_on_no_answer && hunt->member[0] != '\0';
    bool any = false;
    SJ_LIST_EACH(leg, &call->callees, struct call_leg, link_in_call) {
        if (leg->state == LEG_RINGING) {
            any = true;
            if (log_out) {
                hunt_login_set(call->manager, leg->device_name, false, true);
            }
        }
    }
    return any;
}

void hunt_not_answered(struct call *call) {
    go_on(call->hunt, rang(call->hunt) ? HUNT_NO_ANSWER : HUNT_NOT_AVAILABLE);
}

static void stop(struct hunt *hunt) {
    hunt->answered = true;
    timer_wheel_stop(&hunt->call->manager->fast.wheel, &hunt->limit);
    sj_list_remove(&hunt->link);
    hunt_walk_clear(&hunt->walk);
}

bool hunt_leave(struct call *call, struct forward_hop *hop) {
    struct hunt *hunt = call->hunt;
    const sj_hunt_pilot *pilot = pilot_of(hunt);
    stop(hunt);
    hunt->member[0] = hunt->member_number[0] = '\0';
    if (pilot != NULL) {
        hunt_hop(pilot, hunt->number, SJ_FORWARD_REASON_DEFLECTION, hop);
        (void)snprintf(hop->reason, sizeof hop->reason, "unknown");
    }
    return pilot != NULL;
}

void hunt_answered(struct call *call, const struct call_leg *leg) {
    struct hunt *hunt = call->hunt;
    struct call_manager *manager = call->manager;
    const struct device_line *line =
        leg->line_key == NULL ? NULL
                              : registration_lines(manager->registrations, leg->line_key, NULL);
    stop(hunt);
    if (line == NULL) {
        return;
    }
    (void)snprintf(hunt->member, sizeof hunt->member, "%s", leg->line_key);
    (void)snprintf(hunt->member_number, sizeof hunt->member_number, "%s", line_number(line));
    hunt_member_answered(manager, leg->line_key);
    const sj_directory_number *number = dial_plan_directory_number(&manager->plan, leg->line_key);
    if (hunt->shows_member && number != NULL) {
        (void)snprintf(call->called, sizeof call->called, "%s", line_number(line));
        (void)snprintf(call->called_name, sizeof call->called_name, "%s",
                       sj_or_empty(number->alerting_name));
        (void)snprintf(call->number_key, sizeof call->number_key, "%s", leg->line_key);
    }
}

/* ---- what others say of it ---- */

const char *hunt_member_on_record(const struct call *call, const struct call_leg *leg) {
    const struct hunt *hunt = call->hunt;
    return hunt != NULL && leg != NULL && leg->line_key != NULL && hunt->member_number[0] != '\0' &&
                   strcmp(leg->line_key, hunt->member) == 0 &&
                   sj_param_ccm_show_line_group_member_dn_in_final_called_party_number(
                       call->manager->scope)
               ? hunt->member_number
               : NULL;
}

static void put_pilot(struct sip_writer *writer, const struct hunt *hunt, const char *own_host) {
    sip_put(writer, "<sip:");
    sip_put_user(writer, hunt->number);
    sip_put(writer, "@");
    sip_put_host(writer, own_host, 0);
    sip_put(writer, ">");
}

/* The name as it stands within a quoted parameter: what is no letter, digit or blank of ASCII is
 * escaped as in a URI. */
static void put_name_within(struct sip_writer *writer, const char *name) {
    sip_put(writer, "%22");
    sip_put_user(writer, name);
    sip_put(writer, "%22 ");
}

void hunt_put_headers(struct sip_writer *writer, const struct hunt *hunt, bool cisco,
                      const char *own_host) {
    if (cisco) {
        sip_put(writer, "Call-Info: <urn:x-cisco-remotecc:callinfo>; huntpiloturi=\"");
        if (hunt->name[0] != '\0') {
            put_name_within(writer, hunt->name);
        }
        put_pilot(writer, hunt, own_host);
        sip_put(writer, "\"\r\n");
    }
    sip_put(writer, "Diversion: ");
    sip_put_display(writer, hunt->name);
    put_pilot(writer, hunt, own_host);
    sip_put(writer, ";reason=unknown;counter=1;privacy=off;screen=yes\r\n");
}
