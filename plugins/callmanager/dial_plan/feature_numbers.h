/* The numbers that this node serves itself: of call park, of directed call park, of call pickup
 * groups, and those that switch lamps. They are kept as records, and as patterns of digit analysis
 * by which they are dialled. Of directed call park there are two patterns, the number itself and
 * PREFIX.NUMBER. Pure over the dial plan. */
#ifndef CALLMANAGER_FEATURE_NUMBERS_H
#define CALLMANAGER_FEATURE_NUMBERS_H

#include "dial_plan/dial_plan.h"

/* Whether records of that kind are such numbers. */
bool feature_numbers_are(enum dial_plan_kind kind);
/* Takes the record, also when it fails; NULL: there is none with this key (any more). */
int feature_numbers_put(struct dial_plan *plan, enum dial_plan_kind kind, const char *key,
                        void *record, sj_error *error);
/* Takes a record out; it is the caller's then. NULL when there is none. */
void *feature_numbers_detach(struct dial_plan *plan, enum dial_plan_kind kind, const char *key);

#endif
