/* The event package dialog (RFC 4235) for directory numbers. Each NOTIFY has all calls of the
 * number: whoever has missed one is right again with the next. Phones with the same line see with
 * whom and in which dialog, unless that party withholds who it is or the phone in the call is
 * private, and so do those that may pick it up while it rings; others see that there is a call. A
 * phone that is told without having asked is told what the line's other phones do. */
#include "calls/call_exchange.h"
#include "calls/call_leg.h"
#include "calls/park.h"
#include "calls/pickup_choice.h"
#include "calls/shared_line.h"
#include "phones/registration_table.h"
#include "subscriptions/number_state.h"
#include "subscriptions/number_watch.h"
#include "subscriptions/subscription.h"

#include <sojourn/base/hash.h>
#include <sojourn/xml_text.h>

#include <stdio.h>

enum { LONGEST_S = 900 };

/* The call that is told of a number without any: phones put out their lamp at a dialog that has
 * ended, and some do not at a list without dialogs. */
static const char no_call[] = "<dialog id=\"none\">\r\n<state>terminated</state>\r\n</dialog>\r\n";
/* What is told of a park number at which a call waits: who waits is nobody else's business. */
static const char parked_call[] = "<dialog id=\"park\" direction=\"recipient\">\r\n"
                                  "<state>confirmed</state>\r\n</dialog>\r\n";

static bool shares_line(const struct subscription *subscription) {
    const struct registration *phone =
        registration_find(subscription->manager->registrations, subscription->device_name);
    return phone != NULL && device_line_by_key(phone->device, subscription->watched->key) != NULL;
}

static bool is_own(const struct subscription *subscription, const struct call_leg *leg) {
    return strcmp(leg->device_name, subscription->device_name) == 0;
}

static bool may_pick_up(const struct subscription *subscription) {
    const struct registration *phone =
        registration_find(subscription->manager->registrations, subscription->device_name);
    return phone != NULL &&
           pickup_may(subscription->manager, phone->device, subscription->watched->key);
}

/* The dialog as the phone that is watched has it. */
static void put_dialog_id(sj_xml_text *text, const struct call_leg *leg) {
    struct sip_replaces dialog;
    call_leg_name(leg, &dialog);
    sj_xml_text_attribute(text, "call-id", dialog.call_id);
    if (dialog.to_tag[0] != '\0') {
        sj_xml_text_attribute(text, "local-tag", dialog.to_tag);
    }
    sj_xml_text_attribute(text, "remote-tag", dialog.from_tag);
}

static void put_party(sj_xml_text *text, const struct call_leg *leg, const char *address) {
    const struct call_leg *other = leg->caller ? leg->call->answered : leg->call->caller;
    struct call_identity_texts texts;
    char value[DIGITS_MAX + SJ_ADDRESS_TEXT + 8];
    const struct call_identity identity =
        other == NULL ? (struct call_identity){.name = leg->call->called_name,
                                               .number = leg->call->dialled,
                                               .uri = ""}
                      : call_party_identity(other, leg, &texts);
    if (identity.withheld.number || identity.number[0] == '\0') {
        return;
    }
    (void)snprintf(value, sizeof value, "sip:%s@%s", identity.number, address);
    sj_xml_text_raw(text, "<remote>\r\n<identity");
    if (identity.name[0] != '\0' && !identity.withheld.name) {
        sj_xml_text_attribute(text, "display", identity.name);
    }
    sj_xml_text_raw(text, ">");
    sj_xml_text_escaped(text, value);
    sj_xml_text_raw(text, "</identity>\r\n</remote>\r\n");
}

static void put_dialog(sj_xml_text *text, const struct call_leg *leg, const char *address,
                       bool shared) {
    sj_xml_text_format(text, "<dialog id=\"d%016llx\"",
                       (unsigned long long)sj_hash_keyed_text(leg->local_tag));
    if (shared) {
        put_dialog_id(text, leg);
    }
    sj_xml_text_format(text, " direction=\"%s\">\r\n<state>%s</state>\r\n",
                       leg->inbound ? "initiator" : "recipient",
                       number_call_is_confirmed(leg) ? "confirmed"
                       : leg->state == LEG_RINGING   ? "early"
                                                     : "trying");
    if (shared && leg->holds) {
        sj_xml_text_raw(text, "<local>\r\n<target uri=\"\">\r\n<param pname=\"+sip.rendering\" "
                              "pval=\"no\"/>\r\n</target>\r\n</local>\r\n");
    }
    if (shared) {
        put_party(text, leg, address);
    }
    sj_xml_text_raw(text, "</dialog>\r\n");
}

static void put(struct subscription *subscription, unsigned document, struct sip_writer *body) {
    const struct call_manager *manager = subscription->manager;
    const char *own = call_manager_address(manager, &subscription->flow);
    const bool shared = shares_line(subscription), picks_up = may_pick_up(subscription);
    const struct call_leg *leg = NULL;
    char entity[DIGITS_MAX + SJ_ADDRESS_TEXT + 8];
    sj_xml_text text = {0};
    bool any = false;
    (void)document;
    (void)snprintf(entity, sizeof entity, "sip:%s@%s", subscription->number, own);
    sj_xml_text_format(&text,
                       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<dialog-info "
                       "xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"%u\" "
                       "state=\"full\"",
                       subscription->version++);
    sj_xml_text_attribute(&text, "entity", entity);
    sj_xml_text_raw(&text, ">\r\n");
    while ((leg = number_calls(manager, subscription->watched->key, leg)) != NULL) {
        if (subscription->unasked && is_own(subscription, leg)) {
            continue;
        }
        put_dialog(&text, leg, own,
                   (shared && (is_own(subscription, leg) || !shared_line_is_private(leg))) ||
                       (picks_up && leg->state == LEG_RINGING && !leg->inbound));
        any = true;
    }
    if (!any) {
        sj_xml_text_raw(&text,
                        park_waits(manager, subscription->watched->key) ? parked_call : no_call);
    }
    sj_xml_text_raw(&text, "</dialog-info>\r\n");
    sip_put_bytes(body, text.data, text.length);
    body->overflow = body->overflow || text.failed;
    sj_xml_text_free(&text);
}

const struct event_package dialog_events = {
    .name = "dialog",
    .kind = WATCHED_NUMBER,
    .type = "application/dialog-info+xml",
    .longest_s = LONGEST_S,
    .documents = 1,
    .judge = number_watch_judge,
    .judge_again = number_watch_judge_again,
    .put = put,
};
