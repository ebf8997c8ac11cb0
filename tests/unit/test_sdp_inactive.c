/* What is said of media by a node that has none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "media/sdp_inactive.h"

#define HEAD "v=0\r\no=sojourn 7 7 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
static const struct sdp_speaker speaker = {"192.0.2.9", 7, {0}};

static void check(const char *offer, const char *expected) {
    char text[4000];
    struct sip_writer out;
    sip_writer_init(&out, text, sizeof text - 1);
    sdp_put_inactive_answer(&out, sip_text_of(offer), &speaker);
    assert_false(out.overflow);
    text[out.used] = '\0';
    assert_string_equal(text, expected);
}

static void answers(void **state) {
    (void)state;
    check("v=0\r\nm=audio 4000 RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
          "m=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n",
          HEAD "m=audio 9 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=inactive\r\nm=video 0 RTP/AVP "
               "97\r\n");
    check("v=0\r\nm=audio 0 RTP/AVP 0\r\n", HEAD "m=audio 0 RTP/AVP 0\r\n");
    check("v=0\nm=audio 4000 RTP/AVP 114\na=rtpmap:114 opus/48000/2\na=fmtp:114 a=1\n",
          HEAD "m=audio 9 RTP/AVP 114\r\na=rtpmap:114 opus/48000/2\r\na=fmtp:114 "
               "a=1\r\na=inactive\r\n");
    check("no description", HEAD);
}

static void keys(void **state) {
    (void)state;
    check("v=0\r\nm=audio 4000 RTP/SAVP 0\r\na=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:abc\r\n"
          "a=crypto:4 AEAD_AES_256_GCM inline:abc\r\n",
          HEAD "m=audio 9 RTP/SAVP 0\r\na=crypto:3 AES_CM_128_HMAC_SHA1_80 "
               "inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\na=inactive\r\n");
    check("v=0\r\nm=audio 4000 RTP/SAVP 0\r\na=crypto:4 AEAD_AES_256_GCM inline:abc\r\n",
          HEAD "m=audio 9 RTP/SAVP 0\r\na=crypto:4 AEAD_AES_256_GCM "
               "inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\na="
               "inactive\r\n");
    check("v=0\r\nm=audio 4000 UDP/TLS/RTP/SAVPF 0\r\na=fingerprint:sha-256 AA\r\n",
          HEAD "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\n");
}

static void offer(void **state) {
    char text[400];
    struct sip_writer out;
    const struct sdp_speaker other = {"2001:db8::9", 7, {0}};
    (void)state;
    sip_writer_init(&out, text, sizeof text - 1);
    sdp_put_inactive_offer(&out, &other);
    text[out.used] = '\0';
    assert_non_null(strstr(text, "c=IN IP6 2001:db8::9\r\n"));
    assert_non_null(strstr(text, "m=audio 9 RTP/AVP 0 8\r\na=inactive\r\n"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(keys),
        cmocka_unit_test(offer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
