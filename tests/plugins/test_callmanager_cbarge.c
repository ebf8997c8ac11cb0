/* cBarge: a phone adds itself to the call of another phone of its line, on a bridge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conference_kit.h"
#include "resources/phone.h"

static const char *const second = "192.0.2.5", *const third = "192.0.2.6";

/* One more phone with Bob's line. */
static void share(sj_testkit *kit, const char *address, const char *name, const char *more) {
    char text[400];
    (void)snprintf(text, sizeof text,
                   "{\"name\":\"%s\",\"model\":\"Cisco 7841\",\"calling_search_space\":\"All\",%s"
                   "\"lines\":[{\"directory_number\":\"1002@Internal\",\"display\":\"Bob B\"}]}",
                   name, more);
    put(kit, &sj_phone_meta, text);
    register_phone(kit, address, name, "1002", 1, 3600);
}

/* Alice and Bob talk; their dialogs. */
static void talk(sj_testkit *kit, char alices[DIALOG], char bobs[DIALOG]) {
    both_register(kit);
    share(kit, second, "SEP001122334405", "");
    share(kit, third, "SEP001122334406", "");
    phones_talk(kit, alice, "1001", bob, "1002", alices, bobs);
}

/* The key, in Bob's call, as others see his dialog. */
static void press_cbarge(sj_testkit *kit, const char *from, const char *caller, const char *bobs,
                         const char *body) {
    char lines[600], contact[80];
    (void)snprintf(lines, sizeof lines,
                   "Join: %s;to-tag=%s;from-tag=%s\r\nCall-Info: <urn:x-cisco-remotecc:cbarge>\r\n",
                   header(bobs, "Call-ID"), tag_of(header(bobs, "From")),
                   tag_of(header(bobs, "To")));
    (void)snprintf(contact, sizeof contact, "uuid-1002@%s:5060", from);
    sj_testkit_forget(kit);
    invite_with(kit, from, contact, "1002", caller, lines, body[0] == '\0' ? "" : "application/sdp",
                body);
    sj_testkit_advance(kit, 40);
}

/* The three are on the bridge, and then a fourth; who hangs up leaves. */
static void on_a_bridge(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    char alices[DIALOG], bobs[DIALOG], seconds[DIALOG], thirds[DIALOG];
    media_service_begin(kit, &service);
    talk(kit, alices, bobs);
    press_cbarge(kit, second, "1002", bobs, SDP("sendrecv"));
    (void)snprintf(seconds, DIALOG, "%s", expect(kit, second, "SIP/2.0 200"));
    assert_non_null(strstr(seconds, "c=IN IP4 192.0.2.200"));
    assert_non_null(strstr(seconds, "Conference"));
    within(kit, second, "ACK", 1, seconds);
    comes_in(kit, alice);
    comes_in(kit, bob);
    assert_int_equal(service.conference.opened, 1);
    assert_int_equal(service.conference.joined, 3);
    assert_null(sent_to(kit, bob, "BYE"));
    assert_non_null(sj_testkit_find(kit, "event", "\"last_redirect_reason\":114"));
    press_cbarge(kit, third, "Bob", bobs, SDP("sendrecv"));
    (void)snprintf(thirds, DIALOG, "%s", expect(kit, third, "SIP/2.0 200"));
    within(kit, third, "ACK", 1, thirds);
    assert_int_equal(service.conference.opened, 1);
    assert_int_equal(service.conference.joined, 4);
    sj_testkit_forget(kit);
    within(kit, bob, "BYE", 7, bobs); /* whose conference it is */
    within(kit, alice, "BYE", 7, alices);
    sj_testkit_advance(kit, 40);
    assert_null(sent_to(kit, second, "BYE"));
    within(kit, second, "BYE", 7, seconds);
    sj_testkit_advance(kit, 40);
    (void)expect(kit, third, "BYE");
    assert_int_equal(service.conference.closed, 1);
}

/* Without a bridge, or where it takes nobody more, the call goes on as it was, and the phone shows
 * why. */
static void without_a_bridge(void **state) {
    sj_testkit *kit = *state;
    char alices[DIALOG], bobs[DIALOG];
    talk(kit, alices, bobs);
    press_cbarge(kit, second, "1002", bobs, SDP("sendrecv"));
    assert_non_null(strstr(expect(kit, second, "SIP/2.0 603"), "needs a conference bridge"));
    assert_non_null(strstr(expect(kit, second, "REFER"), "needs a conference bridge"));
    press_cbarge(kit, third, "Bob", bobs, "");
    assert_non_null(strstr(expect(kit, third, "SIP/2.0 488"), "offer"));
    assert_null(sent_to(kit, alice, "INVITE"));
    assert_null(sent_to(kit, bob, "INVITE"));
    within(kit, alice, "BYE", 7, alices);
    (void)expect(kit, bob, "BYE");
}

/* Who is in the call, and who may not see it, does not come in. */
static void may_not(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    char alices[DIALOG], bobs[DIALOG];
    media_service_begin(kit, &service);
    talk(kit, alices, bobs);
    press_cbarge(kit, bob, "1002", bobs, SDP("sendrecv"));
    assert_non_null(strstr(expect(kit, bob, "SIP/2.0 603"), "is in the call"));
    share(kit, bob, "SEP001122334402", "\"privacy\":true,");
    press_cbarge(kit, second, "1002", bobs, SDP("sendrecv"));
    (void)expect(kit, second, "SIP/2.0 403");
    assert_int_equal(service.conference.opened, 0);
}

/* The bridge is open when nobody wants it any more, and when the call is over. */
static void too_late(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    char alices[DIALOG], bobs[DIALOG];
    media_service_begin(kit, &service);
    service.slow = true;
    talk(kit, alices, bobs);
    press_cbarge(kit, second, "1002", bobs, SDP("sendrecv"));
    assert_null(sent_to(kit, second, "SIP/2.0 200"));
    gives_up(kit, second, "1002");
    (void)expect(kit, second, "SIP/2.0 487");
    media_service_opens(&service);
    sj_testkit_advance(kit, 40);
    assert_int_equal(service.conference.closed, 1);
    assert_null(sent_to(kit, bob, "INVITE"));
    press_cbarge(kit, third, "Bob", bobs, SDP("sendrecv"));
    within(kit, alice, "BYE", 7, alices);
    media_service_opens(&service);
    sj_testkit_advance(kit, 40);
    assert_non_null(strstr(expect(kit, third, "SIP/2.0 491"), "has changed meanwhile"));
    assert_int_equal(service.conference.closed, 2);
}

/* The bridge has no place for the one who barges: the others have their conference. */
static void bridge_is_full(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    char alices[DIALOG], bobs[DIALOG];
    media_service_begin(kit, &service);
    service.refuses_joins = true;
    talk(kit, alices, bobs);
    press_cbarge(kit, second, "1002", bobs, SDP("sendrecv"));
    (void)expect(kit, second, "SIP/2.0 503");
    service.refuses_joins = false;
    comes_in(kit, alice);
    comes_in(kit, bob);
    assert_null(sent_to(kit, bob, "BYE"));
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(on_a_bridge), CASE(without_a_bridge), CASE(may_not),
        CASE(too_late),    CASE(bridge_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
