/* How much a session description is about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "media/sdp_rates.h"

#define HEAD "v=0\r\nc=IN IP4 192.0.2.1\r\n"
#define AUDIO(formats) "m=audio 6000 RTP/AVP " formats "\r\n"

static void is(const char *text, int most, int first, int video) {
    struct sdp description;
    const struct sdp_rates rates = sdp_rates_of(sdp_read(sip_text_of(text), &description));
    assert_int_equal(rates.audio_most, most);
    assert_int_equal(rates.audio_first, first);
    assert_int_equal(rates.video, video);
}

static void audio(void **state) {
    (void)state;
    is(HEAD AUDIO("18 0 101") "a=rtpmap:101 telephone-event/8000\r\n", 64000, 8000, 0);
    is(HEAD AUDIO("101 18") "a=rtpmap:101 telephone-event/8000\r\n", 8000, 8000, 0);
    is(HEAD AUDIO("111") "a=rtpmap:111 opus/48000/2\r\n", 64000, 64000, 0);
    is(HEAD AUDIO("111") "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 maxaveragebitrate=24000\r\n",
       24000, 24000, 0);
    is(HEAD AUDIO("99") "a=rtpmap:99 unheard-of/8000\r\n", 64000, 64000, 0);
    is("", 0, 0, 0);
    is("nonsense", 0, 0, 0);
}

static void video(void **state) {
    (void)state;
    is(HEAD AUDIO("0") "m=video 6002 RTP/AVP 126\r\nb=TIAS:704000\r\n", 64000, 64000, 704000);
    is(HEAD AUDIO("0") "m=video 6002 RTP/AVP 126\r\nb=AS:512\r\n", 64000, 64000, 512000);
    is(HEAD AUDIO("0") "m=video 6002 RTP/AVP 126\r\n", 64000, 64000, 320000);
    is(HEAD AUDIO("0") "m=video 0 RTP/AVP 126\r\nb=AS:512\r\n", 64000, 64000, 0);
}

static void sums_have_an_end(void **state) {
    char text[4096];
    size_t used = (size_t)snprintf(text, sizeof text, HEAD);
    (void)state;
    for (int i = 0; i < 30; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "m=video 6002 RTP/AVP 126\r\nb=TIAS:100000000\r\n");
    }
    is(text, 0, 0, RATE_MOST);
    used = (size_t)snprintf(text, sizeof text, HEAD);
    for (int i = 0; i < 30; i++) {
        used += (size_t)snprintf(
            text + used, sizeof text - used,
            AUDIO("111") "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 maxaveragebitrate=510000\r\n");
    }
    is(text, 30 * 64000, 30 * 64000, 0);
}

static void what_stands_still(void **state) {
    (void)state;
    is(HEAD AUDIO("0") "a=inactive\r\n", 0, 0, 0);
    is(HEAD AUDIO("0") "a=sendonly\r\n", 64000, 64000, 0);
    is("v=0\r\nc=IN IP4 0.0.0.0\r\n" AUDIO("0"), 0, 0, 0);
    is("v=0\r\nc=IN IP4 0.0.0.0\r\n" AUDIO("0") "c=IN IP4 192.0.2.1\r\n", 64000, 64000, 0);
    is(HEAD AUDIO("0") "c=IN IP4 0.0.0.0\r\n", 0, 0, 0);
    is("v=0\r\nc=IN IP4 192.0.2.1\r\na=inactive\r\n" AUDIO("0"), 0, 0, 0);
}

static void holds(const char *text, bool expected) {
    struct sdp description;
    assert_int_equal(sdp_is_held(sdp_read(sip_text_of(text), &description)), expected);
}

#define STREAM "m=audio 6000 RTP/AVP 0\r\n"

static void what_holds(void **state) {
    (void)state;
    holds("v=0\r\nc=IN IP4 192.0.2.1\r\n" STREAM, false);
    holds("v=0\r\n" STREAM "a=sendonly\r\n", true);
    holds("v=0\r\na=inactive\r\n" STREAM, true);
    holds("v=0\r\na=inactive\r\n" STREAM "a=sendrecv\r\n", false);
    holds("v=0\r\n" STREAM "a=recvonly\r\n", false);
    holds("v=0\r\nc=IN IP4 0.0.0.0\r\n" STREAM, true);
    holds("v=0\r\n" STREAM "a=sendonly\r\nm=video 6002 RTP/AVP 126\r\n", false);
    holds("v=0\r\n" STREAM "a=sendonly\r\nm=video 0 RTP/AVP 126\r\n", true);
    holds("v=0\r\nm=audio 0 RTP/AVP 0\r\n", false);
    holds("", false);
}

static void are(struct call_rates rates, int audio_kbps, int video_kbps) {
    assert_int_equal(rates.audio_kbps, audio_kbps);
    assert_int_equal(rates.video_kbps, video_kbps);
}

static void offer_and_answer(void **state) {
    const struct sdp_rates offer = {64000, 8000, 320000}, small = {8000, 8000, 0},
                           large = {64000, 64000, 704000}, held = {0, 0, 0};
    (void)state;
    are(call_rates_of(&offer, NULL), 64, 384);
    are(call_rates_of(&offer, &small), 8, 0);
    are(call_rates_of(&small, &large), 8, 0);
    are(call_rates_of(&offer, &large), 64, 768); /* the higher of both directions */
    are(call_rates_of(&offer, &held), 0, 0);
    are(call_rates_of(&(struct sdp_rates){13200, 13200, 0}, NULL), 14, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(audio),
                                       cmocka_unit_test(video),
                                       cmocka_unit_test(sums_have_an_end),
                                       cmocka_unit_test(what_stands_still),
                                       cmocka_unit_test(what_holds),
                                       cmocka_unit_test(offer_and_answer)};
    return cmocka_run_group_tests_name("sdp_rates", tests, NULL, NULL);
}
