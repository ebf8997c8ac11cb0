/* Memory that is short: whichever allocation fails, a call is admitted as a whole or not at all, a
 * topology is taken over or the one before holds, and nothing is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "findings.h"
#include "hub_network.h"

/* The allocation that fails, counted down; 0: none. Linked with --wrap=malloc,--wrap=calloc,
 * --wrap=realloc. */
static long fails_in;
static bool failed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool fails_now(void) {
    const bool now = fails_in == 1;
    fails_in -= fails_in > 0;
    failed = failed || now;
    return now;
}

void *__wrap_malloc(size_t size) {
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size) {
    return fails_now() ? NULL : __real_realloc(old, size);
}

static const struct lbm_location_given locations[] = {
    {"Berlin", {1000, 1000, 1000}}, {"Paris", {1000, 1000, 1000}}, {"Rome", {1000, 1000, 1000}}};
static const struct lbm_link_given links[] = {{{"Berlin", "Paris"}, 10, {500, 500, 500}},
                                              {{"Paris", "Rome"}, 10, {500, 500, 500}}};

static int64_t used(const sj_list_head *list) {
    int64_t sum = 0;
    SJ_LIST_EACH(place, list, const struct lbm_place, link) {
        for (int class = 0; class < LBM_CLASSES; class ++) {
            sum += place->pools[class].used;
        }
    }
    return sum;
}

/* A call begins, changes, moves and ends, in a topology that changes; one allocation fails. */
static void live(struct lbm_network *network, long fail) {
    static const struct lbm_asker asker = {"hq-1", "1", 0, 1000}, other = {"hq-1", "2", 0, 1000};
    const struct lbm_demand call = {.from = "Berlin", .to = "Rome", .kbps = {80, 0, 0}},
                            video = {.kbps = {0, 384, 0}},
                            moved = {.from = "Paris", .to = "Berlin", .kbps = {24, 0, 0}};
    struct lbm_answer answer;
    fails_in = fail;
    const bool topology = lbm_network_set(network, lbm_graph_new(locations, 3, links, 2));
    if (topology) {
        assert_int_equal(network->graph->locations_count, 6);
    }
    lbm_reserve(network, &asker, "1", &call, &answer);
    const bool admitted = answer.outcome == LBM_ADMITTED;
    assert_true(admitted || answer.outcome == LBM_NO_MEMORY || !topology);
    assert_int_equal(used(&network->link_list), admitted ? 160 : 0);
    lbm_propose(network, &asker, "1", &video, &answer);
    assert_true(!admitted || answer.outcome == LBM_ADMITTED || answer.outcome == LBM_NO_MEMORY);
    (void)lbm_confirm(network, &asker, "1");
    lbm_propose(network, &asker, "1", &moved, &answer);
    (void)lbm_network_set(network, lbm_graph_new(locations, 2, links, 1));
    (void)lbm_withdraw(network, &asker, "1");
    (void)lbm_renew(network, &other);
    fails_in = 0;
    assert_non_null(lbm_renew(network, &other));
    assert_int_equal(network->calls_count, 0);
    assert_int_equal(used(&network->link_list) + used(&network->location_list), 0);
}

static void any_allocation_may_fail(void **state) {
    long fail = 0;
    (void)state;
    do {
        struct lbm_network network = {0};
        failed = false;
        assert_true(lbm_network_open(&network));
        live(&network, ++fail);
        lbm_network_close(&network);
    } while (failed);
    assert_true(fail > 40);
    for (fail = 1, failed = true; failed; fail++) {
        struct lbm_network network = {0};
        failed = false;
        fails_in = fail;
        (void)lbm_network_open(&network);
        lbm_network_close(&network);
    }
    fails_in = 0;
}

/* ---- between clusters ---- */

struct side {
    struct lbm_network network;
    struct lbm_hubs hubs;
};

