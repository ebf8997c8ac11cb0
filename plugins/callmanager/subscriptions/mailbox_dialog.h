/* The dialog of a subscription to a mailbox: who its ends are, what is written in it, and which
 * NOTIFY belongs to it. */
#ifndef CALLMANAGER_MAILBOX_DIALOG_H
#define CALLMANAGER_MAILBOX_DIALOG_H

#include "subscriptions/mailbox_subscription.h"

/* A dialog to be: another tag and Call-ID, with an address of the trunk. False, with the reason:
 * there is none, or no memory. */
bool mailbox_dialog_begin(struct mailbox_subscription *subscription, const char *number, char *why,
                          size_t room);
/* There is none any more. */
void mailbox_dialog_forget(struct mailbox_subscription *subscription);
/* Takes dialog facts from the first 2xx or NOTIFY, whichever comes first (RFC 6665 4.1.2.4), and
 * the Contact from those that follow. False: they cannot be read. */
bool mailbox_dialog_learn(struct mailbox_subscription *subscription,
                          const struct sip_message *message);
/* Writes a SUBSCRIBE, within the dialog when there is one. */
void mailbox_dialog_put_subscribe(struct mailbox_subscription *subscription, const char *number,
                                  const char *branch, struct sip_writer *writer);

/* The subscription that a NOTIFY names by Call-ID and tag; NULL: none. */
struct mailbox_subscription *mailbox_dialog_find(const struct mailboxes *mailboxes,
                                                 const struct sip_message *request);
/* Whether it is from the dialog's other end: no other one that a forked SUBSCRIBE has reached. One
 * that comes before the 2xx makes the dialog. */
bool mailbox_dialog_is_other_end(const struct mailbox_subscription *subscription,
                                 const struct sip_message *request);
/* Whether that is where the SUBSCRIBEs go to, or another address of the trunk. */
bool mailbox_dialog_is_from_there(const struct mailbox_subscription *subscription,
                                  const struct sip_flow *flow);

#endif
