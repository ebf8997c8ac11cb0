/* What becomes of a call at a number, decision by decision; and the way of a call: circles, hop
 * limit, Diversion headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "calls/call_diversion.h"

static sj_directory_number number;

static struct forward_point point(bool external) {
    const struct forward_point made = {.number = &number,
                                       .external = external,
                                       .calling = "1001",
                                       .ring_s = 12,
                                       .longest_ring_s = 180};
    return made;
}

static int setup(void **state) {
    (void)state;
    memset(&number, 0, sizeof number); /* all texts NULL: as good as empty */
    number.pattern = "1002";
    return 0;
}

static void test_all_calls(void **state) {
    const struct number_reach phones = {.registered = 1, .free = 1};
    struct forward_point here = point(false);
    struct forward_decision decision;
    (void)state;
    number.forward_all_destination = "1001";
    number.forward_all_calling_search_space = "First";
    number.forward_all_secondary_calling_search_space = "Second";
    number.forward_busy_internal_destination = "never";
    decision = call_forwarding_arrives(&here, &phones);
    assert_int_equal(decision.action, FORWARD_ON);
    assert_int_equal(decision.reason, SJ_FORWARD_REASON_ALL);
    assert_string_equal(decision.destination, "1001");
    assert_string_equal(decision.spaces[0], "First");
    assert_string_equal(decision.spaces[1], "Second");
    here.destination_override = true; /* 1001 may still ring 1002 */
    assert_int_equal(call_forwarding_arrives(&here, &phones).action, FORWARD_RING);
    here.calling = "1003";
    assert_int_equal(call_forwarding_arrives(&here, &phones).action, FORWARD_ON);
}

static void test_ring_times(void **state) {
    const struct number_reach phones = {.registered = 2, .free = 1};
    struct forward_point inside = point(false), outside = point(true);
    (void)state;
    assert_int_equal(call_forwarding_arrives(&inside, &phones).ring_s,
                     180); /* nowhere to go: it may ring on */
    number.forward_no_answer_external_destination = "1009";
    assert_int_equal(call_forwarding_arrives(&inside, &phones).ring_s, 180);
    assert_int_equal(call_forwarding_arrives(&outside, &phones).ring_s, 12);
    number.no_answer_ring_duration = 25;
    assert_int_equal(call_forwarding_arrives(&outside, &phones).ring_s, 25);
    assert_int_equal(call_forwarding_not_answered(&inside).action, FORWARD_REFUSE);
    assert_int_equal(call_forwarding_not_answered(&inside).status, 480);
    assert_string_equal(call_forwarding_not_answered(&outside).destination, "1009");
}

static void test_busy_and_gone(void **state) {
    const struct number_reach busy = {.registered = 2}, gone = {0},
                              undisturbed = {.registered = 2, .undisturbed = 1};
    struct forward_point inside = point(false), outside = point(true);
    (void)state;
    assert_int_equal(call_forwarding_arrives(&inside, &busy).status, 486);
    assert_int_equal(call_forwarding_arrives(&inside, &gone).status, 480);
    number.forward_busy_internal_destination = "1";
    number.forward_busy_external_destination = "2";
    number.forward_unregistered_internal_destination = "3";
    number.forward_unregistered_external_destination = "4";
    number.forward_unregistered_external_calling_search_space = "Out";
    assert_string_equal(call_forwarding_arrives(&inside, &busy).destination, "1");
    assert_string_equal(call_forwarding_arrives(&outside, &busy).destination, "2");
    assert_string_equal(call_forwarding_arrives(&inside, &gone).destination, "3");
    assert_string_equal(call_forwarding_arrives(&outside, &gone).destination, "4");
    assert_string_equal(call_forwarding_arrives(&outside, &gone).spaces[0], "Out");
    assert_int_equal(call_forwarding_arrives(&inside, &undisturbed).reason,
                     SJ_FORWARD_REASON_DO_NOT_DISTURB);
    assert_string_equal(call_forwarding_arrives(&inside, &undisturbed).destination, "1");
}

