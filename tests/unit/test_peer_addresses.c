/* Which nodes of a remote cluster are called: sdk/library/peer_addresses.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <sojourn/peer_addresses.h>

static const char *const dozen[] = {"10.0.0.1", "10.0.0.2",  "10.0.0.3",  "10.0.0.4",
                                    "10.0.0.5", "10.0.0.6",  "10.0.0.7",  "10.0.0.8",
                                    "10.0.0.9", "10.0.0.10", "10.0.0.11", "10.0.0.12"};

static struct sj_peer_knowledge knowledge_of(size_t learnt) {
    return (struct sj_peer_knowledge){.configured = "hq.example",
                                      .learnt = dozen,
                                      .learnt_count = learnt,
                                      .same_record = true,
                                      .age_ms = 1000,
                                      .most_age_ms = INT64_C(90) * 60000};
}

static void the_configured_name_keeps_a_place(void **state) {
    struct sj_peer_addresses chosen = {0};
    (void)state;
    for (size_t learnt = 0; learnt <= 12; learnt++) {
        struct sj_peer_knowledge knowledge = knowledge_of(learnt);
        assert_true(sj_peer_addresses_choose(&knowledge, &chosen));
        assert_int_equal(chosen.count, learnt + 1);
        assert_string_equal(chosen.texts[chosen.count - 1], "hq.example");
        knowledge.failed = true;
        assert_true(sj_peer_addresses_choose(&knowledge, &chosen));
        assert_string_equal(chosen.texts[0], "hq.example");
        assert_int_equal(chosen.count, learnt + 1);
    }
    sj_peer_addresses_free(&chosen);
}

/* Whatever another cluster tells. */
static void there_is_an_end(void **state) {
    enum { MANY = SJ_PEER_ADDRESSES_MAX + 10 };
    static char texts[MANY][24];
    static const char *learnt[MANY];
    struct sj_peer_addresses chosen = {0};
    struct sj_peer_knowledge knowledge = knowledge_of(0);
    (void)state;
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "node-%d.example", i);
        learnt[i] = texts[i];
    }
    knowledge.learnt = learnt;
    knowledge.learnt_count = MANY;
    assert_true(sj_peer_addresses_choose(&knowledge, &chosen));
    assert_int_equal(chosen.count, SJ_PEER_ADDRESSES_MAX);
    assert_string_equal(chosen.texts[chosen.count - 1], "hq.example");
    sj_peer_addresses_free(&chosen);
}

static void what_was_learnt_ages(void **state) {
    struct sj_peer_addresses chosen = {0};
    struct sj_peer_knowledge knowledge = knowledge_of(3);
    (void)state;
    knowledge.age_ms = knowledge.most_age_ms + 1;
    assert_true(sj_peer_addresses_choose(&knowledge, &chosen));
    assert_int_equal(chosen.count, 1);
    knowledge.age_ms = -1;
    assert_true(sj_peer_addresses_choose(&knowledge, &chosen));
    assert_int_equal(chosen.count, 1);
    knowledge.age_ms = 0;
    knowledge.same_record = false;
    assert_true(sj_peer_addresses_choose(&knowledge, &chosen));
    assert_int_equal(chosen.count, 1);
    assert_string_equal(chosen.texts[0], "hq.example");
    sj_peer_addresses_free(&chosen);
}

/* What answered last comes first, as long as it is one of them, and each has its turn behind it. */
static void what_answered_last_comes_first(void **state) {
    struct sj_peer_addresses chosen = {0};
    struct sj_peer_knowledge knowledge = knowledge_of(3);
    (void)state;
    knowledge.preferred = "hq.example";
    assert_true(sj_peer_addresses_choose(&knowledge, &chosen));
    assert_int_equal(chosen.count, 4);
    assert_string_equal(chosen.texts[0], "hq.example");
    assert_string_equal(chosen.texts[1], "10.0.0.1");
    assert_string_equal(chosen.texts[3], "10.0.0.3");
    knowledge.preferred = "10.0.0.2";
    assert_true(sj_peer_addresses_choose(&knowledge, &chosen));
    assert_int_equal(chosen.count, 4);
    assert_string_equal(chosen.texts[0], "10.0.0.2");
    assert_string_equal(chosen.texts[1], "10.0.0.3");
    assert_string_equal(chosen.texts[2], "hq.example");
    assert_string_equal(chosen.texts[3], "10.0.0.1");
    knowledge.preferred = "192.0.2.1";
    assert_true(sj_peer_addresses_choose(&knowledge, &chosen));
    assert_int_equal(chosen.count, 4);
    assert_string_equal(chosen.texts[0], "10.0.0.1");
    sj_peer_addresses_free(&chosen);
}

static void none_stands_twice(void **state) {
    static const char *const learnt[] = {"hq.example", "", "10.0.0.1", "10.0.0.1"};
    struct sj_peer_addresses chosen = {0};
    struct sj_peer_knowledge knowledge = knowledge_of(0);
    (void)state;
    knowledge.learnt = learnt;
    knowledge.learnt_count = 4;
    assert_true(sj_peer_addresses_choose(&knowledge, &chosen));
    assert_int_equal(chosen.count, 2);
    assert_string_equal(chosen.texts[0], "hq.example");
    assert_string_equal(chosen.texts[1], "10.0.0.1");
    sj_peer_addresses_free(&chosen);
}

static void the_time_reaches_the_last(void **state) {
    (void)state;
    int64_t left = 5000, shortest = 5000;
    for (size_t attempts = 8; attempts > 0; attempts--) {
        const int64_t share = sj_peer_addresses_share(left, attempts);
        shortest = share < shortest ? share : shortest;
        left -= share;
    }
    assert_true(shortest >= 5000 / 8);
    assert_int_equal(left, 0);
    assert_int_equal(sj_peer_addresses_share(0, 3), 1);
    /* Nobody can answer in less; who is left over has its turn another time. */
    assert_int_equal(sj_peer_addresses_share(1000, 50), SJ_PEER_SHARE_LEAST_MS);
    assert_int_equal(sj_peer_addresses_share(50, 50), 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_configured_name_keeps_a_place),
                                       cmocka_unit_test(there_is_an_end),
                                       cmocka_unit_test(what_was_learnt_ages),
                                       cmocka_unit_test(what_answered_last_comes_first),
                                       cmocka_unit_test(none_stands_twice),
                                       cmocka_unit_test(the_time_reaches_the_last)};
    return cmocka_run_group_tests_name("Nodes of a remote cluster", tests, NULL, NULL);
}
