/* Speed dials with Busy Lamp Field of Cisco's phones, which are told the state of the number
 * without having subscribed to it. */
#ifndef CALLMANAGER_LAMP_KEYS_H
#define CALLMANAGER_LAMP_KEYS_H

#include "core/call_manager.h"

/* The phone is told of all its keys, as they are configured now. */
void lamp_keys_lay(struct call_manager *manager, const char *device_name);
void lamp_keys_drop(struct call_manager *manager, const char *device_name);

#endif
