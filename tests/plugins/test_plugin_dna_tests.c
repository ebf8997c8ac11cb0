/* Tests of a dial plan: what the Dialed Number Analyzer Server judges, and what proves nothing. */
#include "dna_kit.h"

#include "resources/sip_trunk.h"

static char judged[400];

static void on_judged(void *user, int status, const sj_error *error,
                      const sj_dna_test_reply *reply) {
    (void)user;
    judged[0] = '\0';
    (void)snprintf(judged, sizeof judged, "%.300s", status == SJ_OK ? "" : error->text);
    for (size_t i = 0; status == SJ_OK && i < reply->results_count; i++) {
        const size_t used = strlen(judged);
        (void)snprintf(judged + used, sizeof judged - used, "%s%s%.60s; ",
                       reply->results[i].passed ? "ok" : "not ok",
                       reply->results[i].passed ? "" : " ",
                       reply->results[i].passed ? "" : reply->results[i].text);
    }
}

static void judge_as_they_are(sj_testkit *kit, const sj_dna_test_test *tests, size_t count) {
    const sj_dna_test request = {.tests = (sj_dna_test_test *)tests, .tests_count = count};
    sj_error error = {0};
    assert_int_equal(sj_ask_dna_test(sj_testkit_scope(kit), &request, 0, on_judged, NULL, &error),
                     SJ_OK);
    sj_testkit_run(kit);
}

/* Somebody calls, whoever that is. */
static void judge(sj_testkit *kit, const sj_dna_test_test *tests, size_t count) {
    enum { MOST = 10 };
    sj_dna_test_test of_somebody[MOST];
    assert_true(count <= MOST);
    for (size_t i = 0; i < count; i++) {
        of_somebody[i] = tests[i];
        if (!sj_given(tests[i].from.device_name)) {
            of_somebody[i].from.device_pool = "Default";
        }
    }
    judge_as_they_are(kit, of_somebody, count);
}

/* Where nobody calls, nothing is reached, and no must_not is broken. */
static void a_test_has_a_caller(void **state) {
    static const sj_dna_test_test tests[] = {
        {.name = "1", .digits = "911", .must_not = {.outcome = SJ_EXPECTED_ROUTE_OUTCOME_TRUNK}},
        {.name = "2",
         .from = {.calling_number = "4001"},
         .digits = "911",
         .must = {.outcome = SJ_EXPECTED_ROUTE_OUTCOME_TRUNK}},
    };
    judge_as_they_are(*state, tests, 2);
    assert_string_equal(judged,
                        "not ok from: expected who calls: a device_name, a user_id, calling_; "
                        "not ok from: expected who calls: a device_name, a user_id, calling_; ");
    assert_int_equal(world.asked_count, 0);
}

/* Each field means the same in both, at any of the devices that are tried. */
static void must_and_must_not_mean_the_same(void **state) {
    static const sj_call_destination two[] = {
        {.device = "To-BR",
         .called_number = "6100",
         .calling_number = "1",
         .next_cluster_id = "BR"},
        {.device = "Gateway", .called_number = "86100", .calling_number = "2"}};
    static const struct {
        sj_expected_route expected;
        bool so;
    } cases[] = {
        {{.remote_cluster_id = "BR"}, true},
        {{.remote_cluster_id = "FAR"}, true}, /* which has advertised it */
        {{.remote_cluster_id = "AU"}, false},
        {{.device = "To-BR"}, true},
        {{.device = "Gateway"}, true},
        {{.device = "Other"}, false},
        {{.device = "Gateway", .called_number = "86100", .calling_number = "2"}, true},
        {{.device = "Gateway", .called_number = "6100"}, false},
        {{.device = "Gateway", .calling_number = "1"}, false},
        {{.outcome = SJ_EXPECTED_ROUTE_OUTCOME_TRUNK, .device = "Gateway"}, true},
        {{.outcome = SJ_EXPECTED_ROUTE_OUTCOME_PHONE, .device = "Gateway"}, false},
    };
    sj_testkit *kit = *state;
    world.others = two;
    world.learned_from = "FAR";
    put(kit, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"FAR\",\"fully_qualified_name\":\"192.0.2.8\"}");
    put(kit, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"AU\",\"fully_qualified_name\":\"192.0.2.9\"}");
    put(kit, &sj_sip_trunk_meta, "{\"name\":\"To-BR\"}");
    put(kit, &sj_sip_trunk_meta, "{\"name\":\"Gateway\"}");
    put(kit, &sj_sip_trunk_meta, "{\"name\":\"Other\"}");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const sj_dna_test_test tests[] = {
            {.name = "must", .digits = "86100", .must = cases[i].expected},
            {.name = "must not", .digits = "86100", .must_not = cases[i].expected}};
        judge(kit, &tests[0], 1);
        assert_int_equal(strcmp(judged, "ok; ") == 0, cases[i].so);
        judge(kit, &tests[1], 1);
        assert_int_equal(strcmp(judged, "ok; ") == 0, !cases[i].so);
    }
}

