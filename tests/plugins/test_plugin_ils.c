/* The Intercluster Lookup Service of two clusters, a hub and a spoke: what one configures the other
 * can look up, becomes a record and an event, and is still known after a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sojourn/testkit.h>

#include "events/ils.h"
#include "parameters/enterprise.h"
#include "parameters/ils.h"
#include "resources/certificates.h"
#include "resources/ils.h"
#include "resources/remote_cluster.h"

extern const sj_plugin sj_plugin_descriptor;

enum { MINUTE = 60000 };

struct pair {
    sj_testkit *hub, *spoke;
    int status; /* what the hub's HTTP answers instead; 0: what it is */
    bool down;
    const char *certificate; /* whose the hub shows */
    const char *address;     /* from which the spoke asks */
    char request[4096];      /* the spoke's last */
    size_t request_length;
};

static void put(sj_testkit *kit, const sj_resource_meta *meta, const char *json) {
    sj_error error = {0};
    if (sj_testkit_put(kit, meta, json, &error) != SJ_OK) {
        fail_msg("%s: %s", json, error.text);
    }
}

/* The spoke's calls reach the hub's route. */
static int64_t to_hub(void *user, const sj_http_call *call, sj_http_result *result) {
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

static void both(struct pair *pair, int64_t ms) {
    for (int64_t passed = 0; passed < ms; passed += 1000) {
        sj_testkit_advance(pair->hub, 1000);
        sj_testkit_advance(pair->spoke, 1000);
    }
}

static int setup(void **state) {
    struct pair *pair = calloc(1, sizeof *pair);
    const sj_testkit_options there = {.cluster_id = "br", .node = "br-1", .address = "127.0.0.2"};
    const sj_testkit_options here = {.cluster_id = "hq"};
    sj_error error = {0};
    assert_non_null(pair);
    pair->certificate = "hq";
    pair->address = "127.0.0.2";
    pair->hub = sj_testkit_open(&here);
    pair->spoke = sj_testkit_open(&there);
    sj_testkit_on_fetch(pair->spoke, to_hub, pair);
    put(pair->hub, &sj_ils_configuration_meta,
        "{\"role\":\"hub\",\"synchronize_clusters_every\":1}");
    put(pair->spoke, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"hq\",\"fully_qualified_name\":\"127.0.0.1\"}");
    put(pair->spoke, &sj_ils_configuration_meta,
        "{\"role\":\"spoke\",\"registration_server\":\"127.0.0.1\",\"synchronize_clusters_every\":"
        "1,"
        "\"exchange_dial_plan\":true,\"advertised_route_string\":\"br.example\"}");
    put(pair->spoke, &sj_directory_uri_meta,
        "{\"user\":\"anna\",\"host\":\"Example.com\",\"pstn_failover\":\"+4930123\"}");
    put(pair->spoke, &sj_alternate_number_meta,
        "{\"mask\":\"5XXXX\",\"directory_number\":\"4001\"}");
    put(pair->spoke, &sj_alternate_number_meta,
        "{\"mask\":\"+1972555XXXX\",\"directory_number\":\"4001\"}");
    put(pair->spoke, &sj_advertised_pattern_meta,
        "{\"pattern\":\"54XXX\",\"pstn_failover\":\"strip_and_prepend\",\"strip_digits\":2,"
        "\"prepend_digits\":\"+4930\"}");
    assert_int_equal(sj_testkit_start(pair->hub, &sj_plugin_descriptor, &error), SJ_OK);
    assert_int_equal(sj_testkit_start(pair->spoke, &sj_plugin_descriptor, &error), SJ_OK);
    *state = pair;
    return 0;
}

static int teardown(void **state) {
    struct pair *pair = *state;
    sj_error error = {0};
    if (sj_testkit_end(pair->spoke, &error) != SJ_OK ||
        sj_testkit_end(pair->hub, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    free(pair);
    return 0;
}

struct looked_up {
    int status;
    bool found;
    char cluster_id[51], route[65], number[64], blocked_by[51], message[700];
    int64_t others;
};

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

static struct looked_up look_up(sj_testkit *kit, const char *dialled) {
    struct looked_up answer = {.status = 1};
    const sj_ils_lookup request = {.dialled = dialled};
    sj_error error = {0};
    assert_int_equal(
        sj_ask_ils_lookup(sj_testkit_scope(kit), &request, 0, on_lookup, &answer, &error), SJ_OK);
    sj_testkit_run(kit);
    assert_int_equal(answer.status, SJ_OK);
    return answer;
}

static void what_is_configured_is_known_there(void **state) {
    struct pair *pair = *state;
    both(pair, 10000);
    struct looked_up answer = look_up(pair->hub, "anna@example.com");
    assert_true(answer.found);
    assert_string_equal(answer.cluster_id, "br");
    assert_string_equal(answer.route, "br.example");
    assert_string_equal(answer.number, "+4930123");
    assert_true(look_up(pair->hub, "54001").found);
    assert_true(look_up(pair->hub, "+19725554001").found);
    assert_string_equal(look_up(pair->hub, "54321").number, "+4930321");
    /* It is in the Cluster View, and was told. */
    sj_remote_cluster *record = NULL;
    assert_int_equal(sj_remote_cluster_get(sj_testkit_scope(pair->hub), "br", &record, NULL),
                     SJ_OK);
    assert_string_equal(record->fully_qualified_name, "127.0.0.2");
    assert_false(record->emcc);
    sj_record_free(sj_testkit_scope(pair->hub), record);
    assert_non_null(sj_testkit_find(pair->hub, "event", "ils.peer_changed"));
    /* A change is told at once, a removal too. */
    put(pair->spoke, &sj_directory_uri_meta, "{\"user\":\"bert\",\"host\":\"example.com\"}");
    sj_error error = {0};
    assert_int_equal(
        sj_directory_uri_delete(sj_testkit_scope(pair->spoke), "anna@Example.com", &error), SJ_OK);
    both(pair, 5000);
    assert_true(look_up(pair->hub, "bert@example.com").found);
    assert_false(look_up(pair->hub, "anna@example.com").found);
}

static void a_rule_blocks_here_alone(void **state) {
    struct pair *pair = *state;
    put(pair->hub, &sj_learned_block_rule_meta,
        "{\"name\":\"no 54\",\"kind\":\"enterprise\",\"prefix\":\"54\"}");
    both(pair, 5000);
    const struct looked_up answer = look_up(pair->hub, "54001");
    assert_false(answer.found);
    assert_string_equal(answer.blocked_by, "no 54");
    assert_true(look_up(pair->hub, "anna@example.com").found);
}

/* What somebody has withdrawn by cert remove is not looked up any more, also while it is told. */
static void what_is_withdrawn_does_not_count(void **state) {
    struct pair *pair = *state;
    sj_error error = {0};
    both(pair, 5000);
    assert_true(look_up(pair->hub, "anna@example.com").found);
    put(pair->hub, &sj_ils_ground_meta, "{\"cluster_id\":\"br\",\"ground\":\"password\"}");
    assert_false(look_up(pair->hub, "anna@example.com").found);
    both(pair, MINUTE);
    assert_false(look_up(pair->hub, "54001").found);
    assert_int_equal(sj_ils_ground_delete(sj_testkit_scope(pair->hub), "br", &error), SJ_OK);
    assert_true(look_up(pair->hub, "54001").found);
}

static bool has_record(sj_testkit *kit, const char *cluster_id) {
    sj_remote_cluster *record = NULL;
    const bool there =
        sj_remote_cluster_get(sj_testkit_scope(kit), cluster_id, &record, NULL) == SJ_OK;
    sj_record_free(sj_testkit_scope(kit), record);
    return there;
}

static void remove_record(sj_testkit *kit, const char *cluster_id) {
    sj_error error = {0};
    assert_int_equal(sj_remote_cluster_delete(sj_testkit_scope(kit), cluster_id, &error), SJ_OK);
}

static void on_synchronized(void *user, int status, const sj_error *error,
                            const sj_ils_synchronize_reply *reply) {
    (void)error;
    (void)reply;
    *(int *)user = status;
}

/* Who removes the record of a live cluster has it back by synchronizing, or with the next start. */
static void a_removed_record_comes_back(void **state) {
    struct pair *pair = *state;
    const sj_ils_synchronize request = {0};
    int status = 1;
    sj_error error = {0};
    both(pair, 5000);
    assert_true(has_record(pair->hub, "br"));
    remove_record(pair->hub, "br");
    both(pair, 2 * MINUTE);
    assert_false(has_record(pair->hub, "br"));
    assert_int_equal(sj_ask_ils_synchronize(sj_testkit_scope(pair->hub), &request, 0,
                                            on_synchronized, &status, &error),
                     SJ_OK);
    both(pair, 5000);
    assert_int_equal(status, SJ_OK);
    assert_true(has_record(pair->hub, "br"));
    remove_record(pair->hub, "br");
    assert_int_equal(sj_testkit_stop(pair->hub, "ils", &error), SJ_OK);
    assert_int_equal(sj_testkit_start(pair->hub, &sj_plugin_descriptor, &error), SJ_OK);
    both(pair, 5000);
    assert_true(has_record(pair->hub, "br"));
}

/* Which services are on in the record of a cluster that is learned is said by parameters. */
static void a_learned_cluster_has_the_services_of_the_parameters(void **state) {
    struct pair *pair = *state;
    sj_remote_cluster *record = NULL;
    sj_error error = {0};
    assert_int_equal(
        sj_testkit_set_param(pair->hub, &sj_param_ils_learned_cluster_lbm_meta, "true", &error),
        SJ_OK);
    both(pair, 5000);
    assert_int_equal(sj_remote_cluster_get(sj_testkit_scope(pair->hub), "br", &record, NULL),
                     SJ_OK);
    assert_true(record->lbm);
    assert_false(record->emcc || record->pstn_access || record->rsvp_agent);
    sj_record_free(sj_testkit_scope(pair->hub), record);
}

/* Role and registration server are taken away in one step, as an apply file does it. */
static void who_leaves_says_so(void **state) {
    struct pair *pair = *state;
    both(pair, 5000);
    assert_true(look_up(pair->hub, "anna@example.com").found);
    put(pair->spoke, &sj_ils_configuration_meta, "{}");
    both(pair, 5000);
    assert_false(look_up(pair->hub, "anna@example.com").found);
}

static void a_rule_is_written_in_any_form(void **state) {
    struct pair *pair = *state;
    put(pair->hub, &sj_learned_block_rule_meta, "{\"name\":\"a pattern\",\"pattern\":\"54xxx\"}");
    put(pair->hub, &sj_learned_block_rule_meta,
        "{\"name\":\"a URI\",\"pattern\":\"anna@EXAMPLE.com\"}");
    both(pair, 5000);
    assert_string_equal(look_up(pair->hub, "54002").blocked_by, "a pattern");
    assert_true(look_up(pair->hub, "54001").found);
    assert_string_equal(look_up(pair->hub, "anna@example.com").blocked_by, "a URI");
    put(pair->hub, &sj_learned_block_rule_meta, "{\"name\":\"a URI\",\"prefix\":\"anna@EXAMPLE\"}");
    both(pair, 1000);
    assert_string_equal(look_up(pair->hub, "anna@example.com").blocked_by, "a URI");
}

/* What is advertised is what the call manager takes: a mask's digits stand for those of the number.
 */
static void a_mask_is_laid_as_the_call_manager_lays_it(void **state) {
    struct pair *pair = *state;
    put(pair->spoke, &sj_alternate_number_meta,
        "{\"mask\":\"7XX12\",\"directory_number\":\"4001\"}");
    both(pair, 5000);
    assert_true(look_up(pair->hub, "74012").found);
    assert_false(look_up(pair->hub, "70112").found);
}

static void a_pattern_may_be_open_ended(void **state) {
    struct pair *pair = *state;
    put(pair->spoke, &sj_advertised_pattern_meta, "{\"pattern\":\"+4954!\"}");
    both(pair, 5000);
    assert_true(look_up(pair->hub, "+495412345").found);
    assert_false(look_up(pair->hub, "+4954").found);
}

static void on_conflicts(void *user, int status, const sj_error *error,
                         const sj_ils_conflicts_reply *reply) {
    char *text = user;
    (void)error;
    (void)snprintf(text, 300, "%s",
                   status == SJ_OK && reply->own_count == 1 ? reply->own[0] : "none");
}

static void own_conflict(sj_testkit *kit, char text[300]) {
    const sj_ils_conflicts request = {0};
    sj_error error = {0};
    assert_int_equal(
        sj_ask_ils_conflicts(sj_testkit_scope(kit), &request, 0, on_conflicts, text, &error),
        SJ_OK);
    sj_testkit_run(kit);
}

/* Two masks make one number: the same record counts whichever is written last, and nothing is told
 * anew when nothing has changed. */
static void two_masks_that_make_one_number(void **state) {
    struct pair *pair = *state;
    char text[300];
    put(pair->spoke, &sj_alternate_number_meta,
        "{\"mask\":\"5400X\",\"directory_number\":\"8001\",\"pstn_failover\":\"+49301\"}");
    put(pair->spoke, &sj_alternate_number_meta,
        "{\"mask\":\"5XXXX\",\"directory_number\":\"4001\",\"pstn_failover\":\"+49302\"}");
    both(pair, 5000);
    assert_string_equal(look_up(pair->hub, "54001").number, "+49301");
    own_conflict(pair->spoke, text);
    assert_string_equal(text, "54001: the alternate number 5400X@8001 counts, and the alternate "
                              "number 5XXXX@4001 makes the same");
    put(pair->spoke, &sj_alternate_number_meta,
        "{\"mask\":\"5400X\",\"directory_number\":\"8001\",\"pstn_failover\":\"+49303\"}");
    both(pair, 5000);
    assert_string_equal(look_up(pair->hub, "54001").number, "+49303");
    sj_error error = {0};
    assert_int_equal(
        sj_alternate_number_delete(sj_testkit_scope(pair->spoke), "5400X@8001", &error), SJ_OK);
    both(pair, 5000);
    assert_string_equal(look_up(pair->hub, "54001").number, "+49302");
    own_conflict(pair->spoke, text);
    assert_string_equal(text, "none");
}

/* The policy of the cluster that looks up says whether the case of letters counts. */
/* In a store from before the rule: the same counts here as for calls (test_directory_uris). */
static void of_two_in_case_the_first_is_advertised(void **state) {
    struct pair *pair = *state;
    char text[300];
    put(pair->spoke, &sj_directory_uri_meta,
        "{\"user\":\"anna\",\"host\":\"example.com\",\"pstn_failover\":\"+4930999\"}");
    both(pair, 5000);
    assert_string_equal(look_up(pair->hub, "anna@example.com").number, "+4930123");
    own_conflict(pair->spoke, text);
    assert_string_equal(text,
                        "anna@example.com: the directory URI anna@Example.com counts, and the "
                        "directory URI anna@example.com makes the same");
    sj_error error = {0};
    assert_int_equal(
        sj_directory_uri_delete(sj_testkit_scope(pair->spoke), "anna@Example.com", &error), SJ_OK);
    both(pair, 5000);
    assert_string_equal(look_up(pair->hub, "anna@example.com").number, "+4930999");
}

static void a_uri_is_looked_up_in_any_case(void **state) {
    struct pair *pair = *state;
    sj_error error = {0};
    put(pair->spoke, &sj_directory_uri_meta, "{\"user\":\"Bea\",\"host\":\"example.com\"}");
    both(pair, 10000);
    assert_true(look_up(pair->hub, "Bea@EXAMPLE.com").found);
    assert_false(look_up(pair->hub, "bea@example.com").found);
    assert_int_equal(sj_testkit_set_param(pair->hub, &sj_param_enterprise_uri_lookup_policy_meta,
                                          "case_insensitive", &error),
                     SJ_OK);
    assert_true(look_up(pair->hub, "bea@EXAMPLE.com").found);
    assert_true(look_up(pair->hub, "54001").found);
}

static void keep_role(void *user, int status, const sj_error *error,
                      const sj_ils_status_reply *reply) {
    (void)error;
    assert_int_equal(status, SJ_OK);
    *(sj_ils_role *)user = reply->role;
}

/* What is asked right after a change is answered by it, not by what was before. */
static void answers_are_of_the_records_as_they_are(void **state) {
    struct pair *pair = *state;
    sj_ils_role role = SJ_ILS_ROLE_HUB;
    sj_ils_status request = {0};
    both(pair, 5000);
    put(pair->hub, &sj_ils_configuration_meta, "{\"role\":\"standalone\"}");
    assert_int_equal(
        sj_ask_ils_status(sj_testkit_scope(pair->hub), &request, 0, keep_role, &role, NULL), SJ_OK);
    sj_testkit_run(pair->hub);
    assert_int_equal(role, SJ_ILS_ROLE_STANDALONE);
}

/* A hub advertises what belongs to an imported catalog, by the catalog's route string; with the
 * catalog it goes, here and there. */
static void a_catalog_is_advertised_and_goes(void **state) {
    struct pair *pair = *state;
    sj_scope *scope = sj_testkit_scope(pair->hub);
    sj_error error = {0};
    put(pair->hub, &sj_ils_configuration_meta,
        "{\"role\":\"hub\",\"synchronize_clusters_every\":1,\"exchange_dial_plan\":true,"
        "\"advertised_route_string\":\"hq.example\"}");
    put(pair->hub, &sj_imported_catalog_meta,
        "{\"name\":\"Old PBX\",\"route_string\":\"pbx.example\"}");
    put(pair->hub, &sj_imported_directory_uri_meta,
        "{\"user\":\"otto\",\"host\":\"pbx.example\",\"catalog\":\"Old PBX\"}");
    put(pair->hub, &sj_imported_number_meta,
        "{\"number\":\"8001\",\"catalog\":\"Old PBX\",\"pstn_failover\":\"+49308001\"}");
    put(pair->hub, &sj_imported_pattern_meta, "{\"pattern\":\"81XX\",\"catalog\":\"Old PBX\"}");
    both(pair, MINUTE + 5000);
    sj_testkit *const kits[] = {pair->spoke, pair->hub};
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(look_up(kits[i], "otto@pbx.example").route, "pbx.example");
        assert_string_equal(look_up(kits[i], "8001").number, "+49308001");
        assert_string_equal(look_up(kits[i], "8177").route, "pbx.example");
        assert_string_equal(look_up(kits[i], "8177").cluster_id, "hq");
    }
    assert_string_equal(look_up(pair->hub, "8001").message,
                        "hq is this cluster, which advertises it for another call control (an "
                        "imported catalog): that is reached by the route string pbx.example, over "
                        "the PSTN by +49308001");
    assert_int_equal(sj_imported_catalog_delete(scope, "Old PBX", &error), SJ_OK);
    both(pair, MINUTE + 5000);
    for (size_t i = 0; i < 2; i++) {
        assert_false(look_up(kits[i], "otto@pbx.example").found);
        assert_false(look_up(kits[i], "8001").found);
        assert_false(look_up(kits[i], "8177").found);
    }
    assert_int_equal(sj_imported_directory_uri_count(scope, NULL, NULL), 0);
    assert_int_equal(sj_imported_number_count(scope, NULL, NULL), 0);
    assert_int_equal(sj_imported_pattern_count(scope, NULL, NULL), 0);
}

/* What is this cluster's own counts before what it imports, whichever came last; what is told then
 * is told again by the other when the first goes. */
static void own_numbers_count_before_imported_ones(void **state) {
    struct pair *pair = *state;
    char text[300];
    sj_error error = {0};
    put(pair->hub, &sj_ils_configuration_meta,
        "{\"role\":\"hub\",\"synchronize_clusters_every\":1,\"exchange_dial_plan\":true,"
        "\"advertised_route_string\":\"hq.example\"}");
    put(pair->hub, &sj_imported_catalog_meta,
        "{\"name\":\"Old PBX\",\"route_string\":\"pbx.example\"}");
    put(pair->hub, &sj_imported_number_meta, "{\"number\":\"64001\",\"catalog\":\"Old PBX\"}");
    both(pair, 5000);
    assert_string_equal(look_up(pair->spoke, "64001").route, "pbx.example");
    put(pair->hub, &sj_alternate_number_meta, "{\"mask\":\"6XXXX\",\"directory_number\":\"4001\"}");
    both(pair, MINUTE + 5000);
    assert_string_equal(look_up(pair->spoke, "64001").route, "hq.example");
    own_conflict(pair->hub, text);
    assert_string_equal(text, "64001: the alternate number 6XXXX@4001 counts, and 64001 of the "
                              "catalog Old PBX makes the same");
    assert_int_equal(sj_alternate_number_delete(sj_testkit_scope(pair->hub), "6XXXX@4001", &error),
                     SJ_OK);
    put(pair->hub, &sj_imported_catalog_meta,
        "{\"name\":\"Old PBX\",\"route_string\":\"new.example\"}");
    both(pair, MINUTE + 5000);
    assert_string_equal(look_up(pair->spoke, "64001").route, "new.example");
    own_conflict(pair->hub, text);
    assert_string_equal(text, "none");
}

static void without_trust_there_is_an_alarm(void **state) {
    struct pair *pair = *state;
    pair->status = 403;
    both(pair, 5000);
    const char *alarm = sj_testkit_find(pair->spoke, "event", "ils.alarm");
    assert_non_null(alarm);
    assert_non_null(strstr(alarm, "ILSTLSAuthenticationFailed"));
    pair->status = 0;
    both(pair, MINUTE);
    assert_true(look_up(pair->hub, "anna@example.com").found);
}

struct told {
    char disputes[400], reason[400], passwords[400], claims[400], status[700], same_id[400],
        conflicts[200];
    size_t conflicts_count;
    char last_key[260];
};

static void on_told_status(void *user, int status, const sj_error *error,
                           const sj_ils_status_reply *reply) {
    struct told *told = user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    (void)snprintf(told->reason, sizeof told->reason, "%s",
                   reply->hubs_count > 0 ? reply->hubs[0].reason : "");
    (void)snprintf(told->status, sizeof told->status, "%s", reply->message);
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

static struct told tell(sj_testkit *kit) {
    const sj_ils_status status = {0};
    const sj_ils_conflicts conflicts = {0};
    struct told told = {.reason = "?"};
    sj_scope *scope = sj_testkit_scope(kit);
    assert_int_equal(sj_ask_ils_status(scope, &status, 0, on_told_status, &told, NULL), SJ_OK);
    assert_int_equal(sj_ask_ils_conflicts(scope, &conflicts, 0, on_told_claims, &told, NULL),
                     SJ_OK);
    sj_testkit_run(kit);
    return told;
}

static void expect_told(const char *text, const char *part) {
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

static void note_on_peers(sj_testkit *kit, char note[400]) {
    const sj_ils_peers request = {0};
    assert_int_equal(sj_ask_ils_peers(sj_testkit_scope(kit), &request, 0, on_peers, note, NULL),
                     SJ_OK);
    sj_testkit_run(kit);
}

/* The machine of the spoke is copied, and both run. */
static void two_that_speak_as_one_cluster_are_told(void **state) {
    struct pair *pair = *state;
    const sj_testkit_options there = {.cluster_id = "br", .node = "br-1", .address = "127.0.0.5"};
    struct pair other = {.hub = pair->hub,
                         .spoke = sj_testkit_open(&there),
                         .certificate = "hq",
                         .address = "127.0.0.5"};
    sj_ils_peer *identity = NULL;
    char json[100];
    sj_error error = {0};
    both(pair, 5000);
    assert_int_equal(sj_ils_peer_get(sj_testkit_scope(pair->spoke), "default", &identity, &error),
                     SJ_OK);
    (void)snprintf(json, sizeof json, "{\"peer_id\":\"%s\"}", identity->peer_id);
    sj_record_free(sj_testkit_scope(pair->spoke), identity);
    sj_testkit_on_fetch(other.spoke, to_hub, &other);
    put(other.spoke, &sj_ils_peer_meta, json);
    put(other.spoke, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"hq\",\"fully_qualified_name\":\"127.0.0.1\"}");
    put(other.spoke, &sj_ils_configuration_meta,
        "{\"role\":\"spoke\",\"registration_server\":\"127.0.0.1\",\"synchronize_clusters_every\":"
        "1,\"exchange_dial_plan\":true,\"advertised_route_string\":\"br.example\"}");
    put(other.spoke, &sj_directory_uri_meta, "{\"user\":\"bert\",\"host\":\"example.com\"}");
    assert_int_equal(sj_testkit_start(other.spoke, &sj_plugin_descriptor, &error), SJ_OK);
    for (int i = 0; i < 8 * 60; i++) {
        sj_testkit_advance(other.spoke, 1000);
        both(pair, 1000);
    }
    expect_told(tell(pair->hub).disputes, "two nodes speak as cluster br");
    expect_told(tell(pair->hub).disputes, "127.0.0.2");
    expect_told(tell(pair->hub).disputes, "127.0.0.5");
    expect_told(tell(pair->hub).same_id, "shut one of them down");
    char note[400];
    note_on_peers(pair->hub, note);
    expect_told(note, "two nodes speak as cluster br");
    expect_told(tell(pair->spoke).disputes, "another node speaks as this cluster, br");
    expect_told(tell(other.spoke).disputes, "another node speaks as this cluster, br");
    assert_non_null(sj_testkit_find(pair->hub, "event", "ILSIdentityDisputed"));
    assert_non_null(sj_testkit_find(pair->spoke, "event", "ILSIdentityDisputed"));
    assert_non_null(sj_testkit_find(other.spoke, "event", "ILSIdentityDisputed"));
    /* What counts does not change by turns. */
    const bool first = look_up(pair->hub, "anna@example.com").found;
    for (int i = 0; i < 5 * 60; i++) {
        sj_testkit_advance(other.spoke, 1000);
        both(pair, 1000);
        assert_int_equal(look_up(pair->hub, "anna@example.com").found, first);
        assert_int_equal(look_up(pair->hub, "bert@example.com").found, !first);
    }
    assert_int_equal(sj_testkit_end(other.spoke, &error), SJ_OK);
}

/* A cluster becomes a hub by itself: who has named the hubs sees that, and does not ask it. */
static void a_hub_that_is_not_accepted_is_told(void **state) {
    struct pair *pair = *state;
    char note[400] = "";
    put(pair->spoke, &sj_ils_configuration_meta,
        "{\"role\":\"hub\",\"registration_server\":\"127.0.0.1\",\"synchronize_clusters_every\":1,"
        "\"exchange_dial_plan\":true,\"advertised_route_string\":\"br.example\"}");
    put(pair->hub, &sj_ils_configuration_meta,
        "{\"role\":\"hub\",\"synchronize_clusters_every\":1,\"accepted_hubs\":[\"zz\"]}");
    both(pair, 5000);
    note_on_peers(pair->hub, note);
    expect_told(note, "cluster br is a hub and none of the Accepted Hubs here");
    expect_told(tell(pair->hub).status, "0 of 0 hubs asked");
    assert_true(look_up(pair->hub, "anna@example.com").found); /* which is its own */
    put(pair->hub, &sj_ils_configuration_meta,
        "{\"role\":\"hub\",\"synchronize_clusters_every\":1,\"accepted_hubs\":[\"br\"]}");
    sj_testkit_advance(pair->hub, 1000);
    note_on_peers(pair->hub, note);
    assert_string_equal(note, "");
}

static void trust(sj_testkit *kit, const char *cluster_id) {
    char json[300];
    (void)snprintf(json, sizeof json,
                   "{\"cluster_id\":\"%s\",\"kind\":\"tomcat\",\"fingerprint\":\"%064d\","
                   "\"subject\":\"CN=%s\",\"pem\":\"x\",\"imported_at\":\"2020-01-01T00:00:00Z\"}",
                   cluster_id, 1, cluster_id);
    put(kit, &sj_trusted_certificate_meta, json);
}

static void withdraw(sj_testkit *kit) {
    sj_scope *scope = sj_testkit_scope(kit);
    sj_list list = {0};
    assert_int_equal(sj_trusted_certificate_list(scope, NULL, &list, NULL), SJ_OK);
    for (size_t i = 0; i < list.count; i++) {
        const sj_trusted_certificate *one = sj_trusted_certificate_at(&list, i);
        char key[140];
        (void)snprintf(key, sizeof key, "%s@%s", one->fingerprint, one->cluster_id);
        assert_int_equal(sj_trusted_certificate_delete(scope, key, NULL), SJ_OK);
    }
    sj_list_free(scope, &list);
    sj_testkit_run(kit);
}

/* A request of the spoke that a cluster sends as its own. */
static int send_copy(struct pair *pair, const char *cluster_id) {
    const sj_testkit_request request = {.method = "POST",
                                        .path = "/intercluster/v1/ils",
                                        .content_type = "application/x-sojourn-ils",
                                        .body = pair->request,
                                        .body_length = pair->request_length,
                                        .peer = "127.0.0.3",
                                        .tls = true,
                                        .peer_cluster = cluster_id};
    assert_true(pair->request_length > 0);
    return sj_testkit_send(pair->hub, &request)->status;
}

/* Who comes with another's peer id is refused, whichever side asks, over a restart, until somebody
 * withdraws the trust in the other. */
static void a_peer_id_is_of_one_cluster(void **state) {
    struct pair *pair = *state;
    sj_error error = {0};
    trust(pair->hub, "br");
    trust(pair->spoke, "hq");
    both(pair, 5000);
    assert_int_equal(sj_testkit_stop(pair->hub, "ils", &error), SJ_OK);
    assert_int_equal(sj_testkit_start(pair->hub, &sj_plugin_descriptor, &error), SJ_OK);
    both(pair, 5000);
    assert_int_equal(send_copy(pair, "ev"), 409);
    expect_told(tell(pair->hub).claims, "cluster ev comes with the peer id of cluster br");
    expect_told(sj_testkit_find(pair->hub, "event", "ils.alarm"), "ILSTLSAuthenticationFailed");
    assert_int_equal(send_copy(pair, "br"), 200);
    /* The spoke asks a hub that answers as hq did. */
    pair->certificate = "ev";
    put(pair->spoke, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"ev\",\"fully_qualified_name\":\"127.0.0.3\"}");
    put(pair->spoke, &sj_ils_configuration_meta,
        "{\"role\":\"spoke\",\"registration_server\":\"ev\",\"synchronize_clusters_every\":1}");
    both(pair, MINUTE);
    expect_told(tell(pair->spoke).reason, "is that of cluster hq, whose certificates are trusted");
    expect_told(tell(pair->spoke).claims, "withdraw that trust (cert remove hq)");
    withdraw(pair->spoke);
    both(pair, MINUTE);
    assert_string_equal(tell(pair->spoke).reason, "");
}

/* Who came by a password that has been set anew is told, and refused where that is wanted; both say
 * so. */
static void a_former_password(void **state) {
    struct pair *pair = *state;
    trust(pair->hub, "br");
    put(pair->hub, &sj_ils_ground_meta,
        "{\"cluster_id\":\"br\",\"ground\":\"password\",\"since\":\"2026-01-01T00:00:00Z\","
        "\"salt\":\"00112233445566778899aabbccddeeff\"}");
    both(pair, 5000);
    assert_true(look_up(pair->hub, "anna@example.com").found);
    expect_told(tell(pair->hub).passwords, "cluster br came by a password that is not set here any "
                                           "more, and is trusted as before");
    put(pair->hub, &sj_ils_configuration_meta,
        "{\"role\":\"hub\",\"synchronize_clusters_every\":1,\"require_current_password\":true}");
    both(pair, MINUTE);
    expect_told(tell(pair->hub).passwords, "and is refused until it joins anew (ils join)");
    expect_told(sj_testkit_find(pair->hub, "event", "ils.alarm"), "ILSPwdAuthenticationFailed");
    expect_told(sj_testkit_find(pair->spoke, "event", "ils.alarm"), "ILSPwdAuthenticationFailed");
    expect_told(tell(pair->spoke).reason,
                "cluster br came by a password that is not set any more at cluster hq");
}

/* A request of a spoke that has this peer id and says of itself how far it has counted. */
static const sj_testkit_reply *send_state(sj_testkit *kit, unsigned char number, bool to_the_end,
                                          bool left) {
    enum { HEAD = 6, SECTION = 5, SENDER = 34, STATE = 77, ROLE = 16, INCARNATION = 16 };
    unsigned char message[HEAD + SECTION + SENDER + SECTION + STATE] = "SJIL\001\001";
    unsigned char *sender = message + HEAD, *copy = sender + SECTION + SENDER;
    sender[0] = 1;
    sender[4] = SENDER;
    sender[SECTION] = number;
    sender[SECTION + ROLE] = 2;
    copy[0] = 2;
    copy[4] = STATE;
    copy[SECTION] = number;
    copy[SECTION + INCARNATION] = to_the_end ? 0xff : 0;
    copy[SECTION + STATE - 1] = left;
    const sj_testkit_request request = {.method = "POST",
                                        .path = "/intercluster/v1/ils",
                                        .content_type = "application/x-sojourn-ils",
                                        .body = (const char *)message,
                                        .body_length = sizeof message,
                                        .peer = "127.0.0.2",
                                        .tls = true,
                                        .peer_cluster = "br"};
    return sj_testkit_send(kit, &request);
}

/* One cluster under more peer ids than it may have, and one that has counted to the end. */
static void what_is_not_believed_is_told(void **state) {
    struct pair *pair = *state;
    both(pair, 5000);
    for (unsigned char i = 0; i < 20; i++) {
        assert_int_equal(send_state(pair->hub, (unsigned char)(100 + i), false, false)->status,
                         200);
    }
    assert_int_equal(send_state(pair->hub, 200, true, false)->status, 200);
    both(pair, 2000);
    const char *alarm = sj_testkit_find(pair->hub, "event", "ILSClustersLimit");
    assert_non_null(alarm);
    assert_non_null(strstr(alarm, "br says of"));
    assert_non_null(sj_testkit_find(pair->hub, "log", "counted further than anybody can"));
}

static void count_peers(void *user, int status, const sj_error *error,
                        const sj_ils_peers_reply *reply) {
    (void)error;
    assert_int_equal(status, SJ_OK);
    *(size_t *)user = reply->peers_count;
}

static size_t peers_of(sj_testkit *kit) {
    const sj_ils_peers request = {0};
    size_t count = 0;
    assert_int_equal(
        sj_ask_ils_peers(sj_testkit_scope(kit), &request, 0, count_peers, &count, NULL), SJ_OK);
    sj_testkit_run(kit);
    return count;
}

/* Of which nothing is known but a peer id. */
static void what_has_left_without_a_name_is_not_listed(void **state) {
    struct pair *pair = *state;
    both(pair, 5000);
    assert_int_equal(peers_of(pair->hub), 2);
    assert_int_equal(send_state(pair->hub, 100, false, true)->status, 200);
    assert_int_equal(peers_of(pair->hub), 2);
    assert_int_equal(send_state(pair->hub, 101, false, false)->status, 200);
    assert_int_equal(peers_of(pair->hub), 3);
}

static void it_is_known_after_a_restart(void **state) {
    struct pair *pair = *state;
    sj_error error = {0};
    both(pair, INT64_C(3) * MINUTE);
    assert_true(look_up(pair->hub, "anna@example.com").found);
    assert_int_equal(sj_testkit_stop(pair->hub, "ils", &error), SJ_OK);
    pair->down = true;
    assert_int_equal(sj_testkit_start(pair->hub, &sj_plugin_descriptor, &error), SJ_OK);
    sj_testkit_advance(pair->hub, 1000);
    assert_true(look_up(pair->hub, "anna@example.com").found);
    /* Nobody hears of the spoke any more. */
    sj_testkit_advance(pair->hub, INT64_C(13) * MINUTE);
    assert_false(look_up(pair->hub, "anna@example.com").found);
    assert_non_null(sj_testkit_find(pair->hub, "event", "\"silent\""));
}

static void the_limit_is_told(void **state) {
    struct pair *pair = *state;
    sj_error error = {0};
    assert_int_equal(
        sj_testkit_set_param(pair->hub, &sj_param_ils_max_learned_objects_meta, "2", &error),
        SJ_OK);
    both(pair, 10000);
    const char *alarm = sj_testkit_find(pair->hub, "event", "ils.alarm");
    assert_non_null(alarm);
    assert_non_null(strstr(alarm, "ILSLearnedObjectsLimit"));
    expect_told(tell(pair->hub).status,
                "the limit of 2 learned objects is reached: of 1 cluster not all is known here");
    expect_told(look_up(pair->hub, "nobody@example.com").message,
                "no cluster advertises nobody@example.com; the limit of 2 learned objects");
}

/* Of many conflicts the first are shown, in order, and it is said that there are more. */
static void conflicts_that_are_not_shown_are_told(void **state) {
    struct pair *pair = *state;
    put(pair->hub, &sj_ils_configuration_meta,
        "{\"role\":\"hub\",\"synchronize_clusters_every\":1,\"exchange_dial_plan\":true,"
        "\"advertised_route_string\":\"hq.example\"}");
    for (int i = 1300; i > 0; i--) {
        char json[100];
        (void)snprintf(json, sizeof json, "{\"user\":\"u%04d\",\"host\":\"x.example\"}", i);
        put(pair->hub, &sj_directory_uri_meta, json);
        put(pair->spoke, &sj_directory_uri_meta, json);
    }
    both(pair, 10000);
    const struct told told = tell(pair->hub);
    assert_string_equal(told.conflicts, "1300 keys are advertised by several clusters; the first "
                                        "200 by kind and key are shown");
    assert_int_equal(told.conflicts_count, 200);
    assert_string_equal(told.last_key, "u0200@x.example");
}

static void a_message_that_is_not_right_is_refused(void **state) {
    struct pair *pair = *state;
    const sj_testkit_request request = {.method = "POST",
                                        .path = "/intercluster/v1/ils",
                                        .content_type = "application/x-sojourn-ils",
                                        .body = "SJIL\001\001rubbish",
                                        .peer = "127.0.0.2",
                                        .tls = true,
                                        .peer_cluster = "br"};
    sj_testkit_advance(pair->hub, 1000);
    assert_int_equal(sj_testkit_send(pair->hub, &request)->status, 400);
    sj_testkit_request stranger = request;
    stranger.peer_cluster = NULL;
    assert_int_equal(sj_testkit_send(pair->hub, &stranger)->status, 403);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_configured_is_known_there, setup, teardown),
        cmocka_unit_test_setup_teardown(a_rule_blocks_here_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_withdrawn_does_not_count, setup, teardown),
        cmocka_unit_test_setup_teardown(a_removed_record_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_learned_cluster_has_the_services_of_the_parameters, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(who_leaves_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(a_rule_is_written_in_any_form, setup, teardown),
        cmocka_unit_test_setup_teardown(a_mask_is_laid_as_the_call_manager_lays_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_pattern_may_be_open_ended, setup, teardown),
        cmocka_unit_test_setup_teardown(two_masks_that_make_one_number, setup, teardown),
        cmocka_unit_test_setup_teardown(of_two_in_case_the_first_is_advertised, setup, teardown),
        cmocka_unit_test_setup_teardown(a_uri_is_looked_up_in_any_case, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_are_of_the_records_as_they_are, setup, teardown),
        cmocka_unit_test_setup_teardown(a_catalog_is_advertised_and_goes, setup, teardown),
        cmocka_unit_test_setup_teardown(two_that_speak_as_one_cluster_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hub_that_is_not_accepted_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(own_numbers_count_before_imported_ones, setup, teardown),
        cmocka_unit_test_setup_teardown(a_peer_id_is_of_one_cluster, setup, teardown),
        cmocka_unit_test_setup_teardown(a_former_password, setup, teardown),
        cmocka_unit_test_setup_teardown(without_trust_there_is_an_alarm, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_believed_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(what_has_left_without_a_name_is_not_listed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(it_is_known_after_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(the_limit_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(conflicts_that_are_not_shown_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_message_that_is_not_right_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
