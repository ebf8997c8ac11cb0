/* Keeps the length of sessions and locks when the wall clock is set. */
#ifndef EM_CLOCK_H
#define EM_CLOCK_H

#include "em.h"

void em_clock_open(struct em *em);
/* Compares the wall clock with the monotonic one; moves the times in the store when it was set. */
void em_clock_check(struct em *em);

#endif
