/* From a matched route pattern to the trunks that are tried, in their order. Pure over the dial
 * plan. */
#ifndef CALLMANAGER_ROUTE_SELECTION_H
#define CALLMANAGER_ROUTE_SELECTION_H

#include "dial_plan/course.h"
#include "dial_plan/dial_plan.h"
#include "dial_plan/presentation.h"

enum { ROUTE_STEPS_MAX = 32 };

enum route_step_kind { ROUTE_TRUNK, ROUTE_RETURN_TO_VISITING_CLUSTER };

struct route_step {
    enum route_step_kind kind;
    char trunk[129];                              /* ROUTE_TRUNK */
    char called[DIGITS_MAX], calling[DIGITS_MAX]; /* numbers sent there */
    sj_presentation calling_id; /* whether the calling one is shown, as far as the trunk's
                                   transformation patterns say */
};

struct route_query {
    const sj_route_pattern *pattern;
    const char *digits; /* as matched */
    size_t pre_dot;
    const char *calling;       /* as the pattern shows the caller */
    const char *external_mask; /* of the caller's line, or "" */
    const char *device_pool;   /* of the caller: what the Standard Local Route Group stands for */
    int64_t utc_s;             /* when it calls; 0: schedules do not count */
    bool keeps_called;         /* a URI is called: transformation patterns are for numbers */
    bool emcc;                 /* the caller is a visitor's phone of another cluster */
    bool through_adjunct;      /* the match came through the adjunct CSS */
    unsigned turn;             /* counts up with each call: where circular groups begin */
    struct course *course;     /* NULL for calls */
};

struct route_steps {
    struct route_step steps[ROUTE_STEPS_MAX];
    size_t count;
    const char *note; /* why there is none, or what was left out; "" */
};

void route_selection(const struct dial_plan *plan, const struct route_query *query,
                     struct route_steps *result);

/* The caller's number through the external phone number mask of its line; as it is without one. */
void route_external_number(const char *external_mask, const char *number, char result[DIGITS_MAX],
                           struct course *course);
/* The number that the called side sees of the caller: external mask, mask, prefix of the pattern.
 */
void route_calling_number(const sj_route_pattern *pattern, const char *number,
                          const char *external_mask, char result[DIGITS_MAX],
                          struct course *course);

#endif
