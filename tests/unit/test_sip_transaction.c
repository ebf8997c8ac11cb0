/* Transactions and their timers, over a wheel that the test turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip/sip_transaction.h"

struct world {
    struct timer_wheel wheel;
    struct sip_transactions all;
    uint64_t now;
    unsigned sent;
    char last[4096]; /* sent */
    unsigned responses, timeouts, ended;
    int last_status;
};

static uint64_t clock_of(void *user) {
    return ((struct world *)user)->now;
}

static void send_of(void *user, const struct sip_flow *flow, const char *data, size_t length) {
    struct world *of = user;
    (void)flow;
    of->sent++;
    (void)snprintf(of->last, sizeof of->last, "%.*s", (int)length, data);
}

static void on_response(void *user, struct sip_transaction *transaction,
                        const struct sip_message *response) {
    struct world *of = user;
    (void)transaction;
    of->responses++;
    of->last_status = response->status;
}

static void on_timeout(void *user, struct sip_transaction *transaction) {
    (void)transaction;
    ((struct world *)user)->timeouts++;
}

static void on_ended(void *user, struct sip_transaction *transaction) {
    (void)transaction;
    ((struct world *)user)->ended++;
}

static const struct sip_transaction_events events = {on_response, on_timeout, on_ended};

static int setup(void **state) {
    struct world *of = calloc(1, sizeof *of);
    of->now = 1000000;
    timer_wheel_init(&of->wheel, 20, of->now);
    sip_transactions_init(&of->all, &of->wheel, clock_of, send_of, of);
    *state = of;
    return 0;
}

static int teardown(void **state) {
    struct world *of = *state;
    sip_transactions_free(&of->all);
    assert_int_equal(of->wheel.running, 0);
    free(of);
    return 0;
}

static void pass(struct world *of, uint64_t ms) {
    for (uint64_t i = 0; i < ms; i += 20) {
        of->now += 20;
        timer_wheel_advance(&of->wheel, of->now);
    }
}

static struct sip_flow flow_over(sj_sip_transport transport) {
    struct sip_flow flow;
    memset(&flow, 0, sizeof flow);
    flow.transport = transport;
    (void)sj_address_parse("192.0.2.1", 5060, &flow.remote);
    return flow;
}

static void message(struct sip_message *parsed, char *text, const char *first_line,
                    const char *branch, const char *cseq) {
    (void)sprintf(text,
                  "%s\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=%s\r\nFrom: <sip:a@x>;tag=1\r\nTo: "
                  "<sip:b@y>;tag=2\r\nCall-ID: "
                  "c\r\nCSeq: %s\r\n"
                  "Route: <sip:proxy;lr>\r\nContent-Length: 0\r\n\r\n",
                  first_line, branch, cseq);
    assert_true(sip_message_parse(text, strlen(text), parsed));
    assert_null(parsed->fault);
}

static struct sip_transaction *client(struct world *of, enum sip_method method, const char *line,
                                      sj_sip_transport transport) {
    char text[1000], cseq[40];
    struct sip_message parsed;
    const struct sip_flow flow = flow_over(transport);
    (void)snprintf(cseq, sizeof cseq, "1 %s", sip_method_text(method));
    message(&parsed, text, line, "z9hG4bKq", cseq);
    return sip_client_begin(&of->all, method, "z9hG4bKq", &flow, text, strlen(text), &events, of);
}

static bool response(struct world *of, const char *line, const char *cseq) {
    char text[1000];
    struct sip_message parsed;
    message(&parsed, text, line, "z9hG4bKq", cseq);
    return sip_transactions_response(&of->all, &parsed);
}

/* Timer A doubles without bound, timer B ends it after 64 * T1. */
static void test_invite_client_timeout(void **state) {
    struct world *of = *state;
    assert_non_null(client(of, SIP_INVITE, "INVITE sip:b@y SIP/2.0", SJ_SIP_TRANSPORT_UDP));
    assert_int_equal(of->sent, 1);
    pass(of, 500);
    assert_int_equal(of->sent, 2);
    pass(of, 1000);
    assert_int_equal(of->sent, 3);
    pass(of, 2000 + 4000 + 8000 + 16000 - 40);
    assert_int_equal(of->sent, 6);
    assert_int_equal(of->timeouts, 0);
    pass(of, 1000);
    assert_int_equal(of->timeouts, 1);
    assert_int_equal(of->ended, 1);
    assert_int_equal(of->all.table.count, 0);
}

