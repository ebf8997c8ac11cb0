/* A traveller's whole story between two clusters, and each refusal with its code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_world.h"
#include "events/emcc.h"
#include "events/session.h"
#include "parameters/emcc.h"
#include "parameters/enterprise.h"
#include "parameters/extension_mobility.h"
#include "resources/device_profile.h"
#include "resources/emcc_base_device.h"
#include "resources/emcc_template.h"
#include "resources/end_user.h"
#include "resources/geolocation.h"
#include "resources/intercluster_service_profile.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "resources/phone_security_profile.h"
#include "resources/remote_cluster.h"
#include "resources/route_list.h"
#include "resources/route_pattern.h"
#include "resources/session.h"

static int setup(void **state) {
    struct world *world = malloc(sizeof *world);
    world_open(world, 2);
    *state = world;
    return 0;
}

static int teardown(void **state) {
    world_close(*state);
    free(*state);
    return 0;
}

/* The login of `id` with `pin` at BR's phone shows `text`. */
static void expect(struct world *world, const char *id, const char *pin, const char *text) {
    char path[256];
    (void)snprintf(path, sizeof path, BR_PAGE "&userid=%s&seq=%s", id, pin);
    const sj_testkit_reply *reply = world_get(world, BR, path);
    assert_int_equal(reply->status, 200);
    if (strstr(reply->body, text) == NULL) {
        sj_testkit_print(world->kits[HQ]);
        sj_testkit_print(world->kits[BR]);
        fail_msg("expected %s, the phone shows %s", text, reply->body);
    }
}

static void put_user(struct world *world, const char *more) {
    char json[768];
    (void)snprintf(json, sizeof json,
                   "{\"user_id\":\"alice\",\"last_name\":\"Adams\",\"pin\":\"%s\",\"controlled_profiles\":[\"alice-8851\"],"
                   "\"primary_extension\":\"1001\",\"self_service_user_id\":\"71001\"%s}",
                   sj_testkit_hash(world->kits[HQ], "12345"), more);
    world_put(world, HQ, &sj_end_user_meta, json);
}

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
    const char *const paths[] = {BR_PAGE "&loginType=SP&userid=71001&seq=12345", BR_PAGE "&loginType=DN&userid=1001&seq=12345",
                                 BR_PAGE "&loginType=UID&userid=ALICE&seq=12345"};
    sj_session *session;
    for (size_t i = 0; i < 3; i++) {
        assert_non_null(strstr(world_get(world, BR, paths[i])->body, "Login successful"));
        assert_int_equal(sj_session_get(sj_testkit_scope(world->kits[BR]), PHONE, &session, NULL), SJ_OK);
        assert_string_equal(session->user_id, "alice");
        sj_record_free(sj_testkit_scope(world->kits[BR]), session);
        assert_true(world_logout(world, BR));
        world_advance(world, 1000);
    }
    assert_non_null(strstr(world_get(world, BR, BR_PAGE "&loginType=XY&userid=1&seq=2")->body, "LoginType invalid (215)"));
}

static void shared_extension(void **state) {
    struct world *world = *state;
    world_put(world, HQ, &sj_end_user_meta, "{\"user_id\":\"bob\",\"last_name\":\"Bond\",\"primary_extension\":\"1001\"}");
    assert_non_null(
        strstr(world_get(world, BR, BR_PAGE "&loginType=DN&userid=1001&seq=12345")->body, "DN has multiple users(47)"));
    assert_non_null(strstr(world_get(world, HQ, "/emapp/EMAppServlet?device=X&loginType=DN&userid=1001&seq=1")->body, "(11)"));
}

