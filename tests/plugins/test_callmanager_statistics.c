/* What phones say of their media in the test kit: in BYE, in the answer to it, in a re-INVITE; and
 * nothing of it while Call Diagnostics are not enabled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "parameters/call_manager.h"

static const char said[] = "RTP-RxStat: Dur=4,Pkt=200,Oct=34400,LatePkt=0,LostPkt=2,AvgJit=1\r\n"
                           "RTP-TxStat: Dur=4,Pkt=199,Oct=34228\r\n";

/* A request of that party with header lines. */
static void says(sj_testkit *kit, const char *from, const char *method, int cseq,
                 const char *dialog, const char *lines) {
    char text[4000];
    (void)snprintf(text, sizeof text,
                   "%s sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bKs%d\r\n"
                   "Max-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n"
                   "Contact: <sip:uuid-1001@%s:5060>\r\n%sContent-Length: 0\r\n\r\n",
                   method, from, cseq, header(dialog, "From"), header(dialog, "To"),
                   header(dialog, "Call-ID"), cseq, method, from, lines);
    send_text(kit, from, 5060, text);
}

/* Alice calls Bob; the dialog as she has it. */
static const char *call(sj_testkit *kit) {
    static char accepted[DIALOG];
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    answer(kit, bob, expect(kit, bob, "INVITE sip:uuid-1002"), 200, "answer-sdp");
    (void)snprintf(accepted, sizeof accepted, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, accepted);
    sj_testkit_forget(kit);
    return accepted;
}

static void enable(sj_testkit *kit) {
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_ccm_call_diagnostics_enabled_meta, "true", NULL),
        SJ_OK);
}

static void test_both_ends(void **state) {
    sj_testkit *kit = *state;
    enable(kit);
    const char *dialog = call(kit);
    says(kit, alice, "BYE", 2, dialog, said);
    const char *event = sj_testkit_find(kit, "event", "call.statistics");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"calling\":true"));
    assert_non_null(strstr(event, "\"number\":\"1001\""));
    assert_non_null(strstr(event, "\"packets_received\":200"));
    assert_non_null(strstr(event, "\"packets_sent\":199"));
    answer_with(kit, bob, expect(kit, bob, "BYE"), 200, "P-RTP-Stat: PS=7,PR=-6,DU=4\r\n", "");
    assert_int_equal(sj_testkit_count(kit, "event", "call.statistics"), 2);
    event = sj_testkit_find(kit, "event", "call.statistics");
    assert_non_null(strstr(event, "\"device_name\":\"SEP001122334402\""));
    assert_non_null(strstr(event, "\"packets_sent\":7"));
    assert_null(strstr(event, "-6"));
}

static void test_stream_that_ends(void **state) {
    sj_testkit *kit = *state;
    enable(kit);
    const char *dialog = call(kit);
    says(kit, alice, "INVITE", 2, dialog, said);
    assert_int_equal(sj_testkit_count(kit, "event", "call.statistics"), 1);
}

/* Of a party that says nothing, and of a stranger, nothing is told. */
static void test_nothing_said(void **state) {
    sj_testkit *kit = *state;
    enable(kit);
    const char *dialog = call(kit);
    says(kit, "203.0.113.9", "BYE", 2, dialog, said);
    within(kit, alice, "BYE", 3, dialog);
    answer(kit, bob, expect(kit, bob, "BYE"), 200, "");
    sj_testkit_advance(kit, 40000);
    assert_int_equal(sj_testkit_count(kit, "event", "call.statistics"), 0);
}

static void test_not_enabled(void **state) {
    sj_testkit *kit = *state;
    const char *dialog = call(kit);
    says(kit, alice, "BYE", 2, dialog, said);
    answer_with(kit, bob, expect(kit, bob, "BYE"), 200, said, "");
    assert_int_equal(sj_testkit_count(kit, "event", "call.statistics"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_both_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stream_that_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_said, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_enabled, setup, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
