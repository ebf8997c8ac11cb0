/* Keeps Do Not Disturb that a phone has switched: in the user's device profile during a session,
 * else with the phone. */
#ifndef CALLMANAGER_DO_NOT_DISTURB_H
#define CALLMANAGER_DO_NOT_DISTURB_H

#include "core/call_manager.h"
#include "phones/registration_table.h"

/* `done` runs when it is durable or has failed, and not at all when `scope` closes before. */
void do_not_disturb_keep(struct call_manager *manager, sj_scope *scope, struct registration *phone,
                         bool on, sj_result_fn done, void *user);

#endif
