/* What a dialog with a mail system is made of, and the SUBSCRIBEs in it. */
#include "subscriptions/mailbox_dialog.h"
#include "calls/call_routing.h"
#include "calls/trunk.h"
#include "phones/message_summary.h"
#include "sip/header_values.h"
#include "sip/record_route.h"
#include "subscriptions/mailboxes.h"

#include <sojourn/base/hash.h>
#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

void mailbox_dialog_forget(struct mailbox_subscription *subscription) {
    free(subscription->remote);
    free(subscription->target);
    free(subscription->routes);
    subscription->remote = subscription->target = subscription->routes = NULL;
    subscription->ends_ms = 0;
    subscription->told = false;
}

static bool is_of_trunk(const struct mailbox_subscription *subscription,
                        const sj_address *address) {
    return trunk_destination_has(subscription->system->manager, subscription->system->trunk,
                                 address);
}

static bool keep_routes(struct mailbox_subscription *subscription,
                        const struct sip_message *message) {
    char text[2048];
    struct sip_writer writer;
    if (message->first[SIP_RECORD_ROUTE] < 0) {
        return true;
    }
    sip_writer_init(&writer, text, sizeof text);
    return sip_record_routes_put(message, !message->request, &writer) &&
           sip_text_keep(&subscription->routes, (struct sip_text){text, writer.used});
}

/* Where the mail system wants to be called: over UDP there when it is an address of the trunk, else
 * where the trunk leads.
 */
static bool keep_target(struct mailbox_subscription *subscription,
                        const struct sip_message *message) {
    struct sip_name_address contact;
    struct sip_uri uri;
    sj_address address;
    if (!sip_name_address_parse(sip_message_header(message, SIP_CONTACT), &contact) ||
        !sip_uri_parse(contact.uri, &uri) ||
        !(sip_text_is_nocase(uri.scheme, "sip") || sip_text_is_nocase(uri.scheme, "sips")) ||
        !sip_text_keep(&subscription->target, contact.uri)) {
        return false;
    }
    if (subscription->routes == NULL && subscription->flow.transport == SJ_SIP_TRANSPORT_UDP &&
        sip_uri_address(&uri, 5060, &address) && is_of_trunk(subscription, &address)) {
        subscription->flow.remote = address;
    }
    return true;
}

bool mailbox_dialog_learn(struct mailbox_subscription *subscription,
                          const struct sip_message *message) {
    const enum sip_header_name party = message->request ? SIP_FROM : SIP_TO;
    struct sip_text tag;
    return sip_tag(message, party, &tag) &&
           (subscription->remote != NULL ||
            (keep_routes(subscription, message) &&
             sip_text_keep(&subscription->remote, sip_message_header(message, party)))) &&
           keep_target(subscription, message);
}

bool mailbox_dialog_begin(struct mailbox_subscription *subscription, const char *number, char *why,
                          size_t room) {
    struct call_manager *manager = subscription->system->manager;
    struct mailboxes *mailboxes = manager->mailboxes;
    struct call_target *targets = manager->target_scratch;
    sj_error error = {.text = "it has no address"};
    mailbox_dialog_forget(subscription);
    const size_t count = trunk_targets(manager, subscription->system->trunk, number, targets,
                                       CALL_TARGETS_MAX, &error);
    if (count == 0) {
        (void)snprintf(why, room, "%s", error.text);
        return false;
    }
    const struct call_target *target = &targets[subscription->system->address % count];
    if (!sip_text_keep(&subscription->target, sip_text_of(target->uri))) {
        (void)snprintf(why, room, "out of memory");
        return false;
    }
    subscription->flow = target->flow;
    subscription->cseq = 0;
    subscription->remote_cseq = 0;
    (void)sj_map_remove(&mailboxes->by_tag, &subscription->by_tag);
    call_manager_token(manager, subscription->tag);
    call_manager_token(manager, subscription->call_id);
    sj_map_add(&mailboxes->by_tag, &subscription->by_tag, sj_hash_keyed_text(subscription->tag));
    return true;
}

void mailbox_dialog_put_subscribe(struct mailbox_subscription *subscription, const char *number,
                                  const char *branch, struct sip_writer *writer) {
    struct call_manager *manager = subscription->system->manager;
    const struct sip_flow *flow = &subscription->flow;
    char own[200], fresh[600];
    struct sip_writer party;
    sip_writer_init(&party, own, sizeof own - 1);
    sip_put(&party, "<sip:");
    sip_put_user(&party, number);
    sip_put(&party, "@");
    sip_put_host(&party, call_manager_address(manager, flow), 0);
    sip_put(&party, ">");
    own[party.used] = '\0';
    (void)snprintf(fresh, sizeof fresh, "<%s>", subscription->target);
    sip_put(writer, "SUBSCRIBE ");
    sip_put_value(writer, sip_text_of(subscription->target));
    sip_put(writer, " SIP/2.0\r\n");
    sip_put_own_via(manager, writer, branch, flow);
    sip_put(writer, sj_or_empty(subscription->routes));
    sip_put_dialog(writer, own, subscription->tag,
                   subscription->remote == NULL ? fresh : subscription->remote,
                   subscription->call_id);
    sip_put(writer, "CSeq: ");
    sip_put_number(writer, ++subscription->cseq);
    sip_put(writer,
            " SUBSCRIBE\r\nMax-Forwards: 70\r\nUser-Agent: Sojourn/" SOJOURN_VERSION "\r\n");
    sip_put_own_contact(manager, writer, number, flow);
    sip_put(writer, "Event: message-summary\r\nAccept: " MESSAGE_SUMMARY_TYPE "\r\nExpires: ");
    sip_put_number(writer, subscription->ending ? 0 : (uint64_t)subscription->asked_s);
    sip_put(writer, "\r\n");
    sip_put_body(writer, sip_text_of(""), sip_text_of(""));
}

struct mailbox_subscription *mailbox_dialog_find(const struct mailboxes *mailboxes,
                                                 const struct sip_message *request) {
    struct sip_text tag;
    if (!sip_tag(request, SIP_TO, &tag) || tag.length == 0) {
        return NULL;
    }
    SJ_MAP_EACH_OF(subscription, &mailboxes->by_tag, sj_hash_keyed(tag.at, tag.length),
                   struct mailbox_subscription, by_tag) {
        if (sip_text_is(tag, subscription->tag) &&
            sip_text_is(sip_message_header(request, SIP_CALL_ID), subscription->call_id)) {
            return subscription;
        }
    }
    return NULL;
}

bool mailbox_dialog_is_other_end(const struct mailbox_subscription *subscription,
                                 const struct sip_message *request) {
    struct sip_name_address remote;
    struct sip_text tag, known;
    return sip_tag(request, SIP_FROM, &tag) &&
           (subscription->remote == NULL
                ? subscription->transaction != NULL
                : sip_name_address_parse(sip_text_of(subscription->remote), &remote) &&
                      sip_param(remote.params, "tag", &known) && sip_text_equal(tag, known));
}

bool mailbox_dialog_is_from_there(const struct mailbox_subscription *subscription,
                                  const struct sip_flow *flow) {
    return sip_flow_same_host(&subscription->flow, flow) ||
           is_of_trunk(subscription, &flow->remote);
}
