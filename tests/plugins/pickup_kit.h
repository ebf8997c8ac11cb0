/* Who may pick up what, and how calls ring and are picked up in the tests of call pickup. */
#ifndef TESTS_PICKUP_KIT_H
#define TESTS_PICKUP_KIT_H

#include "callmanager_kit.h"
#include "parameters/call_manager.h"
#include "resources/call_pickup_group.h"
#include "resources/directory_number.h"
#include "resources/phone.h"
#include "resources/sip_trunk.h"

#define OFFER                                                                                      \
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 "       \
    "RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"

static const char *const erin = "192.0.2.5";

static inline void put_number(sj_testkit *kit, const char *number, const char *more) {
    char json[300];
    (void)snprintf(json, sizeof json, "{\"pattern\":\"%s\",\"partition\":\"Internal\"%s}", number,
                   more);
    put(kit, &sj_directory_number_meta, json);
}

/* Bob (1002) and Dave (1004) in Sales (7001), Erin (1005) in Support (7002). */
static inline void pickup_world(sj_testkit *kit) {
    dave_registers(kit);
    put(kit, &sj_call_pickup_group_meta,
        "{\"name\":\"Support\",\"number\":\"7002\",\"partition\":\"Internal\"}");
    put(kit, &sj_call_pickup_group_meta,
        "{\"name\":\"Sales\",\"number\":\"7001\",\"partition\":\"Internal\","
        "\"notification_policy\":\"audio_and_visual_alert\",\"calling_party_information\":true,"
        "\"called_party_information\":true,\"other_pickup_groups\":[\"Support\"]}");
    put_number(kit, "1002", ",\"alerting_name\":\"Bob\",\"call_pickup_group\":\"Sales\"");
    put_number(kit, "1004", ",\"alerting_name\":\"Dave\",\"call_pickup_group\":\"Sales\"");
    put_number(kit, "1005", ",\"alerting_name\":\"Erin\",\"call_pickup_group\":\"Support\"");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334405\",\"model\":\"Cisco 7841\",\"calling_search_space\":\"All\","
        "\"speed_dials\":[{\"number\":\"1002\",\"busy_lamp_field\":true},{\"number\":\"1004\","
        "\"busy_lamp_field\":true,\"call_pickup\":true}],"
        "\"lines\":[{\"directory_number\":\"1005@Internal\",\"display\":\"Erin E\"}]}");
    register_phone(kit, erin, "SEP001122334405", "1005", 1, 3600);
    both_register(kit);
}

static inline void at_once(sj_testkit *kit) {
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_ccm_auto_call_pickup_enabled_meta, "true", NULL),
        SJ_OK);
}

/* An INVITE of its own, however often it is sent. */
static inline void dial_with(sj_testkit *kit, const char *from, const char *number, const char *to,
                             const char *more, const char *body) {
    static int serial;
    char text[3000];
    const int call = ++serial;
    sj_testkit_forget(kit);
    (void)snprintf(text, sizeof text,
                   "INVITE sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bKp%d"
                   "\r\nMax-Forwards: 70\r\nFrom: <sip:%s@x>;tag=mine\r\nTo: <sip:%s@x>\r\n"
                   "Call-ID: pickup-%d\r\nCSeq: 1 INVITE\r\nContact: <sip:uuid-%s@%s:5060>\r\n"
                   "%s%sContent-Length: %zu\r\n\r\n%s",
                   to, from, call, number, to, call, number, from, more,
                   body[0] != '\0' ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
    send_text(kit, from, 5060, text);
}

static inline void dial(sj_testkit *kit, const char *from, const char *number, const char *to) {
    dial_with(kit, from, number, to, "", OFFER);
}

static inline void pick(sj_testkit *kit, const char *from, const char *number,
                        const char *service) {
    char uri[80];
    (void)snprintf(uri, sizeof uri, "x-cisco-serviceuri-%s", service);
    dial(kit, from, number, uri);
}

static inline void keep(char dialog[DIALOG], const char *message) {
    (void)snprintf(dialog, DIALOG, "%s", message);
}

/* Alice calls somebody, whose phone rings; its INVITE. */
static inline void rings(sj_testkit *kit, const char *from, const char *number, const char *at,
                         const char *called, char ringing[DIALOG]) {
    dial(kit, from, number, called);
    keep(ringing, expect(kit, at, "INVITE"));
    answer(kit, at, ringing, 180, "");
    (void)expect(kit, from, "SIP/2.0 180");
}

/* Whether a REFER with that text was sent there: older ones are repeated meanwhile. */
static inline bool told(sj_testkit *kit, const char *at, const char *words) {
    sj_address to;
    const void *data;
    size_t length;
    for (size_t i = 0; sj_testkit_datagram_sent(kit, i, &to, &data, &length); i++) {
        char address[SJ_ADDRESS_TEXT], text[3000];
        (void)sj_address_format(&to, address, sizeof address);
        (void)snprintf(text, sizeof text, "%.*s", (int)length, (const char *)data);
        if (strcmp(address, at) == 0 && strncmp(text, "REFER", 5) == 0 &&
            strstr(text, words) != NULL) {
            return true;
        }
    }
    return false;
}

/* The one whose phone has rung is told that the call is answered elsewhere. */
static inline void stops_ringing(sj_testkit *kit, const char *at, const char *ringing) {
    assert_string_equal(header(expect(kit, at, "CANCEL"), "Reason"),
                        "SIP;cause=200;text=\"Call completed elsewhere\"");
    answer(kit, at, ringing, 487, "");
}

/* It rings at Dave's phone, which has picked it up, and he answers. */

#endif
