/* The call manager in the test kit: what other services ask of it, and messages that mean harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "events/call.h"
#include "events/device.h"
#include "events/phone.h"
#include "resources/calling_search_space.h"
#include "resources/partition.h"
#include "resources/route_pattern.h"

struct reset_result {
    int status, status_code;
    bool done;
};

static void on_reset(void *user, int status, const sj_error *error,
                     const sj_device_reset_reply *reply) {
    struct reset_result *result = user;
    (void)error;
    result->done = true;
    result->status = status;
    result->status_code = reply == NULL ? 0 : (int)reply->status_code;
}

static void test_reset(void **state) {
    sj_testkit *kit = *state;
    struct reset_result result = {0, 0, false};
    sj_device_reset request;
    sj_error error = {0};
    const char *text;
    memset(&request, 0, sizeof request);
    request.device_name = "SEP001122334401";
    request.mode = SJ_DEVICE_RESET_MODE_RESTART;
    request.trace_id = "";
    assert_int_equal(
        sj_ask_device_reset(sj_testkit_scope(kit), &request, 0, on_reset, &result, &error), SJ_OK);
    sj_testkit_run(kit);
    assert_true(result.done);
    assert_int_equal(result.status, SJ_E_NOT_FOUND);
    both_register(kit);
    result.done = false;
    assert_int_equal(
        sj_ask_device_reset(sj_testkit_scope(kit), &request, 0, on_reset, &result, &error), SJ_OK);
    sj_testkit_run(kit);
    text = expect(kit, alice, "NOTIFY sip:uuid-1001@192.0.2.1:5060;transport=udp SIP/2.0");
    assert_string_equal(header(text, "Event"), "service-control");
    assert_non_null(
        strstr(text, "\r\n\r\naction=restart\r\nRegisterCallId={reg-SEP001122334401}\r\n"));
    answer(kit, alice, text, 200, "");
    assert_true(result.done);
    assert_int_equal(result.status, SJ_OK);
    assert_int_equal(result.status_code, 200);
}

static const char config_stamp[] = "0123456789-01234567-89ab-8cde-f012-3456789abcde";

static void on_stamps(void *user, sj_question *question, const sj_phone_file_stamps *request) {
    const sj_phone_file_stamps_reply reply = {.config = config_stamp, .dial_template = ""};
    assert_string_equal(request->device_name, "SEP001122334401");
    sj_reply_phone_file_stamps(sj_testkit_scope(user), question, &reply);
}

/* A phone reads only what has changed: it is told the stamps of the files as they are, and zeros
 * where nobody knows. */
static void test_apply_config(void **state) {
    sj_testkit *kit = *state;
    struct reset_result result = {0, 0, false};
    const sj_device_reset request = {.device_name = "SEP001122334401",
                                     .mode = SJ_DEVICE_RESET_MODE_APPLY_CONFIG,
                                     .trace_id = ""};
    both_register(kit);
    assert_int_equal(
        sj_ask_device_reset(sj_testkit_scope(kit), &request, 0, on_reset, &result, NULL), SJ_OK);
    sj_testkit_run(kit);
    const char *text = expect(kit, alice, "NOTIFY sip:uuid-1001");
    assert_non_null(strstr(text, "\r\nConfigVersionStamp={0000000000-00000000-"));
    answer(kit, alice, text, 200, "");
    assert_true(result.done);
    sj_testkit_forget(kit);
    assert_non_null(sj_answer_phone_file_stamps(sj_testkit_scope(kit), on_stamps, kit, NULL));
    assert_int_equal(
        sj_ask_device_reset(sj_testkit_scope(kit), &request, 0, on_reset, &result, NULL), SJ_OK);
    sj_testkit_run(kit);
    text = expect(kit, alice, "NOTIFY sip:uuid-1001");
    assert_non_null(strstr(text, config_stamp));
    assert_non_null(strstr(text, "\r\nDialplanVersionStamp={0000000000-"));
    answer(kit, alice, text, 200, "");
    assert_int_equal(result.status_code, 200);
}

static char route_outcome[64];

static void on_route(void *user, int status, const sj_error *error,
                     const sj_route_test_reply *reply) {
    (void)user;
    (void)error;
    (void)snprintf(route_outcome, sizeof route_outcome, "%s %s",
                   status == SJ_OK ? reply->outcome : "failed",
                   status == SJ_OK ? reply->pattern : "");
}

