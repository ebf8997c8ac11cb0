/* Subscriptions of phones (RFC 6665), through the call manager in the test kit: who may watch which
 * number, what watchers are told and see of it, and what becomes of watchers that vanish, flood or
 * are many. */
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

static void plain_phone(sj_testkit *kit, const char *address, const char *name, const char *number,
                        const char *more) {
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

static void watcher(sj_testkit *kit) {
    plain_phone(kit, plain, "plain-phone", "1005", WATCHES);
}

/* `tag`: in From, and `call`: in Call-ID, which name the dialog together with the tag in To. */
static void subscribe_as(sj_testkit *kit, const char *from, const char *tag, const char *call,
                         const char *number, int cseq, const char *to, const char *event,
                         int expires, const char *more) {
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

static void subscribe_with(sj_testkit *kit, const char *from, const char *number, int cseq,
                           const char *to, const char *event, int expires, const char *more) {
    subscribe_as(kit, from, "1", event, number, cseq, to, event, expires, more);
}

static void subscribe(sj_testkit *kit, const char *from, const char *number, const char *event) {
    subscribe_with(kit, from, number, 1, "<sip:who@x>", event, 600, "");
}

/* The newest NOTIFY, answered; what was sent before is forgotten. */
static const char *told_with(sj_testkit *kit, const char *to, int status) {
    static char text[8192];
    (void)snprintf(text, sizeof text, "%s", expect(kit, to, "NOTIFY"));
    sj_testkit_forget(kit);
    answer(kit, to, text, status, "");
    return text;
}

static const char *told(sj_testkit *kit, const char *to) {
    return told_with(kit, to, 200);
}

static const char *told_soon(sj_testkit *kit, const char *to) {
    sj_testkit_advance(kit, 40);
    return told(kit, to);
}

static void expect_text(const char *message, const char *text) {
    if (strstr(message, text) == NULL) {
        fail_msg("\"%s\" is not in:\n%s", text, message);
    }
}

/* ---- the life of a subscription ---- */

static void test_life(void **state) {
    sj_testkit *kit = *state;
    char to[200];
    both_register(kit);
    watcher(kit);
    subscribe(kit, plain, "1002", "dialog;id=7");
    const char *accepted = expect(kit, plain, "SIP/2.0 200");
    assert_string_equal(header(accepted, "Expires"), "600");
    (void)snprintf(to, sizeof to, "%s", header(accepted, "To"));
    const char *notify = told(kit, plain);
    assert_string_equal(header(notify, "Event"), "dialog;id=7");
    assert_string_equal(header(notify, "From"), to);
    assert_string_equal(header(notify, "Subscription-State"), "active;expires=600");
    assert_string_equal(header(notify, "Content-Type"), "application/dialog-info+xml");
    expect_text(notify, "version=\"0\" state=\"full\" entity=\"sip:1002@127.0.0.1\"");
    expect_text(notify, "<state>terminated</state>");
    subscribe_with(kit, plain, "1002", 2, to, "dialog;id=7", 5000, ""); /* a refresh */
    assert_string_equal(header(expect(kit, plain, "SIP/2.0 200"), "Expires"), "900");
    expect_text(told(kit, plain), "version=\"1\"");
    subscribe_with(kit, plain, "1002", 1, to, "dialog;id=7", 600, "");
    (void)expect(kit, plain, "SIP/2.0 500"); /* out of order */
    subscribe_with(kit, plain, "1002", 3, to, "dialog;id=7", 0, "");
    notify = told(kit, plain);
    assert_string_equal(header(notify, "Subscription-State"), "terminated;reason=timeout");
    expect_text(notify, "version=\"2\"");
    subscribe_with(kit, plain, "1002", 4, to, "dialog;id=7", 600, "");
    (void)expect(kit, plain, "SIP/2.0 481");
}

/* A request that is not of the subscription: of another dialog, which both tags and the Call-ID
 * name (RFC 3261 12.2.2), or of another subscription in it (RFC 6665 4.5.2). It changes nothing. */
static void test_of_another_subscription(void **state) {
    sj_testkit *kit = *state;
    char to[200];
    both_register(kit);
    watcher(kit);
    static const struct {
        const char *tag, *call, *to, *event;
    } others[] = {
        {"2", "call", NULL, "dialog;id=7"},
        {"1", "other", NULL, "dialog;id=7"},
        {"1", "call", NULL, "dialog;id=77"},
        {"1", "call", NULL, "dialog"},
        {"1", "call", NULL, "presence;id=7"},
        {"1", "call", "<sip:x@x>;tag=invented", "dialog;id=7"},
    };
    subscribe_as(kit, plain, "1", "call", "1002", 1, "<sip:x@x>", "dialog;id=7", 600, "");
    (void)snprintf(to, sizeof to, "%s", header(expect(kit, plain, "SIP/2.0 200"), "To"));
    (void)told(kit, plain);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        subscribe_as(kit, plain, others[i].tag, others[i].call, "1002", 2,
                     others[i].to == NULL ? to : others[i].to, others[i].event, 0, "");
        (void)expect(kit, plain, "SIP/2.0 481");
        assert_null(sent_to(kit, plain, "NOTIFY"));
    }
    subscribe_as(kit, plain, "1", "call", "1002", 2, to, "dialog ; id=7", 600, "");
    (void)expect(kit, plain, "SIP/2.0 200");
}

static void test_expiry_and_fetch(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    watcher(kit);
    subscribe_with(kit, plain, "1002", 1, "<sip:1002@x>", "presence", 0, "");
    const char *notify = told(kit, plain); /* the state, once */
    assert_string_equal(header(notify, "Subscription-State"), "terminated;reason=timeout");
    expect_text(notify, "<basic>open</basic>");
    subscribe_with(kit, plain, "1002", 2, "<sip:1002@x>", "presence", 60, "");
    (void)told(kit, plain);
    sj_testkit_advance(kit, 62000);
    notify = told(kit, plain);
    assert_string_equal(header(notify, "Subscription-State"), "terminated;reason=timeout");
    assert_string_equal(header(notify, "Content-Length"), "0");
}

static void test_refused(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    watcher(kit);
    subscribe(kit, plain, "1002", "weather");
    expect_text(header(expect(kit, plain, "SIP/2.0 489"), "Allow-Events"), "dialog, presence");
    subscribe_with(kit, plain, "1002", 2, "<sip:x@x>", "dialog", 2, "");
    assert_string_equal(header(expect(kit, plain, "SIP/2.0 423"), "Min-Expires"), "5");
    subscribe_with(kit, plain, "1002", 3, "<sip:x@x>", "dialog", 60, "Accept: text/plain\r\n");
    (void)expect(kit, plain, "SIP/2.0 406");
    static const char *const excluded[] = {
        "application/dialog-info+xml;q=0", "application/dialog-info+xml ; q=0.000, text/*",
        "application/dialog-info+xml;q=0, */*;q=0.8", "application/*;q=0, */*"};
    for (size_t i = 0; i < sizeof excluded / sizeof excluded[0]; i++) {
        char accept[100];
        (void)snprintf(accept, sizeof accept, "Accept: %s\r\n", excluded[i]);
        subscribe_with(kit, plain, "1002", 10 + (int)i, "<sip:x@x>", "dialog", 60, accept);
        (void)expect(kit, plain, "SIP/2.0 406");
    }
    subscribe_with(kit, plain, "4711", 4, "<sip:x@x>", "dialog", 60, "");
    expect_text(expect(kit, plain, "SIP/2.0 404"), "No directory number 4711 within reach");
    subscribe(kit, gateway, "1002", "dialog");
    (void)expect(kit, gateway, "SIP/2.0 403"); /* no phone */
    assert_null(sent_to(kit, plain, "NOTIFY"));
    plain_phone(kit, other, "blind", "1006", ""); /* without SUBSCRIBE Calling Search Space */
    subscribe(kit, other, "1002", "dialog");
    expect_text(expect(kit, other, "SIP/2.0 404"), "Search Space (none)");
    subscribe(kit, other, "1006", "dialog"); /* its own line */
    (void)expect(kit, other, "SIP/2.0 200");
}

/* Cisco's phones that do subscribe accept an older name of the type. */
static void test_types(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    watcher(kit);
    subscribe_with(kit, plain, "1002", 1, "<sip:x@x>", "presence", 2147483647,
                   "Accept: application/cpim-pidf+xml\r\n");
    assert_string_equal(header(expect(kit, plain, "SIP/2.0 200"), "Expires"), "900");
    assert_string_equal(header(told(kit, plain), "Content-Type"), "application/cpim-pidf+xml");
    subscribe_with(kit, plain, "1002", 2, "<sip:x@x>", "presence", 60,
                   "Accept: text/plain, application/*;q=0.5\r\n");
    assert_string_equal(header(told(kit, plain), "Content-Type"), "application/pidf+xml");
    subscribe_with(kit, plain, "1002", 3, "<sip:x@x>", "presence", 60,
                   "Accept: application/pidf+xml;q=0.01, */*;q=0\r\n");
    assert_string_equal(header(told(kit, plain), "Content-Type"), "application/pidf+xml");
}

static void test_routes_and_moves(void **state) {
    sj_testkit *kit = *state;
    char text[1500];
    both_register(kit);
    watcher(kit);
    subscribe_with(kit, plain, "1002", 1, "<sip:x@x>", "dialog", 60,
                   "Record-Route: <sip:p1.example;lr>, <sip:p2.example;lr>\r\n");
    const char *accepted = expect(kit, plain, "SIP/2.0 200");
    expect_text(accepted, "Record-Route: <sip:p1.example;lr>\r\nRecord-Route: <sip:p2.example;lr>");
    char to[200];
    (void)snprintf(to, sizeof to, "%s", header(accepted, "To"));
    const char *notify = told(kit, plain);
    expect_text(notify, "Route: <sip:p1.example;lr>\r\nRoute: <sip:p2.example;lr>");
    expect_text(notify, "NOTIFY sip:phone@192.0.2.7:5060 ");
    (void)snprintf(text, sizeof text,
                   "SUBSCRIBE sip:1002@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "192.0.2.7:5060;branch=z9hG4bKm\r\nFrom: <sip:1005@x>;tag=1\r\nTo: %s\r\n"
                   "Call-ID: sub-192.0.2.7-1002-dialog\r\nCSeq: 2 SUBSCRIBE\r\nContact: "
                   "<sip:a-longer-name@192.0.2.7:5060>\r\nEvent: dialog\r\nExpires: 60\r\n\r\n",
                   to);
    send_text(kit, plain, 5060, text);
    expect_text(told(kit, plain), "NOTIFY sip:a-longer-name@192.0.2.7:5060 ");
}

/* ---- each way that a phone comes: RFC 3261 18, over connections and both families ---- */

struct way {
    sj_sip_transport transport;
    const char *from, *host; /* as URIs write it */
};

/* What the node says to who has sent that. */
static const char *say(sj_testkit *kit, const struct way *way, sj_testkit_peer *peer,
                       const char *text) {
    sj_testkit_forget(kit);
    if (peer == NULL) {
        send_text(kit, way->from, 5060, text);
        return "";
    }
    sj_testkit_write(peer, text, strlen(text));
    sj_testkit_advance(kit, 60);
    return sj_testkit_received(peer, NULL);
}

static void test_each_way(void **state) {
    static const struct way ways[] = {
        {SJ_SIP_TRANSPORT_UDP, "2001:db8::7", "[2001:db8::7]"},
        {SJ_SIP_TRANSPORT_TCP, "192.0.2.7", "192.0.2.7"},
        {SJ_SIP_TRANSPORT_TCP, "2001:db8::7", "[2001:db8::7]"},
        {SJ_SIP_TRANSPORT_TLS, "192.0.2.7", "192.0.2.7"},
        {SJ_SIP_TRANSPORT_TLS, "2001:db8::7", "[2001:db8::7]"},
    };
    static const char *const events[][2] = {{"dialog", "1002"},
                                            {"presence", "1002"},
                                            {"message-summary", "1005"},
                                            {"as-feature-event", "1005"}};
    static const sj_testkit_tls nothing = {.common_name = NULL};
    sj_testkit *kit = *state;
    both_register(kit);
    watcher(kit);
    put(kit, &sj_phone_security_profile_meta, "{\"name\":\"TLS\",\"transport\":\"tls\"}");
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const struct way *way = &ways[i];
        const char *transport = sip_transport_text(way->transport);
        sj_testkit_peer *peer =
            way->transport == SJ_SIP_TRANSPORT_UDP ? NULL
            : way->transport == SJ_SIP_TRANSPORT_TCP
                ? sj_testkit_connect(kit, PORT, way->from, 40000 + (int)i)
                : sj_testkit_connect_tls(kit, 5061, way->from, 40000 + (int)i, &nothing);
        char text[1500], head[120];
        if (way->transport == SJ_SIP_TRANSPORT_TLS) {
            put(kit, &sj_phone_meta,
                "{\"name\":\"plain-phone\",\"model\":\"Third-party SIP Device (Advanced)\"," WATCHES
                "\"phone_security_profile\":\"TLS\","
                "\"lines\":[{\"directory_number\":\"1005@Internal\"}]}");
        }
        (void)snprintf(text, sizeof text,
                       "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/%s "
                       "%s:5060;branch=z9hG4bKw%zu\r\nFrom: <sip:plain-phone@x>;tag=1\r\nTo: "
                       "<sip:plain-phone@127.0.0.1>\r\nCall-ID: way-%zu\r\nCSeq: 1 REGISTER\r\n"
                       "Contact: <sip:1005@%s:5060;transport=%s>\r\nExpires: 3600\r\n"
                       "Content-Length: 0\r\n\r\n",
                       transport, way->host, i, i, way->host, transport);
        (void)say(kit, way, peer, text);
        sj_testkit_advance(kit, 3000); /* it has moved: the old address is asked first */
        for (size_t j = 0; j < sizeof events / sizeof events[0]; j++) {
            (void)snprintf(text, sizeof text,
                           "SUBSCRIBE sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/%s "
                           "%s:5060;branch=z9hG4bKw%zu-%zu\r\nFrom: <sip:1005@x>;tag=1\r\nTo: "
                           "<sip:x@x>\r\nCall-ID: way-%zu-%zu\r\nCSeq: 1 SUBSCRIBE\r\nContact: "
                           "<sip:way%zu-%zu@%s:5060;transport=%s>\r\nEvent: %s\r\nExpires: 60\r\n"
                           "Content-Length: 0\r\n\r\n",
                           events[j][1], transport, way->host, i, j, i, j, i, j, way->host,
                           transport, events[j][0]);
            const char *said = say(kit, way, peer, text);
            (void)snprintf(head, sizeof head, "NOTIFY sip:way%zu-%zu@%s:5060;transport=%s SIP/2.0",
                           i, j, way->host, transport);
            const char *notify = peer == NULL ? expect(kit, way->from, head) : strstr(said, head);
            if (notify == NULL) {
                fail_msg("%s is not told of %s over %s:\n%s", way->from, events[j][0], transport,
                         said);
            }
            assert_string_equal(header(notify, "Event"), events[j][0]);
            expect_text(header(notify, "Via"), transport);
        }
    }
}

