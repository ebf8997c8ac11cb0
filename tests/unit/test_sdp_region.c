/* Session descriptions fitted into a region, and the bodies they come in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "media/message_body.h"
#include "media/sdp.h"

#define L(line) line "\r\n"
#define HEAD L("v=0") L("o=- 1 1 IN IP4 192.0.2.1") L("s=-") L("c=IN IP4 192.0.2.1") L("t=0 0")

static const sj_audio_codec low_loss[] = {
    {SJ_AUDIO_CODEC_NAME_OPUS},      {SJ_AUDIO_CODEC_NAME_G722},      {SJ_AUDIO_CODEC_NAME_ISAC},
    {SJ_AUDIO_CODEC_NAME_G711_ULAW}, {SJ_AUDIO_CODEC_NAME_G711_ALAW}, {SJ_AUDIO_CODEC_NAME_ILBC},
    {SJ_AUDIO_CODEC_NAME_G729}};

static struct sdp_limits limits(int audio_kbps, int video_kbps) {
    struct sdp_limits made = {.audio_bit_rate = audio_kbps * 1000,
                              .video_bit_rate = video_kbps * 1000};
    sdp_limits_set_order(&made, low_loss, sizeof low_loss / sizeof low_loss[0]);
    return made;
}

static char written[8192];
static struct sdp_report report;

static enum sdp_verdict fit(struct sdp_limits within, const char *text) {
    struct sip_writer out;
    sip_writer_init(&out, written, sizeof written - 1);
    const enum sdp_verdict verdict = sdp_region_fit(&within, sip_text_of(text), &out, &report);
    written[verdict == SDP_CHANGED ? out.used : 0] = '\0';
    return verdict;
}

static void becomes(struct sdp_limits within, const char *text, const char *expected) {
    assert_int_equal(fit(within, text), SDP_CHANGED);
    assert_string_equal(written, expected);
    /* What was written fits. */
    char again[sizeof written];
    (void)snprintf(again, sizeof again, "%s", written);
    assert_int_equal(fit(within, again), SDP_UNCHANGED);
}

/* ---- what codecs need ---- */

static int rate(unsigned type, const char *encoding, const char *parameters) {
    const struct audio_format format =
        audio_format_of(type, sip_text_of(encoding), sip_text_of(parameters));
    return format.kind == AUDIO_FORMAT_CODEC ? format.bit_rate : -1;
}

static void test_static_types(void **state) {
    (void)state;
    const struct {
        unsigned type;
        int rate;
    } known[] = {{0, 64000}, {3, 13000},  {4, 6300},  {8, 64000},
                 {9, 64000}, {15, 16000}, {18, 8000}, {13, -1}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_int_equal(rate(known[i].type, "", ""), known[i].rate);
    }
    assert_int_equal(rate(10, "", ""), 1411200);
    assert_int_equal(rate(34, "", ""), AUDIO_RATE_UNKNOWN);
    assert_int_equal(rate(0, "G729/8000", ""), 8000); /* an rtpmap says more than the number */
}

static void test_rates_by_parameters(void **state) {
    (void)state;
    assert_int_equal(rate(96, "iLBC/8000", ""), 13330);
    assert_int_equal(rate(96, "ILBC/8000", "mode=20"), 15200);
    assert_int_equal(rate(96, "G729A/8000", "annexb=no"), 8000);
    assert_int_equal(rate(96, "iSAC/16000", ""), 32000);
    assert_int_equal(rate(96, "iSAC/32000", ""), 56000);
    assert_int_equal(rate(96, "G7221/16000", "bitrate=24000"), 24000);
    assert_int_equal(rate(96, "G7221/32000/1", ""), 48000);
    assert_int_equal(rate(96, "AMR/8000", ""), 12200);
    assert_int_equal(rate(96, "AMR/8000", "octet-align=1; mode-set=0,2,4"), 7400);
    assert_int_equal(rate(96, "AMR/8000", "mode-set=77"), 12200);
    assert_int_equal(rate(96, "AMR-WB/16000", "mode-set=0"), 6600);
    assert_int_equal(rate(96, "EVS/16000", "br=5.9-24.4;bw=nb-swb"), 24400);
    assert_int_equal(rate(96, "EVS/16000", "br=13.2"), 13200);
    assert_int_equal(rate(96, "EVS/16000", "br=none"), 128000);
    assert_int_equal(rate(96, "L16/16000", ""), 256000);
    assert_int_equal(rate(96, "L16/44100/2", ""), 1411200);
    assert_int_equal(rate(96, "MP4A-LATM/90000", "profile-level-id=24;object=23;bitrate=64000"),
                     64000);
    assert_int_equal(rate(96, "opus/48000/2", "maxaveragebitrate=20000;stereo=1"), 20000);
    assert_int_equal(rate(96, "speex/16000", ""), 42200);
    assert_int_equal(rate(96, "holographic/8000", ""), AUDIO_RATE_UNKNOWN);
    assert_int_equal(rate(96, "", ""), AUDIO_RATE_UNKNOWN);
    assert_int_equal(rate(101, "telephone-event/8000", "0-15"), -1);
    assert_int_equal(rate(96, "L16/0/0", ""), 128000);
}

