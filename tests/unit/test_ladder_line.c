/* Messages and session descriptions in a few words, as a call's ladder shows them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "calls/ladder_line.h"

#define AROUND "Via: SIP/2.0/UDP a\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: 1\r\n"

static struct ladder_line line_of(const char *first, const char *more, const char *body) {
    static char text[4000];
    static struct sip_message message;
    struct ladder_line line;
    (void)snprintf(text, sizeof text, "%s\r\n" AROUND "%s\r\n%s", first, more, body);
    assert_true(sip_message_parse(text, strlen(text), &message));
    ladder_line_read(&message, &line);
    return line;
}

static void test_lines(void **state) {
    (void)state;
    struct ladder_line line =
        line_of("INVITE sip:1002@192.0.2.10 SIP/2.0",
                "CSeq: 101 INVITE\r\nContent-Type: application/sdp\r\n",
                "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0 18\r\na=sendonly\r\n");
    assert_string_equal(line.text, "INVITE sip:1002@192.0.2.10");
    assert_string_equal(line.cseq, "101 INVITE");
    assert_string_equal(line.session, "PCMU, G729 at 192.0.2.1:4000, held");
    assert_string_equal(line.reason, "");
    line = line_of("BYE sip:a@b SIP/2.0", "CSeq: 2 BYE\r\nReason: Q.850;cause=16\r\n", "");
    assert_string_equal(line.text, "BYE");
    assert_string_equal(line.reason, "Q.850;cause=16");
    line =
        line_of("SIP/2.0 488 Not\tHere", "CSeq: 3 INVITE\r\nWarning: 399 a \"no codec\"\r\n", "");
    assert_string_equal(line.text, "488 Not Here");
    assert_string_equal(line.reason, "399 a \"no codec\"");
    line = line_of("REFER sip:a@b SIP/2.0", "CSeq: 4 REFER\r\nRefer-To: <sip:1003@b>\r\n", "");
    assert_string_equal(line.text, "REFER to <sip:1003@b>");
    line = line_of("NOTIFY sip:a@b SIP/2.0",
                   "CSeq: 5 NOTIFY\r\nContent-Type: message/sipfrag;version=2.0\r\n",
                   "SIP/2.0 180 Ringing\r\n");
    assert_string_equal(line.text, "NOTIFY SIP/2.0 180 Ringing");
}

static const char *summary(const char *text) {
    static char said[SDP_SUMMARY];
    struct sdp room;
    sdp_summary(sdp_read(sip_text_of(text), &room), said);
    return said;
}

static void test_sessions(void **state) {
    (void)state;
    assert_string_equal(summary("v=0\r\nm=audio 0 RTP/AVP 0\r\n"), "no audio");
    assert_string_equal(summary("m=audio 9 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n"
                                "m=video 7 RTP/AVP 97\r\n"),
                        "no codec at :9, video");
    assert_string_equal(summary("c=IN IP6 2001:db8::1\r\nm=audio 9 RTP/SAVP 8\r\na=crypto:1 "
                                "AES_CM_128_HMAC_SHA1_80 inline:x\r\n"),
                        "PCMA at [2001:db8::1]:9, SRTP");
    char many[2000] = "m=audio 9 RTP/AVP";
    for (int i = 0; i < 100; i++) {
        (void)strcat(many, " 18");
    }
    assert_int_equal(strlen(summary(many)), SDP_SUMMARY - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines),
                                       cmocka_unit_test(test_sessions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
