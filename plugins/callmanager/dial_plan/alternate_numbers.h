/* Alternate numbers: directory numbers under the numbers by which other clusters dial them. Pure
 * over the dial plan. */
#ifndef CALLMANAGER_ALTERNATE_NUMBERS_H
#define CALLMANAGER_ALTERNATE_NUMBERS_H

#include "dial_plan/calling_search_space.h"

/* Takes the record (NULL: there is none any more) of a key, also when it fails. */
int alternate_numbers_put(struct dial_plan *plan, const char *key, sj_alternate_number *record,
                          sj_error *error);

/* Told of each number that begins with `digits` and goes on, in a partition that can be seen. */
void alternate_numbers_longer(const struct dial_plan *plan,
                              const struct visible_partitions *visible, const char *digits,
                              void (*found)(void *user, const char *number), void *user);
/* The alternate number that was dialled, in that partition; NULL: none. */
const sj_alternate_number *alternate_numbers_in(const struct dial_plan *plan, const char *digits,
                                                const char *partition);
/* The same, of the first partition that can be seen; NULL: none. */
const sj_alternate_number *alternate_numbers_find(const struct dial_plan *plan,
                                                  const struct visible_partitions *visible,
                                                  const char *digits, size_t *rank);

#endif