static void wrong_pin_and_lockout(void **state) {
    struct world *world = *state;
    world_param(world, HQ, &sj_param_enterprise_credential_failed_logins_meta, "3");
    for (int i = 0; i < 3; i++) {
        expect(world, "alice", "99999", "Login is unavailable(2)");
    }
    /* Locked: the right PIN gets the same answer, until the time is over. */
    expect(world, "alice", "12345", "Login is unavailable(2)");
    assert_non_null(sj_testkit_find(world->kits[HQ], "log", "locked"));
    world_advance(world, 31 * MINUTE);
    assert_true(world_login(world));
    assert_true(world_logout(world, BR));
    world_advance(world, 1000);
    /* Locked once more: a new PIN, set by the administrator, is not. */
    for (int i = 0; i < 3; i++) {
        expect(world, "alice", "99999", "Login is unavailable(2)");
    }
    expect(world, "alice", "12345", "Login is unavailable(2)");
    char json[512];
    (void)snprintf(json, sizeof json,
                   "{\"user_id\":\"alice\",\"last_name\":\"Adams\",\"pin\":\"%s\",\"enable_emcc\":true,"
                   "\"controlled_profiles\":[\"alice-8851\"]}",
                   sj_testkit_hash(world->kits[HQ], "24680"));
    world_put(world, HQ, &sj_end_user_meta, json);
    expect(world, "alice", "12345", "Login is unavailable(2)");
    expect(world, "alice", "24680", "Login successful");
}

static void refusals(void **state) {
    struct world *world = *state;
    expect(world, "nobody", "12345", "Login is unavailable(23)");
    expect(world, "", "12345", "Please try to login again (202)");
    expect(world, "alice", "", "Please try to login again (202)");
    put_user(world, "");
    expect(world, "alice", "12345", "Login is unavailable(31)");
    put_user(world, ",\"enable_emcc\":true,\"enabled\":false");
    expect(world, "alice", "12345", "Login is unavailable(2)");
    put_user(world, ",\"enable_emcc\":true,\"pin_change_required\":true");
    expect(world, "alice", "12345", "PIN change is required");
    put_user(world, ",\"enable_emcc\":true,\"home_cluster\":false");
    expect(world, "alice", "12345", "(23)");
    assert_null(world_disagreement(world));
}

static void user_without_profile(void **state) {
    struct world *world = *state;
    char json[256];
    (void)snprintf(json, sizeof json, "{\"user_id\":\"alice\",\"last_name\":\"Adams\",\"pin\":\"%s\",\"enable_emcc\":true}",
                   sj_testkit_hash(world->kits[HQ], "12345"));
    world_put(world, HQ, &sj_end_user_meta, json);
    expect(world, "alice", "12345", "(205)");
}

static void configuration_faults(void **state) {
    struct world *world = *state;
    world_param(world, HQ, &sj_param_emcc_default_tftp_server_meta, "");
    expect(world, "alice", "12345", "Please try to login again (201)");
    assert_non_null(sj_testkit_find(world->kits[BR], "event", "(39)"));
    world_param(world, HQ, &sj_param_emcc_default_tftp_server_meta, "no-such-node");
    expect(world, "alice", "12345", "Please try to login again (201)");
    world_param(world, HQ, &sj_param_emcc_default_tftp_server_meta, "127.0.0.1");

    world_put(world, HQ, &sj_intercluster_service_profile_meta, "{\"emcc_active\":false,\"pstn_access_active\":true}");
    expect(world, "alice", "12345", "Login is unavailable(38)");
    world_put(world, HQ, &sj_intercluster_service_profile_meta, "{\"emcc_active\":true,\"pstn_access_active\":false}");
    expect(world, "alice", "12345", "(211)");
    world_put(world, HQ, &sj_intercluster_service_profile_meta, "{\"emcc_active\":true,\"pstn_access_active\":true}");
    world_put(world, BR, &sj_intercluster_service_profile_meta, "{\"emcc_active\":true,\"pstn_access_active\":false}");
    expect(world, "alice", "12345", "Login is unavailable (211)");
    world_put(world, BR, &sj_intercluster_service_profile_meta, "{\"emcc_active\":false,\"pstn_access_active\":true}");
    expect(world, "alice", "12345", "(201)");
    world_put(world, BR, &sj_intercluster_service_profile_meta, "{\"emcc_active\":true,\"pstn_access_active\":true}");
    assert_true(world_login(world));
}

