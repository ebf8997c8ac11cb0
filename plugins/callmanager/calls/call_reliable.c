/* One at a time is sent to a caller; what comes meanwhile waits for its PRACK. */
#include "calls/call_reliable.h"
#include "calls/call_admission.h"
#include "calls/call_leg.h"
#include "calls/call_relay.h"
#include "calls/trunk_status.h"
#include "phones/registration_table.h"
#include "sip/header_values.h"
#include "sip/reliable_response.h"

#include <sojourn/base/hash.h>

#include <stdio.h>
#include <stdlib.h>

enum {
    EARLY_DIALOGS = 4, /* of one callee that are followed at once, as behind a forking proxy */
    PRACKS_MOST = 8,   /* without an answer; what comes then the callee sends again */
};

/* Responses to the caller that wait: one of each, so that no callee can have more kept. */
enum held { HELD_PROVISIONAL, HELD_FINAL, HELD_COUNT };

struct held_answer {
    int status;
    uint64_t described_by;
    char offerer[SIP_TAG];
    struct message_body body;
    char text[];
};

struct call_reliable {
    struct call_leg *leg;
    /* Of a caller: */
    sj_sip_profile_rel1xx_options option;
    bool required;
    uint32_t rseq; /* of the one sent last */
    bool repeated; /* and sent again and again */
    bool unacknowledged, described;
    uint32_t interval_ms;
    uint64_t gives_up_ms;
    struct wheel_timer timer;
    struct held_answer *held[HELD_COUNT];
    uint64_t described_by; /* the callee's dialog whose description is sent next, or was sent */
    char offerer[SIP_TAG]; /* our tag of the callee whose offer the PRACK is to answer; "" for none
                            */
    uint64_t agreed_with;  /* the callee's dialog whose description the caller has got */
    /* Of a callee: */
    struct {
        uint64_t dialog;
        uint32_t rseq;
    } early[EARLY_DIALOGS];
    unsigned next_early;
    struct sip_transaction *pracks[PRACKS_MOST]; /* that it has not answered */
    uint32_t due_rseq, due_cseq;                 /* to be acknowledged; 0: nothing is */
    uint64_t description_of;                     /* which of its dialogs has sent this: */
    char *type, *content;
    size_t content_length;
};

static struct call_reliable *begin(struct call_leg *leg) {
    if (leg->reliable == NULL && (leg->reliable = calloc(1, sizeof *leg->reliable)) != NULL) {
        leg->reliable->leg = leg;
    }
    return leg->reliable;
}

static sj_sip_profile_rel1xx_options option_of(const struct call_manager *manager, bool trunk,
                                               const char *device_name) {
    const struct registration *phone =
        trunk ? NULL : registration_find(manager->registrations, device_name);
    return trunk           ? trunk_rel1xx(manager, device_name)
           : phone != NULL ? (sj_sip_profile_rel1xx_options)phone->device->rel1xx
                           : SJ_SIP_PROFILE_REL1XX_OPTIONS_DISABLED;
}

uint64_t call_reliable_dialog(const struct call_leg *callee, const struct sip_message *message) {
    struct sip_text tag = {"", 0};
    char text[SIP_TAG + 200];
    (void)sip_tag(message, message->request ? SIP_FROM : SIP_TO, &tag);
    (void)snprintf(text, sizeof text, "%s %.*s", callee->local_tag,
                   (int)(tag.length < 190 ? tag.length : 190), tag.at);
    return sj_hash_keyed_text(text) | 1;
}

/* ---- towards the caller ---- */

bool call_reliable_allowed(struct call_manager *manager, bool trunk, const char *device_name,
                           const struct sip_message *invite) {
    return !reliable_responses_required(invite) ||
           option_of(manager, trunk, device_name) != SJ_SIP_PROFILE_REL1XX_OPTIONS_DISABLED;
}

