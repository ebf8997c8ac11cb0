/* What a mail system claims of a subscription, and how much of it is believed: times, addresses,
 * and whether it is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mailbox_kit.h"
#include "resources/voice_mail.h"
#include "sip/subscription_state.h"

/* A NOTIFY makes a subscription shorter, never longer (RFC 6665 4.1.2.2). */
static void test_longer(void **state) {
    sj_testkit *kit = *state;
    char subscribe[4000];
    (void)snprintf(subscribe, sizeof subscribe, "%s", active(kit, 600));
    notify(kit, subscribe, 2, "active;expires=4294967295", NOTHING);
    (void)expect(kit, gateway, "SIP/2.0 200");
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 410000);
    assert_true(is_quiet(kit));
    (void)await(kit, 75, "SUBSCRIBE sip:mail@192.0.2.90:5060 SIP/2.0");
}

/* It may be left alone for a day, not for ever. */
static void test_retry_after(void **state) {
    struct subscription_state read;
    (void)state;
    assert_true(subscription_state_read(sip_text_of("terminated;retry-after=4294967295"), &read));
    assert_int_equal(read.retry_after_s, 86400);
    assert_true(subscription_state_read(sip_text_of("terminated;retry-after=900"), &read));
    assert_int_equal(read.retry_after_s, 900);
}

/* Active for no time: it has ended, and is tried again after a while that grows. */
static void test_no_time(void **state) {
    sj_testkit *kit = *state;
    char subscribe[4000];
    (void)snprintf(subscribe, sizeof subscribe, "%s", active(kit, 600));
    notify(kit, subscribe, 2, "active;expires=0", NOTHING);
    sj_testkit_advance(kit, 25000);
    assert_true(is_quiet(kit));
    expect_state(kit, SJ_MESSAGE_SUBSCRIPTION_STATE_FAILED);
    expect_text(seen.reason, "expires=0");
    (void)snprintf(subscribe, sizeof subscribe, "%s", await(kit, 50, SUBSCRIBE));
    answer_with(kit, gateway, subscribe, 200, "Expires: 600\r\n", "");
    notify(kit, subscribe, 1, "active;expires=0", NOTHING);
    sj_testkit_advance(kit, 55000);
    assert_true(is_quiet(kit));
    (void)await(kit, 100, SUBSCRIBE);
}

/* The dialog stays with the trunk, whatever a Contact says. */
static void test_contact(void **state) {
    sj_testkit *kit = *state;
    struct notify message = {.from = gateway,
                             .tag = "peer",
                             .state = "active",
                             .body = NOTHING,
                             .cseq = 2,
                             .contact = "<tel:+123>"};
    char subscribe[4000];
    (void)snprintf(subscribe, sizeof subscribe, "%s", active(kit, 600));
    notify_with(kit, subscribe, &message);
    expect_text(expect(kit, gateway, "SIP/2.0 400"), "Contact");
    message.contact = "<sip:mail@203.0.113.9:5060>";
    notify_with(kit, subscribe, &message);
    (void)expect(kit, gateway, "SIP/2.0 200");
    message.from = "203.0.113.9";
    message.cseq = 3;
    notify_with(kit, subscribe, &message);
    (void)expect(kit, "203.0.113.9", "SIP/2.0 403");
    sj_testkit_forget(kit);
    (void)await(kit, 490, "SUBSCRIBE sip:mail@203.0.113.9:5060 SIP/2.0"); /* to the trunk */
}

/* A mail system that is silent is tried at once when an operator names it anew. */
static void test_named_again(void **state) {
    sj_testkit *kit = *state;
    configure(kit, 3600);
    (void)subscribed(kit, SUBSCRIBE);
    sj_testkit_advance(kit, 600000);
    look(kit, "1002@Internal");
    assert_int_equal(seen.system.state, SJ_MESSAGE_WAITING_STATUS_REPLY_MAIL_SYSTEM_STATE_SILENT);
    do { /* until no try is under way, at neither address */
        sj_testkit_forget(kit);
        sj_testkit_advance(kit, 40000);
    } while (sj_testkit_find(kit, "udp", "SUBSCRIBE sip:") != NULL);
    put(kit, &sj_voice_mail_profile_meta, "{\"name\":\"Mail\"}");
    sj_testkit_advance(kit, 100);
    assert_true(is_quiet(kit));
    configure(kit, 3600);
    sj_testkit_advance(kit, 100);
    (void)expect(kit, sent_to(kit, gateway, "SUBSCRIBE") != NULL ? gateway : "192.0.2.91",
                 "SUBSCRIBE");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_longer, setup, teardown),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test_setup_teardown(test_no_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_contact, setup, teardown),
        cmocka_unit_test_setup_teardown(test_named_again, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
