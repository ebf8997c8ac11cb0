/* Writes SIP messages into a buffer. Whatever is copied from elsewhere goes through sip_put_value,
 * which lets no line break through. Pure. */
#ifndef CALLMANAGER_SIP_WRITER_H
#define CALLMANAGER_SIP_WRITER_H

#include "sip/sip_address.h"
#include "sip/sip_message.h"

struct sip_writer {
    char *data;
    size_t used, room;
    bool overflow; /* it did not fit: send nothing */
};

static inline void sip_writer_init(struct sip_writer *writer, char *data, size_t room) {
    writer->data = data;
    writer->used = 0;
    writer->room = room;
    writer->overflow = false;
}

void sip_put_bytes(struct sip_writer *writer, const char *data, size_t length);
static inline void sip_put(struct sip_writer *writer, const char *text) {
    sip_put_bytes(writer, text, strlen(text));
}
void sip_put_number(struct sip_writer *writer, uint64_t number);
/* Foreign text: control characters become blanks. */
void sip_put_value(struct sip_writer *writer, struct sip_text text);
/* "name" in quotes, with escapes, and a blank behind; nothing when it is empty. */
void sip_put_display(struct sip_writer *writer, const char *name);
/* A number as the user part of a URI: what must be escaped is. */
void sip_put_user(struct sip_writer *writer, const char *user);
/* An address as host: IPv6 in brackets. With the port unless it is 0. */
void sip_put_host(struct sip_writer *writer, const char *address, int port);

/* Status line, Via, From, To, Call-ID, CSeq of an answer, and the Timestamp of a 100 (RFC 3261
 * 8.2.6.1). `to_tag` is added when the To has none
 * ("" for none at all). The source of the request goes into the topmost Via. */
void sip_put_answer_head(struct sip_writer *writer, const struct sip_message *request, int status,
                         const char *reason, const char *to_tag, const sj_address *source);
/* From, To and Call-ID of a request within a dialog: both parties as header values, the own one
 * without its tag. */
void sip_put_dialog(struct sip_writer *writer, const char *own_party, const char *own_tag,
                    const char *other_party, const char *call_id);
/* Ends a message: Content-Type (when there is a body), Content-Length, the empty line and the body.
 */
void sip_put_body(struct sip_writer *writer, struct sip_text content_type, struct sip_text body);

#endif
