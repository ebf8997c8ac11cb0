/* `sojourn emcc check`: two clusters in order, one that says nothing, and many users and phones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_checked.h"
#include "resources/certificates.h"
#include "resources/phone.h"
#include "resources/remote_cluster.h"

static void two_clusters_in_order(void **state) {
    struct world *world = *state;
    static const char *const nothing[3] = {NULL};
    expect_report("HQ", check(world, HQ, "", false), nothing, true);
    expect_report("BR", check(world, BR, "HQ", false), nothing, true);
    struct report *report = check(world, HQ, "BR", false);
    assert_int_equal(report->travellers, 1);
    assert_int_equal(report->phones, 1);
    assert_int_equal(report->base_devices, 2);
    assert_int_equal(report->free_base_devices, 2);
    assert_string_equal(analysed, "999 via Adjunct Line EMCC"); /* as a login gives them */
    free(report);
    report = check(world, HQ, "NONE", false);
    assert_int_equal(report->status, SJ_E_NOT_FOUND);
    assert_string_equal(report->error, "there is no remote cluster NONE with EMCC");
    free(report);
    assert_true(world_login(world));
    report = check(world, HQ, "BR", false);
    assert_int_equal(report->free_base_devices, 1);
    free(report);
}

/* Offline nobody is asked, and what was learnt before is judged; else one that says nothing is
 * waited for, not for ever. */
static void asks_now_or_judges_by_what_it_knows(void **state) {
    struct world *world = *state;
    free(check(world, HQ, "", false));
    region(world);
    const size_t requests = world->requests;
    static const char *const untried[3] = {
        "note: Nothing was tried (offline), so that it is not said to be ready: servers, ports and "
        "trunks are not judged, and "
        "clusters by their last update."};
    expect_report("offline", check(world, HQ, "", true), untried, false);
    assert_int_equal(world->requests, requests);
    world->fault_at = world->requests;
    world->fault = FAULT_LOSE_REQUEST;
    struct report *report = check(world, HQ, "", false);
    assert_false(report->ready);
    assert_non_null(
        strstr(report->sentences[0],
               "The last update of cluster BR failed: cluster BR at 127.0.0.2 did not answer"));
    free(report);
}

/* However many users and phones: what it does at once stays small, and it comes to an end. */
static void many_are_walked_in_pages(void **state) {
    struct world *world = *state;
    char json[256];
    many_travellers(world);
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(
            json, sizeof json,
            "{\"name\":\"SEP%05d\",\"model\":\"Cisco 8851\",\"device_pool\":\"San Jose\","
            "\"enable_extension_mobility\":true}",
            i);
        world_put(world, HQ, &sj_phone_meta, json);
    }
    struct report *report = check(world, HQ, "", false);
    assert_int_equal(report->travellers, 1001);
    assert_int_equal(report->phones, 1001);
    assert_int_equal(report->count, 2);
    free(report);
    /* Stopped in the midst of it, nothing is left. */
    const sj_emcc_check request = {0};
    struct report *unfinished = calloc(1, sizeof *unfinished);
    assert_non_null(unfinished);
    assert_int_equal(sj_ask_emcc_check(sj_testkit_scope(world->kits[HQ]), &request, 0, reported,
                                       unfinished, NULL),
                     SJ_OK);
    world_advance(world, 20);
    world_kill(world, HQ);
    world_advance(world, 40000);
    free(unfinished);
}

struct validated {
    bool answered, valid;
    size_t count;
    char last[1024];
};

static void validated(void *user, int status, const sj_error *error,
                      const sj_emcc_validate_reply *reply) {
    struct validated *result = user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    result->answered = true;
    result->valid = reply->valid;
    result->count = reply->problems_count;
    if (reply->problems_count > 0) {
        (void)snprintf(result->last, sizeof result->last, "%s",
                       reply->problems[reply->problems_count - 1]);
    }
}

static struct validated validate(struct world *world, int cluster) {
    const sj_emcc_validate request = {0};
    struct validated result = {0};
    assert_int_equal(sj_ask_emcc_validate(sj_testkit_scope(world->kits[cluster]), &request, 0,
                                          validated, &result, NULL),
                     SJ_OK);
    for (int i = 0; i < 250 && !result.answered; i++) {
        world_advance(world, 100);
    }
    assert_true(result.answered);
    return result;
}