/* ---- rights ---- */

static void group(sj_testkit *kit, const char *permission) {
    char text[400];
    (void)snprintf(text, sizeof text,
                   "{\"name\":\"Staff\",\"relationships\":[{\"presence_group\":\"Board\","
                   "\"subscription_permission\":\"%s\"}]}",
                   permission);
    put(kit, &sj_presence_group_meta, text);
}

static void test_presence_groups(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    put(kit, &sj_presence_group_meta, "{\"name\":\"Board\"}");
    group(kit, "use_system_default");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"presence_group\":\"Board\"}");
    plain_phone(kit, plain, "plain-phone", "1005", WATCHES "\"presence_group\":\"Staff\",");
    subscribe(kit, plain, "1002", "presence");
    expect_text(expect(kit, plain, "SIP/2.0 403"),
                "Members of Staff may not watch numbers of Board");
    assert_null(sent_to(kit, plain, "NOTIFY"));
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_ccm_default_inter_presence_group_subscription_meta,
                             "allow_subscription", NULL),
        SJ_OK);
    subscribe_with(kit, plain, "1002", 2, "<sip:x@x>", "presence", 60, "");
    (void)expect(kit, plain, "SIP/2.0 200");
    group(kit, "disallow_subscription");
    char to[200];
    (void)snprintf(to, sizeof to, "%s", header(expect(kit, plain, "SIP/2.0 200"), "To"));
    (void)told(kit, plain);
    subscribe_with(kit, plain, "1002", 3, to, "presence", 60, ""); /* a right that is gone */
    (void)expect(kit, plain, "SIP/2.0 403");
    assert_string_equal(header(told(kit, plain), "Subscription-State"),
                        "terminated;reason=rejected");
    group(kit, "allow_subscription");
    subscribe_with(kit, plain, "1002", 4, "<sip:x@x>", "presence", 60, "");
    (void)expect(kit, plain, "SIP/2.0 200");
    subscribe(kit, plain, "1001", "presence"); /* of the standard group, which is another one */
    (void)expect(kit, plain, "SIP/2.0 200");
}

