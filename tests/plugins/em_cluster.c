/* Builds the cluster on the test kit, fetches pages from it, and plays the call manager. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_cluster.h"
#include "resources/device_profile.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "resources/phone.h"
#include "resources/session.h"

void put(struct cluster *cluster, const sj_resource_meta *resource, const char *json) {
    sj_error error = {0};
    if (sj_testkit_put(cluster->kit, resource, json, &error) < 0) {
        fail_msg("%s: %s", json, error.text);
    }
}

void set(struct cluster *cluster, const sj_param_meta *param, const char *value) {
    sj_error error = {0};
    if (sj_testkit_set_param(cluster->kit, param, value, &error) < 0) {
        fail_msg("%s: %s", param->symbol, error.text);
    }
}

static void answer_reset(void *user, sj_question *question, const sj_device_reset *request) {
    struct cluster *cluster = user;
    const sj_device_reset_reply reply = {.status_code = 200, .message = "OK"};
    cluster->resets++;
    cluster->last_mode = request->mode;
    sj_reply_device_reset(sj_testkit_scope(cluster->kit), question, &reply);
}

static void answer_lookup(void *user, sj_question *question,
                          const sj_registration_lookup *request) {
    struct cluster *cluster = user;
    const bool by_name = request->device_name[0] != '\0';
    const sj_registration_lookup_reply reply = {
        .registered = cluster->registered_address != NULL &&
                      (by_name || strcmp(request->address, cluster->registered_address) == 0),
        .address = cluster->registered_address != NULL ? cluster->registered_address : ""};
    sj_reply_registration_lookup(sj_testkit_scope(cluster->kit), question, &reply);
}

void put_user(struct cluster *cluster, const char *id, const char *profiles, const char *more) {
    char json[640];
    (void)snprintf(
        json, sizeof json,
        "{\"user_id\":\"%s\",\"last_name\":\"X\",\"pin\":\"%s\",\"controlled_profiles\":[%s]%s}",
        id, sj_testkit_hash(cluster->kit, "12345"), profiles, more);
    put(cluster, &sj_end_user_meta, json);
}

int setup(void **state) {
    struct cluster *cluster = calloc(1, sizeof *cluster);
    sj_error error = {0};
    cluster->kit = sj_testkit_open(NULL);
    put(cluster, &sj_directory_number_meta, "{\"pattern\":\"2001\"}");
    put(cluster, &sj_device_profile_meta,
        "{\"name\":\"alice-8851\",\"model\":\"Cisco "
        "8851\",\"lines\":[{\"directory_number\":\"2001\"}]}");
    put(cluster, &sj_device_profile_meta, "{\"name\":\"bob-8851\",\"model\":\"Cisco 8851\"}");
    put_user(cluster, "alice", "\"alice-8851\"",
             ",\"primary_extension\":\"2001\",\"self_service_user_id\":\"7\"");
    put_user(cluster, "bob", "\"bob-8851\"", "");
    put(cluster, &sj_phone_meta,
        "{\"name\":\"SEP1\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true}");
    put(cluster, &sj_phone_meta,
        "{\"name\":\"SEP2\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true}");
    assert_non_null(
        sj_answer_device_reset(sj_testkit_scope(cluster->kit), answer_reset, cluster, NULL));
    cluster->lookup =
        sj_answer_registration_lookup(sj_testkit_scope(cluster->kit), answer_lookup, cluster, NULL);
    assert_int_equal(sj_testkit_start(cluster->kit, &sj_plugin_descriptor, &error), SJ_OK);
    *state = cluster;
    return 0;
}

int teardown(void **state) {
    struct cluster *cluster = *state;
    sj_error error = {0};
    if (sj_testkit_end(cluster->kit, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    free(cluster);
    return 0;
}

const char *page(struct cluster *cluster, const char *path) {
    const sj_testkit_reply *reply = sj_testkit_get(cluster->kit, path);
    for (int i = 0; i < 100 && reply->status == 0; i++) {
        sj_testkit_advance(cluster->kit, 100);
    }
    assert_int_equal(reply->status, 200);
    return reply->body;
}

void expect(struct cluster *cluster, const char *path, const char *text) {
    const char *body = page(cluster, path);
    if (strstr(body, text) == NULL) {
        fail_msg("%s: expected %s, the phone shows %s", path, text, body);
    }
}

size_t sessions(struct cluster *cluster) {
    return (size_t)sj_session_count(sj_testkit_scope(cluster->kit), NULL, NULL);
}
