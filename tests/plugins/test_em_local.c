/* Extension Mobility within one cluster: login, logout, their rules, and a store that fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_cluster.h"
#include "parameters/extension_mobility.h"
#include "policies/login_limit.h"
#include "resources/device_profile.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "resources/live_device.h"
#include "resources/node.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/session.h"

static void login_and_logout(void **state) {
    struct cluster *cluster = *state;
    sj_live_device *live = NULL;
    sj_scope *scope = sj_testkit_scope(cluster->kit);
    const sj_testkit_reply *form = sj_testkit_get(cluster->kit, PAGE "SEP1");
    assert_string_equal(form->content_type, "text/xml; charset=UTF-8");
    assert_non_null(sj_testkit_reply_header(form, "Expires"));
    assert_non_null(strstr(form->body, "<CiscoIPPhoneInput>"));
    const sj_testkit_reply *done = sj_testkit_get(cluster->kit, PAGE "SEP1&userid=alice&seq=12345");
    assert_non_null(strstr(done->body, "Login successful"));
    assert_string_equal(sj_testkit_reply_header(done, "Refresh"), "2; url=Init:Services");
    assert_int_equal(sj_live_device_get(scope, "SEP1", &live, NULL), SJ_OK);
    assert_false(live->emcc);
    assert_string_equal(live->lines[0].directory_number, "2001");
    sj_record_free(scope, live);
    assert_int_equal(cluster->resets, 1);
    assert_int_equal(cluster->last_mode, SJ_DEVICE_RESET_MODE_RESTART);
    expect(cluster, PAGE "SEP1", "alice is logged in");
    expect(cluster, PAGE "SEP1&userid=bob&seq=12345", "Login is unavailable(18)");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345",
           "Login successful"); /* the page sent twice */
    assert_int_equal(sessions(cluster), 1);
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout successful");
    assert_int_equal(sessions(cluster), 0);
    assert_int_equal(sj_live_device_count(scope, NULL, NULL), 0);
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout is unavailable(19)");
    /* EMCC=true changes nothing for a user of this cluster. */
    expect(cluster, PAGE "SEP1&EMCC=true&userid=alice&seq=12345", "Login successful");
}

/* An intercom line of a profile is on its default activated device alone. */
static void intercom_lines(void **state) {
    struct cluster *cluster = *state;
    sj_scope *scope = sj_testkit_scope(cluster->kit);
    sj_live_device *live = NULL;
    put(cluster, &sj_partition_meta, "{\"name\":\"Intercom\",\"usage\":\"intercom\"}");
    put(cluster, &sj_directory_number_meta, "{\"pattern\":\"7001\",\"partition\":\"Intercom\"}");
    put(cluster, &sj_directory_number_meta,
        "{\"pattern\":\"7002\",\"partition\":\"Intercom\",\"default_activated_device\":\"SEP1\"}");
    put(cluster, &sj_device_profile_meta,
        "{\"name\":\"bob-8851\",\"model\":\"Cisco 8851\",\"lines\":["
        "{\"directory_number\":\"7001@Intercom\"},{\"directory_number\":\"7002@Intercom\","
        "\"display\":\"Bob\"}]}");
    put_user(cluster, "carol", "\"bob-8851\"", "");
    expect(cluster, PAGE "SEP1&userid=carol&seq=12345", "Login successful");
    assert_int_equal(sj_live_device_get(scope, "SEP1", &live, NULL), SJ_OK);
    assert_int_equal(live->lines_count, 1);
    assert_string_equal(live->lines[0].directory_number, "7002@Intercom");
    assert_string_equal(live->lines[0].display, "Bob");
    assert_int_equal(live->line_calling_search_spaces_count, 1);
    sj_record_free(scope, live);
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout successful");
    expect(cluster, PAGE "SEP2&userid=carol&seq=12345", "Login successful");
    assert_int_equal(sj_live_device_get(scope, "SEP2", &live, NULL), SJ_OK);
    assert_int_equal(live->lines_count, 0);
    sj_record_free(scope, live);
}

