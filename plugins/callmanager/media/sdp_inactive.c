/* Session descriptions of a node without media. Pure. */
#include "media/sdp_inactive.h"

#include <openssl/evp.h>

enum { DISCARD_PORT = 9 }; /* nothing is sent to, or comes from, an inactive stream */

static void put_session(struct sip_writer *out, const struct sdp_speaker *speaker) {
    const char *family = strchr(speaker->address, ':') != NULL ? "IP6 " : "IP4 ";
    sip_put(out, "v=0\r\no=sojourn ");
    sip_put_number(out, speaker->session);
    sip_put(out, " ");
    sip_put_number(out, speaker->session);
    sip_put(out, " IN ");
    sip_put(out, family);
    sip_put(out, speaker->address);
    sip_put(out, "\r\ns=-\r\nc=IN ");
    sip_put(out, family);
    sip_put(out, speaker->address);
    sip_put(out, "\r\nt=0 0\r\n");
}

/* The tag and the suite of the first key that is offered: "1 AES_CM_128_HMAC_SHA1_80". */
static bool first_suite(const struct sdp_stream *stream, struct sip_text *tag,
                        struct sip_text *suite) {
    struct sip_text rest = stream->lines;
    struct sdp_line line;
    while (sdp_next_line(&rest, &line)) {
        if (line.type == 'a' && line.value.length > 7 && memcmp(line.value.at, "crypto:", 7) == 0) {
            struct sip_text words = {line.value.at + 7, line.value.length - 7};
            return sdp_next_word(&words, tag) && sdp_next_word(&words, suite);
        }
    }
    return false;
}

static bool begins(struct sip_text text, const char *beginning) {
    return text.length >= strlen(beginning) && memcmp(text.at, beginning, strlen(beginning)) == 0;
}

/* Key and salt together (RFC 4568, RFC 6188, RFC 7714). */
static int key_bytes(struct sip_text suite) {
    return begins(suite, "AEAD_AES_128")   ? 28
           : begins(suite, "AEAD_AES_256") ? 44
           : begins(suite, "AES_256_CM")   ? 46
                                           : 30;
}

static bool is_encrypted(const struct sdp_stream *stream) {
    for (size_t i = 0; i + 5 <= stream->protocol.length; i++) {
        if (memcmp(stream->protocol.at + i, "/SAVP", 5) == 0) {
            return true;
        }
    }
    return false;
}

/* The lines of that format, but for those of others. */
static void put_format(struct sip_writer *out, const struct sdp_stream *stream, unsigned type) {
    struct sip_text rest = stream->lines, value;
    struct sdp_line line;
    unsigned of;
    while (sdp_next_line(&rest, &line)) {
        if ((sdp_format_attribute(&line, "rtpmap", &of, &value) ||
             sdp_format_attribute(&line, "fmtp", &of, &value)) &&
            of == type) {
            sip_put(out, "a=");
            sip_put_value(out, line.value);
            sip_put(out, "\r\n");
        }
    }
}

static void put_key(struct sip_writer *out, struct sip_text tag, struct sip_text suite,
                    const struct sdp_speaker *speaker) {
    unsigned char text[4 * ((SDP_KEY_BYTES + 2) / 3) + 1];
    (void)EVP_EncodeBlock(text, speaker->key, key_bytes(suite));
    sip_put(out, "a=crypto:");
    sip_put_value(out, tag);
    sip_put(out, " ");
    sip_put_value(out, suite);
    sip_put(out, " inline:");
    sip_put(out, (const char *)text);
    sip_put(out, "\r\n");
}

static void put_stream(struct sip_writer *out, const struct sdp_stream *stream,
                       const struct sdp_speaker *speaker) {
    struct sip_text formats = stream->formats, format = {"", 0}, tag = {"", 0}, suite = {"", 0};
    uint64_t type = 0;
    const bool keyed = first_suite(stream, &tag, &suite);
    const bool accepted = stream->active && stream->rtp && sip_text_is(stream->media, "audio") &&
                          sdp_next_word(&formats, &format) && sip_text_number(format, 127, &type) &&
                          (keyed || !is_encrypted(stream));
    sip_put(out, "m=");
    sip_put_value(out, stream->media);
    sip_put(out, " ");
    sip_put_number(out, accepted ? DISCARD_PORT : 0);
    sip_put(out, " ");
    sip_put_value(out, stream->protocol);
    sip_put(out, " ");
    sip_put_value(out, accepted ? format : stream->formats);
    sip_put(out, "\r\n");
    if (!accepted) {
        return;
    }
    put_format(out, stream, (unsigned)type);
    if (is_encrypted(stream)) {
        put_key(out, tag, suite, speaker);
    }
    sip_put(out, "a=inactive\r\n");
}

void sdp_put_inactive_answer(struct sip_writer *out, struct sip_text offer,
                             const struct sdp_speaker *speaker) {
    struct sdp room;
    const struct sdp *description = sdp_read(offer, &room);
    put_session(out, speaker);
    for (size_t i = 0; i < description->count; i++) {
        put_stream(out, &description->streams[i], speaker);
    }
}

void sdp_put_inactive_offer(struct sip_writer *out, const struct sdp_speaker *speaker) {
    put_session(out, speaker);
    sip_put(out, "m=audio 9 RTP/AVP 0 8\r\na=inactive\r\n");
}
