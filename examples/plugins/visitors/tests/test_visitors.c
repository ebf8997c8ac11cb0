/* The plugin Visitors in the test kit: sessions come and go as events, time passes as the test
 * says. */
#include <sojourn/testkit.h>

#include "events/session.h"
#include "tally.h"
#include "visitors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

extern const sj_plugin sj_plugin_descriptor;

static void clusters_beyond_the_table_are_counted_together(void **state) {
    (void)state;
    static struct tally tally;
    char id[16];
    for (int i = 0; i < TALLY_CLUSTERS + 10; i++) {
        (void)snprintf(id, sizeof id, "cluster%d", i);
        tally_login(&tally, id);
    }
    assert_int_equal(tally.count, TALLY_CLUSTERS);
    assert_string_equal(tally.clusters[TALLY_CLUSTERS - 1].id, "others");
    assert_int_equal(tally.clusters[TALLY_CLUSTERS - 1].now, 11);
    assert_int_equal(tally.now, TALLY_CLUSTERS + 10);
    tally_logout(&tally, "cluster0");
    tally_logout(&tally, "cluster0");
    assert_int_equal(tally.now, TALLY_CLUSTERS + 9);
}

static void session(sj_testkit *kit, const char *cluster, sj_session_kind kind, bool starts) {
    sj_scope *scope = sj_testkit_scope(kit);
    sj_error error;
    if (starts) {
        const sj_session_started event = {.device_name = "SEP001122334455",
                                          .kind = kind,
                                          .user_id = "alice",
                                          .remote_cluster_id = cluster};
        sj_publish_session_started(scope, sj_session_started_topic(scope, &error), &event);
    } else {
        const sj_session_ended event = {.device_name = "SEP001122334455",
                                        .kind = kind,
                                        .user_id = "alice",
                                        .remote_cluster_id = cluster};
        sj_publish_session_ended(scope, sj_session_ended_topic(scope, &error), &event);
    }
    sj_testkit_run(kit);
}

static void reported(void *user, int status, const sj_error *error,
                     const sj_visitors_report_reply *reply) {
    (void)error;
    assert_int_equal(status, SJ_OK);
    assert_int_equal(reply->now, 1);
    assert_int_equal(reply->clusters_count, 2);
    assert_string_equal(reply->clusters[0].remote_cluster_id, "hq");
    assert_int_equal(reply->clusters[0].now, 1);
    assert_int_equal(reply->clusters[0].most, 2);
    assert_int_equal(reply->clusters[0].logins, 2);
    assert_string_equal(reply->clusters[1].remote_cluster_id, "lab");
    assert_int_equal(reply->clusters[1].now, 0);
    *(bool *)user = true;
}

static void counts_visitors_only(void **state) {
    (void)state;
    sj_error error;
    sj_testkit *kit = sj_testkit_open(NULL);
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
    session(kit, "hq", SJ_SESSION_KIND_VISITING, true);
    session(kit, "hq", SJ_SESSION_KIND_VISITING, true);
    session(kit, "lab", SJ_SESSION_KIND_VISITING, true);
    session(kit, "", SJ_SESSION_KIND_LOCAL, true);
    session(kit, "hq", SJ_SESSION_KIND_VISITING, false);
    session(kit, "lab", SJ_SESSION_KIND_VISITING, false);

    bool done = false;
    const sj_visitors_report request = {0};
    assert_int_equal(
        sj_ask_visitors_report(sj_testkit_scope(kit), &request, 1000, reported, &done, &error),
        SJ_OK);
    sj_testkit_run(kit);
    assert_true(done);
    assert_int_equal(sj_testkit_end(kit, &error), SJ_OK);
}

static void the_interval_can_be_changed(void **state) {
    (void)state;
    sj_error error;
    sj_testkit *kit = sj_testkit_open(NULL);
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
    sj_testkit_advance(kit, 60 * 60 * 1000);
    assert_int_equal(sj_testkit_count(kit, "log", "0 visitors are logged in"), 1);
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_visitors_summary_interval_meta, "0:10", &error), SJ_OK);
    sj_testkit_advance(kit, 60 * 60 * 1000);
    assert_int_equal(sj_testkit_count(kit, "log", "0 visitors are logged in"), 2);
    sj_testkit_advance(kit, 20 * 60 * 1000);
    assert_int_equal(sj_testkit_count(kit, "log", "0 visitors are logged in"), 4);
    assert_int_equal(sj_testkit_end(kit, &error), SJ_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clusters_beyond_the_table_are_counted_together),
        cmocka_unit_test(counts_visitors_only),
        cmocka_unit_test(the_interval_can_be_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
