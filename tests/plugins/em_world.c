/* Two clusters and the network between them: see em_world.h. */
#include "em_world.h"

#include "em_ports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "events/device.h"
#include "parameters/emcc.h"
#include "resources/calling_search_space.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/directory_number.h"
#include "resources/emcc_base_device.h"
#include "resources/emcc_template.h"
#include "resources/end_user.h"
#include "resources/geolocation.h"
#include "resources/geolocation_filter.h"
#include "resources/intercluster_service_profile.h"
#include "resources/live_device.h"
#include "resources/node.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/phone_service.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"

extern const sj_plugin sj_plugin_descriptor;

enum { STEP_MS = 10, DELAY_MS = 4000 };
static const char *const names[CLUSTERS] = {"HQ", "BR"};

/* ---- the network ---- */

struct transfer {
    struct transfer *next;
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
    bool settled;
    size_t answer_max;
};

static struct world *the_world; /* the host table knows no user pointer */

static int cluster_of(const sj_scope *scope) {
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
    transfer->settled = true;
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
    if (!transfer->settled) {
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
    transfer->next = world->transfers;
    world->transfers = transfer;
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

static sj_handle *travel(sj_scope *scope, const char *here, const sj_http_call *call,
                         sj_http_result_fn done, void *user, sj_error *error) {
    struct world *world = the_world;
    const int from = cluster_of(scope);
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
    if (world->dead != NULL &&
        strncmp(strstr(call->url, "://") + 3, world->dead, strlen(world->dead)) == 0) {
        transfer->request_in = -1;
        return sj_timer_start(transfer->scope, call->timeout_ms, 0, timed_out, transfer);
    }
    if (strcmp(call->peer_cluster, names[transfer->to]) != 0) {
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
                                        .peer_cluster = names[transfer->from],
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
    if (transfer->scope != NULL && !transfer->settled) {
        (void)sj_timer_start(transfer->scope, 0, 0, arrive, transfer);
        sj_testkit_run(transfer->world->kits[transfer->from]);
    }
}

static void drop_transfer(struct transfer *transfer) {
    free(transfer->path);
    free(transfer->body);
    free(transfer->traceparent);
    free(transfer->wait);
    free(transfer);
}

static void pump(struct world *world) {
    for (struct transfer *transfer = world->transfers; transfer != NULL;
         transfer = transfer->next) {
        if (transfer->request_in >= 0 && (transfer->request_in -= STEP_MS) <= 0) {
            deliver_request(transfer);
        }
        if (transfer->reply != NULL && transfer->reply->status != 0) {
            answer_ready(transfer);
        }
        if (transfer->answer_in >= 0 && (transfer->answer_in -= STEP_MS) <= 0) {
            deliver_answer(transfer);
        }
    }
    for (struct transfer **at = &world->transfers; *at != NULL;) {
        struct transfer *transfer = *at;
        if (transfer->scope == NULL && transfer->request_in < 0 && transfer->answer_in < 0 &&
            transfer->reply == NULL) {
            *at = transfer->next;
            drop_transfer(transfer);
        } else {
            at = &transfer->next;
        }
    }
}

void world_advance(struct world *world, int64_t ms) {
    for (int64_t passed = 0; passed < ms;) {
        const bool busy = world->transfers != NULL;
        const int64_t step = busy || ms - passed < STEP_MS ? STEP_MS
                             : ms - passed < 1000          ? ms - passed
                                                           : 1000;
        sj_testkit_advance(world->kits[HQ], step);
        sj_testkit_advance(world->kits[BR], step);
        ports_serve(world);
        pump(world);
        passed += step;
    }
}

const sj_testkit_reply *world_get(struct world *world, int cluster, const char *path) {
    const sj_testkit_reply *reply = sj_testkit_get(world->kits[cluster], path);
    for (int waited = 0; reply->status == 0 && waited < 70000; waited += STEP_MS) {
        world_advance(world, STEP_MS);
    }
    return reply;
}

/* ---- slow hashing, slow disks ---- */

static __typeof__(((sj_host *)0)->secret_verify) quick_verify;
static __typeof__(((sj_host *)0)->store_commit) quick_commit;

struct slow {
    sj_scope *scope;
    const char *here;
    char *hash, *plain;
    sj_result_fn done;
    void *user;
};

static void compare_now(void *user) {
    const struct slow *slow = user;
    quick_verify(slow->scope, slow->here, slow->hash, slow->plain, slow->done, slow->user);
}

static void slow_verify(sj_scope *scope, const char *here, const char *hash, const char *plain,
                        sj_result_fn done, void *user) {
    const int64_t ms = the_world->hash_ms[cluster_of(scope)];
    if (ms == 0) {
        quick_verify(scope, here, hash, plain, done, user);
        return;
    }
    struct slow *slow = sj_scope_alloc(scope, sizeof *slow);
    *slow = (struct slow){scope, here, sj_scope_strdup(scope, hash), sj_scope_strdup(scope, plain),
                          done,  user};
    (void)sj_timer_start(scope, ms, 0, compare_now, slow);
}

static void slow_verify_for(sj_scope *scope, const char *here, const sj_secret_asker *asker,
                            const char *hash, const char *plain, sj_result_fn done, void *user) {
    (void)asker;
    slow_verify(scope, here, hash, plain, done, user);
}

static void on_the_disk(void *user) {
    const struct slow *slow = user;
    slow->done(slow->user, SJ_OK, NULL);
}

static int slow_commit(sj_scope *scope, const char *here, sj_result_fn durable, void *user,
                       sj_error *error) {
    const int64_t ms = the_world->disk_ms[cluster_of(scope)];
    if (ms == 0 || durable == NULL) {
        return quick_commit(scope, here, durable, user, error);
    }
    const int status = quick_commit(scope, here, NULL, NULL, error);
    if (status == SJ_OK) {
        struct slow *slow = sj_scope_alloc(scope, sizeof *slow);
        *slow = (struct slow){.done = durable, .user = user};
        (void)sj_timer_start(scope, ms, 0, on_the_disk, slow);
    }
    return status;
}

static void make_slow(sj_scope *scope) {
    sj_host *host = (sj_host *)(uintptr_t)scope->host;
    quick_verify = host->secret_verify;
    quick_commit = host->store_commit;
    host->secret_verify = slow_verify;
    host->secret_verify_for = slow_verify_for;
    host->store_commit = slow_commit;
}

/* ---- configuration ---- */

void world_put(struct world *world, int cluster, const sj_resource_meta *resource,
               const char *json) {
    sj_error error = {0};
    if (sj_testkit_put(world->kits[cluster], resource, json, &error) < 0) {
        fail_msg("%s at %s: %s: %s", resource->record->name, names[cluster], json, error.text);
    }
}

void world_param(struct world *world, int cluster, const sj_param_meta *param, const char *value) {
    sj_error error = {0};
    if (sj_testkit_set_param(world->kits[cluster], param, value, &error) < 0) {
        fail_msg("%s at %s: %s", param->symbol, names[cluster], error.text);
    }
}

static void answer_reset(void *user, sj_question *question, const sj_device_reset *request) {
    struct world *world = user;
    const sj_device_reset_reply reply = {.status_code = 200, .message = "OK"};
    (void)request;
    world->resets[HQ]++;
    sj_reply_device_reset(sj_testkit_scope(world->kits[HQ]), question, &reply);
}

static void answer_reset_br(void *user, sj_question *question, const sj_device_reset *request) {
    struct world *world = user;
    const sj_device_reset_reply reply = {.status_code = 200, .message = "OK"};
    (void)request;
    world->resets[BR]++;
    sj_reply_device_reset(sj_testkit_scope(world->kits[BR]), question, &reply);
}

static void configure_home(struct world *world, size_t base_devices) {
    char json[512];
    world_put(world, HQ, &sj_partition_meta, "{\"name\":\"UK emergency\"}");
    world_put(world, HQ, &sj_calling_search_space_meta,
              "{\"name\":\"Adjunct\",\"partitions\":[\"UK emergency\"]}");
    world_put(world, HQ, &sj_calling_search_space_meta, "{\"name\":\"Line\"}");
    world_put(world, HQ, &sj_calling_search_space_meta, "{\"name\":\"EMCC\"}");
    world_put(world, HQ, &sj_directory_number_meta,
              "{\"pattern\":\"1001\",\"calling_search_space\":\"Line\"}");
    world_put(
        world, HQ, &sj_geolocation_meta,
        "{\"name\":\"London\",\"address\":{\"country\":\"GB\",\"community_name\":\"London\"}}");
    world_put(world, HQ, &sj_geolocation_filter_meta,
              "{\"name\":\"Country\",\"use_country\":true}");
    world_put(
        world, HQ, &sj_device_pool_meta,
        "{\"name\":\"UK "
        "visitors\",\"geolocation\":\"London\",\"adjunct_calling_search_space\":\"Adjunct\"}");
    world_put(world, HQ, &sj_phone_service_meta,
              "{\"name\":\"EM\",\"url\":\"http://127.0.0.1:8080/emapp/"
              "EMAppServlet?device=#DEVICENAME#&EMCC=#EMCC#\","
              "\"enterprise_subscription\":true}");
    world_put(
        world, HQ, &sj_device_profile_meta,
        "{\"name\":\"alice-8851\",\"model\":\"Cisco 8851\",\"emcc_calling_search_space\":\"EMCC\","
        "\"lines\":[{\"directory_number\":\"1001\",\"display\":\"Alice\"}]}");
    (void)snprintf(json, sizeof json,
                   "{\"user_id\":\"alice\",\"first_name\":\"Alice\",\"last_name\":\"Adams\","
                   "\"pin\":\"%s\",\"enable_emcc\":true,"
                   "\"controlled_profiles\":[\"alice-8851\"],\"self_service_user_id\":\"71001\","
                   "\"primary_extension\":\"1001\"}",
                   sj_testkit_hash(world->kits[HQ], "12345"));
    world_put(world, HQ, &sj_end_user_meta, json);
    world_put(world, HQ, &sj_emcc_template_meta, "{\"name\":\"EMCC template\"}");
    for (size_t i = 1; i <= base_devices; i++) {
        (void)snprintf(json, sizeof json,
                       "{\"name\":\"EMCC%zu\",\"number\":%zu,\"emcc_template\":\"EMCC template\"}",
                       i, i);
        world_put(world, HQ, &sj_emcc_base_device_meta, json);
    }
    world_put(world, HQ, &sj_service_activation_meta,
              "{\"service\":\"callmanager\",\"node\":\"hq-1\",\"activated\":true}");
    world_param(world, HQ, &sj_param_emcc_default_tftp_server_meta, "127.0.0.1");
    world_param(world, HQ, &sj_param_emcc_geolocation_filter_meta, "Country");
    world_put(world, HQ, &sj_remote_cluster_meta,
              "{\"cluster_id\":\"BR\",\"fully_qualified_name\":\"127.0.0.2\",\"emcc\":true,\"pstn_"
              "access\":true}");
}

static void configure_visited(struct world *world) {
    world_put(
        world, BR, &sj_geolocation_meta,
        "{\"name\":\"Office\",\"address\":{\"country\":\"gb\",\"community_name\":\"Leeds\"}}");
    world_put(world, BR, &sj_device_pool_meta, "{\"name\":\"Leeds\",\"geolocation\":\"Office\"}");
    world_put(
        world, BR, &sj_phone_meta,
        "{\"name\":\"" PHONE
        "\",\"model\":\"Cisco 8851\",\"device_pool\":\"Leeds\",\"enable_extension_mobility\":true,"
        "\"expansion_modules\":[\"8800 Key Expansion "
        "Module\"],\"load_information\":\"sip88xx.14-1\"}");
    world_put(world, BR, &sj_service_activation_meta,
              "{\"service\":\"tftp\",\"node\":\"br-1\",\"activated\":true}");
    world_put(world, BR, &sj_remote_cluster_meta,
              "{\"cluster_id\":\"HQ\",\"fully_qualified_name\":\"127.0.0.1\",\"emcc\":true,\"pstn_"
              "access\":true}");
}

void world_open(struct world *world, size_t base_devices) {
    memset(world, 0, sizeof *world);
    the_world = world;
    world->fault_at = SIZE_MAX;
    for (int cluster = 0; cluster < CLUSTERS; cluster++) {
        const sj_testkit_options options = {.cluster_id = names[cluster],
                                            .node = cluster == HQ ? "hq-1" : "br-1",
                                            .address = cluster == HQ ? "127.0.0.1" : "127.0.0.2"};
        world->kits[cluster] = sj_testkit_open(&options);
        sj_scope *scope = sj_testkit_scope(world->kits[cluster]);
        ((sj_host *)(uintptr_t)scope->host)->http_fetch = travel;
        make_slow(scope);
        assert_non_null(sj_answer_device_reset(
            scope, cluster == HQ ? answer_reset : answer_reset_br, world, NULL));
        world_put(world, cluster, &sj_intercluster_service_profile_meta,
                  "{\"emcc_active\":true,\"pstn_access_active\":true,"
                  "\"pstn_access_sip_trunk\":\"\"}");
    }
    configure_home(world, base_devices);
    configure_visited(world);
    for (int cluster = 0; cluster < CLUSTERS; cluster++) {
        sj_error error = {0};
        if (sj_testkit_start(world->kits[cluster], &sj_plugin_descriptor, &error) != SJ_OK) {
            fail_msg("Extension Mobility does not start: %s", error.text);
        }
    }
    world_advance(world, 3000); /* the first updates */
}

void world_close(struct world *world) {
    for (int cluster = 0; cluster < CLUSTERS; cluster++) {
        sj_error error = {0};
        if (sj_testkit_end(world->kits[cluster], &error) != SJ_OK) {
            fail_msg("%s: %s", names[cluster], error.text);
        }
    }
    while (world->transfers != NULL) {
        struct transfer *transfer = world->transfers;
        world->transfers = transfer->next;
        drop_transfer(transfer);
    }
    the_world = NULL;
}

void world_kill(struct world *world, int cluster) {
    sj_error error = {0};
    world->kills++;
    assert_int_equal(sj_testkit_stop(world->kits[cluster], "extension-mobility", &error), SJ_OK);
    if (sj_testkit_start(world->kits[cluster], &sj_plugin_descriptor, &error) != SJ_OK) {
        fail_msg("Extension Mobility does not start again: %s", error.text);
    }
}

/* ---- the story ---- */

bool world_login(struct world *world) {
    return strstr(world_get(world, BR, BR_PAGE "&userid=alice&seq=12345")->body,
                  "Login successful") != NULL;
}

bool world_logout(struct world *world, int cluster) {
    return strstr(world_get(world, cluster, "/emapp/EMAppServlet?device=" PHONE "&doLogout=true")
                      ->body,
                  "Logout successful") != NULL;
}

size_t world_sessions(struct world *world, int cluster) {
    const sj_query active = {.field = "state", .value = "active"};
    return (size_t)sj_session_count(sj_testkit_scope(world->kits[cluster]), &active, NULL);
}

size_t world_taken(struct world *world) {
    const sj_query taken = {.field = "device_name", .value = PHONE};
    return (size_t)sj_emcc_base_device_count(sj_testkit_scope(world->kits[HQ]), &taken, NULL);
}

size_t world_live(struct world *world, int cluster) {
    return (size_t)sj_live_device_count(sj_testkit_scope(world->kits[cluster]), NULL, NULL);
}

const char *world_disagreement(struct world *world) {
    sj_session *home = NULL, *visiting = NULL;
    const char *found = NULL;
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]), *br = sj_testkit_scope(world->kits[BR]);
    (void)sj_session_get(hq, PHONE, &home, NULL);
    (void)sj_session_get(br, PHONE, &visiting, NULL);
    if ((home != NULL && home->state != SJ_SESSION_STATE_ACTIVE) ||
        (visiting != NULL && visiting->state != SJ_SESSION_STATE_ACTIVE)) {
        found = "a session is still ending";
    } else if ((home == NULL) != (visiting == NULL)) {
        found = home != NULL ? "a session was left behind at home"
                             : "a session was left behind at the visited cluster";
    } else if (home != NULL && strcmp(home->lease_id, visiting->lease_id) != 0) {
        found = "both clusters have a session, but not the same";
    } else if (world_taken(world) != (home != NULL ? 1u : 0u)) {
        found = home != NULL ? "the session has not exactly one base device"
                             : "a base device was left behind";
    } else if (world_live(world, HQ) != (home != NULL ? 1u : 0u)) {
        found = "live devices do not fit the sessions";
    }
    sj_record_free(hq, home);
    sj_record_free(br, visiting);
    return found;
}

int setup(void **state) {
    struct world *world = malloc(sizeof *world);
    world_open(world, 2);
    *state = world;
    return 0;
}

int teardown(void **state) {
    world_close(*state);
    free(*state);
    return 0;
}

void expect(struct world *world, const char *id, const char *pin, const char *text) {
    char path[256];
    (void)snprintf(path, sizeof path, BR_PAGE "&userid=%s&seq=%s", id, pin);
    const sj_testkit_reply *reply = world_get(world, BR, path);
    assert_int_equal(reply->status, 200);
    if (strstr(reply->body, text) == NULL) {
        sj_testkit_print(world->kits[HQ]);
        sj_testkit_print(world->kits[BR]);
        fail_msg("expected %s, the phone shows %s", text, reply->body);
    }
}

void put_user(struct world *world, const char *more) {
    char json[768];
    (void)snprintf(json, sizeof json,
                   "{\"user_id\":\"alice\",\"last_name\":\"Adams\",\"pin\":\"%s\",\"controlled_"
                   "profiles\":[\"alice-8851\"],"
                   "\"primary_extension\":\"1001\",\"self_service_user_id\":\"71001\"%s}",
                   sj_testkit_hash(world->kits[HQ], "12345"), more);
    world_put(world, HQ, &sj_end_user_meta, json);
}
