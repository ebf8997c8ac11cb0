/* Up to two re-INVITEs, one after the other; a party that has one of its own under way (491) is
 * asked again a little later (RFC 3261 14.1). */
#include "calls/call_join.h"
#include "calls/call_admission.h"
#include "calls/call_connected.h"
#include "calls/call_exchange.h"
#include "calls/call_leg.h"
#include "calls/call_media.h"
#include "calls/call_relay.h"
#include "calls/media_service.h"
#include "calls/session_timer.h"
#include "calls/told_place.h"
#include "media/sdp_inactive.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

enum { AGAIN_MS = 1100, TRIES = 6 };

struct call_join {
    struct call *call;
    struct call_leg *offers, *answers; /* `answers` NULL: the bridge does */
    struct media_bridge *bridge;       /* whose answer the offer gets; NULL: nobody's media */
    struct media_question *question;   /* that is under way */
    struct call_leg *asked;            /* the one of them whose re-INVITE is under way, or due */
    struct sip_transaction *transaction;
    char *offer, *type; /* NULL while it is not known */
    size_t offer_length;
    unsigned tries;
    struct wheel_timer again;
    call_join_fn *done; /* NULL: the join has been dropped, and only its last re-INVITE remains: */
    void *user;
    struct call_manager *manager;
    char tag[SIP_TAG]; /* of the leg that it was sent to, which may be gone meanwhile */
    char *call_id;
};

static void join_free(struct call_join *join) {
    timer_wheel_stop(&join->manager->fast.wheel, &join->again);
    if (join->question != NULL) {
        media_question_drop(join->question);
    }
    media_bridge_release(join->bridge);
    free(join->call_id);
    free(join->offer);
    free(join->type);
    free(join);
}

/* There is no answer to its offer. */
static void leave_unanswered(struct call_leg *offers) {
    if (offers->ack_due) {
        call_leg_acknowledge(offers, sip_text_of(""), sip_text_of(""));
        offers->astray = true;
    }
}

static void finish(struct call_join *join, int status, struct call_leg *failed) {
    call_join_fn *done = join->done;
    void *user = join->user;
    if (status >= 300) {
        leave_unanswered(join->offers);
    }
    join_free(join);
    done(user, status, failed);
}

static struct message_body offer_of(const struct call_join *join) {
    return (struct message_body){sip_text_of(sj_or_empty(join->type)),
                                 {sj_or_empty(join->offer), join->offer_length}};
}

static bool keep_offer(struct call_join *join, const struct message_body *offer) {
    join->offer = malloc(offer->content.length + 1);
    join->type = malloc(offer->type.length + 1);
    if (join->offer == NULL || join->type == NULL) {
        return false;
    }
    memcpy(join->offer, offer->content.at, offer->content.length);
    join->offer_length = offer->content.length;
    return sip_text_copy(offer->type, join->type, offer->type.length + 1);
}

static void ask(struct call_join *join, struct call_leg *leg);
static void answer_in_place(struct call_join *join);

static void ask_again(struct wheel_timer *timer) {
    struct call_join *join = SJ_OWNER(timer, struct call_join, again);
    ask(join, join->asked);
}

/* Its answer completes both offers. */
static void agreed(struct call_join *join, const struct sip_message *response) {
    struct call *call = join->call;
    const struct message_body answer = call_media_body(response), offer = offer_of(join);
    struct message_body body;
    const bool passes =
        call_media_pass_body(call, join->answers, join->offers, &answer, false, &body) &&
        body.content.length > 0;
    call_leg_acknowledge(join->answers, sip_text_of(""), sip_text_of(""));
    if (!passes) {
        join->answers->astray = true;
        finish(join, 488, NULL);
        return;
    }
    join->offers->astray = join->answers->astray = false;
    join->answers->state = LEG_CONFIRMED;
    if (call_leg_unanswered(join->offers)) {
        call_leg_answer(join->offers, 200, "", &body);
    } else {
        call_leg_acknowledge(join->offers, body.type, body.content);
        join->offers->state = LEG_CONFIRMED;
    }
    call_admission_agreed(call->answered);
    call_note_hold(join->offers, message_body_description(offer));
    call_note_hold(join->answers, message_body_description(answer));
    finish(join, 200, NULL);
}

