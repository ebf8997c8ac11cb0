/* What happens within an answered call. */
#include "calls/call_relay.h"
#include "calls/call_admission.h"
#include "calls/call_connected.h"
#include "calls/call_join.h"
#include "calls/call_leg.h"
#include "calls/call_reliable.h"
#include "calls/header_passage.h"
#include "calls/intercom.h"
#include "calls/media_service.h"
#include "calls/session_timer.h"
#include "calls/told_place.h"
#include "calls/transfer.h"

#include <stdio.h>
#include <stdlib.h>

struct call_relay {
    sj_list_link link;
    struct call *call; /* NULL once the call is over */
    struct call_leg *from, *to;
    struct sip_transaction *server, *client;
    struct media_question *question; /* a bridge is asked for the answer, or NULL */
    const struct sip_message *said;  /* the response that is passed on now, or NULL */
    char *request;                   /* as it came, to answer it from */
    size_t request_length;
    bool invite;
    bool offers; /* the session changes by it */
    bool event;  /* a subscription to keys, or a report of them: the call does not hang on it */
    uint32_t expires_s; /* of a subscription that has been accepted */
};

/* What is said in it is of the session; otherwise of what happens in it (INFO, KPML). */
static bool is_of_session(enum sip_method method) {
    return method == SIP_INVITE || method == SIP_UPDATE || method == SIP_PRACK;
}

/* The party that was called. */
static struct call_leg *callee_of(const struct call_relay *relay) {
    return relay->from->caller ? relay->to : relay->from;
}

/* Whether the call has been answered: before that there is no session to be timed. */
static bool in_session(const struct call_relay *relay) {
    return relay->call != NULL && relay->call->answered != NULL;
}

/* ---- relayed requests ---- */

static void unlink_relay(struct call_relay *relay) {
    sj_list_remove(&relay->link);
    relay->call = NULL;
}

static void relay_answer(struct call_relay *relay, int status, const struct message_body *body) {
    struct call_manager *manager = relay->from->manager;
    struct sip_writer writer = call_manager_writer(manager);
    struct sip_message request;
    if (relay->server == NULL ||
        !sip_message_parse(relay->request, relay->request_length, &request)) {
        return;
    }
    sip_put_answer_head(&writer, &request, status, sip_reason_phrase(status), "",
                        &relay->from->flow.remote);
    if (status > 100 && status < 300) {
        sip_put_own_contact(manager, &writer, relay->from->number, &relay->from->flow);
        sip_put(&writer, relay->invite ? CALL_ALLOW : "");
        if (relay->call != NULL && is_of_session(request.method)) {
            call_connected_put(relay->to, relay->from, &writer);
            told_place_put(relay->from, &writer);
        }
        if (request.method == SIP_SUBSCRIBE) {
            sip_put(&writer, "Expires: ");
            sip_put_number(&writer, relay->expires_s);
            sip_put(&writer, "\r\n");
        }
    }
    if (status >= 200 && status < 300 && in_session(relay) && is_of_session(request.method)) {
        session_timer_agree(relay->from, &request, &writer);
    }
    header_passage_put(relay->to, relay->from, relay->said, &writer);
    if (status == 488 && relay->call != NULL && relay->call->shortage != NULL) {
        call_put_shortage(manager, &writer);
    } else if (status == 488 && relay->call != NULL && relay->call->refusal != NULL) {
        sip_put_warning(manager, &writer, relay->call->refusal);
    }
    if (body != NULL) {
        sip_put_body(&writer, body->type, body->content);
    } else {
        sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    }
    if (!writer.overflow) {
        struct sip_transaction *server = relay->server;
        if (status >= 200) {
            relay->server = NULL;
            if (relay->invite && status < 300) {
                relay->from->server_invite = server; /* until its ACK */
            } else {
                sip_transaction_detach(server);
            }
        }
        sip_server_respond(server, status, writer.data, writer.used);
    }
}

/* What has been asked for is agreed: of an answered call, whether somebody holds; before, what the
 * callee has said last of its media. */
static void note_agreement(struct call_relay *relay, const struct sip_message *response) {
    struct sip_message request;
    if (!sip_message_parse(relay->request, relay->request_length, &request)) {
        return;
    }
    if (in_session(relay)) {
        call_note_hold(relay->from, message_body_description(call_media_body(&request)));
    } else {
        const struct message_body said = call_media_body(relay->from->caller ? response : &request);
        call_reliable_note(callee_of(relay), &said);
    }
}

