/* Whatever comes from the network as SIP: scanned, framed, looked into, answered, and led through
 * the transactions. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/callmanager/calls/call_identity.h"
#include "plugins/callmanager/sip/digest_client.h"
#include "plugins/callmanager/sip/inspection.h"
#include "plugins/callmanager/sip/message_edit.h"
#include "plugins/callmanager/sip/record_route.h"
#include "plugins/callmanager/sip/refer.h"
#include "plugins/callmanager/sip/reliable_response.h"
#include "plugins/callmanager/sip/sip_transaction.h"
#include "plugins/callmanager/sip/sip_writer.h"
#include "plugins/callmanager/sip/subscription_state.h"
#include "plugins/callmanager/sip/value_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t clock_of(void *user) {
    (void)user;
    return 1000;
}

static void send_of(void *user, const struct sip_flow *flow, const char *bytes, size_t length) {
    (void)user;
    (void)flow;
    if (length > 0 && (bytes[0] == '\0' || bytes[length - 1] == '\0')) {
        abort(); /* what is written is text */
    }
}

static void on_response(void *user, struct sip_transaction *transaction,
                        const struct sip_message *message) {
    (void)user;
    (void)transaction;
    (void)message;
}

static const struct sip_transaction_events events = {on_response, NULL, NULL};

static void search_value(struct sip_text value) {
    if (sip_value_says(value, sip_text_of("z")) != sip_value_says(value, sip_text_of("\\Z"))) {
        abort(); /* the word is read as the value is */
    }
}

static void look_inside(const struct sip_message *message) {
    struct sip_record_routes routes;
    static const sj_node node = {.size = sizeof node, .address = "192.0.2.1"};
    const struct sip_inspection inspection = sip_inspect(message, false, &node, 90);
    if (inspection.status != 0 && (inspection.status < 400 || inspection.body_ignored)) {
        abort(); /* refused, or acceptable */
    }
    if (sip_record_routes_read(message, &routes)) {
        for (size_t i = 0; i < routes.count; i++) {
            if (routes.values[i].length == 0) {
                abort(); /* a value is something */
            }
        }
    }
    search_value(sip_message_header(message, SIP_CONTACT));
    struct subscription_state subscription;
    if (subscription_state_read(sip_message_header(message, SIP_SUBSCRIPTION_STATE),
                                &subscription) &&
        (subscription.reason == NULL || subscription.phase > SUBSCRIPTION_TERMINATED)) {
        abort(); /* it is one of them */
    }
    struct response_ack ack;
    uint32_t rseq;
    if (response_ack_read(message, &ack) && ack.method.length == 0) {
        abort(); /* it names the method */
    }
    if (reliable_response_read(message, &rseq) && (message->request || rseq == 0)) {
        abort();
    }
    struct sip_refer refer;
    int status;
    const char *why = sip_refer_read(message, &refer, &status);
    if ((why == NULL) != (status == 0)) {
        abort();
    }
    for (size_t i = 0; i < message->count; i++) {
        const struct sip_text value = message->headers[i].value;
        struct sip_replaces replaces;
        if (sip_replaces_parse(value, &replaces) && replaces.call_id[0] == '\0') {
            abort();
        }
        struct sip_name_address name;
        struct sip_via via;
        struct sip_uri uri;
        struct sip_text found;
        struct digest_credentials credentials;
        char text[64];
        (void)sip_via_parse(value, &via);
        (void)digest_parse(value, &credentials);
        if (sip_name_address_parse(value, &name)) {
            (void)sip_param(name.params, "tag", &found);
            (void)sip_uri_parse(name.uri, &uri);
            (void)sip_unescape(uri.user, text, sizeof text);
            (void)sip_uri_user(&uri, text, sizeof text);
            if (sip_uri_equal(name.uri, message->uri) != sip_uri_equal(message->uri, name.uri)) {
                abort(); /* it does not matter which is first */
            }
            sip_display_copy(name.display, text, sizeof text);
        }
    }
}

