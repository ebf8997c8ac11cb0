/* Bob, Dave and Erin are hunted; Alice calls. What the tests of hunt pilots share. */
#ifndef TESTS_HUNT_KIT_H
#define TESTS_HUNT_KIT_H

#include "analysis_kit.h"
#include "resources/device_pool.h"
#include "resources/directory_number.h"
#include "resources/hunt.h"
#include "resources/live_device.h"
#include "resources/phone.h"

static const char *const erin = "192.0.2.5";

/* Bob, Dave and Erin (1005) are the members of one group; Alice calls. */
static inline void hunt_world(sj_testkit *kit, const char *group, const char *pilot) {
    char json[1000];
    dave_registers(kit);
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1005\",\"partition\":\"Internal\",\"alerting_name\":\"Erin\"}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334405\",\"model\":\"Cisco "
        "7841\",\"lines\":[{\"directory_number\":\"1005@Internal\",\"display\":\"Erin E\"}]}");
    register_phone(kit, erin, "SEP001122334405", "1005", 1, 3600);
    both_register(kit);
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"Sales\",\"members\":[\"1002@Internal\",\"1004@Internal\","
                   "\"1005@Internal\"]%s%s}",
                   group[0] != '\0' ? "," : "", group);
    put(kit, &sj_line_group_meta, json);
    put(kit, &sj_hunt_list_meta, "{\"name\":\"Sales hunt\",\"members\":[\"Sales\"]}");
    (void)snprintf(json, sizeof json,
                   "{\"pattern\":\"7000\",\"partition\":\"Internal\",\"hunt_list\":\"Sales "
                   "hunt\",\"alerting_name\":\"Sales Dept\"%s%s}",
                   pilot[0] != '\0' ? "," : "", pilot);
    put(kit, &sj_hunt_pilot_meta, json);
    sj_testkit_forget(kit);
}

static int calls;

/* Each call is one of its own, whatever number it is to. */
static inline void alice_sends(sj_testkit *kit, const char *method, const char *number,
                               const char *body) {
    char text[1500];
    (void)snprintf(text, sizeof text,
                   "%s sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "%s:5060;branch=z9hG4bKhunt%d\r\nMax-Forwards: 70\r\nFrom: "
                   "<sip:1001@x>;tag=a%d\r\nTo: <sip:%s@x>\r\nCall-ID: hunt%d\r\nCSeq: 1 "
                   "%s\r\nContact: <sip:uuid-1001@192.0.2.1:5060>\r\n%sContent-Length: "
                   "%zu\r\n\r\n%s",
                   method, number, alice, calls, calls, number, calls, method,
                   body[0] != '\0' ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
    send_text(kit, alice, 5060, text);
}

static inline void alice_dials(sj_testkit *kit, const char *number) {
    calls++;
    sj_testkit_forget(kit);
    alice_sends(kit, "INVITE", number, "offer-sdp");
}

/* That phone rings, and the others do not. */
static inline void only_rings(sj_testkit *kit, const char *phone) {
    static const char *const *const all[] = {&bob, &dave, &erin};
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(*all[i], phone) == 0) {
            answer(kit, phone, expect(kit, phone, "INVITE"), 180, "");
        } else {
            assert_null(sent_to(kit, *all[i], "INVITE"));
        }
    }
}

static inline void no_answer_at(sj_testkit *kit, const char *phone, int after_ms) {
    only_rings(kit, phone);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, after_ms);
    const char *cancel = expect(kit, phone, "CANCEL");
    assert_string_equal(header(cancel, "Reason"), "Q.850;cause=19");
}

static inline void alice_gives_up(sj_testkit *kit, const char *number) {
    alice_sends(kit, "CANCEL", number, "");
}

/* Rings at the member, who answers; then Alice hangs up. */
static inline void a_call_at(sj_testkit *kit, const char *phone) {
    char dialog[DIALOG];
    alice_dials(kit, "7000");
    only_rings(kit, phone);
    answer(kit, phone, expect(kit, phone, "INVITE"), 200, "answer-sdp");
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, dialog);
    within(kit, alice, "BYE", 100 + calls, dialog);
    answer(kit, phone, expect(kit, phone, "BYE"), 200, "");
    sj_testkit_advance(kit, 1000);
}

static inline bool is_logged_in(sj_testkit *kit, const char *device) {
    sj_phone *phone = NULL;
    assert_int_equal(sj_phone_get(sj_testkit_scope(kit), device, &phone, NULL), SJ_OK);
    const bool logged_in = phone->logged_into_hunt_group;
    sj_record_free(sj_testkit_scope(kit), phone);
    return logged_in;
}

#endif
