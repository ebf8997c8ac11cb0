/* Keeps sessions alive, and ends those that nobody refreshes. Sends through the transactions. */
#include "calls/session_timer.h"
#include "calls/call_leg.h"
#include "sip/header_values.h"
#include "sip/session_expires.h"

#include <stdio.h>

enum { TRY_AGAIN_S = 10 };

static struct call_leg *of_timer(struct wheel_timer *timer) {
    return SJ_OWNER(timer, struct call_leg, session.timer);
}

static void start(struct call_leg *leg, uint32_t seconds, void (*fire)(struct wheel_timer *timer)) {
    timer_wheel_start(&leg->manager->slow.wheel, &leg->session.timer,
                      sj_monotonic_ms(leg->manager->scope), (uint64_t)seconds * 1000, fire);
}

void session_timer_stop(struct call_leg *leg) {
    timer_wheel_stop(&leg->manager->slow.wheel, &leg->session.timer);
    leg->session.interval_s = 0;
    if (leg->session.refresh != NULL) {
        sip_transaction_detach(leg->session.refresh);
        leg->session.refresh = NULL;
    }
}

static void expired(struct wheel_timer *timer) {
    struct call_leg *leg = of_timer(timer);
    char why[200];
    (void)snprintf(why, sizeof why, "The session has expired: %.120s has not refreshed it",
                   leg->device_name);
    call_end(leg->call, NULL, 408, why);
}

static void refresh(struct wheel_timer *timer);

/* Half the interval is left for our own refresh; the peer's may come until shortly before the end
 * (RFC 4028 10). */
static void watch(struct call_leg *leg, uint32_t asked_s, bool ours) {
    const uint32_t interval_s = asked_s < SESSION_SHORTEST_S ? SESSION_SHORTEST_S : asked_s;
    const uint32_t third_s = interval_s / 3;
    leg->session.interval_s = interval_s;
    leg->session.ends_ms = sj_monotonic_ms(leg->manager->scope) + (uint64_t)interval_s * 1000;
    if (ours) {
        start(leg, interval_s / 2, refresh);
    } else {
        start(leg, interval_s - (third_s < 32 ? third_s : 32), expired);
    }
}

/* The peer has not taken the refresh: it is tried again while there is time. */
static void try_again(struct call_leg *leg) {
    const bool late =
        sj_monotonic_ms(leg->manager->scope) + TRY_AGAIN_S * UINT64_C(1000) >= leg->session.ends_ms;
    start(leg, TRY_AGAIN_S, late ? expired : refresh);
}

static void on_response(void *user, struct sip_transaction *transaction,
                        const struct sip_message *response) {
    struct call_leg *leg = user;
    struct session_expires expires;
    if (response->status < 200) {
        return;
    }
    leg->session.refresh = NULL;
    sip_transaction_detach(transaction);
    if (response->status < 300 && session_expires_read(response, &expires)) {
        watch(leg, expires.interval_s, expires.refresher != REFRESHER_UAS);
    } else if (response->status < 300) {
        session_timer_stop(leg); /* the peer has no timer any more */
    } else if (response->status == 422 &&
               session_expires_shortest(response) > leg->session.interval_s) {
        leg->session.interval_s = session_expires_shortest(response);
        start(leg, 0, refresh);
    } else if (response->status == 481 || response->status == 408) {
        call_end(leg->call, leg, response->status, "One party no longer knows the call");
    } else {
        try_again(leg);
    }
}

static void on_timeout(void *user, struct sip_transaction *transaction) {
    struct call_leg *leg = user;
    leg->session.refresh = NULL;
    sip_transaction_detach(transaction);
    call_end(leg->call, NULL, 408, "One party no longer answers");
}

static const struct sip_transaction_events events = {on_response, on_timeout, NULL};

static void refresh(struct wheel_timer *timer) {
    struct call_leg *leg = of_timer(timer);
    struct sip_writer writer = call_manager_writer(leg->manager);
    char branch[32];
    call_leg_put_request(leg, &writer, "UPDATE", ++leg->local_cseq, branch);
    sip_put(&writer, "Max-Forwards: 70\r\nSupported: timer\r\nSession-Expires: ");
    sip_put_number(&writer, leg->session.interval_s);
    sip_put(&writer, ";refresher=uac\r\n");
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    leg->session.refresh =
        writer.overflow
            ? NULL
            : sip_client_begin_timed(&leg->manager->transactions, call_leg_timers(leg, false),
                                     SIP_UPDATE, branch, &leg->flow, writer.data, writer.used,
                                     &events, leg);
    if (leg->session.refresh == NULL) {
        try_again(leg);
    }
}

void session_timer_agree(struct call_leg *leg, const struct sip_message *request,
                         struct sip_writer *writer) {
    const bool supported = sip_values_have(request, SIP_SUPPORTED, "timer") ||
                           sip_values_have(request, SIP_REQUIRE, "timer");
    struct session_expires expires;
    leg->session.updates = leg->session.updates || sip_values_have(request, SIP_ALLOW, "UPDATE");
    session_timer_stop(leg);
    if (!session_expires_read(request, &expires) || expires.interval_s < SESSION_SHORTEST_S) {
        return;
    }
    const bool ours = !supported || expires.refresher == REFRESHER_UAS;
    if (ours && !leg->session.updates) {
        return;
    }
    sip_put(writer, "Session-Expires: ");
    sip_put_number(writer, expires.interval_s);
    sip_put(writer, ours ? ";refresher=uas\r\n" : ";refresher=uac\r\nRequire: timer\r\n");
    watch(leg, expires.interval_s, ours);
}