/* ---- audio ---- */

static void test_only_what_fits(void **state) {
    (void)state;
    becomes(limits(8, 384),
            HEAD L("m=audio 6000 RTP/AVP 0 8 18 101") L("a=rtpmap:0 PCMU/8000")
                L("a=rtpmap:8 PCMA/8000") L("a=rtpmap:18 G729/8000") L("a=fmtp:18 annexb=no")
                    L("a=rtpmap:101 telephone-event/8000") L("a=fmtp:101 0-15") L("a=ptime:20")
                        L("a=sendrecv"),
            HEAD L("m=audio 6000 RTP/AVP 18 101") L("a=rtpmap:18 G729/8000")
                L("a=fmtp:18 annexb=no") L("a=rtpmap:101 telephone-event/8000") L("a=fmtp:101 0-15")
                    L("a=ptime:20") L("a=sendrecv"));
    assert_int_equal(fit(limits(8, 384), HEAD L("m=audio 6000 RTP/AVP 0 8 18")), SDP_CHANGED);
    assert_string_equal(report.removed, "PCMU 64 kbps, PCMA 64 kbps");
    becomes(limits(14, 384),
            HEAD L("m=audio 6000 RTP/AVP 97 98 3 13") L("a=rtpmap:97 iLBC/8000")
                L("a=fmtp:97 mode=20") L("a=rtpmap:98 iLBC/8000") L("a=fmtp:98 mode=30"),
            HEAD L("m=audio 6000 RTP/AVP 98 3 13") L("a=rtpmap:98 iLBC/8000")
                L("a=fmtp:98 mode=30"));
}

static void test_nothing_to_do(void **state) {
    (void)state;
    assert_int_equal(fit(limits(64, 384), HEAD L("m=audio 6000 RTP/AVP 9 0 8 18 13")),
                     SDP_UNCHANGED);
    assert_int_equal(fit(limits(8, 384), HEAD L("m=audio 6000 RTP/AVP 18")), SDP_UNCHANGED);
    assert_int_equal(fit(limits(8, 384), HEAD L("m=audio 0 RTP/AVP 0")), SDP_UNCHANGED);
    assert_int_equal(fit(limits(8, 384), HEAD L("m=image 6000 udptl t38")), SDP_UNCHANGED);
    assert_int_equal(fit(limits(8, 384), HEAD L("m=audio 6000 udptl whatever")), SDP_UNCHANGED);
    assert_int_equal(fit(limits(8, 384), "this is no session description"), SDP_UNCHANGED);
    assert_int_equal(fit(limits(8, 384), ""), SDP_UNCHANGED);
}

