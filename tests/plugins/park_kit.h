/* Calls that are parked: numbers for them, and how Bob parks Alice and others take her. */
#ifndef TESTS_PARK_KIT_H
#define TESTS_PARK_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "resources/call_park.h"

#define OFFER                                                                                      \
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 "       \
    "RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\nm=video 4002 RTP/AVP "     \
    "97\r\n"

static inline void park_world(sj_testkit *kit) {
    put(kit, &sj_call_park_number_meta, "{\"pattern\":\"50[1-2]\",\"partition\":\"Internal\"}");
    put(kit, &sj_call_park_number_meta, "{\"pattern\":\"900\",\"partition\":\"PSTN\"}");
    put(kit, &sj_directed_call_park_meta,
        "{\"pattern\":\"60X\",\"partition\":\"Internal\",\"retrieval_prefix\":\"*7\"}");
    dave_registers(kit);
    both_register(kit);
}

/* Who is parked is asked for an offer, and told that there are no media. */
static inline void waits(sj_testkit *kit, const char *parked) {
    char text[DIALOG];
    sj_testkit_advance(kit, 60);
    (void)snprintf(text, sizeof text, "%s", expect(kit, parked, "INVITE"));
    assert_string_equal(header(text, "Content-Length"), "0");
    answer(kit, parked, text, 200, OFFER);
    const char *ack = expect(kit, parked, "ACK");
    assert_non_null(strstr(ack, "m=audio 9 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=inactive\r\n"));
    assert_non_null(strstr(ack, "m=video 0 RTP/AVP 97\r\n"));
}

/* Alice calls Bob, who parks her with that softkey at 501. */
static inline void park_alice_by(sj_testkit *kit, const char *key, char alice_bob[DIALOG],
                                 char bob_alice[DIALOG]) {
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    press_softkey(kit, bob, "1002", key, bob_alice);
    (void)expect(kit, bob, "SIP/2.0 202");
    waits(kit, alice);
    answer(kit, bob, expect(kit, bob, "BYE"), 200, "");
}

static inline void park_alice(sj_testkit *kit, char alice_bob[DIALOG], char bob_alice[DIALOG]) {
    park_alice_by(kit, "Park", alice_bob, bob_alice);
}

/* Somebody dials the number: the offer goes to who is parked, the answer comes back. */
static inline void retrieve(sj_testkit *kit, const char *from, const char *number,
                            const char *dialled, const char *parked, char dialog[DIALOG]) {
    phone_dials(kit, from, number, dialled);
    sj_testkit_advance(kit, 60);
    const char *text = expect(kit, parked, "INVITE");
    assert_non_null(strstr(text, "offer-sdp"));
    answer(kit, parked, text, 200, "parked-answer");
    (void)snprintf(dialog, DIALOG, "%s", expect(kit, from, "SIP/2.0 200"));
    assert_non_null(strstr(dialog, "parked-answer"));
    within(kit, from, "ACK", 1, dialog);
}

#endif