static void test_invite_client_refused(void **state) {
    struct world *of = *state;
    assert_non_null(client(of, SIP_INVITE, "INVITE sip:b@y SIP/2.0", SJ_SIP_TRANSPORT_UDP));
    assert_true(response(of, "SIP/2.0 180 Ringing", "1 INVITE"));
    pass(of, 60000); /* rings without repetition, and without end */
    assert_int_equal(of->sent, 1);
    assert_true(response(of, "SIP/2.0 486 Busy Here", "1 INVITE"));
    assert_int_equal(of->last_status, 486);
    assert_int_equal(of->sent, 2);
    assert_non_null(strstr(of->last, "ACK sip:b@y SIP/2.0\r\n"));
    assert_non_null(strstr(of->last, "Route: <sip:proxy;lr>\r\n"));
    assert_non_null(strstr(of->last, "CSeq: 1 ACK\r\n"));
    assert_true(
        response(of, "SIP/2.0 486 Busy Here", "1 INVITE")); /* repeated: only the ACK again */
    assert_int_equal(of->sent, 3);
    assert_int_equal(of->responses, 2);
    pass(of, 32100); /* timer D */
    assert_int_equal(of->ended, 1);
    assert_false(response(of, "SIP/2.0 486 Busy Here", "1 INVITE"));
}

static void test_invite_client_answered(void **state) {
    struct world *of = *state;
    assert_non_null(client(of, SIP_INVITE, "INVITE sip:b@y SIP/2.0", SJ_SIP_TRANSPORT_TCP));
    pass(of, 5000);
    assert_int_equal(of->sent, 1); /* no repetition over TCP */
    assert_true(response(of, "SIP/2.0 200 OK", "1 INVITE"));
    assert_int_equal(of->ended, 1);
    assert_int_equal(of->sent, 1); /* the ACK is its user's */
}

static void test_cancel(void **state) {
    struct world *of = *state;
    struct sip_transaction *invite =
        client(of, SIP_INVITE, "INVITE sip:b@y SIP/2.0", SJ_SIP_TRANSPORT_UDP);
    char reason[] = "Reason: Q.850;cause=16\r\n";
    sip_client_cancel(invite, reason); /* nothing heard yet: it waits */
    memset(reason, 'x', sizeof reason - 1);
    assert_int_equal(of->sent, 1);
    assert_true(response(of, "SIP/2.0 100 Trying", "1 INVITE"));
    assert_int_equal(of->sent, 2);
    assert_non_null(strstr(of->last, "CANCEL sip:b@y SIP/2.0\r\n"));
    assert_non_null(strstr(of->last, "branch=z9hG4bKq"));
    assert_non_null(strstr(of->last, "\r\nReason: Q.850;cause=16\r\n"));
    assert_true(response(of, "SIP/2.0 200 OK", "1 CANCEL"));
    assert_true(response(of, "SIP/2.0 487 Request Terminated", "1 INVITE"));
    assert_int_equal(of->last_status, 487);
    pass(of, 33000);
    assert_int_equal(of->all.table.count, 0);
}

/* Timer E goes up to T2, timer F ends it, timer K keeps it for repeated answers. */
static void test_other_client(void **state) {
    struct world *of = *state;
    assert_non_null(client(of, SIP_BYE, "BYE sip:b@y SIP/2.0", SJ_SIP_TRANSPORT_UDP));
    pass(of, 500 + 1000 + 2000 + 4000 + 4000);
    assert_int_equal(of->sent, 6);
    pass(of, 21000);
    assert_int_equal(of->timeouts, 1);
    assert_non_null(client(of, SIP_BYE, "BYE sip:b@y SIP/2.0", SJ_SIP_TRANSPORT_UDP));
    assert_true(response(of, "SIP/2.0 200 OK", "1 BYE"));
    assert_true(response(of, "SIP/2.0 200 OK", "1 BYE"));
    assert_int_equal(of->responses, 1);
    pass(of, 5100);
    assert_int_equal(of->ended, 2);
}

static struct sip_transaction *server(struct world *of, const char *method,
                                      sj_sip_transport transport) {
    char text[1000], line[60], cseq[40];
    struct sip_message parsed;
    const struct sip_flow flow = flow_over(transport);
    (void)snprintf(line, sizeof line, "%s sip:b@y SIP/2.0", method);
    (void)snprintf(cseq, sizeof cseq, "1 %s", method);
    message(&parsed, text, line, "z9hG4bKs", cseq);
    return sip_server_begin(&of->all, &parsed, &flow, &events, of);
}

static bool absorbed(struct world *of, const char *method, const char *branch) {
    char text[1000], line[60], cseq[40];
    struct sip_message parsed;
    (void)snprintf(line, sizeof line, "%s sip:b@y SIP/2.0", method);
    (void)snprintf(cseq, sizeof cseq, "1 %s", method);
    message(&parsed, text, line, branch, cseq);
    return sip_transactions_absorb(&of->all, &parsed);
}

