/* Park monitoring: what the phone that has parked a call is told, where the call goes when nobody
 * takes it; and the lamps of park numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "parameters/call_manager.h"
#include "park_kit.h"
#include "resources/directory_number.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "subscription_kit.h"

/* The phone is told so in the dialog of its REFER. */
static void is_told(sj_testkit *kit, const char *address, const char *word, bool last) {
    char wanted[100];
    const char *text = expect(kit, address, "NOTIFY");
    (void)snprintf(wanted, sizeof wanted, "<call:park><event>%s</event></call:park>", word);
    assert_non_null(strstr(text, wanted));
    assert_non_null(strstr(text, last ? "<state>terminated</state>" : "<state>confirmed</state>"));
    assert_non_null(strstr(text, "entity=\"501@127.0.0.1\""));
    assert_string_equal(header(text, "Event"), "refer");
    assert_non_null(strstr(header(text, "Subscription-State"),
                           last ? "terminated;reason=noresource" : "active;expires="));
    answer(kit, address, text, 200, "");
    if (!last) {
        sj_testkit_forget(kit);
    }
}

static void begin(sj_testkit *kit, char alice_bob[DIALOG], char bob_alice[DIALOG]) {
    park_world(kit);
    park_alice_by(kit, "ParkMonitor", alice_bob, bob_alice);
}

/* Shorter than phones stay registered without a refresh. */
static void set_timers(sj_testkit *kit, const char *first_s, const char *periodic_s) {
    const struct {
        const sj_param_meta *parameter;
        const char *seconds;
    } timers[] = {
        {&sj_param_ccm_park_monitoring_reversion_timer_meta, first_s},
        {&sj_param_ccm_park_monitoring_periodic_reversion_timer_meta, periodic_s},
        {&sj_param_ccm_park_monitoring_forward_no_retrieve_timer_meta, "40"},
    };
    for (size_t i = 0; i < sizeof timers / sizeof timers[0]; i++) {
        assert_int_equal(sj_testkit_set_param(kit, timers[i].parameter, timers[i].seconds, NULL),
                         SJ_OK);
    }
}

static void bob_has(sj_testkit *kit, const char *fields) {
    char text[500];
    (void)snprintf(text, sizeof text, "{\"pattern\":\"1002\",\"partition\":\"Internal\",%s}",
                   fields);
    put(kit, &sj_directory_number_meta, text);
}

/* The dialog is that of the REFER: with the tag of its answer; and the status line shows where. */
static void told_in_the_dialog(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], accepted[DIALOG], dave_alice[DIALOG];
    park_world(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    press_softkey(kit, bob, "1002", "ParkMonitor", bob_alice);
    (void)snprintf(accepted, sizeof accepted, "%s", expect(kit, bob, "SIP/2.0 202"));
    waits(kit, alice);
    answer(kit, bob, expect(kit, bob, "BYE"), 200, "");
    const char *text = expect(kit, bob, "NOTIFY");
    assert_string_equal(header(text, "Call-ID"), header(accepted, "Call-ID"));
    char tag[80];
    (void)snprintf(tag, sizeof tag, "%s", tag_of(header(accepted, "To")));
    assert_string_equal(tag_of(header(text, "From")), tag);
    assert_string_equal(tag_of(header(text, "To")), "k");
    assert_non_null(strstr(header(text, "Subscription-State"), "active;expires=360"));
    assert_non_null(strstr(expect(kit, bob, "REFER"), "<statustext>\x80!501</statustext>"));
    is_told(kit, bob, "parked", false);
    retrieve(kit, dave, "1004", "501", alice, dave_alice);
    is_told(kit, bob, "retrieved", true);
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 3, alice_bob);
    assert_null(sent_to(kit, bob, "NOTIFY"));
}

/* Reminded after 60 s and each 15 s from then on; after 100 s it rings at Bob's again. */
static void reminded(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    set_timers(kit, "60", "15");
    begin(kit, alice_bob, bob_alice);
    is_told(kit, bob, "parked", false);
    sj_testkit_advance(kit, 59000);
    assert_null(sent_to(kit, bob, "NOTIFY"));
    sj_testkit_advance(kit, 1500);
    is_told(kit, bob, "reminder", false);
    for (int i = 0; i < 2; i++) {
        sj_testkit_advance(kit, 15000);
        is_told(kit, bob, "reminder", false);
    }
    assert_null(sent_to(kit, bob, "INVITE"));
    sj_testkit_advance(kit, 10000);
    assert_non_null(sj_testkit_find(kit, "event", "call.park_reverted"));
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "bobs-offer");
    is_told(kit, bob, "forwarded", true);
    sj_testkit_advance(kit, 60);
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, "alices-answer");
    (void)expect(kit, bob, "ACK");
    assert_non_null(sj_testkit_find(kit, "event", "\"last_redirect_reason\":450,"));
}

