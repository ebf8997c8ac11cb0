/* One subscription a phone, in a dialog of its own. A SUBSCRIBE with a body switches something; the
 * NOTIFY that follows says what holds then, also when it was refused. */
#include "phones/feature_events.h"
#include "phones/do_not_disturb.h"
#include "phones/feature_document.h"
#include "phones/forward_all.h"
#include "phones/registered_phone.h"
#include "sip/header_values.h"

#include <sojourn/base/hash.h>

#include <stdio.h>
#include <stdlib.h>

enum { SHORTEST_S = 5, LONGEST_S = 3600 };

struct subscription {
    sj_map_link link; /* by device name */
    struct wheel_timer expiry;
    struct call_manager *manager;
    struct sip_flow flow;
    uint32_t cseq, remote_cseq;
    uint64_t ends_ms;
    char tag[SIP_TAG];
    char device_name[130], number[DIGITS_MAX], line_key[130];
    char call_id[256], local[300], remote[400], target[520];
};

/* ---- the table ---- */

static struct subscription *find(const struct call_manager *manager, const char *device_name) {
    SJ_MAP_EACH_OF(subscription, &manager->feature_subscriptions, sj_hash_keyed_text(device_name),
                   struct subscription, link) {
        if (strcmp(subscription->device_name, device_name) == 0) {
            return subscription;
        }
    }
    return NULL;
}

static void drop(struct subscription *subscription) {
    timer_wheel_stop(&subscription->manager->slow.wheel, &subscription->expiry);
    (void)sj_map_remove(&subscription->manager->feature_subscriptions, &subscription->link);
    free(subscription);
}

void feature_events_free(struct call_manager *manager) {
    sj_map_place place = {0};
    for (struct subscription *subscription;
         (subscription = SJ_OWNER(sj_map_walk(&manager->feature_subscriptions, &place),
                                  struct subscription, link)) != NULL;) {
        drop(subscription);
    }
    sj_map_clear(&manager->feature_subscriptions);
}

/* ---- NOTIFY ---- */

static void put_notify(struct subscription *subscription, struct sip_writer *writer,
                       const char *branch, const char *state) {
    struct call_manager *manager = subscription->manager;
    sip_put(writer, "NOTIFY ");
    sip_put_value(writer, sip_text_of(subscription->target));
    sip_put(writer, " SIP/2.0\r\n");
    sip_put_own_via(manager, writer, branch, subscription->flow.transport);
    sip_put(writer, "Max-Forwards: 70\r\nFrom: ");
    sip_put_value(writer, sip_text_of(subscription->local));
    sip_put(writer, ";tag=");
    sip_put(writer, subscription->tag);
    sip_put(writer, "\r\nTo: ");
    sip_put_value(writer, sip_text_of(subscription->remote));
    sip_put(writer, "\r\nCall-ID: ");
    sip_put_value(writer, sip_text_of(subscription->call_id));
    sip_put(writer, "\r\nCSeq: ");
    sip_put_number(writer, ++subscription->cseq);
    sip_put(writer, " NOTIFY\r\n");
    sip_put_own_contact(manager, writer, subscription->number, subscription->flow.transport);
    sip_put(writer, "Event: as-feature-event\r\nSubscription-State: ");
    sip_put(writer, state);
    sip_put(writer, "\r\n");
}

static void notify(struct subscription *subscription, const char *state, struct sip_text type,
                   const struct sip_writer *body) {
    struct sip_writer writer = call_manager_writer(subscription->manager);
    char token[SIP_TAG], branch[32];
    const struct sip_text text = {body == NULL ? "" : body->data, body == NULL ? 0 : body->used};
    call_manager_token(subscription->manager, token);
    (void)snprintf(branch, sizeof branch, "z9hG4bK%s", token);
    put_notify(subscription, &writer, branch, state);
    sip_put_body(&writer, type, text);
    if (!writer.overflow && (body == NULL || !body->overflow)) {
        (void)sip_client_begin(&subscription->manager->transactions, SIP_NOTIFY, branch,
                               &subscription->flow, writer.data, writer.used, NULL, NULL);
    }
}