static void test_nothing_left(void **state) {
    (void)state;
    assert_int_equal(fit(limits(8, 384), HEAD L("m=audio 6000 RTP/AVP 0 8 101")
                                             L("a=rtpmap:101 telephone-event/8000")),
                     SDP_NO_AUDIO);
    assert_string_equal(report.removed, "PCMU 64 kbps, PCMA 64 kbps");
    assert_int_equal(
        fit(limits(256, 384), HEAD L("m=audio 6000 RTP/AVP 96") L("a=rtpmap:96 holographic/8000")),
        SDP_NO_AUDIO);
    assert_string_equal(report.removed, "holographic/8000 of unknown rate");
    assert_int_equal(fit(limits(8, 384), HEAD L("m=audio 6000 RTP/AVP")), SDP_NO_AUDIO);
    assert_int_equal(fit(limits(8, 384), HEAD L("m=audio")),
                     SDP_UNCHANGED); /* of no known protocol */
    assert_int_equal(fit(limits(8, 384), HEAD L("m=audio 6000 RTP/AVP 101")), SDP_NO_AUDIO);
    assert_string_equal(report.removed, "payload type 101 of unknown rate");
    assert_int_equal(fit(limits(8, 384), HEAD L("m=audio 6000 RTP/AVP 300 -1 x")), SDP_NO_AUDIO);
}

static void test_order(void **state) {
    (void)state;
    becomes(limits(64, 384),
            HEAD L("m=audio 6000 RTP/AVP 18 101 0 8 9 97") L("a=rtpmap:97 iSAC/16000")
                L("a=rtpmap:101 telephone-event/8000"),
            HEAD L("m=audio 6000 RTP/AVP 9 97 0 8 18 101") L("a=rtpmap:97 iSAC/16000")
                L("a=rtpmap:101 telephone-event/8000"));
    struct sdp_limits lossy = limits(64, 384);
    const sj_audio_codec order[] = {{SJ_AUDIO_CODEC_NAME_ISAC}, {SJ_AUDIO_CODEC_NAME_G722}};
    sdp_limits_set_order(&lossy, order, 2);
    becomes(lossy, HEAD L("m=audio 6000 RTP/AVP 0 9 8 97 18") L("a=rtpmap:97 iSAC/16000"),
            HEAD L("m=audio 6000 RTP/AVP 97 9 0 8 18")
                L("a=rtpmap:97 iSAC/16000")); /* the rest as it was offered */
}

static void test_larger_audio_last(void **state) {
    struct sdp_limits soft = limits(8, 384);
    (void)state;
    soft.larger_audio_last = true;
    becomes(soft, HEAD L("m=audio 6000 RTP/AVP 0 8 101 18") L("a=rtpmap:101 telephone-event/8000"),
            HEAD L("m=audio 6000 RTP/AVP 18 101 0 8") L("a=rtpmap:101 telephone-event/8000"));
    assert_int_equal(fit(soft, HEAD L("m=audio 6000 RTP/AVP 0 8")), SDP_UNCHANGED);
    assert_int_equal(fit(soft, HEAD L("m=audio 6000 RTP/AVP 96") L("a=rtpmap:96 holographic/8000")),
                     SDP_UNCHANGED);
    assert_int_equal(
        fit(soft, HEAD L("m=audio 6000 RTP/AVP 101") L("a=rtpmap:101 telephone-event/8000")),
        SDP_NO_AUDIO);
}

static void test_opus_is_told(void **state) {
    (void)state;
    becomes(limits(24, 384), HEAD L("m=audio 6000 RTP/AVP 114") L("a=rtpmap:114 opus/48000/2"),
            HEAD L("m=audio 6000 RTP/AVP 114") L("a=rtpmap:114 opus/48000/2")
                L("a=fmtp:114 maxaveragebitrate=24000"));
    becomes(limits(24, 384),
            HEAD L("m=audio 6000 RTP/AVP 114") L("a=rtpmap:114 opus/48000/2")
                L("a=fmtp:114 maxplaybackrate=16000; maxaveragebitrate=64000; stereo=0"),
            HEAD L("m=audio 6000 RTP/AVP 114") L("a=rtpmap:114 opus/48000/2")
                L("a=fmtp:114 maxaveragebitrate=24000;maxplaybackrate=16000;stereo=0"));
    assert_int_equal(fit(limits(24, 384),
                         HEAD L("m=audio 6000 RTP/AVP 114") L("a=rtpmap:114 opus/48000/2")
                             L("a=fmtp:114 maxaveragebitrate=20000")),
                     SDP_UNCHANGED);
    /* A last line without an end. */
    assert_int_equal(
        fit(limits(24, 384), HEAD L("m=audio 6000 RTP/AVP 114") "a=rtpmap:114 opus/48000/2"),
        SDP_CHANGED);
    assert_string_equal(written, HEAD L("m=audio 6000 RTP/AVP 114") L("a=rtpmap:114 opus/48000/2")
                                     L("a=fmtp:114 maxaveragebitrate=24000"));
}

