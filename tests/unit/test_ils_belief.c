/* What a cluster does not believe of what others say: of themselves, and of each other. */
#include "ils_clusters.h"

/* Somebody says that another has counted to the end, or as far as is believed. */
static void nobody_counts_to_the_end_for_another(void **state) {
    (void)state;
    for (int far = 0; far < 2; far++) {
        struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
                   *liar = cluster(3, ILS_HUB);
        struct ils_found found;
        (void)exchange(one, hub, 0);
        (void)exchange(liar, hub, 0);
        const uint64_t most = far == 0 ? UINT64_MAX : ils_count_end(hub, 1000) - 1;
        const struct ils_state lie = {.peer = peer(2), .incarnation = most, .beat = most};
        const struct ils_changes run = {
            .peer = peer(2), .incarnation = most, .to = 9, .target = 9, .whole = true};
        const struct ils_info info = {.peer = peer(2),
                                      .incarnation = most,
                                      .version = 9,
                                      .role = ILS_SPOKE,
                                      .cluster_id = "c2",
                                      .route = "",
                                      .detail = ""};
        sj_text message = say(3, ILS_HUB);
        ils_wire_state(&message, &lie);
        ils_wire_info(&message, &info);
        ils_wire_changes_end(&message, ils_wire_changes_begin(&message), &run);
        assert_int_equal(hear(hub, &message, "c3", 1000), SJ_OK);
        assert_int_equal(hub->disbelieved.count, far == 0 ? 2 : 0);
        state_uri(one, "anna@example.com", "");
        for (int64_t now = 60000; now <= 180000; now += 60000) {
            (void)exchange(one, hub, now);
        }
        assert_true(knows(hub, "anna@example.com", &found));
        assert_string_equal(found.route, "c2.example");
        ils_free(hub);
        ils_free(one);
        ils_free(liar);
    }
}

/* `from` says of the owner `of` that it is the cluster `name`, and has anna@example.com. */
static void claim(struct ils *to, unsigned from, enum ils_role role, const char *certificate,
                  unsigned of, const char *name, int64_t now) {
    const struct ils_state copy = {
        .peer = peer(of), .incarnation = 5, .beat = 5, .version = 1, .target = 2};
    const struct ils_info info = {.peer = peer(of),
                                  .incarnation = 5,
                                  .version = 1,
                                  .role = ILS_SPOKE,
                                  .cluster_id = name,
                                  .route = "stolen.example",
                                  .detail = ""};
    struct ils_changes run = {
        .peer = peer(of), .incarnation = 5, .to = 1, .target = 2, .whole = true, .count = 1};
    const struct ils_change change = {
        .fact = {.kind = ILS_DIRECTORY_URI, .key = "anna@example.com", .number = "", .route = ""},
        .version = 1};
    sj_text message = say(from, role);
    ils_wire_state(&message, &copy);
    if (name != NULL) {
        ils_wire_info(&message, &info);
    }
    const size_t begun = ils_wire_changes_begin(&message);
    ils_wire_change(&message, &change);
    ils_wire_changes_end(&message, begun, &run);
    assert_int_equal(hear(to, &message, certificate, now), SJ_OK);
}

static void assert_route(const struct ils *ils, const char *route) {
    struct ils_found found;
    assert_true(knows(ils, "anna@example.com", &found));
    assert_string_equal(found.route, route);
}

/* A hub that knows c2 with its URI, c3, a spoke, and c4, a hub. */
static struct ils *attacked(void) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
               *spoke = cluster(3, ILS_SPOKE), *second = cluster(4, ILS_HUB);
    state_uri(one, "anna@example.com", "");
    (void)exchange(one, hub, 0);
    (void)exchange(spoke, hub, 0);
    (void)exchange(second, hub, 0);
    ils_free(one);
    ils_free(spoke);
    ils_free(second);
    return hub;
}