/* Who calls, told to others: so many lines, whatever it was read from. */
static void identify(const struct sip_message *message) {
    char number[DIGITS_MAX], name[CALL_NAME], uri[DIRECTORY_URI], text[4096];
    struct sip_writer writer;
    bool verified;
    call_identity_read(message, SJ_SIP_TRUNK_TRUST_RECEIVED_IDENTITY_TRUST_ALL, number, name, uri,
                       &verified);
    sip_writer_init(&writer, text, sizeof text);
    const struct call_identity identity = {
        .name = name,
        .number = number,
        .uri = uri,
        .withheld = call_identity_withheld(message),
        .asserted_identity = true,
        .remote_party_id = true,
        .verified = verified,
        .format = SJ_SIP_TRUNK_CALLING_AND_CONNECTED_PARTY_INFO_FORMAT_DELIVER_URI_AND_DN};
    call_identity_put_headers(&writer, &identity, "192.0.2.1", "calling");
    size_t lines = 0;
    for (size_t i = 0; i < writer.used; i++) {
        lines += text[i] == '\n';
    }
    const bool told = number[0] != '\0' && (!identity.withheld.number || digits_are_number(number));
    if (lines != (!told ? 0 : identity.withheld.number ? 3 : 2)) {
        abort();
    }
}

static bool find_account(void *user, const char *realm, char name[DIGEST_USER],
                         struct digest_secrets *secrets) {
    (void)user;
    memcpy(name, "acme", sizeof "acme");
    memset(secrets->md5, 'a', sizeof secrets->md5 - 1);
    memset(secrets->sha256, 'b', sizeof secrets->sha256 - 1);
    return realm[0] != '\0';
}

/* A challenge, and what answers it: a line for each account. */
static void challenge(const struct sip_message *message) {
    static const unsigned char secret[32];
    static struct digest *digest;
    struct digest_client client;
    char realm[DIGEST_REALM], text[8192];
    struct sip_writer writer;
    size_t lines = 0;
    if (digest == NULL && (digest = digest_new(secret)) == NULL) {
        abort();
    }
    memset(&client, 0, sizeof client);
    const enum digest_heard heard =
        digest_client_hear(&client, message, false, find_account, NULL, realm);
    sip_writer_init(&writer, text, sizeof text);
    digest_client_write(&client, digest, "INVITE", "sip:555@x", "0123456789abcdef", &writer);
    for (size_t i = 0; i < writer.used; i++) {
        lines += text[i] == '\n';
    }
    if ((heard == DIGEST_TO_BE_ANSWERED) != (client.count > 0) || lines != client.count) {
        abort();
    }
    free(client.invite);
}

/* What a policy asks for comes from outside, too: here from the message, as a request URI and as
 * the name and value of a header. What is taken has made a message that can be read. */
static void edit_by_itself(const struct sip_message *message) {
    static char text[SIP_MESSAGE_MAX], uri[2000], name[200], value[2000];
    size_t at = sip_lines_begin(message);
    struct sip_edit_header header = {name, value};
    struct sip_edits edits = {.request_uri = "", .sdp = ""};
    struct sip_message changed;
    struct sip_writer writer;
    struct sip_line line;
    char why[160];
    for (bool add = false; sip_lines_next(message, &at, &line); add = !add) {
        (void)sip_text_copy(line.value, uri, sizeof uri);
        (void)sip_text_copy(line.name, name, sizeof name);
        (void)sip_text_copy(line.value, value, sizeof value);
        edits.request_uri = message->request ? uri : "";
        edits.add = edits.set = &header;
        edits.add_count = add ? 1 : 0;
        edits.set_count = add ? 0 : 1;
        for (unsigned turn = 0; turn < 2; turn++, edits.request_uri = "") {
            sip_writer_init(&writer, text, sizeof text);
            if (sip_message_edit(message, &edits, &writer, why, sizeof why) &&
                (!sip_message_parse(text, writer.used, &changed) || changed.fault != NULL ||
                 changed.cseq != message->cseq)) {
                abort();
            }
        }
    }
}

