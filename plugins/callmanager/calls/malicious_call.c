/* Told once for each pair of who says so and of whom, and shown each time the key is pressed. It is
 * kept with the leg of the party, which may be put through to others. */
#include "calls/malicious_call.h"
#include "calls/call_leg.h"
#include "calls/call_record.h"
#include "events/call.h"
#include "phones/registration_table.h"
#include "phones/remote_control.h"

#include <sojourn/base/text.h>

#include <stdio.h>

enum { SHOWN_S = 7 };

static void tell(const struct call_leg *leg, const struct call_leg *other) {
    const struct call *call = leg->call;
    char address[SJ_ADDRESS_TEXT];
    (void)sj_address_format(&other->flow.remote, address, sizeof address);
    const sj_call_malicious event = {.call_id = call->id,
                                     .device_name = leg->device_name,
                                     .number = leg->caller ? call->calling : call->called,
                                     .calling_number =
                                         other->caller ? call->original_calling : call->called,
                                     .calling_device = sj_or_empty(other->device_name),
                                     .calling_address = address,
                                     .began_ms = call->began_wall_ms,
                                     .trace_id = call->trace_id};
    call_trace(call, "%s says that the call of %s is malicious", leg->device_name,
               event.calling_number);
    sj_log_warning(leg->manager->scope,
                   "malicious call: %s of %s says so of a call of %s (%s, from %s)", event.number,
                   event.device_name, event.calling_number, event.calling_device, address);
    sj_publish_call_malicious(leg->manager->scope, leg->manager->call_malicious, &event);
}

int malicious_call(struct call_leg *leg, const char **why) {
    struct call *call = leg->call;
    struct call_manager *manager = leg->manager;
    struct call_leg *other = call_leg_other(leg);
    const struct registration *phone = registration_find(manager->registrations, leg->device_name);
    struct sip_replaces dialog;
    if (other == NULL || other->stands_in || leg->state != LEG_CONFIRMED) {
        *why = other != NULL && other->stands_in ? "The call is parked"
                                                 : "The call has not been answered";
        return 491;
    }
    if (strcmp(other->accuser, leg->local_tag) != 0) {
        (void)snprintf(other->accuser, sizeof other->accuser, "%s", leg->local_tag);
        tell(leg, other);
        call_record_publish(call, SJ_CALL_RECORD_STATE_ANSWERED, NULL, 0);
    }
    call_leg_name(leg, &dialog);
    if (phone != NULL) {
        remote_control_alert(manager, phone, MALICIOUS_CALL_TEXT, SHOWN_S, true, &dialog);
    }
    return 0;
}
