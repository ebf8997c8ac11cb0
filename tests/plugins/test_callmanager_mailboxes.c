/* Subscriptions of the call manager to a mail system behind a trunk, which the test plays: what is
 * asked when, what is believed of its NOTIFYs, and what is told of all that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mailbox_kit.h"
#include "phones/message_summary.h"
#include "resources/directory_number.h"
#include "resources/sip_realm.h"
#include "resources/sip_trunk.h"
#include "resources/voice_mail.h"
#include "sip/digest.h"
#include "sip/subscription_state.h"

enum { NUMBERS = 100 };

/* How many SUBSCRIBEs were sent to the mail system, and of them such that are no repetition; the
 * text of the last one. */
static size_t count_sent(sj_testkit *kit, size_t *all, char last[4000]) {
    static char branches[4 * NUMBERS][40];
    size_t count = 0, length;
    sj_address to;
    const void *data;
    *all = 0;
    for (size_t i = 0; sj_testkit_datagram_sent(kit, i, &to, &data, &length); i++) {
        char text[4000], branch[40];
        bool known = false;
        (void)snprintf(text, sizeof text, "%.*s", (int)length, (const char *)data);
        if (strncmp(text, "SUBSCRIBE", 9) != 0) {
            continue;
        }
        ++*all;
        (void)snprintf(branch, sizeof branch, "%.30s", strstr(text, "branch="));
        for (size_t j = 0; j < count; j++) {
            known = known || strcmp(branches[j], branch) == 0;
        }
        if (!known && count / 4 < NUMBERS) {
            memcpy(branches[count++], branch, sizeof branch);
            (void)snprintf(last, 4000, "%s", text);
        }
    }
    return count;
}

/* ---- the course ---- */

/* The lamp follows; the subscription is refreshed in its dialog before it runs out. */
static void test_subscribes(void **state) {
    sj_testkit *kit = *state;
    char first[4000];
    both_register(kit);
    sj_testkit_forget(kit);
    configure(kit, 3600);
    (void)snprintf(first, sizeof first, "%s", subscribed(kit, SUBSCRIBE));
    assert_string_equal(header(first, "Event"), "message-summary");
    assert_string_equal(header(first, "Accept"), MESSAGE_SUMMARY_TYPE);
    assert_string_equal(header(first, "Expires"), "3600");
    assert_string_equal(header(first, "Contact"), "<sip:1002@127.0.0.1:5060>");
    assert_string_equal(header(first, "CSeq"), "1 SUBSCRIBE");
    expect_state(kit, SJ_MESSAGE_SUBSCRIPTION_STATE_SUBSCRIBING);
    answer_with(kit, gateway, first, 200, "Expires: 600\r\n", "");
    expect_state(kit, SJ_MESSAGE_SUBSCRIPTION_STATE_SUBSCRIBING); /* nothing has been said yet */
    assert_int_equal(seen.number.heard_at, 0);
    notify(kit, first, 1, "pending;expires=600", "");
    (void)expect(kit, gateway, "SIP/2.0 200");
    expect_state(kit, SJ_MESSAGE_SUBSCRIPTION_STATE_PENDING);
    notify(kit, first, 2, "active;expires=600", WAITING);
    (void)expect(kit, gateway, "SIP/2.0 200");
    expect_text(expect(kit, bob, "REFER"), "<voice-msg new=\"2\" old=\"8\"/>");
    expect_state(kit, SJ_MESSAGE_SUBSCRIPTION_STATE_ACTIVE);
    assert_int_equal(seen.system.subscriptions, 1);
    assert_int_equal(seen.system.active, 1);
    assert_int_equal(seen.system.state, SJ_MESSAGE_WAITING_STATUS_REPLY_MAIL_SYSTEM_STATE_ANSWERS);
    assert_true(seen.number.ends_at > seen.number.heard_at);
    look(kit, ""); /* of all, those that are not active: none */
    assert_int_equal(seen.numbers, 0);

    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 410000);
    assert_true(is_quiet(kit));
    const char *refresh = await(kit, 75, "SUBSCRIBE sip:mail@192.0.2.90:5060 SIP/2.0");
    assert_string_equal(header(refresh, "Call-ID"), header(first, "Call-ID"));
    assert_string_equal(header(refresh, "From"), header(first, "From"));
    expect_text(header(refresh, "To"), ";tag=peer");
    assert_string_equal(header(refresh, "CSeq"), "2 SUBSCRIBE");
    answer_with(kit, gateway, refresh, 200, "Expires: 600\r\n", "");
    both_register(kit);
    notify(kit, first, 3, "active", NOTHING);
    expect_text(expect(kit, bob, "REFER"), "<mwi>no</mwi>");
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 300000);
    assert_true(is_quiet(kit));
    expect_state(kit, SJ_MESSAGE_SUBSCRIPTION_STATE_ACTIVE);
}

