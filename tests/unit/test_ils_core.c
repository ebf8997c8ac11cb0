/* Replication of the dial plan between clusters: keys, the table, and what one cluster takes from
 * another. */
#include "ils_clusters.h"

static void keys_have_one_form(void **state) {
    char key[ILS_KEY_MAX + 1];
    (void)state;
    assert_int_equal(ils_canonical(ILS_DIRECTORY_URI, "sip:Anna@EXAMPLE.Com", key, NULL), SJ_OK);
    assert_string_equal(key, "Anna@example.com");
    static const char *const bad[] = {"anna",
                                      "@example.com",
                                      "a b@example.com",
                                      "anna@-x.com",
                                      "anna@x..com",
                                      "anna@x",
                                      "anna@example.com;user=phone",
                                      "a@b@example.com",
                                      "0123456789012345678901234567890123456789012345678@x.com"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(ils_canonical(ILS_DIRECTORY_URI, bad[i], key, NULL), SJ_E_INVALID);
    }
    assert_int_equal(ils_canonical(ILS_E164_NUMBER, "4930123", key, NULL), SJ_E_INVALID);
    assert_int_equal(ils_canonical(ILS_ENTERPRISE_NUMBER, "+4930123", key, NULL), SJ_E_INVALID);
    assert_int_equal(ils_canonical(ILS_ENTERPRISE_NUMBER, "54XXX", key, NULL), SJ_E_INVALID);
    assert_int_equal(ils_canonical(ILS_ENTERPRISE_PATTERN, "54xxX", key, NULL), SJ_OK);
    assert_string_equal(key, "54XXX");
    assert_true(ils_route_is_valid("hq.example"));
    assert_false(ils_route_is_valid("hq_example"));
    assert_false(ils_route_is_valid(""));
}

static void a_hub_passes_on_what_each_lacks(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
               *two = cluster(3, ILS_SPOKE);
    struct ils_found found;
    (void)state;
    state_uri(one, "anna@example.com", "+4930123");
    (void)exchange(one, hub, 1000);
    (void)exchange(two, hub, 2000);
    assert_true(knows(two, "ANNA@example.com", &found) == false); /* the user part is exact */
    assert_true(knows(two, "anna@EXAMPLE.com", &found));
    assert_string_equal(found.route, "c2.example");
    assert_string_equal(found.owner->cluster_id, "c2");
    assert_true(found.failover);
    assert_string_equal(found.number, "+4930123");
    assert_true(knows(one, "anna@example.com", &found));
    assert_true(found.own);
    /* The second time there is nothing to tell. */
    const uint64_t told = hub->counters.changes_out;
    assert_int_equal(exchange(two, hub, 63000), 1);
    assert_int_equal(hub->counters.changes_out, told);
    /* A change goes alone, a removal as a tombstone. */
    state_uri(one, "bert@example.com", "");
    assert_int_equal(ils_withdraw(one, ILS_DIRECTORY_URI, "anna@example.com"), SJ_OK);
    (void)exchange(one, hub, 70000);
    (void)exchange(two, hub, 71000);
    assert_int_equal(hub->counters.changes_out, told + 2);
    assert_false(knows(two, "anna@example.com", &found));
    assert_true(knows(two, "bert@example.com", &found));
    assert_false(found.failover);
    ils_free(hub);
    ils_free(one);
    ils_free(two);
}

static void nothing_older_wins(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE);
    struct ils_exchange old;
    sj_text late = {0}, reply = {0};
    sj_error error = {0};
    (void)state;
    state_uri(one, "anna@example.com", "1");
    ils_tick(one, 1000);
    ils_exchange_begin(one, &old, ils_due(one, 1000), 1000);
    /* A request that the hub wants to be followed by data: as it is after the first reply. */
    ils_exchange_request(one, &old, 1000, &reply);
    sj_text answer = {0};
    assert_int_equal(ils_answer(hub, 1000, reply.data, reply.length, NULL, &answer, &error), SJ_OK);
    assert_int_equal(ils_exchange_reply(one, &old, 1000, answer.data, answer.length, &error),
                     ILS_AGAIN);
    ils_exchange_request(one, &old, 1000, &late);
    ils_exchange_end(one, &old, "it is late", 1000);
    state_uri(one, "anna@example.com", "2");
    (void)exchange(one, hub, 2000);
    struct ils_owner *owner = ils_find_cluster(hub, "c2");
    const uint64_t digest = owner->catalog->digest, version = owner->catalog->version;
    for (int twice = 0; twice < 2; twice++) {
        sj_text ignored = {0};
        assert_int_equal(ils_answer(hub, 3000, late.data, late.length, NULL, &ignored, &error),
                         SJ_OK);
        sj_text_clear(&ignored);
    }
    assert_int_equal(owner->catalog->digest, digest);
    assert_int_equal(owner->catalog->version, version);
    assert_int_equal(owner->catalog->digest, one->self->catalog->digest);
    sj_text_clear(&late);
    sj_text_clear(&reply);
    sj_text_clear(&answer);
    ils_free(hub);
    ils_free(one);
}

