/* The network between the two clusters: each request and each answer is a transfer that the pump
 * moves on. */
#include "em_network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_ports.h"

enum { DELAY_MS = 4000 };

const char *const cluster_names[CLUSTERS] = {"HQ", "BR"};

struct transfer {
    sj_list_link link; /* in world->transfers */
    struct world *world;
    int from, to;
    sj_scope *scope; /* of the caller's call; NULL once it is over */
    sj_http_result_fn done;
    void *user;
    char *path, *body, *traceparent, *wait;
    int64_t request_in, answer_in; /* ms until it arrives; negative: not on its way */
    const sj_testkit_reply *reply;
    sj_http_result result;
    sj_error error;
    enum fault fault;
    bool answered;
    size_t answer_max;
};

static struct world *the_world; /* the host table knows no user pointer */

struct world *network_world(void) {
    return the_world;
}

int network_cluster_of(const sj_scope *scope) {
    return scope->host == sj_testkit_scope(the_world->kits[HQ])->host ? HQ : BR;
}

static int64_t late(const struct world *world) {
    return world->delay_ms > 0 ? world->delay_ms : DELAY_MS;
}

static void call_over(void *user) {
    ((struct transfer *)user)->scope = NULL;
}

static void arrive(void *user) {
    struct transfer *transfer = user;
    sj_scope *scope = transfer->scope;
    transfer->answered = true;
    transfer->done(transfer->user, &transfer->result);
    sj_scope_close(scope);
}

static void set_result(struct transfer *transfer, int status, const char *text) {
    transfer->result.status = status;
    if (status != SJ_OK) {
        (void)sj_error_set(&transfer->error, status, "%s", text);
        transfer->result.error = &transfer->error;
    }
}

static void timed_out(void *user) {
    struct transfer *transfer = user;
    if (!transfer->answered) {
        set_result(transfer, SJ_E_TIMEOUT, "no answer in time");
        arrive(transfer);
    }
}

static struct transfer *new_transfer(struct world *world, int from, const sj_http_call *call) {
    struct transfer *transfer = calloc(1, sizeof *transfer);
    const char *path = strstr(call->url, "/intercluster/");
    assert_non_null(transfer);
    path = path != NULL ? path : ""; /* a TFTP server, asked for a file */
    transfer->world = world;
    transfer->from = from;
    transfer->to = from == HQ ? BR : HQ;
    transfer->path = strdup(path);
    transfer->body = strndup(call->body != NULL ? call->body : "", call->body_length);
    (void)snprintf(world->last_message, sizeof world->last_message, "%s %s", path, transfer->body);
    transfer->result.size = sizeof transfer->result;
    for (size_t i = 0; i < call->headers_count; i++) {
        if (strcmp(call->headers[i].name, "traceparent") == 0) {
            transfer->traceparent = strdup(call->headers[i].value);
        } else if (strcmp(call->headers[i].name, "Sojourn-Wait-Ms") == 0) {
            transfer->wait = strdup(call->headers[i].value);
        }
    }
    transfer->request_in = 1;
    transfer->answer_in = -1;
    transfer->answer_max = call->answer_max;
    sj_list_add_first(&world->transfers, &transfer->link);
    return transfer;
}

static bool is_scripted(const struct transfer *transfer) {
    const struct world *world = transfer->world;
    return world->script.path != NULL &&
           strcmp(strrchr(transfer->path, '/') + 1, world->script.path) == 0;
}

static void answer_by_script(struct transfer *transfer) {
    struct world *world = transfer->world;
    const char *body = world->script.body;
    if (world->script.answer != NULL) {
        body = world->script.answer(world, transfer->path, transfer->body);
    }
    transfer->result.http_status = world->script.status;
    transfer->result.body = body;
    transfer->result.body_length = strlen(body);
    transfer->answer_in = 1;
}