/* A NOTIFY counts only in the dialog it belongs to, from the mail system. */
static void test_dialog(void **state) {
    sj_testkit *kit = *state;
    struct notify message = {
        .from = gateway, .tag = "peer", .state = "active", .body = WAITING, .cseq = 2};
    char subscribe[4000], other[4000];
    both_register(kit);
    (void)snprintf(subscribe, sizeof subscribe, "%s", active(kit, 600));
    (void)snprintf(other, sizeof other, "%s", subscribe);
    strstr(other, "Call-ID: ")[9] = 'x';
    notify_with(kit, other, &message);
    (void)expect(kit, gateway, "SIP/2.0 481");
    message.tag = "fork";
    notify_with(kit, subscribe, &message);
    (void)expect(kit, gateway, "SIP/2.0 481");
    message.tag = "peer";
    message.from = "203.0.113.9";
    notify_with(kit, subscribe, &message);
    expect_text(expect(kit, message.from, "SIP/2.0 403"), "does not come from");
    message.from = gateway;
    message.state = "";
    notify_with(kit, subscribe, &message);
    expect_text(expect(kit, gateway, "SIP/2.0 400"), "Subscription-State");
    message.state = "active";
    message.cseq = 0;
    notify_with(kit, subscribe, &message);
    (void)expect(kit, gateway, "SIP/2.0 500");
    message.cseq = 2;
    message.body = "Voice-Message: many";
    notify_with(kit, subscribe, &message);
    (void)expect(kit, gateway, "SIP/2.0 400");
    assert_null(sent_to(kit, bob, "REFER"));
    message.body = WAITING;
    message.from = "192.0.2.91"; /* another address of the trunk */
    notify_with(kit, subscribe, &message);
    (void)expect(kit, message.from, "SIP/2.0 200");
    expect_text(expect(kit, bob, "REFER"), "<mwi>yes</mwi>");
}

/* A NOTIFY may come before the 2xx. */
static void test_notify_first(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    configure(kit, 3600);
    const char *subscribe = subscribed(kit, SUBSCRIBE);
    notify(kit, subscribe, 1, "active;expires=3600", WAITING);
    (void)expect(kit, gateway, "SIP/2.0 200");
    expect_text(expect(kit, bob, "REFER"), "<mwi>yes</mwi>");
    answer_with(kit, gateway, subscribe, 202, "Expires: 3600\r\n", "");
    expect_state(kit, SJ_MESSAGE_SUBSCRIPTION_STATE_ACTIVE);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 60000);
    assert_true(is_quiet(kit));
}

/* Accepted, and nothing said: that is no subscription. */
static void test_no_notify(void **state) {
    sj_testkit *kit = *state;
    configure(kit, 3600);
    answer_with(kit, gateway, subscribed(kit, SUBSCRIBE), 200, "Expires: 3600\r\n", "");
    sj_testkit_advance(kit, 34000);
    expect_state(kit, SJ_MESSAGE_SUBSCRIPTION_STATE_FAILED);
    expect_text(seen.reason, "no NOTIFY has come");
    assert_int_equal(seen.number.ends_at, 0);
    (void)await(kit, 62, SUBSCRIBE); /* in another dialog */
}

