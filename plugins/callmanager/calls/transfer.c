/* The course of a transfer, from the REFER that was accepted to the two who stay, or back. */
#include "calls/transfer.h"
#include "calls/call_admission.h"
#include "calls/call_delivery.h"
#include "calls/call_discretion.h"
#include "calls/call_exchange.h"
#include "calls/call_join.h"
#include "calls/call_leg.h"
#include "calls/call_record.h"
#include "calls/call_relay.h"
#include "calls/kept_origin.h"
#include "calls/park.h"
#include "calls/refer_progress.h"
#include "events/call.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

enum { QUIET_MS = 100, QUIET_TRIES = 100 };

/* What a call was before the exchange; and what its parties had agreed upon, by its callee's leg.
 */
struct agreement {
    struct sdp_rates of_caller, of_callee;
    bool caller_offers, audio_only;
    bool emergency;
};

struct transfer {
    struct call *original;     /* transferor and transferee; NULL once the transferor has left */
    struct call *consultation; /* with the target */
    struct call_leg *transferor, *transferee;
    struct call_leg *replaced; /* whose place the transferee takes */
    struct kept_origin *rights;
    char device[130], number[DIGITS_MAX]; /* of the transferor, */
    char told[DIGITS_MAX];                /* as people are told it */
    bool attended;
    bool diverts;               /* on behalf of immediate divert */
    bool replacing;             /* the transferee calls, to take the place of the other */
    bool exchanged;             /* the transferee is in the consultation */
    struct agreement agreed[2]; /* before that, in the original and in the consultation */
    bool returned; /* the target could not be reached: the transferor's number is called */
    struct refer_progress progress;
    struct message_body offer; /* the target's with its answer, or of who replaces; or nothing */
    char *offer_text, *offer_type;
    struct call_join *join;
    struct wheel_timer wait; /* until nothing else is under way in the calls */
    unsigned tries;
};

static const char *number_of(const struct call_leg *leg) {
    return leg->caller ? leg->call->calling : leg->call->called;
}

static void put_through_soon(struct transfer *transfer);

static void drop_join(struct transfer *transfer) {
    if (transfer->join != NULL) {
        call_join_drop(transfer->join);
        transfer->join = NULL;
    }
}

static void let_go(struct transfer *transfer) {
    struct call_manager *manager = transfer->consultation->manager;
    if (transfer->original != NULL) {
        transfer->original->transfer = NULL;
    }
    transfer->consultation->transfer = NULL;
    timer_wheel_stop(&manager->fast.wheel, &transfer->wait);
    drop_join(transfer);
    kept_origin_free(transfer->rights);
    free(transfer->offer_text);
    free(transfer->offer_type);
    free(transfer);
}

bool transfer_begin(struct call_leg *transferor, struct call_leg *replaced,
                    const struct call_origin *rights, const struct sip_message *refer,
                    enum transfer_kind kind, bool silent) {
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL || (transfer->rights = kept_origin_new(rights)) == NULL) {
        free(transfer);
        return false;
    }
    transfer->original = transferor->call;
    transfer->consultation = replaced->call;
    transfer->transferor = transferor;
    transfer->transferee = call_leg_other(transferor);
    transfer->replaced = replaced;
    transfer->attended = kind == TRANSFER_ATTENDED;
    transfer->diverts = kind == TRANSFER_DIVERT;
    transfer->progress.leg = silent ? NULL : transferor;
    transfer->progress.id = refer != NULL && transferor->referred ? refer->cseq : 0;
    transferor->referred = transferor->referred || refer != NULL;
    (void)snprintf(transfer->device, sizeof transfer->device, "%s", transferor->device_name);
    (void)snprintf(transfer->number, sizeof transfer->number, "%s", rights->number);
    (void)snprintf(transfer->told, sizeof transfer->told, "%s",
                   call_discretion_hides(transferor->call, transferor->caller) ? CALL_WITHHELD
                                                                               : rights->number);
    transfer->original->transfer = transfer->consultation->transfer = transfer;
    return true;
}

/* Of the transfer's own, for whichever call brought it may end first. False: no memory. */
static bool keep_offer(struct transfer *transfer, struct sip_text type, struct sip_text content) {
    transfer->offer_text = malloc(content.length + 1);
    transfer->offer_type = malloc(type.length + 1);
    if (transfer->offer_text == NULL || transfer->offer_type == NULL) {
        return false;
    }
    (void)sip_text_copy(content, transfer->offer_text, content.length + 1);
    (void)sip_text_copy(type, transfer->offer_type, type.length + 1);
    transfer->offer = (struct message_body){sip_text_of(transfer->offer_type),
                                            {transfer->offer_text, content.length}};
    return true;
}

