/* Changes of the dial plan that are only tried: put in, analysed, and taken back before anything
 * else runs. Who tries the same ones again and again (a file of tests) finds them read. */
#ifndef CALLMANAGER_DIAL_PLAN_CHANGES_H
#define CALLMANAGER_DIAL_PLAN_CHANGES_H

#include "dial_plan/dial_plan_store.h"
#include "parts/plan_change.h"

struct dial_plan_changes {
    size_t references;
    sj_scope *scope;
    char *source; /* all that was said of them: two lists with the same are the same */
    size_t source_length;
    struct tried_change *tried;
    size_t count, put_in;
};

/* Reads them, or takes the ones that were read last, *kept, when they are the same; they are kept
 * there then. Give them back with _release, as *kept with _forget. NULL, and the error names the
 * change that cannot be read. */
struct dial_plan_changes *dial_plan_changes_read(struct dial_plan_changes **kept, sj_scope *scope,
                                                 const sj_plan_change *list, size_t count,
                                                 sj_error *error);
void dial_plan_changes_release(struct dial_plan_changes *changes);
void dial_plan_changes_forget(struct dial_plan_changes **kept);

/* Puts them in. Whatever it returns, dial_plan_changes_end takes them back; after an error they are
 * of no use any more. */
int dial_plan_changes_begin(struct dial_plan_changes *changes, struct dial_plan *plan,
                            sj_error *error);
void dial_plan_changes_end(struct dial_plan_changes *changes, struct dial_plan *plan);

#endif
