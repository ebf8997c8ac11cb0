/* What audio codecs need. Pure. */
#include "media/audio_codec.h"

enum rate_rule { FIXED, OPUS, ILBC, G7221, AMR, AMR_WB, BITRATE, EVS, L16, ISAC, BY_CLOCK };

struct codec_row {
    const char *encoding; /* as rtpmap has it, without regard to case */
    uint8_t codec;
    uint8_t rule;
    int32_t bit_rate;
};

#define CODEC(name) SJ_AUDIO_CODEC_NAME_##name

static const struct codec_row rows[] = {
    {"PCMU", CODEC(G711_ULAW), FIXED, 64000},
    {"PCMA", CODEC(G711_ALAW), FIXED, 64000},
    {"G729", CODEC(G729), FIXED, 8000},
    {"G729A", CODEC(G729), FIXED, 8000},
    {"G729B", CODEC(G729), FIXED, 8000},
    {"G729AB", CODEC(G729), FIXED, 8000},
    {"G722", CODEC(G722), FIXED, 64000},
    {"opus", CODEC(OPUS), OPUS, 510000},
    {"iLBC", CODEC(ILBC), ILBC, 13330},
    {"iSAC", CODEC(ISAC), ISAC, 32000},
    {"G7221", CODEC(G7221), G7221, 32000},
    {"AMR", CODEC(AMR), AMR, 12200},
    {"AMR-WB", CODEC(AMR_WB), AMR_WB, 23850},
    {"EVS", CODEC(EVS), EVS, 128000},
    {"GSM", CODEC(GSM), FIXED, 13000},
    {"GSM-EFR", CODEC(GSM_EFR), FIXED, 12200},
    {"GSM-HR-08", AUDIO_CODEC_OTHER, FIXED, 5600},
    {"G723", CODEC(G7231), FIXED, 6300},
    {"G728", CODEC(G728), FIXED, 16000},
    {"G729D", AUDIO_CODEC_OTHER, FIXED, 6400},
    {"G729E", AUDIO_CODEC_OTHER, FIXED, 11800},
    {"G7291", AUDIO_CODEC_OTHER, FIXED, 32000},
    {"G726-16", CODEC(G726), FIXED, 16000},
    {"G726-24", CODEC(G726), FIXED, 24000},
    {"G726-32", CODEC(G726), FIXED, 32000},
    {"G726-40", CODEC(G726), FIXED, 40000},
    {"AAL2-G726-16", CODEC(G726), FIXED, 16000},
    {"AAL2-G726-24", CODEC(G726), FIXED, 24000},
    {"AAL2-G726-32", CODEC(G726), FIXED, 32000},
    {"AAL2-G726-40", CODEC(G726), FIXED, 40000},
    {"MP4A-LATM", CODEC(AAC_LD), BITRATE, 128000},
    {"mpeg4-generic", CODEC(AAC_LD), BITRATE, 128000},
    {"L16", CODEC(L16), L16, 16},
    {"L8", AUDIO_CODEC_OTHER, L16, 8},
    {"SPEEX", CODEC(SPEEX), BY_CLOCK, 0},
    {"SILK", CODEC(SILK), BY_CLOCK, 0},
    {"BV16", CODEC(BV16), FIXED, 16000},
    {"BV32", CODEC(BV32), FIXED, 32000},
    {"EVRC", CODEC(EVRC), FIXED, 8550},
    {"EVRC0", CODEC(EVRC), FIXED, 8550},
    {"QCELP", CODEC(QCELP), FIXED, 13300},
    {"DVI4", AUDIO_CODEC_OTHER, L16, 4},
    {"LPC", AUDIO_CODEC_OTHER, FIXED, 5600},
    {"CLEARMODE", AUDIO_CODEC_OTHER, FIXED, 64000},
    {"PCMU-WB", AUDIO_CODEC_OTHER, FIXED, 96000},
    {"PCMA-WB", AUDIO_CODEC_OTHER, FIXED, 96000},
    {"MPA", AUDIO_CODEC_OTHER, FIXED, 384000},
};