/* With 0 at once, and each 15 s. */
static void reminded_at_once(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    set_timers(kit, "0", "15");
    begin(kit, alice_bob, bob_alice);
    is_told(kit, bob, "parked", false);
    sj_testkit_advance(kit, 60);
    is_told(kit, bob, "reminder", false);
    sj_testkit_advance(kit, 15000);
    is_told(kit, bob, "reminder", false);
}

/* Bob's number says where it goes: a destination for callers of the cluster, which is out of reach
 * without its calling search space, and sooner reminders. */
static void forwarded(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    park_world(kit);
    bob_has(kit, "\"park_monitoring_reversion_timer\":10,"
                 "\"forward_no_retrieve_external_destination\":\"1002\","
                 "\"forward_no_retrieve_internal_destination\":\"1004\","
                 "\"forward_no_retrieve_internal_calling_search_space\":\"Phones\"");
    set_timers(kit, "60", "0");
    park_alice_by(kit, "ParkMonitor", alice_bob, bob_alice);
    is_told(kit, bob, "parked", false);
    sj_testkit_advance(kit, 10500);
    is_told(kit, bob, "reminder", false);
    sj_testkit_advance(kit, 39000);
    assert_null(sent_to(kit, bob, "NOTIFY")); /* one only */
    sj_testkit_advance(kit, 1500);
    answer(kit, dave, expect(kit, dave, "INVITE"), 200, "daves-offer");
    assert_null(sent_to(kit, bob, "INVITE"));
    assert_non_null(sj_testkit_find(kit, "event", "\"destination\":\"1004\""));
    is_told(kit, bob, "forwarded", true);
    sj_testkit_advance(kit, 60);
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, "alices-answer");
    (void)expect(kit, dave, "ACK");
    assert_non_null(sj_testkit_find(kit, "event", "\"last_redirect_reason\":434,"));
}

/* What is withdrawn meanwhile counts no more: it goes back to Bob. */
static void destination_withdrawn(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    park_world(kit);
    bob_has(kit, "\"forward_no_retrieve_internal_destination\":\"1004\","
                 "\"forward_no_retrieve_internal_calling_search_space\":\"Phones\"");
    set_timers(kit, "10", "0");
    park_alice_by(kit, "ParkMonitor", alice_bob, bob_alice);
    bob_has(kit, "\"description\":\"Bob\"");
    sj_testkit_advance(kit, 52000);
    (void)expect(kit, bob, "INVITE");
    assert_null(sent_to(kit, dave, "INVITE"));
}

/* She hangs up; both do; his phone has gone: it is told nothing, and her call goes on. */
static void abandoned(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], dave_alice[DIALOG];
    begin(kit, alice_bob, bob_alice);
    is_told(kit, bob, "parked", false);
    within(kit, alice, "BYE", 3, alice_bob);
    is_told(kit, bob, "abandoned", true);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    press_softkey(kit, bob, "1002", "ParkMonitor", bob_alice);
    within(kit, alice, "BYE", 4, alice_bob);
    within(kit, bob, "BYE", 101, bob_alice);
    is_told(kit, bob, "error", true);
    sj_testkit_advance(kit, 60);
    park_alice_by(kit, "ParkMonitor", alice_bob, bob_alice);
    is_told(kit, bob, "parked", false);
    register_phone(kit, bob, "SEP001122334402", "1002", 20, 0);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 70000);
    assert_null(sent_to(kit, bob, "NOTIFY"));
    retrieve(kit, dave, "1004", "501", alice, dave_alice);
}

