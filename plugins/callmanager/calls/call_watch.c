/* Asks the parties of answered calls. Reads the registrations; sends through the transactions. */
#include "calls/call_watch.h"
#include "calls/call_leg.h"
#include "phones/registration_table.h"

#include <sojourn/base/hash.h>

enum {
    LOOK_MS = 30 * 1000, /* at the registrations of the parties */
    PROBE_MS = 15 * 60 * 1000,
};

static void probe_response(void *user, struct sip_transaction *transaction,
                           const struct sip_message *response) {
    struct call_leg *leg = user;
    (void)transaction;
    if (leg->call != NULL && (response->status == 481 || response->status == 408)) {
        call_end(leg->call, leg, response->status, "One party no longer knows the call");
    }
}

static void probe_timeout(void *user, struct sip_transaction *transaction) {
    struct call_leg *leg = user;
    (void)transaction;
    if (leg->call != NULL) {
        call_end(leg->call, NULL, 408, "One party no longer answers");
    }
}

static void probe_ended(void *user, struct sip_transaction *transaction) {
    struct call_leg *leg = user;
    if (leg->probe == transaction) {
        leg->probe = NULL;
    }
}

static const struct sip_transaction_events probe_events = {probe_response, probe_timeout,
                                                           probe_ended};

static void probe_leg(struct call_leg *leg) {
    struct sip_writer writer = call_manager_writer(leg->manager);
    char branch[32];
    if (leg->state != LEG_CONFIRMED || leg->probe != NULL || leg->stands_in) {
        return;
    }
    call_leg_put_request(leg, &writer, "OPTIONS", ++leg->local_cseq, branch);
    sip_put(&writer, "Max-Forwards: 70\r\n");
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    if (!writer.overflow) {
        leg->probe = sip_client_begin_timed(
            &leg->manager->transactions, call_leg_timers(leg, false), SIP_OPTIONS, branch,
            &leg->flow, writer.data, writer.used, &probe_events, leg);
    }
}

/* A phone that has not been registered at two looks, so that one that comes back soon is left
 * alone, or that has registered anew, as after a start: does it know the call? */
static bool is_in_doubt(struct call_leg *leg) {
    const struct registration *registration =
        leg->trunk ? NULL : registration_find(leg->manager->registrations, leg->device_name);
    const uint64_t before = leg->registered_as;
    const bool missed = leg->unregistered;
    leg->unregistered = registration == NULL && !leg->trunk;
    if (registration != NULL) {
        leg->registered_as = sj_hash_keyed_text(registration_call_id(registration));
    }
    return (leg->unregistered && missed) ||
           (registration != NULL && before != 0 && before != leg->registered_as);
}

static void look(struct wheel_timer *timer);

static void look_again(struct call *call) {
    timer_wheel_start(&call->manager->fast.wheel, &call->watch,
                      sj_monotonic_ms(call->manager->scope), LOOK_MS, look);
}

static void look(struct wheel_timer *timer) {
    struct call *call = SJ_OWNER(timer, struct call, watch);
    struct call_leg *const parties[] = {call->caller, call->answered};
    const uint64_t now = sj_monotonic_ms(call->manager->scope);
    const bool due = now - call->probed_ms >= PROBE_MS;
    call->probed_ms = due ? now : call->probed_ms;
    look_again(call);
    for (size_t i = 0; i < 2; i++) {
        if (is_in_doubt(parties[i]) || due) {
            probe_leg(parties[i]);
        }
    }
}

void call_watch(struct call *call) {
    (void)is_in_doubt(call->caller);
    (void)is_in_doubt(call->answered);
    call->probed_ms = sj_monotonic_ms(call->manager->scope);
    look_again(call);
}

void call_watch_end(struct call *call) {
    timer_wheel_stop(&call->manager->fast.wheel, &call->watch);
}
