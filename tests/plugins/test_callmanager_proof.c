/* Rights need proof: requests within calls from elsewhere, phones that would be moved, calls of
 * visitors without the lease, and requests for what is not offered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "resources/session.h"

static const char *const thief = "203.0.113.9";

/* Alice talks to Bob; returns Alice's answer, from which requests within her dialog are made. */
static const char *talk(sj_testkit *kit) {
    static char text[4000];
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "answer-sdp");
    (void)snprintf(text, sizeof text, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, text);
    sj_testkit_forget(kit);
    return text;
}

static void test_dialogs(void **state) {
    sj_testkit *kit = *state;
    static const char *const methods[] = {"BYE", "INVITE", "UPDATE", "INFO", "REFER"};
    const char *dialog = talk(kit);
    for (int i = 0; i < 5; i++) {
        within(kit, thief, methods[i], 2 + i, dialog);
        (void)expect(kit, thief, "SIP/2.0 403");
        sj_testkit_forget(kit);
    }
    assert_int_equal(sj_testkit_count(kit, "event", "call.ended"), 0);
    assert_null(sent_to(kit, bob, "BYE"));
    within(kit, alice, "BYE", 7, dialog); /* the thief's numbers have not been counted */
    (void)expect(kit, alice, "SIP/2.0 200");
    (void)expect(kit, bob, "BYE");
}

/* Another port of the same address, and the address where the phone is registered now, will do. */
static void test_rebinding(void **state) {
    sj_testkit *kit = *state;
    char text[1500];
    const char *dialog = talk(kit);
    register_phone(kit, "192.0.2.77", "SEP001122334401", "1001", 9, 3600);
    sj_testkit_advance(kit, 2100);
    (void)expect(kit, "192.0.2.77", "SIP/2.0 200");
    within(kit, "192.0.2.77", "INFO", 2, dialog);
    (void)expect(kit, bob, "INFO");
    (void)snprintf(text, sizeof text,
                   "BYE sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "192.0.2.1:40000;rport;branch=z9hG4bKother\r\nFrom: %s\r\nTo: "
                   "%s\r\nCall-ID: %s\r\nCSeq: 3 BYE\r\nContent-Length: 0\r\n\r\n",
                   header(dialog, "From"), header(dialog, "To"), header(dialog, "Call-ID"));
    send_text(kit, alice, 40000, text);
    (void)expect(kit, bob, "BYE");
}

static void test_cancel(void **state) {
    sj_testkit *kit = *state;
    static const char cancel[] = "CANCEL sip:1002@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                                 "192.0.2.1:5060;branch=z9hG4bKi1002\r\nFrom: \"Me\" "
                                 "<sip:1001@x>;tag=mine\r\nTo: <sip:1002@x>\r\nCall-ID: "
                                 "call-1001-1002\r\nCSeq: 1 CANCEL\r\nContent-Length: 0\r\n\r\n";
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    send_text(kit, thief, 5060, cancel);
    (void)expect(kit, thief, "SIP/2.0 481");
    assert_null(sent_to(kit, bob, "CANCEL"));
    send_text(kit, alice, 5060, cancel);
    (void)expect(kit, bob, "CANCEL");
}

/* A trunk's second address, and the one that its Contact names. */
static void test_trunks(void **state) {
    sj_testkit *kit = *state;
    char dialog[4000];
    both_register(kit);
    invite(kit, gateway, "pstn@192.0.2.95", "1001", "5551234", "");
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, "answer-sdp");
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, gateway, "SIP/2.0 200"));
    within(kit, "192.0.2.95", "ACK", 1, dialog);
    within(kit, thief, "BYE", 2, dialog);
    (void)expect(kit, thief, "SIP/2.0 403");
    within(kit, "192.0.2.91", "INFO", 3, dialog);
    (void)expect(kit, alice, "INFO");
    within(kit, "192.0.2.95", "BYE", 4, dialog);
    (void)expect(kit, alice, "BYE");
}