static void device_faults(void **state) {
    struct world *world = *state;
    world_put(world, HQ, &sj_phone_meta, "{\"name\":\"" PHONE "\",\"model\":\"Cisco 8851\"}");
    expect(world, "alice", "12345", "Login is unavailable(37)");
    assert_int_equal(sj_phone_delete(sj_testkit_scope(world->kits[HQ]), PHONE, NULL), SJ_OK);
    world_put(world, BR, &sj_phone_meta, "{\"name\":\"SEP7940\",\"model\":\"Cisco 7940\",\"enable_extension_mobility\":true}");
    assert_non_null(
        strstr(world_get(world, BR, "/emapp/EMAppServlet?device=SEP7940&EMCC=true&userid=alice&seq=12345")->body, "(213)"));
    world_put(world, BR, &sj_phone_meta, "{\"name\":\"SEPOFF\",\"model\":\"Cisco 8851\"}");
    assert_non_null(strstr(world_get(world, BR, "/emapp/EMAppServlet?device=SEPOFF&userid=alice&seq=12345")->body, "(22)"));
    assert_non_null(strstr(world_get(world, BR, "/emapp/EMAppServlet?device=SEPNONE&userid=alice&seq=12345")->body, "(11)"));
    assert_non_null(strstr(world_get(world, BR, "/emapp/EMAppServlet?userid=alice&seq=12345")->body, "(207)"));
    assert_non_null(
        strstr(world_get(world, BR, "/emapp/EMAppServlet?device=" PHONE "&doLogout=true")->body, "Logout is unavailable(19)"));
    assert_non_null(
        strstr(world_get(world, BR, "/emapp/EMAppServlet?device=SEPNONE&doLogout=true")->body, "Logout is unavailable(11)"));
}

static void base_devices_run_out(void **state) {
    struct world *world = *state;
    world_put(world, BR, &sj_phone_meta, "{\"name\":\"SEPB\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true}");
    world_put(world, BR, &sj_phone_meta, "{\"name\":\"SEPC\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true}");
    assert_true(world_login(world));
    assert_non_null(
        strstr(world_get(world, BR, "/emapp/EMAppServlet?device=SEPB&EMCC=true&userid=alice&seq=12345")->body, "successful"));
    assert_non_null(
        strstr(world_get(world, BR, "/emapp/EMAppServlet?device=SEPC&EMCC=true&userid=alice&seq=12345")->body, "(33)"));
    assert_true(world_logout(world, BR));
    world_advance(world, 1000);
    assert_non_null(
        strstr(world_get(world, BR, "/emapp/EMAppServlet?device=SEPC&EMCC=true&userid=alice&seq=12345")->body, "successful"));
}

static void multiple_logins_across_clusters(void **state) {
    struct world *world = *state;
    world_put(world, BR, &sj_phone_meta, "{\"name\":\"SEPB\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true}");
    world_param(world, HQ, &sj_param_em_multiple_login_applies_to_emcc_meta, "true");
    assert_true(world_login(world));
    assert_non_null(strstr(world_get(world, BR, "/emapp/EMAppServlet?device=SEPB&EMCC=true&userid=alice&seq=12345")->body,
                           "Multi-Login Not Allowed (25)"));
    world_param(world, HQ, &sj_param_em_multiple_login_behavior_meta, "auto_logout");
    assert_non_null(
        strstr(world_get(world, BR, "/emapp/EMAppServlet?device=SEPB&EMCC=true&userid=alice&seq=12345")->body, "successful"));
    world_advance(world, 1000);
    assert_int_equal(world_sessions(world, HQ), 1);
    assert_int_equal(world_sessions(world, BR), 1);
}

static void network_faults(void **state) {
    struct world *world = *state;
    world->untrusted[HQ] = true;
    expect(world, "alice", "12345", "Login is unavailable (208)");
    world->untrusted[HQ] = false;
    world->cut[HQ] = true;
    expect(world, "alice", "12345", "Login is unavailable (208)");
    world->cut[HQ] = false;
    /* Known to be down, yet the next login succeeds: it is asked all the same. */
    assert_true(world_login(world));
    assert_true(world_logout(world, BR));
    world_advance(world, 1000);
    world->fault_at = world->requests;
    world->fault = FAULT_LOSE_REQUEST;
    expect(world, "alice", "12345", "Please try to login again (23)");
    assert_non_null(sj_testkit_find(world->kits[BR], "event", "(40)"));
}

