/* How a log entry looks as one line: text or JSON. Pure. Control characters and broken UTF-8 never
 * reach a terminal. */
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <sojourn/base/utf8.h>

#include "host/record/invisible.h"
#include "host/telemetry/log.h"

struct line {
    char *at, *end; /* end leaves room for the closing brace and the newline */
};

static void add(struct line *line, const char *text, size_t length) {
    if ((size_t)(line->end - line->at) >= length) {
        memcpy(line->at, text, length);
        line->at += length;
    }
}

static void add_text(struct line *line, const char *text) {
    add(line, text, strlen(text));
}

/* "\x1b", "\u202e"; in JSON two halves where one does not suffice. */
static const char *escape_of(uint32_t point, bool json, char escape[24]) {
    if (json && point > 0xffff) {
        (void)snprintf(escape, 24, "\\u%04x\\u%04x", 0xd800u + ((unsigned)(point - 0x10000) >> 10),
                       0xdc00u + ((unsigned)(point - 0x10000) & 0x3ffu));
    } else {
        (void)snprintf(escape, 24, json || point > 0xff ? "\\u%04x" : "\\x%02x", (unsigned)point);
    }
    return escape;
}

/* Line breaks and tabs become a blank; other control characters, direction marks and stray bytes an
 * escape. */
static void add_escaped(struct line *line, const char *text, bool json) {
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        char escape[24];
        uint32_t point = *at;
        size_t length = sj_utf8_decode((const char *)at, SIZE_MAX, NULL);
        if (*at == '\n' || *at == '\r' || *at == '\t') {
            add(line, " ", 1);
            length = 1;
        } else if (length == 0 || sj_invisible((const char *)at, &point) > 0) {
            add_text(line, escape_of(point, json, escape));
            length = length == 0 ? 1 : length;
        } else if (json && (*at == '"' || *at == '\\')) {
            escape[0] = '\\';
            escape[1] = (char)*at;
            add(line, escape, 2);
        } else {
            add(line, (const char *)at, length);
        }
        at += length;
    }
}

static void add_time(struct line *line, int64_t wall_ms) {
    char stamp[48];
    struct tm parts;
    const int64_t rest = (wall_ms % 1000 + 1000) % 1000; /* before 1970 too */
    time_t seconds = (time_t)((wall_ms - rest) / 1000);
    size_t length;
    gmtime_r(&seconds, &parts);
    length = strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(stamp + length, sizeof stamp - length, ".%03dZ", (int)rest);
    add_text(line, stamp);
}

size_t sj_log_format(char *text, size_t room, bool json, int64_t wall_ms, sj_log_level level,
                     const char *who, const char *trace_id, const char *message) {
    static const char *const shown[] = {"ERROR  ", "WARNING", "INFO   ", "DEBUG  "};
    struct line line = {text, text + room - 4};
    if (json) {
        add_text(&line, "{\"time\":\"");
        add_time(&line, wall_ms);
        add_text(&line, "\",\"level\":\"");
        add_text(&line, sj_log_level_name(level));
        add_text(&line, "\",\"service\":\"");
        add_escaped(&line, who, true);
        if (trace_id[0] != '\0') {
            add_text(&line, "\",\"trace_id\":\"");
            add_escaped(&line, trace_id, true);
        }
        add_text(&line, "\",\"message\":\"");
        add_escaped(&line, message, true);
        memcpy(line.at, "\"}", 2); /* its room is kept */
        line.at += 2;
    } else {
        add_time(&line, wall_ms);
        add_text(&line, " ");
        add_text(&line, shown[level]);
        add_text(&line, " ");
        add_escaped(&line, who, false);
        add_text(&line, ": ");
        add_escaped(&line, message, false);
        if (trace_id[0] != '\0') {
            add_text(&line, " [");
            add_escaped(&line, trace_id, false);
            add_text(&line, "]");
        }
    }
    *line.at++ = '\n';
    *line.at = '\0';
    return (size_t)(line.at - text);
}
