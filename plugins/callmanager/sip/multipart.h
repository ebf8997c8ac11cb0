/* The parts of a multipart body (RFC 2046, RFC 5621), borrowed from where it was received. Lenient: a missing closing delimiter
 * and bare line feeds are read; what cannot be cut has no parts. Pure. */
#ifndef CALLMANAGER_MULTIPART_H
#define CALLMANAGER_MULTIPART_H

#include "sip/sip_writer.h"

typedef struct multipart {
    sip_text boundary;
    sip_text rest;
} multipart;

typedef struct multipart_part {
    sip_text headers; /* whole lines */
    sip_text content;
    sip_text type; /* value of Content-Type; "text/plain" when there is none, as the RFC has it */
    sip_text id;   /* Content-ID without its angle brackets */
} multipart_part;

/* Whether a Content-Type is that media type, whatever its parameters. */
bool media_type_is(sip_text content_type, const char *type);

/* False when the content is not multipart, or its boundary is not said. */
bool multipart_begin(sip_text content_type, sip_text content, multipart *reader);
bool multipart_next(multipart *reader, multipart_part *part);
/* The first part of that type. */
bool multipart_find(sip_text content_type, sip_text content, const char *type, multipart_part *part);

/* A delimiter and the part behind it; `headers` are whole lines. */
void multipart_put(sip_writer *out, sip_text boundary, sip_text headers, sip_text content);
void multipart_put_end(sip_writer *out, sip_text boundary);

#endif
