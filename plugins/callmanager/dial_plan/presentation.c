/* Puts together what patterns say of who is shown. Pure. */
#include "dial_plan/presentation.h"

sj_presentation presentation_of(sj_presentation before, sj_presentation later) {
    return later == SJ_PRESENTATION_DEFAULT ? before : later;
}

static void add(sj_presentation *presentation, sj_presentation said, const char *what,
                const char *by, struct course *course) {
    *presentation = presentation_of(*presentation, said);
    if (said != SJ_PRESENTATION_DEFAULT) {
        course_add(course, SJ_ROUTING_STEP_KIND_NOTE, by, "%s is %s", what,
                   said == SJ_PRESENTATION_ALLOWED ? "shown, unless that one withholds it"
                                                   : "withheld");
    }
}

void presentation_add(struct presentation *presentation, const struct presentation *said,
                      const char *by, struct course *course) {
    add(&presentation->calling_id, said->calling_id, "the caller's number", by, course);
    add(&presentation->calling_name, said->calling_name, "the caller's name", by, course);
    add(&presentation->connected_id, said->connected_id, "the number of who answers", by, course);
    add(&presentation->connected_name, said->connected_name, "the name of who answers", by, course);
}