static void expect_rejected(sj_testkit *kit, const char *who) {
    assert_string_equal(header(told_soon(kit, who), "Subscription-State"),
                        "terminated;reason=rejected");
}

/* A right ends, and with it what it granted: soon, without a refresh, and not a state is told. */
static void test_space_taken_away(void **state) {
    sj_testkit *kit = *state;
    char to[200];
    both_register(kit);
    watcher(kit);
    subscribe(kit, plain, "1005", "dialog"); /* its own line stays */
    (void)snprintf(to, sizeof to, "%s", header(expect(kit, plain, "SIP/2.0 200"), "To"));
    (void)told(kit, plain);
    subscribe(kit, plain, "1002", "presence");
    (void)told(kit, plain);
    put(kit, &sj_phone_meta,
        "{\"name\":\"plain-phone\",\"model\":\"Third-party SIP Device (Advanced)\","
        "\"lines\":[{\"directory_number\":\"1005@Internal\"}]}");
    expect_rejected(kit, plain);
    register_phone(kit, bob, "SEP001122334402", "1002", 9, 0);
    sj_testkit_advance(kit, 2000);
    assert_null(sj_testkit_find(kit, "udp", "Event: presence"));
    subscribe_with(kit, plain, "1005", 2, to, "dialog", 60, "");
    (void)expect(kit, plain, "SIP/2.0 200");
}