/* The other side of a trunk has too little bandwidth for what is asked: it is told on as such, and
 * the call goes on as it was. */
static void relay_shortage(struct call_relay *relay) {
    struct call *call = relay->call;
    free(call->shortage);
    call->shortage = strdup(NOT_ENOUGH_BANDWIDTH);
    relay_answer(relay, 488, NULL);
    free(call->shortage);
    call->shortage = NULL;
}

/* How long a subscription to keys holds. */
static void note_subscription(struct call_relay *relay, const struct sip_message *response) {
    uint64_t expires_s = 0;
    if (response->method == SIP_SUBSCRIBE && response->status < 300) {
        (void)sip_text_number(sip_message_header(response, SIP_EXPIRES), UINT32_MAX, &expires_s);
        relay->expires_s = (uint32_t)expires_s;
    }
}

static void relay_response(void *user, struct sip_transaction *transaction,
                           const struct sip_message *response) {
    struct call_relay *relay = user;
    struct call *call = relay->call;
    struct message_body body;
    (void)transaction;
    if (call == NULL) {
        return;
    }
    if (response->status >= 200 && response->status < 300) {
        (void)call_leg_learn(relay->to, response);
        if (is_of_session(response->method)) {
            if (in_session(relay)) {
                session_timer_accepted(relay->to, response);
            }
            (void)call_connected_learn(relay->to, response);
            told_place_answered(relay->to, response);
        }
        if (relay->invite) {
            relay->to->ack_due = true;
            relay->to->ack_cseq = response->cseq;
        }
    }
    if (response->status >= 200) {
        note_subscription(relay, response);
    }
    const bool media = call_media_pass(call, relay->to, relay->from, response, &body);
    if (!media && response->status >= 200 &&
        response->status < 300) { /* agreed already: there is no way back */
        relay_answer(relay, 488, NULL);
        if (relay->to->ack_due) {
            call_leg_acknowledge(relay->to, sip_text_of(""), sip_text_of(""));
        }
        call_end(call, NULL, 488, call->refusal);
        return;
    }
    if (response->status >= 300) {
        call_admission_withdraw(callee_of(relay));
    } else if (response->status >= 200 && media && body.content.length > 0 &&
               callee_of(relay)->caller_offers == relay->from->caller) {
        call_admission_agreed(callee_of(relay)); /* else the ACK brings the answer */
    }
    if (response->status >= 200 && response->status < 300) {
        note_agreement(relay, response);
    }
    if (response->status >= 300 && relay->to->trunk && call_read_shortage(response)) {
        relay_shortage(relay);
    } else if (response->status > 100) {
        relay->said = response;
        relay_answer(relay, response->status, media ? &body : NULL);
        relay->said = NULL;
    }
    if ((response->status == 481 || response->status == 408) &&
        !relay->event) { /* the other party has no such call any more */
        call_end(call, relay->to, response->status, "The call is unknown to the other party");
    }
}

static void relay_timeout(void *user, struct sip_transaction *transaction) {
    struct call_relay *relay = user;
    const char *failure = sip_transaction_failure(transaction);
    if (relay->event) {
        relay_answer(relay, 408, NULL);
    } else if (relay->call != NULL && failure[0] != '\0') {
        char why[240];
        (void)snprintf(why, sizeof why, "The other party can no longer be reached: %s", failure);
        relay_answer(relay, 503, NULL);
        call_end(relay->call, NULL, 503, why);
    } else if (relay->call != NULL) {
        relay_answer(relay, 408, NULL);
        call_end(relay->call, NULL, 408, "The other party no longer answers");
    }
}

static void relay_ended(void *user, struct sip_transaction *transaction) {
    struct call_relay *relay = user;
    (void)transaction;
    if (relay->call != NULL && relay->server != NULL) {
        relay_answer(relay, 500, NULL);
    }
    unlink_relay(relay);
    free(relay->request);
    free(relay);
}

static const struct sip_transaction_events relay_events = {relay_response, relay_timeout,
                                                           relay_ended};

/* A re-INVITE's 2xx without an ACK ends the call; until then the transaction belongs to the leg. */
static void server_timeout(void *user, struct sip_transaction *transaction) {
    struct call_leg *leg = user;
    sip_transaction_detach(transaction);
    leg->server_invite = NULL;
    if (leg->call != NULL) {
        call_end(leg->call, NULL, 408, "No ACK for the answer");
    }
}