/* Ended by the mail system: what its reason asks for (RFC 6665 4.1.3). */
static void test_ended(void **state) {
    sj_testkit *kit = *state;
    char call_id[100], subscribe[4000];
    (void)snprintf(subscribe, sizeof subscribe, "%s", active(kit, 600));
    (void)snprintf(call_id, sizeof call_id, "%s", header(subscribe, "Call-ID"));
    notify(kit, subscribe, 2, "terminated;reason=deactivated", "");
    (void)expect(kit, gateway, "SIP/2.0 200");
    (void)snprintf(subscribe, sizeof subscribe, "%s", subscribed(kit, SUBSCRIBE));
    assert_string_not_equal(header(subscribe, "Call-ID"), call_id);
    assert_null(strstr(header(subscribe, "To"), "tag="));
    answer_with(kit, gateway, subscribe, 200, "Expires: 600\r\n", "");
    notify(kit, subscribe, 1, "active", NOTHING);
    notify(kit, subscribe, 2, "terminated;reason=deactivated", ""); /* again, at once: it waits */
    sj_testkit_advance(kit, 25000);
    assert_true(is_quiet(kit));
    expect_state(kit, SJ_MESSAGE_SUBSCRIPTION_STATE_FAILED);
    expect_text(seen.reason, "deactivated");
    (void)snprintf(subscribe, sizeof subscribe, "%s", await(kit, 100, SUBSCRIBE));
    answer_with(kit, gateway, subscribe, 200, "Expires: 600\r\n", "");
    notify(kit, subscribe, 1, "terminated;reason=probation;retry-after=900", "");
    sj_testkit_advance(kit, 890000);
    assert_true(is_quiet(kit));
    sj_testkit_advance(kit, 12000);
    (void)snprintf(subscribe, sizeof subscribe, "%s", subscribed(kit, SUBSCRIBE));
    answer_with(kit, gateway, subscribe, 200, "Expires: 600\r\n", "");
    notify(kit, subscribe, 1, "terminated;reason=noresource", "");
    sj_testkit_advance(kit, 3500000);
    assert_true(is_quiet(kit));
    expect_text((look(kit, "1002@Internal"), seen.reason), "noresource");
    sj_testkit_advance(kit, 110000);
    assert_false(is_quiet(kit));
}

/* The mail system has forgotten the dialog: a new one at once. */
static void test_forgotten(void **state) {
    sj_testkit *kit = *state;
    char subscribe[4000];
    (void)snprintf(subscribe, sizeof subscribe, "%s", active(kit, 600));
    answer_with(kit, gateway, await(kit, 490, "SUBSCRIBE sip:mail@"), 481, "", "");
    sj_testkit_advance(kit, 60);
    const char *fresh = subscribed(kit, SUBSCRIBE);
    assert_string_not_equal(header(fresh, "Call-ID"), header(subscribe, "Call-ID"));
    notify(kit, subscribe, 9, "active", WAITING); /* of the old one */
    (void)expect(kit, gateway, "SIP/2.0 481");
}

/* A refresh that nobody answers: what was granted lasts, and another dialog is tried, at another
 * address of the trunk, so that one end that is gone does not hold up the others. */
static void test_refresh_unanswered(void **state) {
    sj_testkit *kit = *state;
    char subscribe[4000], fresh[4000] = "";
    size_t all;
    (void)snprintf(subscribe, sizeof subscribe, "%s", active(kit, 600));
    (void)await(kit, 490, "SUBSCRIBE sip:mail@");
    sj_testkit_advance(kit, 36000);
    expect_state(kit, SJ_MESSAGE_SUBSCRIPTION_STATE_ACTIVE);
    expect_text(seen.reason, "answer");
    assert_int_equal(seen.system.state, SJ_MESSAGE_WAITING_STATUS_REPLY_MAIL_SYSTEM_STATE_SILENT);
    notify(kit, subscribe, 2, "active", WAITING);
    (void)expect(kit, gateway, "SIP/2.0 200");
    for (int i = 0; i < 10 && count_sent(kit, &all, fresh) == 0; i++) {
        sj_testkit_advance(kit, 1000);
    }
    expect_text(fresh, "SUBSCRIBE sip:1002@192.0.2.91:5060 SIP/2.0");
    assert_string_not_equal(header(fresh, "Call-ID"), header(subscribe, "Call-ID"));
    notify(kit, subscribe, 3, "active", NOTHING); /* of the old one */
    (void)expect(kit, gateway, "SIP/2.0 481");
}

