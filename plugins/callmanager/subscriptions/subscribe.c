/* SUBSCRIBE (RFC 6665 4.2.1): what is asked for, by whom, and whether that phone may. Who may not
 * is refused before anything is kept of the request. */
#include "core/refusals.h"
#include "phones/registered_phone.h"
#include "sip/header_values.h"
#include "sip/record_route.h"
#include "subscriptions/subscription.h"

#include <stdio.h>

enum { SHORTEST_S = 5 };

static const struct event_package *const event_packages[] = {&dialog_events, &presence_events,
                                                             &message_events, &feature_events};

struct wanted {
    const struct event_package *package;
    uint32_t expires_s;
    bool other_type;
};

static const struct event_package *find_package(const struct sip_message *request) {
    const struct sip_text event = sip_text_token(sip_message_header(request, SIP_EVENT));
    for (size_t i = 0; i < sizeof event_packages / sizeof event_packages[0]; i++) {
        if (sip_text_is_nocase(event, event_packages[i]->name)) {
            return event_packages[i];
        }
    }
    return NULL;
}

/* False: the phone accepts none of the package's types. */
static bool find_type(const struct sip_message *request, struct wanted *wanted) {
    const struct event_package *package = wanted->package;
    wanted->other_type = !sip_accepts(request, package->type);
    return !wanted->other_type ||
           (package->other_type != NULL && sip_accepts(request, package->other_type));
}

/* The status that refuses it, whoever asks; 0: it can be granted. */
static int read_wanted(const struct sip_message *request, bool within, struct wanted *wanted) {
    uint64_t expires_s;
    memset(wanted, 0, sizeof *wanted);
    wanted->package = find_package(request);
    if (wanted->package == NULL) {
        return within ? 481 : 489;
    }
    expires_s = wanted->package->longest_s;
    if (request->first[SIP_EXPIRES] >= 0 &&
        !sip_text_number(sip_message_header(request, SIP_EXPIRES), UINT32_MAX, &expires_s)) {
        return 400;
    }
    if (expires_s > 0 && expires_s < SHORTEST_S) {
        return 423;
    }
    wanted->expires_s =
        (uint32_t)(expires_s < wanted->package->longest_s ? expires_s : wanted->package->longest_s);
    return find_type(request, wanted) ? 0 : 406;
}

/* ---- a new one ---- */

/* A phone that has started anew subscribes anew: its old subscription is not notified any more. */
static void drop_older(struct call_manager *manager, const struct subscription *fresh) {
    const struct subscription *previous = NULL;
    struct subscription *next;
    while ((next = subscription_of_phone(manager, fresh->device_name, previous)) != NULL) {
        if (next != fresh && next->watched == fresh->watched && next->package == fresh->package &&
            !next->unasked && strcmp(next->event, fresh->event) == 0 &&
            strcmp(next->target, fresh->target) == 0) {
            subscription_drop(next);
            return;
        }
        previous = next;
    }
}

static bool has_too_many(const struct call_manager *manager, const char *device_name) {
    const struct subscription *subscription = NULL;
    size_t count = 0;
    while ((subscription = subscription_of_phone(manager, device_name, subscription)) != NULL) {
        count++;
    }
    return count >= SUBSCRIPTIONS_OF_PHONE;
}