static void test_route(void **state) {
    sj_testkit *kit = *state;
    static const char *const cases[][3] = {
        {"SEP001122334401", "91234", "trunk 9.!"},
        {"SEP001122334402", "91234", "no_match "},
        {"SEP001122334402", "1001", "phone 1001"},
        {"SEP00AABBCCDD01", "9999", "return_to_visiting_cluster 9.999"},
        {"nobody", "9999", "failed "},
    };
    emcc_world(kit);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const sj_route_test request = {cases[i][0], cases[i][1]};
        sj_error error = {0};
        assert_int_equal(
            sj_ask_route_test(sj_testkit_scope(kit), &request, 0, on_route, NULL, &error), SJ_OK);
        sj_testkit_run(kit);
        assert_string_equal(route_outcome, cases[i][2]);
    }
}

static void on_analysed(void *user, int status, const sj_error *error,
                        const sj_number_analyse_reply *reply) {
    (void)error;
    assert_int_equal(status, SJ_OK);
    assert_int_equal(reply->results_count, 2);
    for (size_t i = 0; i < reply->results_count; i++) {
        const sj_number_analyse_reply_result *result = &reply->results[i];
        const size_t length = strlen(user);
        (void)snprintf((char *)user + length, 200 - length, "%s %s %s in %s; ", result->number,
                       sj_number_analyse_reply_result_outcome_text(result->outcome),
                       result->pattern, result->calling_search_space);
    }
}

/* As a traveller's phone would dial them, without one: whatever fits in the calling search spaces
 * before takes the call. */
static void numbers_are_analysed_without_a_phone(void **state) {
    sj_testkit *kit = *state;
    static const char *const numbers[] = {"9999", "1001"}, *const spaces[] = {"Adjunct", "All"},
                             *const barred[] = {"Bar", "Adjunct"};
    sj_number_analyse request = {.numbers = numbers,
                                 .numbers_count = 2,
                                 .calling_search_spaces = spaces,
                                 .calling_search_spaces_count = 2,
                                 .adjunct_calling_search_space = "Adjunct",
                                 .device_pool = ""};
    char text[200] = "";
    emcc_world(kit);
    put(kit, &sj_partition_meta, "{\"name\":\"Bar\"}");
    put(kit, &sj_calling_search_space_meta, "{\"name\":\"Bar\",\"partitions\":[\"Bar\"]}");
    put(kit, &sj_route_pattern_meta, "{\"pattern\":\"9999\",\"partition\":\"Bar\",\"block\":true}");
    assert_int_equal(
        sj_ask_number_analyse(sj_testkit_scope(kit), &request, 0, on_analysed, text, NULL), SJ_OK);
    sj_testkit_run(kit);
    assert_string_equal(
        text, "9999 return_to_visiting_cluster 9.999 in Adjunct; 1001 phone 1001 in All; ");
    text[0] = '\0';
    request.calling_search_spaces = barred;
    assert_int_equal(
        sj_ask_number_analyse(sj_testkit_scope(kit), &request, 0, on_analysed, text, NULL), SJ_OK);
    sj_testkit_run(kit);
    assert_string_equal(text, "9999 blocked 9999 in Bar; 1001 no_match  in ; ");
}

/* ---- harm ---- */

/* Streams: any cut of the bytes, pings, endless headers. */
static void test_stream(void **state) {
    sj_testkit *kit = *state;
    static const char options[] =
        "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP "
        "203.0.113.8:4444;branch=z9hG4bKo\r\nFrom: <sip:a@x>;tag=1\r\n"
        "To: <sip:b@y>\r\nCall-ID: o\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
    sj_testkit_peer *peer = sj_testkit_connect(kit, PORT, "203.0.113.8", 4444);
    size_t length = 0;
    char *endless = malloc(20000);
    assert_non_null(peer);
    sj_testkit_write(peer, "\r\n\r\n", 4);
    assert_string_equal(sj_testkit_received(peer, &length), "\r\n");
    for (size_t i = 0; i < sizeof options - 1; i++) {
        sj_testkit_write(peer, options + i, 1);
    }
    assert_non_null(strstr(sj_testkit_received(peer, &length), "SIP/2.0 200 OK"));
    memset(endless, 'a', 20000);
    sj_testkit_write(peer, endless, 20000);
    sj_testkit_run(kit);
    assert_true(sj_testkit_closed(peer));
    peer = sj_testkit_connect(kit, PORT, "203.0.113.8", 4445);
    sj_testkit_advance(kit, 60000); /* says nothing */
    assert_true(sj_testkit_closed(peer));
    free(endless);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(test_apply_config, setup, teardown),
        cmocka_unit_test_setup_teardown(test_route, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_are_analysed_without_a_phone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stream, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