static void test_group_of_number(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    watcher(kit);
    put(kit, &sj_presence_group_meta, "{\"name\":\"Board\"}");
    subscribe(kit, plain, "1002", "presence");
    (void)told(kit, plain);
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"presence_group\":\"Board\"}");
    expect_rejected(kit, plain);
}

/* Presence groups and the dial plan are for all: all are looked at, within a second or so. */
static void test_plan_changed(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    put(kit, &sj_presence_group_meta, "{\"name\":\"Board\"}");
    group(kit, "allow_subscription");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"presence_group\":\"Board\"}");
    plain_phone(kit, plain, "plain-phone", "1005", WATCHES "\"presence_group\":\"Staff\",");
    subscribe(kit, plain, "1002", "presence");
    (void)told(kit, plain);
    group(kit, "disallow_subscription");
    sj_testkit_advance(kit, 2500);
    expect_rejected(kit, plain);
    group(kit, "allow_subscription");
    subscribe_with(kit, plain, "1002", 2, "<sip:x@x>", "presence", 60, "");
    (void)told(kit, plain);
    put(kit, &sj_calling_search_space_meta, "{\"name\":\"Phones\",\"partitions\":[\"PSTN\"]}");
    sj_testkit_advance(kit, 2500);
    expect_rejected(kit, plain);
}

