/* Whether a request to log out comes from the phone itself. */
#ifndef EM_LOGOUT_RIGHT_H
#define EM_LOGOUT_RIGHT_H

#include "sessions/operation.h"
#include "users/access.h"

/* EM_OK, also when no user is logged in on the phone, or EM_UNTRUSTED_ADDRESS. May call at once. */
void em_logout_check_right(struct em *em, sj_scope *scope, const char *device_name,
                           const char *remote_address, const char *proof, em_access_fn done,
                           void *user);
/* What a session keeps for that: the address that its login came from, unless an application asked
 * for it. */
const char *em_logout_address(const struct em_operation *operation);

#endif
