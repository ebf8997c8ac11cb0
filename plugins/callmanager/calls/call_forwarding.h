/* What becomes of a call at a directory number: it rings, goes elsewhere, or is refused; and the
 * way it has come so far. Pure over the number's record. */
#ifndef CALLMANAGER_CALL_FORWARDING_H
#define CALLMANAGER_CALL_FORWARDING_H

#include "dial_plan/digit_pattern.h"
#include "enums/dial_plan.h"
#include "phones/number_reach.h"
#include "resources/directory_number.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number that a call has reached, and what counts for it. */
struct forward_point {
    const sj_directory_number *number;
    bool external;             /* the caller is outside */
    bool destination_override; /* the destination of forward all may still call the number */
    const char *calling;       /* the caller's number */
    int64_t ring_s;            /* Forward No Answer Timer */
    int64_t longest_ring_s;    /* of a call that is not forwarded */
};

enum forward_action { FORWARD_RING, FORWARD_ON, FORWARD_REFUSE };

struct forward_decision {
    enum forward_action action;
    sj_forward_reason reason;     /* FORWARD_ON */
    char destination[DIGITS_MAX]; /* FORWARD_ON */
    char spaces[2][52];           /* FORWARD_ON: what may be reached, "" for none */
    int64_t ring_s;               /* FORWARD_RING: for how long */
    int status;                   /* FORWARD_REFUSE */
};

/* A call has reached the number. */
struct forward_decision call_forwarding_arrives(const struct forward_point *point,
                                                const struct number_reach *phones);
/* All its phones have refused, the most telling of them with this status. */
struct forward_decision call_forwarding_refused(const struct forward_point *point, int status);
/* It has rung for as long as it may. */
struct forward_decision call_forwarding_not_answered(const struct forward_point *point);

/* ---- the way of a call ---- */

/* Somebody has picked the call up where it rang; the other reasons are forward_reason_text's. */
#define REASON_TEXT_PICKUP "call-pickup"

/* One number that has sent the call elsewhere. */
struct forward_hop {
    unsigned times; /* that it stands for: the header's counter */
    char number[DIGITS_MAX];
    char key[130]; /* of a directory number of this cluster; "" when it stood in a Diversion header
                    */
    char host[64]; /* that the Diversion header named; "" for this node */
    char name[64];
    char reason[24]; /* as in Diversion */
    bool withheld;   /* it stood in a Diversion header that asks for privacy */
    bool unverified; /* it stood in one that nobody vouches for */
};

struct forward_history {
    struct forward_hop *hops; /* oldest first */
    size_t count, room;
};

enum forward_verdict { FORWARD_FINE, FORWARD_LOOP, FORWARD_TOO_OFTEN, FORWARD_NO_MEMORY };

/* Whether the number has sent this call away before: a directory number of this cluster by its key,
 * or by number alone where it stands in a Diversion header. */
bool forward_history_holds(const struct forward_history *history, const char *key,
                           const char *number);
/* How often the call has been forwarded. */
unsigned forward_history_hops(const struct forward_history *history);
/* Adds a hop unless it closes a circle or is one too many. */
enum forward_verdict forward_history_add(struct forward_history *history,
                                         const struct forward_hop *hop, unsigned maximum);
/* Takes back what was added last. */
void forward_history_drop_last(struct forward_history *history);
void forward_history_clear(struct forward_history *history);

/* The reason as RFC 5806 writes it. */
const char *forward_reason_text(sj_forward_reason reason);
/* As it stands in sentences: "forwards all calls", "is busy and forwards", ... */
const char *forward_reason_words(sj_forward_reason reason);

#endif
