/* Whether a text is a pattern that calls can match: one of the dial plan, or one of the form in
 * which other clusters advertise theirs. For those who say what a call must match. Pure over the
 * dial plan. */
#ifndef CALLMANAGER_KNOWN_PATTERNS_H
#define CALLMANAGER_KNOWN_PATTERNS_H

#include "dial_plan/calling_search_space.h"

enum { KNOWN_PATTERN_TEXT = 400 };

/* `spaces`: of the caller; NULL: there is none. `partition`: in which; "" in any. False: `text`
 * says what there is not, and what may be meant. */
bool known_pattern(const struct dial_plan *plan, const struct calling_search_spaces *spaces,
                   const char *pattern, const char *partition, char text[KNOWN_PATTERN_TEXT]);

#endif