/* RFC 3551 table 4: what a payload type means when no rtpmap says it. */
static const char *static_encoding(unsigned payload_type) {
    switch (payload_type) {
    case 0: return "PCMU/8000";
    case 3: return "GSM/8000";
    case 4: return "G723/8000";
    case 5: return "DVI4/8000";
    case 6: return "DVI4/16000";
    case 7: return "LPC/8000";
    case 8: return "PCMA/8000";
    case 9: return "G722/8000";
    case 10: return "L16/44100/2";
    case 11: return "L16/44100";
    case 12: return "QCELP/8000";
    case 13:
    case 19: return "CN/8000";
    case 14: return "MPA/90000";
    case 15: return "G728/8000";
    case 16: return "DVI4/11025";
    case 17: return "DVI4/22050";
    case 18: return "G729/8000";
    default: return "";
    }
}

/* Cuts at the first '/'; what follows stays in `text`. */
static struct sip_text cut(struct sip_text *text) {
    struct sip_text first = *text;
    size_t length = 0;
    while (length < text->length && text->at[length] != '/') {
        length++;
    }
    first.length = length;
    text->at += length;
    text->length -= length;
    if (text->length > 0) {
        text->at++;
        text->length--;
    }
    return sip_text_trim(first);
}

bool audio_parameter(struct sip_text parameters, const char *name, struct sip_text *value) {
    if (parameters.length == 0) {
        return false;
    }
    const char *at = parameters.at, *const end = parameters.at + parameters.length;
    while (at < end) {
        const char *stop = memchr(at, ';', (size_t)(end - at));
        struct sip_text pair = {at, (size_t)((stop == NULL ? end : stop) - at)};
        const char *equals = memchr(pair.at, '=', pair.length);
        if (equals != NULL) {
            const struct sip_text left = {pair.at, (size_t)(equals - pair.at)};
            if (sip_text_is_nocase(sip_text_trim(left), name)) {
                value->at = equals + 1;
                value->length = (size_t)(pair.at + pair.length - equals - 1);
                *value = sip_text_trim(*value);
                return true;
            }
        }
        at = stop == NULL ? end : stop + 1;
    }
    return false;
}

/* A parameter that is a whole number; `otherwise` when it is absent or something else. */
static int32_t number_parameter(struct sip_text parameters, const char *name, int32_t otherwise) {
    struct sip_text value;
    uint64_t number;
    return audio_parameter(parameters, name, &value) && sip_text_number(value, 1000000000, &number)
               ? (int32_t)number
               : otherwise;
}

/* The highest of the modes that "mode-set=0,2,5" allows. */
static int32_t highest_mode(struct sip_text parameters, const int32_t *modes, size_t count) {
    struct sip_text value;
    int32_t highest = 0;
    if (!audio_parameter(parameters, "mode-set", &value)) {
        return modes[count - 1];
    }
    for (size_t i = 0; i < value.length; i++) {
        const char digit = value.at[i];
        if (digit >= '0' && digit <= '9') {
            const size_t mode = (size_t)(digit - '0');
            const bool alone =
                i + 1 == value.length || value.at[i + 1] < '0' || value.at[i + 1] > '9';
            if (!alone || mode >= count) {
                return modes[count - 1];
            }
            highest = modes[mode] > highest ? modes[mode] : highest;
        }
    }
    return highest > 0 ? highest : modes[count - 1];
}

/* "br=5.9-24.4", in kbps: its upper end. */
static int32_t evs_rate(struct sip_text parameters, int32_t otherwise) {
    struct sip_text value;
    int32_t whole = 0, tenths = 0;
    size_t at = 0;
    if (!audio_parameter(parameters, "br", &value)) {
        return otherwise;
    }
    for (size_t i = 0; i < value.length; i++) {
        at = value.at[i] == '-' ? i + 1 : at;
    }
    for (; at < value.length && value.at[at] >= '0' && value.at[at] <= '9' && whole < 1000; at++) {
        whole = whole * 10 + (value.at[at] - '0');
    }
    if (at + 1 < value.length && value.at[at] == '.' && value.at[at + 1] >= '0' &&
        value.at[at + 1] <= '9') {
        tenths = value.at[at + 1] - '0';
    }
    return whole > 0 ? whole * 1000 + tenths * 100 : otherwise;
}

