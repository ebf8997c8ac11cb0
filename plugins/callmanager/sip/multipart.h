/* The parts of a multipart body (RFC 2046, RFC 5621), borrowed from where it was received. Lenient:
 * a missing closing delimiter and bare line feeds are read; what cannot be cut has no parts. Pure.
 */
#ifndef CALLMANAGER_MULTIPART_H
#define CALLMANAGER_MULTIPART_H

#include "sip/sip_writer.h"

struct multipart {
    struct sip_text boundary;
    struct sip_text rest;
};

struct multipart_part {
    struct sip_text headers; /* whole lines */
    struct sip_text content;
    struct sip_text
        type; /* value of Content-Type; "text/plain" when there is none, as the RFC has it */
    struct sip_text id; /* Content-ID without its angle brackets */
};

/* Whether a Content-Type is that media type, whatever its parameters. */
bool media_type_is(struct sip_text content_type, const char *type);

/* False when the content is not multipart, or its boundary is not said. */
bool multipart_begin(struct sip_text content_type, struct sip_text content,
                     struct multipart *reader);
bool multipart_next(struct multipart *reader, struct multipart_part *part);
/* The first part of that type. */
bool multipart_find(struct sip_text content_type, struct sip_text content, const char *type,
                    struct multipart_part *part);

/* A delimiter and the part behind it; `headers` are whole lines. */
void multipart_put(struct sip_writer *out, struct sip_text boundary, struct sip_text headers,
                   struct sip_text content);
void multipart_put_end(struct sip_writer *out, struct sip_text boundary);

#endif
