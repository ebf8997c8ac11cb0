/* Subscriptions of phones (RFC 6665), through the call manager in the test kit: their life, the
 * ways that they come, and who may watch which number. */
#include "subscription_kit.h"

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
