/* What Extension Mobility remembers: refused logins, alerts raised, traces shared with other
 * clusters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "clusters/shared_traces.h"
#include "reporting/alert_limit.h"
#include "reporting/failures.h"

static void newest_first_and_the_oldest_go(void **state) {
    static struct em_failures failures;
    const struct em_failure *found[FAILURES_KEPT + 1];
    (void)state;
    assert_int_equal(em_failures_find(&failures, NULL, NULL, found, 10), 0);
    for (int i = 0; i < FAILURES_KEPT + 7; i++) {
        char device[32];
        (void)snprintf(device, sizeof device, "SEP%012d", i % 5);
        const struct em_failure failure = {.at = i,
                                           .code = 39,
                                           .shown = 201,
                                           .device_name = device,
                                           .user_id = NULL,
                                           .cause = "why"};
        assert_true(em_failures_add(&failures, &failure));
    }
    assert_int_equal(em_failures_find(&failures, "", "", found, FAILURES_KEPT + 1), FAILURES_KEPT);
    assert_int_equal(found[0]->at, FAILURES_KEPT + 6);
    assert_int_equal(found[FAILURES_KEPT - 1]->at, 7);
    assert_string_equal(found[0]->user_id, "");
    assert_string_equal(found[0]->cause, "why");
    assert_int_equal(em_failures_find(&failures, "sep000000000003", NULL, found, FAILURES_KEPT),
                     FAILURES_KEPT / 5);
    assert_int_equal(em_failures_find(&failures, NULL, "alice", found, FAILURES_KEPT), 0);
    assert_int_equal(em_failures_find(&failures, NULL, NULL, found, 3), 3);
    em_failures_clear(&failures);
    assert_int_equal(em_failures_find(&failures, NULL, NULL, found, 10), 0);
}

static void three_alerts_in_half_an_hour(void **state) {
    struct em_alert_limit limit = {0};
    int64_t suppressed = -1;
    (void)state;
    for (uint64_t minute = 0; minute < 3; minute++) {
        assert_true(em_alert_limit_pass(&limit, minute * 60000, &suppressed));
        assert_int_equal(suppressed, 0);
    }
    for (uint64_t minute = 3; minute < 30; minute++) {
        assert_false(em_alert_limit_pass(&limit, minute * 60000, &suppressed));
    }
    assert_true(em_alert_limit_pass(&limit, 30 * 60000 + 1, &suppressed));
    assert_int_equal(suppressed, 27);
    assert_false(em_alert_limit_pass(&limit, 30 * 60000 + 2, &suppressed));
}

static void traces_are_shared_with_whom_they_belong(void **state) {
    static struct em_shared_traces shared;
    const char *clusters[4];
    char trace[33];
    (void)state;
    em_shared_traces_note(&shared, "", "BR");
    assert_false(em_shared_traces_has(&shared, "", "BR"));
    em_shared_traces_note(&shared, "0af7651916cd43dd8448eb211c80319c", "BR");
    em_shared_traces_note(&shared, "0af7651916cd43dd8448eb211c80319c", "BR");
    em_shared_traces_note(&shared, "0af7651916cd43dd8448eb211c80319c", "FR");
    assert_true(em_shared_traces_has(&shared, "0af7651916cd43dd8448eb211c80319c", "FR"));
    assert_false(em_shared_traces_has(&shared, "0af7651916cd43dd8448eb211c80319c", "DE"));
    assert_int_equal(
        em_shared_traces_clusters(&shared, "0af7651916cd43dd8448eb211c80319c", clusters, 4), 2);
    assert_string_equal(clusters[0], "FR");
    for (int i = 0; i < SHARED_TRACES; i++) {
        (void)snprintf(trace, sizeof trace, "%032d", i + 1);
        em_shared_traces_note(&shared, trace, "BR");
    }
    assert_int_equal(
        em_shared_traces_clusters(&shared, "0af7651916cd43dd8448eb211c80319c", clusters, 4), 0);
    assert_int_equal(em_shared_traces_clusters(&shared, trace, clusters, 4), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(newest_first_and_the_oldest_go),
                                       cmocka_unit_test(three_alerts_in_half_an_hour),
                                       cmocka_unit_test(traces_are_shared_with_whom_they_belong)};
    return cmocka_run_group_tests_name("Extension Mobility's memory", tests, NULL, NULL);
}
