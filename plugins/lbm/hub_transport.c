/* Exchanges over the mutual TLS that clusters have: POST /intercluster/v1/lbm, and the tick that
 * begins them. */
#include <stdlib.h>

#include "lbm.h"

#include "enums/intercluster.h"

enum {
    TIMEOUT_MS = 5000, /* of whoever answered last, and of all others together */
    URL_ROOM = 400,
    HUB_TICK_MS = 100,
    SPOKE_TICK_MS = 1000,
};
static const char content_type[] = "application/x-sojourn-lbm";

/* One exchange with another hub, which stays where it is as long as it is busy. */
struct conversation {
    struct lbm *lbm;
    sj_scope *scope;
    struct lbm_hub *hub;
    struct sj_peer_addresses addresses;
    size_t next; /* of them, that is asked */
    int64_t https_port;
    int64_t search_ends_ms; /* 0: it has not begun */
    bool found;             /* the one asked has answered */
    sj_text message;
};

static int64_t now_of(const struct lbm *lbm) {
    return (int64_t)sj_monotonic_ms(lbm->scope);
}

static void closed(void *user) {
    struct conversation *one = user;
    sj_text_clear(&one->message);
    sj_peer_addresses_free(&one->addresses);
    free(one);
}

/* The next exchange begins with it. */
static void note_address(const struct conversation *one) {
    sj_peer_memory_note(&one->lbm->peer_memory, one->lbm->scope, one->hub->cluster_id,
                        &one->addresses, one->next);
}

/* `reason`: why it failed; NULL: it went well. */
static void end(struct conversation *one, const char *reason) {
    struct lbm *lbm = one->lbm;
    if (reason != NULL) {
        sj_log_limited(lbm->scope, SJ_LOG_WARNING, "an exchange with another hub fails",
                       "cluster %s: %s; sojourn lbm hubs shows all", one->hub->cluster_id, reason);
    }
    lbm_hubs_end(&lbm->hubs, one->hub, reason, now_of(lbm));
    sj_scope_close(one->scope);
}

static void ask(struct conversation *one);

/* What it says when it does not answer with a message. */
static const char *refusal_of(const sj_http_result *result) {
    return result->status != SJ_OK      ? result->error->text
           : result->http_status == 404 ? "its Location Bandwidth Manager does not run"
           : sj_given(result->body)     ? result->body
                                        : "it answers without saying why it refuses";
}

/* A node that is no hub says that its cluster has none; another one of the cluster may be it. */
static bool is_no_hub(const sj_http_result *result) {
    struct lbm_message message;
    return lbm_wire_read(result->body, result->body_length, LBM_REPLY, &message, NULL) == SJ_OK &&
           message.sender.leaves;
}

static bool has_another(const struct conversation *one) {
    return !one->found && one->next + 1 < one->addresses.count;
}

/* Whether another node of the cluster is asked instead. */
static bool ask_another(struct conversation *one) {
    const int64_t now = now_of(one->lbm);
    if (!has_another(one)) {
        return false;
    }
    one->next++;
    one->search_ends_ms = one->search_ends_ms != 0 ? one->search_ends_ms : now + TIMEOUT_MS;
    if (now >= one->search_ends_ms) {
        note_address(one); /* it is its turn then */
        return false;
    }
    ask(one);
    return true;
}

static int64_t timeout_of(const struct conversation *one) {
    return one->found || one->search_ends_ms == 0
               ? TIMEOUT_MS
               : sj_peer_addresses_share(one->search_ends_ms - now_of(one->lbm),
                                         one->addresses.count - one->next);
}

static void answered(void *user, const sj_http_result *result) {
    struct conversation *one = user;
    struct lbm *lbm = one->lbm;
    char reason[LBM_REFUSAL_ROOM];
    sj_error error = {0};
    if (!hub_settings_allow(lbm, one->hub->cluster_id, reason, sizeof reason)) {
        end(one, reason);
        return;
    }
    if (result->status != SJ_OK || result->http_status != 200) {
        const char *address = one->addresses.texts[one->next];
        if (!ask_another(one)) {
            (void)snprintf(reason, sizeof reason, "%.80s: %.150s", address, refusal_of(result));
            end(one, one->addresses.count > 1 ? reason : refusal_of(result));
        }
        return;
    }
    if (has_another(one) && is_no_hub(result) && ask_another(one)) {
        return;
    }
    if (!one->found) {
        one->found = true;
        note_address(one);
    }
    switch (lbm_hubs_reply(&lbm->hubs, one->hub, now_of(lbm), result->body, result->body_length,
                           &error)) {
    case LBM_AGAIN: ask(one); break;
    case LBM_DONE: end(one, NULL); break;
    default: end(one, error.text); break;
    }
}

