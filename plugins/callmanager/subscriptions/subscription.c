/* The table of subscriptions, the NOTIFYs in their turn, and the end of what is not refreshed. */
#include "subscriptions/subscription.h"
#include "phones/registrations.h"

#include <sojourn/base/hash.h>

#include <stdio.h>
#include <stdlib.h>

enum {
    TURN_MS = 20,
    NOTIFIES_A_TURN = 40,
    AGAIN_MS = 30 * 1000, /* a NOTIFY that was refused for the moment */
    DOUBT_MS = 1000,      /* from a change of rights until all are looked at */
};

struct subscriptions {
    sj_map by_tag, by_device, watched;
    sj_list_head due, doubted;
    struct wheel_timer turn, doubt;
    struct call_manager *manager;
    size_t bytes; /* asked for */
    sj_metric *metric_count, *metric_bytes, *metric_notifies;
};

/* ---- the table ---- */

static struct watched *find_watched(const struct call_manager *manager, enum watched_kind kind,
                                    const char *key) {
    SJ_MAP_EACH_OF(watched, &manager->subscriptions->watched, sj_hash_keyed_text(key),
                   struct watched, link) {
        if (watched->kind == kind && strcmp(watched->key, key) == 0) {
            return watched;
        }
    }
    return NULL;
}

static struct watched *watch(struct call_manager *manager, enum watched_kind kind,
                             const char *key) {
    struct watched *watched = find_watched(manager, kind, key);
    if (watched == NULL && (watched = calloc(1, sizeof *watched + strlen(key) + 1)) != NULL) {
        watched->kind = kind;
        memcpy(watched->key, key, strlen(key) + 1);
        sj_map_add(&manager->subscriptions->watched, &watched->link, sj_hash_keyed_text(key));
    }
    return watched;
}

static void unwatch(struct call_manager *manager, struct watched *watched) {
    if (sj_list_empty(&watched->subscriptions)) {
        (void)sj_map_remove(&manager->subscriptions->watched, &watched->link);
        free(watched);
    }
}

size_t subscriptions_bytes(const struct call_manager *manager) {
    return manager->subscriptions->bytes;
}

static void show_count(const struct call_manager *manager) {
    const struct subscriptions *all = manager->subscriptions;
    const double count = (double)all->by_tag.count;
    sj_metric_set(manager->scope, all->metric_count, count);
    sj_metric_set(manager->scope, all->metric_bytes, count > 0 ? (double)all->bytes / count : 0);
}

static const char *put_text(char **at, struct sip_text text) {
    char *start = *at;
    (void)sip_text_copy(text, start, text.length + 1);
    *at += text.length + 1;
    return start;
}

static size_t size_of(const struct subscription_texts *texts) {
    return sizeof(struct subscription) + 9 + texts->device_name.length + texts->number.length +
           texts->asked.length + texts->call_id.length + texts->local.length +
           texts->remote.length + texts->target.length + texts->routes.length + texts->event.length;
}

static size_t bytes_of(const struct subscription *subscription) {
    return (size_t)(subscription->event + strlen(subscription->event) + 1 -
                    (const char *)subscription);
}

struct subscription *subscription_new(struct call_manager *manager,
                                      const struct event_package *package, const char *key,
                                      const struct subscription_texts *texts,
                                      const struct sip_flow *flow) {
    struct subscriptions *all = manager->subscriptions;
    struct subscription *subscription =
        all->by_tag.count >= SUBSCRIPTIONS_MAX ? NULL : calloc(1, size_of(texts));
    struct watched *watched = subscription == NULL ? NULL : watch(manager, package->kind, key);
    if (watched == NULL) {
        free(subscription);
        return NULL;
    }
    char *at = subscription->texts;
    subscription->manager = manager;
    subscription->package = package;
    subscription->watched = watched;
    subscription->flow = *flow;
    subscription->ends_ms = UINT64_MAX;
    subscription->device_name = put_text(&at, texts->device_name);
    subscription->number = put_text(&at, texts->number);
    subscription->asked = put_text(&at, texts->asked);
    subscription->call_id = put_text(&at, texts->call_id);
    subscription->local = put_text(&at, texts->local);
    subscription->remote = put_text(&at, texts->remote);
    subscription->target = put_text(&at, texts->target);
    subscription->routes = put_text(&at, texts->routes);
    subscription->event = put_text(&at, texts->event);
    call_manager_token(manager, subscription->tag);
    sj_map_add(&all->by_tag, &subscription->by_tag, sj_hash_keyed_text(subscription->tag));
    sj_map_add(&all->by_device, &subscription->by_device,
               sj_hash_keyed_text(subscription->device_name));
    sj_list_add_last(&watched->subscriptions, &subscription->by_target);
    all->bytes += bytes_of(subscription);
    show_count(manager);
    return subscription;
}