static void server_ended(void *user, struct sip_transaction *transaction) {
    struct call_leg *leg = user;
    if (leg->server_invite == transaction) {
        leg->server_invite = NULL;
    }
    if (leg->call == NULL) {
        return;
    }
    SJ_LIST_EACH(relay, &leg->call->relays, struct call_relay, link) {
        if (relay->server == transaction) {
            relay->server = NULL;
        }
    }
}

static const struct sip_transaction_events server_events = {NULL, server_timeout, server_ended};

bool call_relays_pending(const struct call *call) {
    return sj_list_first(&call->relays) != NULL || call->caller->server_invite != NULL ||
           (call->answered != NULL &&
            (call->answered->server_invite != NULL || call_admission_is_asked(call->answered)));
}

/* What a subscription to keys, or a report of them, is about. */
static void put_event(const struct sip_message *request, struct sip_writer *writer) {
    static const struct {
        enum sip_header_name header;
        const char *name;
    } passed[] = {{SIP_EVENT, "Event: "},
                  {SIP_EXPIRES, "Expires: "},
                  {SIP_ACCEPT, "Accept: "},
                  {SIP_SUBSCRIPTION_STATE, "Subscription-State: "}};
    for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++) {
        const struct sip_text value = sip_message_header(request, passed[i].header);
        if (value.length > 0) {
            sip_put(writer, passed[i].name);
            sip_put_value(writer, value);
            sip_put(writer, "\r\n");
        }
    }
}

static bool invite_under_way(const struct call *call) {
    SJ_LIST_EACH(relay, &call->relays, struct call_relay, link) {
        if (relay->invite) {
            return true;
        }
    }
    return call->caller->server_invite != NULL || call->answered->server_invite != NULL;
}

/* 0, or the status with which it is refused. */
static int send_on(struct call_relay *relay, const struct sip_message *request) {
    struct call_leg *to = relay->to;
    struct sip_writer writer = call_manager_writer(to->manager);
    struct message_body body;
    char branch[32];
    if (!call_media_pass(to->call, relay->from, to, request, &body)) {
        return 488;
    }
    /* What a PRACK offers is for the other dialog an offer like any. */
    const enum sip_method method = request->method == SIP_PRACK ? SIP_UPDATE : request->method;
    call_leg_put_request(to, &writer, sip_method_text(method), ++to->local_cseq, branch);
    sip_put(&writer, "Max-Forwards: 70\r\n" CALL_ALLOW);
    if (is_of_session(request->method)) {
        call_connected_put(relay->from, to, &writer);
        told_place_put_request(to, &writer);
        session_timer_put(to, &writer);
    } else if (request->method != SIP_INFO) {
        put_event(request, &writer);
    }
    header_passage_put(relay->from, to, request, &writer);
    sip_put_body(&writer, body.type, body.content);
    if (writer.overflow) {
        return 503;
    }
    relay->client = sip_client_begin_timed(
        &to->manager->transactions, call_leg_timers(to, method == SIP_INVITE), method, branch,
        &to->flow, writer.data, writer.used, &relay_events, relay);
    return relay->client != NULL ? 0 : 503;
}

static void drop(struct call_relay *relay) {
    unlink_relay(relay);
    if (relay->question != NULL) {
        media_question_drop(relay->question);
    }
    free(relay->request);
    free(relay);
}

static void refuse(struct call_relay *relay, int status) {
    call_admission_withdraw(callee_of(relay));
    relay_answer(relay, status, NULL);
    drop(relay);
}

/* Whether there is bandwidth for what it asks has been decided. */
static void admitted(void *user, struct call_leg *callee, bool granted) {
    struct call_relay *relay = user;
    struct call *call = callee->call;
    struct sip_message request;
    const int refused = !granted ? 488
                        : relay->server != NULL &&
                                sip_message_parse(relay->request, relay->request_length, &request)
                            ? send_on(relay, &request)
                            : 500;
    if (refused != 0) {
        refuse(relay, refused);
    }
    if (!granted) { /* the call goes on as it was */
        free(call->shortage);
        call->shortage = NULL;
    }
}

/* Passes a request on when there is bandwidth for what it offers. */
static void admit(struct call_relay *relay, const struct sip_message *request) {
    enum admission_verdict verdict = ADMISSION_GRANTED;
    if (relay->offers) {
        struct sdp_rates offer;
        verdict = call_admission_propose(
            callee_of(relay),
            call_media_offer_rates(relay->from, relay->to, request, &offer) ? &offer : NULL,
            admitted, relay);
    }
    if (verdict != ADMISSION_ASKED) {
        const int refused = send_on(relay, request);
        if (refused != 0) {
            refuse(relay, refused);
        }
    }
}