static void no_remote_cluster(void **state) {
    struct world *world = *state;
    world_put(world, BR, &sj_remote_cluster_meta,
              "{\"cluster_id\":\"HQ\",\"fully_qualified_name\":\"127.0.0.1\",\"emcc\":false}");
    expect(world, "alice", "12345", "Login is unavailable(36)");
}

static void visiting_cluster_unknown_at_home(void **state) {
    struct world *world = *state;
    assert_int_equal(sj_remote_cluster_delete(sj_testkit_scope(world->kits[HQ]), "BR", NULL), SJ_OK);
    expect(world, "alice", "12345", "Login is unavailable(35)");
}

static void security_modes(void **state) {
    struct world *world = *state;
    world_put(world, BR, &sj_phone_security_profile_meta, "{\"name\":\"Secure\",\"device_security_mode\":\"encrypted\"}");
    world_param(world, BR, &sj_param_enterprise_cluster_security_mode_meta, "mixed");
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"" PHONE
              "\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true,\"phone_security_profile\":\"Secure\"}");
    expect(world, "alice", "12345", "Login is unsuccessful(46)");
    world_param(world, HQ, &sj_param_enterprise_cluster_security_mode_meta, "mixed");
    assert_true(world_login(world));
}

static void several_profiles(void **state) {
    struct world *world = *state;
    char path[512];
    sj_session *session;
    world_put(world, HQ, &sj_device_profile_meta, "{\"name\":\"alice-7962\",\"model\":\"Cisco 7962\"}");
    put_user(world, ",\"enable_emcc\":true");
    char json[512];
    (void)snprintf(json, sizeof json,
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
    assert_int_equal(sj_session_get(sj_testkit_scope(world->kits[HQ]), PHONE, &session, NULL), SJ_OK);
    assert_string_equal(session->device_profile, "alice-7962");
    sj_record_free(sj_testkit_scope(world->kits[HQ]), session);
    assert_true(world_logout(world, BR));
    world_advance(world, 1000);
    assert_non_null(strstr(world_get(world, BR, path)->body, "(201)")); /* the choice counts once */
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

static void logged_out(void *user, int status, const sj_error *error, const sj_session_logout_reply *reply) {
    struct administrator *administrator = user;
    administrator->answered = true;
    administrator->status = status;
    (void)snprintf(administrator->message, sizeof administrator->message, "%s", status == SJ_OK ? reply->message : error->text);
}

static void administrators_logout(void **state) {
    struct world *world = *state;
    const sj_session_logout request = {.device_name = PHONE, .reason = "administrator"};
    for (int cluster = 0; cluster < CLUSTERS; cluster++) {
        struct administrator administrator = {0};
        assert_true(world_login(world));
        assert_int_equal(
            sj_ask_session_logout(sj_testkit_scope(world->kits[cluster]), &request, 0, logged_out, &administrator, NULL),
            SJ_OK);
        world_advance(world, 1000);
        assert_true(administrator.answered);
        assert_int_equal(administrator.status, SJ_OK);
        assert_null(world_disagreement(world));
        assert_int_equal(world_sessions(world, HQ) + world_sessions(world, BR), 0);
        assert_non_null(sj_testkit_find(world->kits[cluster], "event", "\"reason\":\"administrator\""));
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

static void requests_above_the_limit(void **state) {
    struct world *world = *state;
    world_param(world, BR, &sj_param_em_maximum_concurrent_requests_meta, "1");
    world_put(world, BR, &sj_phone_meta, "{\"name\":\"SEPB\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true}");
    const sj_testkit_reply *first = sj_testkit_get(world->kits[BR], BR_PAGE "&userid=alice&seq=12345");
    const sj_testkit_reply *second =
        sj_testkit_get(world->kits[BR], "/emapp/EMAppServlet?device=SEPB&EMCC=true&userid=alice&seq=12345");
    assert_int_equal(first->status, 0);
    assert_non_null(strstr(second->body, "Login is unavailable(26)"));
    world_advance(world, 1000);
    assert_non_null(strstr(first->body, "Login successful"));
    assert_int_equal(world_sessions(world, BR), 1);
}

static void remote_cluster_state(void **state) {
    struct world *world = *state;
    sj_remote_cluster_status *status;
    sj_scope *br = sj_testkit_scope(world->kits[BR]);
    assert_int_equal(sj_remote_cluster_status_get(br, "HQ", &status, NULL), SJ_OK);
    assert_string_equal(status->reason, "");
    assert_string_equal(status->version, SOJOURN_VERSION);
    sj_record_free(br, status);
    world->cut[HQ] = true;
    world_advance(world, 31 * MINUTE);
    assert_int_equal(sj_remote_cluster_status_get(br, "HQ", &status, NULL), SJ_OK);
    assert_true(status->reason[0] != '\0');
    assert_int_equal(status->services[0].remote_activated, SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_NO);
    sj_record_free(br, status);
}

static void new_remote_clusters_start_with_all_services(void **state) {
    struct world *world = *state;
    sj_scope *br = sj_testkit_scope(world->kits[BR]);
    sj_remote_cluster *cluster = NULL;
    world_param(world, BR, &sj_param_emcc_enable_all_remote_cluster_services_meta, "true");
    world->cut[HQ] = true;
    world_put(world, BR, &sj_remote_cluster_meta, "{\"cluster_id\":\"ASIA\",\"fully_qualified_name\":\"127.0.0.3\"}");
    world_advance(world, 100);
    assert_int_equal(sj_remote_cluster_get(br, "ASIA", &cluster, NULL), SJ_OK);
    assert_true(cluster->emcc && cluster->pstn_access && cluster->rsvp_agent && cluster->lbm && cluster->uds && !cluster->tftp);
    sj_record_free(br, cluster);
}

struct validated {
    bool answered;
    size_t problems;
    char text[8192];
};

static void append(char *text, size_t room, const char *line) {
    const size_t length = strlen(text);
    (void)snprintf(text + length, room - length, "%s\n", line);
}

static void validated(void *user, int status, const sj_error *error, const sj_emcc_validate_reply *reply) {
    struct validated *result = user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    result->answered = true;
    result->problems = reply->problems_count;
    for (size_t i = 0; i < reply->problems_count; i++) {
        append(result->text, sizeof result->text, reply->problems[i]);
    }
}

static void validate_names_what_is_missing(void **state) {
    struct world *world = *state;
    const sj_emcc_validate request = {0};
    struct validated result = {0};
    world_param(world, BR, &sj_param_emcc_region_max_audio_bit_rate_meta, "64");
    world_advance(world, 1000);
    assert_int_equal(sj_ask_emcc_validate(sj_testkit_scope(world->kits[BR]), &request, 0, validated, &result, NULL), SJ_OK);
    world_advance(world, 100);
    assert_true(result.answered);
    assert_non_null(strstr(result.text, "PSTN Access is active and has no SIP trunk"));
    assert_non_null(strstr(result.text, "There are no EMCC base devices"));
    assert_non_null(strstr(result.text, "Default TFTP Server for EMCC Login Device is not set"));
    assert_non_null(strstr(result.text, "No tomcat certificate of cluster HQ"));
    assert_non_null(strstr(result.text, "No ITLRecovery certificate of cluster HQ"));
    assert_non_null(strstr(result.text, "EMCC Region Max Audio Bit Rate is 64 kbps here and 8 kbps at cluster HQ"));
}

struct checked {
    bool answered, ready;
    char text[8192];
};

static void checked(void *user, int status, const sj_error *error, const sj_emcc_check_reply *reply) {
    struct checked *result = user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    result->answered = true;
    result->ready = reply->ready;
    for (size_t i = 0; i < reply->clusters_count; i++) {
        for (size_t k = 0; k < reply->clusters[i].problems_count; k++) {
            append(result->text, sizeof result->text, reply->clusters[i].problems[k]);
        }
    }
}

static void the_travellers_way_is_checked(void **state) {
    struct world *world = *state;
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]);
    const sj_emcc_check request = {.cluster_id = "BR"};
    struct checked result = {0};
    assert_int_equal(sj_ask_emcc_check(hq, &request, 0, checked, &result, NULL), SJ_OK);
    world_advance(world, 100);
    assert_true(result.answered);
    assert_false(result.ready);
    assert_non_null(strstr(
        result.text, "Phones at Office of cluster BR roam in device pool UK visitors: no route pattern in its adjunct CSS"));
    world_put(world, HQ, &sj_route_list_meta,
              "{\"name\":\"Local\",\"members\":[{\"route_group\":\"Standard Local Route Group\"}]}");
    world_put(world, HQ, &sj_route_pattern_meta,
              "{\"pattern\":\"999\",\"partition\":\"UK emergency\",\"route_list\":\"Local\"}");
    memset(&result, 0, sizeof result);
    assert_int_equal(sj_ask_emcc_check(hq, &request, 0, checked, &result, NULL), SJ_OK);
    world_advance(world, 100);
    assert_null(strstr(result.text, "Phones at Office"));
    world_put(world, BR, &sj_geolocation_meta, "{\"name\":\"Office\",\"address\":{\"country\":\"FR\"}}");
    world_advance(world, 31 * MINUTE);
    memset(&result, 0, sizeof result);
    assert_int_equal(sj_ask_emcc_check(hq, &request, 0, checked, &result, NULL), SJ_OK);
    world_advance(world, 100);
    assert_non_null(strstr(result.text, "Phones at Office of cluster BR get no roaming device pool"));
}

/* What a partner sends that is not quite like us. */
static const char *post(struct world *world, const char *what, const char *json, const char *peer_cluster, int *status) {
    char path[64];
    (void)snprintf(path, sizeof path, "/intercluster/v1/%s", what);
    const sj_testkit_request request = {.method = "POST",
                                        .path = path,
                                        .content_type = "application/json",
                                        .body = json,
                                        .tls = true,
                                        .peer_cluster = peer_cluster};
    const sj_testkit_reply *reply = sj_testkit_send(world->kits[HQ], &request);
    for (int i = 0; i < 100 && reply->status == 0; i++) {
        world_advance(world, 100);
    }
    *status = reply->status;
    return reply->body;
}

#define KEY "0123456789abcdef0123456789abcdef"
#define LOGIN(cluster, more)                                                                                                   \
    "{\"cluster_id\":\"" cluster "\",\"idempotency_key\":\"" KEY                                                               \
    "\",\"user_id\":\"alice\",\"pin\":\"12345\",\"device_name\":\"SEPX\"," more "}"

static void other_partners(void **state) {
    struct world *world = *state;
    int status;
    const char *body;
    (void)post(world, "login", LOGIN("BR", "\"model\":\"Cisco 8851\""), NULL, &status);
    assert_int_equal(status, 403);
    (void)post(world, "login", "{\"cluster_id\":", "BR", &status);
    assert_int_equal(status, 400);
    (void)post(world, "logout", "{\"cluster_id\":\"XX\"}", "BR", &status);
    assert_int_equal(status, 400);
    body = post(world, "login", LOGIN("XX", "\"model\":\"Cisco 8851\""), "BR", &status);
    assert_non_null(strstr(body, "\"code\":44"));
    body =
        post(world, "login", "{\"cluster_id\":\"BR\",\"user_id\":\"a\",\"pin\":\"1\",\"device_name\":\"SEPX\"}", "BR", &status);
    assert_non_null(strstr(body, "\"code\":1,"));
    body = post(world, "login", LOGIN("BR", "\"model\":\"Nobody's 1\""), "BR", &status);
    assert_non_null(strstr(body, "\"code\":32"));
    world_param(world, HQ, &sj_param_enterprise_cluster_security_mode_meta, "mixed");
    body = post(world, "login", LOGIN("BR", "\"model\":\"Cisco 8851\",\"protocol\":0,\"secure\":true,\"mixed_mode\":true"),
                "BR", &status);
    assert_non_null(strstr(body, "\"code\":45"));
    world_put(world, HQ, &sj_phone_security_profile_meta, "{\"name\":\"Secure\",\"device_security_mode\":\"encrypted\"}");
    world_put(world, HQ, &sj_emcc_template_meta, "{\"name\":\"EMCC template\",\"phone_security_profile\":\"Secure\"}");
    body = post(world, "login", LOGIN("BR", "\"model\":\"Cisco 8851\""), "BR", &status);
    assert_non_null(strstr(body, "\"code\":43"));
    world_put(world, HQ, &sj_emcc_template_meta, "{\"name\":\"EMCC template\"}");
    assert_int_equal(world_sessions(world, HQ), 0);
    /* A newer partner's elements are ignored; the same request again is the same session. */
    for (int i = 0; i < 3; i++) {
        body = post(world, "login", LOGIN("BR", "\"model\":\"Cisco 8851\",\"protocol\":9,\"hologram\":{\"size\":[1,2]}"), "BR",
                    &status);
        assert_non_null(strstr(body, "\"code\":0,"));
        assert_non_null(strstr(body, "\"lease_id\":\"" KEY "\""));
        assert_non_null(strstr(body, "\"protocol\":1"));
    }
    assert_int_equal(world_sessions(world, HQ), 1);
    const sj_query taken = {.field = "device_name", .value = "SEPX"};
    assert_int_equal(sj_emcc_base_device_count(sj_testkit_scope(world->kits[HQ]), &taken, NULL), 1);
    /* BR knows nothing of it: it goes with the next comparison. */
    world_advance(world, 31 * MINUTE);
    assert_int_equal(world_sessions(world, HQ), 0);
}

/* More sessions than one message holds: every third is missing on one side, every fifth on the other. */
static void many_sessions_are_compared_in_pages(void **state) {
    struct world *world = *state;
    enum { MANY = 2500 };
    size_t agreed = 0;
    for (int i = 0; i < MANY; i++) {
        char json[512];
        const char *const form = "{\"device_name\":\"SEP%012d\",\"kind\":\"%s\",\"user_id\":\"u%d\",\"remote_cluster_id\":\"%"
                                 "s\",\"lease_id\":\"lease%d\"}";
        if (i % 3 != 0) {
            (void)snprintf(json, sizeof json, form, i, "home", i, "BR", i);
            world_put(world, HQ, &sj_session_meta, json);
        }
        if (i % 5 != 0) {
            (void)snprintf(json, sizeof json, form, i, "visiting", i, "HQ", i);
            world_put(world, BR, &sj_session_meta, json);
        }
        agreed += i % 3 != 0 && i % 5 != 0;
    }
    world_advance(world, 31 * MINUTE);
    assert_int_equal(world_sessions(world, HQ), agreed);
    assert_int_equal(world_sessions(world, BR), agreed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_whole_story, setup, teardown),
        cmocka_unit_test_setup_teardown(logout_at_home, setup, teardown),
        cmocka_unit_test_setup_teardown(login_types, setup, teardown),
        cmocka_unit_test_setup_teardown(shared_extension, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_pin_and_lockout, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(user_without_profile, setup, teardown),
        cmocka_unit_test_setup_teardown(configuration_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(device_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(base_devices_run_out, setup, teardown),
        cmocka_unit_test_setup_teardown(multiple_logins_across_clusters, setup, teardown),
        cmocka_unit_test_setup_teardown(network_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(no_remote_cluster, setup, teardown),
        cmocka_unit_test_setup_teardown(visiting_cluster_unknown_at_home, setup, teardown),
        cmocka_unit_test_setup_teardown(security_modes, setup, teardown),
        cmocka_unit_test_setup_teardown(several_profiles, setup, teardown),
        cmocka_unit_test_setup_teardown(ends_by_time, setup, teardown),
        cmocka_unit_test_setup_teardown(home_unreachable_at_logout, setup, teardown),
        cmocka_unit_test_setup_teardown(administrators_logout, setup, teardown),
        cmocka_unit_test_setup_teardown(user_disabled_during_session, setup, teardown),
        cmocka_unit_test_setup_teardown(requests_above_the_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(remote_cluster_state, setup, teardown),
        cmocka_unit_test_setup_teardown(validate_names_what_is_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(new_remote_clusters_start_with_all_services, setup, teardown),
        cmocka_unit_test_setup_teardown(the_travellers_way_is_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(other_partners, setup, teardown),
        cmocka_unit_test_setup_teardown(many_sessions_are_compared_in_pages, setup, teardown),
    };
    return cmocka_run_group_tests_name("EMCC", tests, NULL, NULL);
}
