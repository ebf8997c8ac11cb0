/* Alternate numbers: directory numbers under the numbers by which other clusters dial them. Pure
 * over the dial plan. */
#ifndef CALLMANAGER_ALTERNATE_NUMBERS_H
#define CALLMANAGER_ALTERNATE_NUMBERS_H

#include "dial_plan/calling_search_space.h"

/* Takes the record (NULL: there is none any more) of a key, also when it fails. */
int alternate_numbers_put(struct dial_plan *plan, const char *key, sj_alternate_number *record,
                          sj_error *error);

/* The alternate number that was dialled, in that partition; NULL: none. */
const sj_alternate_number *alternate_numbers_in(const struct dial_plan *plan, const char *digits,
                                                const char *partition);
/* The same, of the first partition that can be seen; NULL: none. */
const sj_alternate_number *alternate_numbers_find(const struct dial_plan *plan,
                                                  const struct visible_partitions *visible,
                                                  const char *digits, size_t *rank);
/* Digit analysis among the alternate numbers that can be seen: whether one was dialled, or more
 * digits could make one. */
bool alternate_numbers_match(const struct dial_plan *plan, const struct visible_partitions *visible,
                             const char *digits, struct digit_match *match);

#endif
