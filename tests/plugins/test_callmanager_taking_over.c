/* An INVITE takes the place of a party (Replaces, retrieval of a parked call), and its time runs
 * out, or the node ends the other call, before it has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "park_kit.h"

/* Bob's phone wants to take over its own call within a second. */
static void wants_the_place(sj_testkit *kit, const char *bob_alice, const char *offer) {
    char more[500];
    (void)snprintf(more, sizeof more, "Expires: 1\r\nReplaces: %s;to-tag=%s;from-tag=%s\r\n",
                   header(bob_alice, "Call-ID"), tag_of(header(bob_alice, "To")),
                   tag_of(header(bob_alice, "From")));
    invite_with(kit, bob, "uuid-1002@192.0.2.2:5060", "1001", "1002", more, "application/sdp",
                offer);
}

static void bob_is_refused(sj_testkit *kit) {
    assert_non_null(strstr(header(expect(kit, bob, "SIP/2.0 487"), "Warning"), "has expired"));
    assert_null(sent_to(kit, alice, "BYE"));
}

static void they_go_on(sj_testkit *kit, const char *alice_bob) {
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 3, alice_bob);
    (void)expect(kit, alice, "SIP/2.0 200");
    (void)expect(kit, bob, "BYE");
    sj_testkit_advance(kit, 40000);
}

/* The call is busy with an INFO that Bob does not answer before the time is over. */
static void expires_while_it_waits(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], info[DIALOG];
    both_register(kit);
    for (int offers = 0; offers < 2; offers++) {
        phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
        within(kit, alice, "INFO", 2, alice_bob);
        (void)snprintf(info, sizeof info, "%s", expect(kit, bob, "INFO"));
        wants_the_place(kit, bob_alice, offers ? "second-offer" : "");
        sj_testkit_advance(kit, 1500);
        bob_is_refused(kit);
        sj_testkit_forget(kit);
        answer(kit, bob, info, 200, "");
        (void)expect(kit, alice, "SIP/2.0 200");
        sj_testkit_advance(kit, 1000);
        assert_null(sent_to(kit, alice, "INVITE"));
        they_go_on(kit, alice_bob);
    }
}

/* Alice's phone has been asked for the new media: both get back what they had. */
static void expires_while_media_are_agreed(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], asked[DIALOG];
    both_register(kit);
    for (int offers = 0; offers < 2; offers++) {
        phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
        wants_the_place(kit, bob_alice, offers ? "second-offer" : "");
        sj_testkit_advance(kit, 60);
        (void)snprintf(asked, sizeof asked, "%s", expect(kit, alice, "INVITE"));
        sj_testkit_advance(kit, 1500);
        bob_is_refused(kit);
        assert_null(sent_to(kit, bob, "BYE"));
        sj_testkit_forget(kit);
        answer(kit, alice, asked, 200, "too-late");
        (void)expect(kit, alice, "ACK");
        sj_testkit_advance(kit, 60);
        answer(kit, bob, expect(kit, bob, "INVITE"), 200, "bobs-media");
        sj_testkit_advance(kit, 60);
        answer(kit, alice, expect(kit, alice, "INVITE"), 200, "alices-media");
        assert_non_null(strstr(expect(kit, bob, "ACK"), "alices-media"));
        they_go_on(kit, alice_bob);
    }
}

/* Whoever dials the number of a parked call has a second for it: she stays parked. */
static void retrieval_expires(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], asked[DIALOG];
    park_world(kit);
    park_alice(kit, alice_bob, bob_alice);
    sj_testkit_forget(kit);
    invite(kit, dave, "uuid-1004@192.0.2.4:5060", "501", "1004", "Expires: 1\r\n");
    sj_testkit_advance(kit, 60);
    (void)snprintf(asked, sizeof asked, "%s", expect(kit, alice, "INVITE"));
    sj_testkit_advance(kit, 1500);
    (void)expect(kit, dave, "SIP/2.0 487");
    sj_testkit_forget(kit);
    answer(kit, alice, asked, 200, OFFER);
    (void)expect(kit, alice, "ACK");
    waits(kit, alice);
    assert_null(sent_to(kit, alice, "BYE"));
}

/* The node stops while somebody waits for the place of another. */
static void node_stops(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    sj_error error = {0};
    both_register(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    within(kit, alice, "INFO", 2, alice_bob);
    wants_the_place(kit, bob_alice, "second-offer");
    sj_testkit_advance(kit, 60);
    assert_int_equal(sj_testkit_stop(kit, "callmanager", &error), SJ_OK);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(expires_while_it_waits),
        CASE(expires_while_media_are_agreed),
        CASE(retrieval_expires),
        CASE(node_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