bool call_reliable_begin(struct call_leg *caller, const struct sip_message *invite) {
    const sj_sip_profile_rel1xx_options option =
        option_of(caller->manager, caller->trunk, caller->device_name);
    if (!reliable_responses_supported(invite) || option == SJ_SIP_PROFILE_REL1XX_OPTIONS_DISABLED) {
        return true;
    }
    struct call_reliable *reliable = begin(caller);
    if (reliable == NULL) {
        return !reliable_responses_required(invite);
    }
    reliable->option = option;
    reliable->required = reliable_responses_required(invite);
    caller->session.updates = sip_values_have(invite, SIP_ALLOW, "UPDATE");
    return true;
}

static void drop_held(struct call_reliable *reliable) {
    for (size_t i = 0; i < HELD_COUNT; i++) {
        free(reliable->held[i]);
        reliable->held[i] = NULL;
    }
}

static void stop_repeating(struct call_reliable *reliable) {
    timer_wheel_stop(&reliable->leg->manager->fast.wheel, &reliable->timer);
    reliable->repeated = false;
}

static bool is_described(const struct message_body *body) {
    return body != NULL && body->content.length > 0;
}

static struct held_answer *keep(const struct call_reliable *reliable, int status,
                                const struct message_body *body) {
    const struct message_body nothing = {{"", 0}, {"", 0}};
    const struct message_body *said = body == NULL ? &nothing : body;
    struct held_answer *held = malloc(sizeof *held + said->type.length + said->content.length + 1);
    if (held == NULL) {
        return NULL;
    }
    memset(held, 0, sizeof *held);
    held->status = status;
    held->described_by = reliable->described_by;
    memcpy(held->offerer, reliable->offerer, sizeof held->offerer);
    memcpy(held->text, said->type.at, said->type.length);
    memcpy(held->text + said->type.length, said->content.at, said->content.length);
    held->body = (struct message_body){{held->text, said->type.length},
                                       {held->text + said->type.length, said->content.length}};
    return held;
}

/* It takes the place of the one that is held; a description that this one bears no other for is
 * still to be told. False: out of memory. */
static bool replace(struct call_reliable *reliable, int status, const struct message_body *body) {
    struct held_answer **place = &reliable->held[status < 200 ? HELD_PROVISIONAL : HELD_FINAL];
    if (*place != NULL && !is_described(body)) {
        (*place)->status = status;
        return true;
    }
    struct held_answer *held = keep(reliable, status, body);
    if (held == NULL) {
        return false;
    }
    free(*place);
    *place = held;
    return true;
}

bool call_reliable_hold(struct call_leg *caller, int status, const struct message_body *body) {
    struct call_reliable *reliable = caller->reliable;
    if (reliable == NULL || !reliable->repeated || status == 100 || status >= 300 ||
        (status >= 200 && !reliable->described && reliable->held[HELD_PROVISIONAL] == NULL)) {
        return false;
    }
    if (!replace(reliable, status, body)) {
        return false; /* better too early than never */
    }
    caller->state = status < 200 && status >= 180 ? LEG_RINGING : caller->state;
    return true;
}

static bool wants(const struct call_reliable *reliable, const struct message_body *body) {
    switch (reliable->option) {
    case SJ_SIP_PROFILE_REL1XX_OPTIONS_SEND_PRACK_FOR_ALL_1XX_MESSAGES: return true;
    case SJ_SIP_PROFILE_REL1XX_OPTIONS_SEND_PRACK_IF_1XX_CONTAINS_SDP: return is_described(body);
    default: return false;
    }
}

bool call_reliable_put(struct call_leg *caller, int status, const struct message_body *body,
                       struct sip_writer *writer) {
    struct call_reliable *reliable = caller->reliable;
    if (reliable == NULL || status <= 100 || status >= 200 ||
        !(reliable->required || wants(reliable, body))) {
        return false;
    }
    if (reliable->rseq == 0) { /* RFC 3262 3: any number below 2**31, each one the next higher */
        sj_random_bytes(caller->manager->scope, &reliable->rseq, sizeof reliable->rseq);
        reliable->rseq %= UINT32_C(0x7fffffff);
    }
    sip_put(writer, "Require: 100rel\r\nRSeq: ");
    sip_put_number(writer, ++reliable->rseq);
    sip_put(writer, "\r\n");
    return true;
}

