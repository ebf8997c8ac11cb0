/* Copies of which not all is here: the limit of learned objects, at this cluster and at hubs, and
 * what comes in halves. */
#include "ils_clusters.h"

static void the_limit_keeps_what_is_there(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE);
    struct ils_found found;
    (void)state;
    set_limit(hub, 3);
    for (int i = 0; i < 5; i++) {
        char uri[32];
        (void)snprintf(uri, sizeof uri, "user%d@example.com", i);
        state_uri(one, uri, "");
    }
    (void)exchange(one, hub, 0);
    assert_int_equal(hub->table.learned, 3);
    assert_true(hub->counters.limited > 0);
    assert_true(knows(hub, "user2@example.com", &found));
    assert_false(knows(hub, "user3@example.com", &found));
    assert_true(ils_find_cluster(hub, "c2")->holed);
    set_limit(hub, 2); /* lowering it keeps old objects */
    (void)exchange(one, hub, 1000);
    assert_int_equal(hub->table.learned, 3);
    set_limit(hub, 5);
    (void)exchange(one, hub, 2000);
    (void)exchange(one, hub, 3000);
    assert_int_equal(hub->table.learned, 5);
    assert_false(ils_find_cluster(hub, "c2")->holed);
    ils_free(hub);
    ils_free(one);
}

/* What its owner withdraws goes, there and at who is told by the hub, and what is new has its
 * place.
 */
static void at_the_limit_what_is_there_changes(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
               *two = cluster(3, ILS_SPOKE);
    struct ils_found found;
    (void)state;
    state_uri(one, "first@example.com", "");
    (void)exchange(one, hub, 0);
    (void)exchange(two, hub, 0);
    set_limit(hub, 3);
    state_users(one, "user", 5);
    (void)exchange(one, hub, 1000);
    (void)exchange(two, hub, 2000);
    assert_int_equal(hub->table.learned, 3);
    assert_true(ils_find_cluster(hub, "c2")->holed);
    assert_false(ils_find_cluster(hub, "c2")->holed_there);
    assert_true(ils_find_cluster(two, "c2")->holed_there); /* it knows that it does not know all */
    assert_true(knows(two, "user1@example.com", &found));
    assert_int_equal(ils_withdraw(one, ILS_DIRECTORY_URI, "first@example.com"), SJ_OK);
    state_uri(one, "user0@example.com", "+4930123");
    (void)exchange(one, hub, 3000);
    (void)exchange(two, hub, 4000);
    assert_false(knows(hub, "first@example.com", &found));
    assert_false(knows(two, "first@example.com", &found));
    assert_true(knows(two, "user0@example.com", &found));
    assert_string_equal(found.number, "+4930123");
    withdraw_users(one, "user", 5);
    state_uri(one, "last@example.com", "");
    for (int i = 1; i < 4; i++) { /* with the beats of two intervals all is whole again */
        ils_tick(one, 4000 + (int64_t)i * INTERVAL);
        (void)exchange(one, hub, 4000 + (int64_t)i * INTERVAL);
        (void)exchange(two, hub, 5000 + (int64_t)i * INTERVAL);
    }
    assert_int_equal(hub->table.learned, 1);
    assert_int_equal(two->table.learned, 1);
    assert_true(knows(two, "last@example.com", &found));
    assert_false(ils_find_cluster(hub, "c2")->holed);
    assert_false(ils_find_cluster(two, "c2")->holed);
    assert_int_equal(hub->counters.mismatches + two->counters.mismatches, 0);
    ils_free(hub);
    ils_free(one);
    ils_free(two);
}

/* When there is room again everybody knows what there was until there is more; and holes that have
 * gone are none. */
