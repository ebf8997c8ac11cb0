/* The scanner for SIP messages. Pure: touches nothing but its arguments. */
#include "sip/sip_message.h"

static const char *const method_texts[SIP_METHODS] = {
    "INVITE", "ACK",   "BYE",    "CANCEL",    "REGISTER", "OPTIONS", "INFO",  "UPDATE",
    "PRACK",  "REFER", "NOTIFY", "SUBSCRIBE", "PUBLISH",  "MESSAGE", "other",
};

struct known_header {
    const char *text;
    enum sip_header_name name;
};

/* By length of the name first, so that most are told apart by one comparison. */
static const struct known_header known_headers[] = {
    {"v", SIP_VIA},
    {"f", SIP_FROM},
    {"t", SIP_TO},
    {"i", SIP_CALL_ID},
    {"m", SIP_CONTACT},
    {"l", SIP_CONTENT_LENGTH},
    {"c", SIP_CONTENT_TYPE},
    {"e", SIP_CONTENT_ENCODING},
    {"k", SIP_SUPPORTED},
    {"o", SIP_EVENT},
    {"r", SIP_REFER_TO},
    {"to", SIP_TO},
    {"via", SIP_VIA},
    {"from", SIP_FROM},
    {"cseq", SIP_CSEQ},
    {"route", SIP_ROUTE},
    {"event", SIP_EVENT},
    {"reason", SIP_REASON},
    {"contact", SIP_CONTACT},
    {"call-id", SIP_CALL_ID},
    {"expires", SIP_EXPIRES},
    {"require", SIP_REQUIRE},
    {"supported", SIP_SUPPORTED},
    {"user-agent", SIP_USER_AGENT},
    {"content-type", SIP_CONTENT_TYPE},
    {"max-forwards", SIP_MAX_FORWARDS},
    {"record-route", SIP_RECORD_ROUTE},
    {"authorization", SIP_AUTHORIZATION},
    {"content-length", SIP_CONTENT_LENGTH},
    {"x-sojourn-emcc", SIP_X_SOJOURN_EMCC},
    {"diversion", SIP_DIVERSION},
    {"sip-if-match", SIP_IF_MATCH},
    {"geolocation", SIP_GEOLOCATION},
    {"www-authenticate", SIP_WWW_AUTHENTICATE},
    {"proxy-authenticate", SIP_PROXY_AUTHENTICATE},
    {"proxy-authorization", SIP_PROXY_AUTHORIZATION},
    {"call-info", SIP_CALL_INFO},
    {"resource-priority", SIP_RESOURCE_PRIORITY},
    {"remote-party-id", SIP_REMOTE_PARTY_ID},
    {"p-asserted-identity", SIP_P_ASSERTED_IDENTITY},
    {"privacy", SIP_PRIVACY},
    {"refer-to", SIP_REFER_TO},
    {"refer-sub", SIP_REFER_SUB},
    {"replaces", SIP_REPLACES},
    {"join", SIP_JOIN},
    {"warning", SIP_WARNING},
    {"rtp-rxstat", SIP_RTP_RX_STAT},
    {"rtp-txstat", SIP_RTP_TX_STAT},
    {"p-rtp-stat", SIP_P_RTP_STAT},
    {"x-cisco-dest-route-string", SIP_X_CISCO_DEST_ROUTE_STRING},
    {"content-encoding", SIP_CONTENT_ENCODING},
    {"content-disposition", SIP_CONTENT_DISPOSITION},
    {"timestamp", SIP_TIMESTAMP},
    {"accept", SIP_ACCEPT},
    {"allow", SIP_ALLOW},
    {"x", SIP_SESSION_EXPIRES},
    {"session-expires", SIP_SESSION_EXPIRES},
    {"min-se", SIP_MIN_SE},
    {"rseq", SIP_RSEQ},
    {"rack", SIP_RACK},
    {"min-expires", SIP_MIN_EXPIRES},
    {"retry-after", SIP_RETRY_AFTER},
    {"subscription-state", SIP_SUBSCRIPTION_STATE},
};

static enum sip_method sip_method_of(struct sip_text text) {
    for (int i = 0; i < SIP_OTHER_METHOD; i++) {
        if (sip_text_is(text, method_texts[i])) {
            return (enum sip_method)i;
        }
    }
    return SIP_OTHER_METHOD;
}

