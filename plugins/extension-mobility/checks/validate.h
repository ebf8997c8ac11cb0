/* `sojourn emcc validate`. */
#ifndef EM_VALIDATE_H
#define EM_VALIDATE_H

#include "em.h"

int em_validate_open(struct em *em, sj_error *error); /* answers emcc.validate */

#endif
