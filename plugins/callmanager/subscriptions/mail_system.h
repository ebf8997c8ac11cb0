/* Mail systems that tell only subscribers whether messages wait: each is a trunk, with the
 * subscriptions that wait for their turn to be sent there. SUBSCRIBEs leave spread, so many at most
 * unanswered; one that does not answer is tried with a single SUBSCRIBE after a while that grows.
 */
#ifndef CALLMANAGER_MAIL_SYSTEM_H
#define CALLMANAGER_MAIL_SYSTEM_H

#include "core/call_manager.h"
#include "events/call.h"

struct mailbox_subscription;

struct mail_system {
    sj_list_link link; /* in the order of their trunks' names */
    struct call_manager *manager;
    sj_list_head due; /* subscriptions that wait for their turn */
    size_t under_way; /* SUBSCRIBEs without an answer */
    sj_message_waiting_status_reply_mail_system_state state;
    int64_t since_ms; /* wall */
    char reason[300]; /* why it is silent */
    unsigned failures;
    bool probing;   /* it is silent, and one SUBSCRIBE may try it */
    size_t address; /* of the trunk's, that is tried */
    struct wheel_timer again;
    char trunk[130];
};

/* The one of a trunk, which is made when it is not known; NULL: no memory. */
struct mail_system *mail_system_of(struct call_manager *manager, const char *trunk);
void mail_system_free(struct mail_system *system);

/* A subscription waits for its turn; `first`: before all others. */
void mail_system_queue(struct mail_system *system, struct mailbox_subscription *subscription,
                       bool first);
/* A SUBSCRIBE has been answered. */
void mail_system_answers(struct mail_system *system);
/* One has not, or could not be sent, or it wants to be left alone for `least_s`. */
void mail_system_is_silent(struct mail_system *system, const char *why, int64_t least_s);
/* It need not wait any longer for the next try, if it is silent: an operator has changed something.
 */
void mail_system_try(struct mail_system *system);

#endif
