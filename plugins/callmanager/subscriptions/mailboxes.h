/* Which directory numbers are subscribed to with which mail system: those whose voice mail profile
 * names a trunk for it (Message Waiting Subscription SIP Trunk). */
#ifndef CALLMANAGER_MAILBOXES_H
#define CALLMANAGER_MAILBOXES_H

#include "core/call_manager.h"
#include "resources/voice_mail.h"

struct mailboxes {
    struct call_manager *manager;
    sj_list_head systems;     /* mail_system.h */
    struct wheel_timer turn;  /* SUBSCRIBEs leave */
    sj_map by_tag, by_number; /* mailbox_subscription.h; by_number without those that end */
    sj_list profiles;         /* voice mail profiles as they are configured */
    char *looked_to;          /* all numbers are being looked at, these have been */
    sj_handle *look;
};

/* Answers message_waiting.status too. */
int mailboxes_open(struct call_manager *manager, sj_error *error);
void mailboxes_free(struct call_manager *manager);
/* A directory number is there, is configured differently, or is no more. */
void mailboxes_number_changed(struct call_manager *manager, const char *directory_number);
/* The voice mail profiles have changed: all numbers are looked at, in slices. */
void mailboxes_profiles_changed(struct call_manager *manager);

#endif
