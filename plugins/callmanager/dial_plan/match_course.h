/* One look-up with its course: which partitions were searched, what matched and why it was taken,
 * what more digits could match. Pure over the dial plan. */
#ifndef CALLMANAGER_MATCH_COURSE_H
#define CALLMANAGER_MATCH_COURSE_H

#include "dial_plan/calling_search_space.h"
#include "dial_plan/course.h"

enum { COULD_MATCH_MAX = 1000, EXAMPLES_ROOM = 200 };

/* What more digits could match. */
struct could_match {
    size_t count; /* COULD_MATCH_MAX: so many or more */
    char examples[EXAMPLES_ROOM];
};

/* digit_analysis_match; noted down unless `course` is NULL. */
bool match_with_course(const struct dial_plan *plan, const struct visible_partitions *visible,
                       const char *digits, struct digit_match *match, struct course *course);
/* digit_analysis_match after some of the digits. `could` (NULL: it is not asked for): what more of
 * them could match is added to it, each with `words` before it. */
bool match_so_far(struct digit_analysis *index, const struct visible_partitions *visible,
                  const char *digits, struct digit_match *match, const char *words,
                  struct could_match *could);

#endif