static void nobody_speaks_for_a_cluster_without_its_certificate(void **state) {
    struct ils *hub = attacked();
    (void)state;
    const uint64_t before = hub->disbelieved.count;
    claim(hub, 0, ILS_SPOKE, "c3", 0, "c2", 1000); /* with a peer id that comes before */
    assert_route(hub, "c2.example");
    assert_int_equal(hub->disbelieved.count, before + 1);
    assert_non_null(strstr(hub->disbelieved.last, "another cluster id than its certificate"));
    claim(hub, 0, ILS_SPOKE, "c3", 0, NULL, 1000); /* nor for one that has no id */
    assert_route(hub, "c2.example");
    /* Who has the certificate is believed: the cluster has been made anew. */
    claim(hub, 9, ILS_SPOKE, "c2", 9, "c2", 2000);
    assert_route(hub, "stolen.example");
    ils_free(hub);
}

static void a_cluster_id_is_of_one_cluster(void **state) {
    struct ils *hub = attacked();
    struct ils_found found;
    (void)state;
    claim(hub, 4, ILS_HUB, "c4", 0, "c2", 1000);
    assert_route(hub, "c2.example");
    const struct ils_peer_id first = peer(0);
    assert_string_equal(ils_find(hub, &first)->claimed, "c2");
    claim(hub, 4, ILS_HUB, "c4", 7, "c1", 1000);
    assert_non_null(strstr(hub->disbelieved.last, "this cluster's id"));
    assert_ptr_equal(ils_find_cluster(hub, "c1"), hub->self);
    /* Once nothing has been heard of the other one, the id is free. */
    claim(hub, 4, ILS_HUB, "c4", 0, "c2", INT64_C(4) * INTERVAL);
    assert_route(hub, "stolen.example");
    assert_true(knows(hub, "anna@example.com", &found));
    assert_int_equal(found.others, 0);
    ils_free(hub);
}

/* Where people have named the hubs, whoever else calls itself one speaks of itself alone, and is
 * not asked. */
static void hubs_are_those_that_people_accept(void **state) {
    static const char *const accepted[] = {"c8", "c4"};
    (void)state;
    for (size_t count = 0; count <= 2; count++) { /* all; c8; c8 and c4 */
        struct ils *hub = attacked();
        hub->hubs = accepted;
        hub->hubs_count = count;
        claim(hub, 4, ILS_HUB, "c4", 7, "c7", 1000);
        ils_tick(hub, 1000);
        assert_int_equal(ils_find_cluster(hub, "c7") != NULL, count != 1);
        assert_int_equal(hub->neighbors_count, count != 1);
        assert_non_null(ils_find_cluster(hub, "c4"));
        ils_free(hub);
    }
    /* The registration server is named already. */
    struct ils *hub = attacked(), *spoke = cluster(5, ILS_SPOKE);
    spoke->hubs = accepted;
    spoke->hubs_count = 1;
    (void)exchange(spoke, hub, 1000);
    assert_non_null(ils_find_cluster(spoke, "c2"));
    ils_free(hub);
    ils_free(spoke);
}

/* With the certificate: what it was before counts no more, and is told as that and not as another
 * cluster of the same id. */
static void a_cluster_made_anew_replaces_itself(void **state) {
    struct ils *hub = attacked();
    const struct ils_peer_id before = peer(2), anew = peer(9);
    (void)state;
    claim(hub, 9, ILS_SPOKE, "c2", 9, "c2", 1000);
    assert_route(hub, "stolen.example");
    assert_true(ils_find(hub, &before)->replaced);
    assert_string_equal(ils_find(hub, &before)->claimed, "c2");
    assert_false(ils_find(hub, &anew)->replaced);
    claim(hub, 4, ILS_HUB, "c4", 0, "c2", 1000);
    const struct ils_peer_id other = peer(0);
    assert_false(ils_find(hub, &other)->replaced);
    ils_free(hub);
}

