/* Topologies of several clusters laid over each other, and messages between their Location
 * Bandwidth Managers that are wrong, too long, late or doubled. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "hub_network.h"

#define UNLIMITED LBM_UNLIMITED

static const struct lbm_location_given hq_locations[] = {
    {"Berlin", {UNLIMITED, UNLIMITED, UNLIMITED}}, {"Rome", {500, UNLIMITED, UNLIMITED}}};
static const struct lbm_link_given hq_links[] = {{{"Rome", "Berlin"}, 20, {256, 1024, 384}}};
static const struct lbm_location_given br_locations[] = {
    {"Rome", {UNLIMITED, 800, UNLIMITED}},
    {"Berlin", {UNLIMITED, UNLIMITED, UNLIMITED}},
    {"Oslo", {UNLIMITED, UNLIMITED, UNLIMITED}}};
static const struct lbm_link_given br_links[] = {{{"Berlin", "Rome"}, 10, {300, UNLIMITED, 384}},
                                                 {{"Oslo", "Rome"}, 30, {80, 0, 0}}};

static struct lbm_statement *hq(void) {
    return lbm_statement_new(hq_locations, 2, hq_links, 1);
}

static struct lbm_statement *br(void) {
    return lbm_statement_new(br_locations, 3, br_links, 2);
}

static const struct lbm_link *link_of(const struct lbm_graph *graph, const char *a, const char *b) {
    for (size_t i = 0; i < graph->links_count; i++) {
        const struct lbm_link *link = &graph->links[i];
        if (strcmp(graph->locations[link->ends[0]].name, a) == 0 &&
            strcmp(graph->locations[link->ends[1]].name, b) == 0) {
            return link;
        }
    }
    return NULL;
}

static const struct lbm_conflict *conflict_of(const struct lbm_conflicts *conflicts,
                                              const char *place, const char *what) {
    for (size_t i = 0; i < conflicts->count; i++) {
        if (strcmp(conflicts->all[i].place, place) == 0 &&
            strcmp(conflicts->all[i].what, what) == 0) {
            return &conflicts->all[i];
        }
    }
    return NULL;
}

static void the_least_of_each_counts(void **state) {
    struct lbm_statement *one = hq(), *other = br();
    const struct lbm_part parts[] = {{"HQ", one, ""}, {"BR", other, ""}};
    struct lbm_conflicts conflicts = {0};
    struct lbm_graph *graph = lbm_overlay(parts, 2, "", &conflicts);
    (void)state;
    assert_non_null(graph);
    const struct lbm_link *link = link_of(graph, "Rome", "Berlin"); /* as this cluster names it */
    assert_non_null(link);
    assert_int_equal(link->weight, 10);
    assert_int_equal(link->kbps[LBM_AUDIO], 256);
    assert_int_equal(link->kbps[LBM_VIDEO], 1024);
    assert_non_null(link_of(graph, "Oslo", "Rome"));
    const struct lbm_location *rome = &graph->locations[lbm_graph_find(graph, "Rome")];
    assert_int_equal(rome->kbps[LBM_AUDIO], 500);
    assert_int_equal(rome->kbps[LBM_VIDEO], 800);

    /* What differs is told; that a location has no limit elsewhere is no difference. */
    assert_int_equal(conflicts.found, 3);
    assert_string_equal(conflict_of(&conflicts, "Berlin@Rome", "weight")->stated, "BR 10, HQ 20");
    assert_string_equal(conflict_of(&conflicts, "Berlin@Rome", "audio")->stated, "BR 300, HQ 256");
    assert_string_equal(conflict_of(&conflicts, "Berlin@Rome", "video")->stated,
                        "BR unlimited, HQ 1024");
    lbm_conflicts_clear(&conflicts);
    lbm_graph_drop(graph);
    lbm_statement_free(one);
    lbm_statement_free(other);
}

static void all_conflicts_are_found_and_a_thousand_kept(void **state) {
    enum { LINKS = 1200 };
    static char names[LINKS + 1][8];
    static struct lbm_location_given locations[LINKS + 1];
    static struct lbm_link_given links[LINKS];
    struct lbm_conflicts conflicts = {0};
    struct lbm_statement *statements[2];
    (void)state;
    for (size_t i = 0; i <= LINKS; i++) {
        (void)snprintf(names[i], sizeof names[i], "L%04zu", i);
        locations[i] = (struct lbm_location_given){names[i], {UNLIMITED, UNLIMITED, UNLIMITED}};
    }
    for (int which = 0; which < 2; which++) {
        for (size_t i = 0; i < LINKS; i++) {
            links[i] = (struct lbm_link_given){{names[i], names[i + 1]}, 1 + which, {1, 1, 1}};
        }
        statements[which] = lbm_statement_new(locations, LINKS + 1, links, LINKS);
    }
    const struct lbm_part parts[] = {{"HQ", statements[0], ""}, {"BR", statements[1], ""}};
    struct lbm_graph *graph = lbm_overlay(parts, 2, "", &conflicts);
    assert_non_null(graph);
    assert_int_equal(conflicts.found, LINKS);
    assert_int_equal(conflicts.count, LBM_CONFLICTS_MAX);
    assert_false(conflicts.failed);
    lbm_conflicts_clear(&conflicts);
    lbm_graph_drop(graph);
    lbm_statement_free(statements[0]);
    lbm_statement_free(statements[1]);
}