/* The last re-INVITE of a join that was dropped is over; `response` NULL: without an answer. A
 * dialog that lives on must not wait for the ACK, nor keep the media that it was offered. */
static void over_too_late(struct call_join *join, struct sip_transaction *transaction,
                          const struct sip_message *response) {
    struct call_leg *leg =
        call_leg_find(join->manager, sip_text_of(join->tag), sip_text_of(join->call_id));
    sip_transaction_detach(transaction);
    join_free(join);
    if (leg == NULL || leg->call == NULL) {
        return;
    }
    leg->late = false;
    if (response == NULL || response->status < 300) {
        leg->astray = true;
    }
    if (response != NULL && response->status < 300) {
        leg->ack_cseq = response->cseq;
        call_leg_acknowledge(leg, sip_text_of(""), sip_text_of(""));
    }
    call_join_restore(leg->call);
}

static void heard(void *user, struct sip_transaction *transaction,
                  const struct sip_message *response) {
    struct call_join *join = user;
    struct call_leg *leg = join->asked;
    if (response->status < 200) {
        return;
    }
    if (join->done == NULL) {
        over_too_late(join, transaction, response);
        return;
    }
    sip_transaction_detach(transaction);
    join->transaction = NULL;
    if (response->status == 491 && ++join->tries < TRIES) {
        struct call_manager *manager = join->call->manager;
        timer_wheel_start(&manager->fast.wheel, &join->again, sj_monotonic_ms(manager->scope),
                          AGAIN_MS, ask_again);
        return;
    }
    if (response->status >= 300) {
        finish(join, response->status, leg);
        return;
    }
    (void)call_leg_learn(leg, response);
    session_timer_accepted(leg, response);
    told_place_answered(leg, response);
    leg->ack_due = true;
    leg->ack_cseq = response->cseq;
    if (leg == join->answers) {
        agreed(join, response);
        return;
    }
    const struct message_body offer = call_media_body(response);
    if (offer.content.length == 0 || !keep_offer(join, &offer)) {
        finish(join, offer.content.length == 0 ? 488 : 503, leg);
        return;
    }
    if (join->answers == NULL) {
        answer_in_place(join);
    } else {
        ask(join, join->answers);
    }
}

static void silent(void *user, struct sip_transaction *transaction) {
    struct call_join *join = user;
    const int status = sip_transaction_failure(transaction)[0] != '\0' ? 503 : 408;
    if (join->done == NULL) {
        over_too_late(join, transaction, NULL);
        return;
    }
    sip_transaction_detach(transaction);
    join->transaction = NULL;
    finish(join, status, join->asked);
}

static void ended(void *user, struct sip_transaction *transaction) {
    (void)transaction;
    join_free(user); /* it was dropped: else the transaction has no user any more */
}

static const struct sip_transaction_events events = {heard, silent, ended};

struct message_body call_inactive_body(const struct call_leg *to,
                                       const struct message_body *offer) {
    struct call_manager *manager = to->manager;
    struct sdp_speaker speaker = {.address = call_manager_address(manager, &to->flow),
                                  .session = (uint64_t)sj_wall_ms(manager->scope)};
    const struct sip_text description = message_body_description(*offer);
    struct sip_writer out;
    sip_writer_init(&out, manager->body, sizeof manager->body);
    sj_random_bytes(manager->scope, speaker.key, sizeof speaker.key);
    if (description.length > 0) {
        sdp_put_inactive_answer(&out, description, &speaker);
    } else {
        sdp_put_inactive_offer(&out, &speaker);
    }
    return (struct message_body){sip_text_of(MEDIA_SDP), {out.data, out.overflow ? 0 : out.used}};
}

