/* Writes SIP messages. Pure: touches nothing but its arguments. */
#include "sip/sip_writer.h"
#include "sip/header_values.h"

#include <sojourn/base/hex.h>
#include <sojourn/net.h>

void sip_put_bytes(struct sip_writer *writer, const char *data, size_t length) {
    if (length > writer->room - writer->used) {
        writer->overflow = true;
        return;
    }
    if (length > 0) {
        memcpy(writer->data + writer->used, data, length);
        writer->used += length;
    }
}

void sip_put_number(struct sip_writer *writer, uint64_t number) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    sip_put_bytes(writer, digits + at, sizeof digits - at);
}

void sip_put_value(struct sip_writer *writer, struct sip_text text) {
    const size_t start = writer->used;
    sip_put_bytes(writer, text.at, text.length);
    for (size_t i = start; i < writer->used; i++) {
        if ((unsigned char)writer->data[i] < ' ' || writer->data[i] == 0x7f) {
            writer->data[i] = ' ';
        }
    }
}

void sip_put_display(struct sip_writer *writer, const char *name) {
    if (name[0] == '\0') {
        return;
    }
    sip_put(writer, "\"");
    for (; *name != '\0'; name++) {
        const struct sip_text letter = {name, 1};
        if (*name == '"' || *name == '\\') {
            sip_put(writer, "\\");
        }
        sip_put_value(writer, letter);
    }
    sip_put(writer, "\" ");
}

void sip_put_user(struct sip_writer *writer, const char *user) {
    for (; *user != '\0'; user++) {
        const unsigned char c = (unsigned char)*user;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            strchr("-_.!~*'()&=+$,;?/", c) != NULL) {
            sip_put_bytes(writer, user, 1);
        } else {
            const char escaped[3] = {'%', SJ_HEX_LARGE[c >> 4], SJ_HEX_LARGE[c & 15u]};
            sip_put_bytes(writer, escaped, sizeof escaped);
        }
    }
}

void sip_put_host(struct sip_writer *writer, const char *address, int port) {
    const bool v6 = strchr(address, ':') != NULL;
    sip_put(writer, v6 ? "[" : "");
    sip_put(writer, address);
    sip_put(writer, v6 ? "]" : "");
    if (port != 0) {
        sip_put(writer, ":");
        sip_put_number(writer, (uint64_t)port);
    }
}

/* The topmost Via comes back with the address it was seen from (RFC 3261 18.2.1, RFC 3581). */
static void put_first_via(struct sip_writer *writer, struct sip_text value,
                          const sj_address *source) {
    struct sip_via via;
    char address[SJ_ADDRESS_TEXT];
    int port;
    sip_put(writer, "Via: ");
    if (!sip_via_parse(value, &via)) {
        sip_put_value(writer, value);
        sip_put(writer, "\r\n");
        return;
    }
    port = sj_address_format(source, address, sizeof address);
    if (via.rport_wanted) {
        /* ";rport" gets its value in place. */
        size_t at = 0;
        for (size_t i = 0; i + 6 <= via.text.length; i++) {
            if (strncasecmp(via.text.at + i, ";rport", 6) == 0) {
                at = i + 6;
                break;
            }
        }
        const struct sip_text head = {via.text.at, at},
                              tail = {via.text.at + at, via.text.length - at};
        sip_put_value(writer, head);
        sip_put(writer, "=");
        sip_put_number(writer, (uint64_t)port);
        sip_put_value(writer, tail);
    } else {
        sip_put_value(writer, via.text);
    }
    if (via.rport_wanted || !sip_text_is(via.host, address)) {
        sip_put(writer, ";received=");
        sip_put(writer, address);
    }
    if (via.rest.length > 0) {
        sip_put(writer, "\r\nVia: ");
        sip_put_value(writer, via.rest);
    }
    sip_put(writer, "\r\n");
}

void sip_put_answer_head(struct sip_writer *writer, const struct sip_message *request, int status,
                         const char *reason, const char *to_tag, const sj_address *source) {
    bool first = true;
    sip_put(writer, "SIP/2.0 ");
    sip_put_number(writer, (uint64_t)status);
    sip_put(writer, " ");
    sip_put(writer, reason);
    sip_put(writer, "\r\n");
    for (size_t i = 0; i < request->count; i++) {
        if (request->headers[i].name == SIP_VIA) {
            if (first) {
                put_first_via(writer, request->headers[i].value, source);
            } else {
                sip_put(writer, "Via: ");
                sip_put_value(writer, request->headers[i].value);
                sip_put(writer, "\r\n");
            }
            first = false;
        }
    }
    sip_put(writer, "From: ");
    sip_put_value(writer, sip_message_header(request, SIP_FROM));
    sip_put(writer, "\r\nTo: ");
    sip_put_value(writer, sip_message_header(request, SIP_TO));
    if (to_tag[0] != '\0' && !sip_is_within_dialog(request)) {
        sip_put(writer, ";tag=");
        sip_put(writer, to_tag);
    }
    sip_put(writer, "\r\nCall-ID: ");
    sip_put_value(writer, sip_message_header(request, SIP_CALL_ID));
    sip_put(writer, "\r\nCSeq: ");
    sip_put_value(writer, sip_message_header(request, SIP_CSEQ));
    sip_put(writer, "\r\n");
    if (status == 100 && request->first[SIP_TIMESTAMP] >= 0) {
        sip_put(writer, "Timestamp: ");
        sip_put_value(writer, sip_message_header(request, SIP_TIMESTAMP));
        sip_put(writer, "\r\n");
    }
}

void sip_put_dialog(struct sip_writer *writer, const char *own_party, const char *own_tag,
                    const char *other_party, const char *call_id) {
    sip_put(writer, "From: ");
    sip_put_value(writer, sip_text_of(own_party));
    sip_put(writer, ";tag=");
    sip_put(writer, own_tag);
    sip_put(writer, "\r\nTo: ");
    sip_put_value(writer, sip_text_of(other_party));
    sip_put(writer, "\r\nCall-ID: ");
    sip_put_value(writer, sip_text_of(call_id));
    sip_put(writer, "\r\n");
}

void sip_put_body(struct sip_writer *writer, struct sip_text content_type, struct sip_text body) {
    if (body.length > 0 && content_type.length > 0) {
        sip_put(writer, "Content-Type: ");
        sip_put_value(writer, content_type);
        sip_put(writer, "\r\n");
    }
    sip_put(writer, "Content-Length: ");
    sip_put_number(writer, body.length);
    sip_put(writer, "\r\n\r\n");
    sip_put_bytes(writer, body.at, body.length);
}