void subscription_drop(struct subscription *subscription) {
    struct call_manager *manager = subscription->manager;
    struct subscriptions *all = manager->subscriptions;
    if (subscription->notify != NULL) {
        sip_transaction_detach(subscription->notify);
    }
    timer_wheel_stop(&manager->slow.wheel, &subscription->timer);
    sj_list_remove(&subscription->due);
    sj_list_remove(&subscription->doubted);
    sj_list_remove(&subscription->by_target);
    (void)sj_map_remove(&all->by_tag, &subscription->by_tag);
    (void)sj_map_remove(&all->by_device, &subscription->by_device);
    unwatch(manager, subscription->watched);
    all->bytes -= bytes_of(subscription);
    free(subscription->moved);
    free(subscription);
    show_count(manager);
}

bool subscription_move(struct subscription *subscription, struct sip_text target) {
    char *moved = sip_text_is(target, subscription->target) ? NULL : malloc(target.length + 1);
    if (moved == NULL) {
        return sip_text_is(target, subscription->target);
    }
    (void)sip_text_copy(target, moved, target.length + 1);
    free(subscription->moved);
    subscription->target = subscription->moved = moved;
    return true;
}

struct subscription *subscription_find(const struct call_manager *manager, struct sip_text tag) {
    SJ_MAP_EACH_OF(subscription, &manager->subscriptions->by_tag, sj_hash_keyed(tag.at, tag.length),
                   struct subscription, by_tag) {
        if (sip_text_is(tag, subscription->tag)) {
            return subscription;
        }
    }
    return NULL;
}

struct subscription *subscription_of_phone(const struct call_manager *manager,
                                           const char *device_name,
                                           const struct subscription *previous) {
    sj_map_link *link = previous == NULL ? sj_map_first(&manager->subscriptions->by_device,
                                                        sj_hash_keyed_text(device_name))
                                         : sj_map_next(&previous->by_device);
    for (; link != NULL; link = sj_map_next(link)) {
        struct subscription *subscription = SJ_OWNER(link, struct subscription, by_device);
        if (strcmp(subscription->device_name, device_name) == 0) {
            return subscription;
        }
    }
    return NULL;
}

/* ---- NOTIFY ---- */

/* The phone, and where it is now; NULL: it is not registered, and hears of it when it is again. */
static const struct registration *find_way(struct subscription *subscription) {
    struct call_manager *manager = subscription->manager;
    const struct registration *phone = registration_find_at(
        manager->registrations, subscription->device_name, &subscription->flow);
    if (phone != NULL && (!sip_flow_same_host(&phone->flow, &subscription->flow) ||
                          !sip_transport_connected(&manager->transport, &subscription->flow))) {
        subscription->flow = phone->flow;
    }
    return phone;
}

static void put_notify(struct subscription *subscription, struct sip_writer *writer,
                       const char *branch, const char *state) {
    struct call_manager *manager = subscription->manager;
    sip_put(writer, "NOTIFY ");
    sip_put_value(writer, sip_text_of(subscription->target));
    sip_put(writer, " SIP/2.0\r\n");
    sip_put_own_via(manager, writer, branch, &subscription->flow);
    sip_put(writer, subscription->routes);
    sip_put(writer, "Max-Forwards: 70\r\n");
    sip_put_dialog(writer, subscription->local, subscription->tag, subscription->remote,
                   subscription->call_id);
    sip_put(writer, "CSeq: ");
    sip_put_number(writer, ++subscription->cseq);
    sip_put(writer, " NOTIFY\r\n");
    sip_put_own_contact(manager, writer, subscription->number, &subscription->flow);
    sip_put(writer, "Event: ");
    sip_put_value(writer, sip_text_of(subscription->event));
    sip_put(writer, "\r\nSubscription-State: ");
    sip_put(writer, state);
    sip_put(writer, "\r\n");
}