bool transfer_replace(struct call_leg *caller, struct call_leg *replaced) {
    const struct call *call = caller->call;
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL) {
        return false;
    }
    transfer->consultation = replaced->call;
    if (call->offer_length > 0 && !keep_offer(transfer, sip_text_of(sj_or_empty(call->offer_type)),
                                              (struct sip_text){call->offer, call->offer_length})) {
        let_go(transfer);
        return false;
    }
    transfer->original = caller->call;
    transfer->transferee = caller;
    transfer->replaced = replaced;
    transfer->attended = transfer->replacing = true;
    (void)snprintf(transfer->device, sizeof transfer->device, "%s", replaced->device_name);
    (void)snprintf(transfer->number, sizeof transfer->number, "%s", number_of(replaced));
    (void)snprintf(transfer->told, sizeof transfer->told, "%s", call_told_number(replaced));
    transfer->original->transfer = transfer->consultation->transfer = transfer;
    call_trace(transfer->consultation, "%s of %s is to take the place of %s: trace %s",
               call_told_number(caller), caller->device_name, replaced->device_name,
               transfer->original->trace_id);
    put_through_soon(transfer);
    return true;
}

bool transfer_return(struct call_leg *caller, const char *number) {
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL) {
        return false;
    }
    transfer->consultation = caller->call;
    transfer->transferee = caller;
    transfer->replaced = caller;
    transfer->exchanged = transfer->returned = true;
    (void)snprintf(transfer->number, sizeof transfer->number, "%s", number);
    (void)snprintf(transfer->told, sizeof transfer->told, "%s", number);
    transfer->consultation->transfer = transfer;
    return true;
}

/* ---- how it ends ---- */

static void publish_done(const struct transfer *transfer) {
    const struct call *call = transfer->consultation;
    sj_call_transferred event;
    memset(&event, 0, sizeof event);
    event.call_id = call->id;
    event.ended_call_id = transfer->original == NULL ? "" : transfer->original->id;
    event.transferring_device = transfer->device;
    event.transferring_number = transfer->told;
    event.transferred_number = call_told_number(transfer->transferee);
    event.target_number = call_told_number(call_leg_other(transfer->transferee));
    event.attended = transfer->attended;
    event.returned = transfer->returned;
    event.trace_id = call->trace_id;
    sj_metric_add(call->manager->scope, call->manager->metric_transfers, 1);
    sj_publish_call_transferred(call->manager->scope, call->manager->call_transferred, &event);
}

/* Says in the traces that it has failed, tells the transferor, and the event. */
static void tell_failure(struct transfer *transfer, int status, const char *why) {
    struct call *call = transfer->consultation;
    sj_call_transfer_failed event;
    call_trace(call, "the transfer by %s has failed: %d %s", transfer->device, status, why);
    if (transfer->original != NULL) {
        call_trace(transfer->original, "the transfer to %s has failed: %d %s", call->dialled,
                   status, why);
    }
    refer_progress_tell(&transfer->progress, status);
    park_failed(call);
    memset(&event, 0, sizeof event);
    event.call_id = transfer->original == NULL ? "" : transfer->original->id;
    event.transferring_device = transfer->device;
    event.transferring_number = transfer->told;
    event.target_number = call_told_called(call);
    event.status_code = status;
    event.reason = why;
    event.trace_id = transfer->original == NULL ? call->trace_id : transfer->original->trace_id;
    sj_publish_call_transfer_failed(call->manager->scope, call->manager->call_transfer_failed,
                                    &event);
}

static void keep_agreement(const struct call *call, struct agreement *agreed) {
    const struct call_leg *callee = call->answered;
    if (callee != NULL) {
        *agreed = (struct agreement){.of_caller = callee->rates_of_caller,
                                     .of_callee = callee->rates_of_callee,
                                     .caller_offers = callee->caller_offers,
                                     .audio_only = callee->audio_only};
    }
    agreed->emergency = call->emergency;
}

static void agree_again(struct call_leg *callee, const struct agreement *agreed) {
    callee->rates_of_caller = agreed->of_caller;
    callee->rates_of_callee = agreed->of_callee;
    callee->caller_offers = agreed->caller_offers;
    callee->audio_only = agreed->audio_only;
    call_admission_count(callee);
}

