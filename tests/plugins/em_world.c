/* The two clusters: configuration, time, and what is asked of them. */
#include "em_world.h"

#include "em_network.h"
#include "em_ports.h"
#include "em_slow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "events/device.h"
#include "parameters/emcc.h"
#include "resources/calling_search_space.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/directory_number.h"
#include "resources/emcc_base_device.h"
#include "resources/emcc_template.h"
#include "resources/end_user.h"
#include "resources/geolocation.h"
#include "resources/geolocation_filter.h"
#include "resources/intercluster_service_profile.h"
#include "resources/live_device.h"
#include "resources/node.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/phone_service.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"

extern const sj_plugin sj_plugin_descriptor;

enum { STEP_MS = 10 };

void world_advance(struct world *world, int64_t ms) {
    for (int64_t passed = 0; passed < ms;) {
        const bool busy = !sj_list_empty(&world->transfers);
        const int64_t step = busy || ms - passed < STEP_MS ? STEP_MS
                             : ms - passed < 1000          ? ms - passed
                                                           : 1000;
        sj_testkit_advance(world->kits[HQ], step);
        sj_testkit_advance(world->kits[BR], step);
        ports_serve(world);
        network_pump(world, STEP_MS);
        passed += step;
    }
}

const sj_testkit_reply *world_get(struct world *world, int cluster, const char *path) {
    const sj_testkit_reply *reply = sj_testkit_get(world->kits[cluster], path);
    for (int waited = 0; reply->status == 0 && waited < 70000; waited += STEP_MS) {
        world_advance(world, STEP_MS);
    }
    return reply;
}

/* ---- configuration ---- */

void world_put(struct world *world, int cluster, const sj_resource_meta *resource,
               const char *json) {
    sj_error error = {0};
    if (sj_testkit_put(world->kits[cluster], resource, json, &error) < 0) {
        fail_msg("%s at %s: %s: %s", resource->record->name, cluster_names[cluster], json,
                 error.text);
    }
}

void world_param(struct world *world, int cluster, const sj_param_meta *param, const char *value) {
    sj_error error = {0};
    if (sj_testkit_set_param(world->kits[cluster], param, value, &error) < 0) {
        fail_msg("%s at %s: %s", param->symbol, cluster_names[cluster], error.text);
    }
}

static void answer_reset(void *user, sj_question *question, const sj_device_reset *request) {
    struct world *world = user;
    const sj_device_reset_reply reply = {.status_code = 200, .message = "OK"};
    (void)request;
    world->resets[HQ]++;
    sj_reply_device_reset(sj_testkit_scope(world->kits[HQ]), question, &reply);
}

static void answer_reset_br(void *user, sj_question *question, const sj_device_reset *request) {
    struct world *world = user;
    const sj_device_reset_reply reply = {.status_code = 200, .message = "OK"};
    (void)request;
    world->resets[BR]++;
    sj_reply_device_reset(sj_testkit_scope(world->kits[BR]), question, &reply);
}