const char *sip_method_text(enum sip_method method) {
    return method_texts[method];
}

const char *sip_reason_phrase(int status) {
    switch (status) {
    case 100: return "Trying";
    case 180: return "Ringing";
    case 181: return "Call Is Being Forwarded";
    case 183: return "Session Progress";
    case 200: return "OK";
    case 202: return "Accepted";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 407: return "Proxy Authentication Required";
    case 408: return "Request Timeout";
    case 412: return "Conditional Request Failed";
    case 413: return "Request Entity Too Large";
    case 415: return "Unsupported Media Type";
    case 416: return "Unsupported URI Scheme";
    case 420: return "Bad Extension";
    case 422: return "Session Interval Too Small";
    case 423: return "Interval Too Brief";
    case 480: return "Temporarily Unavailable";
    case 481: return "Call/Transaction Does Not Exist";
    case 482: return "Loop Detected";
    case 483: return "Too Many Hops";
    case 484: return "Address Incomplete";
    case 486: return "Busy Here";
    case 487: return "Request Terminated";
    case 488: return "Not Acceptable Here";
    case 489: return "Bad Event";
    case 491: return "Request Pending";
    case 500: return "Server Internal Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Server Time-out";
    case 505: return "Version Not Supported";
    case 600: return "Busy Everywhere";
    case 603: return "Decline";
    default:
        return status < 200   ? "Progress"
               : status < 300 ? "OK"
               : status < 400 ? "Redirection"
                              : "Failure";
    }
}

