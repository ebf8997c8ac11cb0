/* The authentication URL of phones. */
#ifndef EM_PUSH_AUTHENTICATION_H
#define EM_PUSH_AUTHENTICATION_H

#include "em.h"

int em_push_authentication_open(struct em *em, sj_error *error);

#endif
