/* Ad hoc conferences: three and four parties on a bridge of a media service, who leaves, and what
 * is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conference_kit.h"
#include "resources/directory_number.h"
#include "resources/phone.h"

static const char *const erin = "192.0.2.5";

static void three_parties(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    struct talks talks;
    media_service_begin(kit, &service);
    confer(kit, &talks);
    assert_int_equal(service.conference.opened, 1);
    assert_int_equal(service.conference.joined, 3);
    assert_null(sent_to(kit, alice, "BYE"));
    assert_null(sent_to(kit, dave, "BYE"));
    /* Bob's phone goes on with the call that it had put on hold. */
    const char *refer = expect(kit, bob, "REFER");
    assert_non_null(strstr(refer, "<holdretrievereq>"));
    assert_non_null(strstr(refer, header(talks.bobs, "Call-ID")));
    sj_testkit_forget(kit);
    within_with(kit, bob, "INVITE", 3, talks.bobs, SDP("sendrecv"));
    sj_testkit_run(kit);
    assert_non_null(strstr(expect(kit, bob, "SIP/2.0 200"), "c=IN IP4 192.0.2.200"));
    within(kit, bob, "ACK", 3, talks.bobs);
    assert_int_equal(service.conference.joined, 4);
    /* Who hangs up leaves; nobody stays alone. */
    within(kit, dave, "BYE", 4, talks.daves);
    sj_testkit_advance(kit, 40);
    assert_int_equal(service.conference.left, 1);
    assert_null(sent_to(kit, alice, "BYE"));
    assert_null(sent_to(kit, bob, "BYE"));
    within(kit, bob, "BYE", 5, talks.bobs);
    sj_testkit_advance(kit, 40);
    (void)expect(kit, alice, "BYE");
    assert_int_equal(service.conference.left, 3);
    assert_int_equal(service.conference.closed, 1);
    assert_non_null(sj_testkit_find(kit, "event", "\"last_redirect_reason\":98"));
}

/* The key once more, with a further call. */
static void a_fourth(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    struct talks talks;
    char consult[DIALOG], erins[DIALOG];
    media_service_begin(kit, &service);
    confer(kit, &talks);
    put(kit, &sj_directory_number_meta, "{\"pattern\":\"1005\",\"partition\":\"Internal\"}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334405\",\"model\":\"Cisco 7841\","
        "\"lines\":[{\"directory_number\":\"1005@Internal\"}]}");
    register_phone(kit, erin, "SEP001122334405", "1005", 1, 3600);
    phones_talk(kit, bob, "1002", erin, "1005", consult, erins);
    press_softkey(kit, bob, "1002", "Conference", talks.bobs);
    sj_testkit_advance(kit, 40);
    (void)expect(kit, bob, "SIP/2.0 202");
    comes_in(kit, erin);
    assert_int_equal(service.conference.opened, 1);
    assert_int_equal(service.conference.joined, 4);
    assert_string_equal(header(expect(kit, bob, "BYE"), "Call-ID"), header(consult, "Call-ID"));
    assert_null(sent_to(kit, bob, "INVITE"));
}

/* Without a media service: the calls stay as they are, and the user sees why. */
static void refused(void **state) {
    sj_testkit *kit = *state;
    struct talks talks;
    two_calls(kit, &talks);
    press_softkey(kit, bob, "1002", "Conference", talks.bobs);
    sj_testkit_advance(kit, 40);
    assert_non_null(strstr(expect(kit, bob, "SIP/2.0 603"), "needs a media service"));
    assert_non_null(strstr(expect(kit, bob, "REFER"), "Conference is not possible"));
    assert_null(sent_to(kit, alice, "INVITE"));
    assert_null(sent_to(kit, bob, "BYE"));
    within(kit, bob, "BYE", 2, talks.consult);
    sj_testkit_forget(kit);
    press_softkey(kit, bob, "1002", "Conference", talks.bobs);
    assert_non_null(strstr(expect(kit, bob, "SIP/2.0 603"), "no second call"));
}

/* The bridge takes nobody, or a phone does not come: whoever does not come in is let go. */
static void not_joined(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    struct talks talks;
    media_service_begin(kit, &service);
    two_calls(kit, &talks);
    press_softkey(kit, bob, "1002", "Conference", talks.bobs);
    sj_testkit_advance(kit, 40);
    answer(kit, dave, expect(kit, dave, "INVITE"), 488, "");
    (void)expect(kit, dave, "BYE");
    service.refuses_joins = true;
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, SDP("sendrecv"));
    sj_testkit_advance(kit, 40);
    assert_non_null(strstr(expect(kit, alice, "ACK"), "a=inactive"));
    (void)expect(kit, alice, "BYE");
    (void)expect(kit, bob, "BYE");
    sj_testkit_run(kit);
    assert_int_equal(service.conference.closed, 1);
}

/* The service stops while a conference is on, and while one is asked for. */
static void node_stops(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    struct talks talks;
    media_service_begin(kit, &service);
    confer(kit, &talks);
    phones_talk(kit, dave, "1004", alice, "1001", talks.consult, talks.daves);
    press_softkey(kit, bob, "1002", "Conference", talks.bobs);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(three_parties), CASE(a_fourth), CASE(refused), CASE(not_joined), CASE(node_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
