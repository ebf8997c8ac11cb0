/* The registrar: who registers, whether it may, and what it is told. */
#ifndef CALLMANAGER_REGISTRAR_H
#define CALLMANAGER_REGISTRAR_H

#include "core/call_manager.h"
#include "phones/registration_table.h"

void registrar_receive(call_manager *manager, const sip_message *request, const sip_flow *flow);

/* The same for a phone that does not answer any more where it is registered. */
void registrar_receive_moved(call_manager *manager, const sip_message *request, const sip_flow *flow);

/* Takes a phone off, telling why: expired, by_phone, connection_closed, replaced, removed. */
void registrar_remove(call_manager *manager, registration *registration, const char *reason);
/* A connection is gone: phones registered over it are not registered any more. */
void registrar_connection_closed(call_manager *manager, const sip_flow *flow);
/* A phone's record or live device has changed. */
void registrar_device_changed(call_manager *manager, const char *device_name);
/* The device of a registered phone, made anew when the configuration it came from has changed. NULL: not configured any more.
 */
device *registrar_device(call_manager *manager, registration *registration);
/* Shows how many phones are registered. */
void registrar_count(call_manager *manager);
/* How long a registration lasts without a refresh, by the clock that does not jump; 0 when it is over. */
int64_t registrar_left_ms(const call_manager *manager, const registration *registration);
/* Starts the timer that ends a registration nobody refreshes. */
void registrar_watch(call_manager *manager, registration *registration);

#endif