/* ---- phones that prove nothing by their name ---- */

static void test_phone_stays(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    register_phone(kit, thief, "SEP001122334401", "1001", 50, 3600);
    assert_null(sent_to(kit, thief, "SIP/2.0"));
    answer(kit, alice, expect(kit, alice, "OPTIONS sip:uuid-1001@192.0.2.1:5060"), 200, "");
    assert_non_null(strstr(expect(kit, thief, "SIP/2.0 403"), "answers there"));
    assert_non_null(sj_testkit_find(
        kit, "log", "REGISTER of phone SEP001122334401 from another address is refused"));
    sj_testkit_forget(kit);
    register_phone(kit, thief, "SEP001122334401", "1001", 51,
                   3600); /* it is not asked again for each */
    (void)expect(kit, thief, "SIP/2.0 403");
    assert_null(sent_to(kit, alice, "OPTIONS"));
    register_phone(kit, thief, "SEP001122334401", "1001", 52, 0);
    (void)expect(kit, thief, "SIP/2.0 403");
    assert_int_equal(sj_testkit_count(kit, "event", "device.unregistered"), 0);
    invite(kit, bob, "uuid-1002@192.0.2.2:5060", "1001", "1002", "");
    (void)expect(kit, alice, "INVITE");
}

static void test_phone_has_moved(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    register_phone(kit, "192.0.2.77", "SEP001122334401", "1001", 50, 3600);
    register_phone(kit, "192.0.2.77", "SEP001122334401", "1001", 50, 3600); /* repeated meanwhile */
    assert_null(sent_to(kit, "192.0.2.77", "SIP/2.0"));
    sj_testkit_advance(kit, 2100);
    (void)expect(kit, "192.0.2.77", "SIP/2.0 200");
    assert_int_equal(sj_testkit_count(kit, "udp", "OPTIONS sip:uuid-1001"),
                     3); /* no more than that */
    assert_int_equal(sj_testkit_count(kit, "event", "device.registered"), 1);
    sj_testkit_advance(kit, 40000);
    assert_int_equal(sj_testkit_count(kit, "udp", "OPTIONS sip:uuid-1001"), 3);
    sj_testkit_forget(kit);
    invite(kit, bob, "uuid-1002@192.0.2.2:5060", "1001", "1002", "");
    (void)expect(kit, "192.0.2.77", "INVITE");
}

/* Somebody else has its old address now. */
static void test_address_of_another(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    register_phone(kit, "192.0.2.77", "SEP001122334401", "1001", 50, 3600);
    answer(kit, alice, expect(kit, alice, "OPTIONS"), 404, "");
    (void)expect(kit, "192.0.2.77", "SIP/2.0 200");
    register_phone(kit, "192.0.2.78", "SEP001122334402", "1002", 50,
                   3600); /* and one that is being asked when all ends */
}

/* ---- visitors' calls ---- */

static void test_lease(void **state) {
    sj_testkit *kit = *state;
    emcc_world(kit);
    put(kit, &sj_session_meta,
        "{\"device_name\":\"SEP001122334401\",\"kind\":\"visiting\",\"user_id\":\"bea\",\"remote_"
        "cluster_id\":\"br\","
        "\"lease_id\":\"lease9\"}");
    /* The header alone is no right any more, with whatever lease. */
    invite(kit, remote, "x@198.51.100.1", "9114", "44",
           "X-Sojourn-Emcc: device=SEP001122334401;lease=lease9;cluster=br\r\n");
    (void)expect(kit, remote, "SIP/2.0 401");
    assert_null(sent_to(kit, gateway, "INVITE"));
    invite_from_cluster(kit, "9115", "SEP001122334401", "", "", "application/sdp", "offer-sdp");
    (void)expect(kit, remote, "SIP/2.0 403");
    invite_from_cluster(kit, "9116", "SEP001122334401", "lease9", "", "application/sdp",
                        "offer-sdp");
    (void)expect(kit, gateway, "INVITE sip:116@");
}

