/* The test keeps count of bandwidth, and writes down what it is asked; Alice in Berlin, Bob in
 * Rome. */
#ifndef TESTS_BANDWIDTH_KIT_H
#define TESTS_BANDWIDTH_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "events/bandwidth.h"
#include "resources/device_pool.h"
#include "resources/location.h"
#include "resources/phone.h"

#define SDP(formats) "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 6000 RTP/AVP " formats "\r\n"
#define VIDEO "m=video 6002 RTP/AVP 126\r\nb=TIAS:320000\r\n"
#define CONTACT "uuid-1001@192.0.2.1:5060"

/* Whoever keeps count. */
static struct counter {
    sj_scope *scope;
    sj_handle *answers[4];
    sj_bandwidth_outcome next; /* of the next question that takes bandwidth */
    int64_t known;             /* what bandwidth.renew tells */
    char asked[4096];          /* all questions, a line each */
    bool mute;                 /* reservations are not answered for now */
    sj_question *open;
    int64_t lease_s; /* 0: 60 */
    int renewals;
} lbm;

static inline int64_t lease_s(void) {
    return lbm.lease_s != 0 ? lbm.lease_s : 60;
}

static inline void note(const char *format, ...) SJ_PRINTF(1, 2);
static inline void note(const char *format, ...) {
    const size_t used = strlen(lbm.asked);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(lbm.asked + used, sizeof lbm.asked - used, format, arguments);
    va_end(arguments);
}

static inline const char *short_of(sj_bandwidth_outcome outcome) {
    return outcome == SJ_BANDWIDTH_OUTCOME_REFUSED ? "Not Enough Bandwidth: the link is full" : "";
}

static inline void say_reserved(sj_question *question) {
    const sj_bandwidth_reserve_reply reply = {
        .outcome = lbm.next, .message = short_of(lbm.next), .place = "", .lease_s = lease_s()};
    lbm.known += lbm.next == SJ_BANDWIDTH_OUTCOME_REFUSED ? 0 : 1;
    lbm.next = SJ_BANDWIDTH_OUTCOME_ADMITTED;
    sj_reply_bandwidth_reserve(lbm.scope, question, &reply);
}

static inline void on_reserve(void *user, sj_question *question,
                              const sj_bandwidth_reserve *request) {
    (void)user;
    note("reserve %s%s%s-%s%s%s %d/%d%s%s%s%s%s\n", request->from_cluster,
         request->from_cluster[0] == '\0' ? "" : "/", request->from_location, request->to_cluster,
         request->to_cluster[0] == '\0' ? "" : "/", request->to_location,
         (int)request->audio_bit_rate, (int)request->video_bit_rate,
         request->emergency ? " emergency" : "", request->in_progress ? " in progress" : "",
         request->retry_video_as_audio ? "" : " whole",
         request->traffic_class == SJ_VIDEO_TRAFFIC_CLASS_IMMERSIVE ? " immersive" : "",
         request->replaces[0] == '\0' ? "" : " replaces");
    if (strcmp(request->from_location, "Atlantis") == 0) {
        sj_fail(lbm.scope, question, SJ_E_NOT_FOUND, "there is no location \"Atlantis\"");
    } else if (lbm.mute) {
        lbm.open = question;
    } else {
        say_reserved(question);
    }
}

static inline void on_adjust(void *user, sj_question *question,
                             const sj_bandwidth_adjust *request) {
    const sj_bandwidth_adjust_reply reply = {
        .outcome = lbm.next, .message = short_of(lbm.next), .place = "", .lease_s = lease_s()};
    (void)user;
    note("%s %d/%d%s", sj_bandwidth_adjust_step_text(request->step), (int)request->audio_bit_rate,
         (int)request->video_bit_rate, request->emergency ? " emergency" : "");
    if (request->moves && (request->step == SJ_BANDWIDTH_ADJUST_STEP_AT_ONCE ||
                           request->step == SJ_BANDWIDTH_ADJUST_STEP_PROPOSE)) {
        note(" to %s%s%s-%s%s%s", request->from_cluster,
             request->from_cluster[0] == '\0' ? "" : "/", request->from_location,
             request->to_cluster, request->to_cluster[0] == '\0' ? "" : "/", request->to_location);
    }
    note("\n");
    if (strcmp(request->from_location, "Atlantis") == 0) {
        sj_fail(lbm.scope, question, SJ_E_NOT_FOUND, "there is no location \"Atlantis\"");
        return;
    }
    lbm.next = SJ_BANDWIDTH_OUTCOME_ADMITTED;
    sj_reply_bandwidth_adjust(lbm.scope, question, &reply);
}

