/* The headers of reliable provisional responses and of their PRACKs (RFC 3262). Pure. */
#ifndef CALLMANAGER_RELIABLE_RESPONSE_H
#define CALLMANAGER_RELIABLE_RESPONSE_H

#include "sip/sip_message.h"

/* What a PRACK acknowledges. */
struct response_ack {
    uint32_t rseq, cseq;
    struct sip_text method;
};

/* Whether a response is to be acknowledged: 101 to 199 with Require: 100rel and an RSeq. */
bool reliable_response_read(const struct sip_message *response, uint32_t *rseq);
/* RAck; false when there is none, or it cannot be read. */
bool response_ack_read(const struct sip_message *prack, struct response_ack *ack);
/* Whether the sender of an INVITE understands 100rel, and whether it asks for nothing else. */
bool reliable_responses_supported(const struct sip_message *invite);
bool reliable_responses_required(const struct sip_message *invite);

#endif
