/* A traveller's whole story between two clusters: ways to log in, and every way a session ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_world.h"
#include "events/session.h"
#include "parameters/enterprise.h"
#include "parameters/extension_mobility.h"
#include "resources/device_profile.h"
#include "resources/end_user.h"
#include "resources/ils.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "resources/session.h"

static void the_whole_story(void **state) {
    struct world *world = *state;
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]), *br = sj_testkit_scope(world->kits[BR]);
    sj_session *home, *visiting;
    sj_live_device *live;
    assert_non_null(strstr(world_get(world, BR, BR_PAGE)->body, "<CiscoIPPhoneInput>"));
    assert_true(world_login(world));
    assert_null(world_disagreement(world));
    assert_int_equal(world->resets[BR], 1);

    assert_int_equal(sj_session_get(hq, PHONE, &home, NULL), SJ_OK);
    assert_int_equal(home->kind, SJ_SESSION_KIND_HOME);
    assert_string_equal(home->remote_cluster_id, "BR");
    assert_string_equal(home->base_device, "EMCC1");
    assert_string_equal(home->roaming_device_pool, "UK visitors");
    assert_true(home->expires_at == home->login_time + 600 * MINUTE);
    assert_int_equal(sj_session_get(br, PHONE, &visiting, NULL), SJ_OK);
    assert_int_equal(visiting->kind, SJ_SESSION_KIND_VISITING);
    assert_string_equal(visiting->user_id, "alice");
    assert_string_equal(visiting->remote_cluster_id, "HQ");
    assert_int_equal(visiting->home_tftp_count, 1);
    assert_string_equal(visiting->home_tftp[0], "127.0.0.1");
    assert_string_equal(visiting->trace_id, home->trace_id);
    sj_record_free(hq, home);
    sj_record_free(br, visiting);

    assert_int_equal(sj_live_device_get(hq, PHONE, &live, NULL), SJ_OK);
    assert_true(live->emcc);
    assert_int_equal(live->calling_search_spaces_count, 3);
    assert_string_equal(live->calling_search_spaces[0], "Adjunct");
    assert_string_equal(live->calling_search_spaces[1], "Line");
    assert_string_equal(live->calling_search_spaces[2], "EMCC");
    assert_string_equal(live->device_pool, "UK visitors");
    assert_string_equal(live->load_information, "");
    assert_int_equal(live->expansion_modules_count, 1);
    assert_string_equal(live->services[0], "EM");
    assert_non_null(strstr(live->logout_url, "/emapp/EMAppServlet?device=" PHONE "&doLogout=true"));
    sj_record_free(hq, live);

    /* Who comes next sees who is there, and may not log in beside. */
    assert_non_null(strstr(world_get(world, BR, BR_PAGE)->body, "alice is logged in"));
    expect(world, "alice", "12345", "(18)");

    assert_true(world_logout(world, BR));
    world_advance(world, 1000);
    assert_null(world_disagreement(world));
    assert_int_equal(world_sessions(world, HQ) + world_sessions(world, BR), 0);
    assert_int_equal(world->resets[HQ], 1);
    assert_non_null(sj_testkit_find(world->kits[HQ], "event", "session.ended"));
    assert_true(world_login(world));
    assert_null(world_disagreement(world));
}

static void logout_at_home(void **state) {
    struct world *world = *state;
    assert_true(world_login(world));
    assert_non_null(strstr(world_get(world, HQ, BR_PAGE)->body, "alice is logged in"));
    assert_true(world_logout(world, HQ));
    world_advance(world, 1000);
    assert_null(world_disagreement(world));
    assert_int_equal(world_sessions(world, BR), 0);
    assert_int_equal(world->resets[HQ], 1);
}

static void login_types(void **state) {
    struct world *world = *state;
    const char *const paths[] = {BR_PAGE "&loginType=SP&userid=71001&seq=12345",
                                 BR_PAGE "&loginType=DN&userid=1001&seq=12345",
                                 BR_PAGE "&loginType=UID&userid=ALICE&seq=12345"};
    sj_session *session;
    for (size_t i = 0; i < 3; i++) {
        assert_non_null(strstr(world_get(world, BR, paths[i])->body, "Login successful"));
        assert_int_equal(sj_session_get(sj_testkit_scope(world->kits[BR]), PHONE, &session, NULL),
                         SJ_OK);
        assert_string_equal(session->user_id, "alice");
        sj_record_free(sj_testkit_scope(world->kits[BR]), session);
        assert_true(world_logout(world, BR));
        world_advance(world, 1000);
    }
    assert_non_null(strstr(world_get(world, BR, BR_PAGE "&loginType=XY&userid=1&seq=2")->body,
                           "LoginType invalid (215)"));
}

/* A directory URI of the user's stands for the user id; which letters differ in it the URI Lookup
 * Policy says, as for calls. */
