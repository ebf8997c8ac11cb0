/* The vendor's known defects around Extension Mobility Cross Cluster, each a test under its number
 * that fails if we had it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_world.h"
#include "events/emcc.h"
#include "parameters/enterprise.h"
#include "parameters/extension_mobility.h"
#include "resources/emcc_base_device.h"
#include "resources/end_user.h"
#include "resources/live_device.h"
#include "resources/node.h"
#include "resources/phone.h"
#include "resources/phone_security_profile.h"
#include "resources/phone_service.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"

/* Expansion modules stay without power on visiting phones. */
static void CSCvn19301_hardware_of_the_visiting_phone_survives(void **state) {
    struct world *world = *state;
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]);
    sj_live_device *live = NULL;
    assert_true(world_login(world));
    assert_int_equal(sj_live_device_get(hq, PHONE, &live, NULL), SJ_OK);
    assert_int_equal(live->expansion_modules_count, 1);
    assert_string_equal(live->expansion_modules[0], "8800 Key Expansion Module");
    sj_record_free(hq, live);
}

/* &EMCC=#EMCC# is appended to the service URL. */
static void CSCvw78247_the_administrators_url_stays_as_it_is(void **state) {
    struct world *world = *state;
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]);
    sj_phone_service *service = NULL;
    assert_true(world_login(world));
    assert_true(world_logout(world, BR));
    world_kill(world, HQ);
    world_advance(world, 2000);
    assert_int_equal(sj_phone_service_get(hq, "EM", &service, NULL), SJ_OK);
    assert_string_equal(service->url,
                        "http://127.0.0.1:8080/emapp/EMAppServlet?device=#DEVICENAME#&EMCC=#EMCC#");
    sj_record_free(hq, service);
}

/* One server only is returned for EMCC. */
static void CSCvw50430_all_nodes_are_told(void **state) {
    struct world *world = *state;
    sj_scope *br = sj_testkit_scope(world->kits[BR]);
    sj_remote_cluster_status *status = NULL;
    world_put(world, HQ, &sj_cluster_node_meta,
              "{\"name\":\"hq-1\",\"address\":\"127.0.0.1\",\"https_port\":8443}");
    world_put(world, HQ, &sj_cluster_node_meta,
              "{\"name\":\"hq-2\",\"address\":\"127.0.0.11\",\"https_port\":8443}");
    world_put(world, HQ, &sj_service_activation_meta,
              "{\"service\":\"extension-mobility\",\"node\":\"hq-1\",\"activated\":true}");
    world_put(world, HQ, &sj_service_activation_meta,
              "{\"service\":\"extension-mobility\",\"node\":\"hq-2\",\"activated\":true}");
    world_advance(world, 31 * MINUTE);
    assert_int_equal(sj_remote_cluster_status_get(br, "HQ", &status, NULL), SJ_OK);
    assert_int_equal(status->services[0].service, SJ_INTERCLUSTER_SERVICE_EMCC);
    assert_int_equal(status->services[0].addresses_count, 2);
    sj_record_free(br, status);
}

/* EMCC fails with Login is Unavailable(0): every failure has its code. */
static void CSCvn52593_no_failure_shows_0(void **state) {
    struct world *world = *state;
    for (int fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
        for (size_t at = 0; at < 2; at++) {
            world->fault = (enum fault)fault;
            world->fault_at = world->requests + at;
            const sj_testkit_reply *reply = world_get(world, BR, BR_PAGE "&userid=alice&seq=12345");
            assert_null(strstr(reply->body, "(0)"));
            world->fault_at = SIZE_MAX;
            world_advance(world, 1000);
            (void)world_logout(world, BR);
            world_advance(world, 31 * MINUTE);
        }
    }
    assert_null(sj_testkit_find(world->kits[BR], "event", "(0):"));
    assert_null(sj_testkit_find(world->kits[HQ], "event", "(0):"));
}

/* Rows of the session are not deleted at logout. */
static void CSCud97811_a_logout_leaves_nothing(void **state) {
    struct world *world = *state;
    for (int i = 0; i < 20; i++) {
        assert_true(world_login(world));
        assert_true(world_logout(world, i % 2 == 0 ? HQ : BR));
        world_advance(world, 1000);
        assert_int_equal(sj_session_count(sj_testkit_scope(world->kits[HQ]), NULL, NULL), 0);
        assert_int_equal(sj_session_count(sj_testkit_scope(world->kits[BR]), NULL, NULL), 0);
        assert_int_equal(world_live(world, HQ), 0);
        assert_int_equal(world_taken(world), 0);
    }
}

