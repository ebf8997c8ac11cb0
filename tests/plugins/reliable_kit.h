/* Calls with reliable provisional responses (RFC 3262) in the test kit: Alice calls Bob, by the SIP
 * profile of each. */
#ifndef RELIABLE_KIT_H
#define RELIABLE_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "resources/phone.h"
#include "resources/sip_profile.h"

#define ALL "send_prack_for_all_1xx_messages"
#define DESCRIBED "send_prack_if_1xx_contains_sdp"
#define SUPPORTED "Supported: 100rel\r\n"
#define CONTACT "uuid-1001@192.0.2.1:5060"

/* "" for no profile of their own. */
static inline void profiles(sj_testkit *kit, const char *of_alice, const char *of_bob) {
    static const char *const names[] = {"SEP001122334401", "SEP001122334402"}, *const numbers[] = {
                                                                                   "1001", "1002"};
    const char *const options[] = {of_alice, of_bob};
    for (int i = 0; i < 2; i++) {
        char text[600];
        (void)snprintf(text, sizeof text, "{\"name\":\"%s\",\"rel1xx_options\":\"%s\"}", numbers[i],
                       options[i][0] == '\0' ? "disabled" : options[i]);
        put(kit, &sj_sip_profile_meta, text);
        (void)snprintf(text, sizeof text,
                       "{\"name\":\"%s\",\"model\":\"Cisco 7841\",\"calling_search_space\":\"All\","
                       "\"sip_profile\":\"%s\",\"lines\":[{\"directory_number\":\"%s@Internal\"}]}",
                       names[i], numbers[i], numbers[i]);
        put(kit, &sj_phone_meta, text);
    }
    both_register(kit);
}

/* A PRACK of Alice's for a response that she has got. */
static inline void acknowledge(sj_testkit *kit, const char *response, int cseq, const char *rack,
                               const char *body) {
    char text[3000];
    (void)snprintf(text, sizeof text,
                   "PRACK sip:1002@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "192.0.2.1:5060;branch=z9hG4bKprack%d%s\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: "
                   "%s\r\nCall-ID: %s\r\nCSeq: %d PRACK\r\nRAck: %s\r\n%sContent-Length: %zu\r\n"
                   "\r\n%s",
                   cseq, body[0] != '\0' ? "b" : "", header(response, "From"),
                   header(response, "To"), header(response, "Call-ID"), cseq, rack,
                   body[0] != '\0' ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
    sj_testkit_forget(kit);
    send_text(kit, alice, 5060, text);
}

static inline const char *rack_of(const char *response) {
    static char rack[60];
    (void)snprintf(rack, sizeof rack, "%s 1 INVITE", header(response, "RSeq"));
    return rack;
}

/* What was sent to Alice last that begins so, kept. */
static inline const char *kept(sj_testkit *kit, const char *who, const char *head) {
    static char texts[4][4000];
    static unsigned turn;
    char *text = texts[turn++ % 4];
    (void)snprintf(text, sizeof texts[0], "%s", expect(kit, who, head));
    return text;
}

static inline void expect_text(const char *message, const char *text) {
    if (strstr(message, text) == NULL) {
        fail_msg("\"%s\" is not in:\n%s", text, message);
    }
}

#endif
