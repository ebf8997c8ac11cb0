/* The hub that is joined: /intercluster/v1/ils/join/hello and .../proof, over HTTPS, from whoever
 * asks. An exchange belongs to its connection and has one proof; how many a source may begin is
 * bounded; nothing is computed for it before that. */
#include "join_hub.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/hex.h>

#include "clusters.h"
#include "join_certificates.h"
#include "settings.h"
#include "transport.h"
#include "trust.h"

enum { EXCHANGE_MS = 30000, ADMITTED_MS = 15 * 60000 };
static const char json_type[] = "application/json";

static int64_t now_of(const struct ils_service *service) {
    return (int64_t)sj_monotonic_ms(service->scope);
}

static void refuse(struct ils_service *service, sj_http_request *request, int status,
                   const char *sentence) {
    sj_http_reply_text(service->scope, request, status, "text/plain; charset=UTF-8", sentence);
}

static void send_json(struct ils_service *service, sj_http_request *request, char *json) {
    if (json == NULL) {
        refuse(service, request, 503, "no memory for the answer");
        return;
    }
    sj_http_reply_text(service->scope, request, 200, json_type, json);
    sj_text_free(service->scope, json);
}

/* ---- admitted by their certificates ---- */

static bool is_admitted(struct ils_service *service, const char *fingerprint) {
    const struct ils_joining *joining = service->joining;
    for (size_t i = 0; i < JOIN_ADMITTED && fingerprint[0] != '\0'; i++) {
        if (joining->admitted[i].until > now_of(service) &&
            strcmp(joining->admitted[i].fingerprint, fingerprint) == 0) {
            return true;
        }
    }
    return false;
}

static void on_admit(void *user, sj_question *question, const sj_ils_admit *request) {
    struct ils_service *service = user;
    struct ils_joining *joining = service->joining;
    char fingerprint[JOIN_FINGERPRINT];
    size_t oldest = 0;
    if (!ils_fingerprint_read(request->fingerprint, fingerprint)) {
        sj_fail(service->scope, question, SJ_E_INVALID,
                "fingerprint: expected the 64 hexadecimal digits of a SHA-256, with or without "
                "colons");
        return;
    }
    for (size_t i = 1; i < JOIN_ADMITTED; i++) {
        oldest = joining->admitted[i].until < joining->admitted[oldest].until ? i : oldest;
    }
    memcpy(joining->admitted[oldest].fingerprint, fingerprint, sizeof fingerprint);
    joining->admitted[oldest].until = now_of(service) + ADMITTED_MS;
    const sj_ils_admit_reply reply = {
        .message = "a cluster that shows this certificate can join within 15 minutes"};
    sj_reply_ils_admit(service->scope, question, &reply);
}

/* ---- hello ---- */

static struct ils_pending_join *pending_new(struct ils_service *service) {
    struct ils_pending_join *oldest = &service->joining->pending[0];
    for (size_t i = 0; i < JOIN_PENDING; i++) {
        struct ils_pending_join *one = &service->joining->pending[i];
        if (!one->used || one->until <= now_of(service)) {
            return one;
        }
        oldest = one->until < oldest->until ? one : oldest;
    }
    return oldest;
}

static void offer(struct ils_service *service, sj_http_request *request,
                  const sj_ils_join_hello *hello, const sj_tls_channel *channel, const char *source,
                  const char *counted) {
    const struct ils_joining *joining = service->joining;
    struct ils_pending_join *one = pending_new(service);
    char session[2 * JOIN_SESSION + 1], salt[2 * JOIN_SALT + 1] = "", share[2 * JOIN_SHARE + 1];
    *one = (struct ils_pending_join){.until = now_of(service) + EXCHANGE_MS,
                                     .method = hello->method,
                                     .by_itself = hello->by_itself};
    sj_random_bytes(service->scope, one->session, sizeof one->session);
    memcpy(one->channel, channel->binding, sizeof one->channel);
    (void)snprintf(one->source, sizeof one->source, "%s", source);
    (void)snprintf(one->counted, sizeof one->counted, "%s", counted);
    (void)snprintf(one->cluster_id, sizeof one->cluster_id, "%s", hello->cluster_id);
    share[0] = '\0';
    if (hello->method == SJ_ILS_JOIN_METHOD_PASSWORD) {
        struct ils_join_context context = {.joiner = one->cluster_id,
                                           .hub = service->scope->host->node->cluster_id};
        memcpy(context.salt, joining->salt, sizeof context.salt);
        memcpy(context.session, one->session, sizeof context.session);
        memcpy(context.channel, one->channel, sizeof context.channel);
        if (!ils_join_begin(&one->join, &context, joining->key)) {
            refuse(service, request, 503, "no share can be made");
            return;
        }
        sj_hex_write(joining->salt, sizeof joining->salt, salt);
        sj_hex_write(one->join.share, sizeof one->join.share, share);
    }
    one->used = true;
    sj_hex_write(one->session, sizeof one->session, session);
    const sj_ils_join_offer message = {.protocol = 1,
                                       .cluster_id = service->scope->host->node->cluster_id,
                                       .session = session,
                                       .salt = salt,
                                       .share = share};
    send_json(service, request, sj_ils_join_offer_to_json(service->scope, &message));
}

