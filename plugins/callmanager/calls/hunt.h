/* Calls to hunt pilots: they ring at the members of line groups, one after the other or all at
 * once, until one answers; otherwise the pilot forwards them, or they end. Members are rung as
 * numbers are (call_delivery.h), but nothing of what they forward counts meanwhile. */
#ifndef CALLMANAGER_HUNT_H
#define CALLMANAGER_HUNT_H

#include "calls/call.h"
#include "calls/call_routing.h"
#include "calls/hunt_source.h"

struct hunt {
    sj_list_link link; /* among those of the call manager, until somebody has answered */
    struct call *call;
    struct wheel_timer limit; /* Maximum Hunt Timer */
    struct hunt_walk walk;
    char number[DIGITS_MAX];         /* of the pilot, as it was reached */
    char pattern[64], partition[64]; /* of the pilot */
    char name[CALL_NAME];            /* its alerting name */
    char line_group[52];             /* of whom rings now or has answered, */
    char member[130];                /* and who that is; "" for all */
    char member_number[DIGITS_MAX];  /* "" while it is nobody alone */
    enum hunt_failure failed;        /* what has come of an attempt while it was still being made */
    bool attempting, answered;
    bool shows_member;
};

/* The call has reached a hunt pilot, which its route names. */
void hunt_begin(struct call *call);
/* Whoever rings has refused; has not answered in time; has answered. */
void hunt_refused(struct call *call, int status);
void hunt_not_answered(struct call *call);
void hunt_answered(struct call *call, const struct call_leg *leg);
/* Somebody has taken the call away from those whom it rings: it looks for nobody any more. `hop`:
 * the pilot, as the number that has sent it on; false: the pilot is not configured any more. */
bool hunt_leave(struct call *call, struct forward_hop *hop);
void hunt_forget(struct call *call);
/* It looks for somebody who answers. */
bool hunt_goes_on(const struct call *call);

/* Who is on record as called; NULL: the number that was reached. `leg` was reached last. */
const char *hunt_member_on_record(const struct call *call, const struct call_leg *leg);
/* For the INVITE to a member: the pilot as the number that has sent the call on, and for Cisco's
 * phones as the one under which they list the call. */
void hunt_put_headers(struct sip_writer *writer, const struct hunt *hunt, bool cisco,
                      const char *own_host);

#endif
