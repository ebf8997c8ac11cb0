/* Whose turn it is, and whether the mail system answers. */
#include "subscriptions/mail_system.h"
#include "subscriptions/mailbox_subscription.h"
#include "subscriptions/mailboxes.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SUBSCRIBES = 4,       /* in each tick of the wheel (20 ms), to all mail systems: 200 a second */
    UNANSWERED_MOST = 32, /* by one mail system */
    AGAIN_FIRST_S = 5,
    AGAIN_MOST_S = 300,
};

struct mail_system *mail_system_of(struct call_manager *manager, const char *trunk) {
    struct mailboxes *mailboxes = manager->mailboxes;
    sj_list_link *behind = &mailboxes->systems.ends;
    SJ_LIST_EACH(other, &mailboxes->systems, struct mail_system, link) {
        const int order = strcmp(other->trunk, trunk);
        if (order == 0) {
            return other;
        }
        if (order > 0) {
            behind = &other->link;
            break;
        }
    }
    struct mail_system *system = calloc(1, sizeof *system);
    if (system != NULL) {
        system->manager = manager;
        (void)snprintf(system->trunk, sizeof system->trunk, "%s", trunk);
        sj_list_add_before(behind, &system->link);
    }
    return system;
}

void mail_system_free(struct mail_system *system) {
    timer_wheel_stop(&system->manager->slow.wheel, &system->again);
    sj_list_remove(&system->link);
    free(system);
}

/* ---- turns ---- */

static bool may_send(const struct mail_system *system) {
    const bool silent = system->state == SJ_MESSAGE_WAITING_STATUS_REPLY_MAIL_SYSTEM_STATE_SILENT;
    return !sj_list_empty(&system->due) && (silent ? system->probing && system->under_way == 0
                                                   : system->under_way < UNANSWERED_MOST);
}

static void send_next(struct mail_system *system) {
    struct mailbox_subscription *subscription =
        SJ_OWNER(sj_list_take_first(&system->due), struct mailbox_subscription, due);
    char why[300];
    system->probing = false;
    switch (mailbox_subscription_send(subscription, why, sizeof why)) {
    case MAILBOX_SENT: system->under_way++; break;
    case MAILBOX_UNREACHABLE:
        mail_system_queue(system, subscription, true);
        mail_system_is_silent(system, why, 0);
        break;
    case MAILBOX_DONE: break;
    }
}

static void turn(struct wheel_timer *timer);

static void wake(struct call_manager *manager) {
    struct mailboxes *mailboxes = manager->mailboxes;
    if (!wheel_timer_running(&mailboxes->turn)) {
        timer_wheel_start(&manager->fast.wheel, &mailboxes->turn, sj_monotonic_ms(manager->scope),
                          0, turn);
    }
}

/* One for each mail system after the other, until the turn is full or none may send any more. */
static void turn(struct wheel_timer *timer) {
    struct mailboxes *mailboxes = SJ_OWNER(timer, struct mailboxes, turn);
    unsigned left = SUBSCRIBES;
    bool more = true;
    while (more) {
        more = false;
        SJ_LIST_EACH(system, &mailboxes->systems, struct mail_system, link) {
            if (may_send(system)) {
                if (left == 0) {
                    wake(mailboxes->manager);
                    return;
                }
                left--;
                more = true;
                send_next(system);
            }
        }
    }
}

void mail_system_queue(struct mail_system *system, struct mailbox_subscription *subscription,
                       bool first) {
    if (first) {
        sj_list_add_first(&system->due, &subscription->due);
    } else {
        sj_list_add_last(&system->due, &subscription->due);
    }
    wake(system->manager);
}

/* ---- whether it answers ---- */

static void note(struct mail_system *system,
                 sj_message_waiting_status_reply_mail_system_state state, const char *reason) {
    struct call_manager *manager = system->manager;
    (void)snprintf(system->reason, sizeof system->reason, "%s", reason);
    if (system->state == state) {
        return;
    }
    if (state == SJ_MESSAGE_WAITING_STATUS_REPLY_MAIL_SYSTEM_STATE_SILENT) {
        sj_log_warning(manager->scope,
                       "the mail system behind trunk %s does not answer SUBSCRIBE: %s",
                       system->trunk, reason);
    } else {
        sj_log_info(manager->scope, "the mail system behind trunk %s answers SUBSCRIBE",
                    system->trunk);
    }
    system->state = state;
    system->since_ms = sj_wall_ms(manager->scope);
}

void mail_system_answers(struct mail_system *system) {
    system->failures = 0;
    timer_wheel_stop(&system->manager->slow.wheel, &system->again);
    note(system, SJ_MESSAGE_WAITING_STATUS_REPLY_MAIL_SYSTEM_STATE_ANSWERS, "");
    wake(system->manager);
}

static void again(struct wheel_timer *timer) {
    struct mail_system *system = SJ_OWNER(timer, struct mail_system, again);
    system->probing = true;
    wake(system->manager);
}

void mail_system_try(struct mail_system *system) {
    if (wheel_timer_running(&system->again)) {
        timer_wheel_stop(&system->manager->slow.wheel, &system->again);
        again(&system->again);
    }
}

/* Those that were sent together fail together, which is one failure. */
void mail_system_is_silent(struct mail_system *system, const char *why, int64_t least_s) {
    struct call_manager *manager = system->manager;
    note(system, SJ_MESSAGE_WAITING_STATUS_REPLY_MAIL_SYSTEM_STATE_SILENT, why);
    if (!wheel_timer_running(&system->again) && !system->probing) {
        const int64_t wait_s =
            call_manager_back_off_s(manager, AGAIN_FIRST_S, AGAIN_MOST_S, system->failures++);
        system->address++;
        timer_wheel_start(&manager->slow.wheel, &system->again, sj_monotonic_ms(manager->scope),
                          (uint64_t)(wait_s < least_s ? least_s : wait_s) * 1000, again);
    }
}
