/* Subscriptions of phones (RFC 6665): one table for all event packages. Each costs one allocation.
 * The whole state is sent each time; a NOTIFY leaves when the one before it has been answered, and
 * so many of them leave in a tick that thousands of watchers of one number do not hold up calls:
 * what changes meanwhile is told at once with it. */
#ifndef CALLMANAGER_SUBSCRIPTION_H
#define CALLMANAGER_SUBSCRIPTION_H

#include "subscriptions/event_package.h"

enum { SUBSCRIPTIONS_OF_PHONE = 300, SUBSCRIPTIONS_MAX = 400000 };

/* What is watched, with everybody who watches it. */
struct watched {
    sj_map_link link;
    enum watched_kind kind;
    sj_list_head subscriptions;
    char key[];
};

struct subscription {
    sj_map_link by_tag;     /* our tag of its dialog */
    sj_map_link by_device;  /* the phone that watches */
    sj_list_link by_target; /* among all that watch the same */
    sj_list_link due;       /* waits for its turn to be notified, */
    sj_list_link doubted;   /* for its rights to be looked at again */
    struct wheel_timer timer;
    struct call_manager *manager;
    struct watched *watched;
    const struct event_package *package;
    struct sip_transaction *notify; /* the NOTIFY under way, or NULL */
    struct sip_flow flow;
    uint64_t ends_ms; /* monotonic; UINT64_MAX: with the registration of the phone */
    uint32_t cseq, remote_cseq;
    uint32_t version; /* of its documents */
    bool changed;     /* there is something to tell */
    bool unasked;     /* no SUBSCRIBE was sent: a key of a Cisco phone */
    bool once;        /* it ends with its first NOTIFY */
    bool other_type;  /* the phone accepts package->other_type alone */
    char tag[SIP_TAG];
    const char *device_name;
    const char *number; /* what is watched, as others call it */
    const char *asked;  /* as the watcher calls it */
    const char *call_id;
    const char *local;  /* value of From in what we send, without our tag */
    const char *remote; /* value of To */
    const char *target; /* request URI */
    const char *routes; /* whole Route header lines; "" */
    const char *event;  /* value of Event */
    char *moved;        /* another target that it named later, or NULL */
    char texts[];
};

/* Where a subscription is to be made from. */
struct subscription_texts {
    struct sip_text device_name, number, asked, call_id, local, remote, target, routes, event;
};

/* Memory asked for by all of them. */
size_t subscriptions_bytes(const struct call_manager *manager);
int subscriptions_open(struct call_manager *manager, sj_error *error);
void subscriptions_free(struct call_manager *manager);

/* SUBSCRIBE, first or within its dialog. */
void subscribe_receive(struct call_manager *manager, const struct sip_message *request,
                       const struct sip_flow *flow);

/* A new one without an end. NULL: no memory, or too many. */
struct subscription *subscription_new(struct call_manager *manager,
                                      const struct event_package *package, const char *key,
                                      const struct subscription_texts *texts,
                                      const struct sip_flow *flow);
struct subscription *subscription_find(const struct call_manager *manager, struct sip_text tag);
/* The first of a phone, and the next; NULL: there is no more. */
struct subscription *subscription_of_phone(const struct call_manager *manager,
                                           const char *device_name,
                                           const struct subscription *previous);
/* Its NOTIFYs go to another request URI from now on; false: no memory. */
bool subscription_move(struct subscription *subscription, struct sip_text target);
/* Ends in so many seconds, unless it is refreshed. */
void subscription_lasts(struct subscription *subscription, uint32_t seconds);
/* Whether its phone may still watch that; see event_package.h. */
void subscription_judge(const struct subscription *subscription, struct device *device,
                        struct watch_verdict *verdict);
/* Sends the state now, or as soon as the NOTIFY under way has been answered. One that is told once
 * is gone then, and one whose rights are gone is ended. */
void subscription_notify(struct subscription *subscription);
/* The same in its turn. */
void subscription_wait(struct subscription *subscription);
/* Its rights are looked at again in its turn, and it is ended when they are gone. */
void subscription_doubt(struct subscription *subscription);
/* Says that it has ended, and why (RFC 6665 4.1.3), with the state when that was asked for. */
void subscription_end(struct subscription *subscription, const char *reason, bool with_state);
/* Forgets it without a word. */
void subscription_drop(struct subscription *subscription);

/* What is watched has changed: its watchers are told in their turn. */
void subscriptions_changed(struct call_manager *manager, enum watched_kind kind, const char *key);
/* The rights of all are looked at again, soon: many changes in a row are one. */
void subscriptions_doubt_all(struct call_manager *manager);
/* What is watched is no more. */
void subscriptions_end_all(struct call_manager *manager, enum watched_kind kind, const char *key,
                           const char *reason);

#endif
