/* Who is logged in on a phone, and phones whose record changes meanwhile. */
#ifndef EM_PHONES_IN_USE_H
#define EM_PHONES_IN_USE_H

#include "em.h"

int em_phones_in_use_open(struct em *em, sj_error *error); /* answers phone.session */

#endif
