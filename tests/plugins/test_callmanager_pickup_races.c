/* Call pickup that goes wrong: two at the same moment, a caller, a picker or the node that goes
 * away, media that nobody takes; the way back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pickup_kit.h"

static void answered_at_the_same_moment(void **state) {
    sj_testkit *kit = *state;
    char bob_rings[DIALOG], daves[DIALOG];
    pickup_world(kit);
    at_once(kit);
    rings(kit, alice, "1001", bob, "1002", bob_rings);
    pick(kit, dave, "1004", "pickup");
    (void)expect(kit, bob, "CANCEL");
    answer(kit, bob, bob_rings, 200, "bobs-answer");
    (void)expect(kit, bob, "ACK");
    (void)expect(kit, bob, "BYE");
    keep(daves, expect(kit, dave, "SIP/2.0 200"));
    within(kit, dave, "ACK", 1, daves);
    sj_testkit_advance(kit, 60);
    answer(kit, dave, expect(kit, dave, "INVITE"), 200, "daves-answer");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 200"), "daves-answer"));
}

/* Two press the key: one gets it. */
static void two_at_once(void **state) {
    sj_testkit *kit = *state;
    char bob_rings[DIALOG];
    pickup_world(kit);
    at_once(kit);
    put_number(kit, "1005", ",\"call_pickup_group\":\"Sales\"");
    rings(kit, alice, "1001", bob, "1002", bob_rings);
    pick(kit, dave, "1004", "pickup");
    (void)expect(kit, dave, "SIP/2.0 200");
    pick(kit, erin, "1005", "pickup");
    (void)expect(kit, erin, "SIP/2.0 503");
    assert_null(sent_to(kit, bob, "CANCEL"));
}

/* Alice hangs up at each moment of a pickup. */
static void caller_gives_up(void **state) {
    sj_testkit *kit = *state;
    for (int when = 0; when < 4; when++) {
        char ringing[DIALOG], daves[DIALOG];
        if (when == 0) {
            pickup_world(kit);
        } else if (when == 1) {
            at_once(kit);
        }
        dial(kit, alice, "1001", "1002");
        keep(ringing, expect(kit, bob, "INVITE"));
        answer(kit, bob, ringing, 180, "");
        char trying[DIALOG];
        keep(trying, expect(kit, alice, "SIP/2.0 100"));
        pick(kit, dave, "1004", "pickup");
        keep(daves, when == 0 ? "" : expect(kit, dave, "SIP/2.0 200"));
        stops_ringing(kit, bob, ringing);
        if (when == 0) {
            keep(ringing, expect(kit, dave, "INVITE"));
        }
        if (when > 1) {
            within(kit, dave, "ACK", 1, daves);
        }
        if (when == 3) {
            sj_testkit_advance(kit, 60);
            (void)expect(kit, dave, "INVITE");
        }
        char text[DIALOG];
        (void)snprintf(text, sizeof text,
                       "CANCEL sip:1002@127.0.0.1 SIP/2.0\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\n"
                       "Call-ID: %s\r\nCSeq: 1 CANCEL\r\nContent-Length: 0\r\n\r\n",
                       header(trying, "Via"), header(trying, "From"), header(trying, "To"),
                       header(trying, "Call-ID"));
        sj_testkit_forget(kit);
        send_text(kit, alice, 5060, text);
        (void)expect(kit, alice, "SIP/2.0 487");
        if (when == 0) {
            answer(kit, dave, ringing, 180, "");
            (void)expect(kit, dave, "CANCEL");
            answer(kit, dave, ringing, 487, "");
        } else {
            (void)expect(kit, dave, "BYE");
        }
        assert_null(sent_to(kit, bob, "INVITE"));
    }
}

/* The picker's phone hangs up before it has the media, at each moment of that: the call goes back
 * to Bob's, who answers it; on record it is his alone. */
