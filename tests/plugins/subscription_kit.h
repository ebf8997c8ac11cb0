/* Plain phones that watch numbers: they subscribe, and are told. */
#ifndef TESTS_SUBSCRIPTION_KIT_H
#define TESTS_SUBSCRIPTION_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "parameters/call_manager.h"
#include "resources/calling_search_space.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "resources/phone_security_profile.h"
#include "resources/presence_group.h"
#include "subscriptions/subscription.h"

static const char *const plain = "192.0.2.7", *const other = "192.0.2.8",
                         *const visitor = "203.0.113.5";

/* ---- a plain phone that watches: 1005, and another one: 1006 ---- */

static inline void plain_phone(sj_testkit *kit, const char *address, const char *name,
                               const char *number, const char *more) {
    char text[1000];
    (void)snprintf(text, sizeof text, "{\"pattern\":\"%s\",\"partition\":\"Internal\"}", number);
    put(kit, &sj_directory_number_meta, text);
    (void)snprintf(text, sizeof text,
                   "{\"name\":\"%s\",\"model\":\"Third-party SIP Device (Advanced)\",%s"
                   "\"lines\":[{\"directory_number\":\"%s@Internal\"}]}",
                   name, more, number);
    put(kit, &sj_phone_meta, text);
    (void)snprintf(text, sizeof text,
                   "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bKr\r\n"
                   "From: <sip:%s@x>;tag=1\r\nTo: <sip:%s@127.0.0.1>\r\nCall-ID: reg-%s\r\n"
                   "CSeq: 1 REGISTER\r\nContact: <sip:%s@%s:5060>\r\nExpires: 3600\r\n\r\n",
                   address, name, name, name, number, address);
    send_text(kit, address, 5060, text);
    (void)expect(kit, address, "SIP/2.0 200");
    sj_testkit_forget(kit);
}

#define WATCHES "\"subscribe_calling_search_space\":\"Phones\","

static inline void watcher(sj_testkit *kit) {
    plain_phone(kit, plain, "plain-phone", "1005", WATCHES);
}

/* `tag`: in From, and `call`: in Call-ID, which name the dialog together with the tag in To. */
static inline void subscribe_as(sj_testkit *kit, const char *from, const char *tag,
                                const char *call, const char *number, int cseq, const char *to,
                                const char *event, int expires, const char *more) {
    static int branch;
    char text[2000];
    (void)snprintf(text, sizeof text,
                   "SUBSCRIBE sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "%s:5060;branch=z9hG4bKs%d\r\nFrom: <sip:1005@x>;tag=%s\r\nTo: %s\r\n"
                   "Call-ID: sub-%s-%s-%s\r\nCSeq: %d SUBSCRIBE\r\nContact: <sip:phone@%s:5060>\r\n"
                   "Event: %s\r\nExpires: %d\r\n%sContent-Length: 0\r\n\r\n",
                   number, from, ++branch, tag, to, from, number, call, cseq, from, event, expires,
                   more);
    sj_testkit_forget(kit);
    send_text(kit, from, 5060, text);
}

static inline void subscribe_with(sj_testkit *kit, const char *from, const char *number, int cseq,
                                  const char *to, const char *event, int expires,
                                  const char *more) {
    subscribe_as(kit, from, "1", event, number, cseq, to, event, expires, more);
}

static inline void subscribe(sj_testkit *kit, const char *from, const char *number,
                             const char *event) {
    subscribe_with(kit, from, number, 1, "<sip:who@x>", event, 600, "");
}

/* The newest NOTIFY, answered; what was sent before is forgotten. */
static inline const char *told_with(sj_testkit *kit, const char *to, int status) {
    static char text[8192];
    (void)snprintf(text, sizeof text, "%s", expect(kit, to, "NOTIFY"));
    sj_testkit_forget(kit);
    answer(kit, to, text, status, "");
    return text;
}

static inline const char *told(sj_testkit *kit, const char *to) {
    return told_with(kit, to, 200);
}

static inline const char *told_soon(sj_testkit *kit, const char *to) {
    sj_testkit_advance(kit, 40);
    return told(kit, to);
}

static inline void expect_text(const char *message, const char *text) {
    if (strstr(message, text) == NULL) {
        fail_msg("\"%s\" is not in:\n%s", text, message);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_both_families, teardown)

#endif
