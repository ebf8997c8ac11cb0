/* Calls through the call manager in the test kit: between phones, over a trunk, and visitors'
 * emergency calls out and in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "resources/route_group.h"
#include "resources/route_list.h"
#include "resources/route_pattern.h"
#include "resources/session.h"

static void test_call(void **state) {
    sj_testkit *kit = *state;
    const char *text;
    char dialog[3000];
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    (void)expect(kit, alice, "SIP/2.0 100");
    text = expect(kit, bob, "INVITE sip:uuid-1002@192.0.2.2:5060;transport=udp SIP/2.0");
    assert_non_null(strstr(text, "\r\n\r\noffer-sdp"));
    assert_non_null(strstr(header(text, "From"), "\"Alice A\" <sip:1001@"));
    assert_non_null(strstr(header(text, "Remote-Party-ID"), "party=calling"));
    assert_string_equal(header(text, "Max-Forwards"), "69");
    assert_non_null(sj_testkit_find(kit, "event", "call.started"));
    answer(kit, bob, text, 180, "");
    assert_non_null(
        strstr(header(expect(kit, alice, "SIP/2.0 180"), "Remote-Party-ID"), "\"Bob\" <sip:1002@"));
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "answer-sdp");
    text = expect(kit, alice, "SIP/2.0 200");
    assert_non_null(strstr(text, "\r\n\r\nanswer-sdp"));
    (void)snprintf(dialog, sizeof dialog, "%s", text);
    assert_null(sent_to(kit, bob, "ACK"));
    within(kit, alice, "ACK", 1, dialog);
    (void)expect(kit, bob, "ACK sip:peer@192.0.2.2:5060 SIP/2.0");
    assert_non_null(sj_testkit_find(kit, "event", "call.answered"));
    sj_testkit_forget(kit);
    answer(kit, bob, "\r\nX: ", 200, ""); /* nonsense in between */
    within(kit, alice, "INFO", 2, dialog);
    answer(kit, bob, expect(kit, bob, "INFO"), 200, "");
    (void)expect(kit, alice, "SIP/2.0 200");
    sj_testkit_forget(kit);
    for (int minute = 1; minute <= 15; minute++) { /* then: is it still alive? */
        register_phone(kit, alice, "SEP001122334401", "1001", 1 + minute, 3600);
        register_phone(kit, bob, "SEP001122334402", "1002", 1 + minute, 3600);
        assert_null(sent_to(kit, bob, "OPTIONS"));
        sj_testkit_forget(kit);
        sj_testkit_advance(kit, 60 * 1000 + 100);
    }
    assert_null(sj_testkit_find(kit, "event", "call.ended"));
    answer(kit, alice, expect(kit, alice, "OPTIONS"), 200, "");
    answer(kit, bob, expect(kit, bob, "OPTIONS"), 200, "");
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 3, dialog);
    (void)expect(kit, alice, "SIP/2.0 200");
    answer(kit, bob, expect(kit, bob, "BYE"), 200, "");
    assert_non_null(sj_testkit_find(kit, "event", "\"answered\":true"));
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 3, dialog); /* repeated: answered the same */
    (void)expect(kit, alice, "SIP/2.0 200");
    within(kit, alice, "INFO", 4, dialog);
    (void)expect(kit, alice, "SIP/2.0 481");
}

static void test_reinvite(void **state) {
    sj_testkit *kit = *state;
    char dialog[3000];
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "answer-sdp");
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "INVITE", 2, dialog); /* before the ACK: not now */
    (void)expect(kit, alice, "SIP/2.0 491");
    within(kit, alice, "ACK", 1, dialog);
    sj_testkit_forget(kit);
    within(kit, alice, "INVITE", 3, dialog);
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "held-sdp");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 200"), "held-sdp"));
    within(kit, alice, "ACK", 3, dialog);
    (void)expect(kit, bob, "ACK");
    sj_testkit_forget(kit);
    within_with(kit, alice, "UPDATE", 4, dialog, "more-sdp");
    answer(kit, bob, expect(kit, bob, "UPDATE"), 481, ""); /* Bob's phone has forgotten the call */
    (void)expect(kit, alice, "SIP/2.0 481");
    (void)expect(kit, alice, "BYE");
    assert_non_null(sj_testkit_find(kit, "event", "call.ended"));
}

#define SDP "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 6000 RTP/AVP 0\r\n"

