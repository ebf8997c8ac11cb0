/* Joining by a password: who knows it is believed; who does not, stands in between, sends back what
 * was sent, or what was sent before, is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/attempts.h"
#include "core/join.h"

static const uint8_t salt[JOIN_SALT] = "0123456789abcdef";
static uint8_t right[JOIN_KEY], wrong[JOIN_KEY];

static int setup(void **state) {
    (void)state;
    return ils_join_key("correct horse", salt, right) && ils_join_key("battery", salt, wrong) ? 0
                                                                                              : 1;
}

static struct ils_join_context context_of(const char *joiner, uint8_t session, uint8_t channel) {
    struct ils_join_context context = {.joiner = joiner, .hub = "hub"};
    memcpy(context.salt, salt, sizeof salt);
    memset(context.session, session, sizeof context.session);
    memset(context.channel, channel, sizeof context.channel);
    return context;
}

static const uint8_t none[JOIN_DIGEST], certificates[JOIN_DIGEST] = {7}, others[JOIN_DIGEST] = {8};

/* Whether the hub believes the joiner. */
static bool believed(const uint8_t *key_here, struct ils_join_context here,
                     const uint8_t *key_there, struct ils_join_context there) {
    struct ils_join joiner, hub;
    uint8_t sent[JOIN_PROOF], expected[JOIN_PROOF];
    assert_true(ils_join_begin(&joiner, &here, key_here));
    assert_true(ils_join_begin(&hub, &there, key_there));
    assert_true(ils_join_agree(&joiner, false, hub.share));
    assert_true(ils_join_agree(&hub, true, joiner.share));
    ils_join_prove(&joiner, false, certificates, none, sent);
    ils_join_prove(&hub, false, certificates, none, expected);
    const bool first = ils_join_equal(sent, expected, JOIN_PROOF);
    ils_join_prove(&hub, true, certificates, others, sent);
    ils_join_prove(&joiner, true, certificates, others, expected);
    assert_int_equal(first, ils_join_equal(sent, expected, JOIN_PROOF));
    return first;
}

static void who_knows_the_password_is_believed(void **state) {
    (void)state;
    assert_true(believed(right, context_of("a", 1, 1), right, context_of("a", 1, 1)));
    assert_false(believed(wrong, context_of("a", 1, 1), right, context_of("a", 1, 1)));
    assert_false(believed(right, context_of("a", 1, 1), wrong, context_of("a", 1, 1)));
}

static void who_stands_in_between_is_not(void **state) {
    (void)state; /* passes everything on, but has two connections */
    assert_false(believed(right, context_of("a", 1, 1), right, context_of("a", 1, 2)));
}

static void nothing_holds_for_another_exchange_or_cluster(void **state) {
    (void)state;
    assert_false(believed(right, context_of("a", 1, 1), right, context_of("a", 2, 1)));
    assert_false(believed(right, context_of("a", 1, 1), right, context_of("b", 1, 1)));
}

static void what_is_sent_back_is_refused(void **state) {
    (void)state;
    const struct ils_join_context context = context_of("a", 1, 1);
    struct ils_join joiner, hub;
    uint8_t of_joiner[JOIN_PROOF], of_hub[JOIN_PROOF];
    assert_true(ils_join_begin(&joiner, &context, right));
    assert_true(ils_join_begin(&hub, &context, right));
    assert_false(ils_join_agree(&joiner, false, joiner.share));
    assert_true(ils_join_agree(&joiner, false, hub.share));
    ils_join_prove(&joiner, false, certificates, none, of_joiner);
    ils_join_prove(&joiner, true, certificates, none, of_hub);
    assert_false(ils_join_equal(of_joiner, of_hub, JOIN_PROOF));
}

static void other_certificates_are_not_covered(void **state) {
    (void)state;
    const struct ils_join_context context = context_of("a", 1, 1);
    struct ils_join joiner, hub;
    uint8_t sent[JOIN_PROOF], expected[JOIN_PROOF];
    assert_true(ils_join_begin(&joiner, &context, right));
    assert_true(ils_join_begin(&hub, &context, right));
    assert_true(ils_join_agree(&joiner, false, hub.share));
    assert_true(ils_join_agree(&hub, true, joiner.share));
    ils_join_prove(&joiner, false, certificates, none, sent);
    ils_join_prove(&hub, false, others, none, expected);
    assert_false(ils_join_equal(sent, expected, JOIN_PROOF));
}

/* The neutral element would make a key that everybody knows. */
static void what_is_no_share_is_refused(void **state) {
    (void)state;
    const struct ils_join_context context = context_of("a", 1, 1);
    const uint8_t zeros[JOIN_SHARE] = {0};
    uint8_t ones[JOIN_SHARE];
    struct ils_join joiner;
    memset(ones, 0xff, sizeof ones);
    assert_true(ils_join_begin(&joiner, &context, right));
    assert_false(ils_join_agree(&joiner, false, zeros));
    assert_false(ils_join_agree(&joiner, false, ones));
}