/* Her phone does not take it. A key that is refused tells nothing. */
static void not_parked(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    park_world(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    press_softkey(kit, bob, "1002", "ParkMonitor", bob_alice);
    sj_testkit_advance(kit, 60);
    answer(kit, alice, expect(kit, alice, "INVITE"), 488, "");
    assert_non_null(strstr(expect(kit, bob, "REFER"), "\x80^"));
    is_told(kit, bob, "error", true);
    for (int i = 0; i < 2; i++) {
        put(kit, &sj_call_park_number_meta,
            i == 0 ? "{\"pattern\":\"50[1-2]\",\"partition\":\"PSTN\"}"
                   : "{\"pattern\":\"50[1-2]\",\"partition\":\"Internal\"}");
    }
    press_softkey(kit, dave, "1004", "ParkMonitor", bob_alice); /* a call of Bob's */
    (void)expect(kit, dave, "SIP/2.0 481");
    assert_null(sent_to(kit, dave, "NOTIFY"));
}

/* The node is stopped: the phone is told that the call waits no more. */
static void node_stops(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    sj_error error = {0};
    begin(kit, alice_bob, bob_alice);
    is_told(kit, bob, "parked", false);
    assert_int_equal(sj_testkit_stop(kit, "callmanager", &error), SJ_OK);
    assert_non_null(strstr(expect(kit, bob, "NOTIFY"), "<event>abandoned</event>"));
}

/* A visitor's phone is reminded as the user's own is, and her number says where the call goes. */
static void by_a_visitor(void **state) {
    sj_testkit *kit = *state;
    static const char *const desk = "192.0.2.77";
    char dave_desk[DIALOG], desk_dave[DIALOG];
    park_world(kit);
    emcc_world(kit);
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1001\",\"partition\":\"Internal\",\"calling_search_space\":\"All\","
        "\"forward_no_retrieve_internal_destination\":\"1002\","
        "\"forward_no_retrieve_internal_calling_search_space\":\"Phones\"}");
    register_phone(kit, alice, "SEP001122334401", "1001", 20, 0);
    register_phone(kit, desk, "SEP00AABBCCDD01", "1001", 1, 3600);
    set_timers(kit, "60", "0");
    phones_talk(kit, dave, "1004", desk, "1001", dave_desk, desk_dave);
    press_softkey(kit, desk, "1001", "ParkMonitor", desk_dave);
    waits(kit, dave);
    answer(kit, desk, expect(kit, desk, "BYE"), 200, "");
    is_told(kit, desk, "parked", false);
    sj_testkit_advance(kit, 60500);
    is_told(kit, desk, "reminder", false);
    sj_testkit_advance(kit, 41000);
    (void)expect(kit, bob, "INVITE");
    assert_null(sent_to(kit, desk, "INVITE"));
}

/* ---- lamps of park numbers ---- */

static void lamp(sj_testkit *kit, const char *event, const char *text) {
    sj_testkit_advance(kit, 60);
    const char *notify = expect(kit, plain, "NOTIFY");
    assert_string_equal(header(notify, "Event"), event);
    assert_non_null(strstr(notify, text));
    assert_null(strstr(notify, "1001")); /* who waits is nobody else's business */
    answer(kit, plain, notify, 200, "");
    sj_testkit_forget(kit);
}

static void lamps(void **state) {
    static const struct {
        const char *event, *free, *taken;
    } packages[] = {{"dialog", "<state>terminated</state>", "<state>confirmed</state>"},
                    {"presence", "<e:activities></e:activities>", "<e:on-the-phone/>"}};
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    park_world(kit);
    watcher(kit);
    for (size_t i = 0; i < sizeof packages / sizeof packages[0]; i++) {
        subscribe(kit, plain, "501", packages[i].event);
        lamp(kit, packages[i].event, packages[i].free);
        park_alice(kit, alice_bob, bob_alice);
        lamp(kit, packages[i].event, packages[i].taken);
        within(kit, alice, "BYE", 3 + (int)i, alice_bob);
        lamp(kit, packages[i].event, packages[i].free);
    }
    subscribe(kit, plain, "900", "dialog"); /* out of its reach */
    (void)expect(kit, plain, "SIP/2.0 404");
    put(kit, &sj_phone_meta,
        "{\"name\":\"plain-phone\",\"model\":\"Third-party SIP Device (Advanced)\","
        "\"lines\":[{\"directory_number\":\"1005@Internal\"}]}");
    sj_testkit_advance(kit, 1500); /* now that one is, too */
    assert_non_null(sj_testkit_find(kit, "log", "watches 501@Internal no more (presence)"));
}

/* By the digits that retrieve it, as a key of a plain phone has them. */
static void lamp_of_retrieval(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    park_world(kit);
    watcher(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    subscribe(kit, plain, "*7605", "dialog");
    lamp(kit, "dialog", "<state>terminated</state>");
    refer_to(kit, bob, 101, bob_alice, "<sip:605@127.0.0.1>", "");
    waits(kit, alice);
    lamp(kit, "dialog", "<state>confirmed</state>");
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(told_in_the_dialog),    CASE(reminded),  CASE(reminded_at_once),  CASE(forwarded),
        CASE(destination_withdrawn), CASE(abandoned), CASE(not_parked),        CASE(node_stops),
        CASE(by_a_visitor),          CASE(lamps),     CASE(lamp_of_retrieval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
