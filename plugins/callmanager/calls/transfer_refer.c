/* What a REFER within a call asks for, and whether it can be done. */
#include "calls/call_delivery.h"
#include "calls/call_destination.h"
#include "calls/call_exchange.h"
#include "calls/call_leg.h"
#include "calls/call_record.h"
#include "calls/intercom.h"
#include "calls/park.h"
#include "calls/transfer.h"
#include "core/refusals.h"
#include "parameters/call_manager.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void refuse(struct call_leg *from, const struct sip_message *request,
                   const struct sip_flow *flow, int status, const char *why) {
    (void)refusals_note(from->manager, REFUSED_FEATURE, flow, "a transfer by %s is refused: %s",
                        from->device_name, why);
    call_trace(from->call, "a transfer by %s is refused: %d %s", from->device_name, status, why);
    sip_answer(from->manager, request, flow, status, why);
}

static void accept_refer(struct call_leg *from, const struct sip_message *request,
                         const struct sip_flow *flow, bool silent) {
    struct call_manager *manager = from->manager;
    const struct sip_flow destination = sip_answer_flow(request, flow);
    struct sip_transaction *transaction =
        sip_server_begin(&manager->transactions, request, &destination, NULL, NULL);
    struct sip_writer writer = call_manager_writer(manager);
    sip_put_answer_head(&writer, request, 202, sip_reason_phrase(202), "", &flow->remote);
    sip_put_own_contact(manager, &writer, from->number, &from->flow);
    sip_put(&writer, silent ? "Refer-Sub: false\r\n" : "");
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    if (writer.overflow) {
        return;
    }
    if (transaction != NULL) {
        sip_server_respond(transaction, 202, writer.data, writer.used);
    } else {
        (void)sip_transport_send(&manager->transport, &destination, writer.data, writer.used);
    }
}

/* The transferor's dialog with the target. NULL: *status and *why say what is wrong with it. */
static struct call_leg *find_replaced(const struct call_leg *from, const struct sip_refer *refer,
                                      int *status, const char **why) {
    struct call_leg *leg = call_leg_replaced(from->manager, &refer->replaces);
    *status = 404; /* not 481, which would be understood of the dialog of the REFER */
    if (leg == NULL) {
        *why = "The call with the target is not known here";
        return NULL;
    }
    if (strcmp(leg->device_name, from->device_name) != 0) {
        *status = 403;
        *why = "The call with the target is another device's";
        return NULL;
    }
    *status = 491;
    if (leg->call->transfer != NULL) {
        *why = "A transfer to the target is under way";
        return NULL;
    }
    *status = 603;
    if (leg->call->intercom) {
        *why = INTERCOM_STAYS;
        return NULL;
    }
    *status = 491;
    const struct call_leg *other = call_leg_other(leg);
    const bool answered =
        other != NULL && leg->state == LEG_CONFIRMED && !other->ack_due && !other->stands_in;
    const bool rings = leg->call->answered == NULL && leg->caller && call_leg_unanswered(leg);
    if (leg->call == from->call) {
        *status = 403;
        *why = "A call cannot be transferred to itself";
        return NULL;
    }
    if (!answered && !rings) {
        *why = "The call with the target is neither answered nor ringing";
        return NULL;
    }
    if (answered && refer->replaces.early_only) {
        *status = 486;
        *why = "The call with the target has been answered";
        return NULL;
    }
    return leg;
}

struct call *transfer_call_for(struct call_leg *transferee, const char *dialled) {
    struct call_manager *manager = transferee->manager;
    struct call *call = call_new(manager);
    if (call == NULL) {
        return NULL;
    }
    call->caller = call_leg_new(manager, call, &transferee->flow);
    call->offer = calloc(1, 1); /* whoever is called makes the offer */
    call->offer_type = strdup("");
    call->max_forwards = 70;
    if (call->caller != NULL) {
        call->caller->caller = true;
        call->caller->state = LEG_OVER; /* it has no dialog */
        call->caller->device_name = strdup(transferee->device_name);
    }
    if (call->caller == NULL || call->caller->device_name == NULL || call->offer == NULL ||
        call->offer_type == NULL) {
        call_free(call);
        return NULL;
    }
    (void)snprintf(call->dialled, sizeof call->dialled, "%s", dialled);
    dial_codes_cut(&manager->plan, call->dialled);
    (void)snprintf(call->called, sizeof call->called, "%s", call->dialled);
    call_caller_like(call, transferee);
    return call;
}

