/* The Location Bandwidth Managers of two clusters in the test kit: what one configures and its
 * calls take counts at the other, is told as events, conflicts and metrics, ends with silence, with
 * the record and with the hub group, and is remembered across a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sojourn/testkit.h>

#include "events/bandwidth.h"
#include "resources/lbm_hub_group.h"
#include "resources/location.h"
#include "resources/node.h"
#include "resources/remote_cluster.h"

extern const sj_plugin sj_plugin_descriptor;

struct pair {
    sj_testkit *hq, *br;
    sj_testkit *other; /* another node of BR, or NULL */
    bool down;
    const char *alive; /* only this address and port of BR answers; NULL: all do */
    const char *spoke; /* this one is of a node of BR that is no hub; or NULL */
    int asked;         /* so often BR was */
};

static void put(sj_testkit *kit, const sj_resource_meta *meta, const char *json) {
    sj_error error = {0};
    if (sj_testkit_put(kit, meta, json, &error) != SJ_OK) {
        fail_msg("%s: %s", json, error.text);
    }
}

static int64_t deliver(struct pair *pair, sj_testkit *to, const char *from,
                       const sj_http_call *call, sj_http_result *result) {
    const sj_testkit_request request = {.method = call->method,
                                        .path = "/intercluster/v1/lbm",
                                        .content_type = "application/x-sojourn-lbm",
                                        .body = call->body,
                                        .body_length = call->body_length,
                                        .peer = "127.0.0.2",
                                        .tls = true,
                                        .peer_cluster = from};
    assert_non_null(strstr(call->url, ":8443/intercluster/v1/lbm"));
    if (pair->down) {
        return 5;
    }
    const sj_testkit_reply *reply = sj_testkit_send(to, &request);
    result->status = SJ_OK;
    result->http_status = reply->status;
    result->body = reply->body;
    result->body_length = reply->body_length;
    return 5;
}

static int64_t to_hq(void *user, const sj_http_call *call, sj_http_result *result) {
    struct pair *pair = user;
    assert_string_equal(call->peer_cluster, "HQ");
    return deliver(pair, pair->hq, "BR", call, result);
}

static int64_t to_br(void *user, const sj_http_call *call, sj_http_result *result) {
    struct pair *pair = user;
    assert_string_equal(call->peer_cluster, "BR");
    pair->asked++;
    if (pair->spoke != NULL && strstr(call->url, pair->spoke) != NULL) {
        return deliver(pair, pair->other, "HQ", call, result);
    }
    return pair->alive != NULL && strstr(call->url, pair->alive) == NULL
               ? -1
               : deliver(pair, pair->br, "HQ", call, result);
}

static void both(struct pair *pair, int64_t ms) {
    for (int64_t passed = 0; passed < ms; passed += 100) {
        sj_testkit_advance(pair->hq, 100);
        sj_testkit_advance(pair->br, 100);
    }
}

static void put_site(sj_testkit *kit, const char *other, const char *node, const char *link) {
    char json[300];
    (void)snprintf(json, sizeof json,
                   "{\"cluster_id\":\"%s\",\"fully_qualified_name\":\"127.0.0.9\",\"lbm\":true}",
                   other);
    put(kit, &sj_remote_cluster_meta, json);
    put(kit, &sj_location_meta, "{\"name\":\"Berlin\"}");
    put(kit, &sj_location_meta, "{\"name\":\"Rome\"}");
    put(kit, &sj_location_link_meta, link);
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"Core\",\"members\":[\"%s\"],\"bootstrap_hubs\":[\"%s\"]}", node,
                   other);
    put(kit, &sj_lbm_hub_group_meta, json);
}