static void test_other_server(void **state) {
    struct world *of = *state;
    struct sip_transaction *bye = server(of, "BYE", SJ_SIP_TRANSPORT_UDP);
    assert_true(absorbed(of, "BYE", "z9hG4bKs"));
    assert_int_equal(of->sent, 0); /* not answered yet */
    sip_server_respond(bye, 200, "answer", 6);
    assert_true(absorbed(of, "BYE", "z9hG4bKs"));
    assert_int_equal(of->sent, 2);
    assert_string_equal(of->last, "answer");
    assert_false(absorbed(of, "BYE", "z9hG4bKother"));
    pass(of, 32100); /* timer J */
    assert_false(absorbed(of, "BYE", "z9hG4bKs"));
    bye = server(of, "BYE", SJ_SIP_TRANSPORT_TCP);
    sip_server_respond(bye, 200, "answer", 6);
    assert_int_equal(of->all.table.count, 0);
}

static void test_invite_server_refuses(void **state) {
    struct world *of = *state;
    struct sip_transaction *invite = server(of, "INVITE", SJ_SIP_TRANSPORT_UDP);
    sip_server_respond(invite, 100, "trying", 6);
    assert_true(absorbed(of, "INVITE", "z9hG4bKs"));
    assert_int_equal(of->sent, 2);
    sip_server_respond(invite, 404, "not found", 9);
    pass(of, 500 + 1000);
    assert_int_equal(of->sent, 5); /* timer G */
    assert_true(absorbed(of, "ACK", "z9hG4bKs"));
    pass(of, 4000);
    assert_int_equal(of->sent, 5);
    assert_true(absorbed(of, "ACK", "z9hG4bKs"));
    pass(of, 5100); /* timer I */
    assert_false(absorbed(of, "ACK", "z9hG4bKs"));
    assert_int_equal(of->timeouts, 0);
}

static void test_invite_server_answers(void **state) {
    struct world *of = *state;
    struct sip_transaction *invite = server(of, "INVITE", SJ_SIP_TRANSPORT_TCP);
    sip_server_respond(invite, 200, "ok", 2);
    pass(of, 500);
    assert_int_equal(of->sent, 2); /* repeated over TCP as well, until the ACK */
    assert_false(absorbed(of, "ACK", "z9hG4bKs"));
    sip_server_acknowledged(invite);
    assert_int_equal(of->ended, 1);
    invite = server(of, "INVITE", SJ_SIP_TRANSPORT_UDP);
    sip_server_respond(invite, 200, "ok", 2);
    pass(of, 32100);
    assert_int_equal(of->timeouts, 1); /* never acknowledged */
    assert_int_equal(of->ended, 2);
}

static void test_cancelled(void **state) {
    struct world *of = *state;
    struct sip_transaction *invite = server(of, "INVITE", SJ_SIP_TRANSPORT_UDP);
    char text[1000];
    struct sip_message parsed;
    message(&parsed, text, "CANCEL sip:b@y SIP/2.0", "z9hG4bKs", "1 CANCEL");
    assert_false(sip_transactions_absorb(&of->all, &parsed));
    assert_ptr_equal(sip_transactions_cancelled(&of->all, &parsed), invite);
    assert_false(sip_server_answered(invite));
}

/* A peer of RFC 2543 has no branch of use: Call-ID, CSeq and tag tell its requests apart. */
static void test_old_branch(void **state) {
    struct world *of = *state;
    char text[1000];
    struct sip_message parsed;
    const struct sip_flow flow = flow_over(SJ_SIP_TRANSPORT_UDP);
    message(&parsed, text, "BYE sip:b@y SIP/2.0", "1", "1 BYE");
    assert_non_null(sip_server_begin(&of->all, &parsed, &flow, NULL, NULL));
    assert_true(absorbed(of, "BYE", "1"));
    message(&parsed, text, "BYE sip:b@y SIP/2.0", "1", "2 BYE");
    assert_false(sip_transactions_absorb(&of->all, &parsed));
}

static void test_lost_connection(void **state) {
    struct world *of = *state;
    const struct sip_flow flow = flow_over(SJ_SIP_TRANSPORT_TCP);
    assert_non_null(client(of, SIP_INVITE, "INVITE sip:b@y SIP/2.0", SJ_SIP_TRANSPORT_TCP));
    sip_transactions_flow_lost(&of->all, &flow, "connection refused");
    pass(of, 40);
    assert_int_equal(of->timeouts, 1);
}

/* A request outside of dialogs, over UDP; its text is what is quoted. */
static void client_outside(struct world *of, char text[1000]) {
    struct sip_message parsed;
    const struct sip_flow flow = flow_over(SJ_SIP_TRANSPORT_UDP);
    message(&parsed, text, "INVITE sip:b@y SIP/2.0", "z9hG4bKq", "1 INVITE");
    char *tag = strstr(text, ";tag=2");
    memmove(tag, tag + 6, strlen(tag + 6) + 1);
    assert_non_null(
        sip_client_begin(&of->all, SIP_INVITE, "z9hG4bKq", &flow, text, strlen(text), &events, of));
}

