/* Messages in words. Pure. */
#include "calls/ladder_line.h"
#include "media/message_body.h"

#include <stdio.h>

/* Of foreign text, as far as there is room: what cannot be printed is a blank. */
static void put(char *out, size_t room, const char *before, struct sip_text text) {
    const int used = snprintf(out, room, "%s", before);
    size_t at = (size_t)used;
    for (size_t i = 0; i < text.length && at + 1 < room; i++) {
        const unsigned char c = (unsigned char)text.at[i];
        out[at++] = (char)(c < 0x20 || c >= 0x7f ? ' ' : c);
    }
    out[at] = '\0';
}

/* The status line in the body of a NOTIFY that tells how a transfer goes on (RFC 3515). */
static struct sip_text fragment_of(const struct sip_message *message) {
    struct sip_text body = message->body;
    const struct sip_text type = sip_text_token(sip_message_header(message, SIP_CONTENT_TYPE));
    if (!sip_text_is_nocase(type, "message/sipfrag")) {
        return (struct sip_text){"", 0};
    }
    for (size_t i = 0; i < body.length; i++) {
        body.length = body.at[i] == '\r' || body.at[i] == '\n' ? i : body.length;
    }
    return body;
}

static void put_request(const struct sip_message *message, struct ladder_line *line) {
    char method[40];
    struct sip_text more = message->uri;
    put(method, sizeof method - 1, "", message->method_text);
    if (message->method == SIP_REFER) {
        more = sip_message_header(message, SIP_REFER_TO);
        (void)snprintf(method + strlen(method), sizeof method - strlen(method), " to");
    } else if (message->method == SIP_NOTIFY) {
        more = fragment_of(message);
    } else if (message->method != SIP_INVITE) {
        more.length = 0; /* within the dialog: where it goes is known */
    }
    (void)snprintf(method + strlen(method), sizeof method - strlen(method), "%s",
                   more.length > 0 ? " " : "");
    put(line->text, sizeof line->text, method, more);
}

void ladder_line_read(const struct sip_message *message, struct ladder_line *line) {
    char number[40];
    struct sdp room;
    const struct message_body body = {sip_message_header(message, SIP_CONTENT_TYPE), message->body};
    const struct sip_text description = message_body_description(body);
    struct sip_text reason = sip_message_header(message, SIP_REASON);
    *line = (struct ladder_line){.text = ""};
    if (message->request) {
        put_request(message, line);
    } else {
        (void)snprintf(number, sizeof number, "%d ", message->status);
        put(line->text, sizeof line->text, number, message->reason);
    }
    put(line->cseq, sizeof line->cseq, "", sip_message_header(message, SIP_CSEQ));
    if (description.length > 0) {
        sdp_summary(sdp_read(description, &room), line->session);
    }
    if (reason.length == 0) {
        reason = sip_message_header(message, SIP_WARNING);
    }
    put(line->reason, sizeof line->reason, "", reason);
}