static inline void on_release(void *user, sj_question *question,
                              const sj_bandwidth_release *request) {
    const sj_bandwidth_release_reply reply = {.released = true};
    (void)user;
    (void)request;
    note("release\n");
    lbm.known--;
    sj_reply_bandwidth_release(lbm.scope, question, &reply);
}

static inline void on_renew(void *user, sj_question *question, const sj_bandwidth_renew *request) {
    lbm.renewals++;
    const sj_bandwidth_renew_reply reply = {.calls = lbm.known, .lease_s = lease_s()};
    (void)user;
    (void)request;
    sj_reply_bandwidth_renew(lbm.scope, question, &reply);
}

/* The call manager does not know it yet. */
static inline void count_at_once(sj_testkit *kit) {
    memset(&lbm, 0, sizeof lbm);
    lbm.scope = sj_testkit_scope(kit);
    lbm.answers[0] = sj_answer_bandwidth_reserve(lbm.scope, on_reserve, NULL, NULL);
    lbm.answers[1] = sj_answer_bandwidth_adjust(lbm.scope, on_adjust, NULL, NULL);
    lbm.answers[2] = sj_answer_bandwidth_release(lbm.scope, on_release, NULL, NULL);
    lbm.answers[3] = sj_answer_bandwidth_renew(lbm.scope, on_renew, NULL, NULL);
}

static inline void count(sj_testkit *kit) {
    count_at_once(kit);
    sj_testkit_advance(kit, 1100);
    assert_non_null(sj_testkit_find(kit, "log", "admitted by the Location Bandwidth Manager"));
}

static inline void count_no_more(void) {
    for (size_t i = 0; i < 4; i++) {
        sj_handle_close(lbm.scope, lbm.answers[i]);
    }
}

static inline void were_asked(const char *expected) {
    assert_string_equal(lbm.asked, expected);
    lbm.asked[0] = '\0';
}

/* Alice in Berlin, Bob in Rome. */
static inline void places(sj_testkit *kit) {
    sj_device_pool *pool = NULL;
    sj_phone *phone = NULL;
    put(kit, &sj_location_meta, "{\"name\":\"Berlin\"}");
    put(kit, &sj_location_meta, "{\"name\":\"Rome\"}");
    assert_int_equal(sj_device_pool_get(sj_testkit_scope(kit), "Default", &pool, NULL), SJ_OK);
    pool->location = "Berlin";
    assert_int_equal(sj_device_pool_put(sj_testkit_scope(kit), pool, SJ_PUT_REPLACE, NULL), SJ_OK);
    sj_record_free(sj_testkit_scope(kit), pool);
    assert_int_equal(sj_phone_get(sj_testkit_scope(kit), "SEP001122334402", &phone, NULL), SJ_OK);
    phone->location = "Rome";
    assert_int_equal(sj_phone_put(sj_testkit_scope(kit), phone, SJ_PUT_REPLACE, NULL), SJ_OK);
    sj_record_free(sj_testkit_scope(kit), phone);
    both_register(kit);
}

static inline void dial(sj_testkit *kit, const char *number, const char *body) {
    sj_testkit_forget(kit);
    invite_with(kit, alice, CONTACT, number, "1001", "", "application/sdp", body);
}

/* Answers the call and acknowledges the answer; `dialog` gets it. */
static inline void be_answered(sj_testkit *kit, const char *body, char dialog[3000]) {
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, body);
    (void)snprintf(dialog, 3000, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, dialog);
    sj_testkit_forget(kit);
}

/* The caller takes back the INVITE that invite_with has sent. */
static inline void cancel(sj_testkit *kit, const char *from, const char *number,
                          const char *calling) {
    char text[2000];
    (void)snprintf(text, sizeof text,
                   "CANCEL sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "%s:5060;branch=z9hG4bKi%s\r\nMax-Forwards: 70\r\nFrom: \"Me\" "
                   "<sip:%s@x>;tag=mine\r\nTo: <sip:%s@x>\r\nCall-ID: call-%s-%s\r\nCSeq: "
                   "1 CANCEL\r\nContent-Length: 0\r\n\r\n",
                   number, from, number, calling, number, number, calling);
    send_text(kit, from, 5060, text);
}

#endif