/* A call that is refused goes nowhere that it must go, and may yet go where it must not. */
static void refused_calls_reach_nothing(void **state) {
    static const struct {
        sj_expected_route expected;
        bool must, must_not; /* whether the test holds */
    } cases[] = {
        {{.outcome = SJ_EXPECTED_ROUTE_OUTCOME_TRUNK}, false, false},
        {{.outcome = SJ_EXPECTED_ROUTE_OUTCOME_PHONE}, false, true},
        {{.outcome = SJ_EXPECTED_ROUTE_OUTCOME_REFUSED}, true, false},
        {{.device = "To-BR"}, false, false},
        {{.called_number = "6100"}, false, false},
        {{.calling_number = "4002"}, false, false},
        {{.remote_cluster_id = "BR"}, false, false},
        {{.pattern = "86XXX", .partition = "Other"}, false, false},
        {{.outcome = SJ_EXPECTED_ROUTE_OUTCOME_REFUSED, .called_number = "6100"}, true, false},
    };
    sj_testkit *kit = *state;
    put(kit, &sj_sip_trunk_meta, "{\"name\":\"To-BR\"}");
    world.sip_status = 503;
    world.matched = "86XXX";
    put(kit, &sj_partition_meta, "{\"name\":\"Other\"}");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const sj_dna_test_test tests[] = {
            {.name = "must", .digits = "86100", .must = cases[i].expected},
            {.name = "must not", .digits = "86100", .must_not = cases[i].expected}};
        judge(kit, &tests[0], 1);
        assert_int_equal(strcmp(judged, "ok; ") == 0, cases[i].must);
        judge(kit, &tests[1], 1);
        assert_int_equal(strcmp(judged, "ok; ") == 0, cases[i].must_not);
    }
    const sj_dna_test_test blocked = {
        .name = "blocked", .digits = "1", .must = {.outcome = SJ_EXPECTED_ROUTE_OUTCOME_BLOCKED}};
    const sj_dna_test_test called = {
        .name = "called", .digits = "1", .must = {.called_number = "6100"}};
    world.outcome = "blocked";
    judge(kit, &blocked, 1);
    assert_string_equal(judged, "ok; ");
    world.sip_status = 403;
    judge(kit, &called, 1);
    assert_non_null(
        strstr(judged, "not ok outcome: expected a call that reaches something, got \"b"));
    const sj_dna_test_test answered = {
        .name = "answered", .digits = "1", .must = {.device = "To-BR"}};
    world.outcome = "no_match"; /* whatever it is called */
    judge(kit, &answered, 1);
    assert_non_null(strstr(judged, "not ok device: expected \"To-BR\""));
}

static void names_that_are_expected_are_there(void **state) {
    static const sj_dna_test_test tests[] = {
        {.name = "1", .digits = "1", .must_not = {.remote_cluster_id = "NOSUCH"}},
        {.name = "2", .digits = "1", .must = {.remote_cluster_id = "NOSUCH"}},
        {.name = "3", .digits = "1", .must = {.device = "NOSUCH"}},
        {.name = "4", .digits = "1", .must_not = {.partition = "NOSUCH"}},
        {.name = "5", .digits = "1", .must_not = {.remote_cluster_id = "BR"}},
    };
    judge(*state, tests, sizeof tests / sizeof tests[0]);
    assert_string_equal(judged,
                        "not ok must_not.remote_cluster_id: there is no remote cluster NOSUC; "
                        "not ok must.remote_cluster_id: there is no remote cluster NOSUCH, n; "
                        "not ok must.device: there is no trunk and no phone NOSUCH, neither ; "
                        "not ok must_not.partition: there is no partition NOSUCH, neither in; "
                        "not ok it goes where it must not. It goes out.; ");
}

static void digits_have_no_blanks(void **state) {
    static const sj_dna_test_test tests[] = {
        {.name = "1", .digits = " ", .must = {.device = "To-BR"}},
        {.name = "2", .digits = "826001 ", .must_not = {.device = "To-BR"}},
    };
    put(*state, &sj_sip_trunk_meta, "{\"name\":\"To-BR\"}");
    judge(*state, tests, sizeof tests / sizeof tests[0]);
    assert_string_equal(judged,
                        "not ok digits: expected a URI, or a number of digits, *, #, + and A; "
                        "not ok digits: expected a URI, or a number of digits, *, #, + and A; ");
    assert_int_equal(world.asked_count, 0);
}