/* ---- what is not offered ---- */

static void refer(sj_testkit *kit, const char *from, int cseq, const char *type, const char *more,
                  const char *body) {
    char text[2000];
    (void)snprintf(text, sizeof text,
                   "REFER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "%s:5060;branch=z9hG4bKf%d\r\nFrom: <sip:1001@x>;tag=1\r\nTo: "
                   "<sip:1001@x>\r\nCall-ID: refer%d\r\nCSeq: %d REFER\r\nMax-Forwards: "
                   "70\r\nRequire: norefersub\r\n%s%s%s%s"
                   "Content-Length: %zu\r\n\r\n%s",
                   from, cseq, cseq, cseq, more, type[0] != '\0' ? "Content-Type: " : "", type,
                   type[0] != '\0' ? "\r\n" : "", strlen(body), body);
    sj_testkit_forget(kit);
    send_text(kit, from, 5060, text);
}

static void test_not_offered(void **state) {
    sj_testkit *kit = *state;
    static const char *const keys[] = {"QRT", "StartRecording", "RmLstC", "GarbageKey"};
    char body[300];
    both_register(kit);
    for (int i = 0; i < 4; i++) {
        (void)snprintf(body, sizeof body,
                       "<x-cisco-remotecc-request><softkeymsg><softkeyevent>%s</softkeyevent></"
                       "softkeymsg></x-cisco-remotecc-request>",
                       keys[i]);
        refer(kit, i % 2 == 0 ? alice : thief, i + 1, "application/x-cisco-remotecc-request+xml",
              "", body);
        (void)expect(kit, i % 2 == 0 ? alice : thief, "SIP/2.0 603");
        assert_true(i > 1 || sj_testkit_find(kit, "log", keys[i]) != NULL);
        assert_true(i <= 1 || sj_testkit_count(kit, "log", "is not offered") ==
                                  0); /* one line a minute each */
    }
    refer(kit, thief, 10, "", "Refer-To: <sip:9001@x>\r\n", "");
    (void)expect(kit, thief, "SIP/2.0 603");
    refer(kit, thief, 11, "application/x-cisco-alarm+xml", "",
          "<x-cisco-alarm><Alarm Name=\"DeviceTLInfo\"><ParameterList><String "
          "name=\"DeviceName\">SEP001122334477</String>");
    (void)expect(kit, thief, "SIP/2.0 202");
    assert_non_null(sj_testkit_find(kit, "log", "alarm DeviceTLInfo of SEP001122334477"));
    refer(kit, alice, 12, "", "Refer-To: <urn:X-cisco-remotecc:token-registration>\r\n", "");
    (void)expect(kit, alice, "SIP/2.0 202");
}

/* 20,000 calls from nowhere are one line a minute. */
static void test_bursts_in_the_log(void **state) {
    sj_testkit *kit = *state;
    for (int i = 0; i < 300; i++) {
        char number[20];
        (void)snprintf(number, sizeof number, "%d", 100000 + i);
        invite(kit, thief, "x@203.0.113.9", number, "1", "");
        if (i == 0) {
            assert_int_equal(sj_testkit_count(kit, "log", "a call is refused"), 1);
            sj_testkit_forget(kit);
        }
    }
    assert_int_equal(sj_testkit_count(kit, "log", "a call is refused"), 0);
    sj_testkit_advance(kit, 61000);
    invite(kit, thief, "x@203.0.113.9", "5", "1", "");
    assert_non_null(sj_testkit_find(kit, "log", "299 more from there since the last line"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_dialogs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rebinding, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_trunks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_phone_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(test_phone_has_moved, setup, teardown),
        cmocka_unit_test_setup_teardown(test_address_of_another, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lease, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_offered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bursts_in_the_log, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