/* Hold and resume, by whichever way phones say it, pass and are told. */
static void hold_and_resume(void **state) {
    sj_testkit *kit = *state;
    static const char *const ways[] = {"a=sendonly\r\n", "a=inactive\r\n"};
    char dialog[3000], held[300];
    int cseq = 2;
    both_register(kit);
    invite_with(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "", "application/sdp", SDP);
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP);
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, dialog);
    assert_null(sj_testkit_find(kit, "event", "call.held"));
    for (size_t i = 0; i < 2; i++, cseq += 2) {
        (void)snprintf(held, sizeof held, SDP "%s", ways[i]);
        sj_testkit_forget(kit);
        within_with(kit, alice, "INVITE", cseq, dialog, held);
        assert_non_null(strstr(expect(kit, bob, "INVITE"), ways[i]));
        answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP "a=recvonly\r\n");
        within(kit, alice, "ACK", cseq, dialog);
        assert_int_equal(sj_testkit_count(kit, "event", "call.held"), 1);
        assert_non_null(sj_testkit_find(kit, "event", "\"held\":true"));
        within_with(kit, alice, "INVITE", cseq + 1, dialog, SDP);
        answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP);
        within(kit, alice, "ACK", cseq + 1, dialog);
        assert_int_equal(sj_testkit_count(kit, "event", "call.held"), 2);
        assert_non_null(sj_testkit_find(kit, "event", "\"held\":false"));
    }
}

/* Proxies write values of Record-Route into one line or into several (RFC 3261 7.3.1): the route
 * set has them in their order towards the caller, and reversed towards who was called (12.1). */
static void route_sets_are_made_of_values(void **state) {
    sj_testkit *kit = *state;
    char dialog[3000];
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001",
           "Record-Route: <sip:a.example;lr>, \"B\" <sip:b.example;lr>;x=\",\"\r\nRecord-Route: "
           "<sip:c.example;lr>\r\n");
    answer_with(kit, bob, expect(kit, bob, "INVITE"), 200,
                "Record-Route: <sip:p2.example;lr> , <sip:p1.example;lr>\r\nRecord-Route: "
                "<sip:p0.example;lr>\r\n",
                "answer-sdp");
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, dialog);
    assert_non_null(strstr(expect(kit, bob, "ACK"),
                           "\r\nRoute: <sip:p0.example;lr>\r\nRoute: <sip:p1.example;lr>\r\nRoute: "
                           "<sip:p2.example;lr>\r\n"));
    const char *text = sent_to(kit, bob, "ACK");
    (void)snprintf(dialog, sizeof dialog, "X\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\n\r\n",
                   header(text, "To"), header(text, "From"), header(text, "Call-ID"));
    within(kit, bob, "BYE", 2, dialog);
    assert_non_null(
        strstr(expect(kit, alice, "BYE"),
               "\r\nRoute: <sip:a.example;lr>\r\nRoute: \"B\" <sip:b.example;lr>;x=\",\"\r\n"
               "Route: <sip:c.example;lr>\r\n"));
    sj_testkit_forget(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1003", "1001",
           "Record-Route: <sip:a.example;lr>, <sip:b\r\n");
    assert_non_null(expect(kit, alice, "SIP/2.0 400"));
}

static void test_no_answer(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    sj_testkit_advance(kit, 181000);
    (void)expect(kit, alice, "SIP/2.0 480");
    assert_string_equal(header(expect(kit, bob, "CANCEL"), "Reason"), "Q.850;cause=19");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "late"); /* it had answered all the same */
    (void)expect(kit, bob, "ACK");
    (void)expect(kit, bob, "BYE");
}

static void test_refused_calls(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "5555", "1001", "");
    (void)expect(kit, alice, "SIP/2.0 404");
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1003", "1001", "");
    (void)expect(kit, alice, "SIP/2.0 480");
    invite(kit, "203.0.113.66", "x@203.0.113.66", "1001", "1002", "");
    (void)expect(kit, "203.0.113.66", "SIP/2.0 403");
    invite(kit, bob, "uuid-1002@192.0.2.2:5060", "91234", "1002", ""); /* not within Bob's reach */
    (void)expect(kit, bob, "SIP/2.0 404");
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "Require: 100rel\r\n");
    assert_string_equal(header(expect(kit, alice, "SIP/2.0 420"), "Unsupported"), "100rel");
}

/* The first destination of the trunk says nothing, the second one takes the call. Then the dial
 * plan changes. */