static int32_t rate_by_clock(uint8_t codec, uint64_t clock) {
    if (codec == CODEC(SPEEX)) {
        return clock <= 8000 ? 24600 : clock <= 16000 ? 42200 : 44000;
    }
    return clock <= 8000 ? 20000 : clock <= 12000 ? 25000 : clock <= 16000 ? 30000 : 40000;
}

static int32_t rate_of(const struct codec_row *row, uint64_t clock, uint64_t channels,
                       struct sip_text parameters) {
    static const int32_t amr[] = {4750, 5150, 5900, 6700, 7400, 7950, 10200, 12200};
    static const int32_t amr_wb[] = {6600, 8850, 12650, 14250, 15850, 18250, 19850, 23050, 23850};
    switch (row->rule) {
    case OPUS: return number_parameter(parameters, "maxaveragebitrate", row->bit_rate);
    case ILBC: return number_parameter(parameters, "mode", 30) == 20 ? 15200 : row->bit_rate;
    case G7221:
        return number_parameter(parameters, "bitrate", clock > 16000 ? 48000 : row->bit_rate);
    case BITRATE: return number_parameter(parameters, "bitrate", row->bit_rate);
    case AMR: return highest_mode(parameters, amr, sizeof amr / sizeof amr[0]);
    case AMR_WB: return highest_mode(parameters, amr_wb, sizeof amr_wb / sizeof amr_wb[0]);
    case EVS: return evs_rate(parameters, row->bit_rate);
    case ISAC: return clock > 16000 ? 56000 : row->bit_rate;
    case L16: return (int32_t)((uint64_t)row->bit_rate * clock * channels);
    case BY_CLOCK: return rate_by_clock(row->codec, clock);
    default: return row->bit_rate;
    }
}

static bool is_signal(struct sip_text name) {
    return sip_text_is_nocase(name, "telephone-event") || sip_text_is_nocase(name, "tone") ||
           sip_text_is_nocase(name, "CN");
}

static bool is_overhead(struct sip_text name) {
    static const char *const names[] = {"red",     "rtx",        "ulpfec", "parityfec",
                                        "flexfec", "flexfec-03", "fwdred"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (sip_text_is_nocase(name, names[i])) {
            return true;
        }
    }
    return false;
}

struct audio_format audio_format_of(unsigned payload_type, struct sip_text encoding,
                                    struct sip_text parameters) {
    struct audio_format result = {AUDIO_FORMAT_CODEC, AUDIO_CODEC_OTHER, false, AUDIO_RATE_UNKNOWN,
                                  ""};
    struct sip_text rest =
        encoding.length > 0 ? encoding : sip_text_of(static_encoding(payload_type));
    const struct sip_text name = cut(&rest);
    uint64_t clock = 8000, channels = 1;
    if (is_signal(name) || is_overhead(name)) {
        result.kind = is_signal(name) ? AUDIO_FORMAT_SIGNAL : AUDIO_FORMAT_OVERHEAD;
        return result;
    }
    if (!sip_text_number(cut(&rest), 768000, &clock) || clock == 0) {
        clock = 8000;
    }
    if (rest.length > 0 && (!sip_text_number(cut(&rest), 64, &channels) || channels == 0)) {
        channels = 1;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (sip_text_is_nocase(name, rows[i].encoding)) {
            result.codec = rows[i].codec;
            result.adaptive = rows[i].rule == OPUS;
            result.label = rows[i].encoding;
            result.bit_rate = rate_of(&rows[i], clock, channels, parameters);
            break;
        }
    }
    return result;
}
