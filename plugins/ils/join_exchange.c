/* Joins a hub: over a TLS connection to whoever answers there, which counts for nothing until both
 * have proved that they know the password, or the certificate is the one that was named. HTTP/1.1
 * is written by hand, as all of it has to go over this one connection. */
#include "join_exchange.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/hex.h>

#include "clusters.h"
#include "core/answer.h"
#include "join_certificates.h"
#include "join_password.h"
#include "transport.h"
#include "trust.h"

enum { DEADLINE_MS = 50000 };

struct joiner {
    struct ils_service *service;
    sj_scope *scope;
    ils_join_end_fn done;
    void *user;
    char hub[256], host[SJ_ADDRESS_TEXT], fingerprint[JOIN_FINGERPRINT], password[129];
    char expected_id[ILS_CLUSTER_ID_MAX + 1]; /* by itself: who it must be; else "" */
    int port;
    sj_ils_join_method method;
    sj_stream *stream;
    sj_text in;
    /* What the next answer is for; NULL: nothing was asked, and nothing may come. */
    void (*answered)(struct joiner *one, const char *body, size_t length);
    bool heard_all; /* the hub has accepted: the connection is not needed any more */
    sj_tls_channel channel;
    char hub_id[ILS_CLUSTER_ID_MAX + 1], session[2 * JOIN_SESSION + 1];
    uint8_t salt[JOIN_SALT], key[JOIN_KEY], hub_share[JOIN_SHARE];
    bool key_failed, ended;
    bool guessed; /* it has a proof of this cluster's, and has not given its own */
    struct ils_join join;
    uint8_t of_joiner[JOIN_DIGEST];
};

static void closed(void *user) {
    struct joiner *one = user;
    sj_text_clear(&one->in);
    ils_wipe(one, sizeof *one);
    free(one);
}

static void end(struct joiner *one, const struct ils_join_end *how) {
    one->ended = true;
    one->done(one->service, one->user, how);
    sj_scope_close(one->scope);
}

static void fail(struct joiner *one, int code, const char *format, ...) SJ_PRINTF(3, 4);
static void fail(struct joiner *one, int code, const char *format, ...) {
    char text[600];
    va_list arguments;
    if (one->ended) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    end(one, &(struct ils_join_end){.code = code, .text = text, .guessed = one->guessed});
}

/* ---- requests over the connection ---- */

static void post(struct joiner *one, const char *step, char *json,
                 void (*answered)(struct joiner *one, const char *body, size_t length)) {
    const bool ipv6 = strchr(one->host, ':') != NULL;
    sj_text text = {0};
    if (json == NULL) {
        fail(one, SJ_E_NO_MEMORY, "no memory to ask the hub");
        return;
    }
    sj_text_printf(&text,
                   "POST /intercluster/v1/ils/join/%s HTTP/1.1\r\nHost: %s%s%s:%d\r\n"
                   "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                   step, ipv6 ? "[" : "", one->host, ipv6 ? "]" : "", one->port, strlen(json),
                   json);
    sj_text_free(one->service->scope, json);
    sj_text_clear(&one->in);
    one->answered = answered;
    if (text.failed || sj_stream_write(one->scope, one->stream, text.data, text.length) != SJ_OK) {
        fail(one, SJ_E_NO_MEMORY, "no memory to ask the hub");
    }
    sj_text_clear(&text);
}