static void test_everything_else_survives(void **state) {
    (void)state;
    becomes(limits(8, 384),
            L("v=0") L("o=x 7 9 IN IP6 2001:db8::1") L("s= ") L("t=0 0") L("a=ice-lite")
                L("x=unheard of") "\r\n" L("m=audio 6000/2 RTP/SAVPF 0 18 63 101") L("i=words")
                    L("c=IN IP6 2001:db8::1/127") L("b=AS:80") L("k=clear:x")
                        L("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc|2^20")
                            L("a=candidate:1 1 UDP 2130706431 2001:db8::1 6000 typ host")
                                L("a=rtcp-fb:0 nack") L("a=rtcp-fb:* ccm") L("a=rtpmap:63 red/8000")
                                    L("a=fmtp:63 0/18") L("a=rtpmap:101 telephone-event/8000")
                                        L("a=fingerprint:sha-256 AA:BB") L("a=setup:actpass")
                                            L("a=inactive") L("m=message 7000 TCP/MSRP *")
                                                L("a=path:msrp://x"),
            L("v=0") L("o=x 7 9 IN IP6 2001:db8::1") L("s= ") L("t=0 0") L("a=ice-lite")
                L("x=unheard of") "\r\n" L("m=audio 6000/2 RTP/SAVPF 18 101") L("i=words")
                    L("c=IN IP6 2001:db8::1/127") L("b=AS:80") L("k=clear:x")
                        L("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc|2^20")
                            L("a=candidate:1 1 UDP 2130706431 2001:db8::1 6000 typ host")
                                L("a=rtcp-fb:* ccm") L("a=rtpmap:101 telephone-event/8000")
                                    L("a=fingerprint:sha-256 AA:BB") L("a=setup:actpass")
                                        L("a=inactive") L("m=message 7000 TCP/MSRP *")
                                            L("a=path:msrp://x"));
}

static void test_two_audio_streams(void **state) {
    (void)state;
    becomes(limits(8, 384),
            L("v=0") L("a=group:BUNDLE a b c") L("m=audio 6000 RTP/AVP 0") L("a=mid:a")
                L("m=audio 6002 RTP/AVP 18 0") L("a=mid:b"),
            L("v=0") L("a=group:BUNDLE b c") L("m=audio 0 RTP/AVP 0") L("a=mid:a")
                L("m=audio 6002 RTP/AVP 18") L("a=mid:b"));
}

static void test_bundle_only(void **state) {
    (void)state;
    becomes(limits(8, 0),
            L("v=0") L("a=group:BUNDLE a v") L("m=audio 6000 RTP/SAVPF 18") L("a=mid:a")
                L("m=video 0 RTP/SAVPF 96") L("a=mid:v") L("a=bundle-only"),
            L("v=0") L("a=group:BUNDLE a") L("m=audio 6000 RTP/SAVPF 18") L("a=mid:a")
                L("m=video 0 RTP/SAVPF 96") L("a=mid:v"));
    assert_int_equal(fit(limits(8, 0), L("v=0") L("m=audio 0 RTP/SAVPF 0") L("a=bundle-only")),
                     SDP_NO_AUDIO);
}

/* ---- video ---- */

#define AUDIO L("m=audio 6000 RTP/AVP 18")

