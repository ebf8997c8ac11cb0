/* What changes cost the Intercluster Lookup Service, in records that it reads and removes: one that
 * changes costs itself, and what concerns all of them is done in steps of the loop, none of which
 * grows with how many there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sojourn/testkit.h>

#include "events/ils.h"
#include "parameters/enterprise.h"
#include "parameters/ils.h"
#include "resources/ils.h"

extern const sj_plugin sj_plugin_descriptor;

enum { MANY = 6000, STEP_MOST = 1100, FEW = 20, PUT_AT_ONCE = 500 };

#define HUB                                                                                        \
    "{\"role\":\"hub\",\"exchange_dial_plan\":%s,\"advertised_route_string\":\"hq.example\"}"

/* What has been read and removed of the store; of the one kit of a test. */
static size_t touched;
static __typeof__(((sj_host *)0)->store_get) plain_get;
static __typeof__(((sj_host *)0)->store_list) plain_list;
static __typeof__(((sj_host *)0)->store_delete) plain_delete;

static int counted_get(sj_scope *scope, const sj_resource_meta *meta, const char *key,
                       void **record, sj_error *error) {
    touched++;
    return plain_get(scope, meta, key, record, error);
}

static int counted_list(sj_scope *scope, const sj_resource_meta *meta, const sj_query *query,
                        sj_list *list, sj_error *error) {
    const int status = plain_list(scope, meta, query, list, error);
    touched += 1 + list->count;
    return status;
}

static int counted_delete(sj_scope *scope, const sj_resource_meta *meta, const char *key,
                          sj_error *error) {
    touched++;
    return plain_delete(scope, meta, key, error);
}

static void put(sj_testkit *kit, const sj_resource_meta *meta, const char *json) {
    sj_error error = {0};
    if (sj_testkit_put(kit, meta, json, &error) != SJ_OK) {
        fail_msg("%s: %s", json, error.text);
    }
}

static void exchange_dial_plan(sj_testkit *kit, bool on) {
    char json[200];
    (void)snprintf(json, sizeof json, HUB, on ? "true" : "false");
    put(kit, &sj_ils_configuration_meta, json);
}

/* So many numbers of the catalog. */
static void import(sj_testkit *kit, const char *catalog, unsigned count) {
    sj_scope *scope = sj_testkit_scope(kit);
    sj_error error = {0};
    for (unsigned at = 0; at < count;) {
        assert_int_equal(sj_store_begin(scope, &error), SJ_OK);
        for (unsigned i = 0; i < PUT_AT_ONCE && at < count; i++, at++) {
            char number[16];
            (void)snprintf(number, sizeof number, "8%05u", at);
            const sj_imported_number record = {
                .number = number, .catalog = catalog, .description = "", .pstn_failover = ""};
            assert_int_equal(sj_imported_number_put(scope, &record, SJ_PUT_NEW, &error), SJ_OK);
        }
        assert_int_equal(sj_store_commit(scope, NULL, NULL, &error), SJ_OK);
    }
}

static void on_status(void *user, int status, const sj_error *error,
                      const sj_ils_status_reply *reply) {
    (void)error;
    assert_int_equal(status, SJ_OK);
    *(int64_t *)user = reply->advertised;
}

static int64_t advertised(sj_testkit *kit) {
    const sj_ils_status request = {0};
    int64_t count = -1;
    assert_int_equal(sj_ask_ils_status(sj_testkit_scope(kit), &request, 0, on_status, &count, NULL),
                     SJ_OK);
    sj_testkit_run(kit);
    return count;
}

/* A step after the other, until nothing happens for a second; the most that one has touched. */
static size_t most_of_a_step(sj_testkit *kit, size_t *all) {
    size_t most = 0, sum = 0;
    for (int quiet = 0; quiet < 1000; quiet++) {
        touched = 0;
        sj_testkit_advance(kit, 1);
        most = touched > most ? touched : most;
        sum += touched;
        quiet = touched > FEW ? 0 : quiet;
    }
    if (all != NULL) {
        *all = sum;
    }
    return most;
}