/* NULL: there is no memory, or it says something of itself that cannot be read. */
static struct subscription *subscribe(struct call_manager *manager,
                                      const struct registration *phone,
                                      const struct sip_message *request,
                                      const struct sip_flow *flow, const struct wanted *wanted,
                                      const struct watch_verdict *verdict) {
    const struct sip_flow way = sip_answer_flow(request, flow);
    struct sip_name_address contact;
    struct sip_writer routes;
    struct subscription *subscription;
    char text[2048];
    sip_writer_init(&routes, text, sizeof text);
    if (!sip_name_address_parse(sip_message_header(request, SIP_CONTACT), &contact) ||
        !sip_record_routes_put(request, false, &routes)) {
        return NULL;
    }
    const struct subscription_texts texts = {
        .device_name = sip_text_of(phone->device->name),
        .number = sip_text_of(verdict->number),
        .asked = sip_text_of(verdict->asked),
        .call_id = sip_message_header(request, SIP_CALL_ID),
        .local = sip_message_header(request, SIP_TO),
        .remote = sip_message_header(request, SIP_FROM),
        .target = contact.uri,
        .routes = {text, routes.used},
        .event = sip_message_header(request, SIP_EVENT),
    };
    subscription = subscription_new(manager, wanted->package, verdict->key, &texts, &way);
    if (subscription != NULL) {
        subscription->other_type = wanted->other_type;
        drop_older(manager, subscription);
    }
    return subscription;
}

/* ---- the answer ---- */

static void put_record_routes(struct sip_writer *writer, const struct sip_message *request) {
    struct sip_values values = sip_values_of(request, SIP_RECORD_ROUTE);
    struct sip_text value;
    while (sip_values_next(&values, &value)) {
        sip_put(writer, "Record-Route: ");
        sip_put_value(writer, value);
        sip_put(writer, "\r\n");
    }
}

static void accept_subscribe(struct subscription *subscription, const struct sip_message *request,
                             uint32_t expires_s) {
    struct call_manager *manager = subscription->manager;
    struct sip_writer writer = call_manager_writer(manager);
    struct sip_transaction *transaction =
        sip_server_begin(&manager->transactions, request, &subscription->flow, NULL, NULL);
    sip_put_answer_head(&writer, request, 200, "OK", subscription->tag, &subscription->flow.remote);
    put_record_routes(&writer, request);
    sip_put_own_contact(manager, &writer, subscription->number, &subscription->flow);
    sip_put(&writer, "Expires: ");
    sip_put_number(&writer, expires_s);
    sip_put(&writer, "\r\n");
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    if (!writer.overflow && transaction != NULL) {
        sip_server_respond(transaction, 200, writer.data, writer.used);
    }
}

static void refuse(struct call_manager *manager, const struct registration *phone,
                   const struct sip_message *request, const struct sip_flow *flow,
                   const struct wanted *wanted, const struct watch_verdict *verdict) {
    (void)refusals_note(manager, REFUSED_SUBSCRIPTION, flow, "phone %s may not watch (%s): %s",
                        phone->device->name, wanted->package->name, verdict->why);
    sip_answer(manager, request, flow, verdict->status, verdict->why);
}

/* What it says holds from now on: it is answered, and told the state. */
static void grant(struct subscription *subscription, struct registration *phone,
                  const struct sip_message *request, const struct wanted *wanted) {
    const struct event_package *package = subscription->package;
    accept_subscribe(subscription, request, wanted->expires_s);
    if (wanted->expires_s == 0) {
        subscription_end(subscription, "timeout", true);
        return;
    }
    subscription_lasts(subscription, wanted->expires_s);
    if (package->act == NULL || !package->act(subscription, phone, request)) {
        subscription_notify(subscription);
    }
}

static void begin(struct call_manager *manager, struct registration *phone,
                  const struct sip_message *request, const struct sip_flow *flow,
                  const struct wanted *wanted) {
    struct watch_verdict verdict = {.status = 0};
    struct subscription *subscription;
    wanted->package->judge(manager, phone, request, &verdict);
    if (verdict.status == 0 && has_too_many(manager, phone->device->name)) {
        verdict.status = 503;
        (void)snprintf(verdict.why, sizeof verdict.why,
                       "The phone has %d subscriptions already, as many as it may",
                       SUBSCRIPTIONS_OF_PHONE);
    }
    if (verdict.status != 0) {
        refuse(manager, phone, request, flow, wanted, &verdict);
        return;
    }
    subscription = subscribe(manager, phone, request, flow, wanted, &verdict);
    if (subscription == NULL) {
        sip_answer(manager, request, flow, 503, "The subscription cannot be kept");
        return;
    }
    subscription->remote_cseq = request->cseq;
    grant(subscription, phone, request, wanted);
}