/* Changed by a policy it is still a message, of the same transaction. */
static void edit(const struct sip_message *message) {
    static char text[SIP_MESSAGE_MAX];
    static const struct sip_edit_header subject = {"Subject", "changed"};
    const struct sip_edits edits = {.request_uri = "", .set = &subject, .set_count = 1, .sdp = ""};
    struct sip_message changed;
    struct sip_writer writer;
    char why[160];
    sip_writer_init(&writer, text, sizeof text);
    if (sip_message_edit(message, &edits, &writer, why, sizeof why) &&
        (!sip_message_parse(text, writer.used, &changed) || changed.fault != NULL ||
         changed.cseq != message->cseq || changed.body.length != message->body.length)) {
        abort();
    }
}

static void answer(const struct sip_message *message) {
    char text[4096];
    struct sip_writer writer;
    sj_address source;
    (void)sj_address_parse("192.0.2.1", 5060, &source);
    sip_writer_init(&writer, text, sizeof text);
    sip_put_answer_head(&writer, message, 400, "Bad Request", "tag", &source);
    sip_put_body(&writer, sip_text_of("text/plain"), message->body);
}

static const char request[] = "INVITE sip:b@y SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\n"
                              "From: <sip:a@x>;tag=1\r\nTo: <sip:b@y>\r\nCall-ID: c\r\n"
                              "CSeq: 1 INVITE\r\n\r\n";

/* What the network quotes of a datagram: only what has the branch ends the request. */
static void quote(const char *data, size_t length) {
    static struct timer_wheel wheel;
    struct sip_transactions all;
    struct sip_flow flow;
    memset(&flow, 0, sizeof flow);
    (void)sj_address_parse("192.0.2.1", 5060, &flow.remote);
    timer_wheel_init(&wheel, 20, 1000);
    sip_transactions_init(&all, &wheel, clock_of, send_of, NULL);
    (void)sip_client_begin(&all, SIP_INVITE, "z9hG4bK1", &flow, request, sizeof request - 1,
                           &events, &all);
    if (sip_transactions_undelivered(&all, &flow, data, length, "connection refused") &&
        memmem(data, length, "z9hG4bK1", 8) == NULL) {
        abort();
    }
    sip_transactions_free(&all);
}

static void transact(const struct sip_message *message) {
    static struct timer_wheel wheel;
    struct sip_transactions all;
    struct sip_flow flow;
    struct sip_transaction *server;
    memset(&flow, 0, sizeof flow);
    (void)sj_address_parse("192.0.2.1", 5060, &flow.remote);
    timer_wheel_init(&wheel, 20, 1000);
    sip_transactions_init(&all, &wheel, clock_of, send_of, NULL);
    if (message->request) {
        (void)sip_transactions_absorb(&all, message);
        server = sip_server_begin(&all, message, &flow, NULL, NULL);
        (void)sip_transactions_cancelled(&all, message);
        if (server != NULL) {
            (void)sip_transactions_absorb(&all, message);
            sip_server_respond(server, 404, "x", 1);
        }
    } else {
        (void)sip_client_begin(&all, SIP_INVITE, "z9hG4bK1", &flow, request, sizeof request - 1,
                               &events, &all);
        (void)sip_transactions_response(&all, message);
    }
    sip_transactions_free(&all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    struct sip_message message;
    const long frame = sip_message_frame(text, size);
    if (frame > 0 && (size_t)frame > size) {
        abort();
    }
    quote(text, size);
    if (size > 0 && sip_message_parse(text, size, &message)) {
        look_inside(&message);
        identify(&message);
        answer(&message);
        challenge(&message);
        if (message.fault == NULL) {
            edit(&message);
            edit_by_itself(&message);
            transact(&message);
        }
    }
    return 0;
}
