/* Rows of call detail records: the head of their files beside that of real files, cells that do not
 * fit, what is kept of calls that go on, and what becomes of them after a kill. test_cdr_rows
 * ORACLE */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sojourn/base/file.h>

#include "record.h"
#include "recovery.h"

static const char *oracle;

static void the_head_is(const struct cdr_columns *columns, const char *kind) {
    static const char *const lines[] = {"names", "types"};
    sj_text expected = {0}, head = {0};
    sj_error error = {0};
    for (int i = 0; i < 2; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s_%s.csv", oracle, kind, lines[i]);
        assert_int_equal(sj_file_read(path, 65536, &expected, &error), SJ_OK);
    }
    cdr_row_put_head(columns, &head);
    assert_false(head.failed);
    assert_string_equal(head.data, expected.data);
    sj_text_clear(&head);
    sj_text_clear(&expected);
}

static void the_heads_are_those_of_real_files(void **state) {
    (void)state;
    the_head_is(&cdr_columns, "cdr");
    the_head_is(&cmr_columns, "cmr");
}

static sj_call_recorded an_event(void) {
    sj_call_recorded event;
    memset(&event, 0, sizeof event);
    event.call_id = "a";
    event.began_ms = 1700000000900;
    event.answered_ms = 1700000005000;
    event.ended_ms = 1700000065999;
    event.calling = (sj_call_party){.number = "4001",
                                    .partition = "Internal",
                                    .user_id = "anna",
                                    .device_name = "SEP001122334455",
                                    .address = "10.1.2.200:5060",
                                    .media_address = "10.1.2.200",
                                    .media_port = 16384,
                                    .codec = "PCMU",
                                    .packet_ms = 20,
                                    .cause = 16};
    event.called = (sj_call_party){.number = "4002",
                                   .partition = "Internal",
                                   .device_name = "SEP001122334466",
                                   .address = "[2001:db8::7]:5061",
                                   .media_address = "192.0.2.1",
                                   .media_port = 20000,
                                   .codec = "g729"};
    event.original_called_number = "4000";
    event.last_redirecting_number = "4000";
    event.last_redirecting_partition = "Internal";
    event.original_redirect_reason = event.last_redirect_reason = 15;
    event.pattern = "400X";
    event.encrypted = true;
    return event;
}

static const struct cdr_origin origin = {3, "HQ"};
static const unsigned char random_bytes[16] = {1, 2, 3, 4, 5, 6, 0xff, 8, 0xff, 10, 11, 12, 13, 14};

static void fill(struct cdr_row *row, const sj_call_recorded *event, int64_t number) {
    cdr_row_begin(row, &cdr_columns);
    cdr_record_fill(row, &origin, event, random_bytes);
    cdr_record_number(row, 5, number);
    assert_false(row->cells.failed);
}

static void expect(const struct cdr_row *row, int column, const char *text) {
    if (strcmp(cdr_row_get(row, column), text) != 0) {
        fail_msg("%s is \"%s\" and not \"%s\"", cdr_columns.columns[column].name,
                 cdr_row_get(row, column), text);
    }
}

/* A number that is withheld stands in records where they are told it. */
static void a_withheld_number(void **state) {
    sj_call_recorded event = an_event();
    struct cdr_row row;
    (void)state;
    event.calling.number = event.outpulsed_calling_number = "anonymous";
    event.calling.user_id = event.calling.uri = "";
    fill(&row, &event, 7);
    expect(&row, CDR_callingPartyNumber, "anonymous");
    expect(&row, CDR_outpulsedCallingPartyNumber, "anonymous");
    expect(&row, CDR_callingPartyUnicodeLoginUserID, "");
    cdr_row_clear(&row);
    event.calling.withheld_number = "4001";
    event.calling.withheld_outpulsed_number = "+1408";
    event.calling.withheld_user_id = "anna";
    event.original_called_number = "";
    event.called.number = "anonymous";
    event.called.withheld_number = "4009";
    fill(&row, &event, 7);
    expect(&row, CDR_callingPartyNumber, "4001");
    expect(&row, CDR_outpulsedCallingPartyNumber, "+1408");
    expect(&row, CDR_callingPartyUnicodeLoginUserID, "anna");
    expect(&row, CDR_originalCalledPartyNumber, "4009");
    cdr_row_clear(&row);
}

