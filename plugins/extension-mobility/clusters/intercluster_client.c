/* Calls to remote clusters: HTTPS with that cluster's imported certificates, node after node, each
 * call traced. */
#include "clusters/intercluster_client.h"

#include <stdlib.h>

#include "clusters/partner.h"
#include "clusters/peer_protocol.h"
#include "clusters/shared_traces.h"
#include "parameters/emcc.h"
#include "reporting/error_codes.h"
#include "resources/remote_cluster.h"

enum { PAUSE_MS = 300, ROUNDS = 2 };

/* What may be asked, and how much may come back: more is refused before it is read, so that no
 * answer decides how long the loop is busy with it. */
static const struct kind {
    const char *what;
    bool repeatable; /* asking again does no harm */
    bool patient; /* one that says nothing is waited for as long as there is time, rather than asked
                     again */
    size_t answer_max;
} kinds[] = {
    {"user", true, true, EM_ANSWER_SMALL},          {"login", true, false, EM_ANSWER_SMALL},
    {"logout", true, false, EM_ANSWER_SMALL},       {"pin", true, false, EM_ANSWER_SMALL},
    {"information", false, false, EM_ANSWER_LARGE}, {"reconcile", false, false, EM_ANSWER_LARGE},
    {"trace", false, false, EM_ANSWER_LARGE},       {"bandwidth", true, true, EM_ANSWER_SMALL}};

struct peer_call {
    struct em *em;
    sj_scope *scope;
    em_peer_fn done;
    void *user;
    uint64_t deadline;
    int64_t https_port;
    size_t next, round;
    const struct kind *kind;
    struct sj_peer_addresses addresses;
    char cluster_id[EM_NAME_ROOM], trace_id[EM_TRACE_ROOM], traceparent[64];
    char cause[EM_CAUSE_ROOM];
    enum em_peer_status worst;
    int http_status;
    size_t json_length;
    char *json;
};

enum em_code em_peer_status_code(enum em_peer_status status) {
    switch (status) {
    case EM_PEER_TIMEOUT: return EM_NO_RESPONSE;
    case EM_PEER_REFUSED: return EM_PARSING;
    default: return EM_CONNECTION;
    }
}

/* However it ends. */
static void closed(void *user) {
    struct peer_call *call = user;
    sj_metric_add(call->em->scope, call->em->metrics.active_intercluster, -1);
    sj_peer_addresses_free(&call->addresses);
    if (call->json != NULL) {
        explicit_bzero(call->json, call->json_length); /* it may hold PINs */
        free(call->json);
    }
    free(call);
}

static void finish(struct peer_call *call, const struct em_peer_answer *answer) {
    call->done(call->user, answer);
    sj_scope_close(call->scope);
}

static void fail(struct peer_call *call) {
    const struct em_peer_answer answer = {
        .status = call->worst, .body = "", .cause = call->cause, .http_status = call->http_status};
    finish(call, &answer);
}

static void attempt(void *user);

/* The next call begins with it. */
static void note_address(const struct peer_call *call) {
    sj_peer_memory_note(&call->em->peer_memory, call->em->scope, call->cluster_id, &call->addresses,
                        call->next);
}

static void next_address(struct peer_call *call) {
    const uint64_t now = sj_monotonic_ms(call->em->scope);
    call->next++;
    if (call->next < call->addresses.count && now < call->deadline) {
        attempt(call);
        return;
    }
    if (call->next < call->addresses.count) {
        note_address(call);
    }
    call->next = 0;
    call->round++;
    if (!call->kind->repeatable || call->round >= ROUNDS || call->worst == EM_PEER_UNTRUSTED ||
        now + PAUSE_MS >= call->deadline ||
        sj_timer_start(call->scope, PAUSE_MS, 0, attempt, call) == NULL) {
        fail(call);
    }
}

static void fetched(void *user, const sj_http_result *result) {
    struct peer_call *call = user;
    const char *address = call->addresses.texts[call->next];
    const char *text = result->error != NULL ? result->error->text : "";
    call->http_status = result->status == SJ_OK ? result->http_status : call->http_status;
    if (result->status == SJ_OK && result->http_status == 200) {
        const struct em_peer_answer answer = {.status = EM_PEER_ANSWERED,
                                              .body = result->body,
                                              .body_length = result->body_length,
                                              .cause = ""};
        note_address(call);
        finish(call, &answer);
        return;
    }
    if (result->status == SJ_E_LIMIT) {
        call->worst = EM_PEER_REFUSED;
        em_print(call->cause, sizeof call->cause,
                 "cluster %s at %s gave an answer that is too long: %.300s", call->cluster_id,
                 address, text);
        fail(call);
        return;
    }
    if (result->status == SJ_OK && result->http_status == 400) {
        call->worst = EM_PEER_REFUSED;
        em_print(call->cause, sizeof call->cause,
                 "cluster %s cannot read the message of this cluster: %.300s", call->cluster_id,
                 result->body);
        fail(call);
        return;
    }
    if (result->status == SJ_OK && result->http_status == 403) {
        call->worst = EM_PEER_UNTRUSTED;
        em_print(call->cause, sizeof call->cause,
                 "cluster %s at %s does not trust this cluster's certificate", call->cluster_id,
                 address);
    } else if (result->status == SJ_OK) {
        call->worst = EM_PEER_UNREACHABLE;
        em_print(call->cause, sizeof call->cause, "cluster %s at %s answers HTTP %d",
                 call->cluster_id, address, result->http_status);
    } else if (result->status == SJ_E_TIMEOUT) {
        call->worst = EM_PEER_TIMEOUT;
        em_print(call->cause, sizeof call->cause, "cluster %s at %s did not answer in time",
                 call->cluster_id, address);
    } else if (result->status == SJ_E_UNTRUSTED) {
        call->worst = EM_PEER_UNTRUSTED;
        em_print(call->cause, sizeof call->cause, "cluster %s at %s is not trusted: %.300s",
                 call->cluster_id, address, text);
    } else {
        call->worst = EM_PEER_UNREACHABLE;
        em_print(call->cause, sizeof call->cause, "cluster %s at %s cannot be reached: %.300s",
                 call->cluster_id, address, text);
    }
    next_address(call);
}

