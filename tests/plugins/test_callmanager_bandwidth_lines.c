/* Bandwidth of calls that several phones share: what each party of a conference takes to the
 * bridge, of barge, and of a call that goes on at another phone; nothing is left behind. */
#include "bandwidth_kit.h"
#include "media_service_kit.h"
#include "resources/directory_number.h"

#define AUDIO(direction)                                                                           \
    "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 4000 "       \
    "RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=" direction "\r\n"

static const char *const second = "192.0.2.5";

static void keep(char dialog[DIALOG], const char *message) {
    (void)snprintf(dialog, DIALOG, "%s", message);
}

/* A call with audio on both sides. */
static void talk(sj_testkit *kit, const char *from, const char *number, const char *at,
                 const char *to, char caller[DIALOG], char callee[DIALOG]) {
    char contact[80];
    (void)snprintf(contact, sizeof contact, "uuid-%s@%s:5060", number, from);
    sj_testkit_forget(kit);
    invite_with(kit, from, contact, to, number, "", "application/sdp", AUDIO("sendrecv"));
    answer(kit, at, expect(kit, at, "INVITE"), 200, AUDIO("sendrecv"));
    keep(caller, expect(kit, from, "SIP/2.0 200"));
    within(kit, from, "ACK", 1, caller);
    turned_round(expect(kit, at, "ACK"), callee);
    sj_testkit_forget(kit);
}

static void hold(sj_testkit *kit, const char *from, int cseq, const char *dialog, const char *at) {
    within_with(kit, from, "INVITE", cseq, dialog, AUDIO("sendonly"));
    answer(kit, at, expect(kit, at, "INVITE"), 200, AUDIO("recvonly"));
    sj_testkit_forget(kit);
    within(kit, from, "ACK", cseq, dialog);
    sj_testkit_advance(kit, 60);
    if (sent_to(kit, at, "INVITE") != NULL) { /* there is music */
        answer(kit, at, expect(kit, at, "INVITE"), 200, AUDIO("sendrecv"));
        sj_testkit_run(kit);
    }
    sj_testkit_forget(kit);
}

static void comes_in(sj_testkit *kit, const char *at) {
    answer(kit, at, expect(kit, at, "INVITE"), 200, AUDIO("sendrecv"));
    sj_testkit_run(kit);
}

/* Bob in Rome has Alice and Dave, both in Berlin, in a conference whose bridge is in Rome. */
static void a_conference(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    char alices[DIALOG], bobs[DIALOG], consult[DIALOG], daves[DIALOG];
    count(kit);
    places(kit);
    dave_registers(kit);
    media_service_begin(kit, &service);
    service.location = "Rome";
    talk(kit, bob, "1002", alice, "1001", bobs, alices);
    hold(kit, bob, 2, bobs, alice);
    talk(kit, bob, "1002", dave, "1004", consult, daves);
    were_asked("reserve Rome-Berlin 64/0\nreserve Rome-Berlin 64/0\n");
    press_softkey(kit, bob, "1002", "Conference", bobs);
    sj_testkit_advance(kit, 40);
    comes_in(kit, dave);
    comes_in(kit, alice);
    comes_in(kit, bob);
    were_asked("release\nrelease\n"
               "reserve Berlin-Rome 64/0 in progress\nreserve Berlin-Rome 64/0 in progress\n"
               "reserve Rome-Rome 64/0 in progress\n");
    /* Bob's phone goes on: his stream is the one that is counted. */
    within_with(kit, bob, "INVITE", 3, bobs, AUDIO("sendrecv"));
    sj_testkit_run(kit);
    within(kit, bob, "ACK", 3, bobs);
    were_asked("");
    assert_int_equal(lbm.known, 3);
    within(kit, dave, "BYE", 4, daves);
    sj_testkit_advance(kit, 40);
    were_asked("release\n");
    within(kit, bob, "BYE", 5, bobs);
    sj_testkit_advance(kit, 40);
    were_asked("release\nrelease\n");
    assert_int_equal(lbm.known, 0);
}

