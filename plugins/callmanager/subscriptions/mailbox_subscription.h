/* A subscription of this node to the mailbox of a directory number (RFC 6665, RFC 3842): its dialog
 * with the mail system, SUBSCRIBEs out, NOTIFYs in. */
#ifndef CALLMANAGER_MAILBOX_SUBSCRIPTION_H
#define CALLMANAGER_MAILBOX_SUBSCRIPTION_H

#include "subscriptions/mail_system.h"

struct mailbox_subscription {
    sj_map_link by_tag, by_number;
    sj_list_link due; /* waits for its turn */
    struct wheel_timer timer;
    struct mail_system *system;
    struct sip_transaction *transaction; /* of the SUBSCRIBE under way, or NULL */
    struct sip_flow flow;
    sj_message_subscription_state state;
    int64_t since_ms, heard_ms; /* wall; heard_ms 0: no NOTIFY has come */
    uint64_t ends_ms;           /* monotonic; 0: there is none */
    int64_t asked_s;            /* for how long it asks */
    uint32_t cseq, remote_cseq;
    unsigned failures;
    bool ending;  /* nobody wants it any more */
    bool unasked; /* ending, and that has been said */
    bool raised;  /* asked_s, for a 423, since it was last accepted */
    bool told;    /* a NOTIFY has come in this dialog */
    bool unheard; /* the last SUBSCRIBE was not answered */
    bool refresh; /* the SUBSCRIBE under way is within a dialog */
    char tag[SIP_TAG], call_id[SIP_TAG];
    char *remote; /* value of To, with the tag; NULL: there is no dialog */
    char *target; /* request URI */
    char *routes; /* whole Route header lines; NULL: none */
    char *reason; /* what went wrong last; NULL: nothing */
    char key[];   /* of the directory number */
};

enum mailbox_sending {
    MAILBOX_SENT,
    MAILBOX_UNREACHABLE, /* with the reason */
    MAILBOX_DONE,        /* there was nothing to be sent, and it is gone */
};

/* A new one, which waits for its turn. NULL: no memory. */
struct mailbox_subscription *mailbox_subscription_new(struct mail_system *system, const char *key,
                                                      int64_t expires_s);
/* Nobody wants it any more: it is taken back, in its turn. */
void mailbox_subscription_end(struct mailbox_subscription *subscription);
/* Forgets it without a word. */
void mailbox_subscription_drop(struct mailbox_subscription *subscription);
/* Its turn has come. */
enum mailbox_sending mailbox_subscription_send(struct mailbox_subscription *subscription, char *why,
                                               size_t room);
/* Whether the mail system has said so by NOTIFY, and it has not run out since. */
bool mailbox_subscription_lasts(const struct mailbox_subscription *subscription);

/* A NOTIFY within a dialog: refused when the dialog is none of these. */
void mailbox_subscription_notified(struct call_manager *manager, const struct sip_message *request,
                                   const struct sip_flow *flow);

#endif
