/* Makes, ends and frees calls, and says so: events, metric, trace. */
#include "calls/call.h"
#include "calls/call_callee.h"
#include "calls/call_leg.h"
#include "calls/call_relay.h"
#include "events/call.h"

#include <stdio.h>
#include <stdlib.h>

void call_trace(const struct call *of, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    sj_trace(of->manager->scope, of->trace_id, "%s", text);
}

struct call *call_new(struct call_manager *manager) {
    struct call *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    made->manager = manager;
    call_manager_token(manager, made->id);
    call_manager_token(manager, made->trace_id);
    call_manager_token(manager, made->trace_id + 16);
    sj_list_add_first(&manager->calls, &made->link);
    manager->call_count++;
    sj_metric_set(manager->scope, manager->metric_active_calls, (double)manager->call_count);
    return made;
}

void call_free(struct call *gone) {
    struct call_manager *manager = gone->manager;
    timer_wheel_stop(&manager->fast.wheel, &gone->ring);
    timer_wheel_stop(&manager->fast.wheel, &gone->attempt);
    call_relays_drop(gone);
    for (sj_list_link *link; (link = sj_list_take_first(&gone->callees)) != NULL;) {
        call_leg_release(SJ_OWNER(link, struct call_leg, link_in_call));
    }
    if (gone->caller != NULL) {
        call_leg_release(gone->caller);
    }
    sj_list_remove(&gone->link);
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

void call_free_all(struct call_manager *manager) {
    SJ_LIST_EACH(one, &manager->calls, struct call, link) {
        call_free(one);
    }
}

static void publish_ended(const struct call *of, int status, const char *reason) {
    sj_call_ended event;
    memset(&event, 0, sizeof event);
    event.call_id = of->id;
    event.answered = of->answered != NULL;
    event.status_code = status;
    event.reason = reason;
    event.duration_ms =
        of->answered == NULL ? 0 : (int64_t)sj_monotonic_ms(of->manager->scope) - of->answered_ms;
    event.trace_id = of->trace_id;
    sj_publish_call_ended(of->manager->scope, of->manager->call_ended, &event);
}

void call_end(struct call *of, const struct call_leg *who_left, int status, const char *reason) {
    struct call_leg *caller = of->caller;
    SJ_LIST_EACH(leg, &of->callees, struct call_leg, link_in_call) {
        call_callee_end(leg, who_left);
    }
    if (caller->invite != NULL && !sip_server_answered(caller->invite)) {
        call_leg_answer(caller, status >= 300 ? status : 487, reason, NULL);
    } else if ((caller->state == LEG_ANSWERED || caller->state == LEG_CONFIRMED) &&
               caller != who_left) {
        caller->state = LEG_OVER;
        call_leg_send(caller, SIP_BYE, "Reason: Q.850;cause=16\r\n");
    }
    call_trace(of, "the call from %s to %s has ended: %d %s", of->calling, of->dialled, status,
               reason);
    if (of->started) {
        publish_ended(of, status, reason);
    }
    call_free(of);
}