static void who_is_no_hub_speaks_of_itself_alone(void **state) {
    struct ils *hub = attacked();
    (void)state;
    claim(hub, 3, ILS_HUB, "c3", 8, "c8", 1000); /* it is known as a spoke */
    assert_null(ils_find_cluster(hub, "c8"));
    claim(hub, 6, ILS_HUB, "c6", 8, "c8", 1000); /* nobody knows it */
    assert_null(ils_find_cluster(hub, "c8"));
    claim(hub, 4, ILS_HUB, "c4", 8, "c8", 1000);
    assert_non_null(ils_find_cluster(hub, "c8"));
    ils_free(hub);
}

static void nobody_fills_the_table_alone(void **state) {
    struct ils *hub = attacked();
    char name[16];
    (void)state;
    for (unsigned i = 0; i < 20; i++) { /* a cluster under many peer ids */
        claim(hub, 100 + i, ILS_SPOKE, "c3", 100 + i, "c3", 1000);
    }
    assert_int_equal(hub->owners_count, 4 + ILS_OWNERS_SELF);
    for (unsigned i = 0; i < ILS_OWNERS_TOLD + 20; i++) {
        (void)snprintf(name, sizeof name, "x%u", i);
        claim(hub, 4, ILS_HUB, "c4", 200 + i, name, 1000);
    }
    assert_non_null(strstr(hub->crowded.last, "c4 says of"));
    assert_int_equal(hub->owners_count, 4 + ILS_OWNERS_SELF + ILS_OWNERS_TOLD);
    struct ils *second = cluster(5, ILS_HUB), *one = cluster(6, ILS_SPOKE);
    (void)exchange(second, hub, 2000);
    for (unsigned i = 0; i < ILS_OWNERS_TOLD; i++) {
        (void)snprintf(name, sizeof name, "y%u", i);
        claim(hub, 5, ILS_HUB, "c5", 2000 + i, name, 2000);
    }
    assert_int_equal(hub->owners_count, ILS_OWNERS_MAX - ILS_OWNERS_DIRECT);
    assert_non_null(strstr(hub->crowded.last, "no place"));
    state_uri(one, "carl@example.com", "");
    (void)exchange(one, hub, 3000);
    struct ils_found found;
    assert_true(knows(hub, "carl@example.com", &found));
    ils_free(hub);
    ils_free(second);
    ils_free(one);
}

static void a_cluster_id_has_its_characters(void **state) {
    struct ils *hub = cluster(1, ILS_HUB);
    static const char *const bad[] = {"", "<script>", "../../etc", "a b", "\"}]", "c_3"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct ils_info info = {
            .peer = peer(2), .version = 1, .cluster_id = bad[i], .route = "", .detail = ""};
        sj_text message = say(2, ILS_SPOKE);
        ils_wire_info(&message, &info);
        assert_int_equal(hear(hub, &message, "c2", 0), SJ_E_INVALID);
    }
    ils_free(hub);
}

static void no_version_is_near_the_end(void **state) {
    struct ils *hub = cluster(1, ILS_HUB);
    (void)state;
    const struct ils_state all[] = {
        {.peer = peer(2), .version = UINT64_MAX, .target = UINT64_MAX},
        {.peer = peer(2), .target = UINT64_MAX},
        {.peer = peer(2), .floor = UINT64_MAX},
        {.peer = peer(2), .info_version = ILS_VERSION_MAX + 1},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        sj_text message = say(2, ILS_SPOKE);
        ils_wire_state(&message, &all[i]);
        assert_int_equal(hear(hub, &message, "c2", 0), SJ_E_INVALID);
    }
    ils_free(hub);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_counts_to_the_end_for_another),
        cmocka_unit_test(nobody_speaks_for_a_cluster_without_its_certificate),
        cmocka_unit_test(a_cluster_id_is_of_one_cluster),
        cmocka_unit_test(hubs_are_those_that_people_accept),
        cmocka_unit_test(a_cluster_made_anew_replaces_itself),
        cmocka_unit_test(who_is_no_hub_speaks_of_itself_alone),
        cmocka_unit_test(nobody_fills_the_table_alone),
        cmocka_unit_test(a_cluster_id_has_its_characters),
        cmocka_unit_test(no_version_is_near_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