static void ask(struct conversation *one) {
    static const sj_http_header headers[] = {{"Content-Type", content_type}};
    char url[URL_ROOM];
    sj_error error = {0};
    sj_http_url(url, sizeof url, "https", one->addresses.texts[one->next], one->https_port,
                "intercluster/v1/lbm");
    sj_text_clear(&one->message);
    lbm_hubs_request(&one->lbm->hubs, one->hub, &one->message);
    const sj_http_call call = {.size = sizeof call,
                               .method = "POST",
                               .url = url,
                               .headers = headers,
                               .headers_count = 1,
                               .body = one->message.data,
                               .body_length = one->message.length,
                               .timeout_ms = timeout_of(one),
                               .answer_max = LBM_MESSAGE_MAX,
                               .peer_cluster = one->hub->cluster_id};
    if (one->message.failed || sj_http_fetch(one->scope, &call, answered, one, &error) == NULL) {
        end(one, error.text[0] != '\0' ? error.text : "no memory to ask");
    }
}

static void begin(struct lbm *lbm, struct lbm_hub *hub) {
    char reason[LBM_REFUSAL_ROOM];
    sj_error error = {0};
    struct conversation *one = calloc(1, sizeof *one);
    sj_scope *scope = one == NULL ? NULL : sj_scope_open(lbm->scope, "exchange", closed, one);
    lbm_hubs_begin(&lbm->hubs, hub, now_of(lbm));
    if (scope == NULL) {
        free(one);
        lbm_hubs_end(&lbm->hubs, hub, "no memory to ask", now_of(lbm));
        return;
    }
    *one = (struct conversation){.lbm = lbm, .scope = scope, .hub = hub};
    if (!hub_settings_allow(lbm, hub->cluster_id, reason, sizeof reason)) {
        end(one, reason);
        return;
    }
    if (sj_peer_addresses_read(lbm->scope, hub->cluster_id, SJ_INTERCLUSTER_SERVICE_LBM,
                               &lbm->peer_memory, &one->addresses, &one->https_port,
                               &error) != SJ_OK) {
        end(one, error.text);
    } else if (one->addresses.count == 0) {
        end(one, "its remote cluster record has no address");
    } else {
        ask(one);
    }
}

/* ---- answering ---- */

static void on_exchange(void *user, sj_http_request *request) {
    struct lbm *lbm = user;
    char reason[LBM_REFUSAL_ROOM], address[SJ_ADDRESS_TEXT];
    sj_text out = {0};
    sj_error error = {0};
    if (!lbm->hubs_ready) {
        sj_http_reply_text(lbm->scope, request, 503, "text/plain",
                           "the locations and links are still being read");
        return;
    }
    if (!hub_settings_allow(lbm, request->peer_cluster, reason, sizeof reason)) {
        sj_http_reply_text(lbm->scope, request, 403, "text/plain; charset=UTF-8", reason);
        return;
    }
    (void)sj_address_format(&request->peer, address, sizeof address);
    const int status = lbm_hubs_answer(&lbm->hubs, request->peer_cluster, address, now_of(lbm),
                                       request->body, request->body_length, &out, &error);
    if (status == SJ_OK) {
        const sj_http_reply reply = {.status = 200,
                                     .content_type = content_type,
                                     .body = out.data,
                                     .body_length = out.length};
        sj_http_reply_send(lbm->scope, request, &reply);
    } else {
        sj_log_limited(lbm->scope, SJ_LOG_WARNING, "a message of another hub is refused",
                       "cluster %s, from %s: %s", request->peer_cluster, address, error.text);
        sj_http_reply_text(lbm->scope, request, status == SJ_E_NO_MEMORY ? 503 : 400,
                           "text/plain; charset=UTF-8", error.text);
    }
    sj_text_clear(&out);
}

/* ---- the tick ---- */

static void tick(void *user) {
    struct lbm *lbm = user;
    struct lbm_hub *hub;
    if (lbm->hubs_ready) {
        if (lbm->hub_settings_changed) {
            hub_settings_read(lbm);
        }
        lbm_hubs_tick(&lbm->hubs, now_of(lbm));
        while ((hub = lbm_hubs_due(&lbm->hubs, now_of(lbm))) != NULL) {
            begin(lbm, hub);
        }
        configuration_apply(lbm);
        lbm_hubs_share(&lbm->hubs);
        hub_tell(lbm);
        hub_journal_run(lbm);
    }
    sj_timer_again(lbm->scope, lbm->hub_tick,
                   lbm->hubs.hub || lbm->hubs.leaving ? HUB_TICK_MS : SPOKE_TICK_MS);
}

int hub_transport_open(struct lbm *lbm, sj_error *error) {
    lbm->hub_tick = sj_timer_start(lbm->scope, HUB_TICK_MS, SPOKE_TICK_MS, tick, lbm);
    if (lbm->hub_tick == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for a timer");
    }
    return sj_http_route(lbm->scope, "POST", "/intercluster/v1/lbm", SJ_ROUTE_PEER_CLUSTER,
                         on_exchange, lbm, error) == NULL
               ? (error->code != SJ_OK ? error->code : SJ_E_INTERNAL)
               : SJ_OK;
}
