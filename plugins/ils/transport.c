/* Exchanges over the mutual TLS that clusters have: POST /intercluster/v1/ils, and whom to ask. */
#include "transport.h"

#include <stdlib.h>
#include <string.h>

#include "bindings.h"
#include "disputes.h"
#include "join_exchange.h"
#include "join_itself.h"
#include "messages/ils.h"
#include "resources/remote_cluster.h"
#include "trust.h"

enum {
    TIMEOUT_MS = 15000,
    ANSWER_MOST = 1024 * 1024,
    URL_ROOM = 400,
    ADDRESSES_MOST = 65,
    FORMER_PASSWORD = 401, /* of HTTP */
    OTHERS_PEER_ID = 409,
};
static const char content_type[] = "application/x-sojourn-ils";

/* One exchange with a hub. */
struct conversation {
    struct ils_service *service;
    sj_scope *scope;
    struct ils_exchange exchange;
    char cluster_id[ILS_CLUSTER_ID_MAX + 1];
    char teller[ILS_CLUSTER_ID_MAX + 1]; /* of a hub that is joined by itself */
    int64_t https_port;
    const char *addresses[ADDRESSES_MOST]; /* the name in the record first, then those it told */
    size_t addresses_count, next;
    sj_text message;
    char reason[ILS_REASON_ROOM];
};

void ils_alarm_raise(struct ils_service *service, const char *name, const char *cluster_id,
                     const char *reason) {
    const sj_ils_alarm event = {.name = name, .cluster_id = cluster_id, .reason = reason};
    sj_log_limited(service->scope, SJ_LOG_WARNING, "an alarm of the Intercluster Lookup Service",
                   "%s: %s", name, reason);
    sj_publish_ils_alarm(service->scope, service->alarm, &event);
}

static int64_t now_of(const struct ils_service *service) {
    return (int64_t)sj_monotonic_ms(service->scope);
}

static void end(struct conversation *one, bool failed) {
    struct ils_service *service = one->service;
    if (failed) {
        sj_log_limited(service->scope, SJ_LOG_WARNING, "an exchange with a hub has failed", "%s",
                       one->reason);
    }
    ils_exchange_end(service->core, &one->exchange, failed ? one->reason : NULL, now_of(service));
    sj_scope_close(one->scope);
}

/* However it ends. */
static void closed(void *user) {
    struct conversation *one = user;
    sj_text_clear(&one->message);
    free(one->exchange.wants);
    free(one);
}

/* ---- whom to ask ---- */

static void add_address(struct conversation *one, const char *address) {
    for (size_t i = 0; i < one->addresses_count; i++) {
        if (strcmp(one->addresses[i], address) == 0) {
            return;
        }
    }
    const char *copy = sj_scope_strdup(one->scope, address);
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:";
    if (copy != NULL && address[0] != '\0' && one->addresses_count < ADDRESSES_MOST &&
        strspn(address, allowed) == strlen(address)) {
        one->addresses[one->addresses_count++] = copy;
    }
}

static void add_told_addresses(struct conversation *one, const struct ils_owner *owner) {
    void *record = NULL;
    if (owner == NULL || owner->detail == NULL ||
        one->scope->host->record_from_json(&sj_ils_detail_meta, owner->detail, owner->detail_length,
                                           &record, NULL) != SJ_OK) {
        return;
    }
    const sj_ils_detail *detail = record;
    for (size_t i = 0; i < detail->addresses_count; i++) {
        add_address(one, detail->addresses[i]);
    }
    sj_record_free(one->scope, record);
}

/* The record of the registration server: by its cluster id, or by its name. */
static sj_remote_cluster *registrar_record(struct ils_service *service) {
    const char *server = service->registration_server;
    const sj_query query = {.field = "fully_qualified_name", .value = server, .limit = 1};
    sj_remote_cluster *record = NULL;
    sj_list list = {0};
    if (sj_remote_cluster_get(service->scope, server, &record, NULL) == SJ_OK) {
        return record;
    }
    if (sj_remote_cluster_list(service->scope, &query, &list, NULL) == SJ_OK) {
        if (list.count > 0) {
            (void)sj_remote_cluster_get(service->scope, sj_remote_cluster_at(&list, 0)->cluster_id,
                                        &record, NULL);
        }
        sj_list_free(service->scope, &list);
    }
    return record;
}