static void the_management_cluster_alone_counts(void **state) {
    struct lbm_statement *one = hq(), *other = br();
    const struct lbm_part parts[] = {{"HQ", one, "HQ"}, {"BR", other, ""}};
    struct lbm_conflicts conflicts = {0};
    struct lbm_graph *graph = lbm_overlay(parts, 2, "HQ", &conflicts);
    (void)state;
    assert_non_null(graph);
    assert_int_equal(link_of(graph, "Rome", "Berlin")->weight, 20);
    assert_null(link_of(graph, "Oslo", "Rome"));
    assert_int_not_equal(lbm_graph_find(graph, "Oslo"), LBM_NOWHERE); /* its devices are there */
    assert_int_equal(graph->locations[lbm_graph_find(graph, "Rome")].kbps[LBM_VIDEO], UNLIMITED);
    assert_non_null(conflict_of(&conflicts, "BR", "ignored"));
    assert_non_null(conflict_of(&conflicts, "BR", "management")); /* it names none */
    lbm_conflicts_clear(&conflicts);
    lbm_graph_drop(graph);

    /* One that nobody has heard of does not take all limits away. */
    graph = lbm_overlay(parts, 2, "XX", &conflicts);
    assert_int_equal(link_of(graph, "Rome", "Berlin")->weight, 10);
    assert_non_null(conflict_of(&conflicts, "XX", "management"));
    lbm_conflicts_clear(&conflicts);
    lbm_graph_drop(graph);
    lbm_statement_free(one);
    lbm_statement_free(other);
}

/* ---- two that exchange ---- */

struct pair {
    struct lbm_network networks[2];
    struct lbm_hubs hubs[2];
};

static const char *const ids[] = {"HQ", "BR"};

static void configure(struct pair *pair, int which, bool hub) {
    const struct lbm_hub_settings settings = {.hub = hub,
                                              .cluster_id = ids[which],
                                              .manager = "",
                                              .bootstraps = ids,
                                              .bootstraps_count = 1,
                                              .lease_ms = 60000,
                                              .keep_ms = 600000};
    lbm_hubs_configure(&pair->hubs[which], &settings, 0);
}

static void overlay(struct pair *pair, int which) {
    struct lbm_conflicts conflicts = {0};
    assert_true(
        lbm_network_set(&pair->networks[which], lbm_hubs_overlay(&pair->hubs[which], &conflicts)));
    lbm_conflicts_clear(&conflicts);
    lbm_hubs_share(&pair->hubs[which]);
}

static int setup(void **state) {
    struct pair *pair = calloc(1, sizeof *pair);
    assert_non_null(pair);
    for (int i = 0; i < 2; i++) {
        assert_true(lbm_network_open(&pair->networks[i]));
        lbm_hubs_open(&pair->hubs[i], &pair->networks[i], 1000, 7);
        lbm_hubs_state(&pair->hubs[i], i == 0 ? hq() : br());
        configure(pair, i, true);
        overlay(pair, i);
    }
    *state = pair;
    return 0;
}

static int teardown(void **state) {
    struct pair *pair = *state;
    for (int i = 0; i < 2; i++) {
        lbm_hubs_close(&pair->hubs[i]);
        lbm_network_close(&pair->networks[i]);
    }
    free(pair);
    return 0;
}

/* BR asks HQ until all is said; the last request stays in `last`. */
static void exchange(struct pair *pair, int64_t now, sj_text *last) {
    struct lbm_hub *hub = lbm_hubs_find(&pair->hubs[1], "HQ");
    enum lbm_progress progress = LBM_AGAIN;
    sj_error error = {0};
    assert_non_null(hub);
    lbm_hubs_begin(&pair->hubs[1], hub, now);
    for (int i = 0; progress == LBM_AGAIN; i++) {
        sj_text answer = {0};
        assert_true(i < 10);
        sj_text_clear(last);
        lbm_hubs_request(&pair->hubs[1], hub, last);
        assert_int_equal(lbm_hubs_answer(&pair->hubs[0], "BR", "", now, last->data, last->length,
                                         &answer, &error),
                         SJ_OK);
        progress = lbm_hubs_reply(&pair->hubs[1], hub, now, answer.data, answer.length, &error);
        sj_text_clear(&answer);
    }
    assert_int_equal(progress, LBM_DONE);
    lbm_hubs_end(&pair->hubs[1], hub, NULL, now);
    overlay(pair, 0);
    overlay(pair, 1);
}

