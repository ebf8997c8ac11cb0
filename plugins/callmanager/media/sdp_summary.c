/* Session descriptions in words. Pure. */
#include "media/sdp_summary.h"
#include "media/sdp_audio.h"
#include "media/sdp_keys.h"
#include "media/sdp_point.h"
#include "media/sdp_rates.h"

#include <stdarg.h>
#include <stdio.h>

#include <sojourn/sojourn.h>

static void add(char text[SDP_SUMMARY], const char *format, ...) SJ_PRINTF(2, 3);
static void add(char text[SDP_SUMMARY], const char *format, ...) {
    const size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + used, SDP_SUMMARY - used, format, arguments);
    va_end(arguments);
}

static const struct sdp_stream *find_stream(const struct sdp *description, const char *media) {
    for (size_t i = 0; i < description->count; i++) {
        const struct sdp_stream *stream = &description->streams[i];
        if (stream->active && sip_text_is_nocase(stream->media, media)) {
            return stream;
        }
    }
    return NULL;
}

/* In the order in which they stand there. */
static void add_codecs(char text[SDP_SUMMARY], const struct sdp_stream *audio) {
    struct sip_text rest = audio->formats;
    struct sdp_formats formats;
    struct audio_format codec;
    bool first = true;
    sdp_formats_read(audio, &formats);
    for (; sdp_next_codec(&rest, &formats, &codec); first = false) {
        add(text, "%s%s", first ? "" : ", ", codec.label[0] == '\0' ? "unknown" : codec.label);
    }
    add(text, "%s", first ? "no codec" : "");
}

void sdp_summary(const struct sdp *description, char text[SDP_SUMMARY]) {
    const struct sdp_stream *audio = find_stream(description, "audio");
    text[0] = '\0';
    if (audio == NULL) {
        add(text, "no audio");
    } else {
        const struct sdp_point point = sdp_point_of(description);
        const bool six = strchr(point.address, ':') != NULL;
        add_codecs(text, audio);
        add(text, " at %s%s%s:%u", six ? "[" : "", point.address, six ? "]" : "",
            (unsigned)point.port);
    }
    add(text, "%s%s%s", find_stream(description, "video") != NULL ? ", video" : "",
        sdp_keys_encrypted(description) ? ", SRTP" : "", sdp_is_held(description) ? ", held" : "");
}
