/* What strangers can make the call manager hold or send: half messages, connections, floods, long
 * answers to short questions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "sip/connection_limits.h"

static const char *const thief = "203.0.113.9";

static void test_half_a_message(void **state) {
    sj_testkit *kit = *state;
    sj_testkit_peer *slow = sj_testkit_connect(kit, PORT, thief, 40000);
    static const char half[] =
        "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 203.0.113.9;branch=z9hG4bK1\r\n";
    assert_non_null(slow);
    sj_testkit_write(slow, half, sizeof half - 1);
    sj_testkit_run(kit);
    sj_testkit_advance(kit, 5000);
    assert_false(sj_testkit_closed(slow));
    sj_testkit_advance(kit, 12000);
    assert_true(sj_testkit_closed(slow));
    assert_non_null(sj_testkit_find(kit, "log", "a message was not completed in time"));
}

/* One byte now and then does not keep it open for ever, either. */
static void test_a_byte_at_a_time(void **state) {
    sj_testkit *kit = *state;
    sj_testkit_peer *slow = sj_testkit_connect(kit, PORT, thief, 40000);
    for (int i = 0; i < 20 && !sj_testkit_closed(slow); i++) {
        sj_testkit_write(slow, "O", 1);
        sj_testkit_advance(kit, 1000);
    }
    assert_true(sj_testkit_closed(slow));
}

static void test_many_connections(void **state) {
    sj_testkit *kit = *state;
    size_t taken = 0;
    for (int i = 0; i < 400; i++) {
        taken += sj_testkit_connect(kit, PORT, thief, 20000 + i) != NULL ? 1 : 0;
    }
    assert_int_equal(taken, CONNECTIONS_UNPROVED_OF_SOURCE);
    assert_int_equal(sj_testkit_count(kit, "log", "too many connections"), 1);
    assert_non_null(
        sj_testkit_connect(kit, PORT, "192.0.2.50", 20000)); /* others have their own share */
    sj_testkit_advance(kit, 21000);                          /* they said nothing */
    assert_non_null(sj_testkit_connect(kit, PORT, thief, 30000));
}

/* A flood by one address leaves the others what they need. */
static void test_flood(void **state) {
    sj_testkit *kit = *state;
    char text[400];
    both_register(kit);
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(text, sizeof text,
                       "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                       "203.0.113.9:5060;branch=z9hG4bK%d\r\nFrom: <sip:t@x>;tag=1\r\n"
                       "To: <sip:x@x>\r\nCall-ID: %d\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: "
                       "70\r\nContent-Length: 0\r\n\r\n",
                       i, i);
        send_text(kit, thief, 5060, text);
    }
    assert_int_equal(sj_testkit_count(kit, "udp", "> 203.0.113.9:5060 SIP/2.0 200"), 2000);
    assert_int_equal(
        sj_testkit_count(kit, "log", "dropping messages: more than one source may send"), 1);
    register_phone(kit, alice, "SEP001122334401", "1001", 2, 3600);
    (void)expect(kit, alice, "SIP/2.0 200");
}

/* What is sent to an address that has proved nothing is at most three times what came from there,
 * repetitions included. */
static void test_no_amplification(void **state) {
    sj_testkit *kit = *state;
    static const char *const methods[] = {"OPTIONS", "INVITE", "REGISTER", "SUBSCRIBE", "PUBLISH",
                                          "NOTIFY",  "REFER",  "BYE",      "CANCEL",    "ACK",
                                          "INFO",    "UPDATE", "PRACK",    "MESSAGE",   "FOO"};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        for (int whole = 0; whole < 2; whole++) {
            char text[400];
            size_t sent = 0, length;
            const void *data;
            sj_address to;
            (void)snprintf(
                text, sizeof text,
                "%s sip:1002@a SIP/2.0\r\nv:SIP/2.0/UDP "
                "a;branch=z9hG4bK%zu%d\r\nf:<sip:a>\r\nt:<sip:a>\r\ni:1\r\nCSeq:1 %s\r\n%s\r\n",
                methods[i], i, whole, methods[i],
                whole ? "m:<sip:1001@a>\r\no:presence\r\nRequire:x\r\n" : "");
            sj_testkit_forget(kit);
            send_text(kit, thief, 5060, text);
            sj_testkit_advance(kit, 40000);
            for (size_t j = 0; sj_testkit_datagram_sent(kit, j, &to, &data, &length); j++) {
                char text_of_it[SJ_ADDRESS_TEXT];
                (void)sj_address_format(&to, text_of_it, sizeof text_of_it);
                sent += strcmp(text_of_it, thief) == 0 ? length : 0;
            }
            if (sent > 3 * strlen(text)) {
                sj_testkit_print(kit);
                fail_msg("%s of %zu bytes is answered with %zu", methods[i], strlen(text), sent);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_half_a_message, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_byte_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_connections, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flood, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_amplification, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