/* Doubled each time, over every transport, since proxies may lose it behind a connection. */
static void repeat(struct wheel_timer *timer) {
    struct call_reliable *reliable = SJ_OWNER(timer, struct call_reliable, timer);
    struct call_leg *leg = reliable->leg;
    const uint64_t now_ms = sj_monotonic_ms(leg->manager->scope);
    if (leg->invite == NULL) {
        stop_repeating(reliable);
        return;
    }
    if (now_ms >= reliable->gives_up_ms) {
        call_end(leg->call, NULL, 504, "The caller does not acknowledge the provisional response");
        return;
    }
    sip_server_repeat(leg->invite);
    reliable->interval_ms *= 2;
    timer_wheel_start(&leg->manager->fast.wheel, &reliable->timer, now_ms,
                      now_ms + reliable->interval_ms < reliable->gives_up_ms
                          ? reliable->interval_ms
                          : reliable->gives_up_ms - now_ms,
                      repeat);
}

void call_reliable_sent(struct call_leg *caller, int status, bool reliable, bool described) {
    struct call_reliable *state = caller->reliable;
    if (state == NULL || status == 100) {
        return;
    }
    if (status >= 200) {
        stop_repeating(state);
        drop_held(state);
        return;
    }
    if (reliable) {
        const uint32_t t1_ms = caller->manager->transactions.t1_ms;
        const uint64_t now_ms = sj_monotonic_ms(caller->manager->scope);
        state->repeated = state->unacknowledged = true;
        state->described = described;
        state->agreed_with = described ? state->described_by : state->agreed_with;
        state->interval_ms = t1_ms;
        state->gives_up_ms = now_ms + 64 * (uint64_t)t1_ms;
        timer_wheel_start(&caller->manager->fast.wheel, &state->timer, now_ms, t1_ms, repeat);
    }
}

void call_reliable_forget(struct call_leg *caller) {
    if (caller->reliable != NULL) {
        stop_repeating(caller->reliable);
        drop_held(caller->reliable);
        caller->reliable->unacknowledged = caller->reliable->described = false;
        caller->reliable->agreed_with = caller->reliable->described_by = 0;
        caller->reliable->offerer[0] = '\0';
    }
}

static void send_held(struct call_leg *caller) {
    struct call_reliable *reliable = caller->reliable;
    for (size_t i = 0; i < HELD_COUNT && !reliable->repeated; i++) {
        struct held_answer *held = reliable->held[i];
        if (held == NULL) {
            continue;
        }
        reliable->held[i] = NULL;
        reliable->described_by = held->described_by;
        memcpy(reliable->offerer, held->offerer, sizeof reliable->offerer);
        call_leg_answer(caller, held->status, "", &held->body);
        free(held);
    }
}

/* The callee whose offer the caller has got; NULL: none's, or it is gone. */
static struct call_leg *find_offerer(const struct call_leg *caller) {
    SJ_LIST_EACH(leg, &caller->call->callees, struct call_leg, link_in_call) {
        if (strcmp(leg->local_tag, caller->reliable->offerer) == 0) {
            return leg;
        }
    }
    return NULL;
}

/* The answer goes on to the callee whose offer it is for. False: it may not pass; the call has
 * ended. */
static bool pass_answer(struct call_leg *caller, const struct sip_message *request) {
    struct call *call = caller->call;
    struct call_leg *callee = find_offerer(caller);
    const struct message_body answer = call_media_body(request);
    struct message_body body;
    caller->reliable->offerer[0] = '\0';
    if (callee == NULL) {
        return true;
    }
    if (!call_media_pass_body(call, caller, callee, &answer, false, &body)) {
        call_end(call, NULL, 488, call->refusal);
        return false;
    }
    call_admission_agreed(callee);
    call_reliable_acknowledge(callee, &body);
    return true;
}