static void texts_keep_their_borders_in_a_digest(void **state) {
    (void)state;
    const char *const one[] = {"ab", "c"}, *const two[] = {"a", "bc"};
    uint8_t first[JOIN_DIGEST], second[JOIN_DIGEST];
    ils_join_digest(one, 2, first);
    ils_join_digest(two, 2, second);
    assert_memory_not_equal(first, second, JOIN_DIGEST);
}

static void attempts_are_bounded(void **state) {
    static struct ils_attempts attempts;
    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_true(ils_attempts_take(&attempts, &ils_attempts_to_join, "192.0.2.1", false, 1000));
    }
    assert_false(ils_attempts_take(&attempts, &ils_attempts_to_join, "192.0.2.1", false, 1000));
    assert_true(ils_attempts_take(&attempts, &ils_attempts_to_join, "192.0.2.2", false, 1000));
    assert_false(ils_attempts_take(&attempts, &ils_attempts_to_join, "192.0.2.1", false, 60999));
    assert_true(ils_attempts_take(&attempts, &ils_attempts_to_join, "192.0.2.1", false, 61001));
    ils_attempts_give_back(&attempts, "192.0.2.1");
    assert_true(ils_attempts_take(&attempts, &ils_attempts_to_join, "192.0.2.1", false, 61001));
    int taken = 0;
    for (int i = 0; i < 1000; i++) { /* many sources together have a limit, too */
        char source[ATTEMPTS_SOURCE];
        (void)snprintf(source, sizeof source, "198.51.100.%d", i);
        taken += ils_attempts_take(&attempts, &ils_attempts_to_join, source, false, 61001);
    }
    assert_in_range(taken, 40, 50);
}

/* Strangers from many addresses try again and again: who comes new, has been right, or was vouched
 * for has a place all the same. */
static void strangers_do_not_keep_everybody_out(void **state) {
    static struct ils_attempts attempts;
    const struct ils_attempts_limits *limits = &ils_attempts_to_join;
    (void)state;
    assert_true(ils_attempts_take(&attempts, limits, "192.0.2.7", false, 1000));
    ils_attempts_right(&attempts, "192.0.2.7");
    for (int i = 0; i < 10 * 20; i++) {
        char source[ATTEMPTS_SOURCE];
        (void)snprintf(source, sizeof source, "198.51.100.%d", i % 20);
        (void)ils_attempts_take(&attempts, limits, source, false, 1000 + i);
    }
    assert_true(ils_attempts_take(&attempts, limits, "192.0.2.1", false, 1300));
    assert_false(ils_attempts_take(&attempts, limits, "192.0.2.1", false, 1300));
    assert_true(ils_attempts_take(&attempts, limits, "192.0.2.7", false, 1300));
    for (int i = 0; i < 5; i++) { /* bounded by what its source has alone */
        assert_true(ils_attempts_take(&attempts, limits, "192.0.2.8", true, 1300));
    }
    assert_false(ils_attempts_take(&attempts, limits, "192.0.2.8", true, 1300));
}

/* From more addresses than there are places, each for the first time. */
static void many_strangers_do_not_keep_out_who_was_right(void **state) {
    static struct ils_attempts attempts;
    const struct ils_attempts_limits *limits = &ils_attempts_to_join;
    (void)state;
    assert_true(ils_attempts_take(&attempts, limits, "192.0.2.7", false, 1000));
    ils_attempts_right(&attempts, "192.0.2.7");
    for (int i = 0; i < 10 * 248; i++) {
        char source[ATTEMPTS_SOURCE];
        (void)snprintf(source, sizeof source, "198.51.100.%d", i % 248);
        (void)ils_attempts_take(&attempts, limits, source, false, 1001 + i);
    }
    assert_false(ils_attempts_take(&attempts, limits, "192.0.2.1", false, 4000));
    for (int i = 0; i < 5; i++) { /* bounded by what it has alone */
        assert_true(ils_attempts_take(&attempts, limits, "192.0.2.7", false, 4000));
    }
    assert_false(ils_attempts_take(&attempts, limits, "192.0.2.7", false, 4000));
}

static void a_network_is_one_source(void **state) {
    (void)state;
    char first[ATTEMPTS_SOURCE], second[ATTEMPTS_SOURCE];
    sj_address address;
    assert_int_equal(sj_address_parse("2001:db8::1", 0, &address), SJ_OK);
    ils_attempts_source(&address, first);
    assert_int_equal(sj_address_parse("2001:db8::ffff:2", 0, &address), SJ_OK);
    ils_attempts_source(&address, second);
    assert_string_equal(first, second);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_knows_the_password_is_believed),
        cmocka_unit_test(who_stands_in_between_is_not),
        cmocka_unit_test(nothing_holds_for_another_exchange_or_cluster),
        cmocka_unit_test(what_is_sent_back_is_refused),
        cmocka_unit_test(other_certificates_are_not_covered),
        cmocka_unit_test(what_is_no_share_is_refused),
        cmocka_unit_test(texts_keep_their_borders_in_a_digest),
        cmocka_unit_test(attempts_are_bounded),
        cmocka_unit_test(strangers_do_not_keep_everybody_out),
        cmocka_unit_test(many_strangers_do_not_keep_out_who_was_right),
        cmocka_unit_test(a_network_is_one_source),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
