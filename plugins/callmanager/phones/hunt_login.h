/* Whether a phone takes calls of line groups: kept in its record, also while a user is logged in on
 * it; for a phone of another cluster in the live device, for as long as the traveller is there. */
#ifndef CALLMANAGER_HUNT_LOGIN_H
#define CALLMANAGER_HUNT_LOGIN_H

#include "core/call_manager.h"
#include "phones/registration_table.h"

/* Logs it in or out. The phone hears of it when its configuration has changed. */
void hunt_login_set(struct call_manager *manager, const char *device_name, bool logged_in,
                    bool automatic);
/* The HLog softkey. */
void hunt_login_toggle(struct call_manager *manager, const struct registration *phone);
/* Answers hunt_login.set. */
int hunt_login_open(struct call_manager *manager, sj_error *error);

#endif
