/* Whether calls can match at all what is expected of them. */
#ifndef CALLMANAGER_ANALYSIS_PATTERNS_H
#define CALLMANAGER_ANALYSIS_PATTERNS_H

#include "dial_plan/known_patterns.h"
#include "events/analysis.h"

enum { EXPECTED_PATTERNS_MAX = 2 };

struct analysis_patterns {
    sj_call_analyse_reply_unknown_pattern unknown[EXPECTED_PATTERNS_MAX];
    char texts[EXPECTED_PATTERNS_MAX][KNOWN_PATTERN_TEXT];
    size_t count;
};

/* Those of the request that the plan does not have. `spaces`: of the caller; NULL: there is none.
 * Borrows from the request. */
void analysis_patterns_find(const struct dial_plan *plan,
                            const struct calling_search_spaces *spaces,
                            const sj_call_analyse *request, struct analysis_patterns *patterns);
/* Of those the ones that the plan as changed does not have either: a test may say that what a
 * change removes is not matched any more. */
void analysis_patterns_again(const struct dial_plan *plan,
                             const struct calling_search_spaces *spaces,
                             struct analysis_patterns *patterns);

#endif
