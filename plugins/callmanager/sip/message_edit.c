/* Changes messages line by line. */
#include "sip/message_edit.h"
#include "sip/edit_rules.h"

#include <stdio.h>

static const char *const forms[][2] = {
    {"v", "Via"},       {"f", "From"},           {"t", "To"},           {"i", "Call-ID"},
    {"m", "Contact"},   {"l", "Content-Length"}, {"c", "Content-Type"}, {"e", "Content-Encoding"},
    {"k", "Supported"}, {"o", "Event"},          {"r", "Refer-To"},     {"x", "Session-Expires"},
    {"s", "Subject"},   {"b", "Referred-By"},    {"u", "Allow-Events"},
};

struct sip_text sip_long_name(struct sip_text name) {
    for (size_t i = 0; name.length == 1 && i < sizeof forms / sizeof forms[0]; i++) {
        if (sip_text_is_nocase(name, forms[i][0])) {
            return sip_text_of(forms[i][1]);
        }
    }
    return name;
}

static bool is_same(struct sip_text name, const char *wanted) {
    return sip_text_equal_nocase(sip_long_name(name), sip_long_name(sip_text_of(wanted)));
}

/* ---- lines ---- */

static const char *start_of(const struct sip_message *message) {
    return message->start;
}

size_t sip_lines_begin(const struct sip_message *message) {
    const char *start = start_of(message);
    const char *end = memchr(start, '\n', (size_t)(message->body.at - start));
    return end == NULL ? (size_t)(message->body.at - start) : (size_t)(end - start) + 1;
}

bool sip_lines_next(const struct sip_message *message, size_t *at, struct sip_line *line) {
    const char *start = start_of(message), *const end = message->body.at;
    const char *begin = start + *at, *next = begin;
    const char *colon;
    if (begin >= end || *begin == '\r' || *begin == '\n') {
        return false;
    }
    do { /* with the lines that continue it */
        const char *feed = memchr(next, '\n', (size_t)(end - next));
        next = feed == NULL ? end : feed + 1;
    } while (next < end && (*next == ' ' || *next == '\t'));
    colon = memchr(begin, ':', (size_t)(next - begin));
    if (colon == NULL) {
        return false;
    }
    line->whole = (struct sip_text){begin, (size_t)(next - begin)};
    line->name = sip_text_trim((struct sip_text){begin, (size_t)(colon - begin)});
    line->value = sip_text_trim((struct sip_text){colon + 1, (size_t)(next - colon) - 1});
    *at += line->whole.length;
    return true;
}

/* ---- the message ---- */

static void put_header(struct sip_writer *writer, const struct sip_edit_header *header) {
    sip_put(writer, header->name);
    sip_put(writer, ": ");
    sip_put_value(writer, sip_text_of(header->value));
    sip_put(writer, "\r\n");
}

static void put_line(struct sip_writer *writer, const struct sip_line *line,
                     const struct sip_edits *edits, bool *placed) {
    for (size_t i = 0; i < edits->remove_count; i++) {
        if (is_same(line->name, edits->remove[i])) {
            return;
        }
    }
    for (size_t i = 0; i < edits->set_count; i++) {
        if (is_same(line->name, edits->set[i].name)) {
            if (!placed[i]) {
                put_header(writer, &edits->set[i]);
            }
            placed[i] = true;
            return;
        }
    }
    if (!is_same(line->name, "Content-Length")) {
        sip_put_bytes(writer, line->whole.at, line->whole.length);
    }
}

bool sip_message_edit(const struct sip_message *message, const struct sip_edits *edits,
                      struct sip_writer *writer, char *why, size_t room) {
    bool placed[SIP_HEADERS_MAX] = {false};
    size_t at = sip_lines_begin(message);
    const struct sip_text body = edits->sdp[0] != '\0' ? sip_text_of(edits->sdp) : message->body;
    struct sip_message after;
    struct sip_line line;
    if (edits->set_count > SIP_HEADERS_MAX) {
        (void)snprintf(why, room, "there are too many headers behind %.60s", edits->set[0].name);
        return false;
    }
    if (!edit_rules_allow(message, edits, why, room)) {
        return false;
    }
    if (edits->request_uri[0] != '\0') {
        sip_put_value(writer, message->method_text);
        sip_put(writer, " ");
        sip_put(writer, edits->request_uri);
        sip_put(writer, " SIP/2.0\r\n");
    } else {
        sip_put_bytes(writer, start_of(message), at);
    }
    while (sip_lines_next(message, &at, &line)) {
        put_line(writer, &line, edits, placed);
    }
    for (size_t i = 0; i < edits->set_count; i++) {
        if (!placed[i]) {
            put_header(writer, &edits->set[i]);
        }
    }
    for (size_t i = 0; i < edits->add_count; i++) {
        put_header(writer, &edits->add[i]);
    }
    sip_put(writer, "Content-Length: ");
    sip_put_number(writer, body.length);
    sip_put(writer, "\r\n\r\n");
    sip_put_bytes(writer, body.at, body.length);
    if (writer->overflow || !sip_message_parse(writer->data, writer->used, &after) ||
        after.fault != NULL) {
        (void)snprintf(why, room, "the message would not be one any more: %.100s",
                       writer->overflow      ? "too long"
                       : after.fault == NULL ? ""
                                             : after.fault);
        return false;
    }
    return edit_rules_accept(message, edits, &after, why, room);
}
