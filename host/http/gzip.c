/* Who takes gzip, and gzip itself. Pure. */
#include "host/http/gzip.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <zlib.h>

/* A weight ("0.5", of three digits at most) in thousandths; -1: it is none. */
static int read_weight(const char *text, size_t length) {
    int weight = 0, unit = 1000;
    if (length == 0 || length > 5 || (text[0] != '0' && text[0] != '1') ||
        (length > 1 && text[1] != '.')) {
        return -1;
    }
    for (size_t i = 0; i < length; i++) {
        if (i != 1 && (text[i] < '0' || text[i] > '9')) {
            return -1;
        }
        weight += i != 1 ? (text[i] - '0') * unit : 0;
        unit /= i != 1 ? 10 : 1;
    }
    return weight <= 1000 ? weight : -1;
}

struct weights {
    int gzip, identity, any; /* -1: not named */
    bool wrong;
};

static bool is_word(const char *text, size_t length, const char *word) {
    return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

/* "gzip", "gzip;q=0.5": one item of the list, without the blanks around it. */
static void read_item(struct weights *weights, const char *item, size_t length) {
    const size_t name = strcspn(item, " \t;,");
    size_t at = name;
    int weight = 1000;
    at += strspn(item + at, " \t");
    if (at < length && item[at] == ';') {
        at++;
        at += strspn(item + at, " \t");
        weight = length - at > 2 && strncasecmp(item + at, "q=", 2) == 0
                     ? read_weight(item + at + 2, length - at - 2)
                     : -1;
    } else if (at < length) {
        weight = -1;
    }
    weights->wrong = weights->wrong || weight < 0;
    if (is_word(item, name, "gzip") || is_word(item, name, "x-gzip")) {
        weights->gzip = weight;
    } else if (is_word(item, name, "identity")) {
        weights->identity = weight;
    } else if (is_word(item, name, "*")) {
        weights->any = weight;
    }
}

static void read_list(struct weights *weights, const char *list) {
    while (*list != '\0') {
        size_t length;
        list += strspn(list, " \t,");
        length = strcspn(list, ",");
        while (length > 0 && (list[length - 1] == ' ' || list[length - 1] == '\t')) {
            length--;
        }
        if (length > 0) {
            read_item(weights, list, length);
        }
        list += strcspn(list, ",");
    }
}

bool sj_gzip_accepted(const sj_http_header *headers, size_t count) {
    struct weights weights = {-1, -1, -1, false};
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(headers[i].name, "Accept-Encoding") == 0) {
            read_list(&weights, headers[i].value);
        }
    }
    const int gzip = weights.gzip >= 0 ? weights.gzip : weights.any;
    return !weights.wrong && gzip > 0 && gzip >= weights.identity;
}

void *sj_gzip(const void *data, size_t length, size_t *compressed) {
    enum { GZIP_FORMAT = 16 }; /* beside the size of the window, for deflateInit2 */
    z_stream stream = {0};
    void *room = length > 0 ? malloc(length) : NULL;
    int status = Z_MEM_ERROR;
    if (room != NULL && length <= UINT_MAX &&
        deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + GZIP_FORMAT, MAX_MEM_LEVEL,
                     Z_DEFAULT_STRATEGY) == Z_OK) {
        stream.next_in = (z_const Bytef *)data;
        stream.avail_in = (uInt)length;
        stream.next_out = room;
        stream.avail_out = (uInt)length; /* what does not fit is not worth it */
        status = deflate(&stream, Z_FINISH);
        *compressed = stream.total_out;
        (void)deflateEnd(&stream);
    }
    if (status != Z_STREAM_END) {
        free(room);
        room = NULL;
    }
    return room;
}