static void acknowledge_in_place(struct call_join *join, const struct message_body *answer) {
    call_leg_acknowledge(join->offers, answer->type, answer->content);
    join->offers->state = LEG_CONFIRMED;
    join->offers->astray = false;
}

/* Without an answer the party has no media, which is less than was wanted; one whose call has not
 * been answered does without. */
static void bridged(void *user, const struct message_body *answer) {
    struct call_join *join = user;
    const struct message_body offer = offer_of(join);
    const struct message_body nothing =
        answer != NULL ? *answer : call_inactive_body(join->offers, &offer);
    join->question = NULL;
    if (answer != NULL && call_leg_unanswered(join->offers)) {
        call_leg_answer(join->offers, 200, "", answer);
    } else if (!call_leg_unanswered(join->offers)) {
        acknowledge_in_place(join, &nothing);
    }
    if (answer != NULL && join->answers != NULL) {
        call_admission_bridged(join->answers, &offer, answer);
    }
    finish(join, answer != NULL ? 200 : 503, NULL);
}

/* The other party is not there: its place in the media is kept, without any, or a bridge's. */
static void answer_in_place(struct call_join *join) {
    const struct message_body offer = offer_of(join);
    if (join->bridge != NULL) {
        join->question = media_join(join->bridge, join->offers, &offer, bridged, join);
        if (join->question == NULL) {
            bridged(join, NULL);
        }
        return;
    }
    const struct message_body answer = call_inactive_body(join->offers, &offer);
    acknowledge_in_place(join, &answer);
    finish(join, 200, NULL);
}

/* Sends a re-INVITE: with the offer, to the one who is to answer it. */
static void ask(struct call_join *join, struct call_leg *leg) {
    struct call *call = join->call;
    struct call_manager *manager = call->manager;
    struct message_body body = {{"", 0}, {"", 0}};
    char branch[32];
    const struct call_leg *other = call_leg_other(leg);
    const struct message_body offer = offer_of(join);
    join->asked = leg;
    if (leg->stands_in) {
        answer_in_place(join);
        return;
    }
    if (leg == join->answers &&
        !call_media_pass_body(call, join->offers, leg, &offer, true, &body)) {
        finish(join, 488, NULL);
        return;
    }
    if (call_leg_unanswered(leg)) { /* its ACK brings the answer */
        call_leg_answer(leg, 200, "", &body);
        finish(join, 200, NULL);
        return;
    }
    struct sip_writer writer = call_manager_writer(manager);
    call_leg_put_request(leg, &writer, "INVITE", ++leg->local_cseq, branch);
    sip_put(&writer, "Max-Forwards: 70\r\n" CALL_ALLOW);
    call_connected_put(other, leg, &writer);
    told_place_put_request(leg, &writer);
    if (leg->cisco) {
        call_leg_put_security(&writer, leg->inbound ? "to" : "from", call->encrypted);
    }
    session_timer_put(leg, &writer);
    sip_put_body(&writer, body.type, body.content);
    join->transaction =
        writer.overflow
            ? NULL
            : sip_client_begin_timed(&manager->transactions, call_leg_timers(leg, true), SIP_INVITE,
                                     branch, &leg->flow, writer.data, writer.used, &events, join);
    if (join->transaction == NULL) {
        finish(join, 503, leg);
    }
}

struct call_join *call_join_begin(struct call_leg *offers, struct call_leg *answers,
                                  const struct message_body *offer, call_join_fn *done,
                                  void *user) {
    struct call *call = offers->call;
    struct call_join *join = calloc(1, sizeof *join);
    if (join == NULL) {
        return NULL;
    }
    join->call = call;
    join->manager = call->manager;
    join->offers = offers;
    join->answers = answers;
    if (answers != NULL && answers->bridge != NULL) {
        join->bridge = media_bridge_keep(answers->bridge);
    }
    join->done = done;
    join->user = user;
    join->asked = offer == NULL ? join->offers : join->answers;
    if (offer != NULL && !keep_offer(join, offer)) {
        join_free(join);
        return NULL;
    }
    /* Not from within: `done` may come at once, and is to find the join known to its user. */
    timer_wheel_start(&call->manager->fast.wheel, &join->again,
                      sj_monotonic_ms(call->manager->scope), 0, ask_again);
    return join;
}