/* The transferee calls, with the transferor's rights. */
static struct call_origin origin_for(const struct call *call, const struct call_origin *rights) {
    struct call_origin origin = *rights;
    origin.line = NULL;
    (void)snprintf(origin.number, sizeof origin.number, "%s", call->original_calling);
    (void)snprintf(origin.name, sizeof origin.name, "%s", call->calling_name);
    (void)snprintf(origin.uri, sizeof origin.uri, "%s", call->calling_uri);
    (void)snprintf(origin.mask, sizeof origin.mask, "%s", call->calling_mask);
    return origin;
}

static struct call *call_for(struct call_leg *transferee, const char *dialled) {
    const struct call_manager *manager = transferee->manager;
    return manager->call_count >= (size_t)sj_param_ccm_maximum_calls(manager->scope)
               ? NULL
               : transfer_call_for(transferee, dialled);
}

bool transfer_divert(struct call_leg *from, const struct call_origin *rights, const char *number,
                     const struct forward_hop *hop) {
    struct call_destination destination = {.host = ""};
    const char *at = strchr(hop->key, '@');
    struct call *call = call_for(call_leg_other(from), number);
    if (call == NULL || forward_history_add(&call->history, hop, 1) != FORWARD_FINE ||
        !transfer_begin(from, call->caller, rights, NULL, TRANSFER_DIVERT, true)) {
        if (call != NULL) {
            call_free(call);
        }
        return false;
    }
    const struct call_origin origin = origin_for(call, rights);
    from->manager->turn++;
    (void)snprintf(destination.digits, sizeof destination.digits, "%s", number);
    call_record_diverted(call, hop->number, at == NULL ? "" : at + 1, call->history.count);
    call_delivery_for(call, &origin, &destination);
    return true;
}

static void refer_blindly(struct call_leg *from, const struct sip_refer *refer,
                          const struct call_origin *rights, const struct sip_message *request,
                          const struct sip_flow *flow) {
    struct call_manager *manager = from->manager;
    struct call_destination destination;
    char dialled[DIGITS_MAX];
    if (!call_destination_dialled(&refer->target, dialled)) {
        refuse(from, request, flow, 400, "Refer-To names nobody");
        return;
    }
    if (call_destination_feature(dialled) != NULL) {
        refuse(from, request, flow, 603, "A call cannot be transferred to a feature");
        return;
    }
    call_destination_read(manager, &refer->target, rights, dialled, &destination);
    const char *why =
        call_destination_refusal(manager, &destination, rights, &call_leg_other(from)->flow);
    if (why[0] != '\0') { /* it is the transferee who calls */
        refuse(from, request, flow, 403, why);
        return;
    }
    struct call *call = call_for(call_leg_other(from), dialled);
    if (call == NULL ||
        !transfer_begin(from, call->caller, rights, request, TRANSFER_BLIND, refer->silent)) {
        if (call != NULL) {
            call_free(call);
        }
        refuse(from, request, flow, 503, "The target cannot be called now");
        return;
    }
    const struct call_origin origin = origin_for(call, rights);
    manager->turn++;
    accept_refer(from, request, flow, refer->silent);
    transfer_rings(call, 100);
    call_delivery_for(call, &origin, &destination);
}

void transfer_refer(struct call_leg *from, const struct sip_message *request,
                    const struct sip_flow *flow) {
    struct call_leg *transferee = call_leg_other(from), *replaced = NULL;
    struct call_origin rights;
    struct sip_refer refer;
    sj_error error = {0};
    int status;
    const char *why = sip_refer_read(request, &refer, &status);
    if (why == NULL && from->call->intercom) {
        status = 603;
        why = INTERCOM_STAYS;
    }
    if (why == NULL &&
        (transferee == NULL || from->state != LEG_CONFIRMED || transferee->state != LEG_CONFIRMED ||
         transferee->stands_in || from->call->transfer != NULL)) {
        status = 491;
        why = transferee == NULL             ? "The call has not been answered"
              : transferee->stands_in        ? "The call is parked"
              : from->call->transfer != NULL ? "A transfer of this call is under way"
                                             : "The call is being answered";
    }
    if (why == NULL && call_origin_of_party(from->manager, from, &rights, &error) != SJ_OK) {
        status = 403;
        why = error.text;
    }
    if (why == NULL && refer.attended) {
        replaced = find_replaced(from, &refer, &status, &why);
    }
    if (why != NULL) {
        refuse(from, request, flow, status, why);
    } else if (!refer.attended) {
        refer_blindly(from, &refer, &rights, request, flow);
    } else if (!transfer_begin(from, replaced, &rights, request, TRANSFER_ATTENDED, refer.silent)) {
        refuse(from, request, flow, 503, "Out of memory");
    } else {
        accept_refer(from, request, flow, refer.silent);
        transfer_rings(replaced->call, 100);
        if (replaced->state == LEG_RINGING) {
            transfer_rings(replaced->call, 180);
        }
        if (replaced->call->park != NULL) {
            park_begin(replaced->call);
        }
    }
}
