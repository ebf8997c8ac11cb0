/* Watchers of numbers, through the call manager in the test kit: what they are told and see, lamps,
 * and what becomes of those that vanish, flood or are many. */
#include "resources/translation_pattern.h"
#include "subscription_kit.h"

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
    /* Whom a pattern withholds, and whose name alone. */
    static const struct {
        const char *number, *fields, *shown;
    } cases[] = {{"51002", "\"calling_line_id_presentation\":\"restricted\"", NULL},
                 {"551002", "\"calling_name_presentation\":\"restricted\"",
                  "<identity>sip:5551235@127.0.0.1</identity>"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char pattern[300];
        (void)snprintf(pattern, sizeof pattern,
                       "{\"pattern\":\"5.!\",\"partition\":\"Internal\",\"discard_digits\":"
                       "\"pre_dot\",\"use_originator_calling_search_space\":true,%s}",
                       cases[i].fields);
        put(kit, &sj_translation_pattern_meta, pattern);
        answer(kit, other, expect(kit, other, "NOTIFY"), 200, "");
        answer(kit, bob, expect(kit, bob, "INVITE"), 486, "");
        sj_testkit_advance(kit, 40);
        (void)told(kit, other);
        sj_testkit_forget(kit);
        invite(kit, gateway, "pstn@192.0.2.90", cases[i].number, "5551235", "");
        answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
        sj_testkit_advance(kit, 40);
        notify = expect(kit, other, "NOTIFY");
        if (cases[i].shown != NULL) {
            expect_text(notify, cases[i].shown);
        } else {
            expect_text(notify, "<state>early</state>");
            assert_null(strstr(notify, "5551235"));
        }
    }
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

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_states),         TEST(test_do_not_disturb), TEST(test_identities),
        TEST(test_privacy),        TEST(test_several_phones), TEST(test_visitor),
        TEST(test_lamps),          TEST(test_restart),        TEST(test_vanished),
        TEST(test_after_silence),  TEST(test_one_at_a_time),  TEST(test_away),
        TEST(test_number_removed), TEST(test_flood),          TEST(test_many_watchers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