static void silence_expires_and_stays_expired(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
               *two = cluster(3, ILS_SPOKE);
    struct ils_found found;
    (void)state;
    state_uri(one, "anna@example.com", "");
    (void)exchange(one, hub, 0);
    (void)exchange(two, hub, 0);
    const int64_t silence = (int64_t)ILS_SILENT_INTERVALS * INTERVAL;
    ils_tick(hub, silence);
    assert_true(knows(hub, "anna@example.com", &found));
    ils_tick(hub, silence + 1000);
    assert_false(knows(hub, "anna@example.com", &found));
    assert_int_equal(hub->table.learned, 0);
    /* What the other has not yet taken out is not believed. */
    (void)exchange(two, hub, silence + 1000);
    assert_false(knows(hub, "anna@example.com", &found));
    ils_tick(one, silence + 2000); /* a beat */
    (void)exchange(one, hub, silence + 2000);
    assert_true(knows(hub, "anna@example.com", &found));
    ils_free(hub);
    ils_free(one);
    ils_free(two);
}

static void who_leaves_is_gone_at_once(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
               *two = cluster(3, ILS_SPOKE);
    struct ils_found found;
    (void)state;
    state_uri(one, "anna@example.com", "");
    state_uri(two, "bert@example.com", "");
    (void)exchange(one, hub, 0);
    (void)exchange(two, hub, 0);
    (void)exchange(one, hub, 1000);
    assert_true(knows(one, "bert@example.com", &found));
    const struct ils_settings leaves = {.role = ILS_STANDALONE,
                                        .registrar = true,
                                        .interval_ms = INTERVAL,
                                        .most_learned = 100000,
                                        .cluster_id = "c2",
                                        .route = "c2.example",
                                        .detail = "{}"};
    ils_configure(one, &leaves, 2000);
    (void)exchange(one, hub, 2000);
    ils_tick(one, 3000);
    assert_false(knows(one, "bert@example.com", &found));
    assert_null(ils_due(one, 3000));
    assert_false(knows(hub, "anna@example.com", &found));
    (void)exchange(two, hub, 3000);
    assert_false(knows(two, "anna@example.com", &found));
    /* And comes back. */
    struct ils_settings joins = leaves;
    joins.role = ILS_SPOKE;
    ils_configure(one, &joins, 4000);
    (void)exchange(one, hub, 4000);
    (void)exchange(two, hub, 5000);
    assert_true(knows(two, "anna@example.com", &found));
    assert_true(knows(one, "bert@example.com", &found));
    ils_free(hub);
    ils_free(one);
    ils_free(two);
}

/* A hub that becomes standalone is asked by its spokes, whom it asks nothing itself. */
static void a_hub_that_leaves_is_gone_for_its_spokes(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE);
    struct ils_found found;
    (void)state;
    state_uri(hub, "boss@hq.example", "");
    (void)exchange(one, hub, 0);
    assert_true(knows(one, "boss@hq.example", &found));
    const struct ils_settings leaves = {.role = ILS_STANDALONE,
                                        .interval_ms = INTERVAL,
                                        .most_learned = 100000,
                                        .cluster_id = "c1",
                                        .route = "c1.example",
                                        .detail = "{}"};
    ils_configure(hub, &leaves, 1000);
    ils_tick(hub, 1000);
    (void)exchange(one, hub, 2000); /* is refused, and says why */
    assert_false(knows(one, "boss@hq.example", &found));
    ils_free(hub);
    ils_free(one);
}

/* The registration server is taken away in the same step: the farewell goes to whom it was. */
static void a_farewell_finds_the_former_hub(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE);
    (void)state;
    (void)exchange(one, hub, 0);
    const struct ils_settings leaves = {.role = ILS_STANDALONE,
                                        .registrar_changed = true,
                                        .interval_ms = INTERVAL,
                                        .most_learned = 100000,
                                        .cluster_id = "c2",
                                        .route = "c2.example",
                                        .detail = "{}"};
    ils_configure(one, &leaves, 1000);
    ils_tick(one, 1000);
    const struct ils_neighbor *due = ils_due(one, 1000);
    assert_non_null(due);
    assert_false(due->registrar); /* it is found by its peer id */
    assert_true(ils_peer_equal(&due->peer, &hub->self->peer));
    (void)exchange(one, hub, 1000);
    assert_null(ils_find_cluster(hub, "c2"));
    ils_free(hub);
    ils_free(one);
}

