/* Ends sessions whose records are removed. */
#ifndef EM_REMOVALS_H
#define EM_REMOVALS_H

#include "em.h"

int em_removals_open(struct em *em, sj_error *error);

#endif
