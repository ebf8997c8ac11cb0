/* Call park numbers and directed call park numbers: kept as records, and as patterns of digit
 * analysis by which they are dialled. Of one of the directed kind there are two patterns, the
 * number itself and PREFIX.NUMBER. Pure over the dial plan. */
#ifndef CALLMANAGER_PARK_NUMBERS_H
#define CALLMANAGER_PARK_NUMBERS_H

#include "dial_plan/calling_search_space.h"

/* Whether records of that kind are park numbers. */
bool park_numbers_are(enum dial_plan_kind kind);
/* Takes the record, also when it fails; NULL: there is none with this key (any more). */
int park_numbers_put(struct dial_plan *plan, enum dial_plan_kind kind, const char *key,
                     void *record, sj_error *error);
/* Takes a record out; it is the caller's then. NULL when there is none. */
void *park_numbers_detach(struct dial_plan *plan, enum dial_plan_kind kind, const char *key);

typedef bool park_number_taken_fn(void *user, const char *number, const char *partition);
/* The first call park number within reach that is not taken: by the order of the partitions, of
 * the records' keys, and of the digits. False: there is none, and *some says whether there is any
 * within reach. */
bool park_numbers_free(const struct dial_plan *plan, const struct visible_partitions *visible,
                       park_number_taken_fn *is_taken, void *user, char number[DIGITS_MAX],
                       const char **partition, bool *some);

#endif