static enum sip_header_name header_name(struct sip_text text) {
    char lower[32] = "";
    if (text.length == 0 || text.length >= sizeof lower) {
        return SIP_OTHER_HEADER;
    }
    for (size_t i = 0; i < text.length; i++) {
        const char c = text.at[i];
        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    lower[text.length] = '\0';
    for (size_t i = 0; i < sizeof known_headers / sizeof known_headers[0]; i++) {
        if (known_headers[i].text[0] == lower[0] && strcmp(known_headers[i].text, lower) == 0) {
            return known_headers[i].name;
        }
    }
    return SIP_OTHER_HEADER;
}

static bool fault(struct sip_message *message, int status, const char *text) {
    if (message->fault == NULL) {
        message->fault = text;
        message->fault_status = status;
    }
    return true;
}

/* The end of the line that begins at `at`, without its line break; *next is where the following one
 * begins. NULL without break.
 */
static const char *line_end(const char *at, const char *end, const char **next) {
    const char *feed = memchr(at, '\n', (size_t)(end - at));
    if (feed == NULL) {
        return NULL;
    }
    *next = feed + 1;
    return feed > at && feed[-1] == '\r' ? feed - 1 : feed;
}

static bool parse_status_line(struct sip_text line, struct sip_message *message) {
    uint64_t status;
    const struct sip_text code = {line.at + 8, 3};
    if (line.length < 12 || !sip_text_number(code, 699, &status) || status < 100 ||
        line.at[11] != ' ') {
        return false;
    }
    message->request = false;
    message->status = (int)status;
    message->reason.at = line.at + 12;
    message->reason.length = line.length - 12;
    return true;
}

static bool parse_request_line(struct sip_text line, struct sip_message *message) {
    const char *first = memchr(line.at, ' ', line.length);
    const char *last = line.at + line.length;
    while (last > line.at && last[-1] != ' ') {
        last--;
    }
    if (first == NULL || first == line.at) {
        return false;
    }
    message->request = true;
    message->method_text.at = line.at;
    message->method_text.length = (size_t)(first - line.at);
    for (size_t i = 0; i < message->method_text.length; i++) {
        if (!sip_is_token_char(line.at[i])) {
            return false;
        }
    }
    message->method = sip_method_of(message->method_text);
    message->uri.at = first + 1;
    message->uri.length = last - 1 > first ? (size_t)(last - 1 - (first + 1)) : 0;
    const struct sip_text version = {last, (size_t)(line.at + line.length - last)};
    if (version.length < 5 || strncasecmp(version.at, "SIP/", 4) != 0) {
        return version.length == 0 ? fault(message, 400, "Blanks around the request line") : false;
    }
    if (!sip_text_is_nocase(version, "SIP/2.0")) {
        return fault(message, 505, "Only SIP/2.0 is spoken here");
    }
    if (message->uri.length == 0) {
        return fault(message, 400, "The request line holds no URI");
    }
    for (size_t i = 0; i < message->uri.length; i++) {
        const unsigned char c = (unsigned char)message->uri.at[i];
        if (c <= ' ' || c == '<' || c == '>' || c == '"' || c >= 0x7f) {
            return fault(message, 400,
                         "The URI of the request line holds a character that must be escaped");
        }
    }
    return true;
}

/* Headers of which a message holds one at most, and whose repetition would mean two things. */
static bool is_single(enum sip_header_name name) {
    return name == SIP_FROM || name == SIP_TO || name == SIP_CALL_ID || name == SIP_CSEQ ||
           name == SIP_CONTENT_LENGTH || name == SIP_MAX_FORWARDS || name == SIP_EXPIRES;
}

static bool add_header(const char *at, const char *end, struct sip_message *message) {
    const char *colon = memchr(at, ':', (size_t)(end - at));
    struct sip_text name;
    struct sip_header *header;
    if (colon == NULL) {
        return fault(message, 400, "A header line without colon");
    }
    name.at = at;
    name.length = (size_t)(colon - at);
    while (name.length > 0 &&
           (name.at[name.length - 1] == ' ' || name.at[name.length - 1] == '\t')) {
        name.length--;
    }
    for (size_t i = 0; i < name.length; i++) {
        if (!sip_is_token_char(name.at[i])) {
            return fault(message, 400, "A header name holds a character it must not");
        }
    }
    if (name.length == 0 || message->count == SIP_HEADERS_MAX) {
        return fault(message, 400, name.length == 0 ? "A header without name" : "Too many headers");
    }
    header = &message->headers[message->count];
    header->name = header_name(name);
    header->value.at = colon + 1;
    header->value.length = (size_t)(end - colon - 1);
    header->value = sip_text_trim(header->value);
    if (message->first[header->name] < 0) {
        message->first[header->name] = (int16_t)message->count;
    } else if (is_single(header->name)) {
        (void)fault(message, 400, "A header that may stand only once is repeated");
        return true; /* the first one is what an answer is made of */
    }
    message->count++;
    return true;
}

/* Reads the headers up to the empty line. NULL when the last line has no end; without the empty
 * line the message is whole enough to be refused. */
static const char *parse_headers(const char *at, const char *end, struct sip_message *message) {
    while (at < end) {
        const char *next = NULL;
        const char *stop = line_end(at, end, &next);
        if (stop == NULL) {
            return NULL;
        }
        if (stop == at) {
            return next;
        }
        while (next < end && (*next == ' ' || *next == '\t')) { /* folded */
            stop = line_end(next, end, &next);
            if (stop == NULL) {
                return NULL;
            }
        }
        (void)add_header(at, stop, message);
        at = next;
    }
    (void)fault(message, 400, "The empty line behind the headers is missing");
    return end;
}

static void check_cseq(struct sip_message *message) {
    struct sip_text value = sip_message_header(message, SIP_CSEQ);
    struct sip_text number = {value.at, 0}, method;
    uint64_t cseq = 0;
    while (number.length < value.length && !sip_is_space(value.at[number.length])) {
        number.length++;
    }
    method.at = value.at + number.length;
    method.length = value.length - number.length;
    method = sip_text_trim(method);
    if (!sip_text_number(number, 0x7fffffffu, &cseq) || method.length == 0) {
        (void)fault(message, 400, "CSeq: expected a number below 2147483648 and a method");
        return;
    }
    message->cseq = (uint32_t)cseq;
    if (!message->request) {
        message->method_text = method;
        message->method = sip_method_of(method);
    } else if (!sip_text_equal(method, message->method_text)) {
        (void)fault(message, message->method == SIP_OTHER_METHOD ? 501 : 400,
                    "CSeq names another method than the request line");
    }
}

static void check_single_values(struct sip_message *message) {
    static const enum sip_header_name required[] = {SIP_VIA, SIP_FROM, SIP_TO, SIP_CALL_ID,
                                                    SIP_CSEQ};
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++) {
        if (sip_message_header(message, required[i]).length == 0) {
            (void)fault(message, 400, "One of Via, From, To, Call-ID and CSeq is missing");
            return;
        }
    }
    check_cseq(message);
    if (message->first[SIP_MAX_FORWARDS] >= 0 &&
        !sip_text_number(sip_message_header(message, SIP_MAX_FORWARDS), 255, &number)) {
        (void)fault(message, 400, "Max-Forwards: expected a number from 0 to 255");
    }
    if (message->first[SIP_EXPIRES] >= 0 &&
        !sip_text_number(sip_message_header(message, SIP_EXPIRES), 0xffffffffu, &number)) {
        (void)fault(message, 400, "Expires: expected a number of seconds");
    }
}

