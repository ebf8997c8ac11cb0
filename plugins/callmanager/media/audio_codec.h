/* Audio codecs as session descriptions name them, and how many bits of audio a second each may
 * need. Pure.
 *
 * The rate is that of the audio itself, without RTP, UDP and IP, as regions count it, and the
 * highest that the format may reach as it is described:
 *
 *   G.729 with A, B, AB     8.0     GSM 06.10   13.0 (as regions count it)  G.711, G.722   64.0
 *   G.729 annex D, E   6.4, 11.8    GSM EFR     12.2                        G.726          16 to
 * 40, by name G.723.1                 6.3     iLBC        13.33 with mode=30, which is its
 * default; 15.2 with mode=20 G.728                  16.0     iSAC        32.0; 56.0 at 32 kHz AMR
 * 12.2, or the highest mode of its mode-set             AMR-WB   23.85, or as above G.722.1   its
 * bitrate parameter; 32.0, at 32 kHz 48.0           EVS      the upper end of br; 128.0 AAC-LD its
 * bitrate parameter; 128.0                          L16      16 bits by clock and channels Speex
 * 24.6, 42.2, 44.0 at 8, 16, 32 kHz                     SILK     20, 25, 30, 40 at 8, 12, 16, 24
 * kHz
 *
 * Opus adapts to whatever it is told from 6 kbps on, so it always fits: its maxaveragebitrate is
 * set to the limit where it is higher or absent. AMR and iSAC adapt too, but their parameters
 * cannot be changed in passing: a mode-set is a condition of both sides. An unknown codec counts as
 * one that exceeds every limit: what it needs is not known.
 *
 * Named events, tones and comfort noise are not codecs: they are kept with whatever is spoken.
 * Redundancy and forward error correction multiply what the codec needs, so they go. */
#ifndef CALLMANAGER_AUDIO_CODEC_H
#define CALLMANAGER_AUDIO_CODEC_H

#include "parts/audio_codec.h"
#include "sip/sip_text.h"

enum {
    AUDIO_CODECS = SJ_AUDIO_CODEC_NAME_G7231 + 1,
    AUDIO_CODEC_OTHER = AUDIO_CODECS, /* known, but not one that a preference list can name */
    AUDIO_RATE_UNKNOWN = INT32_MAX,
};

enum audio_format_kind {
    AUDIO_FORMAT_CODEC,
    AUDIO_FORMAT_SIGNAL,  /* telephone-event, tone, comfort noise */
    AUDIO_FORMAT_OVERHEAD /* redundancy, forward error correction */
};

struct audio_format {
    enum audio_format_kind kind;
    uint8_t codec;     /* sj_audio_codec_name, or AUDIO_CODEC_OTHER */
    bool adaptive;     /* keeps to a limit it is told */
    int32_t bit_rate;  /* bits a second at most; AUDIO_RATE_UNKNOWN */
    const char *label; /* "PCMU"; "" when it is unknown */
};

/* `encoding` is the value of the rtpmap behind the payload type ("G729/8000"), empty when there is
 * none; `parameters` that of the fmtp. */
struct audio_format audio_format_of(unsigned payload_type, struct sip_text encoding,
                                    struct sip_text parameters);

/* The value of one fmtp parameter; false when there is none of that name. */
bool audio_parameter(struct sip_text parameters, const char *name, struct sip_text *value);

#endif