static void test_refusals(void **state) {
    static const struct {
        int status;
        enum forward_action action;
        sj_forward_reason reason;
    } cases[] = {
        {486, FORWARD_ON, SJ_FORWARD_REASON_BUSY},
        {600, FORWARD_ON, SJ_FORWARD_REASON_BUSY},
        {603, FORWARD_ON, SJ_FORWARD_REASON_BUSY},
        {408, FORWARD_ON, SJ_FORWARD_REASON_UNREGISTERED},
        {480, FORWARD_ON, SJ_FORWARD_REASON_UNREGISTERED},
        {503, FORWARD_ON, SJ_FORWARD_REASON_UNREGISTERED},
        {404, FORWARD_REFUSE, SJ_FORWARD_REASON_ALL},
        {488, FORWARD_REFUSE, SJ_FORWARD_REASON_ALL},
    };
    const struct forward_point here = point(false);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(call_forwarding_refused(&here, cases[i].status).status, cases[i].status);
    }
    number.forward_busy_internal_destination = "1";
    number.forward_unregistered_internal_destination = "2";
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct forward_decision decision = call_forwarding_refused(&here, cases[i].status);
        assert_int_equal(decision.action, cases[i].action);
        if (decision.action == FORWARD_ON) {
            assert_int_equal(decision.reason, cases[i].reason);
        }
    }
}

static struct forward_hop hop(const char *digits, const char *key, const char *host) {
    struct forward_hop made;
    memset(&made, 0, sizeof made);
    (void)snprintf(made.number, sizeof made.number, "%s", digits);
    (void)snprintf(made.key, sizeof made.key, "%s", key);
    (void)snprintf(made.host, sizeof made.host, "%s", host);
    (void)snprintf(made.reason, sizeof made.reason, "unknown");
    made.times = 1;
    return made;
}

static enum forward_verdict add(struct forward_history *history, const char *digits,
                                const char *key, unsigned maximum) {
    const struct forward_hop made = hop(digits, key, "");
    return forward_history_add(history, &made, maximum);
}

static void test_history(void **state) {
    struct forward_history history = {NULL, 0, 0};
    struct forward_hop told = hop("1005", "", "192.0.2.1");
    (void)state;
    assert_int_equal(add(&history, "1001", "1001@A", 3), FORWARD_FINE);
    assert_int_equal(add(&history, "1001", "1001@B", 3),
                     FORWARD_FINE); /* another partition's number is another one */
    assert_int_equal(add(&history, "1001", "1001@A", 3), FORWARD_LOOP);
    told.times = 2;
    assert_int_equal(forward_history_add(&history, &told, 0),
                     FORWARD_FINE); /* what has happened elsewhere is only noted */
    assert_int_equal(forward_history_hops(&history), 4);
    assert_int_equal(add(&history, "1002", "1002@A", 4), FORWARD_TOO_OFTEN);
    assert_int_equal(add(&history, "1002", "1002@A", 5), FORWARD_FINE);
    assert_true(forward_history_holds(&history, "1002@A", "1002"));
    assert_false(forward_history_holds(&history, "1005@A", "1005")); /* that of another host */
    told = hop("1006", "", "");
    assert_int_equal(forward_history_add(&history, &told, 0), FORWARD_FINE);
    assert_int_equal(add(&history, "1006", "1006@A", 60),
                     FORWARD_LOOP); /* it was here before, says the far side */
    forward_history_clear(&history);
}

static void read_text(const char *headers, struct forward_history *history) {
    static struct sip_message message;
    static char text[4096];
    (void)snprintf(text, sizeof text,
                   "INVITE sip:1@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: "
                   "<sip:a@h>;tag=1\r\nTo: "
                   "<sip:1@h>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n%sContent-Length: 0\r\n\r\n",
                   headers);
    assert_true(sip_message_parse(text, strlen(text), &message));
    assert_null(message.fault);
    call_diversion_read(&message, "192.0.2.9", true, history);
}

