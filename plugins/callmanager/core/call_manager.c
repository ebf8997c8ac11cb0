/* What the parts of the call manager share: tokens, the date, plain answers. */
#include "core/call_manager.h"
#include "parameters/call_manager.h"
#include "sip/inspection.h"
#include "sip/option_tags.h"

#include <sojourn/base/hash.h>
#include <sojourn/base/hex.h>

#include <stdio.h>
#include <time.h>

static void put_token(uint64_t hash, char token[SIP_TAG]) {
    for (unsigned i = 0; i < SIP_TAG - 1; i++) {
        token[i] = SJ_HEX_SMALL[hash >> (4 * i) & 15u];
    }
    token[SIP_TAG - 1] = '\0';
}

void call_manager_token(struct call_manager *manager, char token[SIP_TAG]) {
    const uint64_t number = ++manager->token_count;
    put_token(sj_hash_siphash(manager->token_key, &number, sizeof number), token);
}

int64_t call_manager_back_off_s(struct call_manager *manager, int64_t first_s, int64_t most_s,
                                unsigned failures) {
    int64_t wait_s = first_s;
    uint32_t chance = 0;
    for (unsigned i = 0; i < failures && wait_s < most_s; i++) {
        wait_s *= 2;
    }
    wait_s = wait_s > most_s ? most_s : wait_s;
    sj_random_bytes(manager->scope, &chance, sizeof chance);
    return wait_s - (int64_t)(chance % (uint32_t)(wait_s / 2 + 1));
}

void sip_answer_tag(const struct call_manager *manager, const struct sip_message *request,
                    char tag[SIP_TAG]) {
    const struct sip_text via = sip_message_header(request, SIP_VIA),
                          call_id = sip_message_header(request, SIP_CALL_ID);
    const uint64_t hashes[2] = {sj_hash_siphash(manager->token_key, via.at, via.length),
                                sj_hash_siphash(manager->token_key, call_id.at, call_id.length)};
    put_token(sj_hash_siphash(manager->token_key, hashes, sizeof hashes), tag);
}

const char *call_manager_date(struct call_manager *manager) {
    const int64_t now_s = sj_wall_ms(manager->scope) / 1000;
    if (now_s != manager->date_s) {
        static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        const time_t seconds = (time_t)now_s;
        struct tm parts;
        (void)gmtime_r(&seconds, &parts);
        (void)snprintf(manager->date, sizeof manager->date, "%s, %02u %s %04u %02u:%02u:%02u GMT",
                       days[parts.tm_wday % 7], (unsigned)parts.tm_mday % 100u,
                       months[parts.tm_mon % 12], (unsigned)(parts.tm_year + 1900) % 10000u,
                       (unsigned)parts.tm_hour % 100u, (unsigned)parts.tm_min % 100u,
                       (unsigned)parts.tm_sec % 100u);
        manager->date_s = now_s;
    }
    return manager->date;
}

struct sip_writer call_manager_writer(struct call_manager *manager) {
    struct sip_writer writer;
    sip_writer_init(&writer, manager->scratch, sizeof manager->scratch);
    return writer;
}

struct sip_flow sip_answer_flow(const struct sip_message *request, const struct sip_flow *flow) {
    struct sip_flow answer_flow = *flow;
    struct sip_via via;
    if (flow->transport == SJ_SIP_TRANSPORT_UDP &&
        sip_via_parse(sip_message_header(request, SIP_VIA), &via) && !via.rport_wanted) {
        const uint16_t port = htons((uint16_t)(via.port != 0 ? via.port : 5060));
        if (answer_flow.remote.any.sa_family == AF_INET6) {
            answer_flow.remote.v6.sin6_port = port;
        } else {
            answer_flow.remote.v4.sin_port = port;
        }
    }
    return answer_flow;
}

void sip_put_warning(struct call_manager *manager, struct sip_writer *writer, const char *warning) {
    sip_put_coded_warning(manager, writer, 399, warning);
}

void sip_put_coded_warning(struct call_manager *manager, struct sip_writer *writer, unsigned code,
                           const char *warning) {
    sip_put(writer, "Warning: ");
    sip_put_number(writer, code);
    sip_put(writer, " ");
    sip_put_host(writer, manager->address, manager->port);
    sip_put(writer, " \"");
    for (; *warning != '\0'; warning++) {
        const char letter =
            (char)(*warning == '"' || *warning == '\\' || (unsigned char)*warning < ' ' ? '\''
                                                                                        : *warning);
        sip_put_bytes(writer, &letter, 1);
    }
    sip_put(writer, "\"\r\n");
}

