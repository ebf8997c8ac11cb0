/* The scanner: cuts a SIP message into its headers in one pass, without copying and without
 * allocating. What a header means is looked at only when it is asked for (sip_address.h). Pure. */
#ifndef CALLMANAGER_SIP_MESSAGE_H
#define CALLMANAGER_SIP_MESSAGE_H

#include "sip/sip_text.h"

enum {
    SIP_HEADERS_MAX = 96,
    SIP_HEAD_MAX = 16384, /* bytes before the body */
    SIP_BODY_MAX = 49152,
    SIP_MESSAGE_MAX = SIP_HEAD_MAX + SIP_BODY_MAX,
};

enum sip_method {
    SIP_INVITE,
    SIP_ACK,
    SIP_BYE,
    SIP_CANCEL,
    SIP_REGISTER,
    SIP_OPTIONS,
    SIP_INFO,
    SIP_UPDATE,
    SIP_PRACK,
    SIP_REFER,
    SIP_NOTIFY,
    SIP_SUBSCRIBE,
    SIP_PUBLISH,
    SIP_MESSAGE,
    SIP_OTHER_METHOD,
    SIP_METHODS,
};

enum sip_header_name {
    SIP_VIA,
    SIP_FROM,
    SIP_TO,
    SIP_CALL_ID,
    SIP_CSEQ,
    SIP_CONTACT,
    SIP_EXPIRES,
    SIP_MAX_FORWARDS,
    SIP_CONTENT_LENGTH,
    SIP_CONTENT_TYPE,
    SIP_AUTHORIZATION,
    SIP_REQUIRE,
    SIP_SUPPORTED,
    SIP_ROUTE,
    SIP_RECORD_ROUTE,
    SIP_REASON,
    SIP_USER_AGENT,
    SIP_EVENT,
    SIP_REMOTE_PARTY_ID,
    SIP_P_ASSERTED_IDENTITY,
    SIP_PRIVACY,
    SIP_X_SOJOURN_EMCC,
    SIP_X_CISCO_DEST_ROUTE_STRING,
    SIP_DIVERSION,
    SIP_IF_MATCH,
    SIP_GEOLOCATION,
    SIP_WWW_AUTHENTICATE,
    SIP_PROXY_AUTHENTICATE,
    SIP_PROXY_AUTHORIZATION,
    SIP_CALL_INFO,
    SIP_RESOURCE_PRIORITY,
    SIP_CONTENT_ENCODING,
    SIP_CONTENT_DISPOSITION,
    SIP_TIMESTAMP,
    SIP_ACCEPT,
    SIP_ALLOW,
    SIP_SESSION_EXPIRES,
    SIP_MIN_SE,
    SIP_RSEQ,
    SIP_RACK,
    SIP_REFER_TO,
    SIP_REFER_SUB,
    SIP_REPLACES,
    SIP_JOIN,
    SIP_WARNING,
    SIP_MIN_EXPIRES,
    SIP_RETRY_AFTER,
    SIP_RTP_RX_STAT,
    SIP_RTP_TX_STAT,
    SIP_P_RTP_STAT,
    SIP_SUBSCRIPTION_STATE,
    SIP_OTHER_HEADER,
    SIP_HEADER_NAMES,
};

struct sip_header {
    enum sip_header_name name;
    struct sip_text value; /* trimmed; folds are still inside */
};

struct sip_message {
    const char *start; /* of its first line */
    bool request;
    enum sip_method method; /* of a response: the CSeq's */
    struct sip_text method_text;
    struct sip_text uri;    /* request */
    int status;             /* response */
    struct sip_text reason; /* response */
    uint32_t cseq;
    bool has_content_length;
    size_t content_length;
    struct sip_text body;
    size_t length; /* of the whole message as it came */
    struct sip_header headers[SIP_HEADERS_MAX];
    size_t count;
    int16_t first[SIP_HEADER_NAMES]; /* index of the first header of that name, or -1 */
    const char *fault;               /* why it is refused; NULL when well formed */
    int fault_status;                /* what to answer: 400, 505, ...; 0: nothing */
};

/* Scans one whole datagram (or, with content_length cut by sip_message_frame, one message of a
 * stream). False when it is not worth an answer. True with `fault` set: answer with fault_status,
 * the message is not to be acted upon. */
bool sip_message_parse(const char *data, size_t length, struct sip_message *message);

/* Where the first message of a stream ends. > 0: so many bytes; 0: more are needed; < 0: it will
 * never be one, close. */
long sip_message_frame(const char *data, size_t length);

/* The value of the first header of that name; empty when there is none. */
static inline struct sip_text sip_message_header(const struct sip_message *message,
                                                 enum sip_header_name name) {
    struct sip_text none = {"", 0};
    return message->first[name] < 0 ? none : message->headers[message->first[name]].value;
}

const char *sip_method_text(enum sip_method method);
/* The reason phrase of a status. */
const char *sip_reason_phrase(int status);

#endif