static void try_next(void *user) {
    next_address(user);
}

static void attempt(void *user) {
    struct peer_call *call = user;
    sj_scope *scope = call->em->scope;
    const uint64_t now = sj_monotonic_ms(scope);
    const int64_t left = now < call->deadline ? (int64_t)(call->deadline - now) : 1;
    /* The time is shared out: it reaches the last address, and a second round where there is one.
     */
    const bool again = call->kind->repeatable && !call->kind->patient && call->round + 1 < ROUNDS;
    const size_t attempts = call->addresses.count - call->next + again;
    const char *address = call->addresses.texts[call->next];
    char url[512], path[64], wait[24];
    const sj_http_header headers[] = {{"Content-Type", "application/json"},
                                      {"traceparent", call->traceparent},
                                      {EM_WAIT_HEADER, wait}};
    sj_error error = {0};
    em_print(wait, sizeof wait, "%lld", (long long)left);
    em_print(path, sizeof path, "intercluster/v1/%s", call->kind->what);
    sj_http_url(url, sizeof url, "https", address, call->https_port, path);
    const sj_http_call request = {.size = sizeof request,
                                  .method = "POST",
                                  .url = url,
                                  .headers = headers,
                                  .headers_count = sizeof headers / sizeof headers[0],
                                  .body = call->json,
                                  .body_length = call->json_length,
                                  .timeout_ms = sj_peer_addresses_share(left, attempts),
                                  .answer_max = call->kind->answer_max,
                                  .peer_cluster = call->cluster_id};
    if (sj_http_fetch(call->scope, &request, fetched, call, &error) == NULL) {
        call->worst = EM_PEER_UNREACHABLE;
        em_print(call->cause, sizeof call->cause, "cluster %s at %s cannot be called: %.300s",
                 call->cluster_id, address, error.text);
        if (sj_timer_start(call->scope, 0, 0, try_next, call) == NULL) {
            fail(call);
        }
    }
}

static const struct kind *kind_of(const char *what) {
    const struct kind *kind = kinds;
    while (strcmp(kind->what, what) != 0) {
        kind++;
    }
    return kind;
}

static void fail_later(void *user) {
    fail(user);
}

void em_peer_call(struct em *em, sj_scope *scope, const char *cluster_id, const char *what,
                  const char *json, int64_t timeout_ms, const char *trace_id, em_peer_fn done,
                  void *user) {
    struct peer_call *call = calloc(1, sizeof *call);
    sj_scope *own = call != NULL ? sj_scope_open(scope, what, closed, call) : NULL;
    sj_error error = {0};
    char span[17];
    if (own == NULL) {
        const struct em_peer_answer answer = {
            .status = EM_PEER_UNREACHABLE, .body = "", .cause = "out of memory"};
        free(call);
        done(user, &answer);
        return;
    }
    call->em = em;
    call->scope = own;
    call->done = done;
    call->user = user;
    call->deadline = sj_monotonic_ms(em->scope) + (uint64_t)timeout_ms;
    call->worst = EM_PEER_UNREACHABLE;
    call->kind = kind_of(what);
    em_copy(call->cluster_id, cluster_id);
    em_copy(call->trace_id, trace_id);
    if (!sj_given(trace_id)) {
        sj_random_hex(em->scope, call->trace_id, 32);
    }
    if (strcmp(what, "login") == 0 || strcmp(what, "pin") == 0) {
        em_shared_traces_note(&em->shared_traces, call->trace_id, cluster_id);
    }
    sj_random_hex(em->scope, span, 16);
    em_print(call->traceparent, sizeof call->traceparent, "00-%s-%s-01", call->trace_id, span);
    call->json_length = strlen(json);
    call->json = strdup(json);
    sj_metric_add(em->scope, em->metrics.active_intercluster, 1);
    if (call->json == NULL ||
        sj_peer_addresses_read(em->scope, cluster_id, SJ_INTERCLUSTER_SERVICE_EMCC,
                               &em->peer_memory, &call->addresses, &call->https_port,
                               &error) != SJ_OK ||
        call->addresses.count == 0) {
        em_print(call->cause, sizeof call->cause, "cluster %s cannot be called: %.300s", cluster_id,
                 error.text[0] != '\0' ? error.text : "out of memory, or it has no address");
        /* Never from within this call. */
        if (sj_timer_start(own, 0, 0, fail_later, call) == NULL) {
            fail(call);
        }
        return;
    }
    attempt(call);
}
