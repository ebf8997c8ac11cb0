/* The course of a decision: its steps, noted down when somebody wants to see why. The functions
 * that decide take it as an argument that is NULL for calls. Pure. */
#ifndef CALLMANAGER_COURSE_H
#define CALLMANAGER_COURSE_H

#include "parts/routing_step.h"

#include <sojourn/types.h>

enum { COURSE_STEPS_MAX = 3000 };

struct course {
    sj_routing_step *steps; /* their texts belong to the course */
    size_t count, room;
    int64_t depth; /* of the next step */
    bool cut;      /* there were more steps, or no memory for them */
};

/* Notes a step; nothing when `course` is NULL. */
void course_add(struct course *course, sj_routing_step_kind kind, const char *subject,
                const char *format, ...) SJ_PRINTF(4, 5);
/* Notes what became of a number; nothing when it stayed the same. */
void course_add_change(struct course *course, sj_routing_step_kind kind, const char *subject,
                       const char *before, const char *after);
/* The steps from here on belong to the last one; or no longer. */
void course_enter(struct course *course);
void course_leave(struct course *course);
/* Forgets all steps but the first so many; nothing when `course` is NULL. */
void course_back(struct course *course, size_t count);
void course_clear(struct course *course);

#endif