static int64_t used(struct pair *pair, int which, const char *place) {
    const struct lbm_place *found = lbm_place_find(&pair->networks[which], place);
    return found == NULL ? -1 : found->pools[LBM_AUDIO].used;
}

static const struct lbm_asker asker = {"ccm", "1", 0, 1000000};

static void reserve(struct pair *pair, int which, const char *call, enum lbm_outcome expected) {
    const struct lbm_demand demand = {.from = "Rome", .to = "Berlin", .kbps = {80, 0, 0}};
    struct lbm_answer answer;
    lbm_reserve(&pair->networks[which], &asker, call, &demand, &answer);
    assert_int_equal(answer.outcome, expected);
}

static void calls_of_both_are_counted_once(void **state) {
    struct pair *pair = *state;
    sj_text last = {0};
    exchange(pair, 0, &last);
    reserve(pair, 0, "1", LBM_ADMITTED);
    reserve(pair, 1, "1", LBM_ADMITTED);
    exchange(pair, 1000, &last);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(used(pair, i, "Rome@Berlin"), 160);
        assert_int_equal(used(pair, i, "Berlin@Rome"), 160);
    }
    /* The link has 256 kbps: each is refused what the other has taken. */
    reserve(pair, 0, "2", LBM_ADMITTED);
    exchange(pair, 2000, &last);
    reserve(pair, 1, "2", LBM_REFUSED);
    assert_true(lbm_release(&pair->networks[0], &asker, "1"));
    assert_true(lbm_release(&pair->networks[0], &asker, "2"));
    exchange(pair, 3000, &last);
    assert_int_equal(used(pair, 1, "Rome@Berlin"), 80);

    /* The same message once more, and late, changes nothing. */
    sj_text old = last;
    sj_error error = {0};
    last = (sj_text){0};
    assert_true(lbm_release(&pair->networks[1], &asker, "1"));
    exchange(pair, 4000, &last);
    assert_int_equal(used(pair, 0, "Rome@Berlin"), 0);
    for (int i = 0; i < 2; i++) {
        sj_text answer = {0};
        assert_int_equal(
            lbm_hubs_answer(&pair->hubs[0], "BR", "", 70000, old.data, old.length, &answer, &error),
            SJ_OK);
        sj_text_clear(&answer);
        assert_int_equal(used(pair, 0, "Rome@Berlin"), 0);
    }
    /* Nor does it pass for a sign of life. */
    lbm_hubs_tick(&pair->hubs[0], 70000);
    assert_int_equal(lbm_hubs_find(&pair->hubs[0], "BR")->standing, LBM_HUB_SILENT);
    sj_text_clear(&old);
    sj_text_clear(&last);
}

static void hear_again(struct pair *pair, const sj_text *said) {
    sj_text answer = {0};
    sj_error error = {0};
    assert_int_equal(
        lbm_hubs_answer(&pair->hubs[0], "BR", "", 5000, said->data, said->length, &answer, &error),
        SJ_OK);
    sj_text_clear(&answer);
    overlay(pair, 0);
}

/* One request of BR, which is kept. */
static void say(struct pair *pair, int64_t now, sj_text *said) {
    struct lbm_hub *hub = lbm_hubs_find(&pair->hubs[1], "HQ");
    sj_text answer = {0};
    sj_error error = {0};
    lbm_hubs_begin(&pair->hubs[1], hub, now);
    lbm_hubs_request(&pair->hubs[1], hub, said);
    assert_int_equal(
        lbm_hubs_answer(&pair->hubs[0], "BR", "", now, said->data, said->length, &answer, &error),
        SJ_OK);
    (void)lbm_hubs_reply(&pair->hubs[1], hub, now, answer.data, answer.length, &error);
    lbm_hubs_end(&pair->hubs[1], hub, NULL, now);
    sj_text_clear(&answer);
    overlay(pair, 0);
}

/* What was right once is not right for ever: calls, links and lives that are over do not come back.
 */