/* Undoes the exchange: both calls are as they were, with the media they had, and their bandwidth.
 */
static void exchange_back(struct transfer *transfer) {
    struct call *const calls[2] = {transfer->original, transfer->consultation};
    drop_join(transfer);
    call_exchange(transfer->transferee, transfer->replaced);
    transfer->exchanged = false;
    for (size_t i = 0; i < 2; i++) {
        calls[i]->emergency = transfer->agreed[i].emergency;
        if (calls[i]->answered != NULL && calls[i]->answered->state == LEG_CONFIRMED) {
            agree_again(calls[i]->answered, &transfer->agreed[i]);
        }
        call_join_restore(calls[i]);
    }
}

/* It cannot be completed: the transferee is given back to the transferor. `failed`: the party whose
 * fault it is; NULL for none. */
static void fail(struct transfer *transfer, int status, struct call_leg *failed, const char *why) {
    struct call *original = transfer->original, *consultation = transfer->consultation;
    const bool gone = status == 408 || status == 481 || status == 503;
    const struct call_leg *transferee = transfer->transferee, *replaced = transfer->replaced;
    const bool replacing = transfer->replacing;
    tell_failure(transfer, status, why);
    if (original != NULL && transfer->exchanged) {
        exchange_back(transfer);
    }
    const bool alone = original == NULL || replaced->state == LEG_OVER;
    let_go(transfer);
    if (alone || (gone && failed != NULL && failed != transferee)) {
        call_end(consultation, NULL, status, why);
    }
    if (original != NULL && (replacing || (gone && failed == transferee))) {
        call_end(original, NULL, status, why);
    }
}

/* The parts of the calls that end here, on record; `original` NULL: the transferor had left before.
 */
static void leave(const struct transfer *transfer) {
    if (transfer->original == NULL) {
        return;
    }
    if (transfer->consultation->park == NULL) {
        call_record_split(transfer->original, transfer->consultation, transfer->diverts);
    } else if (transfer->replacing) {
        transfer->original->off_record = true; /* whoever retrieves is in the parked call */
    } else {
        call_record_parked(transfer->original, transfer->consultation);
    }
}

/* To a park number, from there, or back from there. */
static void complete_park(const struct transfer *transfer) {
    struct call *call = transfer->consultation;
    const struct park_exchange exchange = {
        .came = transfer->transferee,
        .device = transfer->device,
        .number = transfer->number,
        .told = transfer->told,
        .rights =
            transfer->rights == NULL ? NULL : kept_origin_find(call->manager, transfer->rights)};
    leave(transfer);
    park_exchanged(call, &exchange);
}

static void complete(struct transfer *transfer) {
    struct call *original = transfer->original, *consultation = transfer->consultation;
    char text[400];
    (void)snprintf(text, sizeof text, "%s has been put through to %s by %s",
                   call_told_number(transfer->transferee),
                   call_told_number(call_leg_other(transfer->transferee)), transfer->device);
    call_trace(consultation, "%s", text);
    if (original != NULL) {
        call_trace(original, "%s: trace %s", text, consultation->trace_id);
    }
    if (consultation->park != NULL) {
        complete_park(transfer);
    } else {
        publish_done(transfer);
        leave(transfer);
        call_record_transferred(original != NULL && transfer->attended, consultation,
                                transfer->told, transfer->attended);
    }
    refer_progress_tell(&transfer->progress, 200);
    let_go(transfer);
    if (original != NULL) {
        call_end(original, NULL, 200, "Transferred");
    }
}

/* ---- how it goes on once the target has answered ---- */

static void joined(void *user, int status, struct call_leg *failed) {
    struct transfer *transfer = user;
    char why[200];
    transfer->join = NULL;
    if (status == 200) {
        complete(transfer);
        return;
    }
    (void)snprintf(why, sizeof why, "%s",
                   failed == NULL && transfer->consultation->refusal != NULL
                       ? transfer->consultation->refusal
                   : failed == transfer->transferee
                       ? "Whoever was to be transferred does not take the new media"
                       : "The target does not take the new media");
    fail(transfer, status, failed, why);
}