/* A removed phone is told nothing at all, and one of its name begins anew. */
static void test_phone_removed(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    both_register(kit);
    watcher(kit);
    subscribe(kit, plain, "1002", "presence");
    (void)told(kit, plain);
    assert_int_equal(sj_phone_delete(sj_testkit_scope(kit), "plain-phone", &error), SJ_OK);
    register_phone(kit, bob, "SEP001122334402", "1002", 9, 0);
    sj_testkit_advance(kit, 2000);
    assert_null(sent_to(kit, plain, "NOTIFY"));
    watcher(kit);
    register_phone(kit, bob, "SEP001122334402", "1002", 10, 3600);
    sj_testkit_advance(kit, 2000);
    assert_null(sent_to(kit, plain, "NOTIFY"));
}

/* A user with wider rights than the phone's logs out of it. */
static void test_user_logs_out(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    both_register(kit);
    plain_phone(kit, plain, "plain-phone", "1005", "");
    put(kit, &sj_end_user_meta,
        "{\"user_id\":\"carol\",\"last_name\":\"C\",\"subscribe_calling_search_space\":"
        "\"Phones\"}");
    put(kit, &sj_live_device_meta,
        "{\"name\":\"plain-phone\",\"user_id\":\"carol\",\"model\":\"Third-party SIP Device "
        "(Advanced)\",\"device_pool\":\"Default\",\"lines\":[{\"directory_number\":"
        "\"1005@Internal\"}]}");
    subscribe(kit, plain, "1002", "presence");
    (void)told(kit, plain);
    assert_int_equal(sj_live_device_delete(sj_testkit_scope(kit), "plain-phone", &error), SJ_OK);
    expect_rejected(kit, plain);
}

/* ---- what watchers see ---- */

static void test_states(void **state) {
    sj_testkit *kit = *state;
    char ring[8192];
    both_register(kit);
    watcher(kit);
    subscribe(kit, plain, "1002", "presence");
    expect_text(told(kit, plain), "<e:activities></e:activities>");
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    (void)snprintf(ring, sizeof ring, "%s", expect(kit, bob, "INVITE"));
    answer(kit, bob, ring, 180, "");
    expect_text(told_soon(kit, plain), "<ce:alerting/>");
    answer(kit, bob, ring, 200, "answer-sdp");
    char dialog[DIALOG];
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, alice, "SIP/2.0 200"));
    expect_text(told_soon(kit, plain), "<e:on-the-phone/><e:busy/>");
    within(kit, alice, "BYE", 2, dialog);
    expect_text(told_soon(kit, plain), "<e:activities></e:activities>");
    register_phone(kit, bob, "SEP001122334402", "1002", 9, 0);
    const char *notify = told_soon(kit, plain);
    expect_text(notify, "<basic>closed</basic>");
}

static void test_do_not_disturb(void **state) {
    sj_testkit *kit = *state;
    static const char on[] = "{\"name\":\"SEP001122334402\",\"model\":\"Cisco 7841\","
                             "\"do_not_disturb\":true,\"lines\":[{"
                             "\"directory_number\":\"1002@Internal\"}]}";
    static const char on_too[] = "{\"name\":\"SEP001122334402\",\"model\":\"Cisco 7841\","
                                 "\"description\":\"D\",\"do_not_disturb\":true,\"lines\":[{"
                                 "\"directory_number\":\"1002@Internal\"}]}";
    both_register(kit);
    watcher(kit);
    subscribe(kit, plain, "1002", "presence");
    (void)told(kit, plain);
    put(kit, &sj_phone_meta, on);
    expect_text(told_soon(kit, plain),
                "<e:activities></e:activities>"); /* it is nobody's business */
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_ccm_blf_status_depicts_dnd_meta, "true", NULL), SJ_OK);
    put(kit, &sj_phone_meta, on_too);
    expect_text(told_soon(kit, plain), "<ce:dnd/>");
}

