/* A hub and a spoke of the Intercluster Lookup Service: the spoke's calls reach the hub's route. */
#include "ils_pair.h"

extern const sj_plugin sj_plugin_descriptor;

void pair_put(sj_testkit *kit, const sj_resource_meta *meta, const char *json) {
    sj_error error = {0};
    if (sj_testkit_put(kit, meta, json, &error) != SJ_OK) {
        fail_msg("%s: %s", json, error.text);
    }
}

/* The spoke's calls reach the hub's route. */
int64_t pair_to_hub(void *user, const sj_http_call *call, sj_http_result *result) {
    struct pair *pair = user;
    const sj_testkit_request request = {.method = call->method,
                                        .path = "/intercluster/v1/ils",
                                        .content_type = "application/x-sojourn-ils",
                                        .body = call->body,
                                        .body_length = call->body_length,
                                        .peer = pair->address,
                                        .tls = true,
                                        .peer_cluster = "br"};
    assert_string_equal(call->peer_cluster, pair->certificate);
    pair->request_length = call->body_length < sizeof pair->request ? call->body_length : 0;
    memcpy(pair->request, call->body, pair->request_length);
    assert_non_null(strstr(call->url, "/intercluster/v1/ils"));
    pair->asked++;
    if (pair->alive != NULL && strstr(call->url, pair->alive) == NULL) {
        return -1;
    }
    if (pair->down) {
        return 5;
    }
    const sj_testkit_reply *reply = sj_testkit_send(pair->hub, &request);
    result->status = SJ_OK;
    result->http_status = pair->status != 0 ? pair->status : reply->status;
    result->body = reply->body;
    result->body_length = reply->body_length;
    return 5;
}

void pair_advance(struct pair *pair, int64_t ms) {
    for (int64_t passed = 0; passed < ms; passed += 1000) {
        sj_testkit_advance(pair->hub, 1000);
        sj_testkit_advance(pair->spoke, 1000);
    }
}

int pair_setup(void **state) {
    struct pair *pair = calloc(1, sizeof *pair);
    const sj_testkit_options there = {.cluster_id = "br", .node = "br-1", .address = "127.0.0.2"};
    const sj_testkit_options here = {.cluster_id = "hq"};
    sj_error error = {0};
    assert_non_null(pair);
    pair->certificate = "hq";
    pair->address = "127.0.0.2";
    pair->hub = sj_testkit_open(&here);
    pair->spoke = sj_testkit_open(&there);
    sj_testkit_on_fetch(pair->spoke, pair_to_hub, pair);
    pair_put(pair->hub, &sj_ils_configuration_meta,
             "{\"role\":\"hub\",\"synchronize_clusters_every\":1}");
    pair_put(pair->spoke, &sj_remote_cluster_meta,
             "{\"cluster_id\":\"hq\",\"fully_qualified_name\":\"127.0.0.1\"}");
    pair_put(
        pair->spoke, &sj_ils_configuration_meta,
        "{\"role\":\"spoke\",\"registration_server\":\"127.0.0.1\",\"synchronize_clusters_every\":"
        "1,"
        "\"exchange_dial_plan\":true,\"advertised_route_string\":\"br.example\"}");
    pair_put(pair->spoke, &sj_directory_uri_meta,
             "{\"user\":\"anna\",\"host\":\"Example.com\",\"pstn_failover\":\"+4930123\"}");
    pair_put(pair->spoke, &sj_alternate_number_meta,
             "{\"mask\":\"5XXXX\",\"directory_number\":\"4001\"}");
    pair_put(pair->spoke, &sj_alternate_number_meta,
             "{\"mask\":\"+1972555XXXX\",\"directory_number\":\"4001\"}");
    pair_put(pair->spoke, &sj_advertised_pattern_meta,
             "{\"pattern\":\"54XXX\",\"pstn_failover\":\"strip_and_prepend\",\"strip_digits\":2,"
             "\"prepend_digits\":\"+4930\"}");
    assert_int_equal(sj_testkit_start(pair->hub, &sj_plugin_descriptor, &error), SJ_OK);
    assert_int_equal(sj_testkit_start(pair->spoke, &sj_plugin_descriptor, &error), SJ_OK);
    *state = pair;
    return 0;
}