/* Fills in cluster, port and addresses; false with the reason. */
static bool find_hub(struct conversation *one) {
    struct ils_service *service = one->service;
    const struct ils_neighbor *neighbor = one->exchange.neighbor;
    const struct ils_owner *owner = ils_find(service->core, &neighbor->peer);
    sj_remote_cluster *record = NULL;
    if (neighbor->registrar) {
        record = registrar_record(service);
    } else if (owner != NULL) {
        (void)sj_remote_cluster_get(service->scope, owner->cluster_id, &record, NULL);
    }
    if (record == NULL) {
        (void)snprintf(
            one->reason, sizeof one->reason,
            "there is no remote cluster record of the hub %.200s: add one (remote-cluster "
            "add), and import its certificates (cert import)",
            neighbor->registrar ? service->registration_server
            : owner != NULL     ? owner->cluster_id
                                : "that is followed");
        return false;
    }
    (void)snprintf(one->cluster_id, sizeof one->cluster_id, "%s", record->cluster_id);
    one->https_port = record->https_port;
    add_address(one, record->fully_qualified_name);
    add_told_addresses(one, owner);
    /* What failed last time is not asked first for ever. */
    one->next = one->addresses_count > 0 ? neighbor->failures % one->addresses_count : 0;
    sj_record_free(service->scope, record);
    return one->addresses_count > 0;
}

/* ---- asking ---- */

static void ask(struct conversation *one);

static void refused_by(struct conversation *one, const char *text) {
    (void)snprintf(one->reason, sizeof one->reason, "cluster %s at %.100s: %.230s", one->cluster_id,
                   one->addresses[one->next], text);
    end(one, true);
}

/* The hub refuses, since it has another password of the network now. */
static void password_refused(struct conversation *one, const char *text) {
    ils_alarm_raise(one->service, "ILSPwdAuthenticationFailed", one->cluster_id, text);
    refused_by(one, text);
}

static void answered(void *user, const sj_http_result *result) {
    struct conversation *one = user;
    struct ils_service *service = one->service;
    char why[ILS_REASON_ROOM];
    sj_error error = {0};
    if (result->status == SJ_E_UNTRUSTED ||
        (result->status == SJ_OK && result->http_status == 403)) {
        (void)snprintf(one->reason, sizeof one->reason,
                       "cluster %s at %.100s and this one do not trust each other's certificates: "
                       "%.150s",
                       one->cluster_id, one->addresses[one->next],
                       result->status == SJ_OK ? "this cluster's have not been imported there"
                                               : result->error->text);
        ils_alarm_raise(service, "ILSTLSAuthenticationFailed", one->cluster_id, one->reason);
        end(one, true);
    } else if (result->status != SJ_OK) {
        refused_by(one, result->error->text);
    } else if (result->http_status == FORMER_PASSWORD) {
        password_refused(one, result->body);
    } else if (result->http_status != 200) {
        refused_by(one, result->http_status == 404 || result->http_status == 503
                            ? "its Intercluster Lookup Service does not run there"
                            : result->body);
    } else if (!ils_binding_check(service, one->cluster_id, result->body, result->body_length,
                                  ILS_REPLY, why)) {
        refused_by(one, why);
    } else {
        const enum ils_progress progress =
            ils_exchange_reply(service->core, &one->exchange, now_of(service), result->body,
                               result->body_length, &error);
        ils_itself_note_teller(service, one->cluster_id);
        switch (progress) {
        case ILS_AGAIN: ask(one); break;
        case ILS_DONE: end(one, false); break;
        default: refused_by(one, error.text); break;
        }
    }
}

static void ask(struct conversation *one) {
    const char *address = one->addresses[one->next];
    static const sj_http_header headers[] = {{"Content-Type", content_type}};
    char url[URL_ROOM];
    sj_error error = {0};
    sj_text_clear(&one->message);
    ils_exchange_request(one->service->core, &one->exchange, now_of(one->service), &one->message);
    sj_http_url(url, sizeof url, "https", address, one->https_port, "intercluster/v1/ils");
    const sj_http_call call = {.size = sizeof call,
                               .method = "POST",
                               .url = url,
                               .headers = headers,
                               .headers_count = 1,
                               .body = one->message.data,
                               .body_length = one->message.length,
                               .timeout_ms = TIMEOUT_MS,
                               .answer_max = ANSWER_MOST,
                               .peer_cluster = one->cluster_id};
    if (one->message.failed || sj_http_fetch(one->scope, &call, answered, one, &error) == NULL) {
        refused_by(one, error.text[0] != '\0' ? error.text : "no memory to ask");
    }
}

/* ---- a hub that is not trusted yet ---- */

static void on_joined(struct ils_service *service, void *user, const struct ils_join_end *how) {
    struct conversation *one = user;
    ils_itself_ended(service, one->cluster_id, one->teller, how->guessed);
    if (how->code != SJ_OK) {
        refused_by(one, how->text);
        return;
    }
    sj_log_info(service->scope,
                "this cluster and %s, hubs of one network, have joined by themselves: they trust "
                "each other's certificates now (cert remove %s withdraws that)",
                how->cluster_id, how->cluster_id);
    ask(one);
}

/* By the password of the network that this cluster keeps, as somebody would join it with that.
 * False: it is trusted, or is not joined so; true: it is on the way, or has ended. */
