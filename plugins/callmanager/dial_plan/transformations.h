/* What is done to a number on its way: digits are discarded, a mask is laid over it, digits are put
 * before it. Pure. */
#ifndef CALLMANAGER_TRANSFORMATIONS_H
#define CALLMANAGER_TRANSFORMATIONS_H

#include "dial_plan/course.h"
#include "dial_plan/digit_pattern.h"
#include "enums/dial_plan.h"

struct transformation {
    sj_discard_digits discard;
    const char *mask;   /* "" for none */
    const char *prefix; /* "" for none */
};

/* Whether it changes anything. */
bool transformation_is_set(const struct transformation *transformation);

/* Applies discarding, mask and prefix, in this order. `pre_dot` digits stand before the separator.
 * The result is cut at its room. */
void transformation_apply(const struct transformation *transformation, const char *number,
                          size_t pre_dot, char result[DIGITS_MAX]);

/* Whose number is changed, and by what, for those who want to see it. */
struct transformation_note {
    struct course *course; /* NULL for calls */
    sj_routing_step_kind kind;
    const char *by; /* pattern or route group */
};
/* The same, with each change noted. */
void transformation_apply_noted(const struct transformation *transformation, const char *number,
                                size_t pre_dot, char result[DIGITS_MAX],
                                const struct transformation_note *note);

#endif