static void bridged(void *user, const struct message_body *answer) {
    struct call_relay *relay = user;
    struct sip_message request;
    relay->question = NULL;
    relay_answer(relay, answer != NULL ? 200 : 488, answer);
    if (answer != NULL) {
        if (sip_message_parse(relay->request, relay->request_length, &request)) {
            const struct message_body offer = call_media_body(&request);
            call_admission_bridged(relay->to, &offer, answer);
        }
        note_agreement(relay, NULL);
    }
    drop(relay);
}

/* Its media are a bridge's, which answers. */
static void ask_bridge(struct call_relay *relay, const struct sip_message *request) {
    const struct message_body offer = call_media_body(request);
    if (message_body_description(offer).length > 0) {
        relay->question = media_join(relay->to->bridge, relay->from, &offer, bridged, relay);
    }
    if (relay->question == NULL) { /* the bridge makes no offers */
        refuse(relay, 488);
    }
}

/* The other party is not there (it is parked): its media stay as they are, without any. */
static void answer_in_place(struct call_leg *from, const struct sip_message *request,
                            const struct sip_flow *flow) {
    struct call_manager *manager = from->manager;
    struct sip_writer writer = call_manager_writer(manager);
    const struct sip_flow answer_flow = sip_answer_flow(request, flow);
    const bool invite = request->method == SIP_INVITE;
    const struct message_body offer = call_media_body(request);
    if (request->method == SIP_INFO) {
        sip_answer(manager, request, flow, 403, "The call is parked");
        return;
    }
    struct sip_transaction *server =
        sip_server_begin(&manager->transactions, request, &answer_flow,
                         invite ? &server_events : NULL, invite ? from : NULL);
    if (server == NULL || !call_leg_learn(from, request)) {
        sip_answer(manager, request, flow, 503, "");
        return;
    }
    from->server_invite = invite ? server : from->server_invite;
    told_place_offered(from, request, flow);
    told_place_settle(from->call, true);
    const struct message_body body = call_inactive_body(from, &offer);
    sip_put_answer_head(&writer, request, 200, "OK", "", &answer_flow.remote);
    sip_put_own_contact(manager, &writer, from->number, &from->flow);
    sip_put(&writer, CALL_ALLOW);
    session_timer_agree(from, request, &writer);
    sip_put_body(&writer, body.type, body.content);
    sip_server_respond(server, 200, writer.data, writer.used);
}

/* RFC 3311 5.2, RFC 3261 14.2: an offer while one of the same side has no answer is to come later,
 * one while the other side's has none crosses it. 0: neither is under way. */
static int glare(const struct call_leg *from, const struct sip_message *request) {
    if (request->method != SIP_INVITE &&
        (!is_of_session(request->method) || request->body.length == 0)) {
        return 0;
    }
    SJ_LIST_EACH(relay, &from->call->relays, struct call_relay, link) {
        if (relay->offers && relay->server != NULL) { /* it has no answer yet */
            return relay->from == from ? 500 : 491;
        }
    }
    return 0;
}

static void refuse_offer(struct call_leg *from, const struct sip_message *request,
                         const struct sip_flow *flow, int status, const char *why) {
    struct call_manager *manager = from->manager;
    struct sip_writer writer = call_manager_writer(manager);
    const struct sip_flow answer_flow = sip_answer_flow(request, flow);
    unsigned char random;
    if (status != 500) {
        sip_answer(manager, request, flow, status, why);
        return;
    }
    sj_random_bytes(manager->scope, &random, sizeof random);
    sip_put_answer_head(&writer, request, 500, sip_reason_phrase(500), "", &answer_flow.remote);
    sip_put(&writer, "Retry-After: ");
    sip_put_number(&writer, random % 11); /* RFC 3311 5.2: chosen between 0 and 10 s */
    sip_put(&writer, "\r\n");
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    sip_send_answer(manager, request, flow, &writer);
}