static void what_comes_late_changes_nothing(void **state) {
    struct pair *pair = *state;
    sj_text first = {0}, second = {0}, last = {0}, next = {0};
    reserve(pair, 1, "1", LBM_ADMITTED);
    say(pair, 0, &first); /* its links and its call */
    assert_int_equal(used(pair, 0, "Rome@Berlin"), 80);
    reserve(pair, 1, "2", LBM_ADMITTED);
    say(pair, 1000, &second); /* another one, by what has changed */
    assert_int_equal(used(pair, 0, "Rome@Berlin"), 160);
    assert_true(lbm_release(&pair->networks[1], &asker, "1"));
    assert_true(lbm_release(&pair->networks[1], &asker, "2"));
    lbm_hubs_state(&pair->hubs[1], lbm_statement_new(br_locations, 3, br_links, 1));
    exchange(pair, 2000, &last);
    for (int i = 0; i < 2; i++) {
        hear_again(pair, i == 0 ? &first : &second);
        assert_int_equal(used(pair, 0, "Rome@Berlin"), 0);
        assert_null(link_of(pair->networks[0].graph, "Oslo", "Rome"));
    }
    /* Another life. */
    lbm_hubs_close(&pair->hubs[1]);
    lbm_hubs_open(&pair->hubs[1], &pair->networks[1], 2000, 7);
    lbm_hubs_state(&pair->hubs[1], lbm_statement_new(br_locations, 3, br_links, 1));
    configure(pair, 1, true);
    say(pair, 3000, &next);
    hear_again(pair, &last);
    assert_int_equal(used(pair, 0, "Rome@Berlin"), 0);
    lbm_hubs_tick(&pair->hubs[0], 63500); /* nor is it a sign of this life */
    assert_int_equal(lbm_hubs_find(&pair->hubs[0], "BR")->standing, LBM_HUB_SILENT);
    sj_text_clear(&next);
    sj_text_clear(&first);
    sj_text_clear(&second);
    sj_text_clear(&last);
}

/* A call from Rome at HQ to Oslo at BR, as both are asked about it; the sites lead to Hub_None. */
static void reserve_between(struct pair *pair, const char *call) {
    const struct lbm_demand demands[] = {
        {.from = "Rome", .to = SJ_LOCATION_SHADOW, .to_cluster = "BR", .kbps = {80, 0, 0}},
        {.from = "Rome", .to = "Oslo", .from_cluster = "HQ", .kbps = {80, 0, 0}}};
    for (int i = 0; i < 2; i++) {
        struct lbm_answer answer;
        lbm_reserve(&pair->networks[i], &asker, call, &demands[i], &answer);
        assert_int_equal(answer.outcome, LBM_ADMITTED);
    }
}

/* Two clusters that a site leads away from: Rome at HQ over Berlin, Oslo at BR. */
static void lead_to_hub_none(struct pair *pair) {
    static const struct lbm_link_given links[][2] = {
        {{{"Rome", "Berlin"}, 20, {256, 1024, 384}},
         {{"Berlin", SJ_LOCATION_HUB_NONE}, 1, {500, 0, 0}}},
        {{{"Oslo", SJ_LOCATION_HUB_NONE}, 30, {500, 0, 0}},
         {{"Rome", "Berlin"}, 20, {256, 1024, 384}}}};
    static const struct lbm_location_given locations[] = {
        {"Berlin", {UNLIMITED, UNLIMITED, UNLIMITED}},
        {SJ_LOCATION_HUB_NONE, {UNLIMITED, UNLIMITED, UNLIMITED}},
        {"Oslo", {UNLIMITED, UNLIMITED, UNLIMITED}},
        {"Rome", {UNLIMITED, UNLIMITED, UNLIMITED}}};
    lbm_hubs_state(&pair->hubs[0], lbm_statement_new(locations, 4, links[0], 2));
    lbm_hubs_state(&pair->hubs[1], lbm_statement_new(locations, 4, links[1], 2));
    overlay(pair, 0);
    overlay(pair, 1);
}

/* What the two count of the way from Rome to Oslo, each by its own calls. */
static void sides_are(struct pair *pair, int64_t rome_here, int64_t oslo_here, int64_t rome_there,
                      int64_t oslo_there) {
    const char *const places[] = {"Berlin@Rome", "Oslo"};
    const int64_t expected[2][2] = {{rome_here, oslo_here}, {rome_there, oslo_there}};
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 2; k++) {
            const struct lbm_place *place = lbm_place_find(&pair->networks[i], places[k]);
            const struct lbm_pool *pool = place == NULL ? NULL : &place->pools[LBM_AUDIO];
            assert_int_equal(pool == NULL ? 0 : pool->used - pool->remote, expected[i][k]);
        }
    }
}

/* A call between clusters that count together is counted by the one that it goes to, for all of its
 * way; while they do not, each counts its own side. */
