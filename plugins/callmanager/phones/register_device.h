/* Which device a REGISTER is for. */
#ifndef CALLMANAGER_REGISTER_DEVICE_H
#define CALLMANAGER_REGISTER_DEVICE_H

#include "core/call_manager.h"
#include "phones/register_request.h"
#include "phones/registration_table.h"

/* A device is owned by its registration; one that has none by whoever found it. */
struct register_found {
    struct device *device;             /* that registers; NULL: none, see register_device_find */
    struct registration *registration; /* which owns the device; NULL: it is not registered */
    struct device *owned;              /* the device, while the finder owns it; else NULL */
};

/* Without a device the request has been answered, or will come to `again` when its phone has been
 * auto-registered. */
struct register_found register_device_find(struct call_manager *manager,
                                           const struct register_request *request,
                                           sip_receive_fn *again);

/* Takes the device out of what was found, for its registration; NULL: it has one. */
struct device *register_found_take(struct register_found *found);
/* Frees the device when the finder still owns it. */
void register_found_release(struct register_found *found);

#endif