/* NULL: it cannot be sent now. */
static struct sip_transaction *send_notify(struct subscription *subscription, const char *state,
                                           const char *type, struct sip_text body,
                                           const struct sip_transaction_events *events) {
    struct call_manager *manager = subscription->manager;
    struct sip_writer writer = call_manager_writer(manager);
    char token[SIP_TAG], branch[32];
    call_manager_token(manager, token);
    (void)snprintf(branch, sizeof branch, "z9hG4bK%s", token);
    put_notify(subscription, &writer, branch, state);
    sip_put_body(&writer, sip_text_of(type), body);
    sj_metric_add(manager->scope, manager->subscriptions->metric_notifies, 1);
    return writer.overflow ? NULL
                           : sip_client_begin(&manager->transactions, SIP_NOTIFY, branch,
                                              &subscription->flow, writer.data, writer.used, events,
                                              events == NULL ? NULL : subscription);
}

/* Each document of the state in a NOTIFY of its own. The last one's transaction, or NULL. */
static struct sip_transaction *send_state(struct subscription *subscription, const char *state,
                                          const struct sip_transaction_events *events) {
    struct call_manager *manager = subscription->manager;
    const struct event_package *package = subscription->package;
    struct sip_transaction *last = NULL;
    for (unsigned i = 0; i < package->documents; i++) {
        struct sip_writer body;
        sip_writer_init(&body, manager->body, sizeof manager->body);
        package->put(subscription, i, &body);
        const struct sip_text text = {body.data, body.used};
        last = body.overflow
                   ? NULL
                   : send_notify(subscription, state,
                                 subscription->other_type ? package->other_type : package->type,
                                 text, i + 1 == package->documents ? events : NULL);
    }
    return last;
}

/* Refusals that say that the watcher knows nothing of it, and never will (RFC 6665 4.2.2). */
static bool is_over(int status) {
    return status == 481 || status == 404 || status == 405 || status == 410 || status == 416 ||
           status == 480 || (status >= 482 && status <= 485) || status == 489 || status == 501 ||
           status == 604;
}

static void set_timer(struct subscription *subscription, uint64_t most_ms);

static void notify_response(void *user, struct sip_transaction *transaction,
                            const struct sip_message *response) {
    struct subscription *subscription = user;
    (void)transaction;
    if (response->status < 200) {
        return;
    }
    sip_transaction_detach(subscription->notify);
    subscription->notify = NULL;
    if (is_over(response->status) && !subscription->unasked) {
        sj_log_info(subscription->manager->scope,
                    "phone %s watches %s no more (%s): it answers %d to the NOTIFY",
                    subscription->device_name, subscription->watched->key,
                    subscription->package->name, response->status);
        subscription_drop(subscription);
    } else if (response->status >= 300 && !subscription->unasked) {
        subscription->changed = true;
        set_timer(subscription, AGAIN_MS);
    } else if (subscription->changed) {
        subscription_wait(subscription);
    }
}

/* Silence ends it; a connection that was lost does not, since the phone comes back. */
static void notify_timeout(void *user, struct sip_transaction *transaction) {
    struct subscription *subscription = user;
    const bool silent = sip_transaction_failure(transaction)[0] == '\0';
    sip_transaction_detach(subscription->notify);
    subscription->notify = NULL;
    subscription->changed = true;
    if (silent && !subscription->unasked) {
        sj_log_info(subscription->manager->scope,
                    "phone %s watches %s no more (%s): it does not answer the NOTIFY",
                    subscription->device_name, subscription->watched->key,
                    subscription->package->name);
        subscription_drop(subscription);
    } else {
        set_timer(subscription, AGAIN_MS);
    }
}

static const struct sip_transaction_events notify_events = {notify_response, notify_timeout, NULL};

static void put_active(const struct subscription *subscription, char state[48]) {
    const uint64_t now_ms = sj_monotonic_ms(subscription->manager->scope);
    if (subscription->ends_ms == UINT64_MAX) {
        (void)snprintf(state, 48, "active");
    } else {
        (void)snprintf(state, 48, "active;expires=%llu",
                       (unsigned long long)(subscription->ends_ms > now_ms
                                                ? (subscription->ends_ms - now_ms) / 1000
                                                : 0));
    }
}