/* No farewell can reach a hub whose certificates have been removed here: nothing waits for it. */
static void a_hub_that_is_not_trusted_is_forgotten_at_once(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE);
    (void)state;
    (void)exchange(one, hub, 0);
    ils_find(one, &hub->self->peer)->withdrawn = true;
    const struct ils_settings leaves = {.role = ILS_STANDALONE,
                                        .interval_ms = INTERVAL,
                                        .most_learned = 100000,
                                        .cluster_id = "c2",
                                        .route = "c2.example",
                                        .detail = "{}"};
    ils_configure(one, &leaves, 1000);
    ils_tick(one, 1000);
    assert_null(ils_find_cluster(one, "c1"));
    assert_false(one->leaving);
    ils_free(hub);
    ils_free(one);
}

static void duplicates_do_not_depend_on_who_came_first(void **state) {
    (void)state;
    for (int order = 0; order < 2; order++) {
        struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
                   *two = cluster(3, ILS_SPOKE);
        struct ils_found found;
        state_uri(one, "anna@example.com", "");
        state_uri(two, "anna@example.com", "");
        (void)exchange(order == 0 ? one : two, hub, 0);
        (void)exchange(order == 0 ? two : one, hub, 1000);
        assert_true(knows(hub, "anna@example.com", &found));
        assert_string_equal(found.owner->cluster_id, "c2");
        assert_int_equal(found.others, 1);
        assert_int_equal(hub->table.doubled, 1);
        assert_int_equal(ils_withdraw(one, ILS_DIRECTORY_URI, "anna@example.com"), SJ_OK);
        (void)exchange(one, hub, 2000);
        assert_true(knows(hub, "anna@example.com", &found));
        assert_string_equal(found.owner->cluster_id, "c3");
        assert_int_equal(hub->table.doubled, 0);
        ils_free(hub);
        ils_free(one);
        ils_free(two);
    }
}

static void a_lost_state_is_stated_anew(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE);
    struct ils_found found;
    (void)state;
    state_uri(one, "anna@example.com", "");
    state_uri(one, "bert@example.com", "");
    (void)exchange(one, hub, 0);
    ils_free(one);
    one = cluster(2, ILS_SPOKE); /* its store is lost, its peer id is not */
    state_uri(one, "carl@example.com", "");
    (void)exchange(one, hub, 1000);
    (void)exchange(one, hub, 2000);
    assert_true(knows(hub, "carl@example.com", &found));
    assert_false(knows(hub, "anna@example.com", &found));
    assert_int_equal(ils_find_cluster(hub, "c2")->catalog->digest, one->self->catalog->digest);
    assert_int_equal(one->counters.restored, 1);
    ils_free(hub);
    ils_free(one);
}

/* From a day to a minute: by the new interval the last beat is long ago, and nobody is silent. */
static void a_shorter_interval_makes_nobody_silent(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE);
    struct ils_found found;
    struct ils_settings settings = {.role = ILS_SPOKE,
                                    .registrar = true,
                                    .interval_ms = 1440 * INTERVAL,
                                    .most_learned = 100000,
                                    .cluster_id = "c2",
                                    .route = "c2.example",
                                    .detail = "{}"};
    int64_t now = 0;
    (void)state;
    ils_configure(one, &settings, now);
    state_uri(one, "anna@example.com", "");
    (void)exchange(one, hub, now + INT64_C(2) * INTERVAL); /* the next beat is in a day */
    now = INT64_C(300) * INTERVAL;
    ils_tick(hub, now);
    assert_true(knows(hub, "anna@example.com", &found));
    settings.interval_ms = INTERVAL;
    ils_configure(one, &settings, now);
    for (int i = 0; i < 2 * ILS_SILENT_INTERVALS; i++, now += INTERVAL) {
        (void)exchange(one, hub, now);
        ils_tick(hub, now);
        assert_true(knows(hub, "anna@example.com", &found));
    }
    ils_free(hub);
    ils_free(one);
}

/* A copied machine: both have one peer id, and each would state all anew whenever it is told of the
 * other. One of them gives way, so that nothing changes by turns; and both, and the hub, know. */