void call_reliable_acknowledged(struct call_leg *caller, const struct sip_message *request,
                                const struct sip_flow *flow) {
    struct call_manager *manager = caller->manager;
    struct call_reliable *reliable = caller->reliable;
    struct response_ack ack;
    if (!response_ack_read(request, &ack)) {
        sip_answer(manager, request, flow, 400, "RAck cannot be read");
        return;
    }
    struct sip_message invite;
    if (reliable == NULL || !reliable->unacknowledged || ack.rseq != reliable->rseq ||
        !sip_text_is(ack.method, "INVITE") ||
        !sip_message_parse(caller->request, caller->request_length, &invite) ||
        ack.cseq != invite.cseq) {
        sip_answer(manager, request, flow, 481, "No response waits for this PRACK");
        return;
    }
    const bool answers = reliable->offerer[0] != '\0' && reliable->described;
    if (answers && request->body.length == 0) {
        sip_answer(manager, request, flow, 400, "The answer to the offer is missing");
        return;
    }
    stop_repeating(reliable);
    reliable->unacknowledged = reliable->described = false;
    if (!answers && request->body.length > 0) {
        call_relay_early(caller, request, flow);
    } else {
        sip_answer_kept(manager, request, flow, 200);
        if (answers && !pass_answer(caller, request)) {
            return;
        }
    }
    send_held(caller);
}

/* ---- from a callee ---- */

bool call_reliable_offer(struct call_leg *callee) {
    const struct call *call = callee->call;
    /* An offer of the callee's is answered by the caller alone, in a PRACK. */
    const bool answered =
        call->offer_length > 0 ||
        (call->transfer == NULL && call->caller->reliable != NULL &&
         call_leg_unanswered(call->caller) && (call->serial || call->target_count == 1));
    return answered &&
           option_of(callee->manager, callee->trunk, callee->device_name) !=
               SJ_SIP_PROFILE_REL1XX_OPTIONS_DISABLED &&
           begin(callee) != NULL;
}

/* Whether it is the next of its dialog, which may begin with any number. */
static bool is_next(struct call_reliable *reliable, uint64_t dialog, uint32_t rseq) {
    for (size_t i = 0; i < EARLY_DIALOGS; i++) {
        if (reliable->early[i].dialog == dialog) {
            const bool next = rseq == reliable->early[i].rseq + 1;
            reliable->early[i].rseq += next ? 1 : 0;
            return next;
        }
    }
    const unsigned place = reliable->next_early++ % EARLY_DIALOGS;
    reliable->early[place].dialog = dialog;
    reliable->early[place].rseq = rseq;
    return true;
}

static void keep_description(struct call_reliable *reliable, uint64_t dialog,
                             const struct message_body *body) {
    char *kept_type = malloc(body->type.length + 1), *content = malloc(body->content.length + 1);
    if (kept_type == NULL || content == NULL) {
        free(kept_type);
        free(content);
        return;
    }
    free(reliable->type);
    free(reliable->content);
    (void)sip_text_copy(body->type, kept_type, body->type.length + 1);
    (void)sip_text_copy(body->content, content, body->content.length + 1);
    reliable->type = kept_type;
    reliable->content = content;
    reliable->content_length = body->content.length;
    reliable->description_of = dialog;
}

static struct sip_transaction **prack_place(struct call_reliable *reliable,
                                            const struct sip_transaction *transaction) {
    for (size_t i = 0; i < PRACKS_MOST; i++) {
        if (reliable->pracks[i] == transaction) {
            return &reliable->pracks[i];
        }
    }
    return NULL;
}

/* What comes of a PRACK the callee says in its final response. */
static void prack_over(void *user, struct sip_transaction *transaction) {
    struct sip_transaction **place = prack_place(user, transaction);
    sip_transaction_detach(transaction);
    if (place != NULL) {
        *place = NULL;
    }
}