static void a_call_fills_its_cells(void **state) {
    const sj_call_recorded event = an_event();
    struct cdr_row row;
    (void)state;
    fill(&row, &event, 7);
    expect(&row, CDR_globalCallID_callId, "5");
    expect(&row, CDR_origLegCallIdentifier, "14");
    expect(&row, CDR_destLegIdentifier, "15");
    expect(&row, CDR_globalCallID_callManagerId, "3");
    expect(&row, CDR_globalCallId_ClusterID, "HQ");
    expect(&row, CDR_dateTimeOrigination, "1700000000");
    expect(&row, CDR_dateTimeConnect, "1700000005");
    expect(&row, CDR_dateTimeDisconnect, "1700000065");
    expect(&row, CDR_duration, "60");
    expect(&row, CDR_origIpAddr, "-939392758"); /* 10.1.2.200, the first byte lowest */
    expect(&row, CDR_origIpv4v6Addr, "10.1.2.200");
    expect(&row, CDR_destIpAddr, "0");
    expect(&row, CDR_destIpv4v6Addr, "2001:db8::7");
    expect(&row, CDR_origMediaCap_payloadCapability, "4");
    expect(&row, CDR_destMediaCap_payloadCapability, "11");
    expect(&row, CDR_origCause_value, "16");
    expect(&row, CDR_destCause_value, "0");
    expect(&row, CDR_originalCalledPartyNumber, "4000");
    expect(&row, CDR_finalCalledPartyNumber, "4002");
    expect(&row, CDR_lastRedirectRedirectReason, "15");
    expect(&row, CDR_lastRedirectRedirectOnBehalfOf, "5");
    expect(&row, CDR_callSecuredStatus, "2");
    expect(&row, CDR_pkid, "01020304-0506-4f08-bf0a-0b0c0d0e0000");
    cdr_row_clear(&row);
}

/* Statistics bear the numbers of the call's row, and of the leg whose they are. */
static void statistics_fill_their_cells(void **state) {
    const sj_call_statistics event = {.call_id = "a",
                                      .device_name = "SEP001122334466",
                                      .number = "4002",
                                      .partition = "Internal",
                                      .at_ms = 1700000065999,
                                      .packets_sent = 3000,
                                      .octets_sent = 516000,
                                      .packets_received = 2990,
                                      .octets_received = 514280,
                                      .packets_lost = 10,
                                      .jitter_ms = 3,
                                      .latency_ms = 40,
                                      .duration_s = 60,
                                      .metrics = "MLQK=4.5;CCR=0.0,x\"y"};
    sj_text line = {0};
    struct cdr_row row;
    (void)state;
    cdr_row_begin(&row, &cmr_columns);
    cdr_record_statistics(&row, &origin, &event, 5, 7, random_bytes);
    cdr_row_put(&row, &line);
    assert_non_null(strstr(line.data, "2,3,5,3,\"4002\",15,1700000065,3000,516000,2990,514280,10,3,"
                                      "40,\"01020304-"));
    assert_non_null(strstr(line.data, ",\"Internal\",\"HQ\",\"SEP001122334466\",\"MLQK=4.5;CCR="
                                      "0.0,x\"\"y\",60,\"\",0,0,"));
    cdr_row_clear(&row);
    sj_text_clear(&line);
}

static void a_call_that_is_transferred_away(void **state) {
    const sj_call_recorded event = an_event();
    struct cdr_row row;
    (void)state;
    fill(&row, &event, 7);
    cdr_record_split(&row, 1700000009500, 10);
    expect(&row, CDR_duration, "4");
    expect(&row, CDR_origCause_value, "393216");
    expect(&row, CDR_destCause_value, "393216");
    expect(&row, CDR_origCallTerminationOnBehalfOf, "10");
    expect(&row, CDR_destCallTerminationOnBehalfOf, "10");
    cdr_row_clear(&row);
}

static void cells_are_made_to_fit(void **state) {
    struct cdr_row row;
    sj_text out = {0};
    char number[80];
    (void)state;
    memset(number, '1', 49);
    (void)snprintf(number + 49, sizeof number - 49,
                   "\xc3\xa4"); /* a letter of two bytes at the end */
    cdr_row_begin(&row, &cdr_columns);
    cdr_row_set(&row, CDR_callingPartyNumber, number);
    assert_int_equal(strlen(cdr_row_get(&row, CDR_callingPartyNumber)), 49);
    cdr_row_set(&row, CDR_comment, "says \"no\",\r\n\tand goes");
    cdr_row_put(&row, &out);
    assert_non_null(strstr(out.data, ",\"says \"\"no\"\",   and goes\","));
    assert_ptr_equal(strchr(out.data, '\n'), out.data + out.length - 1);
    sj_text_clear(&out);
    cdr_row_clear(&row);
}

