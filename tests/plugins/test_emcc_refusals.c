/* A traveller's login that is refused: each cause with its code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_world.h"
#include "parameters/emcc.h"
#include "parameters/enterprise.h"
#include "parameters/extension_mobility.h"
#include "resources/common_device_configuration.h"
#include "resources/end_user.h"
#include "resources/intercluster_service_profile.h"
#include "resources/node.h"
#include "resources/phone.h"
#include "resources/phone_security_profile.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"

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
    (void)snprintf(
        json, sizeof json,
        "{\"user_id\":\"alice\",\"last_name\":\"Adams\",\"pin\":\"%s\",\"enable_emcc\":true,"
        "\"controlled_profiles\":[\"alice-8851\"]}",
        sj_testkit_hash(world->kits[HQ], "24680"));
    world_put(world, HQ, &sj_end_user_meta, json);
    expect(world, "alice", "12345", "Login is unavailable(2)");
    expect(world, "alice", "24680", "Login successful");
}

/* The phone would be reset and come back with nothing changed. */
static void nobody_sends_the_phone_home(void **state) {
    struct world *world = *state;
    world_put(world, BR, &sj_service_activation_meta,
              "{\"service\":\"tftp\",\"node\":\"br-1\",\"activated\":false}");
    expect(world, "alice", "12345", "Please try to login again (201)");
    assert_non_null(sj_testkit_find(world->kits[BR], "log", "Configuration Issue (39)"));
    assert_non_null(sj_testkit_find(world->kits[BR], "log",
                                    "Cisco TFTP is not activated on any node of this cluster"));
    assert_null(world_disagreement(world));
    world_put(world, BR, &sj_service_activation_meta,
              "{\"service\":\"tftp\",\"node\":\"br-1\",\"activated\":true}");
    expect(world, "alice", "12345", "Login successful");
}

