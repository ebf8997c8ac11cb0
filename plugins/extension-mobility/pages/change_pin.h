/* The page that changes a PIN. */
#ifndef EM_CHANGE_PIN_H
#define EM_CHANGE_PIN_H

#include "em.h"

int em_change_pin_open(struct em *em, sj_error *error);

#endif
