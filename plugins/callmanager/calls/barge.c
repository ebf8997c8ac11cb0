/* Judges INVITEs with Join, and passes on those that a phone can follow. */
#include "calls/barge.h"
#include "calls/call_delivery.h"
#include "calls/call_leg.h"
#include "calls/call_record.h"
#include "calls/conference.h"
#include "calls/conference_barge.h"
#include "calls/shared_line.h"
#include "core/refusals.h"
#include "parameters/call_manager.h"
#include "phones/registration_table.h"
#include "phones/remote_control.h"
#include "sip/header_values.h"

#include <stdio.h>
#include <stdlib.h>

#define CBARGE "urn:x-cisco-remotecc:cbarge"

static bool asks_for(const struct sip_message *request, const char *what) {
    struct sip_values values = sip_values_of(request, SIP_CALL_INFO);
    struct sip_text value;
    while (sip_values_next(&values, &value)) {
        struct sip_name_address info;
        if (sip_name_address_parse(value, &info) && sip_text_is_nocase(info.uri, what)) {
            return true;
        }
    }
    return false;
}

/* The line of the phone on which that party is; NULL: it is not registered any more. */
static struct device_line *line_of(const struct call_leg *leg) {
    const struct registration *phone =
        registration_find(leg->manager->registrations, leg->device_name);
    return phone == NULL || leg->line_key == NULL
               ? NULL
               : device_line_by_key(phone->device, leg->line_key);
}

/* 0, or the status of the refusal and why. */
static int judge(const struct sip_message *request, const struct call_origin *origin,
                 const struct call_leg *leg, bool *resumes, const char **why) {
    *resumes = false;
    const struct call_leg *other = leg == NULL ? NULL : call_leg_other(leg);
    const bool bridged = asks_for(request, CBARGE);
    if (other == NULL || (other->stands_in && !(bridged && leg->call->conference != NULL)) ||
        leg->state != LEG_CONFIRMED || other->state != LEG_CONFIRMED) {
        *why = "The call to be joined is not known here";
        return 481;
    }
    if (!shared_line_is_same(origin, leg)) {
        *why = "The call to be joined is another line's";
        return 403;
    }
    if ((*why = shared_line_refusal(origin, leg)) != NULL) {
        return 403;
    }
    if (leg->call->transfer != NULL) {
        *why = "The call to be joined is being transferred";
        return 491;
    }
    if (bridged && strcmp(leg->device_name, origin->device->name) == 0) {
        *why = "The phone is in the call";
        return 603;
    }
    if (bridged) {
        *why = conference_hindrance(leg);
        return *why == NULL ? 0 : 491;
    }
    *resumes = leg->holds && origin->device->registration->cisco &&
               !asks_for(request, "urn:x-cisco-remotecc:barge");
    if (*resumes) {
        return 0;
    }
    if (strcmp(leg->device_name, origin->device->name) == 0 || !leg->mixes ||
        line_of(leg) == NULL) {
        *why = "The phone in the call cannot add others to it";
        return 603;
    }
    return 0;
}

struct call_leg *barge_find(struct call_manager *manager, const struct sip_message *request,
                            const struct sip_flow *flow, const struct call_origin *origin,
                            bool *resumes) {
    struct sip_replaces named;
    const char *why = "Exactly one Join that can be read is expected, and no Replaces";
    struct call_leg *leg = NULL;
    int status = 400;
    if (request->first[SIP_REPLACES] < 0 && sip_values_count(request, SIP_JOIN) == 1 &&
        sip_replaces_parse(sip_message_header(request, SIP_JOIN), &named)) {
        leg = call_leg_replaced(manager, &named);
        status = judge(request, origin, leg, resumes, &why);
    }
    if (status == 0) {
        return leg;
    }
    (void)refusals_note(manager, REFUSED_FEATURE, flow, "a call is not joined: %s", why);
    sip_answer(manager, request, flow, status, why);
    if (origin->device != NULL && origin->device->registration->cisco) {
        remote_control_show(manager, origin->device->registration, why,
                            sj_param_ccm_call_park_display_timer(manager->scope));
    }
    return NULL;
}

/* As its phone has the dialog: the to-tag is the phone's own. */
static char *name_dialog(const struct call_leg *joined) {
    struct sip_replaces dialog;
    char text[600];
    call_leg_name(joined, &dialog);
    (void)snprintf(text, sizeof text, "%s;to-tag=%s;from-tag=%s", dialog.call_id, dialog.to_tag,
                   dialog.from_tag);
    return strdup(text);
}

static bool wants_bridge(const struct call *call) {
    struct sip_message request;
    return sip_message_parse(call->caller->request, call->caller->request_length, &request) &&
           asks_for(&request, CBARGE);
}

void barge_begin(struct call *call, struct call_leg *joined) {
    const bool bridged = wants_bridge(call);
    struct call_target target;
    if (line_of(joined) == NULL) {
        call_end(call, NULL, 603, "The phone in the call has gone");
        return;
    }
    call_line_target(line_of(joined), &target);
    target.answers = target.ringer_off = false; /* it is in the call: nothing rings */
    call->route = malloc(sizeof *call->route);
    call->join = bridged ? NULL : name_dialog(joined);
    call->emergency = call->emergency || joined->call->emergency;
    if (call->route == NULL || (call->join == NULL && !bridged)) {
        call_end(call, NULL, 503, "Out of memory");
        return;
    }
    call_trace(call, "%s is to be added to the call of %s: trace %s", call->caller->device_name,
               joined->device_name, joined->call->trace_id);
    number_route_to(&call->manager->plan, target.line_key, target.called, call->calling,
                    call->route);
    if (bridged) {
        conference_barge(call, joined);
        return;
    }
    call_record_barged(call);
    call_delivery_to_phone(call, &target);
}
