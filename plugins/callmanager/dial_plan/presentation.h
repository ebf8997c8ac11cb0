/* What the dial plan says of who is shown: whether the called side sees the caller's number and
 * name, and the caller those of who answers. Pure. */
#ifndef CALLMANAGER_PRESENTATION_H
#define CALLMANAGER_PRESENTATION_H

#include "dial_plan/course.h"
#include "enums/dial_plan.h"

struct presentation {
    sj_presentation calling_id, calling_name, connected_id, connected_name;
};

/* What is said later on a call's way counts, but for *Default*, which changes nothing. */
sj_presentation presentation_of(sj_presentation before, sj_presentation later);
/* Adds what `by`, a pattern, says, and notes it. */
void presentation_add(struct presentation *presentation, const struct presentation *said,
                      const char *by, struct course *course);

#endif