/* The channel of a request that may be about joining; else it has been refused. */
static bool channel_of(struct ils_service *service, sj_http_request *request,
                       sj_tls_channel *channel) {
    *channel = (sj_tls_channel){.size = sizeof *channel};
    if (service->core != NULL) {
        ils_settings_follow(service);
    }
    if (service->core == NULL) {
        refuse(service, request, 503, "the service is still reading what it knew");
    } else if (service->core->role != ILS_HUB) {
        refuse(service, request, 409, "this cluster is no hub of an ILS network");
    } else if (sj_http_tls_channel(service->scope, request, channel) != SJ_OK) {
        refuse(service, request, 403, "joining needs HTTPS, with TLS 1.3 or its equal");
    } else {
        return true;
    }
    return false;
}

static void on_hello(void *user, sj_http_request *request) {
    struct ils_service *service = user;
    sj_tls_channel channel;
    char source[ATTEMPTS_SOURCE];
    void *record = NULL;
    sj_error error = {0};
    if (!channel_of(service, request, &channel)) {
        return;
    }
    if (service->scope->host->record_from_json(&sj_ils_join_hello_meta, request->body,
                                               request->body_length, &record, &error) != SJ_OK) {
        refuse(service, request, 400, error.text);
        return;
    }
    const sj_ils_join_hello *hello = record;
    ils_attempts_source(&request->peer, source);
    const bool admitted = hello->method == SJ_ILS_JOIN_METHOD_FINGERPRINT &&
                          is_admitted(service, channel.fingerprint);
    const char *counted = admitted ? channel.fingerprint : source;
    if (!ils_attempts_take(&service->joining->attempts, &ils_attempts_to_join, counted, admitted,
                           now_of(service))) {
        sj_log_limited(service->scope, SJ_LOG_WARNING, "attempts to join are refused",
                       "too many from %s, or from all together", counted);
        refuse(service, request, 429,
               "too many attempts to join: try again in a minute, or join by fingerprints (ils "
               "admit), which does not wait for others");
    } else if (strcmp(hello->cluster_id, service->scope->host->node->cluster_id) == 0) {
        refuse(service, request, 409,
               "both clusters have the same id: one must get another value of the enterprise "
               "parameter Cluster ID");
    } else if (hello->by_itself &&
               (hello->method != SJ_ILS_JOIN_METHOD_PASSWORD || !service->join_by_themselves)) {
        refuse(service, request, 403,
               "clusters do not join this one by themselves: somebody has to (ils join)");
    } else if (hello->by_itself &&
               ils_trust_of(service, hello->cluster_id) == SJ_ILS_TRUST_WITHDRAWN) {
        refuse(service, request, 403,
               "trust in this cluster was withdrawn there: somebody has to join anew (ils join)");
    } else if (hello->method == SJ_ILS_JOIN_METHOD_PASSWORD && !service->joining->password) {
        refuse(service, request, 403, "nobody can join here by a password: set one (ils password)");
    } else if (hello->method == SJ_ILS_JOIN_METHOD_FINGERPRINT && !admitted) {
        char why[200];
        (void)snprintf(why, sizeof why,
                       "the certificate %.64s of who would join as %.50s has not been admitted",
                       channel.fingerprint, hello->cluster_id);
        ils_alarm_raise(service, "ILSTLSAuthenticationFailed", hello->cluster_id, why);
        refuse(service, request, 403,
               "this cluster's certificate has not been admitted there (ils admit)");
    } else {
        offer(service, request, hello, &channel, source, counted);
    }
    sj_record_free(service->scope, record);
}