/* The id of an Event; "" for none. */
static struct sip_text id_of(struct sip_text event) {
    const struct sip_text package = sip_text_token(event);
    const struct sip_text params = {event.at + package.length, event.length - package.length};
    struct sip_text id = {"", 0};
    (void)sip_param(sip_text_trim(params), "id", &id);
    return id;
}

/* Whether a request within a dialog is one of this subscription: Call-ID and both tags name the
 * dialog (RFC 3261 12.2.2), Event with its id the subscription in it (RFC 6665 4.5.2, 8.2.1). */
static bool is_of(const struct subscription *subscription, const struct registration *phone,
                  const struct sip_message *request, const struct event_package *package) {
    struct sip_name_address remote;
    struct sip_text tag = {"", 0}, known = {"", 0};
    (void)sip_tag(request, SIP_FROM, &tag);
    if (sip_name_address_parse(sip_text_of(subscription->remote), &remote)) {
        (void)sip_param(remote.params, "tag", &known);
    }
    return subscription->package == package && sip_text_equal(tag, known) &&
           strcmp(subscription->device_name, phone->device->name) == 0 &&
           sip_text_is(sip_message_header(request, SIP_CALL_ID), subscription->call_id) &&
           sip_text_equal(id_of(sip_message_header(request, SIP_EVENT)),
                          id_of(sip_text_of(subscription->event)));
}

/* Within its dialog: a refresh, or its end. The rights are looked at again. */
static void go_on(struct call_manager *manager, struct registration *phone,
                  const struct sip_message *request, const struct sip_flow *flow,
                  const struct wanted *wanted, struct sip_text tag) {
    struct subscription *subscription = subscription_find(manager, tag);
    struct sip_name_address contact;
    struct watch_verdict verdict = {.status = 0};
    if (subscription == NULL || !is_of(subscription, phone, request, wanted->package)) {
        sip_answer(manager, request, flow, 481, "");
        return;
    }
    if (request->cseq < subscription->remote_cseq) {
        sip_answer(manager, request, flow, 500, "CSeq is lower than one seen before");
        return;
    }
    subscription_judge(subscription, phone->device, &verdict);
    if (verdict.status != 0) {
        if (wanted->expires_s > 0) {
            refuse(manager, phone, request, flow, wanted, &verdict);
        } else {
            subscription->flow = sip_answer_flow(request, flow);
            accept_subscribe(subscription, request, 0);
        }
        subscription_end(subscription, "rejected", false);
        return;
    }
    if (sip_name_address_parse(sip_message_header(request, SIP_CONTACT), &contact) &&
        !subscription_move(subscription, contact.uri)) {
        sip_answer(manager, request, flow, 503, "The subscription cannot be kept");
        return;
    }
    subscription->remote_cseq = request->cseq;
    subscription->flow = sip_answer_flow(request, flow);
    grant(subscription, phone, request, wanted);
}

void subscribe_receive(struct call_manager *manager, const struct sip_message *request,
                       const struct sip_flow *flow) {
    struct sip_text tag = {"", 0};
    const bool within = sip_tag(request, SIP_TO, &tag);
    struct wanted wanted;
    const int status = read_wanted(request, within, &wanted);
    struct registration *phone;
    if (status != 0) {
        sip_answer(manager, request, flow, status,
                   status == 400   ? "Expires cannot be read"
                   : status == 406 ? "Accept leaves out the documents of the event package"
                                   : "");
        return;
    }
    phone = registered_phone_authorise(manager, request, flow);
    if (phone == NULL) {
        return;
    }
    if (within) {
        go_on(manager, phone, request, flow, &wanted, tag);
    } else {
        begin(manager, phone, request, flow, &wanted);
    }
}