static void notify_all(struct subscription *subscription) {
    struct call_manager *manager = subscription->manager;
    const struct registration *phone =
        registration_find(manager->registrations, subscription->device_name);
    const sj_directory_number *number =
        dial_plan_directory_number(&manager->plan, subscription->line_key);
    const uint64_t now_ms = sj_monotonic_ms(manager->scope);
    char text[800], state[60];
    struct sip_writer body;
    (void)snprintf(state, sizeof state, "active;expires=%llu",
                   (unsigned long long)(subscription->ends_ms > now_ms
                                            ? (subscription->ends_ms - now_ms) / 1000
                                            : 0));
    sip_writer_init(&body, text, sizeof text);
    feature_document_put_do_not_disturb(&body, subscription->number,
                                        phone != NULL && phone->device->do_not_disturb);
    notify(subscription, state, sip_text_of(FEATURE_TYPE), &body);
    sip_writer_init(&body, text, sizeof text);
    feature_document_put_forward_all(&body, subscription->number,
                                     number == NULL || number->forward_all_destination == NULL
                                         ? ""
                                         : number->forward_all_destination);
    notify(subscription, state, sip_text_of(FEATURE_TYPE), &body);
}

static void expired(struct wheel_timer *timer) {
    struct subscription *subscription = SJ_OWNER(timer, struct subscription, expiry);
    notify(subscription, "terminated;reason=timeout", sip_text_of(""), NULL);
    drop(subscription);
}

void feature_events_notify(struct call_manager *manager, const char *device_name) {
    struct subscription *subscription = find(manager, device_name);
    if (subscription != NULL) {
        notify_all(subscription);
    }
}

/* ---- what the phone switches ---- */

struct change {
    struct call_manager *manager;
    sj_scope *scope; /* its own */
    char device_name[130];
};

static void changed(void *user, int status, const sj_error *error) {
    struct change *change = user;
    if (status != SJ_OK) { /* otherwise the change has been notified as any other */
        sj_log_warning(change->scope, "cannot save the feature that phone %s switched: %s",
                       change->device_name, error == NULL ? "the store has failed" : error->text);
        feature_events_notify(change->manager, change->device_name);
    }
    sj_scope_close(change->scope);
}

/* Nothing is written: the phone is notified of what holds. */
static void abandon(struct change *change) {
    feature_events_notify(change->manager, change->device_name);
    sj_scope_close(change->scope);
}

static void apply(struct call_manager *manager, struct registration *phone, const char *number,
                  const struct feature_change *wanted) {
    sj_scope *scope = sj_scope_open(manager->scope, "a feature is being switched", NULL, NULL);
    struct change *change = scope == NULL ? NULL : sj_scope_alloc(scope, sizeof *change);
    const struct device_line *line = device_line_by_number(phone->device, number);
    char why[200] = "";
    if (change == NULL) {
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        return;
    }
    change->manager = manager;
    change->scope = scope;
    (void)snprintf(change->device_name, sizeof change->device_name, "%s", phone->device->name);
    if (wanted->kind == FEATURE_DO_NOT_DISTURB && wanted->on != phone->device->do_not_disturb) {
        do_not_disturb_keep(manager, scope, phone, wanted->on, changed, change);
    } else if (wanted->kind == FEATURE_FORWARD_ALL && line != NULL) {
        if (forward_all_set(manager, scope, phone->device, line, wanted->destination, changed,
                            change, why) != 0) {
            sj_log_info(manager->scope, "forward all to %s is refused: %s", wanted->destination,
                        why);
            abandon(change);
        }
    } else {
        abandon(change);
    }
}

/* ---- SUBSCRIBE ---- */

/* A new subscription of the phone takes the place of an older one. NULL: the request cannot be one,
 * or there is no memory. */
