/* call.analyse digit by digit: what each key does, as it does in calls (test_callmanager_digits.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "analysis_kit.h"
#include "resources/calling_search_space.h"
#include "resources/dial_codes.h"
#include "resources/ils.h"
#include "resources/partition.h"
#include "resources/route_pattern.h"

/* The trap of overlapping urgent patterns: whole, the number goes elsewhere than digit by digit. */
static void digit_by_digit(void **state) {
    sj_testkit *kit = *state;
    sj_call_analyse request = {.device_name = ALICE, .digits = "91156", .digit_by_digit = true};
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"911\",\"partition\":\"PSTN\",\"urgent_priority\":true,\"sip_trunk\":"
        "\"Gateway\"}");
    ask(kit, &request);
    assert_string_equal(analysed.prefixes, "9 incomplete ; 91 waits 9.!; 911 routes 911; ");
    assert_string_equal(analysed.summary, "trunk 911 in \"PSTN\": 911 shown 1001");
    request.digit_by_digit = false;
    ask(kit, &request);
    assert_string_equal(analysed.prefixes, "");
    assert_string_equal(analysed.summary, "trunk 9.! in \"PSTN\": 1156 shown 1001");
    request.digit_by_digit = true;
    request.digits = "9";
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "incomplete");
    request.digits = "6123";
    ask(kit, &request);
    assert_string_equal(analysed.prefixes, "6 nothing ; ");
    assert_string_equal(analysed.outcome, "no_match");
}

/* What other clusters have is asked for when dialling has ended; until then nothing is denied. */
static void digit_by_digit_before_numbers_of_others(void **state) {
    sj_testkit *kit = *state;
    sj_call_analyse request = {.device_name = ALICE, .digits = "6123", .digit_by_digit = true};
    ask(kit, &request);
    assert_string_equal(analysed.ended, "nothing can match any more: refused at once");
    request.digits = "1002";
    ask(kit, &request);
    assert_string_equal(analysed.ended, "nothing longer can match: routed now");
    put(kit, &sj_partition_meta, "{\"name\":\"Global Learned Enterprise Patterns\"}");
    put(kit, &sj_calling_search_space_meta,
        "{\"name\":\"All\",\"partitions\":[\"Internal\",\"Global Learned Enterprise Patterns\"]}");
    ask(kit, &request);
    assert_string_equal(analysed.dialled, "1002");
    assert_non_null(strstr(analysed.ended, "of the dial plan here nothing longer can match"));
    assert_non_null(strstr(analysed.ended, "that go on otherwise are not waited for"));
    request.digits = "6123";
    ask(kit, &request);
    assert_string_equal(analysed.prefixes,
                        "6 incomplete ; 61 incomplete ; 612 incomplete ; 6123 incomplete ; ");
    assert_string_equal(analysed.ended, "it may be a number of another cluster, which is asked for "
                                        "when # or the inter-digit timer ends it");
    assert_string_equal(analysed.outcome, "incomplete");
}

/* A # that no pattern goes on with is no part of the number. */
static void digit_by_digit_to_a_hash(void **state) {
    sj_testkit *kit = *state;
    sj_call_analyse request = {.device_name = ALICE, .digits = "955#7", .digit_by_digit = true};
    ask(kit, &request);
    assert_string_equal(analysed.prefixes, "9 incomplete ; 95 waits 9.!; 955 waits 9.!; "
                                           "955# routes 9.!; ");
    assert_string_equal(analysed.ended, "# ends the number: routed now");
    assert_string_equal(analysed.summary, "trunk 9.! in \"PSTN\": 55 shown 1001");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"8.!#\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\"}");
    request.digits = "855#7";
    ask(kit, &request);
    assert_string_equal(analysed.summary, "trunk 8.!# in \"PSTN\": 855# shown 1001");
}

/* Codes are keyed in behind the number, each to its #. */
static void digit_by_digit_with_codes(void **state) {
    sj_testkit *kit = *state;
    sj_call_analyse request = {
        .device_name = ALICE, .digits = "8124711#77#", .digit_by_digit = true};
    put(kit, &sj_forced_authorization_code_meta,
        "{\"name\":\"Managers\",\"code\":\"4711\",\"level\":7}");
    put(kit, &sj_client_matter_code_meta, "{\"code\":\"77\"}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"8.XX\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\",\"discard_digits\":"
        "\"pre_dot\",\"require_forced_authorization_code\":true,\"require_client_matter_code\":"
        "true}");
    ask(kit, &request);
    assert_string_equal(analysed.prefixes, "8 incomplete ; 81 incomplete ; 812 routes 8.XX; ");
    assert_string_equal(analysed.summary, "trunk 8.XX in \"PSTN\": 12 shown 1001");
    assert_null(strstr(analysed.course, "expected #"));
    request.digits = "8121234#77#"; /* as in a call: the second one is asked for first */
    ask(kit, &request);
    assert_int_equal(analysed.sip_status, 403);
    request.digits = "8124711#"; /* nothing follows */
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "incomplete");
    assert_int_equal(analysed.sip_status, 404);
}

/* Alternate numbers are held here: those that go on otherwise than what is dialled are waited for.
 */
static void digit_by_digit_before_alternate_numbers(void **state) {
    sj_testkit *kit = *state;
    sj_call_analyse request = {.device_name = ALICE, .digits = "81099", .digit_by_digit = true};
    put(kit, &sj_alternate_number_meta,
        "{\"directory_number\":\"1001\",\"mask\":\"8XXXX\",\"partition\":\"Internal\"}");
    put(kit, &sj_alternate_number_meta,
        "{\"directory_number\":\"1002\",\"mask\":\"10027\",\"partition\":\"Internal\"}");
    put(kit, &sj_partition_meta, "{\"name\":\"Hidden\"}");
    put(kit, &sj_alternate_number_meta,
        "{\"directory_number\":\"1002\",\"mask\":\"810999XXXX\",\"partition\":\"Hidden\"}");
    ask(kit, &request);
    assert_string_equal(analysed.prefixes,
                        "8 incomplete ; 81 incomplete ; 810 incomplete ; 8109 nothing ; ");
    assert_string_equal(analysed.ended, "nothing can match any more: refused at once");
    request.digits = "81001";
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "phone");
    assert_string_equal(analysed.ended, "nothing longer can match: routed now");
    request.digits = "1002";
    ask(kit, &request);
    assert_non_null(strstr(analysed.prefixes, "1002 waits 1002; "));
    assert_non_null(strstr(analysed.ended, "1 could match after more digits: alternate number "
                                           "10027"));
}

int main(void) {
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(digit_by_digit),
        TEST(digit_by_digit_before_numbers_of_others),
        TEST(digit_by_digit_to_a_hash),
        TEST(digit_by_digit_with_codes),
        TEST(digit_by_digit_before_alternate_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
