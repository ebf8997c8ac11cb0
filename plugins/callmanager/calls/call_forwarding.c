/* Call forwarding as a function of a number's record and of what its phones do. Pure. */
#include "calls/call_forwarding.h"

#include <sojourn/base/array.h>
#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct forward_decision refuse(int status) {
    const struct forward_decision decision = {.action = FORWARD_REFUSE, .status = status};
    return decision;
}

/* Onwards, or refused when there is nowhere to go. */
static struct forward_decision onwards(sj_forward_reason reason, const char *destination,
                                       const char *space, const char *second_space, int otherwise) {
    struct forward_decision decision = refuse(otherwise);
    if (sj_given(destination)) {
        decision.action = FORWARD_ON;
        decision.reason = reason;
        (void)snprintf(decision.destination, sizeof decision.destination, "%s", destination);
        (void)snprintf(decision.spaces[0], sizeof decision.spaces[0], "%s", sj_or_empty(space));
        (void)snprintf(decision.spaces[1], sizeof decision.spaces[1], "%s",
                       sj_or_empty(second_space));
    }
    return decision;
}

static struct forward_decision when_busy(const struct forward_point *point,
                                         sj_forward_reason reason, int status) {
    const sj_directory_number *number = point->number;
    return point->external
               ? onwards(reason, number->forward_busy_external_destination,
                         number->forward_busy_external_calling_search_space, "", status)
               : onwards(reason, number->forward_busy_internal_destination,
                         number->forward_busy_internal_calling_search_space, "", status);
}

static struct forward_decision when_unregistered(const struct forward_point *point, int status) {
    const sj_directory_number *number = point->number;
    return point->external
               ? onwards(SJ_FORWARD_REASON_UNREGISTERED,
                         number->forward_unregistered_external_destination,
                         number->forward_unregistered_external_calling_search_space, "", status)
               : onwards(SJ_FORWARD_REASON_UNREGISTERED,
                         number->forward_unregistered_internal_destination,
                         number->forward_unregistered_internal_calling_search_space, "", status);
}

struct forward_decision call_forwarding_not_answered(const struct forward_point *point) {
    const sj_directory_number *number = point->number;
    return point->external
               ? onwards(SJ_FORWARD_REASON_NO_ANSWER,
                         number->forward_no_answer_external_destination,
                         number->forward_no_answer_external_calling_search_space, "", 480)
               : onwards(SJ_FORWARD_REASON_NO_ANSWER,
                         number->forward_no_answer_internal_destination,
                         number->forward_no_answer_internal_calling_search_space, "", 480);
}

static struct forward_decision ring(const struct forward_point *point) {
    struct forward_decision decision = refuse(480);
    decision.action = FORWARD_RING;
    decision.ring_s = point->longest_ring_s;
    if (call_forwarding_not_answered(point).action == FORWARD_ON) {
        decision.ring_s = point->number->no_answer_ring_duration > 0
                              ? point->number->no_answer_ring_duration
                              : point->ring_s;
    }
    return decision;
}

struct forward_decision call_forwarding_arrives(const struct forward_point *point,
                                                const struct number_reach *phones) {
    const sj_directory_number *number = point->number;
    const bool overridden =
        point->destination_override && sj_given(point->calling) &&
        strcmp(sj_or_empty(number->forward_all_destination), point->calling) == 0;
    if (sj_given(number->forward_all_destination) && !overridden) {
        return onwards(SJ_FORWARD_REASON_ALL, number->forward_all_destination,
                       number->forward_all_calling_search_space,
                       number->forward_all_secondary_calling_search_space, 480);
    }
    if (phones->free > 0) {
        return ring(point);
    }
    if (phones->registered == 0) {
        return when_unregistered(point, 480);
    }
    return when_busy(
        point, phones->undisturbed > 0 ? SJ_FORWARD_REASON_DO_NOT_DISTURB : SJ_FORWARD_REASON_BUSY,
        486);
}

struct forward_decision call_forwarding_refused(const struct forward_point *point, int status) {
    if (status == 486 || status == 600 || status == 603) {
        return when_busy(point, SJ_FORWARD_REASON_BUSY, status);
    }
    if (status == 408 || status == 480 ||
        (status >= 500 && status < 600)) { /* the phone is there no more, or as good as */
        return when_unregistered(point, status);
    }
    return refuse(status);
}

/* ---- the way of a call ---- */

bool forward_history_holds(const struct forward_history *history, const char *key,
                           const char *number) {
    for (size_t i = 0; i < history->count; i++) {
        const struct forward_hop *hop = &history->hops[i];
        if (hop->key[0] != '\0' ? strcmp(hop->key, key) == 0
                                : hop->host[0] == '\0' && strcmp(hop->number, number) == 0) {
            return true;
        }
    }
    return false;
}

unsigned forward_history_hops(const struct forward_history *history) {
    unsigned hops = 0;
    for (size_t i = 0; i < history->count; i++) {
        hops += history->hops[i].times > 0 ? history->hops[i].times : 1;
    }
    return hops;
}

enum forward_verdict forward_history_add(struct forward_history *history,
                                         const struct forward_hop *hop, unsigned maximum) {
    const bool ours = hop->key[0] != '\0';
    if (ours && forward_history_holds(history, hop->key, hop->number)) {
        return FORWARD_LOOP;
    }
    if (ours && forward_history_hops(history) >= maximum) {
        return FORWARD_TOO_OFTEN;
    }
    if (!sj_array_room(&history->hops, &history->room, history->count + 1, sizeof *history->hops)) {
        return FORWARD_NO_MEMORY;
    }
    history->hops[history->count++] = *hop;
    return FORWARD_FINE;
}

void forward_history_drop_last(struct forward_history *history) {
    history->count--;
}

void forward_history_clear(struct forward_history *history) {
    free(history->hops);
    history->hops = NULL;
    history->count = history->room = 0;
}

const char *forward_reason_text(sj_forward_reason reason) {
    switch (reason) {
    case SJ_FORWARD_REASON_ALL: return "unconditional";
    case SJ_FORWARD_REASON_BUSY: return "user-busy";
    case SJ_FORWARD_REASON_NO_ANSWER: return "no-answer";
    case SJ_FORWARD_REASON_UNREGISTERED: return "unavailable";
    case SJ_FORWARD_REASON_DEFLECTION: return "deflection";
    default: return "do-not-disturb";
    }
}

const char *forward_reason_words(sj_forward_reason reason) {
    switch (reason) {
    case SJ_FORWARD_REASON_ALL: return "forwards all calls";
    case SJ_FORWARD_REASON_BUSY: return "is busy and forwards";
    case SJ_FORWARD_REASON_NO_ANSWER: return "does not answer and forwards";
    case SJ_FORWARD_REASON_UNREGISTERED: return "is not registered and forwards";
    case SJ_FORWARD_REASON_DEFLECTION: return "is redirected by its phone";
    default: return "is in Do Not Disturb and forwards";
    }
}