static void on_refusal(struct joiner *one, const struct ils_answer *answer) {
    char sentence[300];
    if (answer->status == 404) {
        (void)snprintf(sentence, sizeof sentence,
                       "its Intercluster Lookup Service does not run there");
    } else if (answer->status == 421) {
        (void)snprintf(sentence, sizeof sentence,
                       "its node does not know this name or address as its own: add it there to "
                       "the enterprise parameter Web Host Names");
    } else if (answer->body_length == 0 || answer->body[0] == '{') { /* no sentence of a hub */
        (void)snprintf(sentence, sizeof sentence, "it answers HTTP %d", answer->status);
    } else {
        ils_answer_sentence(answer->body, answer->body_length, sentence, sizeof sentence);
    }
    if (answer->status == 403) {
        const bool password = one->method == SJ_ILS_JOIN_METHOD_PASSWORD;
        ils_alarm_raise(one->service,
                        password ? "ILSPwdAuthenticationFailed" : "ILSTLSAuthenticationFailed",
                        one->hub_id, "the hub refuses this cluster");
    }
    fail(one, answer->status == 404 || answer->status == 503 ? SJ_E_UNAVAILABLE : SJ_E_DENIED,
         "the hub %s refuses: %s", one->hub, sentence);
}

static void on_data(void *user, sj_stream *stream, const char *data, size_t length) {
    struct joiner *one = user;
    struct ils_answer answer;
    (void)stream;
    if (one->ended || one->heard_all) {
        return;
    }
    if (one->answered == NULL) {
        fail(one, SJ_E_PROTOCOL, "the hub %s says more than it was asked", one->hub);
        return;
    }
    sj_text_add(&one->in, data, length);
    if (one->in.failed) {
        fail(one, SJ_E_NO_MEMORY, "no memory for the answer of the hub %s", one->hub);
        return;
    }
    switch (ils_answer_read(one->in.data, one->in.length, &answer)) {
    case ANSWER_PARTIAL: break;
    case ANSWER_WRONG:
        fail(one, SJ_E_PROTOCOL, "what answers at %s is no node of a cluster", one->hub);
        break;
    case ANSWER_WHOLE:
        if (answer.status != 200) {
            on_refusal(one, &answer);
        } else {
            void (*const answered)(struct joiner *, const char *, size_t) = one->answered;
            one->answered = NULL;
            answered(one, answer.body, answer.body_length);
        }
        break;
    }
}

/* Until the hub has accepted, the connection is needed: the proof holds for it alone. */
static void on_close(void *user, sj_stream *stream, int status, const char *reason) {
    struct joiner *one = user;
    (void)stream;
    (void)status;
    one->stream = NULL;
    if (!one->heard_all) {
        fail(one, SJ_E_UNAVAILABLE, "the connection to the hub %s has ended: %s", one->hub,
             reason[0] != '\0' ? reason : "it was closed");
    }
}

/* ---- the last step: both trust each other ---- */

static void on_added(void *user, int status, const sj_error *error,
                     const sj_certificates_add_reply *reply) {
    struct joiner *one = user;
    if (status == SJ_E_CANCELLED || one->ended) {
        return;
    }
    if (status != SJ_OK) {
        fail(one, status, "the hub's certificates are not trusted: %s", error->text);
        return;
    }
    const bool password = one->method == SJ_ILS_JOIN_METHOD_PASSWORD;
    ils_trust_note(one->service, one->hub_id,
                   one->expected_id[0] != '\0' ? SJ_ILS_TRUST_NETWORK
                   : password                  ? SJ_ILS_TRUST_PASSWORD
                                               : SJ_ILS_TRUST_FINGERPRINT,
                   password ? one->salt : NULL);
    ils_clusters_record_anew(one->service, one->hub_id);
    if (password && one->expected_id[0] == '\0') {
        ils_password_keep(one->service, one->salt, one->key);
    }
    end(one, &(struct ils_join_end){.code = SJ_OK,
                                    .text = "",
                                    .hub = one->hub,
                                    .https_port = one->port,
                                    .cluster_id = one->hub_id,
                                    .imported = reply->imported});
}

