/* Directions of streams in session descriptions: what they say, and less of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "media/sdp_direction.h"

#define HEAD "v=0\r\nc=IN IP4 192.0.2.1\r\n"
#define AUDIO "m=audio 4000 RTP/AVP 0\r\n"
#define VIDEO "m=video 4002 RTP/AVP 99\r\n"

static char written[4096];

static bool limit(const char *text, enum sdp_direction most) {
    struct sip_writer out;
    sip_writer_init(&out, written, sizeof written - 1);
    const bool changed = sdp_direction_limit(sip_text_of(text), most, &out);
    written[out.used] = '\0';
    return changed;
}

static void no_more_than_that(void **state) {
    (void)state;
    assert_true(limit(HEAD AUDIO, SDP_SENDS)); /* nothing said: both ways */
    assert_string_equal(written, HEAD AUDIO "a=sendonly\r\n");
    assert_true(limit(HEAD AUDIO "a=recvonly\r\na=ptime:20\r\n", SDP_SENDS));
    assert_string_equal(written, HEAD AUDIO "a=ptime:20\r\na=inactive\r\n");
    assert_true(limit(HEAD "a=sendonly\r\n" AUDIO VIDEO "a=sendrecv", SDP_RECEIVES));
    assert_string_equal(written, HEAD AUDIO "a=inactive\r\n" VIDEO "a=recvonly\r\n");
    assert_true(limit(HEAD AUDIO "a=ptime:20", SDP_RECEIVES)); /* the last line has no end */
    assert_string_equal(written, HEAD AUDIO "a=ptime:20\r\na=recvonly\r\n");
}

static void fine_as_it_is(void **state) {
    (void)state;
    assert_false(limit(HEAD AUDIO "a=sendonly\r\n", SDP_SENDS));
    assert_false(limit(HEAD AUDIO "a=inactive\r\n", SDP_SENDS));
    assert_false(limit(HEAD AUDIO, SDP_BOTH));
    assert_false(limit("no description", SDP_SENDS));
    assert_string_equal(written, "");
}

static void what_is_said(void **state) {
    (void)state;
    struct sdp room;
    assert_int_equal(sdp_direction_of(sdp_read(sip_text_of(HEAD AUDIO), &room)), SDP_BOTH);
    assert_int_equal(sdp_direction_of(sdp_read(
                         sip_text_of(HEAD "a=inactive\r\n" AUDIO VIDEO "a=recvonly\r\n"), &room)),
                     SDP_RECEIVES);
    assert_int_equal(sdp_direction_of(sdp_read(sip_text_of(HEAD "m=audio 0 RTP/AVP 0\r\n"), &room)),
                     SDP_INACTIVE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_more_than_that),
        cmocka_unit_test(fine_as_it_is),
        cmocka_unit_test(what_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