static bool join_first(struct conversation *one) {
    struct ils_service *service = one->service;
    char why[ILS_REASON_ROOM];
    switch (ils_itself_begin(service, one->cluster_id, one->exchange.neighbor->registrar,
                             one->teller, why)) {
    case ILS_ITSELF_NOT: return false;
    case ILS_ITSELF_HELD: refused_by(one, why); return true;
    default: break;
    }
    const struct ils_join_wish wish = {.hub = one->addresses[one->next],
                                       .https_port = one->https_port,
                                       .method = SJ_ILS_JOIN_METHOD_PASSWORD,
                                       .password = "",
                                       .fingerprint = "",
                                       .expected_id = one->cluster_id};
    if (ils_join_begin_exchange(service, one->scope, &wish, on_joined, one) != SJ_OK) {
        ils_itself_ended(service, one->cluster_id, one->teller, false);
        refused_by(one, "no memory to join it");
    }
    return true;
}

static void begin(struct ils_service *service, struct ils_neighbor *neighbor) {
    struct conversation *one = calloc(1, sizeof *one);
    sj_scope *scope = one == NULL ? NULL : sj_scope_open(service->scope, "exchange", closed, one);
    if (scope == NULL) {
        struct ils_exchange none;
        free(one);
        ils_exchange_begin(service->core, &none, neighbor, now_of(service));
        ils_exchange_end(service->core, &none, "no memory to ask", now_of(service));
        return;
    }
    one->service = service;
    one->scope = scope;
    ils_exchange_begin(service->core, &one->exchange, neighbor, now_of(service));
    if (!find_hub(one)) {
        end(one, true);
        return;
    }
    one->exchange.cluster_id = one->cluster_id;
    ils_trust_observe(service, one->cluster_id);
    if (!ils_trust_is_current(service, one->cluster_id)) {
        password_refused(one, "it was trusted by a password that is not set here any more: join "
                              "it anew (ils join)");
    } else if (!join_first(one)) {
        ask(one);
    }
}

void ils_transport_run(struct ils_service *service) {
    struct ils_neighbor *neighbor;
    while ((neighbor = ils_due(service->core, now_of(service))) != NULL) {
        begin(service, neighbor);
    }
}

/* ---- answering ---- */

/* What is wrong with the cluster itself, whatever it says. */
static bool refuse_sender(struct ils_service *service, sj_http_request *request) {
    const char *cluster_id = request->peer_cluster;
    char why[ILS_REASON_ROOM];
    int status = 0;
    if (!ils_trust_is_current(service, cluster_id)) {
        status = FORMER_PASSWORD;
        (void)snprintf(why, sizeof why,
                       "cluster %s came by a password that is not set any more at cluster %s: it "
                       "has to join anew (ils join)",
                       cluster_id, service->scope->host->node->cluster_id);
        ils_alarm_raise(service, "ILSPwdAuthenticationFailed", cluster_id, why);
    } else if (!ils_binding_check(service, cluster_id, request->body, request->body_length,
                                  ILS_REQUEST, why)) {
        status = OTHERS_PEER_ID;
    }
    if (status != 0) {
        sj_http_reply_text(service->scope, request, status, "text/plain; charset=UTF-8", why);
    }
    return status != 0;
}

static void on_exchange(void *user, sj_http_request *request) {
    struct ils_service *service = user;
    struct ils_peer_id peer;
    sj_text out = {0};
    sj_error error = {0};
    if (service->core == NULL) {
        sj_http_reply_text(service->scope, request, 503, "text/plain",
                           "the service is still reading what it knew");
        return;
    }
    ils_trust_observe(service, request->peer_cluster);
    if (refuse_sender(service, request)) {
        return;
    }
    const int status = ils_answer(service->core, now_of(service), request->body,
                                  request->body_length, request->peer_cluster, &out, &error);
    ils_itself_note_teller(service, request->peer_cluster);
    if (ils_message_sender(request->body, request->body_length, ILS_REQUEST, &peer)) {
        ils_disputes_heard(service, &peer, &request->peer);
    }
    if (status == SJ_OK) {
        const sj_http_reply reply = {.status = 200,
                                     .content_type = content_type,
                                     .body = out.data,
                                     .body_length = out.length};
        sj_http_reply_send(service->scope, request, &reply);
    } else {
        sj_log_limited(service->scope, SJ_LOG_WARNING, "a message of replication is refused",
                       "from cluster %s: %s", request->peer_cluster, error.text);
        sj_http_reply_text(service->scope, request, status == SJ_E_NO_MEMORY ? 503 : 400,
                           "text/plain; charset=UTF-8", error.text);
    }
    sj_text_clear(&out);
}

int ils_transport_open(struct ils_service *service, sj_error *error) {
    return sj_http_route(service->scope, "POST", "/intercluster/v1/ils", SJ_ROUTE_PEER_CLUSTER,
                         on_exchange, service, error) == NULL
               ? (error->code != SJ_OK ? error->code : SJ_E_INTERNAL)
               : SJ_OK;
}