static void of_two_that_speak_as_one_cluster_one_counts(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
               *copy = cluster(2, ILS_SPOKE);
    struct ils_owner *owner = NULL;
    struct ils_found found;
    uint64_t incarnation = 0;
    int64_t now = 0;
    (void)state;
    state_uri(one, "anna@example.com", "");
    state_uri(copy, "bert@example.com", "");
    state_uri(copy, "carl@example.com", "");
    for (int i = 0; i < 16; i++, now += INTERVAL) {
        (void)exchange(one, hub, now);
        (void)exchange(copy, hub, now + INTERVAL / 2);
        owner = ils_find_cluster(hub, "c2");
        assert_true(i < 9 || owner->incarnation == incarnation);
        incarnation = owner->incarnation;
    }
    assert_true(ils_dispute_is(&owner->dispute, ILS_DISPUTE_HEARD, now));
    assert_true(ils_dispute_is(&one->dispute, ILS_DISPUTE_KNOWN, now));
    assert_true(ils_dispute_is(&copy->dispute, ILS_DISPUTE_KNOWN, now));
    assert_true(ils_yields(one, now) != ils_yields(copy, now));
    struct ils *silent = ils_yields(one, now) ? one : copy;
    assert_int_equal(knows(hub, "anna@example.com", &found), silent == copy);
    assert_int_equal(knows(hub, "bert@example.com", &found), silent == one);
    /* The one that counts is shut down: the other takes its place again. */
    for (int i = 0; i < ILS_SILENT_INTERVALS + 3; i++, now += INTERVAL) {
        ils_tick(hub, now);
        (void)exchange(silent, hub, now);
    }
    assert_false(ils_yields(silent, now));
    assert_int_equal(knows(hub, "anna@example.com", &found), silent == one);
    assert_int_equal(knows(hub, "bert@example.com", &found), silent == copy);
    ils_free(hub);
    ils_free(one);
    ils_free(copy);
}

/* Who is behind what is remembered of removals is told all anew, in several messages. */
static void a_long_catalog_is_told_anew(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE);
    (void)state;
    state_users(one, "a.rather.long.name.of.a.user.who.leaves.", 9000);
    state_users(one, "a.rather.long.name.of.a.user.who.stays.", 9000);
    (void)exchange(one, hub, 0);
    assert_int_equal(hub->table.learned, 18000);
    withdraw_users(one, "a.rather.long.name.of.a.user.who.leaves.", 9000);
    assert_true(one->self->catalog->floor > 18000);
    assert_true(exchange(one, hub, 1000) > 2);
    assert_int_equal(hub->table.learned, 9000);
    assert_int_equal(hub->counters.mismatches, 0);
    ils_free(hub);
    ils_free(one);
}

static void a_journal_brings_it_back(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE), *again;
    struct ils_found found;
    (void)state;
    for (int i = 0; i < 9000; i++) { /* more than one message holds */
        char uri[64];
        (void)snprintf(uri, sizeof uri, "a.rather.long.user.%d@example.com", i);
        state_uri(one, uri, "+4930123456");
    }
    state_uri(hub, "hub@example.com", "");
    assert_true(exchange(one, hub, 0) > 2);
    const struct ils_peer_id id = peer(1);
    again = ils_new(&id, "c1", 1, 0);
    for (size_t i = 0; i < hub->owners_count; i++) {
        uint64_t incarnation = 0, version = 0;
        bool more = true;
        while (more) {
            sj_text message = {0};
            sj_error error = {0};
            ils_journal_begin(hub, &message);
            ils_journal_owner(hub, hub->owners[i], &incarnation, &version, 0, &message, &more);
            assert_int_equal(ils_restore(again, message.data, message.length, 0, &error), SJ_OK);
            sj_text_clear(&message);
        }
        assert_int_equal(version, hub->owners[i]->catalog->version);
        assert_int_equal(again->owners[i]->catalog->digest, hub->owners[i]->catalog->digest);
    }
    assert_true(knows(again, "a.rather.long.user.8999@example.com", &found));
    assert_string_equal(found.route, "c2.example");
    assert_true(again->self->beat > hub->self->beat);
    ils_free(hub);
    ils_free(one);
    ils_free(again);
}