static void test_trunk(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "91234", "1001", "");
    (void)expect(kit, gateway, "INVITE sip:1234@192.0.2.90:5060 SIP/2.0");
    sj_testkit_advance(kit, 4100);
    answer(kit, "192.0.2.91", expect(kit, "192.0.2.91", "INVITE sip:1234@192.0.2.91:5060 SIP/2.0"),
           503, "");
    (void)expect(kit, alice, "SIP/2.0 503");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"9.!\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\",\"block\":true}");
    sj_testkit_forget(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "95678", "1001", "");
    (void)expect(kit, alice, "SIP/2.0 403");
    assert_int_equal(sj_route_pattern_delete(sj_testkit_scope(kit), "9.!@PSTN", NULL), SJ_OK);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "95679", "1001", "");
    (void)expect(kit, alice, "SIP/2.0 404");
    invite(kit, gateway, "pstn@192.0.2.90", "1001", "5551234", "");
    assert_non_null(strstr(header(expect(kit, alice, "INVITE"), "P-Asserted-Identity"),
                           "\"Me\" <sip:5551234@"));
}

/* ---- visitors ---- */

static void test_visitor_calls_out(void **state) {
    sj_testkit *kit = *state;
    const char *text;
    emcc_world(kit);
    put(kit, &sj_session_meta,
        "{\"device_name\":\"SEP00AABBCCDD01\",\"kind\":\"home\",\"user_id\":\"alice\",\"remote_"
        "cluster_id\":\"br\",\"lease_"
        "id\":\"lease7\"}");
    register_phone(kit, "203.0.113.5", "SEP00AABBCCDD01", "1001", 1, 3600);
    assert_non_null(sj_testkit_find(kit, "event", "\"live\":true"));
    invite(kit, "203.0.113.5", "uuid-1001@203.0.113.5:5060", "9999", "1001", "");
    text = expect(kit, remote, "INVITE sip:999@198.51.100.1:5070 SIP/2.0");
    assert_string_equal(header(text, "X-Sojourn-Emcc"), "device=SEP00AABBCCDD01;cluster=hq");
    assert_non_null(strstr(header(text, "P-Asserted-Identity"), "\"Alice A\" <sip:1001@"));
    assert_non_null(sj_testkit_find(kit, "event", "\"remote_cluster_id\":\"br\""));
    answer(kit, remote, text, 200, "answer-sdp");
    (void)expect(kit, "203.0.113.5", "SIP/2.0 200");
    assert_null(sj_testkit_find(kit, "udp", "lease7")); /* the lease itself never goes over SIP */
}

/* The visited cluster's challenge is answered with the lease, and the INVITE sent again. */
static void test_visitor_proves_the_lease(void **state) {
    sj_testkit *kit = *state;
    char text[3000], first[200];
    emcc_world(kit);
    put(kit, &sj_session_meta,
        "{\"device_name\":\"SEP00AABBCCDD01\",\"kind\":\"home\",\"user_id\":\"alice\",\"remote_"
        "cluster_id\":\"br\",\"lease_"
        "id\":\"lease7\"}");
    register_phone(kit, "203.0.113.5", "SEP00AABBCCDD01", "1001", 1, 3600);
    invite(kit, "203.0.113.5", "uuid-1001@203.0.113.5:5060", "9999", "1001", "");
    const char *offer = expect(kit, remote, "INVITE sip:999@198.51.100.1:5070 SIP/2.0");
    assert_string_equal(header(offer, "Authorization"), "");
    (void)snprintf(first, sizeof first, "%s", header(offer, "Call-ID"));
    (void)snprintf(text, sizeof text,
                   "SIP/2.0 401 X\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=c\r\nCall-ID: %s\r\nCSeq: "
                   "%s\r\nWWW-Authenticate: Digest "
                   "realm=\"sojourn-emcc\", nonce=\"n1\", algorithm=SHA-256, qop=\"auth\"\r\n\r\n",
                   header(offer, "Via"), header(offer, "From"), header(offer, "To"), first,
                   header(offer, "CSeq"));
    sj_testkit_forget(kit);
    send_text(kit, remote, 5070, text);
    offer = expect(kit, remote, "INVITE sip:999@198.51.100.1:5070 SIP/2.0");
    assert_non_null(strstr(header(offer, "Authorization"),
                           "username=\"SEP00AABBCCDD01\", realm=\"sojourn-emcc\", nonce=\"n1\""));
    assert_string_equal(header(offer, "Call-ID"), first);
    assert_string_equal(header(offer, "CSeq"), "101 INVITE");
    answer(kit, remote, offer, 200, "answer-sdp");
    (void)expect(kit, "203.0.113.5", "SIP/2.0 200");
}