/* XMLDefault.cnf.xml of the cluster that has this address. */
static const char *default_file_of(const char *host) {
    return strncmp(host, "127.0.0.2", strlen("127.0.0.2")) == 0
               ? "<Default>\n<name>127.0.0.2</name>\n</Default>\n"
               : "<Default>\n<name>127.0.0.1</name>\n</Default>\n";
}

static bool is_dead(const struct world *world, const char *host) {
    return world->dead != NULL && strncmp(host, world->dead, strlen(world->dead)) == 0 &&
           (world->alive == NULL || strncmp(host, world->alive, strlen(world->alive)) != 0);
}

static sj_handle *travel(sj_scope *scope, const char *here, const sj_http_call *call,
                         sj_http_result_fn done, void *user, sj_error *error) {
    struct world *world = the_world;
    const int from = network_cluster_of(scope);
    struct transfer *transfer = new_transfer(world, from, call);
    (void)here;
    transfer->scope = sj_scope_open(scope, "call between clusters", call_over, transfer);
    if (transfer->scope == NULL) {
        transfer->request_in = -1; /* dropped by the pump */
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "no memory for a call");
        return NULL;
    }
    transfer->done = done;
    transfer->user = user;
    if (ports_answer_http(world, call, &transfer->result)) {
        transfer->request_in = -1;
        transfer->answer_in = 1;
        return sj_timer_start(transfer->scope, call->timeout_ms, 0, timed_out, transfer);
    }
    if (transfer->path[0] == '\0') {
        const char *host = strstr(call->url, "://") + 3;
        transfer->result.http_status = 200;
        transfer->result.body =
            world->tftp_answer != NULL ? world->tftp_answer : default_file_of(host);
        transfer->result.body_length = strlen(transfer->result.body);
        if (world->tftp_down != NULL &&
            strncmp(host, world->tftp_down, strlen(world->tftp_down)) == 0) {
            set_result(transfer, SJ_E_UNAVAILABLE, "connection refused");
        }
        transfer->request_in = -1;
        transfer->answer_in = 1;
        return sj_timer_start(transfer->scope, call->timeout_ms, 0, timed_out, transfer);
    }
    if (is_dead(world, strstr(call->url, "://") + 3)) {
        transfer->request_in = -1;
        return sj_timer_start(transfer->scope, call->timeout_ms, 0, timed_out, transfer);
    }
    if (strcmp(call->peer_cluster, cluster_names[transfer->to]) != 0) {
        transfer->request_in = -1;
        if (world->script.third != NULL && strcmp(call->peer_cluster, world->script.third) == 0 &&
            is_scripted(transfer)) {
            answer_by_script(transfer);
        } else {
            set_result(transfer, SJ_E_UNAVAILABLE, "no route to host"); /* neither of the two */
        }
        transfer->answer_in = 1;
        return sj_timer_start(transfer->scope, call->timeout_ms, 0, timed_out, transfer);
    }
    if (world->requests++ == world->fault_at) {
        transfer->fault = world->fault;
        transfer->request_in = transfer->fault == FAULT_DELAY_REQUEST ? late(world) : 1;
    }
    if (world->untrusted[transfer->to] || world->untrusted[transfer->from]) {
        set_result(transfer, SJ_E_UNTRUSTED, "its certificate has not been imported");
        transfer->request_in = -1;
        transfer->answer_in = 1;
    } else if (world->cut[transfer->to] || world->cut[transfer->from]) {
        set_result(transfer, SJ_E_UNAVAILABLE, "no route to host");
        transfer->request_in = -1;
        transfer->answer_in = 1;
    }
    return sj_timer_start(transfer->scope, call->timeout_ms, 0, timed_out, transfer);
}

