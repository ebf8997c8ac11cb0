/* Looking up what was learned: patterns, rules that block, and whose statement counts. */
#include "ils_clusters.h"

static void patterns_and_blocks(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE);
    struct ils_found found;
    static const struct ils_fact facts[] = {
        {.kind = ILS_ENTERPRISE_PATTERN,
         .key = "54XXX",
         .failover = true,
         .strip = 2,
         .number = "+4930",
         .route = ""},
        {.kind = ILS_ENTERPRISE_PATTERN,
         .key = "541XX",
         .failover = false,
         .strip = 0,
         .number = "",
         .route = "branch.example"},
        {.kind = ILS_ENTERPRISE_NUMBER,
         .key = "54100",
         .failover = true,
         .strip = 0,
         .number = "+49301",
         .route = ""},
        {.kind = ILS_E164_PATTERN,
         .key = "+49!",
         .failover = false,
         .strip = 0,
         .number = "",
         .route = ""},
        {.kind = ILS_E164_PATTERN,
         .key = "+4930XXX",
         .failover = false,
         .strip = 0,
         .number = "",
         .route = ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        assert_int_equal(ils_publish(one, &facts[i]), SJ_OK);
    }
    (void)exchange(one, hub, 0);
    assert_true(knows(hub, "54100", &found));
    assert_int_equal(found.object->kind, ILS_ENTERPRISE_NUMBER);
    assert_string_equal(found.number, "+49301");
    assert_true(knows(hub, "54123", &found));
    assert_string_equal(found.object->text, "541XX");
    assert_string_equal(found.route, "branch.example");
    assert_true(knows(hub, "54987", &found));
    assert_string_equal(found.number, "+4930987");
    assert_true(knows(hub, "+4930123", &found));
    assert_string_equal(found.object->text, "+4930XXX");
    assert_true(knows(hub, "+49401", &found));
    assert_string_equal(found.object->text, "+49!");
    assert_false(knows(hub, "6000", &found));
    assert_false(knows(one, "54987", &found)); /* the owner does not use its own */
    const struct ils_block blocks[] = {{"", "541", "", true, false}, {"", "", "c9", false, false}};
    assert_true(ils_lookup(hub, "54123", blocks, 2, &found));
    assert_ptr_equal(found.blocked, &blocks[0]);
    assert_true(ils_lookup(hub, "54987", blocks, 2, &found));
    assert_null(found.blocked);
    ils_free(hub);
    ils_free(one);
}

static void state_number(struct ils *ils, enum ils_kind kind, const char *key) {
    const struct ils_fact fact = {.kind = kind, .key = key, .number = "", .route = ""};
    assert_int_equal(ils_publish(ils, &fact), SJ_OK);
}

/* Who is blocked or withdrawn gives way to the next. */
static void the_next_owner_counts(void **state) {
    struct ils *hub = cluster(1, ILS_HUB), *one = cluster(2, ILS_SPOKE),
               *two = cluster(3, ILS_SPOKE);
    const struct ils_block cluster_c2 = {"", "", "c2", false, false},
                           prefix_c2 = {"", "541", "c2", false, false},
                           prefix = {"", "541", "", false, false};
    struct ils_found found;
    (void)state;
    state_uri(one, "anna@example.com", "");
    state_uri(two, "anna@example.com", "");
    state_uri(one, "Bert@example.com", "");
    state_uri(two, "bert@example.com", "");
    state_number(one, ILS_ENTERPRISE_PATTERN, "541XX");
    state_number(one, ILS_ENTERPRISE_PATTERN, "54XXX");
    state_number(two, ILS_ENTERPRISE_PATTERN, "54XXX");
    (void)exchange(one, hub, 0);
    (void)exchange(two, hub, 0);
    assert_true(ils_lookup(hub, "anna@example.com", &cluster_c2, 1, &found));
    assert_string_equal(found.owner->cluster_id, "c3");
    assert_null(found.blocked);
    assert_int_equal(found.others, 0);
    assert_true(ils_lookup(hub, "54123", &cluster_c2, 1, &found));
    assert_string_equal(found.owner->cluster_id, "c3");
    assert_null(found.blocked);
    /* A rule on a key is not gone around by what is less close. */
    assert_true(ils_lookup(hub, "54123", &prefix_c2, 1, &found));
    assert_ptr_equal(found.blocked, &prefix_c2);
    state_number(two, ILS_ENTERPRISE_PATTERN, "541XX");
    (void)exchange(two, hub, 1000);
    assert_true(ils_lookup(hub, "54123", &prefix_c2, 1, &found));
    assert_null(found.blocked);
    assert_string_equal(found.owner->cluster_id, "c3");
    assert_true(ils_lookup(hub, "54123", &prefix, 1, &found));
    assert_ptr_equal(found.blocked, &prefix);
    assert_true(ils_lookup(hub, "Bert@example.com", &cluster_c2, 1, &found));
    assert_ptr_equal(found.blocked, &cluster_c2);
    assert_true(ils_lookup_any_case(hub, "BERT@example.com", &cluster_c2, 1, &found));
    assert_string_equal(found.owner->cluster_id, "c3");
    ils_find_cluster(hub, "c2")->withdrawn = true;
    assert_true(knows(hub, "anna@example.com", &found));
    assert_string_equal(found.owner->cluster_id, "c3");
    assert_false(knows(hub, "Bert@example.com", &found));
    assert_string_equal(found.withdrawn->cluster_id, "c2");
    assert_ptr_equal(
        ils_counting(hub, ILS_DIRECTORY_URI, "anna@example.com", NULL, 0, NULL)->catalog->owner,
        ils_find_cluster(hub, "c3"));
    ils_free(hub);
    ils_free(one);
    ils_free(two);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_and_blocks),
        cmocka_unit_test(the_next_owner_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