/* The phone would be logged in, and find no file or nothing to register with at home. */
static void the_home_cluster_serves_no_phone(void **state) {
    struct world *world = *state;
    world_put(world, HQ, &sj_cluster_node_meta,
              "{\"name\":\"hq-1\",\"address\":\"127.0.0.1\",\"tftp_http_port\":6970}");
    world_put(world, HQ, &sj_cluster_node_meta,
              "{\"name\":\"hq-2\",\"address\":\"127.0.0.11\",\"tftp_http_port\":6970}");
    expect(world, "alice", "12345", "Please try to login again (201)");
    assert_non_null(sj_testkit_find(world->kits[HQ], "log", "Configuration Issue (39)"));
    assert_non_null(sj_testkit_find(
        world->kits[BR], "log", "Cisco TFTP is not activated on 127.0.0.1 of the home cluster"));
    world_param(world, HQ, &sj_param_emcc_backup_tftp_server_meta, "hq-2");
    expect(world, "alice", "12345", "Please try to login again (201)");
    assert_non_null(sj_testkit_find(
        world->kits[BR], "log", "Cisco TFTP is not activated on 127.0.0.1 and hq-2 of the home"));
    assert_null(world_disagreement(world));
    /* One of the two is enough, and the phone is told of that one. */
    world_put(world, HQ, &sj_service_activation_meta,
              "{\"service\":\"tftp\",\"node\":\"hq-2\",\"activated\":true}");
    assert_true(world_login(world));
    sj_session *session = NULL;
    sj_scope *br = sj_testkit_scope(world->kits[BR]);
    assert_int_equal(sj_session_get(br, PHONE, &session, NULL), SJ_OK);
    assert_int_equal(session->home_tftp_count, 1);
    assert_string_equal(session->home_tftp[0], "127.0.0.11");
    sj_record_free(br, session);
    assert_true(world_logout(world, BR));
    world_put(world, HQ, &sj_service_activation_meta,
              "{\"service\":\"callmanager\",\"node\":\"hq-1\",\"activated\":false}");
    expect(world, "alice", "12345", "Please try to login again (201)");
    assert_non_null(
        sj_testkit_find(world->kits[BR], "log",
                        "Cisco CallManager is not activated on any node of the home cluster"));
    assert_null(world_disagreement(world));
    world_put(world, HQ, &sj_service_activation_meta,
              "{\"service\":\"callmanager\",\"node\":\"hq-1\",\"activated\":true}");
    assert_true(world_login(world));
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
    (void)snprintf(
        json, sizeof json,
        "{\"user_id\":\"alice\",\"last_name\":\"Adams\",\"pin\":\"%s\",\"enable_emcc\":true}",
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

    world_put(world, HQ, &sj_intercluster_service_profile_meta,
              "{\"emcc_active\":false,\"pstn_access_active\":true}");
    expect(world, "alice", "12345", "Login is unavailable(38)");
    world_put(world, HQ, &sj_intercluster_service_profile_meta,
              "{\"emcc_active\":true,\"pstn_access_active\":false}");
    expect(world, "alice", "12345", "(211)");
    world_put(world, HQ, &sj_intercluster_service_profile_meta,
              "{\"emcc_active\":true,\"pstn_access_active\":true}");
    world_put(world, BR, &sj_intercluster_service_profile_meta,
              "{\"emcc_active\":true,\"pstn_access_active\":false}");
    expect(world, "alice", "12345", "Login is unavailable (211)");
    world_put(world, BR, &sj_intercluster_service_profile_meta,
              "{\"emcc_active\":false,\"pstn_access_active\":true}");
    expect(world, "alice", "12345", "(201)");
    world_put(world, BR, &sj_intercluster_service_profile_meta,
              "{\"emcc_active\":true,\"pstn_access_active\":true}");
    assert_true(world_login(world));
}

static void device_faults(void **state) {
    struct world *world = *state;
    world_put(world, HQ, &sj_phone_meta, "{\"name\":\"" PHONE "\",\"model\":\"Cisco 8851\"}");
    expect(world, "alice", "12345", "Login is unavailable(37)");
    assert_int_equal(sj_phone_delete(sj_testkit_scope(world->kits[HQ]), PHONE, NULL), SJ_OK);
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"SEP7940\",\"model\":\"Cisco 7940\",\"enable_extension_mobility\":true}");
    assert_non_null(strstr(
        world_get(world, BR, "/emapp/EMAppServlet?device=SEP7940&EMCC=true&userid=alice&seq=12345")
            ->body,
        "(213)"));
    world_put(world, BR, &sj_common_device_configuration_meta,
              "{\"name\":\"Six\",\"ip_addressing_mode\":\"ipv6_only\"}");
    world_put(world, BR, &sj_common_device_configuration_meta,
              "{\"name\":\"Both\",\"ip_addressing_mode\":\"ipv4_and_ipv6\"}");
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"SEP6\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true,"
              "\"common_device_configuration\":\"Six\"}");
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"SEP46\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true,"
              "\"common_device_configuration\":\"Both\"}");
    assert_non_null(strstr(
        world_get(world, BR, "/emapp/EMAppServlet?device=SEP6&EMCC=true&userid=alice&seq=12345")
            ->body,
        "(213)"));
    assert_non_null(sj_testkit_find(world->kits[BR], "event", "has IPv6 only"));
    assert_non_null(strstr(
        world_get(world, BR, "/emapp/EMAppServlet?device=SEP46&EMCC=true&userid=alice&seq=12345")
            ->body,
        "Login successful"));
    world_put(world, BR, &sj_phone_meta, "{\"name\":\"SEPOFF\",\"model\":\"Cisco 8851\"}");
    assert_non_null(strstr(
        world_get(world, BR, "/emapp/EMAppServlet?device=SEPOFF&userid=alice&seq=12345")->body,
        "(22)"));
    assert_non_null(strstr(
        world_get(world, BR, "/emapp/EMAppServlet?device=SEPNONE&userid=alice&seq=12345")->body,
        "(11)"));
    assert_non_null(
        strstr(world_get(world, BR, "/emapp/EMAppServlet?userid=alice&seq=12345")->body, "(207)"));
    assert_non_null(
        strstr(world_get(world, BR, "/emapp/EMAppServlet?device=" PHONE "&doLogout=true")->body,
               "Logout is unavailable(19)"));
    assert_non_null(
        strstr(world_get(world, BR, "/emapp/EMAppServlet?device=SEPNONE&doLogout=true")->body,
               "Logout is unavailable(11)"));
}

