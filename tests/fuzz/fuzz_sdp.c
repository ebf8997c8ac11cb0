/* Bodies of calls: session descriptions fitted into a region, alone and among other parts. The
 * first two bytes are the limits.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/callmanager/media/message_body.h"
#include "plugins/callmanager/media/sdp.h"
#include "plugins/callmanager/media/sdp_direction.h"
#include "plugins/callmanager/media/sdp_inactive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No audio that exceeds the limit may be left, and what was written must not change again. */
static void check_fit(const struct sdp_limits *limits, struct sip_text text,
                      enum sdp_verdict verdict, const char *written, size_t length) {
    static char again[65536];
    const struct sip_text fitted = {written, length};
    struct sdp_report report;
    struct sip_writer out;
    (void)text;
    if (verdict != SDP_CHANGED) {
        return;
    }
    sip_writer_init(&out, again, sizeof again);
    verdict = sdp_region_fit(limits, fitted, &out, &report);
    if (verdict != SDP_UNCHANGED && verdict != SDP_UNREADABLE) {
        abort();
    }
}

/* What counts as a session description can be cut into its streams. */
static void check_fault(struct sip_text text) {
    struct sdp parsed;
    if (sdp_fault(text) == NULL && !sdp_parse(text, &parsed)) {
        abort();
    }
}

/* An answer has the streams of its offer, and nothing foreign begins a line of it. */
static void check_inactive(struct sip_text offer) {
    static char text[131072];
    const struct sdp_speaker speaker = {"192.0.2.1", 1, {0}};
    struct sdp asked, said;
    struct sip_writer out;
    sip_writer_init(&out, text, sizeof text);
    sdp_put_inactive_answer(&out, offer, &speaker);
    const struct sip_text answer = {text, out.used};
    if (!out.overflow && sdp_read(offer, &asked)->count != sdp_read(answer, &said)->count) {
        abort();
    }
}

/* What was limited is so, and is not changed again. */
static void check_direction(struct sip_text text) {
    static char limited[131072], again[131072];
    struct sdp room;
    struct sip_writer out, repeated;
    sip_writer_init(&out, limited, sizeof limited);
    sip_writer_init(&repeated, again, sizeof again);
    if (!sdp_direction_limit(text, SDP_SENDS, &out) || out.overflow) {
        return;
    }
    const struct sip_text result = {limited, out.used};
    if ((sdp_direction_of(sdp_read(result, &room)) & SDP_RECEIVES) != 0 ||
        sdp_direction_limit(result, SDP_SENDS, &repeated)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char written[65536];
    struct sdp_limits limits = {.audio_bit_rate = 64000, .video_bit_rate = 384000};
    struct sdp_report report;
    struct message_body result;
    struct sip_writer out;
    if (size < 2) {
        return 0;
    }
    limits.audio_bit_rate = (8 + data[0]) * 1000;
    limits.larger_audio_last = (data[0] & 1) != 0;
    limits.video_bit_rate = data[1] * 8000;
    for (size_t i = 0; i < AUDIO_CODECS; i++) {
        limits.rank[i] = (uint8_t)(i * 7 % 5);
    }
    const struct sip_text text = {(const char *)data + 2, size - 2};
    check_inactive(text);
    check_fault(text);
    check_direction(text);
    sip_writer_init(&out, written, sizeof written);
    const enum sdp_verdict verdict = sdp_region_fit(&limits, text, &out, &report);
    check_fit(&limits, text, verdict, written, out.used);
    const struct message_body parts = {sip_text_of("multipart/mixed;boundary=b"), text};
    sip_writer_init(&out, written, sizeof written);
    const struct message_body_rules rules = {.limits = &limits,
                                             .no_keys = true,
                                             .plain_allowed = data[0] % 2 == 0,
                                             .one_way = data[1] % 2 == 0,
                                             .direction = SDP_SENDS};
    (void)message_body_fit(&rules, parts, &out, &result, &report);
    sip_writer_init(&out, written, sizeof written);
    (void)message_body_fit(NULL, parts, &out, &result, &report);
    return 0;
}
