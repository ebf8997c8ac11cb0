/* The phones that are registered: each registration until it ends. */
#ifndef CALLMANAGER_REGISTRATIONS_H
#define CALLMANAGER_REGISTRATIONS_H

#include "core/call_manager.h"
#include "phones/registration_table.h"

/* registration_put for a registration that may be watched and waiting to be saved: without memory
 * it stays as it was. */
struct registration *registrations_put(struct call_manager *manager, struct registration *old,
                                       struct device *device,
                                       const struct registration_binding *binding);
/* Ends a registration, with the reason: expired, by_phone, connection_closed, replaced, removed. */
void registrations_remove(struct call_manager *manager, struct registration *registration,
                          const char *reason);
/* Takes one off of which nobody has been told yet. */
void registrations_drop(struct call_manager *manager, struct registration *registration);
/* A connection has been closed: phones registered over it are not registered any more. */
void registrations_connection_closed(struct call_manager *manager, const struct sip_flow *flow);
/* A phone has registered, or is registered elsewhere: whoever watches is told. */
void registrations_came(struct call_manager *manager, const struct registration *registration);
/* A phone's record or live device has changed. */
void registrations_device_changed(struct call_manager *manager, const char *device_name);
/* The device of a registered phone, made anew when the configuration it came from has changed.
 * NULL: not configured any more.
 */
struct device *registrations_device(struct call_manager *manager,
                                    struct registration *registration);
/* Shows how many phones are registered. */
void registrations_count(struct call_manager *manager);
/* How long a registration lasts without a refresh, by the clock that does not jump; 0 when it is
 * over. */
int64_t registrations_left_ms(const struct call_manager *manager,
                              const struct registration *registration);
/* Starts the timer that ends a registration that is not refreshed. */
void registrations_watch(struct call_manager *manager, struct registration *registration);

#endif
