/* What a message is about, and where in it secrets stand: read in one pass over its lines, without
 * copying and without allocating, for messages that are kept to be looked at. Pure. */
#ifndef CALLMANAGER_SIP_OUTLINE_H
#define CALLMANAGER_SIP_OUTLINE_H

#include "sip/sip_text.h"

enum { SIP_SECRETS_MAX = 24 };

struct sip_span {
    size_t at, length; /* of the message */
};

/* All texts are empty when they are not there. */
struct sip_outline {
    struct sip_text call_id;
    struct sip_text method; /* of the CSeq */
    struct sip_text event;  /* the value of Event, without its parameters */
    struct sip_span secrets[SIP_SECRETS_MAX];
    size_t secrets_count;
};

/* Secret are the answers to challenges, keys of media (SDES, MIKEY, k=), ICE passwords, passwords
 * in URIs of any scheme, credentials and bodies that URIs bring along, what is dialled behind a #
 * (in URIs, those of credentials too, and behind the digits of a number anywhere), and the digits
 * that a caller has dialled in a call (INFO, KPML): a PIN, perhaps. What is written wrongly and may
 * be one counts as one. Where there are more of them than can be named, all that stands behind
 * counts as secret. */
void sip_outline_read(const char *message, size_t length, struct sip_outline *outline);

/* Writes an x over each character of the secrets of a copy of the message. Its length stays, as do
 * its lines. */
void sip_outline_redact(const struct sip_outline *outline, char *copy);

#endif
