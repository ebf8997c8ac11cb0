/* Emergency numbers as a traveller would dial them. */
#ifndef EM_CHECK_NUMBERS_H
#define EM_CHECK_NUMBERS_H

#include "checks/check_spaces.h"
#include "checks/findings.h"

/* Whether the emergency numbers of a place, as they stand in the adjunct CSS,
 * really go back to it when they are dialled through these calling search spaces: another one may
 * hold a pattern that fits better. False when no question is sent; else `done` runs once, later,
 * and what is found is in `findings`. */
bool em_check_emergency_numbers(struct em_findings *findings, const char *cluster_id,
                                const char *place, const struct em_check_spaces *spaces,
                                sj_done_fn done, void *user);

#endif
