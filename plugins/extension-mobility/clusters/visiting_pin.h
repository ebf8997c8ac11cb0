/* Changes the PIN of a user of another cluster: finds the home cluster and asks it. */
#ifndef EM_VISITING_PIN_H
#define EM_VISITING_PIN_H

#include "users/pin_change.h"

/* EM_NO_REMOTE_CLUSTER: there is none to ask. */
void em_visiting_pin_change(struct em *em, sj_scope *scope,
                            const struct em_pin_change_request *request, em_pin_changed_fn done,
                            void *user);

#endif