static int setup(void **state) {
    sj_testkit *kit = sj_testkit_open(NULL);
    sj_error error = {0};
    sj_host *host = (sj_host *)(uintptr_t)sj_testkit_scope(kit)->host;
    plain_get = host->store_get;
    plain_list = host->store_list;
    plain_delete = host->store_delete;
    host->store_get = counted_get;
    host->store_list = counted_list;
    host->store_delete = counted_delete;
    exchange_dial_plan(kit, true);
    put(kit, &sj_imported_catalog_meta, "{\"name\":\"PBX\",\"route_string\":\"pbx.example\"}");
    import(kit, "PBX", MANY);
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
    *state = kit;
    return 0;
}

static int teardown(void **state) {
    sj_error error = {0};
    if (sj_testkit_end(*state, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    return 0;
}

static void a_start_and_a_role_are_read_in_steps(void **state) {
    sj_testkit *kit = *state;
    assert_in_range(most_of_a_step(kit, NULL), 1, STEP_MOST);
    assert_int_equal(advertised(kit), MANY);
    for (int on = 0; on < 2; on++) {
        exchange_dial_plan(kit, on);
        touched = 0;
        (void)advertised(kit); /* who asks waits for a step, not for all */
        assert_in_range(touched, 1, STEP_MOST);
        assert_in_range(most_of_a_step(kit, NULL), 1, STEP_MOST);
        assert_int_equal(advertised(kit), on ? MANY : 0);
    }
}

static void a_record_costs_itself(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    size_t all;
    (void)most_of_a_step(kit, NULL);
    put(kit, &sj_directory_uri_meta, "{\"user\":\"anna\",\"host\":\"example.com\"}");
    assert_in_range(most_of_a_step(kit, &all), 1, FEW);
    assert_in_range(all, 1, FEW);
    assert_int_equal(advertised(kit), MANY + 1);
    put(kit, &sj_imported_number_meta,
        "{\"number\":\"800001\",\"catalog\":\"PBX\",\"pstn_failover\":\"+4930\"}");
    (void)most_of_a_step(kit, &all);
    assert_in_range(all, 1, FEW);
    assert_int_equal(sj_imported_number_delete(sj_testkit_scope(kit), "800001", &error), SJ_OK);
    (void)most_of_a_step(kit, &all);
    assert_in_range(all, 1, FEW);
    assert_int_equal(advertised(kit), MANY);
    /* Settings are read alone, and no parameter that is nothing to it. */
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_ils_max_learned_objects_meta, "50", &error), SJ_OK);
    (void)most_of_a_step(kit, &all);
    assert_in_range(all, 1, FEW);
    assert_int_equal(sj_testkit_set_param(kit, &sj_param_enterprise_uri_lookup_policy_meta,
                                          "case_insensitive", &error),
                     SJ_OK);
    (void)most_of_a_step(kit, &all);
    assert_int_equal(all, 0);
}

static void a_catalog_goes_in_steps(void **state) {
    sj_testkit *kit = *state;
    sj_scope *scope = sj_testkit_scope(kit);
    sj_error error = {0};
    size_t all;
    put(kit, &sj_imported_catalog_meta, "{\"name\":\"Other\",\"route_string\":\"o.example\"}");
    put(kit, &sj_imported_number_meta, "{\"number\":\"9001\",\"catalog\":\"Other\"}");
    (void)most_of_a_step(kit, NULL);
    assert_int_equal(sj_imported_catalog_delete(scope, "PBX", &error), SJ_OK);
    assert_in_range(most_of_a_step(kit, &all), 1, 3 * STEP_MOST);
    assert_in_range(all, MANY, 4 * MANY); /* each a few times, and not all each time */
    assert_int_equal(advertised(kit), 1);
    assert_int_equal(sj_imported_number_count(scope, NULL, NULL), 1);
    /* A route string that changes is that of all that belongs to it. */
    put(kit, &sj_imported_catalog_meta, "{\"name\":\"Other\",\"route_string\":\"new.example\"}");
    (void)most_of_a_step(kit, &all);
    assert_in_range(all, 1, FEW);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_start_and_a_role_are_read_in_steps, setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_costs_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(a_catalog_goes_in_steps, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