/* Input is cut at 32 characters. */
static void CSCuo13456_long_ids_are_taken(void **state) {
    struct world *world = *state;
    char json[512];
    (void)snprintf(
        json, sizeof json,
        "{\"user_id\":\"a.traveller.with.quite.a.long.name@example.com\",\"last_name\":\"X\","
        "\"pin\":\"%s\","
        "\"enable_emcc\":true,"
        "\"controlled_profiles\":[\"alice-8851\"]}",
        sj_testkit_hash(world->kits[HQ], "123456789012345678901234567890123456789012345678"));
    world_put(world, HQ, &sj_end_user_meta, json);
    const sj_testkit_reply *reply =
        world_get(world, BR,
                  BR_PAGE "&userid=a.traveller.with.quite.a.long.name%40example.com"
                          "&seq=123456789012345678901234567890123456789012345678");
    assert_non_null(strstr(reply->body, "Login successful"));
}

/* Garbled characters, in all languages. */
static void CSCvn57656_names_pass_through_as_utf8(void **state) {
    struct world *world = *state;
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]);
    sj_live_device *live = NULL;
    char json[512];
    (void)snprintf(json, sizeof json,
                   "{\"user_id\":\"zo\xc3\xab\",\"first_name\":\"Zo\xc3\xab\",\"last_name\":"
                   "\"\xe6\x97\x85\xe4\xba\xba\",\"pin\":\"%s\","
                   "\"enable_emcc\":true,\"controlled_profiles\":[\"alice-8851\"]}",
                   sj_testkit_hash(world->kits[HQ], "12345"));
    world_put(world, HQ, &sj_end_user_meta, json);
    assert_non_null(strstr(world_get(world, BR, BR_PAGE "&userid=zo%C3%AB&seq=12345")->body,
                           "Login successful"));
    assert_int_equal(sj_live_device_get(hq, PHONE, &live, NULL), SJ_OK);
    assert_string_equal(live->user_display_name, "Zo\xc3\xab \xe6\x97\x85\xe4\xba\xba");
    sj_record_free(hq, live);
    assert_non_null(strstr(world_get(world, BR, BR_PAGE)->body, "zo\xc3\xab is logged in"));
}

struct validated {
    bool answered, named;
};

static void validated(void *user, int status, const sj_error *error,
                      const sj_emcc_validate_reply *reply) {
    struct validated *result = user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    result->answered = true;
    for (size_t i = 0; i < reply->problems_count; i++) {
        result->named = result->named || strstr(reply->problems[i],
                                                "No ITLRecovery certificate of cluster HQ") != NULL;
    }
}

/* Nobody says that EMCC needs the ITLRecovery certificates. */
static void CSCvs39175_itlrecovery_is_asked_for(void **state) {
    struct world *world = *state;
    const sj_emcc_validate request = {0};
    struct validated result = {0};
    assert_int_equal(sj_ask_emcc_validate(sj_testkit_scope(world->kits[BR]), &request, 0, validated,
                                          &result, NULL),
                     SJ_OK);
    world_advance(world, 100);
    assert_true(result.answered && result.named);
}

/* The phone speaks English after the login. */
static void CSCuo94742_the_phone_speaks_the_users_language(void **state) {
    struct world *world = *state;
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]);
    sj_live_device *live = NULL;
    put_user(world, ",\"enable_emcc\":true,\"user_locale\":\"German_Germany\"");
    for (int i = 0; i < 2; i++) {
        assert_true(world_login(world));
        assert_int_equal(sj_live_device_get(hq, PHONE, &live, NULL), SJ_OK);
        assert_string_equal(live->user_locale, "German_Germany");
        sj_record_free(hq, live);
        assert_true(world_logout(world, BR));
        world_advance(world, 1000);
    }
}

/* Requests that are throttled leave something behind. */
static void CSCue33973_throttled_requests_leave_nothing(void **state) {
    struct world *world = *state;
    sj_scope *br = sj_testkit_scope(world->kits[BR]);
    world_param(world, BR, &sj_param_em_maximum_concurrent_requests_meta, "1");
    for (int i = 0; i < 50; i++) {
        const sj_testkit_reply *first =
            sj_testkit_get(world->kits[BR], BR_PAGE "&userid=alice&seq=12345");
        for (int more = 0; more < 10; more++) {
            char path[128];
            (void)snprintf(path, sizeof path,
                           "/emapp/EMAppServlet?device=SEPX%d&EMCC=true&userid=alice&seq=12345",
                           more);
            assert_non_null(strstr(world_get(world, BR, path)->body, "(26)"));
        }
        world_advance(world, 2000);
        assert_non_null(strstr(first->body, "Login successful"));
        assert_true(world_logout(world, BR));
        world_advance(world, 1000);
    }
    assert_int_equal(sj_session_count(br, NULL, NULL), 0);
    assert_null(world_disagreement(world));
}