static void a_call_between_clusters_is_counted_once_or_each_side(void **state) {
    struct pair *pair = *state;
    sj_text last = {0};
    lead_to_hub_none(pair);
    reserve_between(pair, "before"); /* they have not met yet */
    sides_are(pair, 80, 0, 0, 80);
    exchange(pair, 0, &last);
    exchange(pair, 100, &last); /* it has what HQ states */
    sides_are(pair, 0, 0, 80, 80);
    reserve_between(pair, "together");
    sides_are(pair, 0, 0, 160, 160);
    for (int i = 0; i < 2; i++) { /* the line is cut for longer than the lease */
        lbm_hubs_tick(&pair->hubs[i], 61000);
        lbm_hubs_share(&pair->hubs[i]);
    }
    sides_are(pair, 160, 0, 0, 160);
    exchange(pair, 62000, &last);
    sides_are(pair, 0, 0, 160, 160);
    configure(pair, 1, false); /* a spoke counts its own side */
    exchange(pair, 63000, &last);
    lbm_hubs_tick(&pair->hubs[1], 63100);
    sides_are(pair, 160, 0, 0, 160);
    for (int i = 0; i < 2; i++) {
        assert_true(lbm_release(&pair->networks[i], &asker, "before"));
        assert_true(lbm_release(&pair->networks[i], &asker, "together"));
    }
    sides_are(pair, 0, 0, 0, 0);
    sj_text_clear(&last);
}

/* Nor is it refused where no links lead from its party to Hub_None. */
static void a_side_without_links_is_its_location(void **state) {
    struct pair *pair = *state;
    reserve_between(pair, "1");
    sides_are(pair, 0, 0, 0, 80);
    assert_int_equal(used(pair, 0, "Rome"), 80);
}

/* Two that count together, and no links that join the two ends: whoever counts all of the way takes
 * from both ends, so that none loses a limit that it had alone. */
static void both_ends_count_where_no_links_join_them(void **state) {
    static const struct lbm_location_given locations[2][2] = {
        {{"Far", {UNLIMITED, UNLIMITED, UNLIMITED}}, {"Rome", {100, UNLIMITED, UNLIMITED}}},
        {{"Farther", {UNLIMITED, UNLIMITED, UNLIMITED}}, {"Oslo", {500, UNLIMITED, UNLIMITED}}}};
    static const struct lbm_link_given links[2][1] = {{{{"Rome", "Far"}, 20, {500, 0, 0}}},
                                                      {{{"Oslo", "Farther"}, 20, {500, 0, 0}}}};
    const struct lbm_demand again = {
        .from = "Rome", .to = "Oslo", .from_cluster = "HQ", .kbps = {80, 0, 0}};
    struct pair *pair = *state;
    struct lbm_answer answer;
    sj_text last = {0};
    for (int i = 0; i < 2; i++) {
        lbm_hubs_state(&pair->hubs[i], lbm_statement_new(locations[i], 2, links[i], 1));
        overlay(pair, i);
    }
    exchange(pair, 0, &last);
    exchange(pair, 100, &last);
    reserve_between(pair, "1");
    assert_int_equal(used(pair, 1, "Rome"), 80);
    assert_int_equal(used(pair, 1, "Oslo"), 80);
    lbm_reserve(&pair->networks[1], &asker, "2", &again, &answer);
    assert_int_equal(answer.outcome, LBM_REFUSED);
    assert_true(lbm_release(&pair->networks[1], &asker, "1"));
    assert_int_equal(used(pair, 1, "Rome"), 0);
    sj_text_clear(&last);
}

/* A change that is proposed is settled first. */
static void a_proposal_is_settled_before_its_call_is_counted_anew(void **state) {
    struct pair *pair = *state;
    sj_text last = {0};
    struct lbm_answer answer;
    const struct lbm_demand more = {.kbps = {100, 0, 0}};
    lead_to_hub_none(pair);
    reserve_between(pair, "1");
    lbm_propose(&pair->networks[0], &asker, "1", &more, &answer);
    assert_int_equal(answer.outcome, LBM_ADMITTED);
    exchange(pair, 0, &last);
    exchange(pair, 100, &last);
    sides_are(pair, 100, 0, 80, 80);
    assert_true(lbm_confirm(&pair->networks[0], &asker, "1"));
    sides_are(pair, 0, 0, 80, 80);
    sj_text_clear(&last);
}