static void login_by_directory_uri(void **state) {
    static const char mixed[] = BR_PAGE "&userid=aLICE.a%40hq.example&seq=12345";
    struct world *world = *state;
    const char *const paths[] = {BR_PAGE "&loginType=UID&userid=Alice.A%40HQ.example&seq=12345",
                                 BR_PAGE "&userid=desk%40hq.example&seq=12345", mixed};
    sj_session *session;
    world_put(world, HQ, &sj_directory_uri_meta,
              "{\"user\":\"Alice.A\",\"host\":\"hq.example\",\"end_user\":\"alice\"}");
    world_put(world, HQ, &sj_directory_uri_meta,
              "{\"user\":\"desk\",\"host\":\"hq.example\",\"directory_number\":\"1001\"}");
    assert_null(strstr(world_get(world, BR, mixed)->body, "Login successful"));
    for (size_t i = 0; i < 3; i++) {
        world_param(world, HQ, &sj_param_enterprise_uri_lookup_policy_meta,
                    i == 2 ? "case_insensitive" : "case_sensitive");
        assert_non_null(strstr(world_get(world, BR, paths[i])->body, "Login successful"));
        assert_int_equal(sj_session_get(sj_testkit_scope(world->kits[BR]), PHONE, &session, NULL),
                         SJ_OK);
        assert_string_equal(session->user_id, "alice");
        sj_record_free(sj_testkit_scope(world->kits[BR]), session);
        assert_true(world_logout(world, BR));
        world_advance(world, 1000);
    }
    world_put(world, HQ, &sj_directory_uri_meta,
              "{\"user\":\"ALICE.a\",\"host\":\"hq.example\"}"); /* these letters count first */
    assert_null(strstr(world_get(world, BR, BR_PAGE "&userid=ALICE.a%40hq.example&seq=12345")->body,
                       "Login successful"));
    assert_int_equal(
        sj_directory_uri_delete(sj_testkit_scope(world->kits[HQ]), "ALICE.a@hq.example", NULL),
        SJ_OK);
    assert_null(strstr(world_get(world, BR, BR_PAGE "&userid=alice.b%40hq.example&seq=12345")->body,
                       "Login successful"));
    world_put(world, HQ, &sj_end_user_meta,
              "{\"user_id\":\"bob\",\"last_name\":\"Bond\",\"primary_extension\":\"1001\"}");
    assert_non_null(
        strstr(world_get(world, BR, BR_PAGE "&userid=desk%40hq.example&seq=12345")->body,
               "DN has multiple users(47)"));
}

static void shared_extension(void **state) {
    struct world *world = *state;
    world_put(world, HQ, &sj_end_user_meta,
              "{\"user_id\":\"bob\",\"last_name\":\"Bond\",\"primary_extension\":\"1001\"}");
    assert_non_null(
        strstr(world_get(world, BR, BR_PAGE "&loginType=DN&userid=1001&seq=12345")->body,
               "DN has multiple users(47)"));
    assert_non_null(strstr(
        world_get(world, HQ, "/emapp/EMAppServlet?device=X&loginType=DN&userid=1001&seq=1")->body,
        "(11)"));
}

static void several_profiles(void **state) {
    struct world *world = *state;
    char path[512];
    sj_session *session;
    world_put(world, HQ, &sj_device_profile_meta,
              "{\"name\":\"alice-7962\",\"model\":\"Cisco 7962\"}");
    put_user(world, ",\"enable_emcc\":true");
    char json[512];
    (void)snprintf(
        json, sizeof json,
        "{\"user_id\":\"alice\",\"last_name\":\"Adams\",\"pin\":\"%s\",\"enable_emcc\":true,"
        "\"controlled_profiles\":[\"alice-8851\",\"alice-7962\"]}",
        sj_testkit_hash(world->kits[HQ], "12345"));
    world_put(world, HQ, &sj_end_user_meta, json);
    const sj_testkit_reply *menu = world_get(world, BR, BR_PAGE "&userid=alice&seq=12345");
    assert_non_null(strstr(menu->body, "<CiscoIPPhoneMenu>"));
    assert_null(strstr(menu->body, "12345"));
    const char *choice = strstr(menu->body, "choice=");
    assert_non_null(choice);
    (void)snprintf(path, sizeof path, BR_PAGE "&%.39s&profile=alice-7962", choice);
    assert_non_null(strstr(world_get(world, BR, path)->body, "Login successful"));
    assert_int_equal(sj_session_get(sj_testkit_scope(world->kits[HQ]), PHONE, &session, NULL),
                     SJ_OK);
    assert_string_equal(session->device_profile, "alice-7962");
    sj_record_free(sj_testkit_scope(world->kits[HQ]), session);
    assert_true(world_logout(world, BR));
    world_advance(world, 1000);
    assert_non_null(strstr(world_get(world, BR, path)->body, "(201)")); /* the choice counts once */
}