/* A logout ends with "unknown 7". Ours ends the session whatever happens to a message, and never
 * with that code. */
static void CSCtz28748_no_logout_ends_with_7(void **state) {
    struct world *world = *state;
    for (int fault = FAULT_NONE; fault < FAULTS; fault++) {
        for (int cluster = HQ; cluster < CLUSTERS; cluster++) {
            assert_true(world_login(world));
            world->fault = (enum fault)fault;
            world->fault_at = world->requests;
            const sj_testkit_reply *reply =
                world_get(world, cluster, "/emapp/EMAppServlet?device=" PHONE "&doLogout=true");
            assert_null(strstr(reply->body, "(7)"));
            assert_null(strstr(reply->body, "nknown"));
            world->fault_at = SIZE_MAX;
            reply = world_get(world, BR,
                              "/emapp/EMAppServlet?device=" PHONE
                              "&doLogout=true"); /* pressed once more */
            assert_null(strstr(reply->body, "(7)"));
            assert_null(strstr(reply->body, "nknown"));
            world_advance(world, 31 * MINUTE);
            assert_int_equal(world_sessions(world, BR), 0);
            assert_null(world_disagreement(world));
        }
    }
    assert_null(sj_testkit_find(world->kits[BR], "event", "(7)"));
    assert_null(sj_testkit_find(world->kits[HQ], "event", "(7)"));
}

/* Logins on secure phones fail now and then: here the first is as good as each one after it, and
 * after a restart of either side. */
static void CSCur57864_every_secure_login_succeeds(void **state) {
    struct world *world = *state;
    sj_live_device *live = NULL;
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]);
    for (int cluster = HQ; cluster < CLUSTERS; cluster++) {
        world_put(world, cluster, &sj_phone_security_profile_meta,
                  "{\"name\":\"Secure\",\"device_security_mode\":\"encrypted\"}");
        world_param(world, cluster, &sj_param_enterprise_cluster_security_mode_meta, "mixed");
    }
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"" PHONE "\",\"model\":\"Cisco "
              "8851\",\"enable_extension_mobility\":true,\"phone_security_profile\":\"Secure\"}");
    for (int i = 0; i < 60; i++) {
        assert_true(world_login(world));
        assert_int_equal(sj_live_device_get(hq, PHONE, &live, NULL), SJ_OK);
        assert_string_equal(
            live->phone_security_profile,
            "Standard SIP Authenticated Profile"); /* the template's is not secure */
        sj_record_free(hq, live);
        assert_non_null(sj_testkit_find(world->kits[HQ], "log",
                                        "registers over TLS with its certificate, or not at all"));
        assert_null(sj_testkit_find(world->kits[HQ], "log", "registers without TLS"));
        sj_testkit_forget(world->kits[HQ]);
        assert_true(world_logout(world, i % 2 == 0 ? BR : HQ));
        world_advance(world, i % 10 == 0
                                 ? 31 * MINUTE
                                 : 1000); /* with the remote cluster's state read anew, too */
        if (i % 7 == 0) {
            world_kill(world, i % 2 == 0 ? HQ : BR);
            world_advance(world, 2000);
            hq = sj_testkit_scope(world->kits[HQ]);
        }
    }
    assert_null(world_disagreement(world));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(CSCvn19301_hardware_of_the_visiting_phone_survives, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(CSCvw78247_the_administrators_url_stays_as_it_is, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(CSCvw50430_all_nodes_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(CSCvn52593_no_failure_shows_0, setup, teardown),
        cmocka_unit_test_setup_teardown(CSCud97811_a_logout_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(CSCuo13456_long_ids_are_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(CSCvn57656_names_pass_through_as_utf8, setup, teardown),
        cmocka_unit_test_setup_teardown(CSCvs39175_itlrecovery_is_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(CSCuo94742_the_phone_speaks_the_users_language, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(CSCue33973_throttled_requests_leave_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(CSCtz28748_no_logout_ends_with_7, setup, teardown),
        cmocka_unit_test_setup_teardown(CSCur57864_every_secure_login_succeeds, setup, teardown),
    };
    return cmocka_run_group_tests_name("known defects", tests, NULL, NULL);
}
