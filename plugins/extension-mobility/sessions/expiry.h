/* Ends sessions by time, by the return of a phone and by maintenance. */
#ifndef EM_EXPIRY_H
#define EM_EXPIRY_H

#include "em.h"
#include "resources/session.h"

int em_expiry_open(struct em *em, sj_error *error);
/* False when memory is short: the session then ends by time only after a restart. */
bool em_expiry_watch(struct em *em, const sj_session *session);

#endif
