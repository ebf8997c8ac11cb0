/* Music on hold: what the call manager asks of a media service, and what it does without one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "media_service_kit.h"

#define SDP(address, direction)                                                                    \
    "v=0\r\no=- 1 1 IN IP4 " address "\r\ns=-\r\nc=IN IP4 " address "\r\nt=0 0\r\nm=audio 4000 "   \
    "RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=" direction "\r\n"
#define ALICES(direction) SDP("192.0.2.1", direction)
#define BOBS(direction) SDP("192.0.2.2", direction)

/* Bob puts Alice on hold; her side of the call, and his. */
static void holds(sj_testkit *kit, char alice_bob[DIALOG], char bob_alice[DIALOG]) {
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    within_with(kit, bob, "INVITE", 2, bob_alice, BOBS("sendonly"));
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, ALICES("recvonly"));
    (void)expect(kit, bob, "SIP/2.0 200");
    sj_testkit_forget(kit);
    within(kit, bob, "ACK", 2, bob_alice);
    sj_testkit_advance(kit, 60);
}

static void resumes(sj_testkit *kit, const char *bob_alice) {
    sj_testkit_forget(kit);
    within_with(kit, bob, "INVITE", 3, bob_alice, BOBS("sendrecv"));
    const char *offer = expect(kit, alice, "INVITE");
    assert_non_null(strstr(offer, "c=IN IP4 192.0.2.2"));
    answer(kit, alice, offer, 200, ALICES("sendrecv"));
    assert_non_null(strstr(expect(kit, bob, "SIP/2.0 200"), "a=sendrecv"));
    within(kit, bob, "ACK", 3, bob_alice);
    sj_testkit_advance(kit, 60);
}

/* Who is held is asked for an offer, and gets the service's answer; then the holder's again. */
static void held_and_resumed(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    both_register(kit);
    media_service_begin(kit, &service);
    holds(kit, alice_bob, bob_alice);
    const char *asked = expect(kit, alice, "INVITE");
    assert_string_equal(header(asked, "Content-Length"), "0");
    assert_non_null(strstr(asked, "\"Bob\" <sip:1002@"));
    answer(kit, alice, asked, 200, ALICES("sendrecv"));
    sj_testkit_run(kit);
    assert_non_null(strstr(expect(kit, alice, "ACK"), "c=IN IP4 192.0.2.200"));
    assert_string_equal(service.offer, ALICES("sendrecv"));
    assert_string_equal(service.number, "1001");
    resumes(kit, bob_alice);
    assert_int_equal(service.music.closed, 1);
    assert_int_equal(service.music.opened, 1);
    within(kit, alice, "BYE", 4, alice_bob);
    (void)expect(kit, bob, "BYE");
}

/* The holder hangs up, or puts the other through: the music ends. */
static void ends_with_the_call(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    both_register(kit);
    dave_registers(kit);
    media_service_begin(kit, &service);
    for (unsigned transfers = 0; transfers < 2; transfers++) {
        holds(kit, alice_bob, bob_alice);
        answer(kit, alice, expect(kit, alice, "INVITE"), 200, ALICES("sendrecv"));
        sj_testkit_run(kit);
        sj_testkit_forget(kit);
        if (transfers == 0) {
            within(kit, bob, "BYE", 3, bob_alice);
            (void)expect(kit, alice, "BYE");
        } else {
            refer_to(kit, bob, 3, bob_alice, "<sip:1004@127.0.0.1>", "");
            answer(kit, dave, expect(kit, dave, "INVITE"), 200, SDP("192.0.2.4", "sendrecv"));
            sj_testkit_advance(kit, 60);
            assert_non_null(strstr(expect(kit, alice, "INVITE"), "c=IN IP4 192.0.2.4"));
        }
        sj_testkit_run(kit);
        assert_int_equal(service.music.closed, transfers + 1);
        sj_testkit_advance(kit, 40000);
    }
}

/* Resumed before the held party has answered: that is asked to wait. */
static void resumed_meanwhile(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    both_register(kit);
    media_service_begin(kit, &service);
    holds(kit, alice_bob, bob_alice);
    within_with(kit, bob, "INVITE", 3, bob_alice, BOBS("sendrecv"));
    (void)expect(kit, bob, "SIP/2.0 491");
    answer(kit, alice, expect(kit, alice, "INVITE"), 488, "");
    sj_testkit_run(kit);
    assert_int_equal(service.music.closed, 1);
    assert_null(sent_to(kit, bob, "BYE"));
}

/* Without a service, or when it refuses, the call is on hold as it was. */
static void no_music(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    both_register(kit);
    holds(kit, alice_bob, bob_alice);
    assert_null(sent_to(kit, alice, "INVITE"));
    within(kit, bob, "BYE", 3, bob_alice);
    sj_testkit_advance(kit, 40000);
    media_service_begin(kit, &service);
    service.refuses_joins = true;
    holds(kit, alice_bob, bob_alice);
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, ALICES("sendrecv"));
    sj_testkit_run(kit);
    assert_non_null(strstr(expect(kit, alice, "ACK"), "a=inactive"));
    assert_int_equal(service.music.closed, 1);
    resumes(kit, bob_alice);
}

/* Phones that mix others in, and those of other makers, are left as they are. */
static void not_for_those_who_mix(void **state) {
    sj_testkit *kit = *state;
    static struct media_service service;
    char alice_bob[DIALOG], bob_alice[DIALOG], text[DIALOG];
    both_register(kit);
    media_service_begin(kit, &service);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    (void)snprintf(text, sizeof text,
                   "INVITE sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch="
                   "z9hG4bKfocus\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\n"
                   "CSeq: 2 INVITE\r\nContact: <sip:peer@192.0.2.2:5060>;isfocus\r\n"
                   "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
                   header(bob_alice, "From"), header(bob_alice, "To"), header(bob_alice, "Call-ID"),
                   strlen(BOBS("sendonly")), BOBS("sendonly"));
    send_text(kit, bob, 5060, text);
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, ALICES("recvonly"));
    within(kit, bob, "ACK", 2, bob_alice);
    sj_testkit_advance(kit, 60);
    assert_int_equal(service.music.opened, 0);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(held_and_resumed), CASE(ends_with_the_call),    CASE(resumed_meanwhile),
        CASE(no_music),         CASE(not_for_those_who_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
