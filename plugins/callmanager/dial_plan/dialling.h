/* Dialling key by key: after which key a number is complete. Calls (digit_collection.h) and those
 * who ask what a call would do (analysis_dialling.h) go through the same. Pure over the dial plan.
 */
#ifndef CALLMANAGER_DIALLING_H
#define CALLMANAGER_DIALLING_H

#include "dial_plan/match_course.h"
#include "dial_plan/number_routing.h"

enum dialling_state {
    DIALLING_GOES_ON,  /* more keys may follow */
    DIALLING_COMPLETE, /* it matches, and does not wait for more; or nothing will ever match */
    DIALLING_HASH,     /* a # has ended it, which is no part of it */
    DIALLING_FULL,     /* there is no room for more */
};

struct dialling {
    char digits[DIGITS_MAX];
    bool code; /* what follows is a code, to its # */
};

/* What the digits so far are. What other clusters advertise is known only when it is asked for,
 * which is done when the number is complete. */
struct dialled {
    struct number_match match; /* of the dial plan and its alternate numbers */
    bool longer;               /* more digits could make another number of these, */
    bool beyond;               /* or one of another cluster */
};

/* False: out of memory. `could` (NULL for calls): what more digits could make. */
bool dialling_look(const struct dial_plan *plan, const struct number_caller *caller,
                   const char *digits, struct dialled *dialled, struct could_match *could);

/* The first digits, with which a phone calls. */
enum dialling_state dialling_begin(const struct dial_plan *plan, const struct number_caller *caller,
                                   const char *digits, struct dialling *dialling);
/* A code is to follow them. False: there is no room. */
bool dialling_begin_code(const char *digits, struct dialling *dialling);
/* One more. */
enum dialling_state dialling_key(const struct dial_plan *plan, const struct number_caller *caller,
                                 struct dialling *dialling, char key);

#endif
