/* One subscription a call; each digit is looked at when it comes, and nothing of it is kept but the
 * number. */
#include "calls/digit_collection.h"
#include "calls/call_delivery.h"
#include "calls/call_leg.h"
#include "calls/call_routing.h"
#include "calls/kpml_report.h"
#include "dial_plan/dialling.h"
#include "parameters/call_manager.h"
#include "sip/header_values.h"

#include <stdio.h>
#include <stdlib.h>

enum { EXPIRES_S = 3600 };

/* Each key by itself, as long as the subscription lasts. */
static const char any_key[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<kpml-request "
    "xmlns=\"urn:ietf:params:xml:ns:kpml-request\" version=\"1.0\">\r\n<pattern "
    "persist=\"persist\"><regex tag=\"digits\">[x*#ABCD]</regex></pattern>\r\n"
    "</kpml-request>\r\n";

struct digit_collection {
    struct call *call;
    struct sip_transaction *subscribing; /* the SUBSCRIBE that has no answer yet */
    struct wheel_timer timer;
    struct dialling dialling;
    bool subscribed; /* the phone tells */
    bool over;       /* and what it tells is for nobody any more */
    unsigned ending; /* subscriptions of the number before it whose last NOTIFY is still to come */
};

static void complete(struct digit_collection *collection, const char *why);

/* ---- the subscription ---- */

static void refused(struct digit_collection *collection, struct sip_transaction *transaction) {
    collection->subscribing = NULL;
    sip_transaction_detach(transaction);
    if (!collection->over) {
        complete(collection, "its phone tells no further digits");
    }
}

static void on_response(void *user, struct sip_transaction *transaction,
                        const struct sip_message *response) {
    struct digit_collection *collection = user;
    if (response->status >= 300) {
        refused(collection, transaction);
    } else if (response->status >= 200) {
        collection->subscribing = NULL;
        collection->subscribed = true;
        sip_transaction_detach(transaction);
    }
}

static void on_timeout(void *user, struct sip_transaction *transaction) {
    refused(user, transaction);
}

static const struct sip_transaction_events events = {on_response, on_timeout, NULL};

/* `expires_s` 0: the subscription ends. False: it could not be sent. */
static bool subscribe(struct digit_collection *collection, uint32_t expires_s) {
    struct call_leg *leg = collection->call->caller;
    struct sip_writer writer = call_manager_writer(leg->manager);
    const bool begins = expires_s > 0;
    char branch[32];
    call_leg_put_request(leg, &writer, "SUBSCRIBE", ++leg->local_cseq, branch);
    sip_put(&writer, "Max-Forwards: 70\r\nEvent: kpml\r\nExpires: ");
    sip_put_number(&writer, expires_s);
    sip_put(&writer, "\r\nAccept: application/kpml-response+xml\r\n");
    sip_put_body(&writer, sip_text_of(begins ? "application/kpml-request+xml" : ""),
                 sip_text_of(begins ? any_key : ""));
    struct sip_transaction *transaction =
        writer.overflow
            ? NULL
            : sip_client_begin_timed(&leg->manager->transactions, call_leg_timers(leg, false),
                                     SIP_SUBSCRIBE, branch, &leg->flow, writer.data, writer.used,
                                     begins ? &events : NULL, begins ? collection : NULL);
    collection->subscribing = begins ? transaction : collection->subscribing;
    return transaction != NULL;
}

static void stop(struct digit_collection *collection) {
    timer_wheel_stop(&collection->call->manager->fast.wheel, &collection->timer);
    if (!collection->over && (collection->subscribed || collection->subscribing != NULL)) {
        (void)subscribe(collection, 0);
    }
    collection->over = true;
    if (collection->subscribing != NULL) {
        sip_transaction_detach(collection->subscribing);
        collection->subscribing = NULL;
    }
}

/* ---- the digits ---- */

static void timed_out(struct wheel_timer *timer) {
    complete(SJ_OWNER(timer, struct digit_collection, timer), "no further digit comes");
}

static void await_digit(struct digit_collection *collection) {
    struct call_manager *manager = collection->call->manager;
    timer_wheel_start(&manager->fast.wheel, &collection->timer, sj_monotonic_ms(manager->scope),
                      (uint64_t)sj_param_ccm_t302_timer(manager->scope), timed_out);
}

/* The caller as it is now. False: it is gone; the call has ended. */
static bool find_caller(struct call *call, struct call_origin *origin) {
    sj_error error;
    if (call_origin_of_party(call->manager, call->caller, origin, &error) != SJ_OK) {
        call_end(call, NULL, 480, error.text);
        return false;
    }
    return true;
}

static void complete(struct digit_collection *collection, const char *why) {
    struct call *call = collection->call;
    struct call_destination destination = {.host = ""};
    struct call_origin origin;
    stop(collection);
    if (!find_caller(call, &origin)) {
        return;
    }
    (void)snprintf(destination.digits, sizeof destination.digits, "%s",
                   collection->dialling.digits);
    (void)snprintf(call->dialled, sizeof call->dialled, "%s", collection->dialling.digits);
    dial_codes_cut(&call->manager->plan, call->dialled);
    (void)snprintf(call->called, sizeof call->called, "%s", call->dialled);
    call_trace(call, "%s has dialled %s: %s", call->caller->device_name, call->dialled, why);
    call_delivery_begin(call, &origin, &destination);
}

/* False: the number is complete, or it has become another call. */
static bool take_digit(struct digit_collection *collection, char digit) {
    struct call *call = collection->call;
    struct call_origin origin;
    if (!find_caller(call, &origin)) {
        return false;
    }
    const struct number_caller caller = call_number_caller(call->manager, &origin);
    switch (dialling_key(&call->manager->plan, &caller, &collection->dialling, digit)) {
    case DIALLING_HASH: complete(collection, "they end with #"); return false;
    case DIALLING_FULL: complete(collection, "there are too many digits"); return false;
    case DIALLING_COMPLETE: complete(collection, "they are complete"); return false;
    case DIALLING_GOES_ON: await_digit(collection); break;
    }
    return true;
}

void digit_collection_notify(struct call_leg *leg, const struct sip_message *request,
                             const struct sip_flow *flow) {
    struct digit_collection *collection = leg->caller ? leg->call->digits : NULL;
    struct kpml_report report = {.code = 0};
    if (collection == NULL) {
        sip_answer(leg->manager, request, flow, 481, "No digits are asked for");
        return;
    }
    if (request->body.length > 0 && !kpml_report_read(request->body, &report)) {
        sip_answer(leg->manager, request, flow, 400, "The keys cannot be read");
        return;
    }
    sip_answer_kept(leg->manager, request, flow, 200);
    if (collection->over) {
        return;
    }
    const bool ends = sip_text_is_nocase(
        sip_text_token(sip_message_header(request, SIP_SUBSCRIPTION_STATE)), "terminated");
    const bool of_before = ends && collection->ending > 0;
    if (of_before) {
        collection->ending--;
    } else {
        collection->subscribed = !ends;
    }
    for (const char *digit = report.digits; report.code == 200 && *digit != '\0'; digit++) {
        if (!take_digit(collection, *digit)) {
            return; /* what follows is no part of it */
        }
    }
    if (!of_before && (ends || report.code >= 400)) {
        complete(collection, "its phone tells no further digits");
    }
}

/* ---- the call ---- */

/* Whether that phone is asked for what follows. */
static bool is_asked(const struct call *call, const struct call_origin *origin) {
    return origin->device != NULL && origin->device->digit_by_digit &&
           call_leg_unanswered(call->caller);
}

/* False: nothing can be asked for. */
static bool begin(struct call *call, const struct dialling *dialling) {
    const struct digit_collection *before = call->digits;
    const unsigned ending =
        before == NULL ? 0 : before->ending + (before->subscribed || before->subscribing ? 1u : 0u);
    digit_collection_forget(call);
    struct digit_collection *collection = calloc(1, sizeof *collection);
    if (collection == NULL) {
        return false;
    }
    collection->call = call;
    collection->dialling = *dialling;
    collection->ending = ending;
    call->digits = collection;
    /* The subscription belongs to a dialog, which a provisional response makes (RFC 4730 3.1). */
    call_leg_answer(call->caller, 183, "", NULL);
    call->caller->state = LEG_OFFERED; /* nothing rings yet */
    if (!subscribe(collection, EXPIRES_S)) {
        digit_collection_forget(call);
        return false;
    }
    await_digit(collection);
    return true;
}

bool digit_collection_begin(struct call *call, const struct call_origin *origin,
                            const struct call_destination *destination) {
    const struct number_caller caller = call_number_caller(call->manager, origin);
    struct dialling dialling;
    return is_asked(call, origin) && destination->host[0] == '\0' &&
           digits_are_number(destination->digits) &&
           dialling_begin(&call->manager->plan, &caller, destination->digits, &dialling) ==
               DIALLING_GOES_ON &&
           begin(call, &dialling);
}

bool digit_collection_of_code(struct call *call, const struct call_origin *origin,
                              const char *dialled) {
    struct dialling dialling;
    if (!is_asked(call, origin) || !dialling_begin_code(dialled, &dialling) ||
        !begin(call, &dialling)) {
        return false;
    }
    call_trace(call, "%s is to key in a code", call->caller->device_name);
    return true;
}

void digit_collection_forget(struct call *call) {
    if (call->digits != NULL) {
        stop(call->digits);
        explicit_bzero(&call->digits->dialling, sizeof call->digits->dialling); /* it has codes */
        free(call->digits);
        call->digits = NULL;
    }
}
