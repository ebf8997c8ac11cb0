/* What two clusters tell each other besides logins: the state of the remote cluster, checks before
 * the first traveller, partners that are not quite like us, and sessions compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_world.h"
#include "events/emcc.h"
#include "parameters/emcc.h"
#include "parameters/enterprise.h"
#include "resources/emcc_base_device.h"
#include "resources/emcc_template.h"
#include "resources/end_user.h"
#include "resources/geolocation.h"
#include "resources/phone_security_profile.h"
#include "resources/remote_cluster.h"
#include "resources/route_list.h"
#include "resources/route_pattern.h"
#include "resources/session.h"

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
    assert_int_equal(status->services[0].remote_activated,
                     SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_NO);
    sj_record_free(br, status);
}

static void new_remote_clusters_start_with_all_services(void **state) {
    struct world *world = *state;
    sj_scope *br = sj_testkit_scope(world->kits[BR]);
    sj_remote_cluster *cluster = NULL;
    world_param(world, BR, &sj_param_emcc_enable_all_remote_cluster_services_meta, "true");
    world->cut[HQ] = true;
    world_put(world, BR, &sj_remote_cluster_meta,
              "{\"cluster_id\":\"ASIA\",\"fully_qualified_name\":\"127.0.0.3\"}");
    world_advance(world, 100);
    assert_int_equal(sj_remote_cluster_get(br, "ASIA", &cluster, NULL), SJ_OK);
    assert_true(cluster->emcc && cluster->pstn_access && cluster->rsvp_agent && cluster->lbm &&
                cluster->uds && !cluster->tftp);
    sj_record_free(br, cluster);
}

static const char many_nodes[] = "{\"cluster_id\":\"HQ\",\"version\":\"1.0\",\"services\":[{"
                                 "\"service\":\"emcc\",\"active\":true,\"addresses\":["
                                 "\"10.66.0.1\",\"10.66.0.2\",\"10.66.0.3\",\"10.66.0.4\",\"10.66."
                                 "0.5\",\"10.66.0.6\",\"10.66.0.7\",\"10.66.0.8\","
                                 "\"10.66.0.9\",\"10.66.0.10\",\"10.66.0.11\",\"10.66.0.12\"]}]}";

static void learn(struct world *world, const char *information) {
    world->script.to = HQ;
    world->script.path = "information";
    world->script.status = 200;
    world->script.body = information;
    world_advance(world, 31 * MINUTE);
    world->script.path = NULL;
}

/* One answer that names a dozen nodes which say nothing does not make a partner unreachable: the
 * name that was configured keeps its place, and the time reaches it. */
static void learnt_addresses_do_not_outrank_the_configured(void **state) {
    struct world *world = *state;
    sj_scope *br = sj_testkit_scope(world->kits[BR]);
    sj_remote_cluster_status *status = NULL;
    learn(world, many_nodes);
    world->dead = "10.66.";
    assert_int_equal(sj_remote_cluster_status_get(br, "HQ", &status, NULL), SJ_OK);
    assert_int_equal(status->services[0].addresses_count, 12);
    sj_record_free(br, status);
    if (!world_login(world)) {
        sj_testkit_print(world->kits[BR]);
        fail_msg("no login is possible any more");
    }
    assert_true(world_logout(world, BR));
    world_advance(world,
                  62 * MINUTE); /* the next updates find the partner, and its nodes as they are */
    assert_int_equal(sj_remote_cluster_status_get(br, "HQ", &status, NULL), SJ_OK);
    assert_string_equal(status->reason, "");
    assert_true(status->services[0].addresses_count < 12);
    sj_record_free(br, status);
}

/* However many there are, the one that is alive is found, and asked first from then on. */
static void the_last_of_many_nodes_is_reached(void **state) {
    struct world *world = *state;
    learn(world, many_nodes);
    world->dead = "1"; /* all, and the configured name too */
    world->alive = "10.66.0.12:";
    if (!world_login(world)) {
        sj_testkit_print(world->kits[BR]);
        fail_msg("the twelfth node is not reached");
    }
    assert_true(world_logout(world, BR));
    const int64_t began = (int64_t)sj_monotonic_ms(sj_testkit_scope(world->kits[BR]));
    assert_true(world_login(world));
    assert_true((int64_t)sj_monotonic_ms(sj_testkit_scope(world->kits[BR])) - began < 2000);
    world->dead = NULL;
}