static void base_devices_run_out(void **state) {
    struct world *world = *state;
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"SEPB\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true}");
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"SEPC\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true}");
    assert_true(world_login(world));
    assert_non_null(strstr(
        world_get(world, BR, "/emapp/EMAppServlet?device=SEPB&EMCC=true&userid=alice&seq=12345")
            ->body,
        "successful"));
    assert_non_null(strstr(
        world_get(world, BR, "/emapp/EMAppServlet?device=SEPC&EMCC=true&userid=alice&seq=12345")
            ->body,
        "(33)"));
    assert_true(world_logout(world, BR));
    world_advance(world, 1000);
    assert_non_null(strstr(
        world_get(world, BR, "/emapp/EMAppServlet?device=SEPC&EMCC=true&userid=alice&seq=12345")
            ->body,
        "successful"));
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
    assert_int_equal(sj_remote_cluster_delete(sj_testkit_scope(world->kits[HQ]), "BR", NULL),
                     SJ_OK);
    expect(world, "alice", "12345", "Login is unavailable(35)");
}

static void security_modes(void **state) {
    struct world *world = *state;
    world_put(world, BR, &sj_phone_security_profile_meta,
              "{\"name\":\"Secure\",\"device_security_mode\":\"encrypted\"}");
    world_param(world, BR, &sj_param_enterprise_cluster_security_mode_meta, "mixed");
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"" PHONE "\",\"model\":\"Cisco "
              "8851\",\"enable_extension_mobility\":true,\"phone_security_profile\":\"Secure\"}");
    expect(world, "alice", "12345", "Login is unsuccessful(46)");
    world_param(world, HQ, &sj_param_enterprise_cluster_security_mode_meta, "mixed");
    assert_true(world_login(world));
}

static void requests_above_the_limit(void **state) {
    struct world *world = *state;
    world_param(world, BR, &sj_param_em_maximum_concurrent_requests_meta, "1");
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"SEPB\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true}");
    const sj_testkit_reply *first =
        sj_testkit_get(world->kits[BR], BR_PAGE "&userid=alice&seq=12345");
    const sj_testkit_reply *second = sj_testkit_get(
        world->kits[BR], "/emapp/EMAppServlet?device=SEPB&EMCC=true&userid=alice&seq=12345");
    assert_int_equal(first->status, 0);
    assert_non_null(strstr(second->body, "Login is unavailable(26)"));
    world_advance(world, 1000);
    assert_non_null(strstr(first->body, "Login successful"));
    assert_int_equal(world_sessions(world, BR), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(wrong_pin_and_lockout, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_sends_the_phone_home, setup, teardown),
        cmocka_unit_test_setup_teardown(the_home_cluster_serves_no_phone, setup, teardown),
        cmocka_unit_test_setup_teardown(user_without_profile, setup, teardown),
        cmocka_unit_test_setup_teardown(configuration_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(device_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(base_devices_run_out, setup, teardown),
        cmocka_unit_test_setup_teardown(network_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(no_remote_cluster, setup, teardown),
        cmocka_unit_test_setup_teardown(visiting_cluster_unknown_at_home, setup, teardown),
        cmocka_unit_test_setup_teardown(security_modes, setup, teardown),
        cmocka_unit_test_setup_teardown(requests_above_the_limit, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