static void test_visitor_returns(void **state) {
    sj_testkit *kit = *state;
    static const char emcc[] = "X-Sojourn-Emcc: device=SEP001122334401;cluster=br\r\n";
    emcc_world(kit);
    invite(kit, remote, "x@198.51.100.1", "9112", "44", emcc); /* no user is logged in */
    (void)expect(kit, remote, "SIP/2.0 403");
    put(kit, &sj_session_meta,
        "{\"device_name\":\"SEP001122334401\",\"kind\":\"visiting\",\"user_id\":\"bea\",\"remote_"
        "cluster_id\":\"br\",\"lease_"
        "id\":\"lease9\"}");
    invite(kit, "203.0.113.66", "x@203.0.113.66", "9113", "44", emcc); /* not from that cluster */
    (void)expect(kit, "203.0.113.66", "SIP/2.0 403");
    invite_from_cluster(kit, "9114", "SEP001122334401", "other", "", "application/sdp",
                        "offer-sdp");
    (void)expect(kit, remote, "SIP/2.0 403");
    assert_null(sent_to(kit, gateway, "INVITE"));
    invite_from_cluster(kit, "9115", "SEP001122334401", "lease9", "", "application/sdp",
                        "offer-sdp");
    const char *text = expect(kit, gateway, "INVITE sip:115@192.0.2.90:5060 SIP/2.0");
    assert_non_null(strstr(header(text, "From"), "\"Me\" <sip:44@"));
}

/* A route list with the Standard Local Route Group takes a visitor's ordinary call to the visited
 * cluster. Ours does for what is found through the adjunct CSS alone: the rest goes on to the next
 * member, or ends here. */
static void CSCul58705_only_the_adjunct_css_sends_calls_back(void **state) {
    sj_testkit *kit = *state;
    emcc_world(kit);
    put(kit, &sj_session_meta,
        "{\"device_name\":\"SEP00AABBCCDD01\",\"kind\":\"home\",\"user_id\":\"alice\",\"remote_"
        "cluster_id\":\"br\",\"lease_"
        "id\":\"lease7\"}");
    put(kit, &sj_route_group_meta, "{\"name\":\"Own gateways\",\"members\":[\"Gateway\"]}");
    put(kit, &sj_route_list_meta,
        "{\"name\":\"Place first\",\"members\":[{\"route_group\":\"Standard Local Route Group\"},"
        "{\"route_group\":\"Own gateways\",\"discard_digits\":\"pre_dot\"}]}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"0.!\",\"partition\":\"PSTN\",\"route_list\":\"Place first\"}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"7.!\",\"partition\":\"PSTN\",\"route_list\":\"By place\"}");
    register_phone(kit, "203.0.113.5", "SEP00AABBCCDD01", "1001", 1, 3600);
    invite(kit, "203.0.113.5", "uuid-1001@203.0.113.5:5060", "02125551234", "1001", "");
    sj_testkit_advance(kit, 16000); /* digits that may go on */
    answer(kit, gateway, expect(kit, gateway, "INVITE sip:2125551234@192.0.2.90:5060 SIP/2.0"), 200,
           "answer-sdp");
    (void)expect(kit, "203.0.113.5", "SIP/2.0 200");
    sj_testkit_forget(kit);
    invite(kit, "203.0.113.5", "uuid-1001@203.0.113.5:5060", "72125551234", "1001", "");
    sj_testkit_advance(kit, 16000);
    assert_null(sent_to(kit, gateway, "INVITE"));
    assert_null(sent_to(kit, remote, "INVITE"));
    assert_null(sent_to(kit, "203.0.113.5", "SIP/2.0 200"));
    sj_testkit_forget(kit);
    invite(kit, "203.0.113.5", "uuid-1001@203.0.113.5:5060", "9999", "1001", "");
    (void)expect(kit, remote, "INVITE sip:999@198.51.100.1:5070 SIP/2.0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_call, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reinvite, setup, teardown),
        cmocka_unit_test_setup_teardown(hold_and_resume, setup, teardown),
        cmocka_unit_test_setup_teardown(route_sets_are_made_of_values, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_calls, setup, teardown),
        cmocka_unit_test_setup_teardown(test_trunk, setup, teardown),
        cmocka_unit_test_setup_teardown(test_visitor_calls_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_visitor_proves_the_lease, setup, teardown),
        cmocka_unit_test_setup_teardown(test_visitor_returns, setup, teardown),
        cmocka_unit_test_setup_teardown(CSCul58705_only_the_adjunct_css_sends_calls_back, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
