/* A login, on a phone of this cluster and at home. */
#ifndef EM_LOGIN_H
#define EM_LOGIN_H

#include "sessions/login_request.h"
#include "sessions/operation.h"

/* On a phone of this cluster. The request is copied, and its PIN wiped. `done` runs once. */
void em_login_start(struct em *em, struct em_login_request *request, em_outcome_fn done,
                    void *user);
/* At home, for the phone of another cluster: the operation knows the request of that cluster. */
void em_login_start_at_home(struct em_operation *operation, struct em_login_request *request);

#endif