static void join(struct transfer *transfer) {
    struct call_leg *transferee = transfer->transferee;
    const struct message_body *offer = transfer->offer_text == NULL ? NULL : &transfer->offer;
    struct call_leg *answered = transfer->consultation->answered, *offers;
    if (transfer->replacing) { /* its INVITE may have brought an offer */
        offers = offer != NULL ? transferee : call_leg_other(transferee);
    } else {
        offers = answered->stands_in ? transferee : answered;
    }
    transfer->join = call_join_begin(offers, call_leg_other(offers), offer, joined, transfer);
    if (transfer->join == NULL) {
        fail(transfer, 503, NULL, "Out of memory");
    }
}

static void admitted(void *user, struct call_leg *callee, bool granted) {
    struct transfer *transfer = callee->call->transfer;
    (void)user;
    if (transfer == NULL) {
        return;
    }
    if (!granted) {
        free(callee->call->shortage);
        callee->call->shortage = NULL;
        fail(transfer, 488, NULL, NOT_ENOUGH_BANDWIDTH);
        return;
    }
    join(transfer);
}

/* Puts the transferee into the place of the transferor in the call with the target. */
static void exchange(struct transfer *transfer) {
    struct call_leg *replaced = transfer->replaced;
    if (call_leg_unanswered(replaced)) {
        call_leg_answer(replaced, 487, "The call has been transferred", NULL);
    }
    call_join_restore_drop(replaced->call);
    call_join_restore_drop(transfer->transferee->call);
    keep_agreement(transfer->transferee->call, &transfer->agreed[0]);
    keep_agreement(replaced->call, &transfer->agreed[1]);
    call_exchange(replaced, transfer->transferee);
    transfer->exchanged = true;
}

static bool is_quiet_call(const struct call *call) {
    return !call_relays_pending(call) && !call_join_restores(call);
}

static bool is_quiet(const struct transfer *transfer) {
    return is_quiet_call(transfer->consultation) &&
           (transfer->original == NULL || is_quiet_call(transfer->original)) &&
           !transfer->transferee->ack_due;
}

static void put_through(struct wheel_timer *timer) {
    struct transfer *transfer = SJ_OWNER(timer, struct transfer, wait);
    struct call *consultation = transfer->consultation;
    struct call_manager *manager = consultation->manager;
    if (!is_quiet(transfer)) {
        if (++transfer->tries > QUIET_TRIES) {
            fail(transfer, 491, NULL, "Another change of the calls does not come to an end");
        } else {
            timer_wheel_start(&manager->fast.wheel, timer, sj_monotonic_ms(manager->scope),
                              QUIET_MS, put_through);
        }
        return;
    }
    if (!transfer->exchanged) {
        exchange(transfer);
    }
    call_admission_release(consultation->answered);
    const enum admission_verdict verdict =
        call_admission_reserve(consultation->answered, admitted, NULL);
    if (verdict != ADMISSION_ASKED) {
        admitted(NULL, consultation->answered, verdict == ADMISSION_GRANTED);
    }
}

/* Not from within what has just happened to the calls. */
static void put_through_soon(struct transfer *transfer) {
    struct call_manager *manager = transfer->consultation->manager;
    timer_wheel_start(&manager->fast.wheel, &transfer->wait, sj_monotonic_ms(manager->scope), 0,
                      put_through);
}

void transfer_answered(struct call *call, const struct sip_message *response) {
    struct transfer *transfer = call->transfer;
    struct call_leg *target = call->answered;
    if (!target->caller_offers && response->body.length > 0) {
        if (!keep_offer(transfer, sip_message_header(response, SIP_CONTENT_TYPE), response->body)) {
            fail(transfer, 503, NULL, "Out of memory");
            return;
        }
    } else { /* it has answered the transferor's offer */
        call_leg_acknowledge(target, sip_text_of(""), sip_text_of(""));
        target->state = LEG_CONFIRMED;
    }
    put_through_soon(transfer);
}

void transfer_answered_here(struct call *call) {
    put_through_soon(call->transfer);
}

void transfer_rings(struct call *call, int status) {
    struct transfer *transfer = call->transfer;
    if (call != transfer->consultation) {
        return;
    }
    call_trace(call, "%s transfers %s: %d", transfer->device,
               call_told_number(transfer->transferee), status);
    refer_progress_tell(&transfer->progress, status);
    if (call->answered != NULL) {
        put_through_soon(transfer);
    }
}

bool transfer_changes(const struct call *call) {
    return call_join_restores(call) || (call->transfer != NULL && call->transfer->exchanged &&
                                        call->transfer->consultation->answered != NULL);
}