static void refusals(void **state) {
    struct cluster *cluster = *state;
    expect(cluster, PAGE "SEP1&userid=alice&seq=1", "Please try to login again (201)");
    expect(cluster, PAGE "SEP1&userid=nobody&seq=12345", "Please try to login again (201)");
    expect(cluster, PAGE "SEP1&EMCC=true&userid=nobody&seq=12345", "(201)");
    put_user(cluster, "carol", "", "");
    expect(cluster, PAGE "SEP1&userid=carol&seq=12345", "Login is unavailable (205)");
    put_user(cluster, "carol", "\"bob-8851\"", ",\"pin_change_required\":true");
    expect(cluster, PAGE "SEP1&userid=carol&seq=12345", "PIN change is required");
    expect(cluster, PAGE "SEP1&userid=carol&seq=1", "(201)");
    expect(cluster, PAGE "SEP1&loginType=DN&userid=2001&seq=12345", "Login successful");
    put_user(cluster, "carol", "", ",\"primary_extension\":\"2001\"");
    expect(cluster, PAGE "SEP2&loginType=DN&userid=2001&seq=12345", "DN has multiple users (216)");
}

/* Whoever removes the user or the phone is told of the session first. */
static void what_is_in_use_says_so(void **state) {
    struct cluster *cluster = *state;
    sj_testkit *kit = cluster->kit;
    sj_error error = {0};
    assert_int_equal(sj_testkit_ask_removal(kit, &sj_end_user_meta, "alice", &error), SJ_OK);
    assert_int_equal(sj_testkit_ask_removal(kit, &sj_phone_meta, "SEP1", &error), SJ_OK);
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    assert_int_equal(sj_testkit_ask_removal(kit, &sj_end_user_meta, "alice", &error), SJ_E_IN_USE);
    assert_string_equal(
        error.text,
        "the end_user \"alice\" is in use: alice is logged in on SEP1, and the session would end; "
        "force=true removes it all the same");
    assert_int_equal(sj_testkit_ask_removal(kit, &sj_phone_meta, "SEP1", &error), SJ_E_IN_USE);
    assert_non_null(strstr(error.text, "alice is logged in on SEP1"));
    assert_int_equal(sj_testkit_ask_removal(kit, &sj_end_user_meta, "bob", &error), SJ_OK);
    assert_int_equal(sj_testkit_ask_removal(kit, &sj_phone_meta, "SEP2", &error), SJ_OK);
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout successful");
    assert_int_equal(sj_testkit_ask_removal(kit, &sj_end_user_meta, "alice", &error), SJ_OK);
    assert_int_equal(sj_testkit_ask_removal(kit, &sj_phone_meta, "SEP1", &error), SJ_OK);
}

/* The call manager and Extension Mobility are needed by travellers who are logged in, however many
 * log-outs are under way. */
static void services_that_travellers_need_say_so(void **state) {
    static const char *const services[] = {"callmanager@hq-1", "extension-mobility@hq-1"};
    enum { ENDING = 120 };
    struct cluster *cluster = *state;
    sj_error error = {0};
    for (int i = 0; i <= ENDING; i++) {
        char json[256];
        (void)snprintf(
            json, sizeof json,
            "{\"device_name\":\"SEP%012d\",\"user_id\":\"u%d\",\"kind\":\"home\",\"state\":\"%s\","
            "\"remote_cluster_id\":\"BR\"}",
            i, i, i < ENDING ? "ending" : "active");
        if (i == ENDING) {
            assert_int_equal(sj_testkit_ask_removal(cluster->kit, &sj_service_activation_meta,
                                                    services[0], &error),
                             SJ_OK);
        }
        assert_int_equal(sj_testkit_put(cluster->kit, &sj_session_meta, json, &error), SJ_OK);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(
            sj_testkit_ask_removal(cluster->kit, &sj_service_activation_meta, services[i], &error),
            SJ_E_IN_USE);
        assert_non_null(
            strstr(error.text,
                   "u120 is logged in on SEP000000000120 at BR, and would be left without it"));
    }
    assert_int_equal(
        sj_testkit_ask_removal(cluster->kit, &sj_service_activation_meta, "tftp@hq-1", &error),
        SJ_OK);
}