static int setup(void **state) {
    struct pair *pair = calloc(1, sizeof *pair);
    const sj_testkit_options there = {.cluster_id = "BR", .node = "br-1", .address = "127.0.0.2"};
    const sj_testkit_options here = {.cluster_id = "HQ", .node = "hq-1"};
    sj_error error = {0};
    assert_non_null(pair);
    pair->hq = sj_testkit_open(&here);
    pair->br = sj_testkit_open(&there);
    sj_testkit_on_fetch(pair->hq, to_br, pair);
    sj_testkit_on_fetch(pair->br, to_hq, pair);
    put_site(pair->hq, "BR", "hq-1",
             "{\"location\":\"Berlin\",\"other_location\":\"Rome\",\"weight\":20,"
             "\"audio_bandwidth\":300}");
    put_site(pair->br, "HQ", "br-1",
             "{\"location\":\"Rome\",\"other_location\":\"Berlin\",\"weight\":10,"
             "\"audio_bandwidth\":200}");
    assert_int_equal(sj_testkit_start(pair->hq, &sj_plugin_descriptor, &error), SJ_OK);
    assert_int_equal(sj_testkit_start(pair->br, &sj_plugin_descriptor, &error), SJ_OK);
    both(pair, 3000);
    *state = pair;
    return 0;
}