/* They go with the record that they were learnt from. */
static void learnt_addresses_go_with_their_record(void **state) {
    struct world *world = *state;
    sj_scope *br = sj_testkit_scope(world->kits[BR]);
    sj_remote_cluster_status *status = NULL;
    learn(world, many_nodes);
    world->dead = "";
    world_put(world, BR, &sj_remote_cluster_meta,
              "{\"cluster_id\":\"HQ\",\"fully_qualified_name\":\"127.0.0.77\",\"emcc\":true,\"pstn_"
              "access\":true}");
    world_advance(world, 100);
    assert_int_equal(sj_remote_cluster_status_get(br, "HQ", &status, NULL), SJ_OK);
    assert_int_equal(status->services_count, 0);
    sj_record_free(br, status);
    world->dead = NULL;
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

static void validated(void *user, int status, const sj_error *error,
                      const sj_emcc_validate_reply *reply) {
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
    assert_int_equal(sj_ask_emcc_validate(sj_testkit_scope(world->kits[BR]), &request, 0, validated,
                                          &result, NULL),
                     SJ_OK);
    world_advance(world, 100);
    assert_true(result.answered);
    assert_non_null(strstr(result.text, "PSTN Access is active and has no SIP trunk"));
    assert_null(
        strstr(result.text, "There are no EMCC base devices")); /* nobody travels from here */
    assert_null(strstr(result.text, "Default TFTP Server for EMCC Login Device"));
    assert_non_null(strstr(result.text, "No tomcat certificate of cluster HQ"));
    assert_non_null(strstr(result.text, "No ITLRecovery certificate of cluster HQ"));
    assert_non_null(strstr(
        result.text, "EMCC Region Max Audio Bit Rate is 64 kbps here and 8 kbps at cluster HQ"));

    world_put(world, BR, &sj_end_user_meta,
              "{\"user_id\":\"bruce\",\"last_name\":\"B\",\"enable_emcc\":true}");
    result = (struct validated){0};
    assert_int_equal(sj_ask_emcc_validate(sj_testkit_scope(world->kits[BR]), &request, 0, validated,
                                          &result, NULL),
                     SJ_OK);
    world_advance(world, 100);
    assert_true(result.answered);
    assert_non_null(strstr(result.text, "(sojourn emcc insert N)"));
    assert_non_null(strstr(result.text, "Default TFTP Server for EMCC Login Device is not set"));
}

struct checked {
    bool answered, ready;
    char text[8192];
};

static void checked(void *user, int status, const sj_error *error,
                    const sj_emcc_check_reply *reply) {
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
    assert_non_null(strstr(result.text, "Phones at Office of cluster BR roam in device pool UK "
                                        "visitors: no route pattern in its adjunct CSS"));
    world_put(
        world, HQ, &sj_route_list_meta,
        "{\"name\":\"Local\",\"members\":[{\"route_group\":\"Standard Local Route Group\"}]}");
    world_put(world, HQ, &sj_route_pattern_meta,
              "{\"pattern\":\"999\",\"partition\":\"UK emergency\",\"route_list\":\"Local\"}");
    memset(&result, 0, sizeof result);
    assert_int_equal(sj_ask_emcc_check(hq, &request, 0, checked, &result, NULL), SJ_OK);
    world_advance(world, 100);
    assert_null(strstr(result.text, "Phones at Office"));
    world_put(world, BR, &sj_geolocation_meta,
              "{\"name\":\"Office\",\"address\":{\"country\":\"FR\"}}");
    world_advance(world, 31 * MINUTE);
    memset(&result, 0, sizeof result);
    assert_int_equal(sj_ask_emcc_check(hq, &request, 0, checked, &result, NULL), SJ_OK);
    world_advance(world, 100);
    assert_non_null(
        strstr(result.text, "Phones at Office of cluster BR get no roaming device pool"));
}

/* What a partner sends that is not quite like us. */
static const char *post(struct world *world, const char *what, const char *json,
                        const char *peer_cluster, int *status) {
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
#define LOGIN(cluster, more)                                                                       \
    "{\"cluster_id\":\"" cluster "\",\"idempotency_key\":\"" KEY                                   \
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
    body = post(world, "login",
                "{\"cluster_id\":\"BR\",\"user_id\":\"a\",\"pin\":\"1\",\"device_name\":\"SEPX\"}",
                "BR", &status);
    assert_non_null(strstr(body, "\"code\":1,"));
    body = post(world, "login", LOGIN("BR", "\"model\":\"Nobody's 1\""), "BR", &status);
    assert_non_null(strstr(body, "\"code\":32"));
    world_param(world, HQ, &sj_param_enterprise_cluster_security_mode_meta, "mixed");
    body = post(
        world, "login",
        LOGIN("BR", "\"model\":\"Cisco 8851\",\"protocol\":0,\"secure\":true,\"mixed_mode\":true"),
        "BR", &status);
    assert_non_null(strstr(body, "\"code\":45"));
    world_put(world, HQ, &sj_phone_security_profile_meta,
              "{\"name\":\"Secure\",\"device_security_mode\":\"encrypted\"}");
    world_put(world, HQ, &sj_emcc_template_meta,
              "{\"name\":\"EMCC template\",\"phone_security_profile\":\"Secure\"}");
    body = post(world, "login", LOGIN("BR", "\"model\":\"Cisco 8851\""), "BR", &status);
    assert_non_null(strstr(body, "\"code\":43"));
    world_put(world, HQ, &sj_emcc_template_meta, "{\"name\":\"EMCC template\"}");
    assert_int_equal(world_sessions(world, HQ), 0);
    /* A newer partner's elements are ignored; the same request again is the same session. */
    for (int i = 0; i < 3; i++) {
        body = post(
            world, "login",
            LOGIN("BR", "\"model\":\"Cisco 8851\",\"protocol\":9,\"hologram\":{\"size\":[1,2]}"),
            "BR", &status);
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

/* More sessions than one message holds: every third is missing on one side, every fifth on the
 * other. */
static void many_sessions_are_compared_in_pages(void **state) {
    struct world *world = *state;
    enum { MANY = 2500 };
    size_t agreed = 0;
    for (int i = 0; i < MANY; i++) {
        char json[512];
        const char *const form = "{\"device_name\":\"SEP%012d\",\"kind\":\"%s\",\"user_id\":\"u%"
                                 "d\",\"remote_cluster_id\":\"%"
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
        cmocka_unit_test_setup_teardown(remote_cluster_state, setup, teardown),
        cmocka_unit_test_setup_teardown(learnt_addresses_do_not_outrank_the_configured, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_last_of_many_nodes_is_reached, setup, teardown),
        cmocka_unit_test_setup_teardown(learnt_addresses_go_with_their_record, setup, teardown),
        cmocka_unit_test_setup_teardown(new_remote_clusters_start_with_all_services, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(validate_names_what_is_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(the_travellers_way_is_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(other_partners, setup, teardown),
        cmocka_unit_test_setup_teardown(many_sessions_are_compared_in_pages, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