static void configure_home(struct world *world, size_t base_devices) {
    char json[512];
    world_put(world, HQ, &sj_partition_meta, "{\"name\":\"UK emergency\"}");
    world_put(world, HQ, &sj_calling_search_space_meta,
              "{\"name\":\"Adjunct\",\"partitions\":[\"UK emergency\"]}");
    world_put(world, HQ, &sj_calling_search_space_meta, "{\"name\":\"Line\"}");
    world_put(world, HQ, &sj_calling_search_space_meta, "{\"name\":\"EMCC\"}");
    world_put(world, HQ, &sj_directory_number_meta,
              "{\"pattern\":\"1001\",\"calling_search_space\":\"Line\"}");
    world_put(
        world, HQ, &sj_geolocation_meta,
        "{\"name\":\"London\",\"address\":{\"country\":\"GB\",\"community_name\":\"London\"}}");
    world_put(world, HQ, &sj_geolocation_filter_meta,
              "{\"name\":\"Country\",\"use_country\":true}");
    world_put(
        world, HQ, &sj_device_pool_meta,
        "{\"name\":\"UK "
        "visitors\",\"geolocation\":\"London\",\"adjunct_calling_search_space\":\"Adjunct\"}");
    world_put(world, HQ, &sj_phone_service_meta,
              "{\"name\":\"EM\",\"url\":\"http://127.0.0.1:8080/emapp/"
              "EMAppServlet?device=#DEVICENAME#&EMCC=#EMCC#\","
              "\"enterprise_subscription\":true}");
    world_put(
        world, HQ, &sj_device_profile_meta,
        "{\"name\":\"alice-8851\",\"model\":\"Cisco 8851\",\"emcc_calling_search_space\":\"EMCC\","
        "\"lines\":[{\"directory_number\":\"1001\",\"display\":\"Alice\"}]}");
    (void)snprintf(json, sizeof json,
                   "{\"user_id\":\"alice\",\"first_name\":\"Alice\",\"last_name\":\"Adams\","
                   "\"pin\":\"%s\",\"enable_emcc\":true,"
                   "\"controlled_profiles\":[\"alice-8851\"],\"self_service_user_id\":\"71001\","
                   "\"primary_extension\":\"1001\"}",
                   sj_testkit_hash(world->kits[HQ], "12345"));
    world_put(world, HQ, &sj_end_user_meta, json);
    world_put(world, HQ, &sj_emcc_template_meta, "{\"name\":\"EMCC template\"}");
    for (size_t i = 1; i <= base_devices; i++) {
        (void)snprintf(json, sizeof json,
                       "{\"name\":\"EMCC%zu\",\"number\":%zu,\"emcc_template\":\"EMCC template\"}",
                       i, i);
        world_put(world, HQ, &sj_emcc_base_device_meta, json);
    }
    world_put(world, HQ, &sj_service_activation_meta,
              "{\"service\":\"callmanager\",\"node\":\"hq-1\",\"activated\":true}");
    world_param(world, HQ, &sj_param_emcc_default_tftp_server_meta, "127.0.0.1");
    world_param(world, HQ, &sj_param_emcc_geolocation_filter_meta, "Country");
    world_put(world, HQ, &sj_remote_cluster_meta,
              "{\"cluster_id\":\"BR\",\"fully_qualified_name\":\"127.0.0.2\",\"emcc\":true,\"pstn_"
              "access\":true}");
}

static void configure_visited(struct world *world) {
    world_put(
        world, BR, &sj_geolocation_meta,
        "{\"name\":\"Office\",\"address\":{\"country\":\"gb\",\"community_name\":\"Leeds\"}}");
    world_put(world, BR, &sj_device_pool_meta, "{\"name\":\"Leeds\",\"geolocation\":\"Office\"}");
    world_put(
        world, BR, &sj_phone_meta,
        "{\"name\":\"" PHONE
        "\",\"model\":\"Cisco 8851\",\"device_pool\":\"Leeds\",\"enable_extension_mobility\":true,"
        "\"expansion_modules\":[\"8800 Key Expansion "
        "Module\"],\"load_information\":\"sip88xx.14-1\"}");
    world_put(world, BR, &sj_service_activation_meta,
              "{\"service\":\"tftp\",\"node\":\"br-1\",\"activated\":true}");
    world_put(world, BR, &sj_remote_cluster_meta,
              "{\"cluster_id\":\"HQ\",\"fully_qualified_name\":\"127.0.0.1\",\"emcc\":true,\"pstn_"
              "access\":true}");
}

void world_open(struct world *world, size_t base_devices) {
    memset(world, 0, sizeof *world);
    network_open(world);
    world->fault_at = SIZE_MAX;
    for (int cluster = 0; cluster < CLUSTERS; cluster++) {
        const sj_testkit_options options = {.cluster_id = cluster_names[cluster],
                                            .node = cluster == HQ ? "hq-1" : "br-1",
                                            .address = cluster == HQ ? "127.0.0.1" : "127.0.0.2"};
        world->kits[cluster] = sj_testkit_open(&options);
        sj_scope *scope = sj_testkit_scope(world->kits[cluster]);
        network_connect(scope);
        slow_connect(scope);
        assert_non_null(sj_answer_device_reset(
            scope, cluster == HQ ? answer_reset : answer_reset_br, world, NULL));
        world_put(world, cluster, &sj_intercluster_service_profile_meta,
                  "{\"emcc_active\":true,\"pstn_access_active\":true,"
                  "\"pstn_access_sip_trunk\":\"\"}");
    }
    configure_home(world, base_devices);
    configure_visited(world);
    for (int cluster = 0; cluster < CLUSTERS; cluster++) {
        sj_error error = {0};
        if (sj_testkit_start(world->kits[cluster], &sj_plugin_descriptor, &error) != SJ_OK) {
            fail_msg("Extension Mobility does not start: %s", error.text);
        }
    }
    world_advance(world, 3000); /* the first updates */
}

