/* The keep-alive of RSVP agents in the test kit: who is asked, when one is marked down and up, who
 * gets an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "parameters/emcc.h"
#include "resources/intercluster_service_profile.h"
#include "resources/remote_cluster.h"

#define PROFILE(rsvp)                                                                              \
    "{\"emcc_active\":true,\"pstn_access_active\":true,\"pstn_access_sip_trunk\":\"EMCC\",\"rsvp_" \
    "agent_active\":" rsvp ",\"rsvp_agent_sip_trunk\":\"EMCC\"}"
#define CLUSTER(rsvp)                                                                              \
    "{\"cluster_id\":\"br\",\"fully_qualified_name\":\"br.example\",\"emcc\":true,\"rsvp_"         \
    "agent\":" rsvp "}"
#define STATUS(activated, more)                                                                    \
    "{\"cluster_id\":\"br\",\"sip_port\":5070,\"sip_transport\":\"udp\",\"services\":[{"           \
    "\"service\":\"rsvp_agent\","                                                                  \
    "\"remote_activated\":\"" activated                                                            \
    "\",\"addresses\":[\"198.51.100.1\",\"198.51.100.2\"]" more "}]}"

static const char *const second = "198.51.100.2";

static void begin(sj_testkit *kit) {
    emcc_world(kit);
    put(kit, &sj_intercluster_service_profile_meta, PROFILE("true"));
    put(kit, &sj_remote_cluster_meta, CLUSTER("true"));
    put(kit, &sj_remote_cluster_status_meta, STATUS("yes", ""));
    sj_testkit_forget(kit);
}

/* One interval goes by; whether the first node was asked. */
static bool asked(sj_testkit *kit, int seconds) {
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, seconds * 1000 + 20);
    return sent_to(kit, remote, "OPTIONS") != NULL;
}

static void test_gone_and_back(void **state) {
    sj_testkit *kit = *state;
    begin(kit);
    assert_true(asked(kit, 15));
    const char *text = expect(kit, remote, "OPTIONS sip:198.51.100.1:5070 SIP/2.0");
    assert_string_equal(header(text, "X-Sojourn-Emcc"), "cluster=hq;service=rsvp_agent");
    answer(kit, second, expect(kit, second, "OPTIONS sip:198.51.100.2:5070"), 200,
           ""); /* one node is enough */
    assert_true(asked(kit, 15));
    assert_null(sj_testkit_find(kit, "event", "rsvp_agent.changed"));
    assert_true(asked(kit, 15)); /* silent once */
    assert_null(sj_testkit_find(kit, "event", "rsvp_agent.changed"));
    assert_true(asked(kit, 15)); /* twice */
    assert_non_null(sj_testkit_find(kit, "event", "rsvp_agent.changed"));
    assert_non_null(sj_testkit_find(kit, "event", "\"reachable\":false"));
    assert_non_null(sj_testkit_find(kit, "log", "marked down"));
    /* As Extension Mobility does. */
    put(kit, &sj_remote_cluster_status_meta,
        STATUS("no", ",\"reason\":\"No keep-alive\",\"silent_since\":\"2026-01-01T00:00:00Z\""));
    assert_true(asked(kit, 15)); /* on and on */
    assert_null(sj_testkit_find(kit, "event", "rsvp_agent.changed"));
    answer(kit, remote, expect(kit, remote, "OPTIONS"), 403, ""); /* no sign of life that counts */
    assert_null(sj_testkit_find(kit, "event", "rsvp_agent.changed"));
    assert_true(asked(kit, 15));
    answer(kit, remote, expect(kit, remote, "OPTIONS"), 200, "");
    assert_non_null(sj_testkit_find(kit, "event", "\"reachable\":true"));
    put(kit, &sj_remote_cluster_status_meta, STATUS("yes", ""));
    assert_true(asked(kit, 15));
    assert_null(sj_testkit_find(kit, "event", "rsvp_agent.changed"));
}

/* Who forgets that a cluster is gone is told again. */
static void test_told_again(void **state) {
    sj_testkit *kit = *state;
    begin(kit);
    for (int i = 0; i < 3; i++) {
        (void)asked(kit, 15);
    }
    assert_non_null(sj_testkit_find(kit, "event", "\"reachable\":false"));
    assert_true(asked(kit, 15)); /* the row still says that it is active */
    assert_non_null(sj_testkit_find(kit, "event", "\"reachable\":false"));
}

static void test_timer(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    begin(kit);
    assert_int_equal(sj_testkit_set_param(kit, &sj_param_emcc_rsvp_sip_trunk_keep_alive_timer_meta,
                                          "600", &error),
                     SJ_OK);
    assert_false(asked(kit, 599));
    assert_true(asked(kit, 1));
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_emcc_rsvp_sip_trunk_keep_alive_timer_meta, "1", &error),
        SJ_OK);
    assert_true(asked(kit, 1));
}

/* Nobody is asked where the service is off: here, in the record, or there. */
static void test_not_to_be_used(void **state) {
    sj_testkit *kit = *state;
    begin(kit);
    put(kit, &sj_intercluster_service_profile_meta, PROFILE("false"));
    assert_false(asked(kit, 15));
    put(kit, &sj_intercluster_service_profile_meta, PROFILE("true"));
    put(kit, &sj_remote_cluster_meta, CLUSTER("false"));
    assert_false(asked(kit, 15));
    put(kit, &sj_remote_cluster_meta, CLUSTER("true"));
    put(kit, &sj_remote_cluster_status_meta, STATUS("no", ""));
    assert_false(asked(kit, 15));
    put(kit, &sj_remote_cluster_status_meta, STATUS("yes", ""));
    assert_true(asked(kit, 15));
}

static void options(sj_testkit *kit, const char *from, const char *more) {
    char text[600];
    (void)snprintf(text, sizeof text,
                   "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "%s:5060;branch=z9hG4bKo%zu\r\nMax-Forwards: 70\r\nFrom: "
                   "<sip:x@x>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: o%zu\r\nCSeq: 1 "
                   "OPTIONS\r\n%sContent-Length: 0\r\n\r\n",
                   from, strlen(more), strlen(more), more);
    sj_testkit_forget(kit);
    send_text(kit, from, 5060, text);
}

static void test_answered(void **state) {
    sj_testkit *kit = *state;
    static const char marked[] = "X-Sojourn-Emcc: cluster=br;service=rsvp_agent\r\n";
    begin(kit);
    options(kit, remote, marked);
    (void)expect(kit, remote, "SIP/2.0 200");
    options(kit, "203.0.113.66", marked);
    (void)expect(kit, "203.0.113.66", "SIP/2.0 403");
    options(kit, remote, "X-Sojourn-Emcc: cluster=fr\r\n");
    (void)expect(kit, remote, "SIP/2.0 403");
    options(kit, remote, "X-Sojourn-Emcc: ;;\r\n");
    (void)expect(kit, remote, "SIP/2.0 403");
    options(kit, "203.0.113.66", ""); /* anybody's ping */
    (void)expect(kit, "203.0.113.66", "SIP/2.0 200");
    put(kit, &sj_intercluster_service_profile_meta, PROFILE("false"));
    options(kit, remote, marked);
    (void)expect(kit, remote, "SIP/2.0 480");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_gone_and_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_told_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_timer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_to_be_used, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answered, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