static void who_is_silent_gives_back_and_keeps_its_links(void **state) {
    struct pair *pair = *state;
    sj_text last = {0};
    reserve(pair, 1, "1", LBM_ADMITTED);
    exchange(pair, 0, &last);
    assert_int_equal(used(pair, 0, "Rome@Berlin"), 80);
    lbm_hubs_tick(&pair->hubs[0], 59000);
    assert_int_equal(used(pair, 0, "Rome@Berlin"), 80);
    lbm_hubs_tick(&pair->hubs[0], 61000);
    overlay(pair, 0);
    assert_int_equal(used(pair, 0, "Rome@Berlin"), 0);
    assert_non_null(link_of(pair->networks[0].graph, "Oslo", "Rome"));
    exchange(pair, 62000, &last);
    assert_int_equal(used(pair, 0, "Rome@Berlin"), 80);
    lbm_hubs_tick(&pair->hubs[0], 700000);
    overlay(pair, 0);
    assert_null(link_of(pair->networks[0].graph, "Oslo", "Rome"));
    sj_text_clear(&last);
}

static void who_leaves_is_forgotten(void **state) {
    struct pair *pair = *state;
    sj_text last = {0};
    reserve(pair, 1, "1", LBM_ADMITTED);
    exchange(pair, 0, &last);
    configure(pair, 1, false);
    exchange(pair, 1000, &last);
    lbm_hubs_tick(&pair->hubs[1], 1100);
    assert_int_equal(used(pair, 0, "Rome@Berlin"), 0);
    assert_null(link_of(pair->networks[0].graph, "Oslo", "Rome"));
    assert_int_equal(pair->hubs[1].count, 0);
    assert_int_equal(used(pair, 1, "Rome@Berlin"), 80); /* its own calls stand */
    sj_text_clear(&last);
}

static void start_anew(struct pair *pair, uint64_t wall_ms) {
    lbm_hubs_close(&pair->hubs[1]);
    lbm_hubs_open(&pair->hubs[1], &pair->networks[1], wall_ms, 7);
    lbm_hubs_state(&pair->hubs[1], br());
    configure(pair, 1, true);
}

static void a_clock_that_went_back_is_told(void **state) {
    struct pair *pair = *state;
    sj_text last = {0};
    exchange(pair, 0, &last);
    start_anew(pair, 5); /* was 1000 */
    reserve(pair, 1, "1", LBM_ADMITTED);
    exchange(pair, 1000, &last);
    assert_int_equal(used(pair, 0, "Rome@Berlin"), 80);
    assert_true(pair->hubs[1].incarnation > UINT64_C(1000) << 16);
    sj_text_clear(&last);
}

/* One request of a hub that says that it is BR, from there. */
static void speak(struct pair *pair, struct lbm_hubs *hubs, const char *address, int64_t now) {
    struct lbm_hub *hub = lbm_hubs_find(hubs, "HQ");
    sj_text request = {0}, answer = {0};
    sj_error error = {0};
    assert_non_null(hub);
    lbm_hubs_begin(hubs, hub, now);
    lbm_hubs_request(hubs, hub, &request);
    assert_int_equal(lbm_hubs_answer(&pair->hubs[0], "BR", address, now, request.data,
                                     request.length, &answer, &error),
                     SJ_OK);
    assert_int_not_equal(lbm_hubs_reply(hubs, hub, now, answer.data, answer.length, &error),
                         LBM_FAILED);
    lbm_hubs_end(hubs, hub, NULL, now);
    sj_text_clear(&request);
    sj_text_clear(&answer);
}

static void two_that_speak_as_one_cluster_are_told(void **state) {
    struct pair *pair = *state;
    struct pair *twin = NULL;
    assert_int_equal(setup((void **)&twin), 0);
    start_anew(twin, 1001);
    const struct lbm_dispute *seen = NULL;
    for (int64_t now = 1000; now <= 12000; now += 1000) {
        speak(pair, &pair->hubs[1], "10.0.0.2", now);
        seen = &lbm_hubs_find(&pair->hubs[0], "BR")->dispute;
        assert_true(now > 1000 || !lbm_is_disputed(seen, now)); /* one alone is none */
        speak(pair, &twin->hubs[1], "10.0.0.3", now + 500);
    }
    assert_true(lbm_is_disputed(seen, 12500));
    assert_true(lbm_is_disputed(&pair->hubs[1].dispute, 12500));
    assert_true(lbm_is_disputed(&twin->hubs[1].dispute, 12500));
    const struct lbm_hub *hub = lbm_hubs_find(&pair->hubs[0], "BR");
    assert_string_not_equal(hub->addresses[0], hub->addresses[1]);
    assert_int_equal(strncmp(hub->addresses[1], "10.0.0.", 7), 0);
    assert_false(lbm_is_disputed(seen, 12500 + LBM_DISPUTE_MS + 1));
    assert_int_equal(teardown((void **)&twin), 0);
}