/* Who has the line sees with whom it speaks, and in which dialog; others that it speaks. */
static void test_identities(void **state) {
    sj_testkit *kit = *state;
    char ring[8192];
    both_register(kit);
    watcher(kit);
    plain_phone(kit, other, "shares", "1002", "");
    subscribe(kit, plain, "1002", "dialog");
    (void)told(kit, plain);
    subscribe(kit, other, "1002", "dialog");
    (void)told(kit, other);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    (void)snprintf(ring, sizeof ring, "%s", expect(kit, bob, "INVITE"));
    answer(kit, bob, ring, 180, "");
    sj_testkit_advance(kit, 40);
    const char *notify = expect(kit, plain, "NOTIFY");
    expect_text(notify, "direction=\"recipient\">\r\n<state>early</state>");
    assert_null(strstr(notify, "1001"));
    assert_null(strstr(notify, "call-id"));
    notify = expect(kit, other, "NOTIFY");
    expect_text(notify, "sip:1001@127.0.0.1</identity>");
    expect_text(notify, "display=\"Alice A\"");
    char wanted[200];
    (void)snprintf(wanted, sizeof wanted, "call-id=\"%s\"", header(ring, "Call-ID"));
    expect_text(notify, wanted);
    answer(kit, other, expect(kit, other, "NOTIFY"), 200, "");
    answer(kit, plain, expect(kit, plain, "NOTIFY"), 200, "");
    answer(kit, bob, ring, 200, "answer-sdp");
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 40);
    notify = told(kit, other);
    expect_text(notify, "<state>confirmed</state>");
    expect_text(notify, " local-tag=\"peer\" remote-tag=\"");
}

static void test_privacy(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    plain_phone(kit, other, "shares", "1002", "");
    subscribe(kit, other, "1002", "dialog");
    (void)told(kit, other);
    invite(kit, gateway, "pstn@192.0.2.90", "1002", "5551234", "Privacy: id\r\n");
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    sj_testkit_advance(kit, 40);
    const char *notify = expect(kit, other, "NOTIFY");
    expect_text(notify, "<state>early</state>");
    assert_null(strstr(notify, "5551234"));
    assert_null(strstr(notify, "<identity"));
}

/* One of two phones is enough for a lamp. */
static void test_several_phones(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    watcher(kit);
    plain_phone(kit, other, "second", "1002", "");
    subscribe(kit, plain, "1002", "presence");
    (void)told(kit, plain);
    register_phone(kit, bob, "SEP001122334402", "1002", 9, 0);
    expect_text(told_soon(kit, plain), "<basic>open</basic>");
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    answer(kit, other, expect(kit, other, "INVITE"), 180, "");
    expect_text(told_soon(kit, plain), "<ce:alerting/>");
}

/* The number of a visitor is watched at home while the user is logged in on a lent phone, and the
 * visitor watches with the rights of the user. */
static void test_visitor(void **state) {
    sj_testkit *kit = *state;
    emcc_world(kit);
    watcher(kit);
    subscribe(kit, plain, "1001", "presence");
    expect_text(told(kit, plain), "<basic>closed</basic>");
    put(kit, &sj_end_user_meta,
        "{\"user_id\":\"alice\",\"last_name\":\"A\",\"subscribe_calling_search_space\":"
        "\"Phones\"}");
    register_phone(kit, visitor, "SEP00AABBCCDD01", "1001", 1, 3600);
    expect_text(told_soon(kit, plain), "<basic>open</basic>");
    subscribe(kit, visitor, "1002", "presence");
    (void)expect(kit, visitor, "SIP/2.0 200");
    expect_text(told(kit, visitor), "<basic>closed</basic>");
}

/* ---- lamps of Cisco's phones ---- */

static void test_lamps(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334401\",\"model\":\"Cisco "
        "7841\",\"calling_search_space\":\"All\"," WATCHES
        "\"lines\":[{\"directory_number\":\"1001@Internal\",\"display\":\"Alice A\"}],"
        "\"speed_dials\":[{\"number\":\"1002\",\"busy_lamp_field\":true},{\"number\":\"1003\"},"
        "{\"number\":\"777\",\"busy_lamp_field\":true}]}");
    sj_testkit_advance(kit, 40);
    const char *notify = told_with(kit, alice, 481); /* it is not ready: the next change is told */
    assert_string_equal(header(notify, "Event"), "presence");
    assert_string_equal(header(notify, "Subscription-State"), "active");
    expect_text(notify, "NOTIFY sip:uuid-1001@192.0.2.1:5060;transport=udp SIP/2.0");
    expect_text(notify, "entity=\"sip:1002@127.0.0.1\"");
    sj_testkit_advance(kit, 100);
    assert_null(sent_to(kit, alice, "NOTIFY")); /* no other key shows a state */
    register_phone(kit, bob, "SEP001122334402", "1002", 9, 0);
    expect_text(told_soon(kit, alice), "<basic>closed</basic>");
    register_again(kit, alice, "SEP001122334401", "1001"); /* it has forgotten */
    expect_text(told_soon(kit, alice), "<basic>closed</basic>");
    register_phone(kit, alice, "SEP001122334401", "1001", 200, 0);
    sj_testkit_forget(kit);
    register_phone(kit, bob, "SEP001122334402", "1002", 10, 3600);
    sj_testkit_advance(kit, 100);
    assert_null(sent_to(kit, alice, "NOTIFY"));
}