static void take_body(const char *at, const char *end, struct sip_message *message) {
    uint64_t length = (uint64_t)(end - at);
    message->body.at = at;
    message->body.length = (size_t)(end - at);
    message->has_content_length = message->first[SIP_CONTENT_LENGTH] >= 0;
    if (message->has_content_length) {
        if (!sip_text_number(sip_message_header(message, SIP_CONTENT_LENGTH), SIP_MESSAGE_MAX,
                             &length)) {
            (void)fault(message, 400, "Content-Length: expected a number of bytes");
            return;
        }
        if (length > message->body.length) {
            (void)fault(message, 400, "Content-Length is larger than the body");
            return;
        }
        message->body.length = (size_t)length;
    }
    message->content_length = (size_t)length;
    if (message->body.length > SIP_BODY_MAX) {
        (void)fault(message, 413, "The body is too large");
    }
}

bool sip_message_parse(const char *data, size_t length, struct sip_message *message) {
    const char *end = data + length;
    const char *next = NULL;
    const char *stop;
    struct sip_text line;

    while (data < end && (*data == '\r' || *data == '\n')) {
        data++;
    }
    message->length = data < end ? (size_t)(end - data) : 0;
    message->start = data;
    message->count = 0;
    message->fault = NULL;
    message->fault_status = 0;
    message->status = 0;
    message->cseq = 0;
    message->content_length = 0;
    message->has_content_length = false;
    message->method = SIP_OTHER_METHOD;
    message->method_text = message->uri = message->reason = message->body = sip_text_of("");
    memset(message->first, 0xff, sizeof message->first);

    stop = line_end(data, end, &next);
    if (stop == NULL || stop == data) {
        return false;
    }
    line.at = data;
    line.length = (size_t)(stop - data);
    if (line.length >= 8 && strncasecmp(line.at, "SIP/2.0 ", 8) == 0) {
        if (!parse_status_line(line, message)) {
            return false;
        }
    } else if (!parse_request_line(line, message)) {
        return false;
    }
    next = parse_headers(next, end, message);
    if (next == NULL) {
        return false;
    }
    if ((size_t)(next - data) > SIP_HEAD_MAX) {
        (void)fault(message, 513, "The headers are too large");
    }
    check_single_values(message);
    take_body(next, end, message);
    /* A response that is wrong, or a request that cannot be answered, is dropped. */
    return message->fault == NULL || (message->request && message->first[SIP_VIA] >= 0);
}

long sip_message_frame(const char *data, size_t length) {
    const char *end = data + length;
    const char *at = data;
    const char *next = NULL;
    struct sip_text value = {"0", 1};
    uint64_t body = 0;
    for (;;) {
        const char *stop = line_end(at, end, &next);
        if (stop == NULL) {
            return length > SIP_HEAD_MAX ? -1 : 0;
        }
        if (stop == at) {
            break;
        }
        if ((size_t)(next - data) > SIP_HEAD_MAX) {
            return -1;
        }
        const char *colon = memchr(at, ':', (size_t)(stop - at));
        if (colon != NULL && at != data) {
            const struct sip_text raw = {at, (size_t)(colon - at)};
            if (header_name(sip_text_trim(raw)) == SIP_CONTENT_LENGTH) {
                value.at = colon + 1;
                value.length = (size_t)(stop - colon - 1);
                value = sip_text_trim(value);
            }
        }
        at = next;
    }
    if (!sip_text_number(value, SIP_BODY_MAX, &body)) {
        return -1;
    }
    return (size_t)(next - data) + body > length ? 0 : (long)((size_t)(next - data) + body);
}