static void prack_answered(void *user, struct sip_transaction *transaction,
                           const struct sip_message *response) {
    if (response->status >= 200) {
        prack_over(user, transaction);
    }
}

static const struct sip_transaction_events prack_events = {prack_answered, prack_over, NULL};

enum reliable_news call_reliable_receive(struct call_leg *callee,
                                         const struct sip_message *response) {
    struct call_reliable *reliable = callee->reliable;
    uint32_t rseq;
    if (reliable == NULL || !reliable_response_read(response, &rseq)) {
        return RELIABLE_NOT;
    }
    const uint64_t dialog = call_reliable_dialog(callee, response);
    if (prack_place(reliable, NULL) == NULL || !is_next(reliable, dialog, rseq)) {
        return RELIABLE_STALE;
    }
    if (!call_leg_learn_dialog(callee, response)) {
        return RELIABLE_NOT; /* without a Contact there is nobody to acknowledge it to */
    }
    callee->session.updates =
        callee->session.updates || sip_values_have(response, SIP_ALLOW, "UPDATE");
    reliable->due_rseq = rseq;
    reliable->due_cseq = response->cseq;
    if (response->body.length == 0) {
        return RELIABLE_NEW;
    }
    const bool first = reliable->content == NULL;
    const struct message_body body = call_media_body(response);
    keep_description(reliable, dialog, &body);
    return first && !callee->caller_offers ? RELIABLE_OFFER : RELIABLE_NEW;
}

void call_reliable_acknowledge(struct call_leg *callee, const struct message_body *answer) {
    struct call_reliable *reliable = callee->reliable;
    struct sip_writer writer = call_manager_writer(callee->manager);
    char branch[32];
    if (reliable == NULL || reliable->due_rseq == 0) {
        return;
    }
    call_leg_put_request(callee, &writer, "PRACK", ++callee->local_cseq, branch);
    sip_put(&writer, "Max-Forwards: 70\r\nRAck: ");
    sip_put_number(&writer, reliable->due_rseq);
    sip_put(&writer, " ");
    sip_put_number(&writer, reliable->due_cseq);
    sip_put(&writer, " INVITE\r\n");
    if (answer != NULL) {
        sip_put_body(&writer, answer->type, answer->content);
    } else {
        sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    }
    reliable->due_rseq = 0;
    struct sip_transaction **place = prack_place(reliable, NULL);
    if (!writer.overflow && place != NULL) {
        *place = sip_client_begin_timed(
            &callee->manager->transactions, call_leg_timers(callee, false), SIP_PRACK, branch,
            &callee->flow, writer.data, writer.used, &prack_events, reliable);
    }
}

struct message_body call_reliable_description(const struct call_leg *callee,
                                              const struct sip_message *response) {
    const struct call_reliable *reliable = callee->reliable;
    if (response->body.length > 0 || reliable == NULL || reliable->content == NULL ||
        reliable->description_of != call_reliable_dialog(callee, response)) {
        return call_media_body(response);
    }
    return (struct message_body){sip_text_of(reliable->type),
                                 {reliable->content, reliable->content_length}};
}

void call_reliable_couple(struct call_leg *caller, const struct call_leg *callee,
                          const struct sip_message *response, bool offer) {
    if (caller->reliable != NULL) {
        caller->reliable->described_by = call_reliable_dialog(callee, response);
        (void)snprintf(caller->reliable->offerer, sizeof caller->reliable->offerer, "%s",
                       offer ? callee->local_tag : "");
    }
}

/* Whose description the caller has got, or will have before anything else; 0: nobody's. */
static uint64_t told_of(const struct call_reliable *reliable) {
    uint64_t dialog = reliable == NULL ? 0 : reliable->agreed_with;
    if (reliable != NULL) {
        for (size_t i = 0; i < HELD_COUNT; i++) {
            const struct held_answer *held = reliable->held[i];
            dialog = held != NULL && is_described(&held->body) ? held->described_by : dialog;
        }
    }
    return dialog;
}

