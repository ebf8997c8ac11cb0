/* The event package presence (RFC 3856) for directory numbers: PIDF with the activities that
 * Cisco's phones show as lamps. */
#include "subscriptions/number_state.h"
#include "subscriptions/number_watch.h"
#include "subscriptions/subscription.h"

#include <sojourn/xml_text.h>

#include <stdio.h>

enum { LONGEST_S = 900 };

static const char *activities(const struct number_state *state) {
    return state->ringing          ? "<ce:alerting/>"
           : state->in_call        ? "<e:on-the-phone/><e:busy/>"
           : state->do_not_disturb ? "<ce:dnd/>"
                                   : "";
}

static void put(struct subscription *subscription, unsigned document, struct sip_writer *body) {
    struct call_manager *manager = subscription->manager;
    const struct number_state state = number_state_of(manager, subscription->watched->key);
    char entity[DIGITS_MAX + SJ_ADDRESS_TEXT + 8];
    sj_xml_text text = {0};
    (void)document;
    (void)snprintf(entity, sizeof entity, "sip:%s@%s", subscription->number,
                   call_manager_address(manager, &subscription->flow));
    sj_xml_text_raw(&text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
                           "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" "
                           "xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" "
                           "xmlns:e=\"urn:ietf:params:xml:ns:pidf:status:rpid\" "
                           "xmlns:ce=\"urn:cisco:params:xml:ns:pidf:rpid\"");
    sj_xml_text_attribute(&text, "entity", entity);
    sj_xml_text_format(&text,
                       ">\r\n<dm:person id=\"p1\">\r\n<e:activities>%s</e:activities>\r\n"
                       "</dm:person>\r\n<tuple id=\"t1\">\r\n<status>\r\n<basic>%s</basic>\r\n"
                       "</status>\r\n</tuple>\r\n</presence>\r\n",
                       activities(&state), state.registered ? "open" : "closed");
    sip_put_bytes(body, text.data, text.length);
    body->overflow = body->overflow || text.failed;
    sj_xml_text_free(&text);
}

const struct event_package presence_events = {
    .name = "presence",
    .kind = WATCHED_NUMBER,
    .type = "application/pidf+xml",
    .other_type = "application/cpim-pidf+xml",
    .longest_s = LONGEST_S,
    .documents = 1,
    .judge = number_watch_judge,
    .judge_again = number_watch_judge_again,
    .put = put,
};
