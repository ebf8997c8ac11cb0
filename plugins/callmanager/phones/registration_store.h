/* Registrations in the store: saved lazily, read again at the start. */
#ifndef CALLMANAGER_REGISTRATION_STORE_H
#define CALLMANAGER_REGISTRATION_STORE_H

#include "core/call_manager.h"
#include "phones/registration_table.h"

/* Begins to read what was saved and is not yet over, in slices between other work. SIP is paused
 * until all is read: a phone that is not yet known again is not refused what it may do. */
void registration_store_load(struct call_manager *manager);
/* The registration of that phone, read out of its turn if it is not yet; NULL: it is not
 * registered. */
struct registration *registration_store_find(struct call_manager *manager, const char *device_name);
/* It will be written within a second or so, many at once. */
void registration_store_changed(struct call_manager *manager, struct registration *registration);
/* It is about to be freed: it is not waited for any more. */
void registration_store_forget_pending(struct registration *registration);
/* The phone is not registered any more. */
void registration_store_forget(struct call_manager *manager, struct registration *registration);
/* Writes what is waiting. */
void registration_store_flush(struct call_manager *manager);

#endif