void world_close(struct world *world) {
    for (int cluster = 0; cluster < CLUSTERS; cluster++) {
        sj_error error = {0};
        if (sj_testkit_end(world->kits[cluster], &error) != SJ_OK) {
            fail_msg("%s: %s", cluster_names[cluster], error.text);
        }
    }
    network_close(world);
}

void world_kill(struct world *world, int cluster) {
    sj_error error = {0};
    world->kills++;
    assert_int_equal(sj_testkit_stop(world->kits[cluster], "extension-mobility", &error), SJ_OK);
    if (sj_testkit_start(world->kits[cluster], &sj_plugin_descriptor, &error) != SJ_OK) {
        fail_msg("Extension Mobility does not start again: %s", error.text);
    }
}

/* ---- logins, and what is in the stores ---- */

bool world_login(struct world *world) {
    return strstr(world_get(world, BR, BR_PAGE "&userid=alice&seq=12345")->body,
                  "Login successful") != NULL;
}

bool world_logout(struct world *world, int cluster) {
    return strstr(world_get(world, cluster, "/emapp/EMAppServlet?device=" PHONE "&doLogout=true")
                      ->body,
                  "Logout successful") != NULL;
}

size_t world_sessions(struct world *world, int cluster) {
    const sj_query active = {.field = "state", .value = "active"};
    return (size_t)sj_session_count(sj_testkit_scope(world->kits[cluster]), &active, NULL);
}

size_t world_taken(struct world *world) {
    const sj_query taken = {.field = "device_name", .value = PHONE};
    return (size_t)sj_emcc_base_device_count(sj_testkit_scope(world->kits[HQ]), &taken, NULL);
}

size_t world_live(struct world *world, int cluster) {
    return (size_t)sj_live_device_count(sj_testkit_scope(world->kits[cluster]), NULL, NULL);
}

const char *world_disagreement(struct world *world) {
    sj_session *home = NULL, *visiting = NULL;
    const char *found = NULL;
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]), *br = sj_testkit_scope(world->kits[BR]);
    (void)sj_session_get(hq, PHONE, &home, NULL);
    (void)sj_session_get(br, PHONE, &visiting, NULL);
    if ((home != NULL && home->state != SJ_SESSION_STATE_ACTIVE) ||
        (visiting != NULL && visiting->state != SJ_SESSION_STATE_ACTIVE)) {
        found = "a session is still ending";
    } else if ((home == NULL) != (visiting == NULL)) {
        found = home != NULL ? "a session was left behind at home"
                             : "a session was left behind at the visited cluster";
    } else if (home != NULL && strcmp(home->lease_id, visiting->lease_id) != 0) {
        found = "both clusters have a session, but not the same";
    } else if (world_taken(world) != (home != NULL ? 1u : 0u)) {
        found = home != NULL ? "the session has not exactly one base device"
                             : "a base device was left behind";
    } else if (world_live(world, HQ) != (home != NULL ? 1u : 0u)) {
        found = "live devices do not fit the sessions";
    }
    sj_record_free(hq, home);
    sj_record_free(br, visiting);
    return found;
}

int setup(void **state) {
    struct world *world = malloc(sizeof *world);
    world_open(world, 2);
    *state = world;
    return 0;
}

int teardown(void **state) {
    world_close(*state);
    free(*state);
    return 0;
}

void expect(struct world *world, const char *id, const char *pin, const char *text) {
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

void put_user(struct world *world, const char *more) {
    char json[768];
    (void)snprintf(json, sizeof json,
                   "{\"user_id\":\"alice\",\"last_name\":\"Adams\",\"pin\":\"%s\",\"controlled_"
                   "profiles\":[\"alice-8851\"],"
                   "\"primary_extension\":\"1001\",\"self_service_user_id\":\"71001\"%s}",
                   sj_testkit_hash(world->kits[HQ], "12345"), more);
    world_put(world, HQ, &sj_end_user_meta, json);
}
