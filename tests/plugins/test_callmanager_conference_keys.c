/* The keys of conferences: who is in one and is removed (ConfList, RmLastConf), and calls that are
 * put together (Select, Join). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conference_kit.h"
#include "resources/directory_number.h"
#include "resources/phone.h"

static const char *const erin = "192.0.2.5";

/* On the page with who is in the conference. */
static void choose(sj_testkit *kit, const char *from, const char *number, const char *conference,
                   const char *choice) {
    char text[600];
    (void)snprintf(text, sizeof text,
                   "--b\r\nContent-Type: application/x-cisco-remotecc-request+xml\r\n\r\n"
                   "<x-cisco-remotecc-request><datapassthroughreq><applicationid>1"
                   "</applicationid><transactionid>0</transactionid><confid>%s</confid>"
                   "</datapassthroughreq></x-cisco-remotecc-request>\r\n--b\r\n"
                   "Content-Type: application/x-cisco-remotecc-cm+xml\r\n\r\n%s\r\n--b--\r\n",
                   conference, choice);
    sj_testkit_forget(kit);
    send_remote_control(kit, from, number, "multipart/mixed;boundary=b", text);
}

static void press(sj_testkit *kit, const char *from, const char *number, const char *key,
                  const char *dialog) {
    sj_testkit_forget(kit);
    press_softkey(kit, from, number, key, dialog);
    sj_testkit_advance(kit, 40);
}

/* The page shows these, in that order, and nobody else. */
static void shows(sj_testkit *kit, const char *at, const char *const names[]) {
    const char *place = expect(kit, at, "REFER");
    size_t count = 0;
    assert_non_null(strstr(place, "<CiscoIPPhoneMenu>"));
    for (; names[count] != NULL; count++) {
        char item[100];
        (void)snprintf(item, sizeof item, "<MenuItem>\r\n<Name>%s</Name>", names[count]);
        place = strstr(place, item);
        assert_non_null(place);
        place++;
    }
    assert_null(strstr(place, "<MenuItem>"));
}

/* Bob, whose conference it is, sees the others in the order in which he called them, and removes
 * one; the others see them, too. */
static void conference_list(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    struct talks talks;
    media_service_begin(kit, &service);
    confer(kit, &talks);
    press(kit, bob, "1002", "ConfList", talks.bobs);
    (void)expect(kit, bob, "SIP/2.0 202");
    shows(kit, bob, (const char *const[]){"Alice", "Bob B", "Dave", NULL});
    const char *page = expect(kit, bob, "REFER");
    assert_non_null(strstr(page, "<confid>1</confid>"));
    assert_non_null(strstr(page, "UserCallData:1:0:1:0:3<"));
    assert_non_null(strstr(page, "UserCallDataSoftKey:Select:1:0:1:0:Remove<"));
    choose(kit, bob, "1002", "1", "Update");
    shows(kit, bob, (const char *const[]){"Alice", "Bob B", "Dave", NULL});
    choose(kit, bob, "1002", "1", "3"); /* without the key it is just looked at */
    assert_null(sent_to(kit, dave, "BYE"));
    choose(kit, bob, "1002", "1", "Remove");
    (void)expect(kit, bob, "SIP/2.0 202");
    choose(kit, bob, "1002", "1", "3");
    (void)expect(kit, dave, "BYE");
    shows(kit, bob, (const char *const[]){"Alice", "Bob B", NULL});
    sj_testkit_advance(kit, 40);
    assert_null(sent_to(kit, alice, "BYE"));
    assert_int_equal(service.conference.left, 1);
    press(kit, alice, "1001", "ConfDetails", talks.alices);
    shows(kit, alice, (const char *const[]){"Alice", "Bob B", NULL});
    assert_null(strstr(expect(kit, alice, "REFER"), "Remove"));
    choose(kit, alice, "1001", "1", "Remove");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 603"), "has begun a conference"));
}

/* Who withholds a number is not named. */
static void private_party(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    struct talks talks;
    media_service_begin(kit, &service);
    both_register(kit);
    dave_registers(kit);
    sj_testkit_forget(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "Privacy: id;user\r\n");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP("sendrecv"));
    (void)snprintf(talks.alices, DIALOG, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, talks.alices);
    turned_round(expect(kit, bob, "ACK"), talks.bobs);
    phones_talk(kit, bob, "1002", dave, "1004", talks.consult, talks.daves);
    press(kit, bob, "1002", "Conference", talks.bobs);
    comes_in(kit, dave);
    comes_in(kit, alice);
    comes_in(kit, bob);
    press(kit, bob, "1002", "ConfList", talks.bobs);
    shows(kit, bob, (const char *const[]){"Private", "Bob", "Dave", NULL});
}