/* ---- proof ---- */

struct acceptance {
    struct ils_service *service;
    sj_scope *scope;
    sj_http_request *request;
    struct ils_pending_join join;
    void *record; /* the proof */
    uint8_t of_joiner[JOIN_DIGEST];
};

static void acceptance_closed(void *user) {
    struct acceptance *one = user;
    sj_record_free(one->service->scope, one->record);
    ils_wipe(&one->join, sizeof one->join);
    free(one);
}

static void refuse_acceptance(struct acceptance *one, int status, const char *sentence) {
    refuse(one->service, one->request, status, sentence);
    sj_scope_close(one->scope);
}

static void on_added(void *user, int status, const sj_error *error,
                     const sj_certificates_add_reply *reply) {
    static const struct ils_own_certificates empty;
    struct acceptance *one = user;
    struct ils_service *service = one->service;
    struct ils_own_certificates own = empty;
    uint8_t of_hub[JOIN_DIGEST], proof[JOIN_PROOF];
    char text[2 * JOIN_PROOF + 1] = "";
    sj_error why = {0};
    (void)reply;
    if (status != SJ_OK) {
        refuse_acceptance(one, 409, error->text);
        return;
    }
    ils_trust_note(service, one->join.cluster_id,
                   one->join.by_itself                               ? SJ_ILS_TRUST_NETWORK
                   : one->join.method == SJ_ILS_JOIN_METHOD_PASSWORD ? SJ_ILS_TRUST_PASSWORD
                                                                     : SJ_ILS_TRUST_FINGERPRINT,
                   one->join.method == SJ_ILS_JOIN_METHOD_PASSWORD ? service->joining->salt : NULL);
    ils_clusters_record_anew(service, one->join.cluster_id);
    if (ils_own_certificates(service->scope, &own, &why) != SJ_OK) {
        ils_own_certificates_free(service->scope, &own);
        refuse_acceptance(one, 503, why.text);
        return;
    }
    if (one->join.method == SJ_ILS_JOIN_METHOD_PASSWORD) {
        ils_certificates_digest(own.entries, own.count, of_hub);
        ils_join_prove(&one->join.join, true, one->of_joiner, of_hub, proof);
        sj_hex_write(proof, sizeof proof, text);
    }
    sj_ils_join_accept_certificate certificates[JOIN_KINDS];
    for (size_t i = 0; i < own.count; i++) {
        certificates[i] = (sj_ils_join_accept_certificate){
            .kind = own.entries[i].kind, .node = own.entries[i].node, .pem = own.entries[i].pem};
    }
    const sj_ils_join_accept message = {
        .proof = text, .certificates = certificates, .certificates_count = own.count};
    send_json(service, one->request, sj_ils_join_accept_to_json(service->scope, &message));
    ils_own_certificates_free(service->scope, &own);
    sj_log_info(service->scope, "cluster %s has joined from %s by its %s", one->join.cluster_id,
                one->join.source,
                one->join.method == SJ_ILS_JOIN_METHOD_PASSWORD ? "password" : "certificate");
    sj_scope_close(one->scope);
}

static void on_identities(void *user, int status, const sj_error *error) {
    struct acceptance *one = user;
    const sj_ils_join_proof *proof = one->record;
    sj_error why = {0};
    if (status == SJ_E_CANCELLED) {
        return;
    }
    if (status != SJ_OK) {
        refuse_acceptance(one, 503, error->text);
    } else if (ils_certificates_add(one->scope, one->join.cluster_id, proof->certificates,
                                    proof->certificates_count, on_added, one, &why) != SJ_OK) {
        refuse_acceptance(one, 503, why.text);
    }
}

/* Whether the joiner knows the password, or, without one, is there with the certificate that was
 * admitted: its exchange belongs to that connection. */
