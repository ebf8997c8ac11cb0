/* Keeps sessions alive, and ends those that nobody refreshes. Sends through the transactions. */
#include "calls/session_timer.h"
#include "calls/call_connected.h"
#include "calls/call_join.h"
#include "calls/call_leg.h"
#include "calls/call_relay.h"
#include "calls/trunk_status.h"
#include "parameters/call_manager.h"
#include "phones/registration_table.h"
#include "sip/header_values.h"
#include "sip/session_expires.h"

#include <stdio.h>

enum { TRY_AGAIN_MS = 10000 };

static struct call_leg *of_timer(struct wheel_timer *timer) {
    return SJ_OWNER(timer, struct call_leg, session.timer);
}

static void start(struct call_leg *leg, uint64_t ms, void (*fire)(struct wheel_timer *timer)) {
    timer_wheel_start(&leg->manager->slow.wheel, &leg->session.timer,
                      sj_monotonic_ms(leg->manager->scope), ms, fire);
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
    leg->session.ours = ours;
    leg->session.ends_ms = sj_monotonic_ms(leg->manager->scope) + (uint64_t)interval_s * 1000;
    if (ours) {
        start(leg, (uint64_t)interval_s * 500, refresh);
    } else {
        start(leg, (uint64_t)(interval_s - (third_s < 32 ? third_s : 32)) * 1000, expired);
    }
}

static uint64_t left_ms(const struct call_leg *leg) {
    const uint64_t now_ms = sj_monotonic_ms(leg->manager->scope);
    return leg->session.ends_ms > now_ms ? leg->session.ends_ms - now_ms : 0;
}

/* The peer has not taken the refresh: it is tried again while there is time. */
static void try_again_after(struct call_leg *leg, uint64_t ms) {
    const uint64_t most_ms = left_ms(leg);
    if (leg->session.interval_s == 0) {
        return; /* it was told something, and there is no session to be kept */
    }
    start(leg, ms < most_ms ? ms : most_ms, ms < most_ms ? refresh : expired);
}

static void try_again(struct call_leg *leg) {
    try_again_after(leg, TRY_AGAIN_MS);
}

/* ---- this node sends the request ---- */

static void put_seconds(struct sip_writer *writer, const char *name, uint32_t seconds,
                        const char *behind) {
    sip_put(writer, name);
    sip_put_number(writer, seconds);
    sip_put(writer, behind);
}

static uint32_t least_of(const struct call_manager *manager, uint32_t least_s) {
    const uint32_t own_s = (uint32_t)sj_param_ccm_sip_min_se_value(manager->scope);
    return least_s > own_s ? least_s : own_s;
}

static void put_least(const struct call_manager *manager, uint32_t least_s,
                      struct sip_writer *writer) {
    if (least_of(manager, least_s) > SESSION_SHORTEST_S) {
        put_seconds(writer, "Min-SE: ", least_of(manager, least_s), "\r\n");
    }
}

uint32_t session_timer_wanted(const struct call_manager *manager, uint32_t least_s) {
    const uint32_t wanted_s = (uint32_t)sj_param_ccm_sip_session_expires_timer(manager->scope);
    return wanted_s == 0                           ? 0
           : wanted_s < least_of(manager, least_s) ? least_of(manager, least_s)
                                                   : wanted_s;
}

void session_timer_offer(const struct call_manager *manager, uint32_t interval_s, uint32_t least_s,
                         struct sip_writer *writer) {
    put_seconds(writer, "Session-Expires: ", interval_s,
                "\r\n"); /* the callee says who refreshes */
    put_least(manager, least_s, writer);
}

/* What holds, or what the peer takes no less than. */
static uint32_t asked_s(const struct call_leg *leg) {
    return leg->session.least_s > leg->session.interval_s ? leg->session.least_s
                                                          : leg->session.interval_s;
}

void session_timer_put(const struct call_leg *leg, struct sip_writer *writer) {
    if (leg->session.interval_s > 0) {
        sip_put(writer, "Supported: timer\r\n");
        put_seconds(writer, "Session-Expires: ", asked_s(leg),
                    leg->session.ours ? ";refresher=uac\r\n" : ";refresher=uas\r\n");
        put_least(leg->manager, leg->session.least_s, writer);
    }
}

void session_timer_accepted(struct call_leg *leg, const struct sip_message *response) {
    struct session_expires expires;
    leg->session.updates = leg->session.updates || sip_values_have(response, SIP_ALLOW, "UPDATE");
    session_timer_stop(leg);
    if (session_expires_read(response, &expires)) {
        watch(leg, expires.interval_s, expires.refresher != REFRESHER_UAS);
    }
}

/* The session is too short for it: it is asked at once for one as long as it wants, but only once,
 * and what holds meanwhile is what was agreed. */
