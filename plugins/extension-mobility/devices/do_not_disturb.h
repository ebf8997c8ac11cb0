/* Keeps Do Not Disturb that a user has switched on a phone. */
#ifndef EM_DO_NOT_DISTURB_H
#define EM_DO_NOT_DISTURB_H

#include "em.h"

int em_do_not_disturb_open(struct em *em, sj_error *error); /* answers do_not_disturb.keep */

#endif