static void test_video_is_limited(void **state) {
    (void)state;
    becomes(limits(8, 384),
            HEAD AUDIO L("m=video 6002 RTP/AVP 126") L("c=IN IP4 192.0.2.1")
                L("a=rtpmap:126 H264/90000"),
            HEAD AUDIO L("m=video 6002 RTP/AVP 126") L("c=IN IP4 192.0.2.1") L("b=AS:376")
                L("b=TIAS:376000") L("a=rtpmap:126 H264/90000"));
    assert_true(report.video_limited == false); /* of what was written */
    becomes(limits(8, 384),
            L("v=0") L("b=AS:4000") L("b=CT:300") AUDIO L("m=video 6002 RTP/AVP 126")
                L("b=TIAS:4000000") L("b=RR:100") L("a=x"),
            L("v=0") L("b=AS:384") L("b=CT:300") AUDIO L("m=video 6002 RTP/AVP 126")
                L("b=TIAS:376000") L("b=RR:100") L("a=x"));
    assert_int_equal(fit(limits(8, 384), HEAD AUDIO L("m=video 6002 RTP/AVP 126") L("b=AS:200")),
                     SDP_UNCHANGED);
    assert_int_equal(fit(limits(8, 384), HEAD AUDIO L("m=video 6002 RTP/AVP 126") "b=AS:x"),
                     SDP_CHANGED);
    assert_string_equal(written, HEAD AUDIO L("m=video 6002 RTP/AVP 126") L("b=AS:376"));
    /* Without video nothing is said of bandwidth. */
    assert_int_equal(fit(limits(8, 384), L("v=0") L("b=AS:4000") AUDIO), SDP_UNCHANGED);
}

static void test_video_is_refused(void **state) {
    (void)state;
    becomes(limits(8, 0),
            L("v=0") L("a=group:BUNDLE 1 2") AUDIO L("a=mid:1") L("m=video 6002 RTP/AVP 126 97")
                L("a=mid:2") L("a=rtpmap:126 H264/90000"),
            L("v=0") L("a=group:BUNDLE 1") AUDIO L("a=mid:1") L("m=video 0 RTP/AVP 126 97")
                L("a=mid:2") L("a=rtpmap:126 H264/90000"));
    assert_int_equal(
        fit(limits(64, 64), HEAD L("m=audio 6000 RTP/AVP 0") L("m=video 6002 RTP/AVP 126")),
        SDP_CHANGED);
    assert_true(report.video_refused);
    assert_int_equal(fit(limits(8, 0), HEAD AUDIO L("m=video 0 RTP/AVP 126")), SDP_UNCHANGED);
    assert_int_equal(fit(limits(8, 0), HEAD L("m=video 6002 RTP/AVP 126")),
                     SDP_CHANGED); /* no audio that could be missed */
}

static void test_bounds(void **state) {
    (void)state;
    char text[4096];
    size_t used = (size_t)snprintf(text, sizeof text, "v=0\r\n");
    for (int i = 0; i < SDP_STREAMS_MAX; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "m=audio 6000 RTP/AVP 0 18\r\n");
    }
    assert_int_equal(fit(limits(8, 384), text), SDP_CHANGED);
    (void)snprintf(text + used, sizeof text - used, "m=audio 6000 RTP/AVP 0 18\r\n");
    assert_int_equal(fit(limits(8, 384), text), SDP_UNREADABLE);
    const struct sdp_limits within = limits(8, 384);
    char little[20];
    struct sip_writer out;
    sip_writer_init(&out, little, sizeof little);
    assert_int_equal(
        sdp_region_fit(&within, sip_text_of(HEAD L("m=audio 6000 RTP/AVP 0 18")), &out, &report),
        SDP_UNREADABLE);
    /* Bare line feeds; the same format twice. */
    assert_int_equal(
        fit(limits(8, 384), "v=0\nm=audio 6000 RTP/AVP 18 18 0\na=rtpmap:0 PCMU/8000\n"),
        SDP_CHANGED);
    assert_string_equal(written, "v=0\nm=audio 6000 RTP/AVP 18\r\n");
}

/* ---- bodies ---- */

static struct message_body through(const struct sdp_limits *within, const char *type,
                                   const char *content, enum sdp_verdict *verdict) {
    struct message_body result;
    const struct message_body body = {sip_text_of(type), sip_text_of(content)};
    struct sip_writer out;
    sip_writer_init(&out, written, sizeof written);
    const struct message_body_rules rules = {.limits = within};
    *verdict = message_body_fit(&rules, body, &out, &result, &report);
    return result;
}

static void is_text(struct sip_text text, const char *expected) {
    char copy[8192];
    (void)sip_text_copy(text, copy, sizeof copy);
    assert_string_equal(copy, expected);
}

