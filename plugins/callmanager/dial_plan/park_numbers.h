/* Which call park number is free. Pure over the dial plan. */
#ifndef CALLMANAGER_PARK_NUMBERS_H
#define CALLMANAGER_PARK_NUMBERS_H

#include "dial_plan/calling_search_space.h"

typedef bool park_number_taken_fn(void *user, const char *number, const char *partition);
/* The first call park number within reach that is not taken: by the order of the partitions, of
 * the records' keys, and of the digits. False: there is none, and *some says whether there is any
 * within reach. */
bool park_numbers_free(const struct dial_plan *plan, const struct visible_partitions *visible,
                       park_number_taken_fn *is_taken, void *user, char number[DIGITS_MAX],
                       const char **partition, bool *some);

#endif