static struct subscription *subscribe(struct call_manager *manager, struct registration *phone,
                                      const struct sip_message *request,
                                      const struct sip_flow *flow) {
    struct subscription *subscription = find(manager, phone->device->name);
    struct sip_name_address contact, from;
    struct sip_uri uri;
    const struct device_line *line;
    if (subscription == NULL) {
        subscription = calloc(1, sizeof *subscription);
        if (subscription == NULL) {
            return NULL;
        }
        sj_map_add(&manager->feature_subscriptions, &subscription->link,
                   sj_hash_keyed_text(phone->device->name));
    }
    subscription->manager = manager;
    subscription->flow = sip_answer_flow(request, flow);
    subscription->remote_cseq = request->cseq;
    call_manager_token(manager, subscription->tag);
    (void)snprintf(subscription->device_name, sizeof subscription->device_name, "%s",
                   phone->device->name);
    if (!sip_name_address_parse(sip_message_header(request, SIP_CONTACT), &contact) ||
        !sip_text_copy(contact.uri, subscription->target, sizeof subscription->target) ||
        !sip_text_copy(sip_message_header(request, SIP_CALL_ID), subscription->call_id,
                       sizeof subscription->call_id) ||
        !sip_text_copy(sip_message_header(request, SIP_FROM), subscription->remote,
                       sizeof subscription->remote) ||
        !sip_text_copy(sip_message_header(request, SIP_TO), subscription->local,
                       sizeof subscription->local) ||
        !sip_name_address_parse(sip_message_header(request, SIP_FROM), &from) ||
        !sip_uri_parse(from.uri, &uri) ||
        !sip_unescape(uri.user, subscription->number, sizeof subscription->number)) {
        drop(subscription);
        return NULL;
    }
    line = device_line_by_number(phone->device, subscription->number);
    (void)snprintf(subscription->line_key, sizeof subscription->line_key, "%s",
                   line == NULL ? "" : line->key);
    (void)snprintf(subscription->number, sizeof subscription->number, "%s",
                   line == NULL ? "" : line->number);
    return subscription;
}

static void accept_subscribe(struct subscription *subscription, const struct sip_message *request,
                             uint32_t expires_s) {
    struct sip_writer writer = call_manager_writer(subscription->manager);
    struct sip_transaction *transaction = sip_server_begin(
        &subscription->manager->transactions, request, &subscription->flow, NULL, NULL);
    sip_put_answer_head(&writer, request, 200, "OK", subscription->tag, &subscription->flow.remote);
    sip_put_own_contact(subscription->manager, &writer, subscription->number,
                        subscription->flow.transport);
    sip_put(&writer, "Expires: ");
    sip_put_number(&writer, expires_s);
    sip_put(&writer, "\r\n");
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    if (!writer.overflow && transaction != NULL) {
        sip_server_respond(transaction, 200, writer.data, writer.used);
    }
}

void feature_events_receive(struct call_manager *manager, const struct sip_message *request,
                            const struct sip_flow *flow) {
    const struct feature_change wanted = feature_document_read(request->body);
    uint64_t expires = LONGEST_S;
    struct sip_text tag = {"", 0};
    const bool within = sip_tag(request, SIP_TO, &tag);
    struct registration *phone;
    struct subscription *subscription;
    if (!sip_text_is_nocase(sip_text_token(sip_message_header(request, SIP_EVENT)),
                            "as-feature-event")) {
        sip_answer(manager, request, flow, within ? 481 : 489, "");
        return;
    }
    if (request->first[SIP_EXPIRES] >= 0 &&
        !sip_text_number(sip_message_header(request, SIP_EXPIRES), 0xffffffffu, &expires)) {
        sip_answer(manager, request, flow, 400, "Expires cannot be read");
        return;
    }
    expires = expires > LONGEST_S ? LONGEST_S : expires;
    if (expires > 0 && expires < SHORTEST_S) {
        sip_answer(manager, request, flow, 423, "");
        return;
    }
    phone = registered_phone_authorise(manager, request, flow);
    if (phone == NULL) {
        return;
    }
    subscription =
        within ? find(manager, phone->device->name) : subscribe(manager, phone, request, flow);
    if (subscription == NULL || (within && !sip_text_is(tag, subscription->tag))) {
        sip_answer(manager, request, flow, within ? 481 : 400, "");
        return;
    }
    if (request->cseq < subscription->remote_cseq) {
        sip_answer(manager, request, flow, 500, "CSeq is lower than one seen before");
        return;
    }
    subscription->remote_cseq = request->cseq;
    subscription->flow = sip_answer_flow(request, flow);
    accept_subscribe(subscription, request, (uint32_t)expires);
    if (expires == 0) {
        notify(subscription, "terminated;reason=timeout", sip_text_of(""), NULL);
        drop(subscription);
        return;
    }
    subscription->ends_ms = sj_monotonic_ms(manager->scope) + expires * 1000;
    timer_wheel_start(&manager->slow.wheel, &subscription->expiry, sj_monotonic_ms(manager->scope),
                      expires * 1000, expired);
    if (wanted.kind == FEATURE_UNKNOWN) {
        notify_all(subscription);
    } else {
        apply(manager, phone, subscription->number, &wanted); /* notifies of the result */
    }
}