static int teardown(void **state) {
    struct pair *pair = *state;
    sj_error error = {0};
    if (sj_testkit_end(pair->br, &error) != SJ_OK || sj_testkit_end(pair->hq, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    free(pair);
    return 0;
}

/* ---- asking ---- */

struct told {
    const sj_request_meta *meta;
    sj_testkit *kit;
    int status;
    char text[8000];
};

static void on_told(void *user, int status, const sj_error *error, const void *reply) {
    struct told *told = user;
    told->status = status;
    if (status == SJ_OK) {
        sj_scope *scope = sj_testkit_scope(told->kit);
        char *json = scope->host->record_to_json(told->meta->reply, reply);
        (void)snprintf(told->text, sizeof told->text, "%s", sj_or_empty(json));
        sj_text_free(scope, json);
    } else {
        (void)snprintf(told->text, sizeof told->text, "%s", error->text);
    }
}

static struct told ask(sj_testkit *kit, const sj_request_meta *meta, const void *request) {
    struct told told = {.meta = meta, .kit = kit, .status = 1};
    sj_scope *scope = sj_testkit_scope(kit);
    assert_int_equal(
        scope->host->request_ask(scope, SJ_HERE, meta, request, 0, on_told, &told, NULL), SJ_OK);
    sj_testkit_advance(kit, 50);
    return told;
}

static void expect(struct told told, const char *words) {
    if (strstr(told.text, words) == NULL) {
        fail_msg("expected \"%s\", got: %s", words, told.text);
    }
}

static struct told hubs(sj_testkit *kit) {
    const sj_lbm_hubs request = {0};
    return ask(kit, &sj_lbm_hubs_meta, &request);
}

static struct told conflicts(sj_testkit *kit) {
    const sj_lbm_conflicts request = {0};
    return ask(kit, &sj_lbm_conflicts_meta, &request);
}

static struct told usage(sj_testkit *kit) {
    const sj_lbm_usage request = {.place = "Berlin@Rome"};
    return ask(kit, &sj_lbm_usage_meta, &request);
}

static struct told reserve(sj_testkit *kit, const char *call_id) {
    const sj_bandwidth_reserve request = {.owner = "ccm",
                                          .instance = "1",
                                          .call_id = call_id,
                                          .from_location = "Rome",
                                          .to_location = "Berlin",
                                          .audio_bit_rate = 64,
                                          .trace_id = ""};
    return ask(kit, &sj_bandwidth_reserve_meta, &request);
}

static struct told over_shadow(sj_testkit *kit, const sj_request_meta *meta) {
    const sj_lbm_simulate simulate = {
        .from = "Rome", .to = "Shadow", .to_cluster = "BR", .calls = 10, .audio_bit_rate = 64};
    const sj_lbm_path path = {.from = "Rome", .to = "Shadow", .to_cluster = "BR"};
    const sj_bandwidth_reserve reservation = {.owner = "ccm",
                                              .instance = "1",
                                              .call_id = "over",
                                              .from_location = "Rome",
                                              .to_location = "Shadow",
                                              .to_cluster = "BR",
                                              .audio_bit_rate = 64,
                                              .trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"};
    return ask(kit, meta,
               meta == &sj_lbm_simulate_meta ? (const void *)&simulate
               : meta == &sj_lbm_path_meta   ? (const void *)&path
                                             : (const void *)&reservation);
}

/* ---- tests ---- */

/* What is said of a call is what becomes of it. */
static void a_call_to_a_hub_is_counted_there_and_said_so(void **state) {
    struct pair *pair = *state;
    both(pair, 1000);
    expect(over_shadow(pair->hq, &sj_lbm_simulate_meta), "\"admitted\":10");
    expect(over_shadow(pair->hq, &sj_lbm_simulate_meta), "counts it, for all of its way");
    expect(over_shadow(pair->hq, &sj_lbm_path_meta), "counts it, for all of its way");
    const struct told told = over_shadow(pair->hq, &sj_bandwidth_reserve_meta);
    expect(told, "\"outcome\":\"admitted\"");
    expect(told, "\"audio\":0");
    expect(usage(pair->hq), "\"used\":0");
}

static void calls_of_both_share_the_link(void **state) {
    struct pair *pair = *state;
    expect(hubs(pair->hq), "hub: 1 of 1 other hub is live");
    expect(hubs(pair->br), "\"cluster_id\":\"HQ\"");
    assert_non_null(sj_testkit_find(pair->hq, "event", "lbm.hub_changed"));
    expect(reserve(pair->hq, "1"), "\"outcome\":\"admitted\"");
    both(pair, 1000);
    expect(usage(pair->br), "\"used\":80");
    expect(usage(pair->br), "\"remote\":80");
    expect(usage(pair->br), "\"remote_calls\":1");
    expect(reserve(pair->br, "1"), "\"outcome\":\"admitted\"");
    both(pair, 1000);
    /* 200 kbps are the least that one of them states. */
    expect(reserve(pair->hq, "2"), "\"outcome\":\"refused\"");
    expect(usage(pair->hq), "\"used\":160");
}

static void conflicts_are_shown(void **state) {
    struct pair *pair = *state;
    const sj_lbm_validate request = {0};
    expect(conflicts(pair->hq), "BR 10, HQ 20");
    expect(conflicts(pair->br), "BR 200, HQ 300");
    expect(conflicts(pair->br), "2 conflicts.");
    expect(ask(pair->hq, &sj_lbm_validate_meta, &request), "a different weight: BR 10, HQ 20; 10");
    assert_non_null(sj_testkit_find(pair->hq, "event", "topology.conflict"));
    put(pair->hq, &sj_location_link_meta,
        "{\"location\":\"Berlin\",\"other_location\":\"Rome\",\"weight\":10,"
        "\"audio_bandwidth\":200}");
    both(pair, 2000);
    expect(conflicts(pair->hq), "All clusters state the same.");
    expect(conflicts(pair->br), "All clusters state the same.");
}

static void silence_gives_back(void **state) {
    struct pair *pair = *state;
    const sj_bandwidth_renew still_here = {.owner = "ccm", .instance = "1"};
    expect(reserve(pair->hq, "1"), "\"outcome\":\"admitted\"");
    both(pair, 1000);
    expect(usage(pair->br), "\"remote\":80");
    pair->down = true;
    both(pair, 40000);
    expect(ask(pair->hq, &sj_bandwidth_renew_meta, &still_here), "\"calls\":1");
    both(pair, 22000);
    expect(usage(pair->br), "\"remote\":0");
    expect(hubs(pair->br), "\"standing\":\"silent\"");
    expect(conflicts(pair->br), "2 conflicts."); /* its links stand */
    pair->down = false;
    both(pair, 20000);
    expect(usage(pair->br), "\"remote\":80");
    expect(hubs(pair->br), "\"standing\":\"live\"");
}

static void a_record_or_group_that_goes_takes_all_along(void **state) {
    struct pair *pair = *state;
    sj_error error = {0};
    expect(reserve(pair->hq, "1"), "\"outcome\":\"admitted\"");
    both(pair, 1000);
    put(pair->br, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"HQ\",\"fully_qualified_name\":\"127.0.0.9\",\"lbm\":false}");
    both(pair, 20000);
    expect(usage(pair->br), "\"remote\":0");
    expect(hubs(pair->br), "the row LBM of the remote cluster record of HQ is off");
    expect(hubs(pair->hq), "the row LBM of the remote cluster record of HQ is off");
    expect(conflicts(pair->br), "All clusters state the same.");
    put(pair->br, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"HQ\",\"fully_qualified_name\":\"127.0.0.9\",\"lbm\":true}");
    both(pair, 20000);
    expect(usage(pair->br), "\"remote\":80");

    assert_int_equal(sj_lbm_hub_group_delete(sj_testkit_scope(pair->hq), "Core", &error), SJ_OK);
    both(pair, 2000);
    expect(hubs(pair->hq), "spoke: this node is a member of no hub group");
    expect(usage(pair->br), "\"remote\":0");
    expect(conflicts(pair->br), "All clusters state the same.");
}

static void links_are_remembered_across_a_restart(void **state) {
    struct pair *pair = *state;
    sj_error error = {0};
    put(pair->br, &sj_location_meta, "{\"name\":\"Oslo\"}");
    put(pair->br, &sj_location_link_meta,
        "{\"location\":\"Oslo\",\"other_location\":\"Rome\",\"weight\":7,\"audio_bandwidth\":99}");
    both(pair, 8000);
    pair->down = true;
    assert_int_equal(sj_testkit_stop(pair->hq, "lbm", &error), SJ_OK);
    assert_int_equal(sj_testkit_start(pair->hq, &sj_plugin_descriptor, &error), SJ_OK);
    both(pair, 2000);
    const sj_lbm_path request = {.from = "Oslo", .to = "Rome"};
    expect(ask(pair->hq, &sj_lbm_path_meta, &request), "1 link, weight 7.");
    expect(hubs(pair->hq), "\"standing\":\"silent\"");
}

/* However many there are: lbm hubs has them all. */
static void hubs_that_fail_are_one_line(void **state) {
    struct pair *pair = *state;
    for (int i = 1; i <= 3; i++) {
        char json[100];
        (void)snprintf(json, sizeof json,
                       "{\"cluster_id\":\"X%d\",\"fully_qualified_name\":\"127.0.0.9\"}", i);
        put(pair->hq, &sj_remote_cluster_meta, json);
    }
    put(pair->hq, &sj_lbm_hub_group_meta,
        "{\"name\":\"Core\",\"members\":[\"hq-1\"],\"bootstrap_hubs\":[\"X1\",\"X2\",\"X3\"]}");
    both(pair, 3000);
    assert_non_null(sj_testkit_find(pair->hq, "log", "an exchange with another hub fails"));
    expect(hubs(pair->hq), "the remote cluster record of X3 is off");
    int lines = 0;
    for (int i = 1; i <= 3; i++) {
        char named[20];
        (void)snprintf(named, sizeof named, "cluster X%d: ", i);
        lines += sj_testkit_find(pair->hq, "log", named) != NULL;
    }
    assert_int_equal(lines, 1);
}

static struct told validate(sj_testkit *kit) {
    const sj_lbm_validate request = {0};
    return ask(kit, &sj_lbm_validate_meta, &request);
}

/* The rules refuse them (schemas/rules); what was there before, or has become so, is told. */
static void groups_that_say_less_than_they_seem_are_told(void **state) {
    struct pair *pair = *state;
    put(pair->hq, &sj_cluster_node_meta, "{\"name\":\"hq-1\",\"address\":\"127.0.0.1\"}");
    put(pair->hq, &sj_lbm_hub_group_meta,
        "{\"name\":\"Core\",\"members\":[\"hq-1\"],\"bootstrap_hubs\":[\"BR\"]}");
    assert_null(strstr(validate(pair->hq).text, "hub group"));
    put(pair->hq, &sj_lbm_hub_group_meta, "{\"name\":\"Edge\",\"members\":[\"hq-1\",\"hq-9\"]}");
    put(pair->hq, &sj_lbm_hub_group_meta, "{\"name\":\"Idle\",\"bootstrap_hubs\":[\"BR\"]}");
    expect(validate(pair->hq),
           "hq-1 is a member of the hub groups Core and Edge, of which Core counts: take it out of "
           "Edge (sojourn lbm-hub-group set Edge members=...)");
    expect(validate(pair->hq), "the member hq-9 of the hub group Edge is no node of this cluster");
    expect(validate(pair->hq), "the hub group Edge has 2 members");
    expect(validate(pair->hq),
           "the hub group Idle has no members, but bootstrap hubs: no node of this cluster counts "
           "together with others (sojourn lbm-hub-group set Idle members=hq-1)");
}

static void learn_nodes(sj_testkit *kit, const char *addresses) {
    char json[600];
    (void)snprintf(
        json, sizeof json,
        "{\"cluster_id\":\"BR\",\"learnt_from\":\"127.0.0.9:8443\",\"last_succeeded\":"
        "\"2026-01-05T08:00:00Z\",\"services\":[{\"service\":\"lbm\",\"addresses\":[%s]}]}",
        addresses);
    put(kit, &sj_remote_cluster_status_meta, json);
}

/* The hub is one of the nodes that the last update learnt, however many there are; it is asked
 * first from then on. */
static void the_last_of_many_nodes_is_reached(void **state) {
    struct pair *pair = *state;
    learn_nodes(pair->hq, "\"127.0.1.1\",\"127.0.1.2\",\"127.0.1.3\",\"127.0.1.4\",\"127.0.1.5\","
                          "\"127.0.1.6\",\"127.0.1.7\",\"127.0.1.8\",\"127.0.1.9\",\"127.0.1.10\","
                          "\"127.0.1.11\",\"127.0.1.12\"");
    pair->alive = "//127.0.1.12:";
    both(pair, 30000);
    expect(hubs(pair->hq), "\"reason\":\"\"");
    pair->asked = 0;
    pair->alive = "//127.0.1.12:8443/intercluster/v1/lbm";
    both(pair, 30000);
    expect(hubs(pair->hq), "\"reason\":\"\"");
    assert_in_range(pair->asked, 1, 10); /* four in a lease of a minute: not those that are dead */
    pair->alive = "//127.0.1.5:";
    both(pair, 30000);
    expect(hubs(pair->hq), "\"reason\":\"\"");
    pair->alive = "//nobody:";
    both(pair, 60000);
    expect(hubs(pair->hq), "\"reason\":\"127.0.");
}

/* What a node says that is no hub does not hold of the cluster, whose hub is another node. */
static void a_node_that_is_no_hub_is_passed_over(void **state) {
    struct pair *pair = *state;
    const sj_testkit_options there = {.cluster_id = "BR", .node = "br-2", .address = "127.0.0.3"};
    sj_error error = {0};
    pair->other = sj_testkit_open(&there);
    put(pair->other, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"HQ\",\"fully_qualified_name\":\"127.0.0.9\",\"lbm\":true}");
    assert_int_equal(sj_testkit_start(pair->other, &sj_plugin_descriptor, &error), SJ_OK);
    sj_testkit_advance(pair->other, 3000);
    learn_nodes(pair->hq, "\"127.0.1.1\",\"127.0.1.2\"");
    pair->spoke = "//127.0.1.1:";
    sj_testkit_forget(pair->hq);
    both(pair, 40000);
    expect(hubs(pair->hq), "\"standing\":\"live\"");
    expect(hubs(pair->hq), "\"reason\":\"\"");
    assert_null(sj_testkit_find(pair->hq, "event", "lbm.hub_changed"));
    assert_int_equal(sj_testkit_end(pair->other, &error), SJ_OK);
}

static void messages_of_strangers_are_refused(void **state) {
    struct pair *pair = *state;
    const sj_testkit_request request = {.method = "POST",
                                        .path = "/intercluster/v1/lbm",
                                        .content_type = "application/x-sojourn-lbm",
                                        .body = "SJLB",
                                        .body_length = 4,
                                        .peer = "127.0.0.2",
                                        .tls = true,
                                        .peer_cluster = "XX"};
    sj_testkit_request known = request;
    known.peer_cluster = "BR";
    assert_int_equal(sj_testkit_send(pair->hq, &request)->status, 403);
    assert_int_equal(sj_testkit_send(pair->hq, &known)->status, 400);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_of_both_share_the_link, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_to_a_hub_is_counted_there_and_said_so, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(conflicts_are_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(silence_gives_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_or_group_that_goes_takes_all_along, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(links_are_remembered_across_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(hubs_that_fail_are_one_line, setup, teardown),
        cmocka_unit_test_setup_teardown(groups_that_say_less_than_they_seem_are_told, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_last_of_many_nodes_is_reached, setup, teardown),
        cmocka_unit_test_setup_teardown(a_node_that_is_no_hub_is_passed_over, setup, teardown),
        cmocka_unit_test_setup_teardown(messages_of_strangers_are_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