static void multiple_logins(void **state) {
    struct cluster *cluster = *state;
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    expect(cluster, PAGE "SEP2&userid=alice&seq=12345", "Multi-Login Not Allowed (25)");
    set(cluster, &sj_param_em_multiple_login_behavior_meta, "allowed");
    expect(cluster, PAGE "SEP2&userid=alice&seq=12345", "Login successful");
    assert_int_equal(sessions(cluster), 2);
    expect(cluster, PAGE "SEP2&doLogout=true", "Logout successful");
    set(cluster, &sj_param_em_multiple_login_behavior_meta, "auto_logout");
    expect(cluster, PAGE "SEP2&userid=alice&seq=12345", "Login successful");
    assert_int_equal(sessions(cluster), 1);
    assert_non_null(sj_testkit_find(cluster->kit, "event", "\"reason\":\"auto_logout\""));
}

static void maximum_login_time(void **state) {
    struct cluster *cluster = *state;
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    sj_testkit_advance(cluster->kit, 9 * (60 * MINUTE));
    assert_int_equal(sessions(cluster), 1); /* not enforced */
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout successful");
    set(cluster, &sj_param_em_enforce_intra_cluster_maximum_login_time_meta, "true");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    sj_testkit_advance(cluster->kit, 8 * (60 * MINUTE) - 5000);
    assert_int_equal(sessions(cluster), 1);
    sj_testkit_advance(cluster->kit, 10000);
    assert_int_equal(sessions(cluster), 0);
    assert_non_null(sj_testkit_find(cluster->kit, "event", "\"reason\":\"time\""));
    /* The user's own maximum overrides, and a restart forgets neither session nor end. */
    put_user(cluster, "alice", "\"alice-8851\"", ",\"maximum_login_time\":20");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    sj_error error = {0};
    assert_int_equal(sj_testkit_stop(cluster->kit, "extension-mobility", &error), SJ_OK);
    assert_int_equal(sj_testkit_start(cluster->kit, &sj_plugin_descriptor, &error), SJ_OK);
    assert_int_equal(sessions(cluster), 1);
    sj_testkit_advance(cluster->kit, 21 * MINUTE);
    assert_int_equal(sessions(cluster), 0);
}

static int refuse_logins(void *user, const sj_policy_meta *meta, const char *trace_id,
                         const void *input, void *output) {
    (void)user;
    (void)trace_id;
    if (strcmp(meta->name, "login.limit") == 0) {
        const sj_login_limit_input *given = input;
        sj_login_limit_output *decided = output;
        decided->allowed = strcmp(given->user_id, "bob") != 0;
        decided->minutes = 5;
        decided->reason = "no logins for bob";
        return 1;
    }
    return SJ_OK;
}

static void policies_decide(void **state) {
    struct cluster *cluster = *state;
    sj_testkit_on_decide(cluster->kit, refuse_logins, NULL);
    expect(cluster, PAGE "SEP1&userid=bob&seq=12345", "Login is unavailable(4)");
    assert_non_null(sj_testkit_find(cluster->kit, "event", "no logins for bob"));
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    sj_testkit_advance(cluster->kit, 6 * MINUTE);
    assert_int_equal(sessions(cluster), 0);
}

/* ---- a store that fails ---- */

static struct {
    const sj_resource_meta *meta; /* reading this resource fails */
    int (*get)(sj_scope *scope, const sj_resource_meta *meta, const char *key, void **record,
               sj_error *error);
    int (*list)(sj_scope *scope, const sj_resource_meta *meta, const sj_query *query, sj_list *list,
                sj_error *error);
} broken;