static bool hub_is_right(struct joiner *one, const sj_ils_join_accept *accept,
                         const sj_ils_join_proof_certificate *certificates) {
    uint8_t of_hub[JOIN_DIGEST], told[JOIN_PROOF], expected[JOIN_PROOF];
    if (one->method == SJ_ILS_JOIN_METHOD_FINGERPRINT) {
        return true; /* it has shown the certificate that was named */
    }
    ils_certificates_digest(certificates, accept->certificates_count, of_hub);
    ils_join_prove(&one->join, true, one->of_joiner, of_hub, expected);
    return strlen(accept->proof) == 2 * sizeof told &&
           sj_hex_read(accept->proof, told, sizeof told) &&
           ils_join_equal(told, expected, sizeof told);
}

static void on_accept(struct joiner *one, const char *body, size_t length) {
    sj_scope *scope = one->service->scope;
    void *record = NULL;
    sj_error error = {0};
    one->heard_all = true;
    if (scope->host->record_from_json(&sj_ils_join_accept_meta, body, length, &record, &error) !=
        SJ_OK) {
        fail(one, SJ_E_PROTOCOL, "the hub's answer cannot be read: %s", error.text);
        return;
    }
    const sj_ils_join_accept *accept = record;
    sj_ils_join_proof_certificate certificates[20];
    const size_t count = accept->certificates_count < 20 ? accept->certificates_count : 20;
    for (size_t i = 0; i < count; i++) {
        certificates[i] = (sj_ils_join_proof_certificate){.kind = accept->certificates[i].kind,
                                                          .node = accept->certificates[i].node,
                                                          .pem = accept->certificates[i].pem};
    }
    if (!hub_is_right(one, accept, certificates)) {
        ils_alarm_raise(one->service, "ILSPwdAuthenticationFailed", one->hub_id,
                        "the hub that was to be joined does not prove that it knows the password");
        fail(one, SJ_E_DENIED,
             "the hub %s does not prove that it knows the password: nothing of it is trusted",
             one->hub);
    } else {
        one->guessed = false;
        if (ils_certificates_add(one->scope, one->hub_id, certificates, count, on_added, one,
                                 &error) != SJ_OK) {
            fail(one, error.code, "%s", error.text);
        }
    }
    sj_record_free(scope, record);
}

/* ---- the proof ---- */

static bool prove(struct joiner *one, const struct ils_own_certificates *own, char *share,
                  char *proof) {
    static const uint8_t nothing[JOIN_DIGEST];
    uint8_t made[JOIN_PROOF];
    struct ils_join_context context = {.joiner = one->service->scope->host->node->cluster_id,
                                       .hub = one->hub_id};
    share[0] = proof[0] = '\0';
    ils_certificates_digest(own->entries, own->count, one->of_joiner);
    if (one->method == SJ_ILS_JOIN_METHOD_FINGERPRINT) {
        return true;
    }
    memcpy(context.salt, one->salt, sizeof context.salt);
    memcpy(context.channel, one->channel.binding, sizeof context.channel);
    if (!sj_hex_read(one->session, context.session, sizeof context.session) ||
        !ils_join_begin(&one->join, &context, one->key) ||
        !ils_join_agree(&one->join, false, one->hub_share)) {
        return false;
    }
    ils_join_prove(&one->join, false, one->of_joiner, nothing, made);
    sj_hex_write(one->join.share, sizeof one->join.share, share);
    sj_hex_write(made, sizeof made, proof);
    return true;
}

static void on_identities(void *user, int status, const sj_error *error) {
    static const struct ils_own_certificates empty;
    struct joiner *one = user;
    struct ils_own_certificates own = empty;
    char share[2 * JOIN_SHARE + 1], proof[2 * JOIN_PROOF + 1];
    sj_error why = {0};
    if (status == SJ_E_CANCELLED) {
        return;
    }
    if (status != SJ_OK) {
        fail(one, status, "%s", error->text);
        return;
    }
    if (ils_own_certificates(one->scope, &own, &why) != SJ_OK) {
        fail(one, why.code, "%s", why.text);
    } else if (!prove(one, &own, share, proof)) {
        fail(one, SJ_E_PROTOCOL, "what the hub %s has sent is no share", one->hub);
    } else if (one->stream != NULL) {
        const sj_ils_join_proof message = {.session = one->session,
                                           .share = share,
                                           .proof = proof,
                                           .certificates = own.entries,
                                           .certificates_count = own.count};
        one->guessed = one->method == SJ_ILS_JOIN_METHOD_PASSWORD;
        post(one, "proof", sj_ils_join_proof_to_json(one->scope, &message), on_accept);
    }
    ils_own_certificates_free(one->scope, &own);
}