static void holes_are_filled(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
               *two = cluster(3, ILS_SPOKE);
    struct ils_found found;
    (void)state;
    set_limit(hub, 3);
    state_users(one, "user", 5);
    (void)exchange(one, hub, 0);
    (void)exchange(two, hub, 1000);
    set_limit(hub, 100);
    for (int64_t now = 2000; now < 4 * INTERVAL; now += INTERVAL / 4) {
        ils_tick(one, now);
        (void)exchange(one, hub, now);
        (void)exchange(two, hub, now + 1000);
        assert_true(knows(hub, "user1@example.com", &found));
        assert_true(knows(two, "user1@example.com", &found));
        if (now > 2 * INTERVAL) { /* two intervals, and the first retry */
            assert_int_equal(hub->table.learned, 5);
            assert_int_equal(two->table.learned, 5);
            assert_int_equal(ils_gaps(two, ILS_GAP_NO_ROOM_THERE) + ils_gaps(hub, ILS_GAP_NO_ROOM),
                             0);
        }
    }
    set_limit(hub, 5);
    state_uri(one, "more@example.com", "");
    (void)exchange(one, hub, 5 * INTERVAL);
    assert_int_equal(ils_gaps(hub, ILS_GAP_NO_ROOM), 1);
    assert_int_equal(ils_withdraw(one, ILS_DIRECTORY_URI, "more@example.com"), SJ_OK);
    (void)exchange(one, hub, 5 * INTERVAL + 1000);
    ils_tick(one, 6 * INTERVAL);
    (void)exchange(one, hub, 6 * INTERVAL);
    assert_int_equal(ils_gaps(hub, ILS_GAP_NO_ROOM), 0);
    ils_free(hub);
    ils_free(one);
    ils_free(two);
}

/* Though no new beat has come that would have to be told. */
static void there_is_room_at_once(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *full = cluster(2, ILS_HUB),
               *one = cluster(3, ILS_SPOKE), *two = cluster(4, ILS_SPOKE);
    struct ils_found found;
    (void)state;
    set_limit(full, 3);
    state_users(one, "user", 5);
    (void)exchange(one, hub, 0);
    (void)exchange(full, hub, 1000);
    (void)exchange(two, full, 2000);
    assert_int_equal(ils_gaps(full, ILS_GAP_NO_ROOM), 1);
    assert_int_equal(ils_gaps(two, ILS_GAP_NO_ROOM_THERE), 1);
    set_limit(full, 5);
    for (int64_t now = 3000; now <= 4000; now += 1000) {
        (void)exchange(full, hub, now);
        (void)exchange(two, full, now); /* what its hub asks for anew is still there */
        assert_true(knows(two, "user1@example.com", &found));
    }
    assert_int_equal(full->table.learned, 5);
    for (int64_t now = 5000; now <= 6000; now += 1000) {
        (void)exchange(two, full, now);
    }
    assert_int_equal(two->table.learned, 5);
    assert_int_equal(ils_gaps(two, ILS_GAP_NO_ROOM_THERE), 0);
    ils_free(hub);
    ils_free(full);
    ils_free(one);
    ils_free(two);
}

/* A run whose end has not come, and never does: nobody takes it for the whole. */
static void half_a_catalog_is_a_gap(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE);
    (void)state;
    state_users(one, "user", 1);
    (void)exchange(one, hub, 0);
    const struct ils_owner *copy = ils_find_cluster(hub, "c2");
    assert_int_equal(ils_gap_of(copy), ILS_GAP_NONE);
    const struct ils_changes run = {
        .peer = copy->peer, .incarnation = copy->incarnation, .from = 1, .to = 2, .target = 9};
    sj_text message = say(2, ILS_SPOKE);
    ils_wire_changes_end(&message, ils_wire_changes_begin(&message), &run);
    assert_int_equal(hear(hub, &message, NULL, 1000), SJ_OK);
    assert_int_equal(ils_gap_of(copy), ILS_GAP_ON_THE_WAY);
    state_users(one, "more", 8);
    (void)exchange(one, hub, 2000);
    assert_int_equal(ils_gap_of(copy), ILS_GAP_NONE);
    ils_free(hub);
    ils_free(one);
}

/* What user 4 is reached by, as it is known here; "": not at all. */
static const char *number_of_user_4(const struct ils *ils, struct ils_found *found) {
    return knows(ils, "user4@example.com", found) ? found->number : "";
}

/* One cluster with five users, of whom its hub knows all, and a full hub three. */
struct holes {
    struct ils *roomy, *full, *owner;
};

static struct holes holes_begin(void) {
    const struct holes holes = {cluster(1, ILS_HUB), cluster(2, ILS_HUB), cluster(3, ILS_SPOKE)};
    set_limit(holes.full, 3);
    state_users(holes.owner, "user", 5);
    (void)exchange(holes.owner, holes.roomy, 0);
    (void)exchange(holes.full, holes.roomy, 0);
    return holes;
}

