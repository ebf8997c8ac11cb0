/* What phones say of their media: both forms, and what no phone should say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sip/media_statistics.h"

static struct media_statistics statistics;

static bool said(const char *lines) {
    static struct sip_message message;
    static char text[8000];
    const int length =
        snprintf(text, sizeof text,
                 "BYE sip:x@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1\r\n"
                 "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: e\r\nCSeq: 2 BYE\r\n"
                 "%s\r\n",
                 lines);
    assert_true(sip_message_parse(text, (size_t)length, &message));
    assert_null(message.fault);
    return media_statistics_read(&message, &statistics);
}

static void test_cisco(void **state) {
    (void)state;
    assert_true(said("RTP-RxStat: Dur=24,Pkt=1187,Oct=204164,LatePkt=2,LostPkt=5,AvgJit=0.499999,"
                     "VQMetrics=\"MLQK=4.5000;MLQKav=4.5,000;CS=0\"\r\n"
                     "RTP-TxStat: Dur=24,Pkt=1190,Oct=204680\r\n"));
    assert_int_equal(statistics.packets_received, 1187);
    assert_int_equal(statistics.octets_received, 204164);
    assert_int_equal(statistics.packets_lost, 5);
    assert_int_equal(statistics.jitter_ms, 0);
    assert_int_equal(statistics.packets_sent, 1190);
    assert_int_equal(statistics.octets_sent, 204680);
    assert_int_equal(statistics.duration_s, 24);
    assert_string_equal(statistics.metrics, "MLQK=4.5000;MLQKav=4.5,000;CS=0");
}

static void test_others(void **state) {
    (void)state;
    assert_true(said("P-RTP-Stat: PS=10, OS=1720 ,PR=9,OR=1548,PL=1,JI=12,LA=30,DU=4,EN=G711,"
                     "DE=G711\r\n"));
    assert_int_equal(statistics.packets_sent, 10);
    assert_int_equal(statistics.octets_sent, 1720);
    assert_int_equal(statistics.jitter_ms, 12);
    assert_int_equal(statistics.latency_ms, 30);
    assert_int_equal(statistics.duration_s, 4);
    assert_string_equal(statistics.metrics, "");
}

static void test_forged(void **state) {
    static const char *const wrong[] = {"-1",
                                        "2147483648",
                                        "18446744073709551616",
                                        "99999999999999999999999999999",
                                        "0x10",
                                        "1e9",
                                        "1.x",
                                        ".5",
                                        "",
                                        "\"7\"",
                                        "NaN"};
    char line[3000];
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        (void)snprintf(line, sizeof line, "P-RTP-Stat: PS=%s,PR=8\r\n", wrong[i]);
        assert_true(said(line));
        assert_int_equal(statistics.packets_sent, 0);
        assert_int_equal(statistics.packets_received, 8);
    }
    assert_true(said("RTP-RxStat: Pkt=2147483647,AvgJit=2147483647.9\r\n"));
    assert_int_equal(statistics.packets_received, 2147483647);
    assert_int_equal(statistics.jitter_ms, 2147483647);
    assert_true(
        said("RTP-RxStat: ,,=,=5,Pkt,VQMetrics=\"a;Pkt=7\r\n")); /* a quote that stays open */
    assert_int_equal(statistics.packets_received, 0);
    memset(line, 'v', sizeof line);
    memcpy(line, "RTP-RxStat: VQMetrics=\"v=", 25);
    memcpy(line + 2000, "\"\r\n", 4);
    assert_true(said(line));
    assert_int_equal(strlen(statistics.metrics), VOICE_QUALITY_METRICS - 1);
    assert_false(said("RTP-Stat: PS=1\r\n"));
    assert_false(said(""));
}

/* What is not as phones write it stays out of the files, where it could be a formula. */
static void test_metrics(void **state) {
    static const char *const kept[] = {"MLQK=4.5000;MLQKav=4.5,000;CS=0", "MLQK=-1.5; CS=0;",
                                       "VoRxCodec=G.722 64k;CID=a:b=c"},
                             *const left_out[] = {"=cmd|'/C calc'!A1", "+1+2",    "-1+2",
                                                  "@SUM(1)",           "MLQK",    "MLQK=4.5;=1+2",
                                                  "MLQK=1+2",          "1A=2",    "MLQK=4.5;@x",
                                                  "MLQK=\\\"4",        "M LQK=4", "MLQK=4\t5",
                                                  "MLQK=4\xc3\xa9",    ";=1",     "=1"};
    char line[300];
    (void)state;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        (void)snprintf(line, sizeof line, "RTP-RxStat: VQMetrics=\"%s\",Pkt=7\r\n", kept[i]);
        assert_true(said(line));
        assert_string_equal(statistics.metrics, kept[i]);
        assert_int_equal(statistics.packets_received, 7);
    }
    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++) {
        (void)snprintf(line, sizeof line, "RTP-RxStat: VQMetrics=\"%s\",Pkt=7\r\n", left_out[i]);
        assert_true(said(line));
        assert_string_equal(statistics.metrics, "");
        assert_int_equal(statistics.packets_received, 7);
    }
}

/* A quote behind a backslash does not end the value; the comma behind it is the value's. */
static void test_quoted_pair(void **state) {
    (void)state;
    assert_true(said("RTP-RxStat: Pkt=7,VQMetrics=\"MLQK=4.5;\\\"x,Pkt=8,\\\\\",LostPkt=2\r\n"));
    assert_int_equal(statistics.packets_received, 7);
    assert_int_equal(statistics.packets_lost, 2);
    assert_string_equal(statistics.metrics, "");
    assert_true(said("RTP-RxStat: Pkt=7,VQMetrics=\"a\\\r\n")); /* nothing behind it */
    assert_int_equal(statistics.packets_received, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cisco), cmocka_unit_test(test_others), cmocka_unit_test(test_forged),
        cmocka_unit_test(test_metrics), cmocka_unit_test(test_quoted_pair)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