struct call_join *call_join_begin_bridge(struct call_leg *offers, struct media_bridge *bridge,
                                         call_join_fn *done, void *user) {
    struct call_join *join = call_join_begin(offers, NULL, NULL, done, user);
    if (join != NULL) {
        join->bridge = media_bridge_keep(bridge);
    }
    return join;
}

void call_join_drop(struct call_join *join) {
    struct call_leg *leg = join->asked;
    timer_wheel_stop(&join->manager->fast.wheel, &join->again);
    leave_unanswered(join->offers);
    join->call_id = join->transaction == NULL ? NULL : strdup(leg->call_id);
    if (join->call_id != NULL) {
        (void)snprintf(join->tag, sizeof join->tag, "%s", leg->local_tag);
        leg->late = true;
        join->done = NULL;
        media_bridge_release(join->bridge);
        join->bridge = NULL;
        return;
    }
    if (join->transaction != NULL) {
        sip_transaction_detach(join->transaction);
    }
    join_free(join);
}

/* ---- so that sessions do not expire ---- */

static void refreshed(void *user, int status, struct call_leg *failed) {
    struct call *call = user;
    struct call_leg *legs[] = {call->caller, call->answered};
    call->restoring = NULL;
    if (status == 408 || status == 481) {
        call_end(call, failed, status, "One party no longer knows the call");
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        if (legs[i]->session.refreshing && status != 200) {
            session_timer_not_refreshed(legs[i]);
        }
        legs[i]->session.refreshing = false;
    }
    call_join_restore(call);
}

bool call_join_refresh(struct call_leg *leg) {
    struct call *call = leg->call;
    struct call_leg *other = call_leg_other(leg);
    if (other == NULL || leg->state != LEG_CONFIRMED || other->state != LEG_CONFIRMED ||
        call->transfer != NULL || call_join_restores(call) || call_relays_pending(call)) {
        return false;
    }
    leg->session.refreshing = true;
    call->restoring = call_join_begin(leg, other, NULL, refreshed, call);
    leg->session.refreshing = call->restoring != NULL;
    return call->restoring != NULL;
}

/* ---- after a join that has failed ---- */

static void restored(void *user, int status, struct call_leg *failed) {
    struct call *call = user;
    call->restoring = NULL;
    if (status == 200) {
        call_trace(call, "the parties have the media that they had before");
    } else {
        call_end(call, status == 408 || status == 481 ? failed : NULL, status,
                 "The media that held before do not come back");
    }
}

static bool is_late(const struct call *call) {
    return call->caller->late || (call->answered != NULL && call->answered->late);
}

void call_join_restore(struct call *call) {
    struct call_leg *caller = call->caller, *callee = call->answered;
    if (call->restoring != NULL || callee == NULL || is_late(call) ||
        (!caller->astray && !callee->astray) || caller->state != LEG_CONFIRMED ||
        callee->state != LEG_CONFIRMED) {
        return;
    }
    /* Whoever has gone on as before says what that is, hold too. */
    struct call_leg *offers = callee->stands_in || !caller->astray ? caller : callee;
    call_trace(call,
               "%s has been offered media of somebody with whom it is not joined: it is "
               "brought back",
               caller->astray ? caller->device_name : callee->device_name);
    call->restoring = call_join_begin(offers, call_leg_other(offers), NULL, restored, call);
    if (call->restoring == NULL) {
        call_trace(call, "its media cannot be brought back: out of memory");
    }
}

bool call_join_restores(const struct call *call) {
    return call->restoring != NULL || is_late(call);
}

void call_join_restore_drop(struct call *call) {
    if (call->restoring != NULL) {
        call_join_drop(call->restoring);
        call->restoring = NULL;
    }
}
