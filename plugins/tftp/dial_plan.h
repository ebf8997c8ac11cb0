/* The numbers of the cluster as far as dial templates need them: each pattern with its partition;
 * directory numbers, of which there may be very many, by their first digit and their length. Read
 * once, and kept until something of it changes. */
#ifndef SJ_TFTP_DIAL_PLAN_H
#define SJ_TFTP_DIAL_PLAN_H

#include <sojourn/sojourn.h>

enum { DIAL_PATTERN_ROOM = 64 };

struct dial_pattern {
    char pattern[DIAL_PATTERN_ROOM], partition[DIAL_PATTERN_ROOM]; /* "": everybody reaches it */
    bool urgent;
};

struct dial_plan {
    struct dial_pattern *patterns;
    size_t count, room;
    bool read;
};

/* Reads it unless it has been read. */
int dial_plan_read(struct dial_plan *plan, sj_scope *scope, sj_error *error);

/* A directory number has been written. One that has been removed leaves its rule until the plan is
 * read again: whoever dials such a number hears at once that there is none. */
void dial_plan_note_number(struct dial_plan *plan, const char *key);

void dial_plan_forget(struct dial_plan *plan);

#endif