/* A party that does not come in takes nothing, nor does one whom the bridge refuses. */
static void a_conference_that_fails(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    char alices[DIALOG], bobs[DIALOG], consult[DIALOG], daves[DIALOG];
    count(kit);
    places(kit);
    dave_registers(kit);
    media_service_begin(kit, &service);
    talk(kit, bob, "1002", alice, "1001", bobs, alices);
    hold(kit, bob, 2, bobs, alice);
    talk(kit, bob, "1002", dave, "1004", consult, daves);
    service.refuses_joins = true;
    press_softkey(kit, bob, "1002", "Conference", bobs);
    sj_testkit_advance(kit, 40);
    answer(kit, dave, expect(kit, dave, "INVITE"), 488, "");
    comes_in(kit, alice);
    sj_testkit_advance(kit, 40);
    assert_int_equal(lbm.known, 0);
}

/* One more phone with Bob's line, in Berlin. */
static void share(sj_testkit *kit) {
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334405\",\"model\":\"Cisco 7841\",\"calling_search_space\":\"All\","
        "\"lines\":[{\"directory_number\":\"1002@Internal\"}]}");
    register_phone(kit, second, "SEP001122334405", "1002", 1, 3600);
}

/* Bob holds in Rome, and the call goes on at his other phone. */
static void resumed_elsewhere(void **state) {
    sj_testkit *kit = *state;
    char alices[DIALOG], bobs[DIALOG], resumed[DIALOG];
    count(kit);
    places(kit);
    share(kit);
    talk(kit, bob, "1002", alice, "1001", bobs, alices);
    hold(kit, bob, 2, bobs, alice);
    were_asked("reserve Rome-Berlin 64/0\n");
    invite_with(kit, second, "uuid-1002@192.0.2.5:5060", "1002", "1002", "", "application/sdp",
                AUDIO("sendrecv"));
    sj_testkit_advance(kit, 60);
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, AUDIO("sendrecv"));
    keep(resumed, expect(kit, second, "SIP/2.0 200"));
    within(kit, second, "ACK", 1, resumed);
    answer(kit, bob, expect(kit, bob, "BYE"), 200, "");
    sj_testkit_run(kit);
    were_asked("release\nreserve Berlin-Berlin 64/0\n");
    assert_int_equal(lbm.known, 1);
    within(kit, second, "BYE", 2, resumed);
    sj_testkit_run(kit);
    were_asked("release\n");
    assert_int_equal(lbm.known, 0);
}

/* Bob's other phone adds itself to his call: what it sends goes to his phone, which mixes. */
static void barge(void **state) {
    sj_testkit *kit = *state;
    char alices[DIALOG], bobs[DIALOG], join[400], barged[DIALOG];
    count(kit);
    places(kit);
    share(kit);
    sj_testkit_forget(kit);
    invite_with(kit, alice, CONTACT, "1002", "1001", "", "application/sdp", AUDIO("sendrecv"));
    answer(kit, second, expect(kit, second, "INVITE"), 486, "");
    answer_with(kit, bob, expect(kit, bob, "INVITE"), 200, "Supported: join\r\n",
                AUDIO("sendrecv"));
    keep(alices, expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, alices);
    turned_round(expect(kit, bob, "ACK"), bobs);
    were_asked("reserve Berlin-Berlin 64/0\nreserve Berlin-Rome 64/0\nrelease\n");
    (void)snprintf(join, sizeof join, "Join: %s;to-tag=%s;from-tag=%s\r\n", header(bobs, "Call-ID"),
                   tag_of(header(bobs, "From")), tag_of(header(bobs, "To")));
    sj_testkit_forget(kit);
    invite_with(kit, second, "uuid-1002@192.0.2.5:5060", "1002", "Bob", join, "application/sdp",
                AUDIO("sendrecv"));
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, AUDIO("sendrecv"));
    keep(barged, expect(kit, second, "SIP/2.0 200"));
    within(kit, second, "ACK", 1, barged);
    were_asked("reserve Berlin-Rome 64/0\n");
    assert_int_equal(lbm.known, 2);
    within(kit, second, "BYE", 2, barged);
    within(kit, alice, "BYE", 2, alices);
    sj_testkit_run(kit);
    were_asked("release\nrelease\n");
    assert_int_equal(lbm.known, 0);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_conference),
        CASE(a_conference_that_fails),
        CASE(resumed_elsewhere),
        CASE(barge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
