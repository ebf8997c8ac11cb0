/* A conference of Bob's phone, whose bridge the test plays: with Alice, who was called first, and
 * Dave. */
#ifndef TESTS_CONFERENCE_KIT_H
#define TESTS_CONFERENCE_KIT_H

#include "media_service_kit.h"

#define SDP(direction)                                                                             \
    "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 4000 "       \
    "RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=" direction "\r\n"

static inline void hold(sj_testkit *kit, const char *from, int cseq, const char *dialog,
                        const char *at) {
    within_with(kit, from, "INVITE", cseq, dialog, SDP("sendonly"));
    answer(kit, at, expect(kit, at, "INVITE"), 200, SDP("recvonly"));
    sj_testkit_forget(kit);
    within(kit, from, "ACK", cseq, dialog);
    sj_testkit_advance(kit, 60);
    if (sent_to(kit, at, "INVITE") != NULL) { /* there is music */
        answer(kit, at, expect(kit, at, "INVITE"), 200, SDP("sendrecv"));
        sj_testkit_run(kit);
    }
    sj_testkit_forget(kit);
}

/* Bob has called Alice, put her on hold, and called Dave: his two dialogs, Alice's and Dave's. */
struct talks {
    char alices[DIALOG], bobs[DIALOG], consult[DIALOG], daves[DIALOG];
};

static inline void two_calls(sj_testkit *kit, struct talks *talks) {
    both_register(kit);
    dave_registers(kit);
    phones_talk(kit, bob, "1002", alice, "1001", talks->bobs, talks->alices);
    hold(kit, bob, 2, talks->bobs, alice);
    phones_talk(kit, bob, "1002", dave, "1004", talks->consult, talks->daves);
}

/* Asked for an offer, which the bridge answers. */
static inline void comes_in(sj_testkit *kit, const char *at) {
    const char *asked = expect(kit, at, "INVITE");
    assert_string_equal(header(asked, "Content-Length"), "0");
    assert_non_null(strstr(asked, "Conference"));
    answer(kit, at, asked, 200, SDP("sendrecv"));
    sj_testkit_run(kit);
    assert_non_null(strstr(expect(kit, at, "ACK"), "c=IN IP4 192.0.2.200"));
}

static inline void confer(sj_testkit *kit, struct talks *talks) {
    two_calls(kit, talks);
    press_softkey(kit, bob, "1002", "Conference", talks->bobs);
    sj_testkit_advance(kit, 40);
    (void)expect(kit, bob, "SIP/2.0 202");
    assert_string_equal(header(expect(kit, bob, "BYE"), "Call-ID"),
                        header(talks->consult, "Call-ID"));
    comes_in(kit, dave);
    comes_in(kit, alice);
    comes_in(kit, bob);
}

#endif