/* A service that is not activated promises no port, and is needed all the same. */
static void nothing_is_valid_without_a_call_manager(void **state) {
    struct world *world = *state;
    free(check(world, HQ, "", false)); /* asks BR */
    assert_true(validate(world, HQ).valid);
    put_activation(world, HQ, "callmanager", false);
    const struct validated result = validate(world, HQ);
    assert_false(result.valid);
    assert_int_equal(result.count, 1);
    assert_string_equal(
        result.last,
        "Cisco CallManager is not activated on any node of this cluster: its travellers' phones "
        "find no call manager "
        "to register with, and visitors' calls that come back from their home clusters fail.");
}

/* However many servers there are: the last one is tried as the first is. */
static void every_server_is_tried(void **state) {
    enum { MANY = 60 };
    struct world *world = *state;
    char json[2048];
    size_t length = (size_t)snprintf(
        json, sizeof json,
        "{\"cluster_id\":\"BR\",\"last_tried\":\"2026-01-01T00:00:00Z\",\"last_succeeded\":"
        "\"2026-01-01T00:00:00Z\",\"services\":[{\"service\":\"tftp\",\"addresses\":[");
    for (int i = 0; i < MANY; i++) {
        length += (size_t)snprintf(json + length, sizeof json - length, "%s\"127.0.1.%d\"",
                                   i > 0 ? "," : "", i + 1);
    }
    (void)snprintf(json + length, sizeof json - length, "]}]}");
    world_put(world, HQ, &sj_remote_cluster_status_meta, json);
    world->tftp_down = "127.0.1.60";
    const struct validated result = validate(world, HQ);
    assert_false(result.valid);
    assert_non_null(
        strstr(result.last,
               "The TFTP server of cluster BR is 127.0.1.60, which does not answer on port 6970"));
}

static void an_expired_certificate(void *user, sj_question *question,
                                   const sj_certificates_list *request) {
    struct world *world = user;
    const int64_t yesterday = sj_wall_ms(sj_testkit_scope(world->kits[HQ])) - 1440 * MINUTE;
    const sj_certificates_list_reply_entry entries[] = {{.kind = "tomcat", .not_after = yesterday}};
    const sj_certificates_list_reply reply = {.certificates = entries, .certificates_count = 1};
    (void)request;
    sj_reply_certificates_list(sj_testkit_scope(world->kits[HQ]), question, &reply);
}

/* Partners refuse it: Validate says so as the check does. */
static void validate_looks_at_own_certificates(void **state) {
    struct world *world = *state;
    free(check(world, HQ, "", false)); /* asks BR */
    assert_true(validate(world, HQ).valid);
    assert_non_null(sj_answer_certificates_list(sj_testkit_scope(world->kits[HQ]),
                                                an_expired_certificate, world, NULL));
    assert_false(validate(world, HQ).valid);
}

static void no_answer(void *user, sj_question *question, const sj_certificates_list *request) {
    (void)user, (void)question, (void)request;
}

/* What is asked of others ends before Validate's own time does: it tells what it found all the
 * same. */
static void validate_does_not_wait_for_others_for_ever(void **state) {
    struct world *world = *state;
    free(check(world, HQ, "", false)); /* asks BR */
    call_managers_are_silent = true;
    assert_non_null(
        sj_answer_certificates_list(sj_testkit_scope(world->kits[HQ]), no_answer, NULL, NULL));
    const struct validated result = validate(world, HQ);
    assert_int_equal(result.count, 1);
    assert_non_null(
        strstr(result.last, "Whether the SIP trunks reach their gateways is not known"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(validate_looks_at_own_certificates, ready, teardown),
        cmocka_unit_test_setup_teardown(validate_does_not_wait_for_others_for_ever, ready,
                                        teardown),
        cmocka_unit_test_setup_teardown(two_clusters_in_order, ready, teardown),
        cmocka_unit_test_setup_teardown(asks_now_or_judges_by_what_it_knows, ready, teardown),
        cmocka_unit_test_setup_teardown(many_are_walked_in_pages, ready, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_valid_without_a_call_manager, ready, teardown),
        cmocka_unit_test_setup_teardown(every_server_is_tried, ready, teardown),
    };
    return cmocka_run_group_tests_name("emcc check, as it runs", tests, NULL, NULL);
}