/* One that starts anew again and again, from where it was, is one. */
static void one_that_starts_again_is_no_dispute(void **state) {
    struct pair *pair = *state;
    for (int64_t now = 1000; now <= 8000; now += 1000) { /* by an answer it has no address */
        speak(pair, &pair->hubs[1], now % 2000 == 0 ? "" : "10.0.0.2", now);
        start_anew(pair, (uint64_t)(2000 + now));
    }
    assert_false(lbm_is_disputed(&lbm_hubs_find(&pair->hubs[0], "BR")->dispute, 8000));
    assert_false(lbm_is_disputed(&pair->hubs[1].dispute, 8000));
}

/* More places than are kept: those that are count, and it is shown that there are others. */
static void usage_of_too_many_places_is_shown(void **state) {
    enum { RUN = 10000 };
    struct pair *pair = *state;
    sj_error error = {0};
    for (uint64_t run = 0; run <= LBM_USAGES_MAX / RUN; run++) {
        const struct lbm_sender sender = {
            .here = {5, run + 1, 0}, .beat = run + 1, .lease_ms = 60000};
        struct lbm_run said = {.from = run, .to = run + 1, .whole = run == 0};
        sj_text text = {0}, answer = {0};
        lbm_wire_begin(&text, LBM_REQUEST, &sender);
        const size_t begun = lbm_wire_run_begin(&text);
        for (uint64_t i = 0; i < (run == LBM_USAGES_MAX / RUN ? 1 : RUN); i++, said.count++) {
            struct lbm_usage usage = {.kbps = {80, 0, 0}, .calls = 1};
            (void)snprintf(usage.location, sizeof usage.location, "L%llu",
                           (unsigned long long)(run * RUN + i));
            lbm_wire_usage(&text, &usage);
        }
        lbm_wire_run_end(&text, begun, &said);
        assert_false(run > 0 && lbm_hubs_find(&pair->hubs[0], "BR")->cut);
        assert_int_equal(
            lbm_hubs_answer(&pair->hubs[0], "BR", "", 0, text.data, text.length, &answer, &error),
            SJ_OK);
        sj_text_clear(&text);
        sj_text_clear(&answer);
    }
    const struct lbm_hub *hub = lbm_hubs_find(&pair->hubs[0], "BR");
    assert_true(hub->cut);
    assert_int_equal(hub->usages.count, LBM_USAGES_MAX);
    assert_int_equal(hub->here.usage, LBM_USAGES_MAX / RUN + 1); /* it is not told again */
    lbm_hubs_tick(&pair->hubs[0], 61000);
    assert_false(hub->cut);
}

/* ---- what is refused ---- */

static void lives_that_cannot_be_are_refused_with_a_reason(void **state) {
    static const struct lbm_versions never = {.incarnation = UINT64_MAX - 5};
    struct pair *pair = *state;
    const struct lbm_sender senders[] = {{.here = never, .beat = 1, .lease_ms = 60000},
                                         {.here = {5, 0, 0}, .has = never, .beat = 1}};
    sj_error error = {0};
    for (int i = 0; i < 2; i++) {
        sj_text text = {0}, answer = {0};
        struct lbm_message message;
        lbm_wire_begin(&text, LBM_REQUEST, &senders[i]);
        assert_int_equal(
            lbm_hubs_answer(&pair->hubs[0], "BR", "", 0, text.data, text.length, &answer, &error),
            SJ_OK);
        assert_int_equal(lbm_wire_read(answer.data, answer.length, LBM_REPLY, &message, &error),
                         SJ_OK);
        assert_non_null(strstr(message.refusal, "a hundred years from now"));
        assert_int_equal(lbm_hubs_find(&pair->hubs[0], "BR")->here.incarnation, 0);
        sj_text_clear(&text);
        sj_text_clear(&answer);
    }
}

static void refused(const sj_text *text) {
    struct lbm_message message;
    sj_error error = {0};
    assert_int_not_equal(lbm_wire_read(text->data, text->length, LBM_REQUEST, &message, &error),
                         SJ_OK);
    assert_true(error.text[0] != '\0');
}

static void begin(sj_text *text) {
    const struct lbm_sender sender = {.here = {1, 1, 1}, .beat = 1};
    sj_text_clear(text);
    lbm_wire_begin(text, LBM_REQUEST, &sender);
}