static void open_side(struct side *side, const char *cluster_id, uint64_t life) {
    static const char *const bootstraps[] = {"HQ"};
    const struct lbm_hub_settings settings = {.hub = true,
                                              .cluster_id = cluster_id,
                                              .manager = "",
                                              .bootstraps = bootstraps,
                                              .bootstraps_count = 1,
                                              .lease_ms = 60000,
                                              .keep_ms = 600000};
    memset(side, 0, sizeof *side);
    assert_true(lbm_network_open(&side->network));
    lbm_hubs_open(&side->hubs, &side->network, life, 0);
    lbm_hubs_state(&side->hubs, lbm_statement_new(locations, 3, links, 2));
    lbm_hubs_configure(&side->hubs, &settings, 0);
}

static bool overlay(struct side *side) {
    struct lbm_conflicts conflicts = {0};
    struct lbm_graph *graph = lbm_hubs_overlay(&side->hubs, &conflicts);
    lbm_conflicts_clear(&conflicts);
    return graph != NULL && lbm_network_set(&side->network, graph);
}

/* BR asks HQ. False: memory was short, or there is nothing more to say. */
static bool exchange(struct side *hq, struct side *br, int64_t now) {
    struct lbm_hub *hub = lbm_hubs_find(&br->hubs, "HQ");
    enum lbm_progress progress = LBM_AGAIN;
    sj_error error = {0};
    lbm_hubs_begin(&br->hubs, hub, now);
    for (int i = 0; i < 10 && progress == LBM_AGAIN; i++) {
        sj_text request = {0}, answer = {0};
        lbm_hubs_request(&br->hubs, hub, &request);
        progress = !request.failed && lbm_hubs_answer(&hq->hubs, "BR", "", now, request.data,
                                                      request.length, &answer, &error) == SJ_OK
                       ? lbm_hubs_reply(&br->hubs, hub, now, answer.data, answer.length, &error)
                       : LBM_FAILED;
        sj_text_clear(&request);
        sj_text_clear(&answer);
    }
    lbm_hubs_end(&br->hubs, hub, progress == LBM_DONE ? NULL : "failed", now);
    return progress == LBM_DONE;
}

/* One exchange, or what is made of it, is short of memory; the next makes it good. */
static void an_exchange_may_be_short_of_memory(void **state) {
    static const struct lbm_asker asker = {"br-1", "1", 0, 1000};
    const struct lbm_demand call = {.from = "Berlin", .to = "Rome", .kbps = {80, 0, 0}};
    struct lbm_answer answer;
    long fail = 0;
    (void)state;
    do {
        struct side hq, br;
        failed = false;
        open_side(&hq, "HQ", 1);
        open_side(&br, "BR", 1);
        assert_true(overlay(&br));
        lbm_reserve(&br.network, &asker, "1", &call, &answer);
        assert_int_equal(answer.outcome, LBM_ADMITTED);
        fails_in = ++fail;
        (void)exchange(&hq, &br, 0);
        (void)overlay(&hq);
        fails_in = 0;
        for (int64_t i = 1; i <= 3; i++) {
            assert_true(exchange(&hq, &br, i * 15000));
        }
        assert_true(overlay(&hq));
        assert_int_equal(lbm_place_find(&hq.network, "Rome@Paris")->pools[LBM_AUDIO].used, 80);
        assert_int_equal(lbm_hubs_find(&hq.hubs, "BR")->statement->links_count, 2);
        struct side *const sides[] = {&hq, &br};
        for (int i = 0; i < 2; i++) {
            lbm_hubs_close(&sides[i]->hubs);
            lbm_network_close(&sides[i]->network);
        }
    } while (failed);
    assert_true(fail > 20);
}

static void findings_say_when_they_are_not_whole(void **state) {
    struct lbm_graph *graph = lbm_graph_new(locations, 3, links, 2);
    (void)state;
    failed = true;
    for (long fail = 1; failed; fail++) {
        struct lbm_findings findings = {0};
        failed = false;
        fails_in = fail;
        lbm_findings_look(graph, &findings);
        assert_int_equal(findings.failed, failed);
        lbm_findings_free(&findings);
    }
    fails_in = 0;
    lbm_graph_drop(graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_allocation_may_fail),
                                       cmocka_unit_test(an_exchange_may_be_short_of_memory),
                                       cmocka_unit_test(findings_say_when_they_are_not_whole)};
    return cmocka_run_group_tests_name("lbm, memory short", tests, NULL, NULL);
}