static void test_too_brief(void **state) {
    sj_testkit *kit = *state;
    configure(kit, 60);
    answer_with(kit, gateway, subscribed(kit, SUBSCRIBE), 423, "Min-Expires: 1800\r\n", "");
    sj_testkit_advance(kit, 60);
    const char *again = subscribed(kit, SUBSCRIBE);
    assert_string_equal(header(again, "Expires"), "1800");
    answer_with(kit, gateway, again, 404, "", "");
    expect_state(kit, SJ_MESSAGE_SUBSCRIPTION_STATE_FAILED);
    expect_text(seen.reason, "404");
    sj_testkit_advance(kit, 28000);
    assert_true(is_quiet(kit));
}

/* However little is granted, it is refreshed before it has run out. */
static void test_short(void **state) {
    sj_testkit *kit = *state;
    char call_id[100];
    (void)snprintf(call_id, sizeof call_id, "%s", header(active(kit, 8), "Call-ID"));
    const char *refresh = await(kit, 8, "SUBSCRIBE sip:mail@");
    assert_string_equal(header(refresh, "Call-ID"), call_id);
    assert_string_equal(header(refresh, "CSeq"), "2 SUBSCRIBE");
}

/* A challenge is answered with the account of the trunk. */
static void test_challenged(void **state) {
    sj_testkit *kit = *state;
    char json[300], ha1[2][DIGEST_HEX];
    const unsigned char secret[32] = {0};
    struct digest *with = digest_new(secret);
    digest_ha1(with, DIGEST_MD5, "node", "mail", "letmein", ha1[0]);
    digest_ha1(with, DIGEST_SHA256, "node", "mail", "letmein", ha1[1]);
    digest_free(with);
    (void)snprintf(json, sizeof json,
                   "{\"realm\":\"mail\",\"user\":\"node\",\"digest_credentials\":\"%s:%s\"}",
                   ha1[0], ha1[1]);
    put(kit, &sj_sip_realm_meta, json);
    configure(kit, 3600);
    answer_with(kit, gateway, subscribed(kit, SUBSCRIBE), 401,
                "WWW-Authenticate: Digest realm=\"mail\", nonce=\"n1\", algorithm=MD5\r\n", "");
    const char *again = subscribed(kit, SUBSCRIBE);
    expect_text(header(again, "Authorization"), "username=\"node\"");
    assert_string_equal(header(again, "CSeq"), "2 SUBSCRIBE");
    answer_with(kit, gateway, again, 200, "Expires: 600\r\n", "");
    notify(kit, again, 1, "active", NOTHING);
    expect_state(kit, SJ_MESSAGE_SUBSCRIPTION_STATE_ACTIVE);
    assert_string_equal(header(await(kit, 490, "SUBSCRIBE sip:mail@"), "CSeq"), "3 SUBSCRIBE");
}

/* Nobody wants it any more: it is taken back in its dialog, and its last NOTIFY switches nothing.
 */
static void test_taken_back(void **state) {
    sj_testkit *kit = *state;
    char subscribe[4000];
    both_register(kit);
    (void)snprintf(subscribe, sizeof subscribe, "%s", active(kit, 600));
    put(kit, &sj_voice_mail_profile_meta, "{\"name\":\"Mail\"}");
    sj_testkit_advance(kit, 60);
    const char *end = subscribed(kit, "SUBSCRIBE sip:mail@192.0.2.90:5060");
    assert_string_equal(header(end, "Expires"), "0");
    assert_string_equal(header(end, "Call-ID"), header(subscribe, "Call-ID"));
    answer_with(kit, gateway, end, 200, "Expires: 0\r\n", "");
    notify(kit, subscribe, 2, "terminated;reason=timeout", WAITING);
    (void)expect(kit, gateway, "SIP/2.0 200");
    assert_null(sent_to(kit, bob, "REFER"));
    look(kit, "1002@Internal");
    assert_int_equal(seen.status, SJ_E_NOT_FOUND);
    notify(kit, subscribe, 3, "active", WAITING);
    (void)expect(kit, gateway, "SIP/2.0 481");
    sj_testkit_advance(kit, 3600000);
    assert_true(is_quiet(kit));
}