void subscription_judge(const struct subscription *subscription, struct device *device,
                        struct watch_verdict *verdict) {
    subscription->package->judge_again(subscription, device, verdict);
    if (verdict->status == 0 && strcmp(verdict->key, subscription->watched->key) != 0) {
        watch_refuse(verdict, 404, "What was subscribed to stands elsewhere now");
    }
}

/* Ends it when that phone may not watch that any more; true: it is gone. */
static bool end_without_rights(struct subscription *subscription,
                               const struct registration *phone) {
    struct watch_verdict verdict = {.status = 0};
    if (phone->device->removed) {
        subscription_drop(subscription);
        return true;
    }
    subscription_judge(subscription, phone->device, &verdict);
    if (verdict.status == 0) {
        return false;
    }
    sj_log_info(subscription->manager->scope, "phone %s watches %s no more (%s): %s",
                subscription->device_name, subscription->watched->key, subscription->package->name,
                verdict.why);
    /* Without memory to look nothing is known of its rights: it may ask again later. */
    subscription_end(subscription, verdict.status == 503 ? "probation" : "rejected", false);
    return true;
}

void subscription_notify(struct subscription *subscription) {
    const struct registration *phone;
    char state[48];
    subscription->changed = true;
    if (subscription->notify != NULL || (phone = find_way(subscription)) == NULL ||
        end_without_rights(subscription, phone)) {
        return;
    }
    sj_list_remove(&subscription->due);
    put_active(subscription, state);
    subscription->notify = send_state(subscription, state, &notify_events);
    subscription->changed = subscription->notify == NULL;
    if (subscription->changed) {
        set_timer(subscription, AGAIN_MS);
    } else if (subscription->once) {
        subscription_drop(subscription);
    }
}

static void start_turn(struct subscriptions *all, uint64_t delay_ms);

static void take_turn(struct wheel_timer *timer) {
    struct subscriptions *all = SJ_OWNER(timer, struct subscriptions, turn);
    sj_list_link *link;
    int left = NOTIFIES_A_TURN;
    for (; left > 0 && (link = sj_list_take_first(&all->due)) != NULL; left--) {
        subscription_notify(SJ_OWNER(link, struct subscription, due));
    }
    for (; left > 0 && (link = sj_list_take_first(&all->doubted)) != NULL; left--) {
        struct subscription *subscription = SJ_OWNER(link, struct subscription, doubted);
        const struct registration *phone = find_way(subscription);
        if (phone != NULL) { /* else it is looked at when the phone is back */
            (void)end_without_rights(subscription, phone);
        }
    }
    start_turn(all, TURN_MS);
}

static void start_turn(struct subscriptions *all, uint64_t delay_ms) {
    struct call_manager *manager = all->manager;
    if (!wheel_timer_running(&all->turn) &&
        !(sj_list_empty(&all->due) && sj_list_empty(&all->doubted))) {
        timer_wheel_start(&manager->fast.wheel, &all->turn, sj_monotonic_ms(manager->scope),
                          delay_ms, take_turn);
    }
}

void subscription_wait(struct subscription *subscription) {
    struct subscriptions *all = subscription->manager->subscriptions;
    subscription->changed = true;
    if (subscription->notify == NULL && !sj_list_linked(&subscription->due)) {
        sj_list_add_last(&all->due, &subscription->due);
    }
    start_turn(all, 0);
}

void subscription_doubt(struct subscription *subscription) {
    struct subscriptions *all = subscription->manager->subscriptions;
    if (!sj_list_linked(&subscription->doubted)) {
        sj_list_add_last(&all->doubted, &subscription->doubted);
    }
    start_turn(all, 0);
}

static void doubt_all(struct wheel_timer *timer) {
    struct subscriptions *all = SJ_OWNER(timer, struct subscriptions, doubt);
    sj_map_place place = {0};
    for (struct subscription *subscription;
         (subscription =
              SJ_OWNER(sj_map_walk(&all->by_tag, &place), struct subscription, by_tag)) != NULL;) {
        subscription_doubt(subscription);
    }
}

void subscriptions_doubt_all(struct call_manager *manager) {
    struct subscriptions *all = manager->subscriptions;
    if (all != NULL && !wheel_timer_running(&all->doubt) && all->by_tag.count > 0) {
        timer_wheel_start(&manager->slow.wheel, &all->doubt, sj_monotonic_ms(manager->scope),
                          DOUBT_MS, doubt_all);
    }
}