const struct call_leg *transfer_leaves(const struct call *call) {
    const struct transfer *transfer = call->transfer;
    return transfer == NULL || call != transfer->consultation || transfer->attended ||
                   transfer->exchanged || transfer->original == NULL
               ? NULL
               : transfer->original->answered;
}

/* ---- when somebody hangs up meanwhile ---- */

/* The transferor is gone: the transferee waits for the target in its place. */
static void take_over(struct transfer *transfer) {
    struct call *call = transfer->consultation;
    call_trace(call, "%s has hung up: the transfer goes on without it", transfer->device);
    if (!transfer->exchanged) {
        exchange(transfer);
        call->offer_length = 0; /* the transferor's offer stands for nobody any more */
        timer_wheel_stop(&call->manager->fast.wheel, &call->expiry);
    }
    leave(transfer);
    transfer->original->transfer = NULL;
    transfer->original = NULL;
    transfer->progress.leg = NULL;
}

/* Whoever wants the place of another does not wait for it any more. False: nobody wants that. */
static bool stop_replacing(struct transfer *transfer, const char *why) {
    if (transfer == NULL || !transfer->replacing) {
        return false;
    }
    fail(transfer, 487, NULL, why);
    return true;
}

bool transfer_expired(const struct call *call) {
    return stop_replacing(call->transfer, "The invitation has expired");
}

bool transfer_cancelled(struct call_leg *caller) {
    struct transfer *transfer = caller->call->transfer;
    struct call *original = transfer == NULL ? NULL : transfer->original;
    if (stop_replacing(transfer, "The caller cancelled the call")) {
        return true;
    }
    if (original == NULL || caller->call != transfer->consultation || transfer->exchanged) {
        return false;
    }
    refer_progress_end(&transfer->progress);
    take_over(transfer);
    call_end(original, NULL, 200, "Transferred");
    return true;
}

/* The target cannot be reached, and the transferor has hung up. False: nor can that be called. */
static bool call_back(struct transfer *transfer, int status) {
    struct call *call = transfer->consultation;
    const struct call_origin *rights =
        transfer->returned ? NULL : kept_origin_find(call->manager, transfer->rights);
    if (rights == NULL || transfer->number[0] == '\0') {
        return false;
    }
    transfer->returned = true;
    tell_failure(transfer, status, "The target cannot be reached: the call goes back");
    call_delivery_again(call, rights, transfer->number);
    return true;
}

static bool before_original_ends(struct transfer *transfer, const struct call_leg *who_left) {
    struct call *consultation = transfer->consultation;
    /* There is no transferor where somebody takes the place of another by itself. */
    const bool transferor_left = who_left != NULL && who_left == transfer->transferor;
    if (transferor_left || (transfer->exchanged && who_left == NULL)) {
        take_over(transfer);
        return false;
    }
    if (transfer->exchanged) { /* it has hung up its side of the call with the target alone */
        return true;
    }
    tell_failure(transfer, 487, "Whoever was to be transferred has hung up");
    const bool attended = transfer->attended;
    let_go(transfer);
    if (!attended) {
        call_end(consultation, NULL, 487, "Whoever was to be transferred has hung up");
    }
    return false;
}

static bool before_consultation_ends(struct transfer *transfer, const struct call_leg *who_left,
                                     int status) {
    struct call *original = transfer->original;
    const bool transferee_left = transfer->exchanged && who_left == transfer->transferee;
    if (original == NULL) {
        if (!transferee_left && transfer->consultation->answered == NULL &&
            call_back(transfer, status)) {
            return true;
        }
        let_go(transfer);
        return false;
    }
    tell_failure(transfer, status >= 300 ? status : 487,
                 transferee_left ? "Whoever was to be transferred has hung up"
                                 : "The target cannot be reached");
    if (transfer->exchanged && !transferee_left) {
        exchange_back(transfer);
    }
    const bool replacing = transfer->replacing;
    let_go(transfer);
    if (replacing) {
        call_end(original, NULL, 481, "The call to be taken over has ended");
    } else if (transferee_left) {
        call_end(original, NULL, 200, "Whoever was to be transferred has hung up");
    }
    return false;
}

bool transfer_before_end(struct call *call, const struct call_leg *who_left, int status) {
    struct transfer *transfer = call->transfer;
    return call == transfer->original ? before_original_ends(transfer, who_left)
                                      : before_consultation_ends(transfer, who_left, status);
}

void transfer_forget(struct call *call) {
    if (call->transfer != NULL) {
        let_go(call->transfer);
    }
}
