/* Answers emcc.check, which `sojourn emcc check` asks. */
#ifndef EM_CHECK_H
#define EM_CHECK_H

#include "em.h"

int em_check_open(struct em *em, sj_error *error);

#endif