/* The service starts anew: keys of phones that are still registered are told, subscriptions of
 * plain phones are not known any more, and begin again. */
static void test_restart(void **state) {
    sj_testkit *kit = *state;
    char to[200];
    sj_error error = {0};
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334401\",\"model\":\"Cisco 7841\"," WATCHES
        "\"lines\":[{\"directory_number\":\"1001@Internal\"}],"
        "\"speed_dials\":[{\"number\":\"1002\",\"busy_lamp_field\":true}]}");
    both_register(kit);
    (void)told_soon(kit, alice);
    watcher(kit);
    subscribe(kit, plain, "1002", "dialog");
    (void)snprintf(to, sizeof to, "%s", header(expect(kit, plain, "SIP/2.0 200"), "To"));
    sj_testkit_advance(kit, 1500);
    assert_int_equal(sj_testkit_stop(kit, "callmanager", &error), SJ_OK);
    sj_testkit_forget(kit);
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
    sj_testkit_advance(kit, 100);
    expect_text(told(kit, alice), "<basic>open</basic>");
    subscribe_with(kit, plain, "1002", 2, to, "dialog", 600, "");
    (void)expect(kit, plain, "SIP/2.0 481");
    subscribe_with(kit, plain, "1002", 3, "<sip:x@x>", "dialog", 600, "");
    (void)expect(kit, plain, "SIP/2.0 200");
}

/* ---- watchers that are a burden ---- */

static void test_vanished(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    watcher(kit);
    subscribe(kit, plain, "1002", "presence");
    (void)told_with(kit, plain, 481); /* it has forgotten */
    register_phone(kit, bob, "SEP001122334402", "1002", 9, 0);
    sj_testkit_advance(kit, 100);
    assert_null(sent_to(kit, plain, "NOTIFY"));
    subscribe_with(kit, plain, "1002", 2, "<sip:x@x>", "presence", 600, "");
    sj_testkit_advance(kit, 40000); /* it does not answer */
    sj_testkit_forget(kit);
    register_phone(kit, bob, "SEP001122334402", "1002", 10, 3600);
    sj_testkit_advance(kit, 100);
    assert_null(sent_to(kit, plain, "NOTIFY"));
    subscribe_with(kit, plain, "1002", 3, "<sip:x@x>", "presence", 600, "");
    (void)told_with(kit, plain, 500); /* not now */
    sj_testkit_advance(kit, 31000);
    (void)told(kit, plain);
}

/* A NOTIFY that is not answered yet holds the next one back, which tells what is then. */
static void test_one_at_a_time(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    watcher(kit);
    subscribe(kit, plain, "1002", "presence");
    char first[8192];
    (void)snprintf(first, sizeof first, "%s", expect(kit, plain, "NOTIFY"));
    sj_testkit_forget(kit);
    for (int i = 0; i < 3; i++) {
        register_phone(kit, bob, "SEP001122334402", "1002", 10 + 2 * i, 0);
        register_phone(kit, bob, "SEP001122334402", "1002", 11 + 2 * i, i < 2 ? 3600 : 0);
        sj_testkit_advance(kit, 30);
    }
    assert_null(sent_to(kit, plain, "NOTIFY"));
    answer(kit, plain, first, 200, "");
    expect_text(told_soon(kit, plain), "<basic>closed</basic>");
    sj_testkit_advance(kit, 100);
    assert_null(sent_to(kit, plain, "NOTIFY"));
}

/* After a time in which nothing has run: the wheel stands still until then, and the clock at a
 * tick. */
static void test_after_silence(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    watcher(kit);
    subscribe(kit, plain, "1002", "presence");
    (void)told(kit, plain);
    sj_testkit_advance(kit, 60000);
    sj_testkit_forget(kit);
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"description\":\"changed\"}");
    (void)told_soon(kit, plain);
}