static void picker_gives_up(void **state) {
    sj_testkit *kit = *state;
    pickup_world(kit);
    at_once(kit);
    for (int when = 0; when < 3; when++) {
        char ringing[DIALOG], daves[DIALOG], anew[DIALOG], alices[DIALOG];
        rings(kit, alice, "1001", bob, "1002", ringing);
        pick(kit, dave, "1004", "pickup");
        stops_ringing(kit, bob, ringing);
        keep(daves, expect(kit, dave, "SIP/2.0 200"));
        if (when > 0) {
            within(kit, dave, "ACK", 1, daves);
        }
        if (when > 1) {
            sj_testkit_advance(kit, 60);
            keep(anew, expect(kit, dave, "INVITE"));
        }
        sj_testkit_forget(kit);
        within(kit, dave, "BYE", 2, daves);
        (void)expect(kit, dave, "SIP/2.0 200");
        assert_null(sent_to(kit, alice, "SIP/2.0 487"));
        keep(ringing, expect(kit, bob, "INVITE"));
        if (when > 1) {
            answer(kit, dave, anew, 487, "");
            (void)expect(kit, dave, "ACK");
        }
        sj_testkit_advance(kit, 60);
        assert_null(sent_to(kit, dave, "INVITE"));
        answer(kit, bob, ringing, 200, "bobs-answer");
        keep(alices, expect(kit, alice, "SIP/2.0 200"));
        assert_non_null(strstr(alices, "bobs-answer"));
        within(kit, alice, "ACK", 1, alices);
        within(kit, alice, "BYE", 2, alices);
        answer(kit, bob, expect(kit, bob, "BYE"), 200, "");
        assert_null(sj_testkit_find(kit, "event", "call.picked_up"));
        const char *event = sj_testkit_find(kit, "event", "\"state\":\"ended\"");
        assert_non_null(event);
        assert_non_null(strstr(event, "\"called\":{\"number\":\"1002\""));
        sj_testkit_advance(kit, 40000);
    }
}

/* It never acknowledges the answer: the call goes back to Bob's. And what it wants to change
 * meanwhile has to wait. */
static void picker_vanishes(void **state) {
    sj_testkit *kit = *state;
    char ringing[DIALOG], daves[DIALOG];
    pickup_world(kit);
    at_once(kit);
    rings(kit, alice, "1001", bob, "1002", ringing);
    pick(kit, dave, "1004", "pickup");
    stops_ringing(kit, bob, ringing);
    keep(daves, expect(kit, dave, "SIP/2.0 200"));
    sj_testkit_forget(kit);
    within_with(kit, dave, "UPDATE", 2, daves, OFFER);
    (void)expect(kit, dave, "SIP/2.0 491");
    assert_null(sent_to(kit, alice, "UPDATE"));
    sj_testkit_advance(kit, 40000);
    (void)expect(kit, dave, "BYE");
    keep(ringing, expect(kit, bob, "INVITE"));
    answer(kit, bob, ringing, 200, "bobs-answer");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 200"), "bobs-answer"));
}

/* It only ever begins to answer the re-INVITE: after 32 s the call goes back to Bob's. */
static void media_never_taken(void **state) {
    sj_testkit *kit = *state;
    char ringing[DIALOG], daves[DIALOG];
    pickup_world(kit);
    at_once(kit);
    rings(kit, alice, "1001", bob, "1002", ringing);
    pick(kit, dave, "1004", "pickup");
    stops_ringing(kit, bob, ringing);
    keep(daves, expect(kit, dave, "SIP/2.0 200"));
    within(kit, dave, "ACK", 1, daves);
    sj_testkit_advance(kit, 60);
    answer(kit, dave, expect(kit, dave, "INVITE"), 183, "");
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 31500);
    assert_null(sent_to(kit, bob, "INVITE"));
    sj_testkit_advance(kit, 1000);
    (void)expect(kit, dave, "BYE");
    keep(ringing, expect(kit, bob, "INVITE"));
    answer(kit, bob, ringing, 200, "bobs-answer");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 200"), "bobs-answer"));
}

/* The node is stopped in the middle of it. */
static void node_stops(void **state) {
    sj_testkit *kit = *state;
    char ringing[DIALOG], daves[DIALOG];
    sj_error error = {0};
    pickup_world(kit);
    at_once(kit);
    rings(kit, alice, "1001", bob, "1002", ringing);
    pick(kit, dave, "1004", "pickup");
    keep(daves, expect(kit, dave, "SIP/2.0 200"));
    within(kit, dave, "ACK", 1, daves);
    assert_int_equal(sj_testkit_stop(kit, "callmanager", &error), SJ_OK);
}

/* By what the dialog event package tells: those who may pick up see which dialog rings. */

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(answered_at_the_same_moment),
        CASE(two_at_once),
        CASE(caller_gives_up),
        CASE(picker_gives_up),
        CASE(media_never_taken),
        CASE(picker_vanishes),
        CASE(node_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