/* Its number is configured no more: nothing is kept of what is said of it. */
static void test_number_removed(void **state) {
    sj_testkit *kit = *state;
    sj_message_waiting *record = NULL;
    sj_error error;
    configure(kit, 3600);
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1005\",\"partition\":\"Internal\",\"voice_mail_profile\":\"Mail\"}");
    sj_testkit_advance(kit, 60);
    const char *subscribe = subscribed(kit, "SUBSCRIBE sip:1005@");
    answer_with(kit, gateway, subscribe, 200, "Expires: 600\r\n", "");
    notify(kit, subscribe, 1, "active", NOTHING);
    sj_scope *scope = sj_testkit_scope(kit);
    assert_int_equal(sj_store_begin(scope, &error), SJ_OK);
    assert_int_equal(sj_directory_number_delete(scope, "1005@Internal", &error), SJ_OK);
    assert_int_equal(sj_store_commit(scope, NULL, NULL, &error), SJ_OK);
    sj_testkit_advance(kit, 60);
    const char *end = subscribed(kit, "SUBSCRIBE sip:mail@192.0.2.90:5060");
    assert_string_equal(header(end, "Expires"), "0");
    notify(kit, end, 2, "active", WAITING);
    (void)expect(kit, gateway, "SIP/2.0 200");
    assert_int_equal(sj_message_waiting_get(scope, "1005@Internal", &record, NULL), SJ_E_NOT_FOUND);
}

/* ---- many numbers ---- */

static void many_numbers(sj_testkit *kit) {
    for (int i = 0; i < NUMBERS; i++) {
        char json[100];
        (void)snprintf(json, sizeof json, "{\"pattern\":\"%d\",\"partition\":\"Internal\"}",
                       2000 + i);
        put(kit, &sj_directory_number_meta, json);
    }
    put(kit, &sj_voice_mail_profile_meta,
        "{\"name\":\"Mail\",\"default_profile\":true,\"message_waiting_sip_trunk\":\"Gateway\"}");
}

/* They leave spread, and a mail system that is dead is not flooded: one of them tries it after a
 * while that grows. When it answers the others follow. */
static void test_dead(void **state) {
    sj_testkit *kit = *state;
    char last[4000];
    size_t all, tried;
    many_numbers(kit);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 60);
    assert_in_range(count_sent(kit, &all, last), 4, 16);
    sj_testkit_advance(kit, 60000);
    tried = count_sent(kit, &all, last);
    assert_in_range(tried, 32, 36); /* as many as may be unanswered, and those that try */
    look(kit, "");
    assert_int_equal(seen.system.state, SJ_MESSAGE_WAITING_STATUS_REPLY_MAIL_SYSTEM_STATE_SILENT);
    assert_int_equal(seen.system.subscriptions, NUMBERS + 3);
    assert_int_equal(seen.system.active, 0);
    expect_text(seen.system_reason, "answer");
    assert_true(seen.system.since > 0);
    assert_int_equal(seen.numbers, 100);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 1800000);
    assert_in_range(count_sent(kit, &all, last), 5, 20); /* in half an hour */
    for (int i = 0; i < 400; i++) {                      /* it has come back */
        sj_testkit_forget(kit);
        sj_testkit_advance(kit, 1000);
        if (count_sent(kit, &all, last) > 0) {
            break;
        }
    }
    answer_with(kit, strstr(last, "192.0.2.91:") != NULL ? "192.0.2.91" : gateway, last, 404, "",
                "");
    look(kit, "");
    assert_int_equal(seen.system.state, SJ_MESSAGE_WAITING_STATUS_REPLY_MAIL_SYSTEM_STATE_ANSWERS);
    assert_string_equal(seen.system_reason, "");
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 1000);
    assert_int_equal(count_sent(kit, &all, last), 32);
}

