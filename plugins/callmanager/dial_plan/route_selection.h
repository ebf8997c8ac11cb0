/* From a matched route pattern to the trunks that are tried, in their order. Pure over the dial plan. */
#ifndef CALLMANAGER_ROUTE_SELECTION_H
#define CALLMANAGER_ROUTE_SELECTION_H

#include "dial_plan/dial_plan.h"

enum { ROUTE_STEPS_MAX = 32 };

typedef enum route_step_kind { ROUTE_TRUNK, ROUTE_RETURN_TO_VISITING_CLUSTER } route_step_kind;

typedef struct route_step {
    route_step_kind kind;
    char trunk[129];         /* ROUTE_TRUNK */
    char called[DIGITS_MAX]; /* number sent there */
} route_step;

typedef struct route_query {
    const sj_route_pattern *pattern;
    const char *digits; /* as matched */
    size_t pre_dot;
    const char *device_pool; /* of the caller: what the Standard Local Route Group stands for */
    bool emcc;               /* the caller is a visitor's phone of another cluster */
    bool through_adjunct;    /* the match came through the adjunct CSS */
    unsigned turn;           /* counts up with each call: where circular groups begin */
} route_query;

typedef struct route_steps {
    route_step steps[ROUTE_STEPS_MAX];
    size_t count;
    const char *note; /* why there is none, or what was left out; "" */
} route_steps;

void route_selection(const dial_plan *plan, const route_query *query, route_steps *result);

/* The number that the called side sees of the caller: external mask, mask, prefix of the pattern. */
void route_calling_number(const sj_route_pattern *pattern, const char *number, const char *external_mask,
                          char result[DIGITS_MAX]);

#endif
