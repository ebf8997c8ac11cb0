/* Bandwidth of calls that change hands: what is for help stays so, whoever comes into it; a call
 * takes the place of another. */
#include "bandwidth_kit.h"
#include "park_kit.h"
#include "resources/route_pattern.h"

/* Alice has called for help: the dialog as she has it. */
static void call_for_help(sj_testkit *kit, char alice_help[DIALOG]) {
    count(kit);
    places(kit);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"9.112\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\","
        "\"discard_digits\":\"pre_dot\",\"emergency_services_number\":true}");
    put(kit, &sj_call_park_number_meta, "{\"pattern\":\"501\",\"partition\":\"Internal\"}");
    sj_testkit_run(kit);
    dial(kit, "9112", SDP("0"));
    answer(kit, gateway, expect(kit, gateway, "INVITE"), 200, SDP("0"));
    (void)snprintf(alice_help, DIALOG, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, alice_help);
    were_asked("reserve Berlin-Berlin 64/0 emergency\n");
    sj_testkit_forget(kit);
}

static void a_call_for_help_is_put_through_as_such(void **state) {
    sj_testkit *kit = *state;
    char alice_help[DIALOG], offered[DIALOG], bob_help[DIALOG];
    call_for_help(kit, alice_help);
    lbm.mute = true; /* and it does not wait */
    refer_to(kit, alice, 2, alice_help, "<sip:1002@127.0.0.1>", "");
    were_asked("reserve Berlin-Rome 64/0 emergency replaces\n");
    lbm.mute = false;
    say_reserved(lbm.open);
    (void)snprintf(offered, sizeof offered, "%s", expect(kit, bob, "INVITE"));
    answer(kit, bob, offered, 200, SDP("0"));
    sj_testkit_advance(kit, 60);
    assert_non_null(strstr(lbm.asked, "reserve Berlin-Rome 64/0 emergency\n"));
    answer(kit, gateway, expect(kit, gateway, "INVITE"), 200, SDP("0"));
    /* Whoever has it now holds it, and resumes without being asked. */
    (void)snprintf(bob_help, sizeof bob_help,
                   "X\r\nFrom: %s;tag=peer\r\nTo: %s\r\nCall-ID: %s\r\n\r\n", header(offered, "To"),
                   header(offered, "From"), header(offered, "Call-ID"));
    lbm.asked[0] = '\0';
    sj_testkit_forget(kit);
    within_with(kit, bob, "INVITE", 2, bob_help, SDP("0") "a=inactive\r\n");
    answer(kit, gateway, expect(kit, gateway, "INVITE"), 200, SDP("0") "a=inactive\r\n");
    within(kit, bob, "ACK", 2, bob_help);
    were_asked("at_once 0/0 emergency\n");
    sj_testkit_forget(kit);
    within_with(kit, bob, "INVITE", 3, bob_help, SDP("0"));
    were_asked("");
    answer(kit, gateway, expect(kit, gateway, "INVITE"), 200, SDP("0"));
    were_asked("at_once 64/0 emergency\n");
}

/* Alice speaks with Bob meanwhile, and joins the two; the call with Bob alone is a call like any,
 * also when the two could not be joined. */
static void a_call_for_help_takes_another_one_along(void **state) {
    sj_testkit *kit = *state;
    char alice_help[DIALOG], alice_bob[DIALOG];
    call_for_help(kit, alice_help);
    dial(kit, "1002", SDP("0"));
    be_answered(kit, SDP("0"), alice_bob);
    were_asked("reserve Berlin-Rome 64/0\n");
    refer_attended(kit, alice, 2, alice_help, alice_bob);
    sj_testkit_advance(kit, 60);
    were_asked("release\nrelease\nreserve Berlin-Rome 64/0 emergency\n");
    answer(kit, bob, expect(kit, bob, "INVITE"), 488, "");
    sj_testkit_advance(kit, 60);
    were_asked("release\nreserve Berlin-Berlin 64/0 emergency in progress\n"
               "reserve Berlin-Rome 64/0 in progress\n");
}

static void a_call_for_help_is_parked_and_retrieved(void **state) {
    sj_testkit *kit = *state;
    char alice_help[DIALOG];
    call_for_help(kit, alice_help);
    press_softkey(kit, alice, "1001", "Park", alice_help);
    waits(kit, gateway);
    were_asked("release\n");
    phone_dials(kit, bob, "1002", "501");
    sj_testkit_advance(kit, 60);
    were_asked("reserve Berlin-Rome 64/0 emergency\n");
    (void)expect(kit, gateway, "INVITE");
}

/* Bob puts Alice through to Dave: what their call has counts for the one that takes its place,
 * until both have been given back; with Alice's consent or without. */
static void a_transfer_asks_for_the_difference(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    count(kit);
    dave_registers(kit);
    places(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    lbm.asked[0] = '\0';
    refer_to(kit, bob, 101, bob_alice, "<sip:1004@127.0.0.1>", "");
    were_asked("reserve Berlin-Berlin 64/0 replaces\n");
    answer(kit, dave, expect(kit, dave, "INVITE"), 200, SDP("0"));
    sj_testkit_advance(kit, 60);
    were_asked("release\nrelease\nreserve Berlin-Berlin 64/0\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call_for_help_is_put_through_as_such, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_for_help_takes_another_one_along, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_for_help_is_parked_and_retrieved, setup, teardown),
        cmocka_unit_test_setup_teardown(a_transfer_asks_for_the_difference, setup, teardown),
    };
    return cmocka_run_group_tests_name("bandwidth of transfers", tests, NULL, NULL);
}
