/* Reads identities, and has them told by those who send. */
#include "calls/call_connected.h"
#include "calls/call_discretion.h"
#include "calls/call_exchange.h"
#include "calls/call_identity.h"
#include "calls/call_leg.h"
#include "calls/call_presentation.h"
#include "calls/session_timer.h"
#include "calls/told_number.h"
#include "dial_plan/directory_uris.h"

#include <stdlib.h>

bool call_connected_learn(struct call_leg *leg, const struct sip_message *message) {
    struct call_connected told;
    memset(&told, 0, sizeof told);
    if (!leg->trunk || !call_identity_read_asserted(
                           message, call_presentation_trust(leg->manager, leg->device_name),
                           told.number, told.name, told.uri, &told.withheld, &told.verified)) {
        return false;
    }
    if (leg->connected == NULL && (leg->connected = calloc(1, sizeof *leg->connected)) == NULL) {
        return false;
    }
    const bool news = strcmp(leg->connected->number, told.number) != 0 ||
                      strcmp(leg->connected->name, told.name) != 0 ||
                      leg->connected->withheld.number != told.withheld.number ||
                      leg->connected->withheld.name != told.withheld.name;
    *leg->connected = told;
    return news;
}

void call_connected_tell(struct call_leg *leg) {
    struct call *call = leg->call;
    struct call_leg *other = call_leg_other(leg);
    if (call->answered == NULL) {
        if (!leg->caller && call_leg_unanswered(call->caller)) {
            call_leg_answer(call->caller, 180, "", NULL);
        }
    } else if (!other->stands_in && call_leg_has_dialog(other)) {
        call_trace(call, "%s says who it is: %s", leg->device_name,
                   leg->connected->withheld.number && !call_discretion_is_off(leg->manager)
                       ? CALL_WITHHELD
                       : leg->connected->number);
        session_timer_inform(other);
    }
}

void call_connected_put(const struct call_leg *party, const struct call_leg *to,
                        struct sip_writer *writer) {
    struct call_identity_texts texts;
    if (party == NULL) {
        return;
    }
    const struct call_identity identity = call_party_identity(party, to, &texts);
    call_identity_put_headers(writer, &identity, call_manager_address(to->manager, &to->flow),
                              to->inbound ? "called" : "calling");
}

/* Who has answered, or rings alone; NULL: several ring. */
static const struct call_leg *reached(const struct call *call) {
    const sj_list_link *first = sj_list_first(&call->callees);
    return call->answered != NULL ? call->answered
           : first != NULL && first == sj_list_last(&call->callees)
               ? SJ_OWNER(first, const struct call_leg, link_in_call)
               : NULL;
}

void call_connected_put_called(const struct call_leg *caller, struct sip_writer *writer) {
    const struct call *call = caller->call;
    struct call_identity_texts texts = {.uri = ""};
    if (!caller->caller) {
        const struct call_identity other = call_party_identity(call->caller, caller, &texts);
        call_identity_put_headers(writer, &other,
                                  call_manager_address(call->manager, &caller->flow), "called");
        return;
    }
    const struct call_leg *callee = reached(call);
    if (callee != NULL && callee->connected != NULL) {
        const struct call_identity connected = call_party_identity(callee, caller, &texts);
        call_identity_put_headers(writer, &connected,
                                  call_manager_address(call->manager, &caller->flow), "called");
        return;
    }
    if (call->at_phones) {
        directory_uris_primary(&call->manager->plan, call->number_key, texts.uri);
    }
    struct call_identity called = {
        .name = call->called_name,
        .number = call->called,
        .uri = texts.uri,
        .verified = callee == NULL ? call->at_phones : !callee->trunk,
        .withheld = call_presentation_of(call, caller, false, call->called_withheld),
        .format = call_leg_identity_format(caller, call->called)};
    told_number_connected(callee, caller, &called, texts.number);
    call_presentation_tell(caller, &called);
    call_identity_put_headers(writer, &called, call_manager_address(call->manager, &caller->flow),
                              "called");
}
