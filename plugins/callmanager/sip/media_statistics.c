/* Reads the statistics of media. They come from outside, and go into files that billing programs
 * read: what is no number of 31 bits without sign, or no metrics, counts as not said. */
#include "sip/media_statistics.h"

enum { MOST = 0x7fffffff };

/* Rounded, when it has decimals; 0: it is no such number. */
static int64_t number(struct sip_text text) {
    const char *point = text.length == 0 ? NULL : memchr(text.at, '.', text.length);
    const struct sip_text whole = {text.at,
                                   point != NULL ? (size_t)(point - text.at) : text.length};
    uint64_t value = 0;
    if (!sip_text_number(whole, MOST, &value)) {
        return 0;
    }
    for (size_t i = whole.length + 1; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return 0;
        }
    }
    const bool up = whole.length + 1 < text.length && text.at[whole.length + 1] >= '5';
    return (int64_t)value + (up && value < MOST);
}

/* Whether a text is written with letters, digits and the signs of a set. */
static bool is_made_of(struct sip_text text, const char *signs) {
    for (size_t i = 0; i < text.length; i++) {
        const char c = text.at[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (c < '0' || c > '9') && (c == '\0' || strchr(signs, c) == NULL)) {
            return false;
        }
    }
    return true;
}

/* "MLQK=4.5", or nothing, as after the last semicolon. */
static bool is_metric(struct sip_text text) {
    text = sip_text_trim(text);
    const char *equals = text.length == 0 ? NULL : memchr(text.at, '=', text.length);
    if (equals == NULL) {
        return text.length == 0;
    }
    const struct sip_text name = {text.at, (size_t)(equals - text.at)},
                          value = {equals + 1, text.length - name.length - 1};
    return name.length > 0 && !(name.at[0] >= '0' && name.at[0] <= '9') && is_made_of(name, "") &&
           is_made_of(value, ".=,:- ");
}

/* Pairs that semicolons separate, as they stand. Anything else is left out as a whole: a program
 * that opens the files may take it for a formula. */
static void copy_metrics(struct sip_text text, char metrics[VOICE_QUALITY_METRICS]) {
    text = sip_text_trim(sip_text_unquote(text));
    for (struct sip_text rest = text; rest.length > 0;) {
        const char *semicolon = memchr(rest.at, ';', rest.length);
        const size_t length = semicolon == NULL ? rest.length : (size_t)(semicolon - rest.at);
        if (!is_metric((struct sip_text){rest.at, length})) {
            return;
        }
        rest.at += length + (semicolon != NULL);
        rest.length -= length + (semicolon != NULL);
    }
    (void)sip_text_copy(text, metrics, VOICE_QUALITY_METRICS);
}

/* The next "NAME=VALUE" of those that commas separate, outside of quotes; within them a backslash
 * takes the next character along (RFC 3261 25.1). */
static bool next_pair(struct sip_text *rest, struct sip_text *name, struct sip_text *value) {
    bool quoted = false;
    size_t length = 0;
    while (length < rest->length && (quoted || rest->at[length] != ',')) {
        const bool pair = quoted && rest->at[length] == '\\' && length + 1 < rest->length;
        quoted = rest->at[length] == '"' ? !quoted : quoted;
        length += pair ? 2 : 1;
    }
    if (rest->length == 0) {
        return false;
    }
    const struct sip_text pair = {rest->at, length};
    const char *equals = memchr(pair.at, '=', pair.length);
    const size_t before = equals == NULL ? pair.length : (size_t)(equals - pair.at);
    *name = sip_text_trim((struct sip_text){pair.at, before});
    *value = equals == NULL
                 ? (struct sip_text){pair.at + pair.length, 0}
                 : sip_text_trim((struct sip_text){equals + 1, pair.length - before - 1});
    length += length < rest->length; /* the comma */
    rest->at += length;
    rest->length -= length;
    return true;
}

struct place {
    const char *name;
    size_t at; /* of an int64_t in the statistics */
};

static void take(struct sip_text header, const struct place *places, size_t count,
                 struct media_statistics *statistics) {
    struct sip_text name, value;
    while (next_pair(&header, &name, &value)) {
        for (size_t i = 0; i < count; i++) {
            if (sip_text_is_nocase(name, places[i].name)) {
                const int64_t given = number(value);
                memcpy((char *)statistics + places[i].at, &given, sizeof given);
            }
        }
        if (sip_text_is_nocase(name, "VQMetrics")) {
            copy_metrics(value, statistics->metrics);
        }
    }
}

#define AT(member) offsetof(struct media_statistics, member)

static const struct place received[] = {{"Dur", AT(duration_s)},
                                        {"Pkt", AT(packets_received)},
                                        {"Oct", AT(octets_received)},
                                        {"LostPkt", AT(packets_lost)},
                                        {"AvgJit", AT(jitter_ms)}},
                          sent[] = {{"Pkt", AT(packets_sent)}, {"Oct", AT(octets_sent)}},
                          both[] = {{"PS", AT(packets_sent)},     {"OS", AT(octets_sent)},
                                    {"PR", AT(packets_received)}, {"OR", AT(octets_received)},
                                    {"PL", AT(packets_lost)},     {"JI", AT(jitter_ms)},
                                    {"LA", AT(latency_ms)},       {"DU", AT(duration_s)}};

#undef AT

bool media_statistics_read(const struct sip_message *message, struct media_statistics *statistics) {
    static const struct {
        enum sip_header_name header;
        const struct place *places;
        size_t count;
    } headers[] = {{SIP_RTP_RX_STAT, received, sizeof received / sizeof received[0]},
                   {SIP_RTP_TX_STAT, sent, sizeof sent / sizeof sent[0]},
                   {SIP_P_RTP_STAT, both, sizeof both / sizeof both[0]}};
    bool said = false;
    memset(statistics, 0, sizeof *statistics);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        const struct sip_text value = sip_message_header(message, headers[i].header);
        said = said || value.length > 0;
        take(value, headers[i].places, headers[i].count, statistics);
    }
    return said;
}