/* The one who came last is removed, and then the one before: nobody is left alone. */
static void removes_the_last(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    struct talks talks;
    media_service_begin(kit, &service);
    confer(kit, &talks);
    press(kit, alice, "1001", "RmLastConf", talks.alices);
    (void)expect(kit, alice, "SIP/2.0 603");
    assert_non_null(strstr(expect(kit, alice, "REFER"), "Nobody can be removed"));
    press(kit, bob, "1002", "RmLastConf", talks.bobs);
    (void)expect(kit, bob, "SIP/2.0 202");
    (void)expect(kit, dave, "BYE");
    assert_null(sent_to(kit, alice, "BYE"));
    press(kit, bob, "1002", "RmLastConf", talks.bobs);
    (void)expect(kit, alice, "BYE");
    (void)expect(kit, bob, "BYE");
    assert_int_equal(service.conference.closed, 1);
    choose(kit, bob, "1002", "1", "Update");
    (void)expect(kit, bob, "SIP/2.0 603");
}

/* In a call that is no conference. */
static void no_conference(void **state) {
    sj_testkit *kit = *state;
    struct talks talks;
    two_calls(kit, &talks);
    press(kit, bob, "1002", "ConfList", talks.bobs);
    (void)expect(kit, bob, "SIP/2.0 603");
    assert_non_null(strstr(expect(kit, bob, "REFER"), "There is no conference"));
    press(kit, bob, "1002", "RmLastConf", talks.bobs);
    (void)expect(kit, bob, "SIP/2.0 603");
    choose(kit, bob, "1002", "7", "Update");
    (void)expect(kit, bob, "SIP/2.0 603");
}

/* Three calls of Bob's phone become one conference. */
static void join(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    struct talks talks;
    char erins[DIALOG], third[DIALOG];
    media_service_begin(kit, &service);
    two_calls(kit, &talks);
    put(kit, &sj_directory_number_meta, "{\"pattern\":\"1005\",\"partition\":\"Internal\"}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334405\",\"model\":\"Cisco 7841\","
        "\"lines\":[{\"directory_number\":\"1005@Internal\"}]}");
    register_phone(kit, erin, "SEP001122334405", "1005", 1, 3600);
    phones_talk(kit, bob, "1002", erin, "1005", third, erins);
    press(kit, bob, "1002", "Select", talks.consult);
    (void)expect(kit, bob, "SIP/2.0 202");
    press(kit, bob, "1002", "Select", third);
    press(kit, bob, "1002", "Join", talks.bobs);
    (void)expect(kit, bob, "SIP/2.0 202");
    const char *refer = expect(kit, bob, "REFER");
    assert_non_null(strstr(refer, "<feature>Join</feature>\r\n<status>Complete</status>"));
    assert_non_null(strstr(refer, header(talks.bobs, "Call-ID")));
    comes_in(kit, dave);
    comes_in(kit, erin);
    comes_in(kit, alice);
    comes_in(kit, bob);
    assert_int_equal(service.conference.opened, 1);
    assert_int_equal(service.conference.joined, 4);
    press(kit, bob, "1002", "ConfList", talks.bobs);
    (void)expect(kit, bob, "SIP/2.0 202");
    within(kit, bob, "BYE", 7, talks.bobs);
    sj_testkit_advance(kit, 40);
    assert_null(sent_to(kit, alice, "BYE"));
    within(kit, alice, "BYE", 7, talks.alices);
    within(kit, dave, "BYE", 7, talks.daves);
    sj_testkit_advance(kit, 40);
    (void)expect(kit, erin, "BYE");
    assert_int_equal(service.conference.closed, 1);
}

/* Without a bridge, or another call, the calls stay as they are. */
static void not_joined(void **state) {
    sj_testkit *kit = *state;
    struct talks talks;
    two_calls(kit, &talks);
    press(kit, bob, "1002", "Select", talks.consult);
    press(kit, bob, "1002", "Join", talks.bobs);
    assert_non_null(strstr(expect(kit, bob, "SIP/2.0 603"), "needs a media service"));
    assert_non_null(strstr(expect(kit, bob, "REFER"), "<statustext>\x80S</statustext>"));
    assert_null(sent_to(kit, bob, "BYE"));
    press(kit, alice, "1001", "Join", talks.alices);
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 603"), "no second call"));
    assert_non_null(strstr(expect(kit, alice, "REFER"), "<statustext>\x80S</statustext>"));
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(conference_list), CASE(private_party), CASE(removes_the_last),
        CASE(no_conference),   CASE(join),          CASE(not_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