/* A mail system that wants to be left alone is. */
static void test_overloaded(void **state) {
    sj_testkit *kit = *state;
    char last[4000];
    size_t all;
    configure(kit, 3600);
    answer_with(kit, gateway, subscribed(kit, SUBSCRIBE), 503, "Retry-After: 120\r\n", "");
    look(kit, "");
    expect_text(seen.system_reason, "503");
    sj_testkit_advance(kit, 118000);
    assert_int_equal(count_sent(kit, &all, last), 0);
    sj_testkit_advance(kit, 4000);
    assert_int_equal(count_sent(kit, &all, last), 1); /* another address of the trunk */
    expect_text(last, "SUBSCRIBE sip:1002@192.0.2.91:5060 SIP/2.0");
}

/* ---- Subscription-State ---- */

static void test_states(void **state) {
    static const struct {
        const char *text;
        bool read;
        enum subscription_phase phase;
        bool said;
        uint32_t expires_s, retry_after_s;
        enum subscription_retry retry;
        const char *reason;
    } cases[] = {
        {"active;expires=600", true, SUBSCRIPTION_ACTIVE, true, 600, 0, RETRY_LATER, ""},
        {"Pending", true, SUBSCRIPTION_PENDING, false, 0, 0, RETRY_LATER, ""},
        {"active ; expires=0", true, SUBSCRIPTION_ACTIVE, true, 0, 0, RETRY_LATER, ""},
        {"terminated;reason=Timeout", true, SUBSCRIPTION_TERMINATED, false, 0, 0, RETRY_AT_ONCE,
         "timeout"},
        {"terminated;retry-after=30;reason=giveup", true, SUBSCRIPTION_TERMINATED, false, 0, 30,
         RETRY_LATER, "giveup"},
        {"terminated;reason=rejected", true, SUBSCRIPTION_TERMINATED, false, 0, 0, RETRY_SELDOM,
         "rejected"},
        {"terminated;reason=vacation", true, SUBSCRIPTION_TERMINATED, false, 0, 0, RETRY_LATER, ""},
        {"active;expires=99999999999", false, SUBSCRIPTION_ACTIVE, true, 0, 0, RETRY_LATER, ""},
        {"active;expires=soon", false, SUBSCRIPTION_ACTIVE, true, 0, 0, RETRY_LATER, ""},
        {"terminated;retry-after=-1", false, SUBSCRIPTION_TERMINATED, false, 0, 0, RETRY_LATER, ""},
        {"activated", false, SUBSCRIPTION_ACTIVE, false, 0, 0, RETRY_LATER, ""},
        {"", false, SUBSCRIPTION_ACTIVE, false, 0, 0, RETRY_LATER, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct subscription_state read;
        assert_int_equal(subscription_state_read(sip_text_of(cases[i].text), &read), cases[i].read);
        assert_int_equal(read.phase, cases[i].phase);
        assert_int_equal(read.expires_said, cases[i].said);
        assert_int_equal(read.expires_s, cases[i].expires_s);
        assert_int_equal(read.retry_after_s, cases[i].retry_after_s);
        assert_int_equal(read.retry, cases[i].retry);
        assert_string_equal(read.reason, cases[i].reason);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_subscribes),
        TEST(test_dialog),
        TEST(test_notify_first),
        TEST(test_no_notify),
        TEST(test_ended),
        TEST(test_forgotten),
        TEST(test_refresh_unanswered),
        TEST(test_too_brief),
        TEST(test_short),
        TEST(test_challenged),
        TEST(test_taken_back),
        TEST(test_number_removed),
        TEST(test_dead),
        TEST(test_overloaded),

        cmocka_unit_test(test_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
