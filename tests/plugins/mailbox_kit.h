/* For tests of subscriptions to mailboxes: the test plays the mail system, behind the trunk
 * Gateway.
 */
#ifndef MAILBOX_KIT_H
#define MAILBOX_KIT_H

#include "callmanager_kit.h"
#include "events/call.h"

#define WAITING "Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n"
#define NOTHING "Messages-Waiting: no\r\n"
#define SUBSCRIBE "SUBSCRIBE sip:1002@192.0.2.90:5060 SIP/2.0"

void expect_text(const char *message, const char *text);
/* Bob's number has a voice mail profile that subscribes, for `expires_s`. */
void configure(sj_testkit *kit, int expires_s);
/* The SUBSCRIBE that was sent last; it is kept, and what was sent before forgotten. */
const char *subscribed(sj_testkit *kit, const char *head);
bool is_quiet(sj_testkit *kit);
/* The same of the one that comes within so many seconds. */
const char *await(sj_testkit *kit, int seconds, const char *head);

struct notify {
    const char *from, *tag, *state, *body;
    int cseq;
    const char *contact; /* NULL: at the mail system */
};

/* A NOTIFY in the dialog of a SUBSCRIBE. */
void notify_with(sj_testkit *kit, const char *subscribe, const struct notify *notify);
void notify(sj_testkit *kit, const char *subscribe, int cseq, const char *state, const char *body);
/* Subscribed, accepted and told that nothing waits. */
const char *active(sj_testkit *kit, int expires_s);

/* What message_waiting.status has told last. */
struct mailbox_seen {
    int status;
    size_t numbers;
    sj_message_waiting_status_reply_entry number;
    sj_message_waiting_status_reply_mail_system system;
    char reason[300], system_reason[300];
};
extern struct mailbox_seen seen;
void look(sj_testkit *kit, const char *directory_number);
void expect_state(sj_testkit *kit, sj_message_subscription_state state);

#endif