static void prepare(struct joiner *one) {
    if (sj_identities_prepare(one->scope, on_identities, one) == NULL) {
        fail(one, SJ_E_NO_MEMORY, "no memory for the certificates");
    }
}

static void hash_work(void *data) {
    struct joiner *one = data;
    one->key_failed = !ils_join_key(one->password, one->salt, one->key);
}

static void hash_done(void *data, int status, const sj_error *error) {
    struct joiner *one = data;
    (void)error;
    if (status == SJ_OK && one->key_failed) {
        fail(one, SJ_E_NO_MEMORY, "no memory to hash the password");
    } else if (status == SJ_OK) {
        prepare(one);
    }
}

/* ---- hello ---- */

/* By itself: the key that this cluster keeps, which is the hub's if both come from one password. */
static void use_kept_key(struct joiner *one) {
    const struct ils_joining *joining = one->service->joining;
    if (!joining->password || !ils_join_equal(joining->salt, one->salt, JOIN_SALT)) {
        fail(one, SJ_E_DENIED,
             "the password of the hub %s was set for itself, not by joining the network: join it "
             "(ils join %s)",
             one->expected_id, one->hub);
        return;
    }
    memcpy(one->key, joining->key, sizeof one->key);
    prepare(one);
}

static void on_offer(struct joiner *one, const char *body, size_t length) {
    sj_scope *scope = one->service->scope;
    void *record = NULL;
    sj_error error = {0};
    if (scope->host->record_from_json(&sj_ils_join_offer_meta, body, length, &record, &error) !=
        SJ_OK) {
        fail(one, SJ_E_PROTOCOL, "the hub's answer cannot be read: %s", error.text);
        return;
    }
    const sj_ils_join_offer *offer = record;
    const bool password = one->method == SJ_ILS_JOIN_METHOD_PASSWORD;
    (void)snprintf(one->hub_id, sizeof one->hub_id, "%s", offer->cluster_id);
    (void)snprintf(one->session, sizeof one->session, "%s", offer->session);
    if (strcmp(one->hub_id, scope->host->node->cluster_id) == 0) {
        fail(one, SJ_E_CONFLICT,
             "the hub has this cluster's id %s: one of them must get another value of the "
             "enterprise parameter Cluster ID",
             one->hub_id);
    } else if (password && (strlen(offer->salt) != (size_t)2 * JOIN_SALT ||
                            strlen(offer->share) != (size_t)2 * JOIN_SHARE ||
                            !sj_hex_read(offer->salt, one->salt, JOIN_SALT) ||
                            !sj_hex_read(offer->share, one->hub_share, JOIN_SHARE))) {
        fail(one, SJ_E_PROTOCOL, "the hub's answer lacks salt and share");
    } else if (one->expected_id[0] != '\0' && strcmp(one->hub_id, one->expected_id) != 0) {
        fail(one, SJ_E_CONFLICT, "cluster %s answers at %s, and not %s", one->hub_id, one->hub,
             one->expected_id);
    } else if (one->expected_id[0] != '\0') {
        use_kept_key(one);
    } else if (password) {
        if (sj_job_run(one->scope, hash_work, hash_done, one) == NULL) {
            fail(one, SJ_E_NO_MEMORY, "no memory to hash the password");
        }
    } else {
        prepare(one);
    }
    sj_record_free(scope, record);
}