static bool is_right(struct acceptance *one) {
    const sj_ils_join_proof *proof = one->record;
    static const uint8_t nothing[JOIN_DIGEST];
    uint8_t share[JOIN_SHARE], told[JOIN_PROOF], expected[JOIN_PROOF];
    ils_certificates_digest(proof->certificates, proof->certificates_count, one->of_joiner);
    if (one->join.method == SJ_ILS_JOIN_METHOD_FINGERPRINT) {
        return true;
    }
    if (strlen(proof->share) != 2 * sizeof share || strlen(proof->proof) != 2 * sizeof told ||
        !sj_hex_read(proof->share, share, sizeof share) ||
        !sj_hex_read(proof->proof, told, sizeof told) ||
        !ils_join_agree(&one->join.join, true, share)) {
        return false;
    }
    ils_join_prove(&one->join.join, false, one->of_joiner, nothing, expected);
    return ils_join_equal(told, expected, sizeof told);
}

/* Takes the exchange of this session and connection out of those that wait. */
static bool take_pending(struct ils_service *service, const char *session,
                         const sj_tls_channel *channel, struct ils_pending_join *found) {
    uint8_t wanted[JOIN_SESSION];
    if (!sj_hex_read(session, wanted, sizeof wanted)) {
        return false;
    }
    for (size_t i = 0; i < JOIN_PENDING; i++) {
        struct ils_pending_join *one = &service->joining->pending[i];
        if (one->used && one->until > now_of(service) &&
            ils_join_equal(one->session, wanted, sizeof wanted) &&
            ils_join_equal(one->channel, channel->binding, sizeof one->channel)) {
            *found = *one;
            ils_wipe(one, sizeof *one);
            return true;
        }
    }
    return false;
}

static void judge(struct acceptance *one) {
    struct ils_service *service = one->service;
    const sj_ils_join_proof *proof = one->record;
    sj_tls_channel channel = {.size = sizeof channel};
    char why[200];
    if (sj_http_tls_channel(service->scope, one->request, &channel) != SJ_OK ||
        !take_pending(service, proof->session, &channel, &one->join)) {
        refuse_acceptance(one, 403, "no such exchange has been begun over this connection");
    } else if (!is_right(one)) {
        (void)snprintf(why, sizeof why, "who would join as %.50s from %.60s has another password",
                       one->join.cluster_id, one->join.source);
        ils_alarm_raise(service, "ILSPwdAuthenticationFailed", one->join.cluster_id, why);
        refuse_acceptance(one, 403, "the password is another one there");
    } else {
        ils_attempts_right(&service->joining->attempts, one->join.counted);
        if (sj_identities_prepare(one->scope, on_identities, one) == NULL) {
            refuse_acceptance(one, 503, "no memory for the certificates");
        }
    }
}

static void on_proof(void *user, sj_http_request *request) {
    struct ils_service *service = user;
    sj_tls_channel channel;
    void *record = NULL;
    sj_error error = {0};
    if (!channel_of(service, request, &channel)) {
        return;
    }
    if (service->scope->host->record_from_json(&sj_ils_join_proof_meta, request->body,
                                               request->body_length, &record, &error) != SJ_OK) {
        refuse(service, request, 400, error.text);
        return;
    }
    struct acceptance *one = calloc(1, sizeof *one);
    sj_scope *scope =
        one == NULL ? NULL : sj_scope_open(service->scope, "join", acceptance_closed, one);
    if (scope == NULL) {
        free(one);
        sj_record_free(service->scope, record);
        refuse(service, request, 503, "no memory for the exchange");
        return;
    }
    one->service = service;
    one->scope = scope;
    one->request = request;
    one->record = record;
    judge(one);
}

int ils_join_hub_open(struct ils_service *service, sj_error *error) {
    sj_scope *scope = service->scope;
    return sj_http_route(scope, "POST", "/intercluster/v1/ils/join/hello", SJ_ROUTE_PHONE, on_hello,
                         service, error) == NULL ||
                   sj_http_route(scope, "POST", "/intercluster/v1/ils/join/proof", SJ_ROUTE_PHONE,
                                 on_proof, service, error) == NULL ||
                   sj_answer_ils_admit(scope, on_admit, service, error) == NULL
               ? (error->code != SJ_OK ? error->code : SJ_E_INTERNAL)
               : SJ_OK;
}
