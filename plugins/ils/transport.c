/* Exchanges over the mutual TLS that clusters have: POST /intercluster/v1/ils, and whom to ask. */
#include "transport.h"

#include <stdlib.h>
#include <string.h>

#include "bindings.h"
#include "clusters.h"
#include "disputes.h"
#include "join_exchange.h"
#include "join_itself.h"
#include "resources/remote_cluster.h"
#include "trust.h"

enum {
    TIMEOUT_MS = 15000, /* of whoever answered last, and of all others together */
    ANSWER_MOST = 1024 * 1024,
    URL_ROOM = 400,
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
    struct sj_peer_addresses addresses; /* the name in the record first, then those it told */
    size_t next;                        /* of them, that is asked */
    int64_t search_ends_ms;             /* 0: it has not begun */
    bool found;                         /* the one asked has answered */
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

/* The next exchange begins with it. */
static void note_address(const struct conversation *one, size_t at) {
    sj_peer_memory_note(&one->service->peer_memory, one->service->scope, one->cluster_id,
                        &one->addresses, at);
}

static void end(struct conversation *one, bool failed) {
    struct ils_service *service = one->service;
    if (failed && !one->found && one->addresses.count > 0) {
        /* What failed last time is not asked first for ever. */
        note_address(one, (one->next + 1) % one->addresses.count);
    }
    if (failed) {
        struct ils_neighbor *neighbor = one->exchange.neighbor;
        (void)snprintf(neighbor->asked, sizeof neighbor->asked, "%s",
                       one->cluster_id[0] != '\0' ? one->cluster_id
                       : neighbor->registrar      ? service->registration_server
                                                  : "");
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
    sj_peer_addresses_free(&one->addresses);
    free(one->exchange.wants);
    free(one);
}

/* ---- whom to ask ---- */

static bool is_address(const char *text) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:";
    return text[strspn(text, allowed)] == '\0';
}

/* What it says of itself; NULL: nothing that can be read. */
/* The name in the record first, then those that it told; from the one that answered last on. */
static bool choose_addresses(struct conversation *one, const struct ils_owner *owner,
                             const char *configured) {
    const struct ils_service *service = one->service;
    const bool same = owner != NULL && strcmp(owner->cluster_id, one->cluster_id) == 0;
    sj_ils_detail *detail = same ? ils_clusters_detail(service, owner, NULL) : NULL;
    struct sj_peer_knowledge knowledge = {
        .preferred = sj_peer_memory_first(&service->peer_memory, service->scope, one->cluster_id),
        .configured = configured,
        .same_record = true,
        .failed = true};
    const size_t told = detail != NULL ? detail->addresses_count : 0;
    const char **learnt = sj_scope_alloc(one->scope, (told + 1) * sizeof *learnt);
    for (size_t i = 0; learnt != NULL && i < told; i++) {
        if (is_address(detail->addresses[i])) {
            learnt[knowledge.learnt_count++] = detail->addresses[i];
        }
    }
    knowledge.learnt = learnt;
    const bool chosen = sj_peer_addresses_choose(&knowledge, &one->addresses);
    sj_record_free(one->scope, detail);
    return chosen;
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
    if (!choose_addresses(one, owner, record->fully_qualified_name)) {
        (void)snprintf(one->reason, sizeof one->reason, "no memory for the addresses of cluster %s",
                       one->cluster_id);
    } else if (one->addresses.count == 0) {
        (void)snprintf(one->reason, sizeof one->reason,
                       "the remote cluster record of %s has no address", one->cluster_id);
    }
    sj_record_free(service->scope, record);
    return one->addresses.count > 0;
}

/* ---- asking ---- */

static void ask(struct conversation *one);

static void refused_by(struct conversation *one, const char *text) {
    (void)snprintf(one->reason, sizeof one->reason, "cluster %s at %.100s: %.230s", one->cluster_id,
                   one->addresses.texts[one->next], text);
    end(one, true);
}

/* Whether another node of the cluster is asked instead: one of them is its publisher. */
static bool ask_another(struct conversation *one) {
    const int64_t now = now_of(one->service);
    one->search_ends_ms = one->search_ends_ms != 0 ? one->search_ends_ms : now + TIMEOUT_MS;
    if (one->found || one->next + 1 >= one->addresses.count || now >= one->search_ends_ms) {
        return false;
    }
    one->next++;
    ask(one);
    return true;
}

static int64_t timeout_of(const struct conversation *one) {
    return one->found || one->search_ends_ms == 0
               ? TIMEOUT_MS
               : sj_peer_addresses_share(one->search_ends_ms - now_of(one->service),
                                         one->addresses.count - one->next);
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
                       one->cluster_id, one->addresses.texts[one->next],
                       result->status == SJ_OK ? "this cluster's have not been imported there"
                                               : result->error->text);
        ils_alarm_raise(service, "ILSTLSAuthenticationFailed", one->cluster_id, one->reason);
        end(one, true);
    } else if (result->status != SJ_OK) {
        if (!ask_another(one)) {
            refused_by(one, result->error->text);
        }
    } else if (result->http_status == FORMER_PASSWORD) {
        password_refused(one, result->body);
    } else if (result->http_status == 404 || result->http_status == 503) {
        if (!ask_another(one)) {
            refused_by(one, "its Intercluster Lookup Service does not run there");
        }
    } else if (result->http_status != 200) {
        refused_by(one, result->body);
    } else if (!ils_binding_check(service, one->cluster_id, result->body, result->body_length,
                                  ILS_REPLY, why)) {
        refused_by(one, why);
    } else {
        const enum ils_progress progress =
            ils_exchange_reply(service->core, &one->exchange, now_of(service), result->body,
                               result->body_length, &error);
        ils_itself_note_teller(service, one->cluster_id);
        if (!one->found) {
            one->found = true;
            note_address(one, one->next);
        }
        switch (progress) {
        case ILS_AGAIN: ask(one); break;
        case ILS_DONE: end(one, false); break;
        default: refused_by(one, error.text); break;
        }
    }
}

static void ask(struct conversation *one) {
    const char *address = one->addresses.texts[one->next];
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
                               .timeout_ms = timeout_of(one),
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
    const struct ils_join_wish wish = {.hub = one->addresses.texts[one->next],
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