static int broken_get(sj_scope *scope, const sj_resource_meta *meta, const char *key, void **record,
                      sj_error *error) {
    *record = NULL;
    return meta == broken.meta ? sj_error_set(error, SJ_E_IO, "the disk is broken")
                               : broken.get(scope, meta, key, record, error);
}

static int broken_list(sj_scope *scope, const sj_resource_meta *meta, const sj_query *query,
                       sj_list *list, sj_error *error) {
    return meta == broken.meta ? sj_error_set(error, SJ_E_IO, "the disk is broken")
                               : broken.list(scope, meta, query, list, error);
}

static int broken_commit(sj_scope *scope, const char *here, sj_result_fn durable, void *user,
                         sj_error *error) {
    (void)scope;
    (void)here;
    (void)durable;
    (void)user;
    return sj_error_set(error, SJ_E_IO, "the disk is full");
}

static void broken_verify(sj_scope *scope, const char *here, const sj_secret_asker *asker,
                          const char *hash, const char *plain, sj_result_fn done, void *user) {
    sj_error error = {0};
    (void)asker;
    (void)scope;
    (void)here;
    (void)hash;
    (void)plain;
    (void)sj_error_set(&error, SJ_E_IO, "the pool is gone");
    done(user, SJ_E_IO, &error);
}

static void failures_have_their_codes(void **state) {
    struct cluster *cluster = *state;
    sj_host *table = (sj_host *)(uintptr_t)sj_testkit_scope(cluster->kit)->host;
    const sj_host whole = *table;
    sj_error error = {0};
    broken.get = table->store_get;
    broken.list = table->store_list;
    table->store_get = broken_get;
    table->store_list = broken_list;
    broken.meta = &sj_phone_meta;
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login is unavailable(20)");
    broken.meta = &sj_session_meta;
    expect(cluster, PAGE "SEP1", "Login is unavailable(21)");
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout is unavailable(21)");
    broken.meta = &sj_end_user_meta;
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login is unavailable(9)");
    broken.meta = NULL;
    table->store_commit = broken_commit;
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login is unavailable(6)");
    table->store_commit = whole.store_commit;
    sj_store_rollback(sj_testkit_scope(cluster->kit));
    table->secret_verify_for = broken_verify;
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login is unavailable (204)");
    table->secret_verify_for = whole.secret_verify_for;
    /* Unreadable at start: 210, until the store can be read. */
    assert_int_equal(sj_testkit_stop(cluster->kit, "extension-mobility", &error), SJ_OK);
    broken.meta = &sj_session_meta;
    assert_int_equal(sj_testkit_start(cluster->kit, &sj_plugin_descriptor, &error), SJ_OK);
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login is unavailable (210)");
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout is unavailable (210)");
    *table = whole;
    sj_testkit_advance(cluster->kit, 2000);
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
}

static void starts_and_stops(void **state) {
    struct cluster *cluster = *state;
    sj_error error = {0};
    for (int i = 0; i < 200; i++) {
        (void)sj_testkit_get(cluster->kit, PAGE "SEP1&EMCC=true&userid=alice&seq=12345");
        (void)sj_testkit_get(cluster->kit, PAGE "SEP1&doLogout=true");
        assert_int_equal(sj_testkit_stop(cluster->kit, "extension-mobility", &error), SJ_OK);
        assert_int_equal(sj_testkit_start(cluster->kit, &sj_plugin_descriptor, &error), SJ_OK);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(login_and_logout, setup, teardown),
        cmocka_unit_test_setup_teardown(intercom_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_in_use_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(services_that_travellers_need_say_so, setup, teardown),
        cmocka_unit_test_setup_teardown(multiple_logins, setup, teardown),
        cmocka_unit_test_setup_teardown(maximum_login_time, setup, teardown),
        cmocka_unit_test_setup_teardown(policies_decide, setup, teardown),
        cmocka_unit_test_setup_teardown(failures_have_their_codes, setup, teardown),
        cmocka_unit_test_setup_teardown(starts_and_stops, setup, teardown),
    };
    return cmocka_run_group_tests_name("Extension Mobility within one cluster", tests, NULL, NULL);
}