static bool undelivered(struct world *of, const struct sip_flow *flow, const char *data,
                        size_t length) {
    char quoted[1000]; /* not a byte more than is quoted */
    memcpy(quoted, data, length);
    return sip_transactions_undelivered(&of->all, flow, quoted, length, "connection refused");
}

static void test_undelivered(void **state) {
    struct world *of = *state;
    const struct sip_flow flow = flow_over(SJ_SIP_TRANSPORT_UDP);
    struct sip_flow other = flow;
    char text[1000], forged[1000];
    client_outside(of, text);
    const size_t via = (size_t)(strstr(text, "\r\nFrom") + 2 - text);
    (void)sj_address_parse("192.0.2.1", 5061, &other.remote);
    (void)snprintf(forged, sizeof forged, "%s", text);
    *(strstr(forged, "z9hG4bKq") + 7) = 'p';
    assert_false(undelivered(of, &other, text, strlen(text)));
    assert_false(undelivered(of, &flow, forged, strlen(forged)));
    for (size_t length = 0; length < via; length++) { /* the branch may have been longer */
        assert_false(undelivered(of, &flow, text, length));
    }
    pass(of, 40);
    assert_int_equal(of->timeouts, 0);
    assert_true(undelivered(of, &flow, text, via));
    pass(of, 40);
    assert_int_equal(of->timeouts, 1);
    assert_int_equal(of->ended, 1);
}

static void test_undelivered_after_a_response(void **state) {
    struct world *of = *state;
    const struct sip_flow flow = flow_over(SJ_SIP_TRANSPORT_UDP);
    char text[1000];
    client_outside(of, text);
    assert_true(response(of, "SIP/2.0 100 Trying", "1 INVITE"));
    assert_false(undelivered(of, &flow, text, strlen(text)));
}

static void test_undelivered_within_a_dialog(void **state) {
    struct world *of = *state;
    const struct sip_flow flow = flow_over(SJ_SIP_TRANSPORT_UDP);
    struct sip_message parsed;
    char text[1000];
    assert_non_null(client(of, SIP_BYE, "BYE sip:b@y SIP/2.0", SJ_SIP_TRANSPORT_UDP));
    message(&parsed, text, "BYE sip:b@y SIP/2.0", "z9hG4bKq", "1 BYE");
    assert_false(undelivered(of, &flow, text, strlen(text)));
    pass(of, 500);
    assert_int_equal(of->sent, 2);
}

static void test_limit(void **state) {
    struct world *of = *state;
    of->all.limit = 1;
    assert_non_null(server(of, "BYE", SJ_SIP_TRANSPORT_UDP));
    assert_null(client(of, SIP_INVITE, "INVITE sip:b@y SIP/2.0", SJ_SIP_TRANSPORT_UDP));
}

/* The wheel itself: long delays, restarts and stops from callbacks, jumps of the clock. */
static unsigned fired;
static struct wheel_timer first, second;
static struct timer_wheel *turning;

static void fire(struct wheel_timer *timer) {
    (void)timer;
    fired++;
}

static void fire_and_stop(struct wheel_timer *timer) {
    (void)timer;
    fired++;
    timer_wheel_stop(turning, &second);
}

static void test_wheel(void **state) {
    struct world *of = *state;
    turning = &of->wheel;
    fired = 0;
    timer_wheel_start(turning, &first, of->now, 100000, fire); /* several rounds away */
    pass(of, 99900);
    assert_int_equal(fired, 0);
    pass(of, 200);
    assert_int_equal(fired, 1);
    timer_wheel_start(turning, &first, of->now, 100, fire);
    timer_wheel_start(turning, &first, of->now, 200, fire); /* restarted */
    pass(of, 160);
    assert_int_equal(fired, 1);
    of->now += 3600000;
    timer_wheel_advance(turning, of->now); /* the clock jumps: fired once */
    assert_int_equal(fired, 2);
    timer_wheel_start(turning, &first, of->now, 40, fire_and_stop);
    timer_wheel_start(turning, &second, of->now, 40, fire);
    pass(of, 100);
    assert_int_equal(fired, 3);
    assert_false(wheel_timer_running(&second));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_invite_client_timeout),
        TEST(test_invite_client_refused),
        TEST(test_invite_client_answered),
        TEST(test_cancel),
        TEST(test_other_client),
        TEST(test_other_server),
        TEST(test_invite_server_refuses),
        TEST(test_invite_server_answers),
        TEST(test_cancelled),
        TEST(test_old_branch),
        TEST(test_lost_connection),
        TEST(test_undelivered),
        TEST(test_undelivered_after_a_response),
        TEST(test_undelivered_within_a_dialog),
        TEST(test_limit),
        TEST(test_wheel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
