/* Keeps steps and dialogs of calls among their messages. */
#include "calls/call_history.h"
#include "calls/call_discretion.h"
#include "dial_plan/number_routing.h"
#include "parameters/call_manager.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

enum { LEG_TEXTS = 7, LEG_ROOM = 1200 };

void call_history_step(const struct call *call, const char *text) {
    struct kept kept = {.kind = KEPT_STEP,
                        .call = message_buffer_key(sip_text_of(call->id)),
                        .data = sip_text_of(text)};
    message_history_add(call->manager, &kept);
}

void call_history_routed(const struct call *call, const char *digits) {
    const struct call_manager *manager = call->manager;
    const bool traced = sj_param_ccm_digit_analysis_complexity(manager->scope) ==
                            SJ_CCM_DIGIT_ANALYSIS_COMPLEXITY_TRACED ||
                        call->route->learned.known;
    const bool hidden = call_discretion_hides(call, true);
    char text[480], shown[DIGITS_MAX];
    if (hidden) {
        call_history_leg(call->caller); /* it was kept before the pattern was known */
    }
    if (!traced && manager->history == NULL) {
        return;
    }
    number_route_explain(call->route, dial_codes_shown(&manager->plan, digits, shown),
                         hidden ? CALL_WITHHELD : call->route->calling, text, sizeof text);
    if (traced) {
        call_trace(call, "%s", text);
    } else {
        call_history_step(call, text);
    }
}

struct kept_leg call_history_leg_of(const struct call_leg *leg) {
    const struct call *call = leg->call;
    return (struct kept_leg){.call = call->id,
                             .trace = call->trace_id,
                             .call_id = leg->call_id,
                             .device_name = sj_or_empty(leg->device_name),
                             .number = call_told_number(leg),
                             .remote_cluster_id = leg->trunk && (leg->emcc || leg->returns)
                                                      ? call->remote_cluster_id
                                                      : "",
                             .trunk = leg->trunk,
                             .caller = leg->caller,
                             .began_ms = call->began_wall_ms,
                             .dialog = message_buffer_key(sip_text_of(leg->call_id))};
}

void call_history_leg(const struct call_leg *leg) {
    char data[LEG_ROOM], began[24];
    size_t length = 0;
    if (leg->call_id == NULL || leg->manager->history == NULL) {
        return;
    }
    const struct kept_leg known = call_history_leg_of(leg);
    (void)snprintf(began, sizeof began, "%lld", (long long)known.began_ms);
    const char *const texts[LEG_TEXTS] = {known.call,   known.trace, known.device_name,
                                          known.number, began,       known.remote_cluster_id,
                                          known.call_id};
    for (size_t i = 0; i < LEG_TEXTS; i++) {
        const size_t added = strlen(texts[i]) + 1;
        if (added > sizeof data - length) {
            return; /* a Call-ID of more than 600 characters */
        }
        memcpy(data + length, texts[i], added);
        length += added;
    }
    struct kept kept = {.kind = KEPT_LEG,
                        .received = known.caller,
                        .trunk = known.trunk,
                        .call = message_buffer_key(sip_text_of(known.call)),
                        .dialog = known.dialog,
                        .data = {data, length}};
    message_history_add(leg->manager, &kept);
}

void call_history_legs(const struct call *call) {
    if (call->caller != NULL) {
        call_history_leg(call->caller);
    }
    SJ_LIST_EACH(leg, &call->callees, struct call_leg, link_in_call) {
        call_history_leg(leg);
    }
}

bool call_history_read_leg(const struct kept *kept, struct kept_leg *leg) {
    const char *texts[LEG_TEXTS], *at = kept->data.at;
    if (kept->kind != KEPT_LEG) {
        return false;
    }
    for (size_t i = 0; i < LEG_TEXTS; i++) {
        texts[i] = at;
        at += strlen(at) + 1;
    }
    *leg = (struct kept_leg){.call = texts[0],
                             .trace = texts[1],
                             .device_name = texts[2],
                             .number = texts[3],
                             .began_ms = strtoll(texts[4], NULL, 10),
                             .remote_cluster_id = texts[5],
                             .call_id = texts[6],
                             .trunk = kept->trunk,
                             .caller = kept->received,
                             .dialog = kept->dialog};
    return true;
}
