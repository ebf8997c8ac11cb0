/* Which ringing call somebody may pick up. Rights are those of the line: the group that its
 * directory number names, the other groups of that, and what the line may call, which must reach
 * the number of the group. */
#ifndef CALLMANAGER_PICKUP_CHOICE_H
#define CALLMANAGER_PICKUP_CHOICE_H

#include "calls/call_routing.h"
#include "dial_plan/pickup_groups.h"

enum pickup_kind {
    PICKUP_OWN,    /* of the line's own group */
    PICKUP_OTHER,  /* of its other groups, in their order */
    PICKUP_NUMBER, /* of the group with that number, or at that directory number */
    PICKUP_LAMP,   /* at the directory number of a lamp key that picks up */
};

enum { PICKUP_WHY = 200 };

struct pickup_choice {
    struct call *call; /* NULL: none */
    int status;        /* then: 403 it may not, 404 nothing rings or there is no such number */
    char why[PICKUP_WHY];
};

/* Whether the key is refused whatever rings, by what the line's group, other groups and reach are:
 * `why` says why. Of PICKUP_NUMBER: no group is within reach. */
bool pickup_key_refused(struct call_manager *manager, const struct call_origin *origin,
                        enum pickup_kind kind, char why[PICKUP_WHY]);
/* The call that has rung longest. `number`: of the last two kinds. */
void pickup_choose(struct call_manager *manager, struct call_origin *origin, enum pickup_kind kind,
                   const char *number, struct pickup_choice *choice);

/* Why a call of this origin to the number of a group is refused, whatever rings: *status and *why.
 * False: it is not. */
bool pickup_number_refused(const struct call_origin *origin, int *status, const char **why);
/* The call is one that a number or a transfer sends on. */
#define PICKUP_NOT_DIALLED "Calls are not sent to the number of a call pickup group"

/* Whether that phone can take the call: it rings at phones of a directory number, nobody has it
 * yet, the phone does not make it, and has TLS where the caller asks for it. */
bool pickup_fits(const struct call *call, const struct call_origin *origin);
/* Whether a phone may pick up what rings at that directory number: one of its lines may. */
bool pickup_may(struct call_manager *manager, struct device *device, const char *directory_number);
/* The same of one line. */
bool pickup_line_may(struct call_manager *manager, const struct call_origin *origin,
                     const char *directory_number);

#endif