static void wrong_messages_are_refused_whole(void **state) {
    sj_text text = {0};
    struct lbm_statement *statement = br();
    struct lbm_message message;
    sj_error error = {0};
    (void)state;
    begin(&text);
    lbm_wire_topology(&text, 7, statement);
    assert_int_equal(lbm_wire_read(text.data, text.length, LBM_REQUEST, &message, &error), SJ_OK);
    assert_int_equal(message.topology, 7);
    struct lbm_statement *read = lbm_wire_statement(&message);
    assert_int_equal(read->links_count, 2);
    assert_string_equal(read->links[1].ends[0], "Oslo");
    assert_int_equal(read->links[0].kbps[LBM_VIDEO], UNLIMITED);
    lbm_statement_free(read);
    for (size_t length = 0; length < text.length; length++) {
        const sj_text part = {.data = text.data, .length = length};
        if (lbm_wire_read(text.data, length, LBM_REQUEST, &message, &error) == SJ_OK) {
            assert_false(message.has_topology); /* it ends behind the sender */
        } else {
            refused(&part);
        }
    }
    lbm_wire_topology(&text, 8, statement); /* a second time */
    refused(&text);
    begin(&text);
    text.data[4] = 2;
    assert_int_equal(lbm_wire_read(text.data, text.length, LBM_REQUEST, &message, &error),
                     SJ_E_VERSION);
    lbm_statement_free(statement);

    struct lbm_usage usage = {.location = "A", .other = "B", .kbps = {1, 2, 3}, .calls = 1};
    struct lbm_run run = {.from = 5, .to = 4, .count = 1};
    begin(&text);
    size_t begun = lbm_wire_run_begin(&text);
    lbm_wire_usage(&text, &usage);
    lbm_wire_run_end(&text, begun, &run);
    refused(&text); /* it ends before it begins */
    run = (struct lbm_run){.from = 4, .to = 5, .count = 2};
    begin(&text);
    begun = lbm_wire_run_begin(&text);
    lbm_wire_usage(&text, &usage);
    lbm_wire_run_end(&text, begun, &run);
    refused(&text); /* fewer than it says */
    usage.kbps[0] = LBM_USED_MAX + 1;
    run.count = 1;
    begin(&text);
    begun = lbm_wire_run_begin(&text);
    lbm_wire_usage(&text, &usage);
    lbm_wire_run_end(&text, begun, &run);
    refused(&text);
    sj_text_clear(&text);
}

static void there_are_no_more_hubs_than_may_be(void **state) {
    struct pair *pair = *state;
    struct lbm_hubs *hubs = &pair->hubs[0];
    const struct lbm_sender sender = {.here = {1, 1, 0}, .beat = 1, .lease_ms = 60000};
    char names[LBM_HUBS_MAX][8];
    const char *all[LBM_HUBS_MAX];
    sj_text text = {0}, answer = {0};
    sj_error error = {0};
    for (int i = 0; i < LBM_HUBS_MAX; i++) {
        (void)snprintf(names[i], sizeof names[i], "x%d", i);
        all[i] = names[i];
    }
    lbm_wire_begin(&text, LBM_REQUEST, &sender);
    lbm_wire_hubs(&text, all, LBM_HUBS_MAX);
    assert_int_equal(lbm_hubs_answer(hubs, "BR", "", 0, text.data, text.length, &answer, &error),
                     SJ_OK);
    assert_int_equal(hubs->count, LBM_HUBS_MAX);
    /* Hearsay gives way to one that is there. */
    sj_text_clear(&answer);
    assert_int_equal(lbm_hubs_answer(hubs, "CC", "", 0, text.data, text.length, &answer, &error),
                     SJ_OK);
    assert_non_null(lbm_hubs_find(hubs, "CC"));
    assert_int_equal(hubs->count, LBM_HUBS_MAX);
    sj_text_clear(&answer);
    sj_text_clear(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_of_each_counts),
        cmocka_unit_test(all_conflicts_are_found_and_a_thousand_kept),
        cmocka_unit_test(the_management_cluster_alone_counts),
        cmocka_unit_test_setup_teardown(calls_of_both_are_counted_once, setup, teardown),
        cmocka_unit_test_setup_teardown(what_comes_late_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_between_clusters_is_counted_once_or_each_side, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_side_without_links_is_its_location, setup, teardown),
        cmocka_unit_test_setup_teardown(both_ends_count_where_no_links_join_them, setup, teardown),
        cmocka_unit_test_setup_teardown(a_proposal_is_settled_before_its_call_is_counted_anew,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(who_is_silent_gives_back_and_keeps_its_links, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(who_leaves_is_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_that_went_back_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(two_that_speak_as_one_cluster_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_starts_again_is_no_dispute, setup, teardown),
        cmocka_unit_test_setup_teardown(usage_of_too_many_places_is_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(lives_that_cannot_be_are_refused_with_a_reason, setup,
                                        teardown),
        cmocka_unit_test(wrong_messages_are_refused_whole),
        cmocka_unit_test_setup_teardown(there_are_no_more_hubs_than_may_be, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