static bool is_first_raise(const struct call_leg *leg, const struct sip_message *response) {
    const uint32_t least_s = session_expires_shortest(response);
    return response->status == 422 && leg->session.least_s == 0 &&
           least_s > leg->session.interval_s && least_s <= SESSION_LONGEST_S;
}

static void on_response(void *user, struct sip_transaction *transaction,
                        const struct sip_message *response) {
    struct call_leg *leg = user;
    if (response->status < 200) {
        return;
    }
    leg->session.refresh = NULL;
    sip_transaction_detach(transaction);
    if (response->status < 300) {
        session_timer_accepted(leg, response);
    } else if (is_first_raise(leg, response)) {
        leg->session.least_s = session_expires_shortest(response);
        try_again_after(leg, 0);
    } else if (response->status == 481 || response->status == 408) {
        call_end(leg->call, leg, response->status, "One party no longer knows the call");
    } else {
        leg->session.updates = leg->session.updates && response->status != 405 &&
                               response->status != 501; /* then by re-INVITE */
        try_again(leg);
    }
}

static void on_answer(void *user, struct sip_transaction *transaction,
                      const struct sip_message *response) {
    struct call_leg *leg = user;
    const bool again = response->status >= 200 && leg->session.untold && response->status != 481 &&
                       response->status != 408;
    on_response(user, transaction, response);
    if (again) {
        session_timer_inform(leg);
    }
}

static void on_timeout(void *user, struct sip_transaction *transaction) {
    struct call_leg *leg = user;
    leg->session.refresh = NULL;
    sip_transaction_detach(transaction);
    call_end(leg->call, NULL, 408, "One party no longer answers");
}

static const struct sip_transaction_events events = {on_answer, on_timeout, NULL};

static void refresh_by_update(struct call_leg *leg) {
    struct sip_writer writer = call_manager_writer(leg->manager);
    char branch[32];
    call_leg_put_request(leg, &writer, "UPDATE", ++leg->local_cseq, branch);
    sip_put(&writer, "Max-Forwards: 70\r\n");
    call_connected_put(call_leg_other(leg), leg, &writer);
    session_timer_put(leg, &writer);
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

void session_timer_not_refreshed(struct call_leg *leg) {
    try_again(leg);
}

void session_timer_inform(struct call_leg *leg) {
    leg->session.untold = leg->session.refresh != NULL;
    if (leg->session.updates && leg->session.refresh == NULL) {
        refresh_by_update(leg);
    } else if (!leg->session.updates && !call_join_refresh(leg)) {
        call_trace(leg->call, "%s takes no UPDATE, and cannot be told now who it speaks with",
                   leg->device_name);
    }
}

/* Session Refresh Method of its SIP profile. */
static bool wants_invite(const struct call_leg *leg) {
    const struct registration *phone =
        leg->trunk ? NULL : registration_find(leg->manager->registrations, leg->device_name);
    return leg->trunk ? trunk_refreshes_by_invite(leg->manager, leg->device_name)
                      : phone != NULL && phone->device->refreshed_by_invite;
}

/* Provisional responses to a re-INVITE may go on for ever: the session does not. A change of the
 * call may have taken its place, though. */
static void overdue(struct wheel_timer *timer) {
    if (of_timer(timer)->call->restoring != NULL) {
        expired(timer);
    } else {
        refresh(timer);
    }
}

static void refresh(struct wheel_timer *timer) {
    struct call_leg *leg = of_timer(timer);
    if (leg->session.updates && !wants_invite(leg)) {
        refresh_by_update(leg);
    } else if (!call_join_refresh(leg)) {
        try_again(leg);
    } else {
        start(leg, left_ms(leg), overdue);
    }
}

/* ---- the peer sends it ---- */

void session_timer_agree(struct call_leg *leg, const struct sip_message *request,
                         struct sip_writer *writer) {
    const bool supported = sip_values_have(request, SIP_SUPPORTED, "timer") ||
                           sip_values_have(request, SIP_REQUIRE, "timer");
    const bool first = request->method == SIP_INVITE && leg->inbound && leg->state < LEG_ANSWERED;
    struct session_expires expires = {.interval_s = 0};
    leg->session.updates = leg->session.updates || sip_values_have(request, SIP_ALLOW, "UPDATE");
    session_timer_stop(leg);
    (void)session_expires_read(request, &expires);
    if (expires.interval_s == 0 && first && supported) {
        expires = (struct session_expires){session_timer_wanted(leg->manager, 0), REFRESHER_UAS};
    }
    if (expires.interval_s < SESSION_SHORTEST_S) {
        return;
    }
    const bool ours = !supported || expires.refresher == REFRESHER_UAS;
    put_seconds(writer, "Session-Expires: ", expires.interval_s,
                ours ? ";refresher=uas\r\n" : ";refresher=uac\r\nRequire: timer\r\n");
    watch(leg, expires.interval_s, ours);
}