static void change_user(const struct holes *holes, const char *uri, const char *number,
                        int64_t now) {
    state_uri(holes->owner, uri, number);
    (void)exchange(holes->owner, holes->roomy, now);
    (void)exchange(holes->full, holes->roomy, now);
}

static void holes_end(const struct holes *holes, struct ils *other) {
    ils_free(holes->roomy);
    ils_free(holes->full);
    ils_free(holes->owner);
    ils_free(other);
}

/* It knew all from its former hub; what the new one has passed over must not stay as it was. */
static void a_spoke_that_moves_to_a_full_hub_keeps_nothing_old(void **state) {
    struct ils *spoke = cluster(4, ILS_SPOKE);
    const struct holes holes = holes_begin();
    struct ils_found found;
    (void)state;
    (void)exchange(spoke, holes.roomy, 1000);
    assert_true(knows(spoke, "user4@example.com", &found));
    change_user(&holes, "user4@example.com", "+4930123", 2000);
    (void)exchange(spoke, holes.full, 3000);
    assert_int_equal(ils_gap_of(ils_find_cluster(spoke, "c3")), ILS_GAP_ON_THE_WAY);
    (void)exchange(spoke, holes.full, 4000);
    assert_false(knows(spoke, "user4@example.com", &found));
    assert_true(knows(spoke, "user1@example.com", &found));
    assert_int_equal(ils_gap_of(ils_find_cluster(spoke, "c3")), ILS_GAP_NO_ROOM_THERE);
    /* From here on it has what that hub has, and takes its changes one by one. */
    change_user(&holes, "user1@example.com", "+4930124", 5000);
    const uint64_t before = spoke->counters.changes_in;
    (void)exchange(spoke, holes.full, 6000);
    assert_true(knows(spoke, "user1@example.com", &found));
    assert_string_equal(found.number, "+4930124");
    assert_int_equal(spoke->counters.changes_in, before + 1);
    holes_end(&holes, spoke);
}

/* Another hub waits for whoever has all of it; when nobody tells of it, it is content with less. */
static void a_hub_waits_for_the_owners_hub(void **state) {
    struct ils *hub = cluster(4, ILS_HUB);
    const struct holes holes = holes_begin();
    struct ils_found found;
    (void)state;
    (void)exchange(hub, holes.roomy, 1000);
    change_user(&holes, "user4@example.com", "+4930123", 2000);
    (void)exchange(hub, holes.full, 3000);
    assert_int_equal(ils_gap_of(ils_find_cluster(hub, "c3")), ILS_GAP_ON_THE_WAY);
    assert_string_equal(number_of_user_4(hub, &found), "");
    assert_true(knows(hub, "user4@example.com", &found));
    (void)exchange(hub, holes.roomy, 4000);
    assert_string_equal(number_of_user_4(hub, &found), "+4930123");
    assert_int_equal(ils_gap_of(ils_find_cluster(hub, "c3")), ILS_GAP_NONE);
    change_user(&holes, "user4@example.com", "+4930999", 5000);
    for (int64_t now = 5000; now < (ILS_SILENT_INTERVALS + 3) * (int64_t)INTERVAL;
         now += INTERVAL) {
        ils_tick(holes.owner, now);
        (void)exchange(holes.owner, holes.roomy, now);
        (void)exchange(holes.full, holes.roomy, now);
        (void)exchange(hub, holes.full, now + 1000);
        const bool waits = now < ILS_SILENT_INTERVALS * (int64_t)INTERVAL;
        assert_true(!waits || strcmp(number_of_user_4(hub, &found), "+4930123") == 0);
    }
    assert_false(knows(hub, "user4@example.com", &found));
    assert_int_equal(ils_gap_of(ils_find_cluster(hub, "c3")), ILS_GAP_NO_ROOM_THERE);
    holes_end(&holes, hub);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_keeps_what_is_there),
        cmocka_unit_test(at_the_limit_what_is_there_changes),
        cmocka_unit_test(holes_are_filled),
        cmocka_unit_test(there_is_room_at_once),
        cmocka_unit_test(half_a_catalog_is_a_gap),
        cmocka_unit_test(a_spoke_that_moves_to_a_full_hub_keeps_nothing_old),
        cmocka_unit_test(a_hub_waits_for_the_owners_hub),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