static void pass_on(struct call_leg *from, struct call_leg *to, const struct sip_message *request,
                    const struct sip_flow *flow) {
    struct call_manager *manager = from->manager;
    const struct sip_flow answer_flow = sip_answer_flow(request, flow);
    struct call_relay *relay = calloc(1, sizeof *relay);
    if (relay != NULL) {
        relay->invite = request->method == SIP_INVITE;
        relay->offers =
            relay->invite || (is_of_session(request->method) && request->body.length > 0);
        relay->event = request->method == SIP_SUBSCRIBE || request->method == SIP_NOTIFY;
        relay->from = from;
        relay->to = to;
        relay->request_length =
            (size_t)(request->body.at + request->body.length - request->method_text.at);
        relay->request = malloc(relay->request_length);
        relay->server = relay->request == NULL
                            ? NULL
                            : sip_server_begin(&manager->transactions, request, &answer_flow,
                                               &server_events, from);
    }
    if (relay == NULL || relay->server == NULL) {
        if (relay != NULL) {
            free(relay->request);
            free(relay);
        }
        sip_answer(manager, request, flow, 503, "");
        return;
    }
    memcpy(relay->request, request->method_text.at, relay->request_length);
    if (is_of_session(request->method)) {
        (void)call_leg_learn(from, request);
        (void)call_connected_learn(from, request);
    }
    if (relay->offers && from->call->answered != NULL) {
        told_place_offered(from, request, flow);
    }
    if (relay->invite) {
        relay_answer(relay, 100, NULL);
    }
    relay->call = from->call;
    sj_list_add_first(&from->call->relays, &relay->link);
    if (to->bridge != NULL) { /* which is in no place */
        told_place_settle(from->call, true);
        ask_bridge(relay, request);
    } else {
        admit(relay, request);
    }
}

void call_relay(struct call_leg *from, const struct sip_message *request,
                const struct sip_flow *flow) {
    struct call_leg *to = call_leg_other(from);
    const bool invite = request->method == SIP_INVITE;
    const int crossed = glare(from, request);
    if (crossed != 0) {
        refuse_offer(from, request, flow, crossed, "");
        return;
    }
    if (from->call->answered == NULL || to == NULL || call_leg_unanswered(to) ||
        !call_leg_has_dialog(to) || transfer_changes(from->call) ||
        (invite && (from->state != LEG_CONFIRMED || to->state != LEG_CONFIRMED ||
                    invite_under_way(from->call))) ||
        (is_of_session(request->method) && call_admission_is_asked(from->call->answered))) {
        sip_answer(from->manager, request, flow, 491, "");
        return;
    }
    const char *held = is_of_session(request->method)
                           ? intercom_hear(from, message_body_description(call_media_body(request)))
                           : NULL;
    if (held != NULL) {
        sip_answer(from->manager, request, flow, 488, held);
        return;
    }
    if (to->stands_in && to->bridge == NULL) {
        answer_in_place(from, request, flow);
        return;
    }
    pass_on(from, to, request, flow);
}

void call_relay_early(struct call_leg *from, const struct sip_message *request,
                      const struct sip_flow *flow) {
    const char *why = "";
    int status = glare(from, request);
    struct call_leg *to = status != 0 ? NULL : call_reliable_partner(from, request, &status, &why);
    if (to != NULL && call_admission_is_asked(from->caller ? to : from)) {
        to = NULL;
        status = 491;
    }
    if (to != NULL) {
        pass_on(from, to, request, flow);
    } else if (request->method == SIP_PRACK) { /* the response has been acknowledged by it */
        sip_answer(from->manager, request, flow, 488,
                   why[0] != '\0' ? why : "No further offer can be made to the other party yet");
    } else {
        refuse_offer(from, request, flow, status, why);
    }
}

static void give_up(struct call_relay *relay) {
    sj_list_remove(&relay->link);
    relay_answer(relay, 487, NULL);
    if (relay->server != NULL) {
        sip_transaction_detach(relay->server);
        relay->server = NULL;
    }
    relay->call = NULL; /* freed when its client transaction ends */
    if (relay->client == NULL) {
        if (relay->question != NULL) {
            media_question_drop(relay->question);
        }
        free(relay->request);
        free(relay);
    }
}

void call_relays_drop(struct call *call) {
    for (sj_list_link *link; (link = sj_list_first(&call->relays)) != NULL;) {
        give_up(SJ_OWNER(link, struct call_relay, link));
    }
}

void call_relays_leave(struct call_leg *leg) {
    SJ_LIST_EACH(relay, &leg->call->relays, struct call_relay, link) {
        if (relay->from == leg || relay->to == leg) {
            give_up(relay);
        }
    }
}
