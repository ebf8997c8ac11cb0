/* Where session descriptions want their audio, and as what; the causes of SIP statuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "media/sdp_point.h"
#include "sip/release_cause.h"

static struct sdp_point of(const char *text) {
    struct sdp description;
    return sdp_point_of(sdp_read(sip_text_of(text), &description));
}

static void the_first_audio_that_flows(void **state) {
    (void)state;
    const struct sdp_point point =
        of("v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.1\r\n"
           "t=0 0\r\nm=audio 0 RTP/AVP 0\r\n"
           "m=video 4000 RTP/AVP 97\r\nc=IN IP4 192.0.2.3\r\n"
           "m=audio 16384 RTP/AVP 101 18 0\r\na=ptime:30\r\n"
           "a=rtpmap:101 telephone-event/8000\r\n"
           "m=audio 16386 RTP/AVP 8\r\n");
    assert_string_equal(point.address, "192.0.2.1");
    assert_int_equal(point.port, 16384);
    assert_int_equal(point.packet_ms, 30);
    assert_string_equal(point.codec, "G729");
}

static void the_address_of_a_stream_outranks_the_session(void **state) {
    (void)state;
    const struct sdp_point point =
        of("v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 9 RTP/AVP 0\r\nc=IN IP4 239.1.1.1/127\r\n");
    assert_string_equal(point.address, "239.1.1.1");
    const struct sdp_point six =
        of("c=IN IP6 2001:db8::7\nm=audio 9 RTP/AVP 96\na=rtpmap:96 opus/48000/2\n");
    assert_string_equal(six.address, "2001:db8::7");
    assert_string_equal(six.codec, "opus");
}

static void nothing_where_nothing_is(void **state) {
    static const char nonsense[] =
        "c=IN IP4 a-name-that-is-much-longer-than-any-address-can-be.example.com\r\n"
        "m=audio nonsense RTP/AVP nonsense\r\na=ptime:99999999\r\n";
    static const char *const texts[] = {"", "v=0\r\n", "m=video 4000 RTP/AVP 97\r\n",
                                        "m=audio 0 RTP/AVP 0\r\n", nonsense};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct sdp_point point = of(texts[i]);
        assert_string_equal(point.address, "");
        assert_string_equal(point.codec, "");
        assert_int_equal(point.port + point.packet_ms, 0);
    }
}

static void statuses_have_causes(void **state) {
    (void)state;
    assert_int_equal(q850_of_status(404), 1);
    assert_int_equal(q850_of_status(486), 17);
    assert_int_equal(q850_of_status(487), Q850_NORMAL);
    assert_int_equal(q850_of_status(503), Q850_TEMPORARY_FAILURE);
    assert_int_equal(q850_of_status(603), 21);
    assert_int_equal(q850_of_status(499), 31);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_audio_that_flows),
        cmocka_unit_test(the_address_of_a_stream_outranks_the_session),
        cmocka_unit_test(nothing_where_nothing_is),
        cmocka_unit_test(statuses_have_causes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
