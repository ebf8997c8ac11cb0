/* Whether a text is a pattern that calls can match: one of the dial plan, or one of the form in
 * which other clusters advertise theirs. For those who say what a call must match. Pure over the
 * dial plan. */
#ifndef CALLMANAGER_KNOWN_PATTERNS_H
#define CALLMANAGER_KNOWN_PATTERNS_H

#include "dial_plan/dial_plan.h"

enum { KNOWN_PATTERN_TEXT = 400 };

/* `partition`: in which; "" in any. False: `text` says what there is not, and what may be meant. */
bool known_pattern(const struct dial_plan *plan, const char *pattern, const char *partition,
                   char text[KNOWN_PATTERN_TEXT]);

#endif