static void multiple_logins_across_clusters(void **state) {
    struct world *world = *state;
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"SEPB\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true}");
    world_param(world, HQ, &sj_param_em_multiple_login_applies_to_emcc_meta, "true");
    assert_true(world_login(world));
    assert_non_null(strstr(
        world_get(world, BR, "/emapp/EMAppServlet?device=SEPB&EMCC=true&userid=alice&seq=12345")
            ->body,
        "Multi-Login Not Allowed (25)"));
    world_param(world, HQ, &sj_param_em_multiple_login_behavior_meta, "auto_logout");
    assert_non_null(strstr(
        world_get(world, BR, "/emapp/EMAppServlet?device=SEPB&EMCC=true&userid=alice&seq=12345")
            ->body,
        "successful"));
    world_advance(world, 1000);
    assert_int_equal(world_sessions(world, HQ), 1);
    assert_int_equal(world_sessions(world, BR), 1);
}

static void ends_by_time(void **state) {
    struct world *world = *state;
    world_param(world, HQ, &sj_param_em_inter_cluster_maximum_login_time_meta, "30");
    assert_true(world_login(world));
    world_advance(world, 29 * MINUTE);
    assert_int_equal(world_sessions(world, HQ), 1);
    world_advance(world, 2 * MINUTE);
    assert_null(world_disagreement(world));
    assert_int_equal(world_sessions(world, BR), 0);
    assert_non_null(sj_testkit_find(world->kits[HQ], "event", "\"reason\":\"time\""));
}

static void home_unreachable_at_logout(void **state) {
    struct world *world = *state;
    assert_true(world_login(world));
    world->cut[HQ] = true;
    assert_true(world_logout(world, BR)); /* the phone is free at once */
    world_advance(world, 60000);
    assert_int_equal(world_sessions(world, BR), 0);
    assert_int_equal(world_sessions(world, HQ), 1);
    world_kill(world, BR); /* a restart forgets nothing */
    world->cut[HQ] = false;
    world_advance(world, 31 * MINUTE);
    assert_null(world_disagreement(world));
    assert_int_equal(world_sessions(world, HQ), 0);
}

struct administrator {
    bool answered;
    int status;
    char message[700];
};

static void logged_out(void *user, int status, const sj_error *error,
                       const sj_session_logout_reply *reply) {
    struct administrator *administrator = user;
    administrator->answered = true;
    administrator->status = status;
    (void)snprintf(administrator->message, sizeof administrator->message, "%s",
                   status == SJ_OK ? reply->message : error->text);
}

static void administrators_logout(void **state) {
    struct world *world = *state;
    const sj_session_logout request = {.device_name = PHONE, .reason = "administrator"};
    for (int cluster = 0; cluster < CLUSTERS; cluster++) {
        struct administrator administrator = {0};
        assert_true(world_login(world));
        assert_int_equal(sj_ask_session_logout(sj_testkit_scope(world->kits[cluster]), &request, 0,
                                               logged_out, &administrator, NULL),
                         SJ_OK);
        world_advance(world, 1000);
        assert_true(administrator.answered);
        assert_int_equal(administrator.status, SJ_OK);
        assert_null(world_disagreement(world));
        assert_int_equal(world_sessions(world, HQ) + world_sessions(world, BR), 0);
        assert_non_null(
            sj_testkit_find(world->kits[cluster], "event", "\"reason\":\"administrator\""));
    }
}

static void user_disabled_during_session(void **state) {
    struct world *world = *state;
    assert_true(world_login(world));
    put_user(world, ",\"enabled\":false,\"enable_emcc\":false");
    world_advance(world, 31 * MINUTE);
    assert_int_equal(world_sessions(world, HQ), 1);
    assert_null(world_disagreement(world));
    assert_true(world_logout(world, BR));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_whole_story, setup, teardown),
        cmocka_unit_test_setup_teardown(logout_at_home, setup, teardown),
        cmocka_unit_test_setup_teardown(login_types, setup, teardown),
        cmocka_unit_test_setup_teardown(login_by_directory_uri, setup, teardown),
        cmocka_unit_test_setup_teardown(shared_extension, setup, teardown),
        cmocka_unit_test_setup_teardown(several_profiles, setup, teardown),
        cmocka_unit_test_setup_teardown(multiple_logins_across_clusters, setup, teardown),
        cmocka_unit_test_setup_teardown(ends_by_time, setup, teardown),
        cmocka_unit_test_setup_teardown(home_unreachable_at_logout, setup, teardown),
        cmocka_unit_test_setup_teardown(administrators_logout, setup, teardown),
        cmocka_unit_test_setup_teardown(user_disabled_during_session, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