#define SDP_PART L("--b1") L("Content-Type: application/sdp") L("Content-Length: 99") L("")
#define PIDF_PART                                                                                  \
    L("--b1")                                                                                      \
    L("Content-Type: application/pidf+xml;charset=UTF-8")                                          \
    L("Content-ID: <a@b>") L("") L("<presence/>")
#define OTHER_PART                                                                                 \
    L("--b1")                                                                                      \
    L("content-type: application/x-future+xml")                                                    \
    L("Content-Disposition: unheard;handling=optional") L("") L("<future/>")

static void test_bodies_of_parts(void **state) {
    (void)state;
    const struct sdp_limits within = limits(8, 384);
    const char *const type = "multipart/mixed ; boundary=\"b1\"";
    enum sdp_verdict verdict;
    struct message_body result = through(
        &within, type, SDP_PART HEAD L("m=audio 6000 RTP/AVP 0 18") "\r\n" OTHER_PART "--b1--\r\n",
        &verdict);
    assert_int_equal(verdict, SDP_CHANGED);
    is_text(result.type, type);
    is_text(result.content, L("--b1") L("Content-Type: application/sdp") L("")
                                HEAD L("m=audio 6000 RTP/AVP 18") "\r\n" OTHER_PART "--b1--\r\n");
    /* A place stays behind; what is then alone needs no parts. */
    result = through(NULL, type,
                     "preamble\r\n" SDP_PART HEAD L("m=audio 6000 RTP/AVP 0") "\r\n" PIDF_PART
                                                                              "--b1--\r\nepilogue",
                     &verdict);
    assert_int_equal(verdict, SDP_CHANGED);
    is_text(result.type, "application/sdp");
    is_text(result.content, HEAD L("m=audio 6000 RTP/AVP 0"));
    result = through(NULL, type, PIDF_PART "--b1--\r\n", &verdict);
    is_text(result.content, "");
    /* Without a closing delimiter, and with nothing to do. */
    (void)through(&within, type, SDP_PART HEAD L("m=audio 6000 RTP/AVP 18") OTHER_PART, &verdict);
    assert_int_equal(verdict, SDP_UNCHANGED);
    (void)through(&within, type, SDP_PART HEAD L("m=audio 6000 RTP/AVP 0") "--b1--\r\n", &verdict);
    assert_int_equal(verdict, SDP_NO_AUDIO);
    result = through(&within, "application/sdp;charset=x", HEAD L("m=audio 6000 RTP/AVP 0 18"),
                     &verdict);
    is_text(result.content, HEAD L("m=audio 6000 RTP/AVP 18"));
    (void)through(&within, "application/dtmf-relay", "Signal=1\r\n", &verdict);
    assert_int_equal(verdict, SDP_UNCHANGED);
    (void)through(&within, "multipart/mixed", "--b1\r\n", &verdict); /* no boundary said */
    assert_int_equal(verdict, SDP_UNCHANGED);
}

static void test_find_part(void **state) {
    (void)state;
    struct multipart_part part;
    const struct sip_text type = sip_text_of("multipart/mixed;boundary=b1");
    assert_true(
        multipart_find(type, sip_text_of(SDP_PART L("v=0") PIDF_PART "--b1--"), MEDIA_PIDF, &part));
    is_text(part.id, "a@b");
    is_text(part.content, "<presence/>");
    assert_false(multipart_find(type, sip_text_of("--b1--"), MEDIA_PIDF, &part));
    assert_false(multipart_find(type, sip_text_of("--b12\r\n\r\nx"), MEDIA_PIDF, &part));
    assert_true(multipart_find(type, sip_text_of("--b1\r\n\r\nx"), "text/plain", &part));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_static_types),
        cmocka_unit_test(test_rates_by_parameters),
        cmocka_unit_test(test_only_what_fits),
        cmocka_unit_test(test_nothing_to_do),
        cmocka_unit_test(test_nothing_left),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_larger_audio_last),
        cmocka_unit_test(test_opus_is_told),
        cmocka_unit_test(test_everything_else_survives),
        cmocka_unit_test(test_two_audio_streams),
        cmocka_unit_test(test_bundle_only),
        cmocka_unit_test(test_video_is_limited),
        cmocka_unit_test(test_video_is_refused),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_bodies_of_parts),
        cmocka_unit_test(test_find_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