void sip_put_own_contact(const struct call_manager *manager, struct sip_writer *writer,
                         const char *user, const struct sip_flow *flow) {
    const sj_sip_transport transport = flow->transport;
    sip_put(writer, "Contact: <sip:");
    sip_put_user(writer, user);
    sip_put(writer, user[0] == '\0' ? "" : "@");
    sip_put_host(writer, call_manager_address(manager, flow),
                 transport == SJ_SIP_TRANSPORT_TLS ? manager->transport.tls_port : manager->port);
    sip_put(writer, transport == SJ_SIP_TRANSPORT_UDP   ? ">\r\n"
                    : transport == SJ_SIP_TRANSPORT_TCP ? ";transport=tcp>\r\n"
                                                        : ";transport=tls>\r\n");
}

void sip_put_own_via(const struct call_manager *manager, struct sip_writer *writer,
                     const char *branch, const struct sip_flow *flow) {
    const sj_sip_transport transport = flow->transport;
    sip_put(writer, "Via: SIP/2.0/");
    sip_put(writer, sip_transport_text(transport));
    sip_put(writer, " ");
    sip_put_host(writer, call_manager_address(manager, flow),
                 transport == SJ_SIP_TRANSPORT_TLS ? manager->transport.tls_port : manager->port);
    sip_put(writer, ";rport;branch=");
    sip_put(writer, branch);
    sip_put(writer, "\r\n");
}

/* Headers that some answers must bear. */
static void put_required(const struct call_manager *manager, struct sip_writer *writer,
                         const struct sip_message *request, int status) {
    const bool tells = status == 200 && request->method == SIP_OPTIONS; /* RFC 3261 11.2 */
    if (status == 405 || status == 501 || tells) {
        sip_put_allow(writer);
    }
    if (status == 415 || tells) {
        sip_put_accept(writer, tells ? SIP_INVITE : request->method,
                       sip_message_header(request, SIP_EVENT));
    }
    if (tells) {
        sip_put_supported(writer);
    }
    if (status == 420) {
        sip_put_unsupported(writer, request);
    }
    if (status == 422) {
        sip_put(writer, "Min-SE: ");
        sip_put_number(writer, (uint64_t)sj_param_ccm_sip_min_se_value(manager->scope));
        sip_put(writer, "\r\n");
    }
    if (status == 423) {
        sip_put(writer, "Min-Expires: 5\r\n");
    }
    if (status == 489) {
        sip_put(writer, "Allow-Events: dialog, presence, message-summary, as-feature-event, "
                        "service-control\r\n");
    }
    if (status == 503) {
        sip_put(writer, "Retry-After: 5\r\n");
    }
}

static void write_answer(struct call_manager *manager, struct sip_writer *writer,
                         const struct sip_message *request, const struct sip_flow *flow, int status,
                         const char *warning, bool whole) {
    char tag[SIP_TAG];
    sip_answer_tag(manager, request, tag);
    sip_put_answer_head(writer, request, status, sip_reason_phrase(status), tag, &flow->remote);
    if (whole) {
        put_required(manager, writer, request, status);
    }
    if (warning[0] != '\0') {
        sip_put_warning(manager, writer, warning);
    }
    sip_put_body(writer, sip_text_of(""), sip_text_of(""));
}

static bool is_too_long(const struct call_manager *manager, const struct sip_message *request,
                        const struct sip_flow *flow, size_t length) {
    enum { AMPLIFICATION = 3 };
    return length > AMPLIFICATION * request->length && !sip_flow_reliable(flow) &&
           !manager->is_proved(manager, flow);
}

void sip_send_answer(struct call_manager *manager, const struct sip_message *request,
                     const struct sip_flow *flow, const struct sip_writer *answer) {
    const struct sip_flow destination = sip_answer_flow(request, flow);
    if (!answer->overflow && !is_too_long(manager, request, flow, answer->used)) {
        (void)sip_transport_send(&manager->transport, &destination, answer->data, answer->used);
    }
}

void sip_answer(struct call_manager *manager, const struct sip_message *request,
                const struct sip_flow *flow, int status, const char *warning) {
    struct sip_writer writer = call_manager_writer(manager);
    write_answer(manager, &writer, request, flow, status, warning, true);
    if (is_too_long(manager, request, flow, writer.used)) {
        writer = call_manager_writer(manager);
        write_answer(manager, &writer, request, flow, status, "", false);
    }
    sip_send_answer(manager, request, flow, &writer);
}

void sip_answer_kept(struct call_manager *manager, const struct sip_message *request,
                     const struct sip_flow *flow, int status) {
    const struct sip_flow destination = sip_answer_flow(request, flow);
    struct sip_transaction *transaction =
        sip_flow_reliable(flow)
            ? NULL
            : sip_server_begin(&manager->transactions, request, &destination, NULL, NULL);
    struct sip_writer writer = call_manager_writer(manager);
    write_answer(manager, &writer, request, flow, status, "", true);
    if (writer.overflow) {
        return;
    }
    if (transaction != NULL) {
        sip_server_respond(transaction, status, writer.data, writer.used);
    } else {
        (void)sip_transport_send(&manager->transport, &destination, writer.data, writer.used);
    }
}