/* What changes while the watcher is away is told when it is back. */
static void test_away(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    watcher(kit);
    subscribe(kit, plain, "1002", "presence");
    (void)told(kit, plain);
    send_text(
        kit, plain, 5060,
        "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKu\r\n"
        "From: <sip:plain-phone@x>;tag=1\r\nTo: <sip:plain-phone@127.0.0.1>\r\nCall-ID: "
        "reg-plain-phone\r\nCSeq: 2 REGISTER\r\nContact: *\r\nExpires: 0\r\n\r\n");
    sj_testkit_forget(kit);
    register_phone(kit, bob, "SEP001122334402", "1002", 9, 0);
    sj_testkit_advance(kit, 100);
    assert_null(sent_to(kit, plain, "NOTIFY"));
    send_text(
        kit, plain, 5060,
        "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKv\r\n"
        "From: <sip:plain-phone@x>;tag=1\r\nTo: <sip:plain-phone@127.0.0.1>\r\nCall-ID: "
        "back\r\nCSeq: 1 REGISTER\r\nContact: <sip:1005@192.0.2.7:5060>\r\nExpires: "
        "3600\r\n\r\n");
    expect_text(told_soon(kit, plain), "<basic>closed</basic>");
}

static void test_number_removed(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    both_register(kit);
    watcher(kit);
    put(kit, &sj_directory_number_meta, "{\"pattern\":\"1009\",\"partition\":\"Internal\"}");
    subscribe(kit, plain, "1009", "presence");
    expect_text(told(kit, plain), "<basic>closed</basic>");
    assert_int_equal(sj_directory_number_delete(sj_testkit_scope(kit), "1009@Internal", &error),
                     SJ_OK);
    assert_string_equal(header(told_soon(kit, plain), "Subscription-State"),
                        "terminated;reason=noresource");
}

static void test_flood(void **state) {
    sj_testkit *kit = *state;
    int granted = 0;
    both_register(kit);
    watcher(kit);
    for (int i = 0; i < 400; i++) {
        char event[40];
        (void)snprintf(event, sizeof event, "presence;id=%d", i);
        subscribe(kit, plain, "1002", event);
        granted += sent_to(kit, plain, "SIP/2.0 200") != NULL;
        if (sent_to(kit, plain, "SIP/2.0 503") != NULL) {
            expect_text(expect(kit, plain, "SIP/2.0 503"), "as many as it may");
        }
    }
    assert_int_equal(granted, 300);
    for (int i = 0; i < 20; i++) { /* a phone that starts anew again and again has one */
        subscribe_with(kit, bob, "1002", i + 1, "<sip:x@x>", "presence", 60, "");
        (void)told(kit, bob);
    }
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"description\":\"changed\"}");
    sj_testkit_advance(kit, 40);
    assert_int_equal(sj_testkit_count(kit, "udp", "NOTIFY sip:phone@192.0.2.2:5060"), 1);
}

/* One change is told to thousands in their turn: 40 in 20 ms, the last of 2,000 within a second or
 * so. */
static void test_many_watchers(void **state) {
    enum { PHONES = 10, EACH = 200 };
    sj_testkit *kit = *state;
    size_t sent = 0, at_once = 0;
    both_register(kit);
    for (int i = 0; i < PHONES; i++) {
        char address[20], name[20], number[20];
        (void)snprintf(address, sizeof address, "192.0.2.%d", 100 + i);
        (void)snprintf(name, sizeof name, "many-%d", i);
        (void)snprintf(number, sizeof number, "20%02d", i);
        plain_phone(kit, address, name, number, WATCHES);
        for (int j = 0; j < EACH; j++) {
            char event[40];
            (void)snprintf(event, sizeof event, "presence;id=%d", j);
            subscribe(kit, address, "1002", event);
            (void)told(kit, address);
        }
    }
    sj_testkit_forget(kit);
    register_phone(kit, bob, "SEP001122334402", "1002", 9, 0);
    for (int turn = 0; turn < 60; turn++) {
        sj_testkit_forget(kit);
        sj_testkit_advance(kit, 20);
        const size_t now = sj_testkit_count(kit, "udp", "NOTIFY sip:");
        at_once = now > at_once ? now : at_once;
        sent += now;
    }
    assert_true(at_once <= 80);
    assert_true(sent >= PHONES * EACH);
    const size_t bytes = subscriptions_bytes(sj_testkit_plugin_state(kit, "callmanager"));
    print_message("%zu bytes for each subscription\n", bytes / (PHONES * EACH));
    assert_true(bytes / (PHONES * EACH) < 640);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_life),
        TEST(test_of_another_subscription),
        TEST(test_expiry_and_fetch),
        TEST(test_refused),
        TEST(test_types),
        TEST(test_routes_and_moves),
        TEST(test_each_way),
        TEST(test_presence_groups),
        TEST(test_space_taken_away),
        TEST(test_group_of_number),
        TEST(test_plan_changed),
        TEST(test_phone_removed),
        TEST(test_user_logs_out),
        TEST(test_states),
        TEST(test_do_not_disturb),
        TEST(test_identities),
        TEST(test_privacy),
        TEST(test_several_phones),
        TEST(test_visitor),
        TEST(test_lamps),
        TEST(test_restart),
        TEST(test_vanished),
        TEST(test_after_silence),
        TEST(test_one_at_a_time),
        TEST(test_away),
        TEST(test_number_removed),
        TEST(test_flood),
        TEST(test_many_watchers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
