/* Changes messages line by line. */
#include "sip/message_edit.h"
#include "sip/header_values.h"

#include <stdio.h>

static const char *const forms[][2] = {
    {"v", "Via"},       {"f", "From"},           {"t", "To"},           {"i", "Call-ID"},
    {"m", "Contact"},   {"l", "Content-Length"}, {"c", "Content-Type"}, {"e", "Content-Encoding"},
    {"k", "Supported"}, {"o", "Event"},          {"r", "Refer-To"},     {"x", "Session-Expires"},
    {"s", "Subject"},   {"b", "Referred-By"},    {"u", "Allow-Events"},
};

/* Of the transaction, of the dialog, or of the body. */
static const char *const fixed[] = {
    "Via",          "Call-ID",       "CSeq",           "Max-Forwards", "Route",
    "Record-Route", "Contact",       "Content-Length", "Content-Type", "Content-Encoding",
    "Require",      "Proxy-Require", "RSeq",           "RAck",         "X-Sojourn-Emcc",
};

static const char *const secret[] = {"Authorization", "Proxy-Authorization", "WWW-Authenticate",
                                     "Proxy-Authenticate"};

static const char *const kept[] = {"From", "To"}; /* can be set, with the same tag */

static bool is_among(struct sip_text name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (sip_text_is_nocase(name, names[i])) {
            return true;
        }
    }
    return false;
}

struct sip_text sip_long_name(struct sip_text name) {
    for (size_t i = 0; name.length == 1 && i < sizeof forms / sizeof forms[0]; i++) {
        if (sip_text_is_nocase(name, forms[i][0])) {
            return sip_text_of(forms[i][1]);
        }
    }
    return name;
}

bool sip_header_is_secret(struct sip_text name) {
    return is_among(sip_long_name(name), secret, sizeof secret / sizeof secret[0]);
}

static bool is_same(struct sip_text name, const char *wanted) {
    return sip_text_is_nocase(sip_long_name(name), wanted);
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

/* ---- what is asked for ---- */

static bool is_token(const char *name) {
    return name[0] != '\0' &&
           strspn(name,
                  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~") ==
               strlen(name);
}

static bool refuse(char *why, size_t room, const char *what, const char *name) {
    (void)snprintf(why, room, "%s %.60s", what, name);
    return false;
}

static bool is_fixed(const char *name) {
    const struct sip_text full = sip_long_name(sip_text_of(name));
    return is_among(full, fixed, sizeof fixed / sizeof fixed[0]) ||
           is_among(full, secret, sizeof secret / sizeof secret[0]);
}

static bool may_put(const struct sip_edit_header *headers, size_t count, char *why, size_t room) {
    for (size_t i = 0; i < count; i++) {
        if (!is_token(headers[i].name)) {
            return refuse(why, room, "this is no header's name:", headers[i].name);
        }
        if (is_fixed(headers[i].name)) {
            return refuse(why, room, "a policy cannot change", headers[i].name);
        }
        if (headers[i].value[0] == '\0' || strpbrk(headers[i].value, "\r\n") != NULL) {
            return refuse(why, room, "the value is empty, or has more than one line: that of",
                          headers[i].name);
        }
    }
    return true;
}

static bool may_be(const struct sip_message *message, const struct sip_edits *edits, char *why,
                   size_t room) {
    struct sip_uri uri;
    for (size_t i = 0; i < edits->remove_count; i++) {
        if (is_fixed(edits->remove[i]) ||
            is_among(sip_long_name(sip_text_of(edits->remove[i])), kept, 2)) {
            return refuse(why, room, "a policy cannot remove", edits->remove[i]);
        }
    }
    for (size_t i = 0; i < edits->add_count; i++) {
        if (is_among(sip_long_name(sip_text_of(edits->add[i].name)), kept, 2)) {
            return refuse(why, room, "there is only one", edits->add[i].name);
        }
    }
    if (edits->request_uri[0] != '\0' &&
        (!message->request || strpbrk(edits->request_uri, " \t\r\n<>") != NULL ||
         !sip_uri_parse(sip_text_of(edits->request_uri), &uri))) {
        return refuse(why, room, "this cannot be the request URI:", edits->request_uri);
    }
    if (edits->sdp[0] != '\0' &&
        !sip_text_is_nocase(sip_text_token(sip_message_header(message, SIP_CONTENT_TYPE)),
                            "application/sdp")) {
        return refuse(why, room, "the body is no session description, but", "of another type");
    }
    return may_put(edits->set, edits->set_count, why, room) &&
           may_put(edits->add, edits->add_count, why, room);
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

static bool has_same_tag(const struct sip_message *before, const struct sip_message *after,
                         enum sip_header_name name) {
    struct sip_text old = {"", 0}, now = {"", 0};
    struct sip_name_address address;
    (void)sip_tag(before, name, &old);
    (void)sip_tag(after, name, &now);
    return sip_text_equal(old, now) &&
           sip_name_address_parse(sip_message_header(after, name), &address);
}

bool sip_message_edit(const struct sip_message *message, const struct sip_edits *edits,
                      struct sip_writer *writer, char *why, size_t room) {
    bool placed[SIP_HEADERS_MAX] = {false};
    size_t at = sip_lines_begin(message);
    const struct sip_text body = edits->sdp[0] != '\0' ? sip_text_of(edits->sdp) : message->body;
    struct sip_message after;
    struct sip_line line;
    if (edits->set_count > SIP_HEADERS_MAX) {
        return refuse(why, room, "there are too many headers behind", edits->set[0].name);
    }
    if (!may_be(message, edits, why, room)) {
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
        return refuse(why, room, "the message would not be one any more:",
                      writer->overflow      ? "too long"
                      : after.fault == NULL ? ""
                                            : after.fault);
    }
    if (!has_same_tag(message, &after, SIP_FROM) || !has_same_tag(message, &after, SIP_TO)) {
        return refuse(why, room, "the address and the tag of From and To stay as they are,",
                      "but one does not");
    }
    return true;
}