int pair_teardown(void **state) {
    struct pair *pair = *state;
    sj_error error = {0};
    if (sj_testkit_end(pair->spoke, &error) != SJ_OK ||
        sj_testkit_end(pair->hub, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    free(pair);
    return 0;
}

static void on_lookup(void *user, int status, const sj_error *error,
                      const sj_ils_lookup_reply *reply) {
    struct looked_up *answer = user;
    (void)error;
    answer->status = status;
    if (status == SJ_OK) {
        answer->found = reply->found;
        answer->others = reply->others;
        (void)snprintf(answer->cluster_id, sizeof answer->cluster_id, "%s", reply->cluster_id);
        (void)snprintf(answer->route, sizeof answer->route, "%s", reply->route_string);
        (void)snprintf(answer->number, sizeof answer->number, "%s", reply->pstn_failover);
        (void)snprintf(answer->blocked_by, sizeof answer->blocked_by, "%s", reply->blocked_by);
        (void)snprintf(answer->message, sizeof answer->message, "%s", reply->message);
    }
}

struct looked_up pair_look_up(sj_testkit *kit, const char *dialled) {
    struct looked_up answer = {.status = 1};
    const sj_ils_lookup request = {.dialled = dialled};
    sj_error error = {0};
    assert_int_equal(
        sj_ask_ils_lookup(sj_testkit_scope(kit), &request, 0, on_lookup, &answer, &error), SJ_OK);
    sj_testkit_run(kit);
    assert_int_equal(answer.status, SJ_OK);
    return answer;
}

static void on_told_status(void *user, int status, const sj_error *error,
                           const sj_ils_status_reply *reply) {
    struct told *told = user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    (void)snprintf(told->reason, sizeof told->reason, "%s",
                   reply->hubs_count > 0 ? reply->hubs[0].reason : "");
    (void)snprintf(told->hub, sizeof told->hub, "%s",
                   reply->hubs_count > 0 ? reply->hubs[0].cluster_id : "");
    told->unknown_count = reply->unknown_names_count;
    for (size_t i = 0; i < reply->unknown_names_count; i++) {
        const size_t length = strlen(told->unknown);
        (void)snprintf(told->unknown + length, sizeof told->unknown - length, "%s\n",
                       reply->unknown_names[i]);
    }
    (void)snprintf(told->status, sizeof told->status, "%s", reply->message);
    (void)snprintf(told->not_here, sizeof told->not_here, "%s",
                   reply->not_here_count > 0 ? reply->not_here[0] : "");
    (void)snprintf(told->disputes, sizeof told->disputes, "%s",
                   reply->disputes_count > 0 ? reply->disputes[0] : "");
    (void)snprintf(told->passwords, sizeof told->passwords, "%s",
                   reply->passwords_count > 0 ? reply->passwords[0] : "");
}

static void on_told_claims(void *user, int status, const sj_error *error,
                           const sj_ils_conflicts_reply *reply) {
    struct told *told = user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    (void)snprintf(told->same_id, sizeof told->same_id, "%s",
                   reply->same_id_count > 0 ? reply->same_id[0] : "");
    (void)snprintf(told->conflicts, sizeof told->conflicts, "%s", reply->message);
    told->conflicts_count = reply->conflicts_count;
    if (reply->conflicts_count > 0) {
        (void)snprintf(told->last_key, sizeof told->last_key, "%s",
                       reply->conflicts[reply->conflicts_count - 1].key);
    }
    (void)snprintf(told->claims, sizeof told->claims, "%s",
                   reply->claims_count > 0 ? reply->claims[0] : "");
}

static void on_told_learned(void *user, int status, const sj_error *error,
                            const sj_ils_learned_reply *reply) {
    struct told *told = user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    (void)snprintf(told->learned, sizeof told->learned, "%s", reply->message);
}

static void on_told_peers(void *user, int status, const sj_error *error,
                          const sj_ils_peers_reply *reply) {
    struct told *told = user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    told->complete = true;
    for (size_t i = 0; i < reply->peers_count; i++) {
        told->complete = told->complete && reply->peers[i].complete;
    }
}

struct told pair_tell(sj_testkit *kit) {
    const sj_ils_status status = {0};
    const sj_ils_conflicts conflicts = {0};
    const sj_ils_learned learned = {.cluster_id = "", .limit = 1};
    const sj_ils_peers peers = {0};
    struct told told = {.reason = "?"};
    sj_scope *scope = sj_testkit_scope(kit);
    assert_int_equal(sj_ask_ils_status(scope, &status, 0, on_told_status, &told, NULL), SJ_OK);
    assert_int_equal(sj_ask_ils_conflicts(scope, &conflicts, 0, on_told_claims, &told, NULL),
                     SJ_OK);
    assert_int_equal(sj_ask_ils_learned(scope, &learned, 0, on_told_learned, &told, NULL), SJ_OK);
    assert_int_equal(sj_ask_ils_peers(scope, &peers, 0, on_told_peers, &told, NULL), SJ_OK);
    sj_testkit_run(kit);
    return told;
}

void pair_expect(const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        fail_msg("expected \"%s\", got \"%s\"", part, text);
    }
}

static void on_peers(void *user, int status, const sj_error *error,
                     const sj_ils_peers_reply *reply) {
    (void)error;
    assert_int_equal(status, SJ_OK);
    (void)snprintf(user, 400, "%s", reply->notes_count > 0 ? reply->notes[0] : "");
}

void pair_note(sj_testkit *kit, char note[400]) {
    const sj_ils_peers request = {0};
    assert_int_equal(sj_ask_ils_peers(sj_testkit_scope(kit), &request, 0, on_peers, note, NULL),
                     SJ_OK);
    sj_testkit_run(kit);
}