static void on_open(void *user, sj_stream *stream) {
    struct joiner *one = user;
    one->channel = (sj_tls_channel){.size = sizeof one->channel};
    if (sj_stream_tls_channel(one->scope, stream, &one->channel) != SJ_OK) {
        fail(one, SJ_E_PROTOCOL, "joining needs TLS 1.3 or its equal, which %s does not speak",
             one->hub);
        return;
    }
    if (one->method == SJ_ILS_JOIN_METHOD_FINGERPRINT &&
        strcmp(one->channel.fingerprint, one->fingerprint) != 0) {
        ils_alarm_raise(one->service, "ILSTLSAuthenticationFailed", "",
                        "the hub that was to be joined shows another certificate than was named");
        fail(one, SJ_E_UNTRUSTED,
             "the hub %s shows another certificate, with the fingerprint %s: nothing was sent",
             one->hub, one->channel.fingerprint);
        return;
    }
    const sj_ils_join_hello message = {.protocol = 1,
                                       .cluster_id = one->service->scope->host->node->cluster_id,
                                       .method = one->method,
                                       .by_itself = one->expected_id[0] != '\0'};
    post(one, "hello", sj_ils_join_hello_to_json(one->scope, &message), on_offer);
}

static const sj_stream_events stream_events = {on_open, on_data, on_close};

static void connect_to(struct joiner *one, const sj_address *address) {
    sj_error error = {0};
    (void)sj_address_format(address, one->host, sizeof one->host);
    one->stream =
        sj_stream_connect_tls(one->scope, address, "anybody", "", &stream_events, one, &error);
    if (one->stream == NULL) {
        fail(one, error.code, "%s", error.text);
    }
}

static void on_name(void *user, const sj_dns_answer *answer) {
    struct joiner *one = user;
    sj_address address;
    char text[SJ_ADDRESS_TEXT];
    if (answer->status != SJ_OK || answer->count == 0) {
        fail(one, SJ_E_UNAVAILABLE, "the name of the hub %s leads nowhere: %s", one->hub,
             answer->reason);
        return;
    }
    (void)sj_address_format(&answer->records[0].address, text, sizeof text);
    (void)sj_address_parse(text, one->port, &address);
    connect_to(one, &address);
}

static void overdue(void *user) {
    struct joiner *one = user;
    fail(one, SJ_E_TIMEOUT, "the hub %s does not answer in time", one->hub);
}

int ils_join_begin_exchange(struct ils_service *service, sj_scope *parent,
                            const struct ils_join_wish *wish, ils_join_end_fn done, void *user) {
    sj_address address;
    sj_error error = {0};
    struct joiner *one = calloc(1, sizeof *one);
    sj_scope *scope = one == NULL ? NULL : sj_scope_open(parent, "joiner", closed, one);
    if (scope == NULL) {
        free(one);
        return SJ_E_NO_MEMORY;
    }
    one->service = service;
    one->scope = scope;
    one->done = done;
    one->user = user;
    one->port = (int)wish->https_port;
    one->method = wish->method;
    (void)snprintf(one->hub, sizeof one->hub, "%s", wish->hub);
    (void)snprintf(one->password, sizeof one->password, "%s", wish->password);
    (void)snprintf(one->expected_id, sizeof one->expected_id, "%s", wish->expected_id);
    (void)snprintf(one->fingerprint, sizeof one->fingerprint, "%s", wish->fingerprint);
    if (sj_timer_start(scope, DEADLINE_MS, 0, overdue, one) == NULL) {
        fail(one, SJ_E_NO_MEMORY, "no memory to join");
    } else if (sj_address_parse(wish->hub, one->port, &address) == SJ_OK) {
        connect_to(one, &address);
    } else if (sj_dns_ask(scope, wish->hub, SJ_DNS_ADDRESSES, on_name, one, &error) == NULL) {
        fail(one, error.code, "%s", error.text);
    }
    return SJ_OK;
}