bool call_reliable_agreed(struct call_leg *caller, const struct call_leg *callee,
                          const struct sip_message *response) {
    const uint64_t told = told_of(caller->reliable),
                   dialog = call_reliable_dialog(callee, response);
    if (told == dialog) {
        return true;
    }
    if (told != 0 || (caller->told_of != 0 && caller->told_of != dialog)) {
        call_leg_renew_tag(caller);
    }
    return false;
}

bool call_reliable_repeats(const struct call_leg *caller) {
    return caller->reliable != NULL && caller->reliable->repeated;
}

/* ---- further offers in early dialogs ---- */

/* Whether the caller has got an answer to its offer, or has given one. */
static bool caller_agrees(const struct call_reliable *reliable) {
    return reliable != NULL && reliable->agreed_with != 0 && !reliable->unacknowledged &&
           reliable->offerer[0] == '\0' && told_of(reliable) == reliable->agreed_with;
}

/* The same of a callee, which knows that as soon as it has the PRACK. */
static bool callee_agrees(const struct call_reliable *reliable) {
    if (reliable == NULL || reliable->description_of == 0 || reliable->due_rseq != 0) {
        return false;
    }
    for (size_t i = 0; i < PRACKS_MOST; i++) {
        if (reliable->pracks[i] != NULL) {
            return false;
        }
    }
    return true;
}

/* The callee that rings alone; NULL: there are several, or it is to be somebody else's call. */
static struct call_leg *rings_alone(const struct call *call) {
    const sj_list_link *first = sj_list_first(&call->callees);
    struct call_leg *callee = first == NULL || first != sj_list_last(&call->callees) ||
                                      call->transfer != NULL || call->pickup != NULL
                                  ? NULL
                                  : SJ_OWNER(first, struct call_leg, link_in_call);
    return callee != NULL && callee->state == LEG_RINGING ? callee : NULL;
}

struct call_leg *call_reliable_partner(struct call_leg *from, const struct sip_message *request,
                                       int *status, const char **why) {
    const struct call *call = from->call;
    struct call_leg *caller = call->caller, *callee = from->caller ? rings_alone(call) : from;
    *why = "";
    if (from->caller ? !caller_agrees(caller->reliable) : !callee_agrees(from->reliable)) {
        /* RFC 3311 5.2: its own offer has no answer yet, or ours to it. */
        *status = from->caller == (call->offer_length > 0) ? 500 : 491;
        return NULL;
    }
    *status = 491; /* the other party has an offer under way, or no agreement before it answers */
    if (callee == NULL || rings_alone(call) != callee || !call_leg_unanswered(caller) ||
        !caller_agrees(caller->reliable) || !callee_agrees(callee->reliable) ||
        caller->reliable->agreed_with != callee->reliable->description_of ||
        (!from->caller &&
         call_reliable_dialog(callee, request) != callee->reliable->description_of)) {
        return NULL;
    }
    struct call_leg *to = from->caller ? callee : caller;
    if (!to->session.updates) {
        *status = 488;
        *why = "The other party takes no UPDATE before it is answered";
        return NULL;
    }
    return to;
}

void call_reliable_note(struct call_leg *callee, const struct message_body *description) {
    if (callee->reliable != NULL && callee->reliable->description_of != 0 &&
        is_described(description)) {
        keep_description(callee->reliable, callee->reliable->description_of, description);
    }
}

void call_reliable_free(struct call_leg *leg) {
    struct call_reliable *reliable = leg->reliable;
    if (reliable != NULL) {
        stop_repeating(reliable);
        drop_held(reliable);
        for (size_t i = 0; i < PRACKS_MOST; i++) {
            if (reliable->pracks[i] != NULL) {
                sip_transaction_detach(reliable->pracks[i]);
            }
        }
        free(reliable->type);
        free(reliable->content);
        free(reliable);
        leg->reliable = NULL;
    }
}
