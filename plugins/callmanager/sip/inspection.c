/* Looks at requests in the order of RFC 3261 8.2. */
#include "sip/inspection.h"
#include "sip/header_values.h"
#include "sip/option_tags.h"
#include "sip/session_expires.h"

/* The media types that bodies of a method may have: ending with * all that begin so. "": none;
 * NULL: whatever the event package, or the party that the body is passed on to, says. */
static const char *accepted_types(enum sip_method method, struct sip_text event) {
    switch (method) {
    case SIP_INVITE:
    case SIP_UPDATE:
    case SIP_PRACK:
    case SIP_OPTIONS: return "application/sdp, multipart/*";
    case SIP_REGISTER:
    case SIP_REFER: return "application/x-cisco-*, multipart/*";
    case SIP_NOTIFY:
        return sip_text_is_nocase(sip_text_token(event), "message-summary")
                   ? "application/simple-message-summary"
                   : NULL;
    case SIP_INFO:
    case SIP_SUBSCRIBE:
    case SIP_PUBLISH: return NULL;
    default: return "";
    }
}

void sip_put_allow(struct sip_writer *writer) {
    sip_put(writer, "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, NOTIFY, REFER, "
                    "REGISTER, PUBLISH, SUBSCRIBE\r\n");
}

void sip_put_accept(struct sip_writer *writer, enum sip_method method, struct sip_text event) {
    /* The grammar knows no type that is cut off: what begins so is written out. */
    const char *types = method == SIP_REGISTER || method == SIP_REFER
                            ? "application/x-cisco-remotecc-request+xml, "
                              "application/x-cisco-alarm+xml, multipart/mixed"
                        : accepted_types(method, event) == NULL ? "*/*"
                                                                : accepted_types(method, event);
    sip_put(writer, "Accept: ");
    sip_put(writer, types);
    sip_put(writer, "\r\nAccept-Encoding: identity\r\nAccept-Language: *\r\n");
}

static struct sip_inspection refusal(int status, const char *why) {
    return (struct sip_inspection){.status = status, .why = why};
}

/* 8.2.1. A method that is known and not served is 405, one that nobody knows 501 (21.5.2). */
static int method_fault(const struct sip_message *request) {
    return request->method == SIP_OTHER_METHOD ? 501 : request->method == SIP_MESSAGE ? 405 : 0;
}

/* ---- 8.2.2.1, 10.3: whom it is for ---- */

static bool is_of_node(const struct sip_uri *uri, const sj_node *node) {
    char host[SJ_ADDRESS_TEXT];
    return sip_text_copy(uri->host, host, sizeof host) && sj_node_has_address(node, host);
}

/* Whether the address of record can be one of the domain that the REGISTER names. Who names a
 * registrar by its address says nothing of the domain. */
static bool is_of_domain(const struct sip_uri *record, const struct sip_uri *domain,
                         const sj_node *node) {
    sj_address address;
    return sip_text_equal_nocase(record->host, domain->host) || is_of_node(record, node) ||
           sip_uri_address(domain, 0, &address);
}

static bool is_scheme(const struct sip_uri *uri, bool numbers) {
    return sip_text_is_nocase(uri->scheme, "sip") || sip_text_is_nocase(uri->scheme, "sips") ||
           (numbers && sip_text_is_nocase(uri->scheme, "tel"));
}

static struct sip_inspection look_at_addresses(const struct sip_message *request,
                                               const sj_node *node) {
    const bool registers = request->method == SIP_REGISTER;
    struct sip_name_address from, to;
    struct sip_uri uri, record;
    if (!sip_uri_parse(request->uri, &uri) || uri.headers.length > 0) {
        return refusal(400, "The request URI cannot be read");
    }
    if (!is_scheme(&uri, !registers)) {
        return refusal(416, "");
    }
    if (!sip_name_address_parse(sip_message_header(request, SIP_FROM), &from) ||
        !sip_name_address_parse(sip_message_header(request, SIP_TO), &to) || from.rest.length > 0 ||
        to.rest.length > 0) {
        return refusal(400, "From or To cannot be read");
    }
    if (registers && (!sip_uri_parse(to.uri, &record) || !is_scheme(&record, false))) {
        return refusal(400, "An address of record is a sip or sips URI");
    }
    if (registers && !is_of_domain(&record, &uri, node)) {
        return refusal(404, "The address of record is not of the domain in the request URI");
    }
    return refusal(0, "");
}