static void what_is_kept_is_read_again(void **state) {
    const sj_call_recorded event = an_event();
    struct cdr_row row, again;
    sj_text kept = {0}, one = {0}, other = {0};
    (void)state;
    fill(&row, &event, 7);
    cdr_row_keep(&row, &kept);
    assert_true(cdr_row_take(&again, &cdr_columns, kept.data, kept.length - 1));
    cdr_row_put(&row, &one);
    cdr_row_put(&again, &other);
    assert_string_equal(one.data, other.data);
    cdr_row_clear(&again);
    for (size_t cut = 0; cut < kept.length - 1; cut++) { /* a line that was not finished */
        const bool whole = cdr_row_take(&again, &cdr_columns, kept.data, cut);
        assert_true(!whole || cut > kept.length - 12);
        cdr_row_clear(&again);
    }
    sj_text_clear(&kept);
    sj_text_clear(&one);
    sj_text_clear(&other);
    cdr_row_clear(&row);
}

static void keep(sj_text *calls, int64_t number, bool answered) {
    sj_call_recorded event = an_event();
    struct cdr_row row;
    event.ended_ms = 0;
    event.answered_ms = answered ? event.answered_ms : 0;
    event.calling.cause = 0;
    fill(&row, &event, number);
    cdr_row_keep(&row, calls);
    cdr_row_clear(&row);
}

/* Of five calls one is over without a record, one has its row in the file, one was answered later.
 */
static void calls_that_went_on_are_ended(void **state) {
    sj_text calls = {0}, rows = {0};
    struct open_calls unseen = {0};
    struct recovery found;
    struct cdr_row row;
    sj_error error = {0};
    const sj_call_recorded event = an_event();
    (void)state;
    sj_text_puts(&calls, "=4 12\n");
    for (int64_t i = 5; i < 9; i++) {
        keep(&calls, i, false);
    }
    keep(&calls, 7, true);
    sj_text_puts(&calls, "-5\nnonsense\n");
    fill(&row, &event, 6);
    cdr_row_put(&row, &rows);
    cdr_row_clear(&row);
    assert_int_equal(cdr_recover(&rows, &calls, 1700000035, &unseen, &found, &error), SJ_OK);
    assert_int_equal(found.last_number, 8);
    assert_int_equal(found.last_sequence, 12);
    assert_int_equal(found.unreadable, 1);
    assert_int_equal(unseen.by_id.count, 2);
    const struct open_call *answered = open_calls_find(&unseen, "7"),
                           *ringing = open_calls_find(&unseen, "8");
    assert_true(answered != NULL && ringing != NULL);
    expect(&answered->row, CDR_duration, "30");
    expect(&answered->row, CDR_dateTimeDisconnect, "1700000035");
    expect(&answered->row, CDR_origCause_value, "41");
    expect(&answered->row, CDR_destCause_value, "41");
    expect(&ringing->row, CDR_duration, "0");
    open_calls_clear(&unseen);
    sj_text_clear(&calls);
    sj_text_clear(&rows);
}

static void which_calls_are_left_out(void **state) {
    sj_call_recorded event = an_event();
    (void)state;
    assert_false(cdr_record_is_empty(&event));
    event.ended_ms = event.answered_ms + 999;
    assert_true(cdr_record_is_empty(&event));
    event.answered_ms = 0;
    assert_true(cdr_record_is_empty(&event)); /* the caller gave up */
    event.called.cause = 17;
    assert_false(cdr_record_is_empty(&event)); /* busy */
}

static void addresses_as_numbers(void **state) {
    (void)state;
    assert_int_equal(cdr_address("127.0.0.1"), 0x0100007f);
    assert_int_equal(cdr_address("255.255.255.255:5060"), -1);
    assert_int_equal(cdr_address("phone.example.com"), 0);
    assert_int_equal(cdr_address("2001:db8::1"), 0);
    assert_int_equal(cdr_address(""), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_heads_are_those_of_real_files),
        cmocka_unit_test(a_call_fills_its_cells),
        cmocka_unit_test(a_withheld_number),
        cmocka_unit_test(statistics_fill_their_cells),
        cmocka_unit_test(a_call_that_is_transferred_away),
        cmocka_unit_test(cells_are_made_to_fit),
        cmocka_unit_test(what_is_kept_is_read_again),
        cmocka_unit_test(calls_that_went_on_are_ended),
        cmocka_unit_test(which_calls_are_left_out),
        cmocka_unit_test(addresses_as_numbers),
    };
    if (argc != 2) {
        return 2;
    }
    oracle = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