/* A slip is told, not taken for a call that goes elsewhere. */
static void patterns_that_are_expected_are_there(void **state) {
    static const sj_dna_test_test tests[] = {
        {.name = "1", .digits = "1", .must_not = {.pattern = "9.2"}},
        {.name = "2", .digits = "1", .must = {.pattern = "9.2"}},
        {.name = "3", .digits = "1", .must_not = {.pattern = "9.!"}},
        {.name = "4",
         .digits = "1",
         .must = {.outcome = SJ_EXPECTED_ROUTE_OUTCOME_TRUNK},
         .must_not = {.pattern = "9.!", .partition = "PT"}},
        {.name = "5",
         .digits = "1",
         .must = {.outcome = SJ_EXPECTED_ROUTE_OUTCOME_TRUNK},
         .must_not = {.pattern = "9.1", .partition = "PT"}},
    };
    world.pattern = "9.!";
    world.matched = "9.1"; /* in another partition: that does not make one here */
    put(*state, &sj_partition_meta, "{\"name\":\"PT\"}");
    judge(*state, tests, sizeof tests / sizeof tests[0]);
    assert_string_equal(judged,
                        "not ok must_not.pattern: there is no such pattern, neither in the p; "
                        "not ok must.pattern: there is no such pattern, neither in the plan ; "
                        "ok; ok; "
                        "not ok must_not.pattern: there is no such pattern, neither in the p; ");
}

static void numbers_that_are_expected_are_numbers(void **state) {
    static const struct {
        const char *digits, *called, *calling, *from, *said; /* said NULL: it is looked at */
    } cases[] = {
        {"6O55", "1", "", "", "digits: expected a URI, or a number"},
        {"655-5", "1", "", "", "digits: expected a URI, or a number of digits, *, #, +"},
        {"6\302\240555", "1", "", "", "digits: expected a URI, or a number"},
        {"tel:+49-30", "anna", "", "", NULL},
        {"1", "408 555", "", "", "must.called_number: expected a number"},
        {"1", "", "4OO1", "", "must.calling_number: expected a number"},
        {"1", "x", "", "", "must.called_number: expected a number"},
        {"1", "+4930*#ABCd", "+49301", "", NULL},
        {"anna@example.com", "anna", "", "", NULL},
        {"anna@example.com", "an na", "", "", "must.called_number: expected a number"},
        {"1", "anna", "", "", "must.called_number: expected a number"},
        {"1", "", "anonymous", "anonymous", NULL},
        {"1", "", "anonymous", "4001", "must.calling_number: expected a number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const sj_dna_test_test test = {
            .name = "a number",
            .digits = cases[i].digits,
            .from = {.calling_number = cases[i].from},
            .must = {.called_number = cases[i].called, .calling_number = cases[i].calling}};
        world.asked_count = 0;
        judge(*state, &test, 1);
        assert_int_equal(world.asked_count, cases[i].said == NULL ? 1 : 0);
        if (cases[i].said != NULL && strstr(judged, cases[i].said) == NULL) {
            fail_msg("%zu: expected \"%s\" in \"%s\"", i, cases[i].said, judged);
        }
    }
}

/* What is said of a caller and does not count is a slip, and so is a cluster that nobody visits. */
static void callers_are_what_they_say(void **state) {
    static const sj_dna_test_test tests[] = {
        {.name = "1",
         .digits = "1",
         .from = {.user_id = "u", .visiting_cluster_id = "BRR"},
         .must_not = {.device = "To-BR"}},
        {.name = "2", .digits = "1", .from = {.line = "4001"}, .must_not = {.device = "To-BR"}},
        {.name = "3",
         .digits = "1",
         .from = {.device_name = "SEP1", .external_phone_number_mask = "4XXX"},
         .must_not = {.device = "To-BR"}},
        {.name = "4",
         .digits = "1",
         .from = {.calling_number = "4 1"},
         .must_not = {.device = "To-BR"}},
    };
    put(*state, &sj_sip_trunk_meta, "{\"name\":\"To-BR\"}");
    judge(*state, tests, sizeof tests / sizeof tests[0]);
    assert_string_equal(judged,
                        "not ok visiting_cluster_id: there is no remote cluster BRR (did you; "
                        "not ok line: expected the device_name of its phone, or its travelle; "
                        "not ok external_phone_number_mask: expected none with a device or a; "
                        "not ok calling_number: expected a number or a name without blanks, ; ");
    assert_int_equal(world.asked_count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        DNA_TEST(a_test_has_a_caller),
        DNA_TEST(must_and_must_not_mean_the_same),
        DNA_TEST(refused_calls_reach_nothing),
        DNA_TEST(names_that_are_expected_are_there),
        DNA_TEST(digits_have_no_blanks),
        DNA_TEST(callers_are_what_they_say),
        DNA_TEST(patterns_that_are_expected_are_there),
        DNA_TEST(numbers_that_are_expected_are_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