void subscriptions_changed(struct call_manager *manager, enum watched_kind kind, const char *key) {
    struct watched *watched = find_watched(manager, kind, key);
    if (watched != NULL) {
        SJ_LIST_EACH(subscription, &watched->subscriptions, struct subscription, by_target) {
            subscription_wait(subscription);
        }
    }
}

/* ---- the end ---- */

static void timer_fired(struct wheel_timer *timer) {
    struct subscription *subscription = SJ_OWNER(timer, struct subscription, timer);
    if (subscription->ends_ms <= sj_monotonic_ms(subscription->manager->scope)) {
        subscription_end(subscription, "timeout", false);
        return;
    }
    if (subscription->changed) {
        subscription_wait(subscription);
    }
    set_timer(subscription, UINT64_MAX);
}

/* Fires at the end, or earlier to try again what could not be sent. */
static void set_timer(struct subscription *subscription, uint64_t most_ms) {
    struct call_manager *manager = subscription->manager;
    const uint64_t now_ms = sj_monotonic_ms(manager->scope), ends_ms = subscription->ends_ms;
    const uint64_t left_ms = ends_ms == UINT64_MAX ? UINT64_MAX
                             : ends_ms > now_ms    ? ends_ms - now_ms
                                                   : 0;
    const uint64_t delay_ms = left_ms < most_ms ? left_ms : most_ms;
    if (delay_ms != UINT64_MAX) {
        timer_wheel_start(&manager->slow.wheel, &subscription->timer, now_ms, delay_ms,
                          timer_fired);
    }
}

void subscription_lasts(struct subscription *subscription, uint32_t seconds) {
    subscription->ends_ms =
        sj_monotonic_ms(subscription->manager->scope) + (uint64_t)seconds * 1000;
    set_timer(subscription, UINT64_MAX);
}

void subscription_end(struct subscription *subscription, const char *reason, bool with_state) {
    char state[60];
    (void)snprintf(state, sizeof state, "terminated;reason=%s", reason);
    if (find_way(subscription) != NULL) {
        if (with_state) {
            (void)send_state(subscription, state, NULL);
        } else {
            (void)send_notify(subscription, state, "", sip_text_of(""), NULL);
        }
    }
    subscription_drop(subscription);
}

void subscriptions_end_all(struct call_manager *manager, enum watched_kind kind, const char *key,
                           const char *reason) {
    struct watched *watched;
    while ((watched = find_watched(manager, kind, key)) != NULL) {
        subscription_end(
            SJ_OWNER(sj_list_first(&watched->subscriptions), struct subscription, by_target),
            reason, false);
    }
}

int subscriptions_open(struct call_manager *manager, sj_error *error) {
    struct subscriptions *all = calloc(1, sizeof *all);
    if (all == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the table of subscriptions");
    }
    all->manager = manager;
    all->metric_count = sj_metric_new(manager->scope, SJ_GAUGE, "sojourn_ccm_subscriptions",
                                      "Subscriptions of phones");
    all->metric_bytes = sj_metric_new(manager->scope, SJ_GAUGE, "sojourn_ccm_subscription_bytes",
                                      "Memory asked for per subscription");
    all->metric_notifies = sj_metric_new(manager->scope, SJ_COUNTER, "sojourn_ccm_notifies_total",
                                         "NOTIFYs sent to subscribers");
    manager->subscriptions = all;
    return SJ_OK;
}

void subscriptions_free(struct call_manager *manager) {
    struct subscriptions *all = manager->subscriptions;
    sj_map_place place = {0};
    if (all == NULL) {
        return;
    }
    for (struct subscription *subscription;
         (subscription =
              SJ_OWNER(sj_map_walk(&all->by_tag, &place), struct subscription, by_tag)) != NULL;) {
        subscription_drop(subscription);
    }
    timer_wheel_stop(&manager->fast.wheel, &all->turn);
    timer_wheel_stop(&manager->slow.wheel, &all->doubt);
    sj_map_clear(&all->by_tag);
    sj_map_clear(&all->by_device);
    sj_map_clear(&all->watched);
    free(all);
    manager->subscriptions = NULL;
}
