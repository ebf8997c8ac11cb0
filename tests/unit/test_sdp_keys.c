/* Keys of media in session descriptions: when media count as encrypted, and what is left without
 * the keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "media/sdp_keys.h"

#define KEY "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
#define HEAD "v=0\r\nc=IN IP4 192.0.2.1\r\n"

static char written[4096];

static enum sdp_keys_verdict take(const char *text, bool plain_allowed) {
    struct sip_writer out;
    sip_writer_init(&out, written, sizeof written - 1);
    const enum sdp_keys_verdict verdict = sdp_keys_take(sip_text_of(text), plain_allowed, &out);
    written[out.used] = '\0';
    return verdict;
}

static bool encrypted(const char *text) {
    struct sdp description;
    return sdp_keys_encrypted(sdp_read(sip_text_of(text), &description));
}

static void all_streams_must_be_encrypted(void **state) {
    (void)state;
    assert_true(encrypted(HEAD "m=audio 6000 RTP/SAVP 0\r\n" KEY));
    assert_true(encrypted(HEAD "m=audio 6000 RTP/SAVPF 0\r\n" KEY
                               "m=video 0 RTP/AVP 96\r\n"));        /* refused: no media */
    assert_false(encrypted(HEAD "m=audio 6000 RTP/SAVP 0\r\n"));    /* no key */
    assert_false(encrypted(HEAD "m=audio 6000 RTP/AVP 0\r\n" KEY)); /* may be */
    assert_false(encrypted(HEAD "m=audio 6000 RTP/SAVP 0\r\n" KEY "m=video 6002 RTP/AVP 96\r\n"));
    assert_false(encrypted(HEAD KEY "m=audio 6000 RTP/SAVP 0\r\n"));
    assert_false(encrypted(HEAD));
    assert_false(encrypted(""));
}

static void keys_are_taken_out(void **state) {
    (void)state;
    assert_int_equal(take(HEAD "m=audio 6000 RTP/AVP 0\r\n", false), SDP_KEYS_NONE);
    assert_int_equal(take(HEAD "m=audio 6000 RTP/AVP 0\r\n" KEY "a=sendrecv\r\n" KEY, false),
                     SDP_KEYS_TAKEN);
    assert_string_equal(written, HEAD "m=audio 6000 RTP/AVP 0\r\na=sendrecv\r\n");
    assert_int_equal(take(HEAD KEY "m=audio 6000 RTP/AVP 0\r\na=CRYPTO:2 X inline:secret", false),
                     SDP_KEYS_TAKEN);
    assert_string_equal(written, HEAD "m=audio 6000 RTP/AVP 0\r\n");
}

static void what_must_be_encrypted_goes_plain_only_where_that_is_taken(void **state) {
    (void)state;
    assert_int_equal(take(HEAD "m=audio 6000 RTP/SAVP 0 8\r\n" KEY, false), SDP_KEYS_NEEDED);
    assert_int_equal(take(HEAD "m=audio 6000/2 RTP/SAVPF 0 8\r\n" KEY "a=ptime:20\r\n", true),
                     SDP_KEYS_TAKEN);
    assert_string_equal(written, HEAD "m=audio 6000/2 RTP/AVPF 0 8\r\na=ptime:20\r\n");
    /* DTLS has no keys here. */
    assert_int_equal(
        take(HEAD "m=audio 6000 UDP/TLS/RTP/SAVP 0\r\na=fingerprint:sha-256 AA\r\n", false),
        SDP_KEYS_NONE);
}

static void what_does_not_fit_does_not_go(void **state) {
    struct sip_writer out;
    (void)state;
    sip_writer_init(&out, written, 20);
    assert_int_equal(sdp_keys_take(sip_text_of(HEAD "m=audio 6000 RTP/AVP 0\r\n" KEY), false, &out),
                     SDP_KEYS_NO_ROOM);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_streams_must_be_encrypted),
        cmocka_unit_test(keys_are_taken_out),
        cmocka_unit_test(what_must_be_encrypted_goes_plain_only_where_that_is_taken),
        cmocka_unit_test(what_does_not_fit_does_not_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
