/* What tests of subscriptions to mailboxes share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mailbox_kit.h"
#include "phones/message_summary.h"
#include "resources/directory_number.h"
#include "resources/voice_mail.h"

void expect_text(const char *message, const char *text) {
    if (strstr(message, text) == NULL) {
        fail_msg("\"%s\" is not in:\n%s", text, message);
    }
}

/* Bob's number has a voice mail profile that subscribes, for `expires_s`. */
void configure(sj_testkit *kit, int expires_s) {
    char json[300];
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"Mail\",\"message_waiting_sip_trunk\":\"Gateway\","
                   "\"message_waiting_expires_s\":%d}",
                   expires_s);
    put(kit, &sj_voice_mail_profile_meta, json);
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"voice_mail_profile\":\"Mail\"}");
    sj_testkit_advance(kit, 60);
}

/* The SUBSCRIBE that was sent last; it is kept, and what was sent before forgotten. */
const char *subscribed(sj_testkit *kit, const char *head) {
    static char request[4000];
    (void)snprintf(request, sizeof request, "%s", expect(kit, gateway, head));
    sj_testkit_forget(kit);
    return request;
}

bool is_quiet(sj_testkit *kit) {
    return sent_to(kit, gateway, "SUBSCRIBE") == NULL;
}

/* The same of the one that comes within so many seconds. */
const char *await(sj_testkit *kit, int seconds, const char *head) {
    while (seconds-- > 0 && is_quiet(kit)) {
        sj_testkit_advance(kit, 1000);
    }
    return subscribed(kit, head);
}

/* A NOTIFY in the dialog of a SUBSCRIBE. */
void notify_with(sj_testkit *kit, const char *subscribe, const struct notify *notify) {
    static int branch;
    char text[2000];
    (void)snprintf(
        text, sizeof text,
        "NOTIFY sip:1002@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bKn%d\r\n"
        "From: <sip:1002@192.0.2.90>;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d NOTIFY\r\n"
        "Contact: %s\r\nEvent: message-summary\r\n%s%s%s"
        "Content-Length: %zu\r\n\r\n%s",
        notify->from, branch++, notify->tag, header(subscribe, "From"),
        header(subscribe, "Call-ID"), notify->cseq,
        notify->contact == NULL ? "<sip:mail@192.0.2.90:5060>" : notify->contact,
        notify->state[0] == '\0' ? "" : "Subscription-State: ", notify->state,
        notify->body[0] == '\0' ? "\r\n" : "\r\nContent-Type: " MESSAGE_SUMMARY_TYPE "\r\n",
        strlen(notify->body), notify->body);
    if (notify->state[0] == '\0') { /* no line at all */
        char *at = strstr(text, "summary\r\n\r\nContent");
        assert_non_null(at);
        memmove(at + 9, at + 11, strlen(at + 11) + 1);
    }
    sj_testkit_forget(kit);
    send_text(kit, notify->from, 5060, text);
    sj_testkit_advance(kit, 40);
}

void notify(sj_testkit *kit, const char *subscribe, int cseq, const char *state, const char *body) {
    const struct notify message = {
        .from = gateway, .tag = "peer", .state = state, .body = body, .cseq = cseq};
    notify_with(kit, subscribe, &message);
}

/* Subscribed, accepted and told that nothing waits. */
const char *active(sj_testkit *kit, int expires_s) {
    char granted[40];
    configure(kit, 3600);
    const char *subscribe = subscribed(kit, SUBSCRIBE);
    (void)snprintf(granted, sizeof granted, "Expires: %d\r\n", expires_s);
    answer_with(kit, gateway, subscribe, 200, granted, "");
    notify(kit, subscribe, 1, "active", NOTHING);
    (void)expect(kit, gateway, "SIP/2.0 200");
    return subscribe;
}

/* ---- what is told of it ---- */

struct mailbox_seen seen;

static void on_status(void *user, int status, const sj_error *error,
                      const sj_message_waiting_status_reply *reply) {
    (void)user;
    (void)error;
    memset(&seen, 0, sizeof seen);
    seen.status = status;
    if (status == SJ_OK && reply->mail_systems_count > 0) {
        seen.system = reply->mail_systems[0];
        (void)snprintf(seen.system_reason, sizeof seen.system_reason, "%s", seen.system.reason);
    }
    if (status == SJ_OK && reply->numbers_count > 0) {
        seen.numbers = reply->numbers_count;
        seen.number = reply->numbers[0];
        (void)snprintf(seen.reason, sizeof seen.reason, "%s", seen.number.reason);
    }
}

void look(sj_testkit *kit, const char *directory_number) {
    const sj_message_waiting_status request = {.directory_number = directory_number, .limit = 100};
    sj_error error;
    assert_int_equal(
        sj_ask_message_waiting_status(sj_testkit_scope(kit), &request, 0, on_status, NULL, &error),
        SJ_OK);
    sj_testkit_run(kit);
}

void expect_state(sj_testkit *kit, sj_message_subscription_state state) {
    look(kit, "1002@Internal");
    assert_int_equal(seen.status, SJ_OK);
    if (seen.number.state != state) {
        fail_msg("state %d is expected, it is %d: %s", (int)state, (int)seen.number.state,
                 seen.reason);
    }
}
