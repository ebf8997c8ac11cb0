/* Forced authorization codes and client matter codes, dialled behind the number: NUMBER#CODE, or
 * NUMBER#CODE#CODE where a route pattern asks for both, the authorization code first; one more # at
 * the end is none. Pure over the dial plan. */
#ifndef CALLMANAGER_DIAL_CODES_H
#define CALLMANAGER_DIAL_CODES_H

#include "dial_plan/course.h"
#include "dial_plan/dial_plan.h"

struct dial_codes {
    char number[DIGITS_MAX];
    char codes[2][DIGITS_MAX];
    size_t count;
};

/* What has come of them. */
struct code_verdict {
    int status;      /* of the refusal; 0: fine */
    const char *why; /* of it; "" */
    bool asked_for;  /* the route pattern wants some */
    char name[52];   /* of the authorization code; "" */
    int64_t level;   /* of it */
    char matter[20]; /* "" */
};

/* False: there is nothing behind a #. */
bool dial_codes_split(const char *dialled, struct dial_codes *codes);
/* Whether the plan has any: otherwise a # is nothing but a digit. */
bool dial_codes_exist(const struct dial_plan *plan);
/* What may be shown of what was dialled, or is to be dialled: the number, also where what stands
 * behind it could not be codes. */
void dial_codes_cut(const struct dial_plan *plan, char dialled[DIGITS_MAX]);
/* The same of a text that stays, NULL as "". Returns `shown`. */
const char *dial_codes_shown(const struct dial_plan *plan, const char *dialled,
                             char shown[DIGITS_MAX]);

/* `codes` NULL: none were dialled. */
void dial_codes_judge(const struct dial_plan *plan, const sj_route_pattern *pattern,
                      const struct dial_codes *codes, struct course *course,
                      struct code_verdict *verdict);

#endif