static void tombstones_are_forgotten_and_the_late_one_gets_all(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
               *two = cluster(3, ILS_SPOKE);
    (void)state;
    for (int i = 0; i < 2000; i++) {
        char uri[64];
        (void)snprintf(uri, sizeof uri, "user%d@example.com", i);
        state_uri(one, uri, "");
    }
    (void)exchange(one, hub, 0);
    (void)exchange(two, hub, 0);
    for (int i = 0; i < 1500; i++) {
        char uri[64];
        (void)snprintf(uri, sizeof uri, "user%d@example.com", i);
        assert_int_equal(ils_withdraw(one, ILS_DIRECTORY_URI, uri), SJ_OK);
    }
    assert_true(one->self->catalog->floor > 2000);
    assert_true(one->self->catalog->tombstones.count < 600);
    (void)exchange(one, hub, 1000);
    (void)exchange(two, hub, 2000);
    assert_int_equal(two->table.learned, 500);
    assert_int_equal(ils_find_cluster(two, "c2")->catalog->digest, one->self->catalog->digest);
    assert_int_equal(two->counters.mismatches + hub->counters.mismatches, 0);
    ils_free(hub);
    ils_free(one);
    ils_free(two);
}

static void a_spoke_follows_its_hub(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *second = cluster(2, ILS_HUB),
               *spoke = cluster(3, ILS_SPOKE);
    (void)state;
    (void)exchange(second, hub, 0);
    (void)exchange(spoke, hub, 0);
    (void)exchange(spoke, hub, 1000);
    const struct ils_settings smaller = {.role = ILS_SPOKE,
                                         .registrar = true,
                                         .interval_ms = INTERVAL,
                                         .most_learned = 100000,
                                         .cluster_id = "c1",
                                         .route = "c1.example",
                                         .detail = "{}"};
    ils_configure(hub, &smaller, 2000);
    ils_tick(hub, 2000);
    (void)exchange(hub, second, 2000);
    (void)exchange(spoke, hub, 3000); /* refused, and told where to go */
    ils_tick(spoke, 4000);
    struct ils_neighbor *next = ils_due(spoke, 4000);
    assert_non_null(next);
    assert_true(ils_peer_equal(&next->peer, &second->self->peer));
    (void)exchange(spoke, second, 4000);
    assert_non_null(ils_find_cluster(second, "c3"));
    assert_string_equal(spoke->neighbors[0]->reason, "");
    ils_free(hub);
    ils_free(second);
    ils_free(spoke);
}

static void what_is_not_right_is_refused_whole(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE);
    struct ils_exchange exchange_one;
    sj_text request = {0}, out = {0};
    sj_error error = {0};
    (void)state;
    state_uri(one, "anna@example.com", "");
    ils_tick(one, 0);
    ils_exchange_begin(one, &exchange_one, ils_due(one, 0), 0);
    ils_exchange_request(one, &exchange_one, 0, &request);
    for (size_t length = 0; length < request.length; length++) {
        const size_t owners = hub->owners_count;
        const int status = ils_answer(hub, 0, request.data, length, NULL, &out, &error);
        assert_true(status == SJ_OK || status == SJ_E_INVALID);
        assert_true(status == SJ_OK || hub->owners_count == owners);
        sj_text_clear(&out);
    }
    request.data[4] = 9;
    assert_int_equal(ils_answer(hub, 0, request.data, request.length, NULL, &out, &error),
                     SJ_E_VERSION);
    request.data[4] = ILS_WIRE_VERSION;
    assert_int_equal(ils_answer(hub, 0, request.data, request.length, "c7", &out, &error), SJ_OK);
    sj_text_clear(&out);
    ils_exchange_end(one, &exchange_one, "over", 0);
    sj_text_clear(&request);
    ils_free(hub);
    ils_free(one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_one_form),
        cmocka_unit_test(a_hub_passes_on_what_each_lacks),
        cmocka_unit_test(nothing_older_wins),
        cmocka_unit_test(silence_expires_and_stays_expired),
        cmocka_unit_test(who_leaves_is_gone_at_once),
        cmocka_unit_test(a_hub_that_leaves_is_gone_for_its_spokes),
        cmocka_unit_test(a_farewell_finds_the_former_hub),
        cmocka_unit_test(a_hub_that_is_not_trusted_is_forgotten_at_once),
        cmocka_unit_test(duplicates_do_not_depend_on_who_came_first),
        cmocka_unit_test(a_lost_state_is_stated_anew),
        cmocka_unit_test(a_shorter_interval_makes_nobody_silent),
        cmocka_unit_test(of_two_that_speak_as_one_cluster_one_counts),
        cmocka_unit_test(a_long_catalog_is_told_anew),
        cmocka_unit_test(a_journal_brings_it_back),
        cmocka_unit_test(tombstones_are_forgotten_and_the_late_one_gets_all),
        cmocka_unit_test(a_spoke_follows_its_hub),
        cmocka_unit_test(what_is_not_right_is_refused_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