static void deliver_request(struct transfer *transfer) {
    struct world *world = transfer->world;
    const sj_http_header headers[] = {
        {"traceparent", transfer->traceparent != NULL ? transfer->traceparent : ""},
        {"Sojourn-Wait-Ms", transfer->wait != NULL ? transfer->wait : ""}};
    const sj_testkit_request request = {.method = "POST",
                                        .path = transfer->path,
                                        .content_type = "application/json",
                                        .body = transfer->body,
                                        .tls = true,
                                        .peer_cluster = cluster_names[transfer->from],
                                        .headers = headers,
                                        .headers_count = 2};
    transfer->request_in = -1;
    if (transfer->fault == FAULT_LOSE_REQUEST) {
        return;
    }
    if (world->script.to == transfer->to && is_scripted(transfer)) {
        answer_by_script(transfer);
        return;
    }
    if (transfer->fault == FAULT_KILL_RECEIVER_BEFORE) {
        world_kill(world, transfer->to);
        set_result(transfer, SJ_E_UNAVAILABLE, "connection reset");
        transfer->answer_in = 1;
        return;
    }
    transfer->reply = sj_testkit_send(world->kits[transfer->to], &request);
    if (transfer->fault == FAULT_DOUBLE_REQUEST) {
        (void)sj_testkit_send(world->kits[transfer->to], &request);
    }
}

static void answer_ready(struct transfer *transfer) {
    struct world *world = transfer->world;
    const sj_testkit_reply *reply = transfer->reply;
    transfer->reply = NULL;
    transfer->result.http_status = reply->status;
    transfer->result.body = reply->body;
    transfer->result.body_length = reply->body_length;
    transfer->answer_in = transfer->fault == FAULT_DELAY_ANSWER ? late(world) : 1;
    if (transfer->fault == FAULT_LOSE_ANSWER) {
        transfer->answer_in = -1;
    } else if (transfer->fault == FAULT_KILL_RECEIVER_AFTER || reply->status == 503) {
        set_result(transfer, SJ_E_UNAVAILABLE, "connection reset");
    }
    if (transfer->fault == FAULT_KILL_RECEIVER_AFTER) {
        world_kill(world, transfer->to);
    } else if (transfer->fault == FAULT_KILL_SENDER) {
        world_kill(world, transfer->from);
    }
}

static void deliver_answer(struct transfer *transfer) {
    transfer->answer_in = -1;
    if (transfer->answer_max > 0 && transfer->result.body_length > transfer->answer_max) {
        set_result(transfer, SJ_E_LIMIT, "the answer is longer than that");
    }
    if (transfer->scope != NULL && !transfer->answered) {
        (void)sj_timer_start(transfer->scope, 0, 0, arrive, transfer);
        sj_testkit_run(transfer->world->kits[transfer->from]);
    }
}

static void drop_transfer(struct transfer *transfer) {
    sj_list_remove(&transfer->link);
    free(transfer->path);
    free(transfer->body);
    free(transfer->traceparent);
    free(transfer->wait);
    free(transfer);
}

void network_pump(struct world *world, int64_t step_ms) {
    SJ_LIST_EACH(transfer, &world->transfers, struct transfer, link) {
        if (transfer->request_in >= 0 && (transfer->request_in -= step_ms) <= 0) {
            deliver_request(transfer);
        }
        if (transfer->reply != NULL && transfer->reply->status != 0) {
            answer_ready(transfer);
        }
        if (transfer->answer_in >= 0 && (transfer->answer_in -= step_ms) <= 0) {
            deliver_answer(transfer);
        }
    }
    SJ_LIST_EACH(transfer, &world->transfers, struct transfer, link) {
        if (transfer->scope == NULL && transfer->request_in < 0 && transfer->answer_in < 0 &&
            transfer->reply == NULL) {
            drop_transfer(transfer);
        }
    }
}

void network_open(struct world *world) {
    the_world = world;
}

void network_connect(sj_scope *scope) {
    ((sj_host *)(uintptr_t)scope->host)->http_fetch = travel;
}

void network_close(struct world *world) {
    SJ_LIST_EACH(transfer, &world->transfers, struct transfer, link) {
        drop_transfer(transfer);
    }
    the_world = NULL;
}
