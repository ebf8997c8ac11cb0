/* The phones that are registered: each registration until it ends. */
#ifndef CALLMANAGER_REGISTRATIONS_H
#define CALLMANAGER_REGISTRATIONS_H

#include "core/call_manager.h"
#include "phones/registration_table.h"

/* registration_put for a registration that may be watched and waiting to be saved: without memory it stays as it was. */
registration *registrations_put(call_manager *manager, registration *old, device *device, const registration_binding *binding);
/* Ends a registration, with the reason: expired, by_phone, connection_closed, replaced, removed. */
void registrations_remove(call_manager *manager, registration *registration, const char *reason);
/* A connection has been closed: phones registered over it are not registered any more. */
void registrations_connection_closed(call_manager *manager, const sip_flow *flow);
/* A phone's record or live device has changed. */
void registrations_device_changed(call_manager *manager, const char *device_name);
/* The device of a registered phone, made anew when the configuration it came from has changed. NULL: not configured any more.
 */
device *registrations_device(call_manager *manager, registration *registration);
/* Shows how many phones are registered. */
void registrations_count(call_manager *manager);
/* How long a registration lasts without a refresh, by the clock that does not jump; 0 when it is over. */
int64_t registrations_left_ms(const call_manager *manager, const registration *registration);
/* Starts the timer that ends a registration that is not refreshed. */
void registrations_watch(call_manager *manager, registration *registration);

#endif