/* 8.1.1.8: whoever begins a dialog says where its requests go, once. (A REFER that asks for no
 * subscription begins none, and for a peer of RFC 2543 From says it.) */
static bool needs_contact(const struct sip_message *request) {
    struct sip_via via;
    const bool rfc2543 = sip_via_parse(sip_message_header(request, SIP_VIA), &via) &&
                         (via.branch.length < 7 || strncasecmp(via.branch.at, "z9hG4bK", 7) != 0);
    return !rfc2543 && !sip_is_within_dialog(request) &&
           (request->method == SIP_INVITE || request->method == SIP_SUBSCRIBE);
}

static const char *contact_fault(const struct sip_message *request) {
    struct sip_values values = sip_values_of(request, SIP_CONTACT);
    struct sip_name_address contact;
    struct sip_text value;
    if (request->method == SIP_REGISTER) {
        return NULL; /* see register_facts.h */
    }
    if (!sip_values_next(&values, &value)) {
        return needs_contact(request) ? "A Contact is expected" : NULL;
    }
    if (!sip_name_address_parse(value, &contact) || sip_text_is(value, "*")) {
        return "Contact cannot be read";
    }
    return sip_values_next(&values, &value) && needs_contact(request)
               ? "There is more than one Contact"
               : NULL;
}

/* ---- 8.2.3: its body ---- */

static bool is_type(struct sip_text type, const char *name, size_t length) {
    const bool begins = length > 0 && name[length - 1] == '*';
    const size_t compared = begins ? length - 1 : length;
    return (begins ? type.length > compared : type.length == compared) &&
           strncasecmp(type.at, name, compared) == 0;
}

static bool is_accepted(struct sip_text type, const char *types) {
    while (types != NULL && *types != '\0') {
        const size_t length = strcspn(types, ",");
        if (is_type(type, types, length)) {
            return true;
        }
        types += length;
        types += strspn(types, ", ");
    }
    return types == NULL;
}

/* Whether the body is as this method's may be. */
static bool is_understood(const struct sip_message *request) {
    struct sip_values encodings = sip_values_of(request, SIP_CONTENT_ENCODING);
    struct sip_text encoding;
    while (sip_values_next(&encodings, &encoding)) {
        if (!sip_text_is_nocase(encoding, "identity")) {
            return false;
        }
    }
    return is_accepted(sip_text_token(sip_message_header(request, SIP_CONTENT_TYPE)),
                       accepted_types(request->method, sip_message_header(request, SIP_EVENT)));
}

static struct sip_inspection look_at_body(const struct sip_message *request) {
    struct sip_inspection inspection = {.why = ""};
    struct sip_text handling;
    if (request->body.length > 0 && !is_understood(request)) {
        inspection.body_ignored = sip_param(sip_message_header(request, SIP_CONTENT_DISPOSITION),
                                            "handling", &handling) &&
                                  sip_text_is_nocase(handling, "optional");
        inspection.status = inspection.body_ignored ? 0 : 415;
    }
    return inspection;
}

/* 20.1, RFC 4475 3.3.15: the answer to an INVITE is a session description. */
static bool accepts_answer(const struct sip_message *request) {
    return request->method != SIP_INVITE || sip_accepts(request, "application/sdp");
}

struct sip_inspection sip_inspect(const struct sip_message *request, bool merged,
                                  const sj_node *node, uint32_t shortest_session_s) {
    struct sip_inspection inspection = {.why = ""};
    const char *contact;
    if (request->method == SIP_ACK || request->method == SIP_CANCEL) {
        return inspection; /* they belong to another request, and are for it */
    }
    inspection.status = method_fault(request);
    if (inspection.status == 0) {
        inspection = look_at_addresses(request, node);
    }
    if (inspection.status != 0) {
        return inspection;
    }
    if ((contact = contact_fault(request)) != NULL) {
        return refusal(400, contact);
    }
    if (merged) {
        return refusal(482, "The request has come on another way as well");
    }
    if (sip_requires_unsupported(request)) {
        return refusal(420, "");
    }
    if ((inspection.status = session_expires_fault(request, shortest_session_s)) != 0) {
        return inspection;
    }
    if (!accepts_answer(request)) {
        return refusal(406, "The answer to an INVITE is application/sdp, which Accept leaves out");
    }
    return look_at_body(request);
}
