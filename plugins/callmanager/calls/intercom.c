/* What makes a call an intercom call. */
#include "calls/intercom.h"
#include "calls/call_leg.h"
#include "dial_plan/course.h"
#include "dial_plan/intercom_numbers.h"

void intercom_bar(const struct call_manager *manager, const struct call_origin *origin,
                  struct number_route *route) {
    const struct dial_plan *plan = &manager->plan;
    const bool from = origin->line != NULL && intercom_number(plan, origin->line->key);
    const bool to =
        route->outcome == NUMBER_PHONE && intercom_number(plan, route->directory_number_key);
    if (from == to || route->outcome == NUMBER_UNKNOWN || route->outcome == NUMBER_BLOCKED ||
        route->outcome == NUMBER_UNASKED) {
        if (from && to && origin->inquiry != NULL) {
            course_add(origin->inquiry->course, SJ_ROUTING_STEP_KIND_NOTE, route->digits,
                       "an intercom number: its phone answers by itself, and is heard once its "
                       "user talks back");
        }
        return;
    }
    route->outcome = NUMBER_BLOCKED;
    route->codes = (struct code_verdict){
        .status = 403,
        .why = from ? "an intercom line calls intercom numbers alone"
                    : "an intercom number is called from intercom lines alone",
    };
}

void intercom_begin(struct call *call, const sj_directory_number *number) {
    call->intercom =
        number != NULL && intercom_number(&call->manager->plan, call->route->directory_number_key);
    call->whispers = call->intercom;
}

void intercom_target(struct call_target *target) {
    target->ringer_off = false;
    target->answers = !target->cisco; /* Cisco's phones do it by their file */
}

enum sdp_direction intercom_direction(const struct call *call, const struct call_leg *from) {
    return !call->whispers ? SDP_BOTH : from->caller ? SDP_SENDS : SDP_RECEIVES;
}

const char *intercom_hear(struct call_leg *from, struct sip_text description) {
    struct call *call = from->call;
    struct sdp room;
    if (!call->intercom || description.length == 0) {
        return NULL;
    }
    const enum sdp_direction said = sdp_direction_of(sdp_read(description, &room));
    const bool receives = (said & SDP_RECEIVES) != 0, sends = (said & SDP_SENDS) != 0;
    if (call->whispers && !from->caller && sends && receives) {
        call->whispers = false;
        call_trace(call, "%s talks back: both are heard", from->device_name);
    }
    return (call->whispers && from->caller ? sends : receives) ? NULL
                                                               : "An intercom call is not held";
}