static void test_diversion(void **state) {
    struct forward_history history = {NULL, 0, 0};
    char text[4096];
    struct sip_writer writer;
    (void)state;
    read_text("Diversion: \"Bob\" "
              "<sip:1002@192.0.2.9>;reason=no-answer;counter=3;screen=yes,<sip:1001@other.example>;"
              "reason=\"strange "
              "one\"\r\nDiversion: <tel:+4420>;reason=user-busy;counter=0\r\n",
              &history);
    assert_int_equal(history.count, 3);
    assert_string_equal(history.hops[0].number, "+4420"); /* oldest first */
    assert_string_equal(history.hops[0].reason, "user-busy");
    assert_string_equal(history.hops[1].number, "1001");
    assert_string_equal(history.hops[1].host, "other.example");
    assert_string_equal(history.hops[1].reason, "unknown");
    assert_string_equal(history.hops[2].name, "Bob");
    assert_string_equal(history.hops[2].host, "");
    assert_int_equal(forward_history_hops(&history), 5);
    sip_writer_init(&writer, text, sizeof text - 1);
    call_diversion_write(&writer, &history, "192.0.2.9", true, NULL, NULL);
    text[writer.used] = '\0';
    assert_non_null(
        strstr(text, "Diversion: \"Bob\" "
                     "<sip:1002@192.0.2.9>;reason=no-answer;counter=3;privacy=off;screen=yes\r\n"
                     "Diversion: <sip:1001@other.example>;reason=unknown;counter=1;privacy=off;"
                     "screen=no\r\n"));
    forward_history_clear(&history);
    /* Who asks for privacy. */
    read_text("Diversion: \"Eve\" <sip:2000@pbx.example>;reason=user-busy;privacy=full;screen=yes"
              "\r\n",
              &history);
    sip_writer_init(&writer, text, sizeof text - 1);
    call_diversion_write(&writer, &history, "192.0.2.9", true, NULL, NULL);
    call_diversion_write(&writer, &history, "192.0.2.9", false, NULL, NULL);
    text[writer.used] = '\0';
    assert_string_equal(text,
                        "Diversion: \"Eve\" <sip:2000@pbx.example>;reason=user-busy;counter=1;"
                        "privacy=full;screen=yes\r\nDiversion: \"Anonymous\" "
                        "<sip:anonymous@anonymous.invalid>;reason=user-busy;counter=1;"
                        "privacy=full;screen=yes\r\n");
    forward_history_clear(&history);
    read_text(
        "Diversion: garbage\r\nDiversion: <sip:1@[2001:db8::1]>\r\nDiversion: <sip:x%0ay@a;b>\r\n",
        &history);
    assert_true(history.count <= 2);
    forward_history_clear(&history);
}

static void test_many_diversions(void **state) {
    struct forward_history history = {NULL, 0, 0};
    char text[16384];
    struct sip_writer writer;
    size_t lines = 0;
    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        char digits[16], key[32];
        (void)snprintf(digits, sizeof digits, "%u", 2000 + i);
        (void)snprintf(key, sizeof key, "%u@P", 2000 + i);
        assert_int_equal(add(&history, digits, key, 60), FORWARD_FINE);
    }
    sip_writer_init(&writer, text, sizeof text - 1);
    call_diversion_write(&writer, &history, "192.0.2.9", true, NULL, NULL);
    assert_false(writer.overflow);
    text[writer.used] = '\0';
    for (const char *at = text; (at = strstr(at, "Diversion: ")) != NULL; at++) {
        lines++;
    }
    assert_int_equal(lines, DIVERSIONS_MAX);
    assert_non_null(strstr(text, "<sip:2059@")); /* the latest */
    assert_non_null(strstr(text, "<sip:2000@")); /* and who was called in the first place */
    assert_null(strstr(text, "<sip:2001@"));
    forward_history_clear(&history);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_all_calls, setup),
        cmocka_unit_test_setup(test_ring_times, setup),
        cmocka_unit_test_setup(test_busy_and_gone, setup),
        cmocka_unit_test_setup(test_refusals, setup),
        cmocka_unit_test(test_history),
        cmocka_unit_test(test_diversion),
        cmocka_unit_test(test_many_diversions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
