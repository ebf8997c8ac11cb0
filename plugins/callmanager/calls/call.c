/* Makes, ends and frees calls, and says so: events, metric, trace. */
#include "calls/call.h"
#include "calls/call_admission.h"
#include "calls/call_analysis.h"
#include "calls/call_back.h"
#include "calls/call_callee.h"
#include "calls/call_codes.h"
#include "calls/call_discretion.h"
#include "calls/call_history.h"
#include "calls/call_join.h"
#include "calls/call_leg.h"
#include "calls/call_record.h"
#include "calls/call_relay.h"
#include "calls/call_watch.h"
#include "calls/conference.h"
#include "calls/digit_collection.h"
#include "calls/hunt.h"
#include "calls/music.h"
#include "calls/park.h"
#include "calls/pickup.h"
#include "calls/pickup_alert.h"
#include "calls/transfer.h"
#include "events/call.h"
#include "sip/release_cause.h"

#include <stdio.h>
#include <stdlib.h>

void call_trace(const struct call *call, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    sj_trace(call->manager->scope, call->trace_id, "%s", text);
    call_history_step(call, text);
}

struct call *call_new(struct call_manager *manager) {
    struct call *call = calloc(1, sizeof *call);
    if (call == NULL) {
        return NULL;
    }
    call->manager = manager;
    call->began_wall_ms = sj_wall_ms(manager->scope);
    call_manager_token(manager, call->id);
    call_manager_token(manager, call->trace_id);
    call_manager_token(manager, call->trace_id + 16);
    sj_list_add_first(&manager->calls, &call->link);
    manager->call_count++;
    sj_metric_set(manager->scope, manager->metric_active_calls, (double)manager->call_count);
    return call;
}

void call_free(struct call *call) {
    struct call_manager *manager = call->manager;
    transfer_forget(call);
    call_join_restore_drop(call);
    music_forget(call);
    conference_forget(call);
    park_forget(call);
    hunt_forget(call);
    pickup_forget(call);
    digit_collection_forget(call);
    call_codes_forget(call);
    pickup_alert_end(call);
    timer_wheel_stop(&manager->fast.wheel, &call->ring);
    timer_wheel_stop(&manager->fast.wheel, &call->attempt);
    timer_wheel_stop(&manager->fast.wheel, &call->expiry);
    call_ask_cancel(&call->question);
    kept_origin_free(call->failover_origin);
    call_relays_drop(call);
    call_watch_end(call);
    for (sj_list_link *link; (link = sj_list_take_first(&call->callees)) != NULL;) {
        call_leg_release(SJ_OWNER(link, struct call_leg, link_in_call));
    }
    if (call->caller != NULL) {
        call_leg_release(call->caller);
    }
    sj_list_remove(&call->link);
    manager->call_count--;
    sj_metric_set(manager->scope, manager->metric_active_calls, (double)manager->call_count);
    free(call->targets);
    free(call->join);
    free(call->offer);
    free(call->offer_type);
    call_media_free(call);
    free(call->unreachable);
    free(call->shortage);
    free(call->route);
    forward_history_clear(&call->history);
    free(call);
}

void call_free_all(struct call_manager *manager) {
    SJ_LIST_EACH(call, &manager->calls, struct call, link) {
        call_free(call);
    }
}

void call_note_hold(struct call_leg *leg, struct sip_text description) {
    const struct call *call = leg->call;
    struct sdp room;
    sj_call_held event;
    if (description.length == 0 || call->intercom ||
        leg->holds == sdp_is_held(sdp_read(description, &room))) {
        return;
    }
    leg->holds = !leg->holds;
    if (!leg->holds) {
        music_forget(leg->call);
    }
    call_leg_show(leg);
    call_trace(call, "%s %s", leg->device_name,
               leg->holds ? "puts the other party on hold" : "resumes the call");
    memset(&event, 0, sizeof event);
    event.call_id = call->id;
    event.device_name = leg->device_name;
    event.held = leg->holds;
    event.trace_id = call->trace_id;
    sj_publish_call_held(call->manager->scope, call->manager->call_held, &event);
}

int call_said_cause(const struct call *call, int status) {
    return call->shortage != NULL        ? CAUSE_OUT_OF_BANDWIDTH
           : call->said.status == status ? call->said.cause
                                         : 0;
}

/* To those who are still in the call. */
static int cause_to_tell(const struct call *call, int status) {
    return call->said.status == status && call->said.cause != 0 ? call->said.cause
           : status == 480                                      ? Q850_NO_ANSWER
                                                                : Q850_NORMAL;
}

static void publish_ended(const struct call *call, int status, const char *reason) {
    sj_call_ended event;
    memset(&event, 0, sizeof event);
    event.call_id = call->id;
    event.answered = call->answered != NULL;
    event.status_code = status;
    event.reason = reason;
    event.duration_ms = call->answered == NULL
                            ? 0
                            : (int64_t)sj_monotonic_ms(call->manager->scope) - call->answered_ms;
    event.trace_id = call->trace_id;
    event.cause = call_said_cause(call, status);
    sj_publish_call_ended(call->manager->scope, call->manager->call_ended, &event);
}

void call_publish_answered(const struct call *call) {
    const sj_call_answered event = {.call_id = call->id,
                                    .called_device = call->answered->device_name,
                                    .trace_id = call->trace_id};
    sj_publish_call_answered(call->manager->scope, call->manager->call_answered, &event);
}

void call_end(struct call *call, const struct call_leg *who_left, int status, const char *reason) {
    const struct sip_message *bye = call->bye;
    call->bye = NULL;
    if (call->transfer != NULL && transfer_before_end(call, who_left, status)) {
        return; /* it goes on */
    }
    call->bye = bye;
    struct call_leg *caller = call->caller;
    if (status != 488 && status != 503) { /* that of one party is not why the call ends */
        free(call->shortage);
        call->shortage = NULL;
    }
    char reason_line[RELEASE_CAUSE_LINE];
    release_cause_write(cause_to_tell(call, status), reason_line);
    SJ_LIST_EACH(leg, &call->callees, struct call_leg, link_in_call) {
        call_callee_end(leg, who_left, reason_line);
    }
    if (call_leg_unanswered(caller)) {
        call_leg_answer(caller, status >= 300 ? status : 487, reason, NULL);
    } else if ((caller->state == LEG_ANSWERED || caller->state == LEG_CONFIRMED) &&
               caller != who_left) {
        caller->state = LEG_OVER;
        call_leg_send(caller, SIP_BYE, reason_line);
    }
    call_trace(call, "the call from %s to %s has ended%s%s: %d %s", call_told_caller(call),
               call->dialled, who_left == NULL ? "" : ", by ",
               who_left == NULL ? "" : who_left->device_name, status, reason);
    call_history_legs(call);
    call_back_note(call, status);
    if (call->started) {
        publish_ended(call, status, reason);
    }
    if (!call->off_record) {
        call_record_publish(call, SJ_CALL_RECORD_STATE_ENDED, who_left, status);
    }
    call_free(call);
}
