/* The numbers of the cluster as far as dial templates need them: each pattern with its partition;
 * directory numbers, of which there may be very many, by their first digit and their length. Read
 * once, and kept until something of it changes. */
#ifndef SJ_TFTP_DIAL_PLAN_H
#define SJ_TFTP_DIAL_PLAN_H

#include <sojourn/sojourn.h>

#include "dial_rules.h"

enum { DIAL_PATTERN_ROOM = 64 };

struct dial_pattern {
    char pattern[DIAL_PATTERN_ROOM], partition[DIAL_PATTERN_ROOM]; /* "": everybody reaches it */
    enum dial_urgency urgency;
};

/* A template that was made lately: phones whose lines have the same calling search spaces share
 * one. */
struct dial_template_text {
    char *spaces; /* of all lines, or NULL */
    char *text;
    size_t length;
};

enum { DIAL_TEMPLATES_KEPT = 64 };

struct dial_plan {
    struct dial_pattern *patterns;
    size_t count, room;
    size_t numbers; /* where those begin that stand for directory numbers */
    bool read;
    struct dial_template_text kept[DIAL_TEMPLATES_KEPT];
    size_t oldest; /* of those kept: the next one takes its place */
};

/* Reads it unless it has been read. */
int dial_plan_read(struct dial_plan *plan, sj_scope *scope, sj_error *error);

/* A directory number has been written. One that has been removed leaves its rule until the plan is
 * read again: whoever dials such a number hears at once that there is none. */
void dial_plan_note_number(struct dial_plan *plan, const char *key);

void dial_plan_forget(struct dial_plan *plan);

/* The template of lines with these calling search spaces, or NULL. */
const struct dial_template_text *dial_plan_template(const struct dial_plan *plan,
                                                    const char *spaces);
/* Keeps a copy, while there is memory. */
void dial_plan_keep_template(struct dial_plan *plan, const char *spaces, const char *text,
                             size_t length);
void dial_plan_forget_templates(struct dial_plan *plan);

#endif
