/* Which device a REGISTER is for. */
#ifndef CALLMANAGER_REGISTER_DEVICE_H
#define CALLMANAGER_REGISTER_DEVICE_H

#include "phones/register_answer.h"
#include "phones/registration_table.h"

/* The device that registers, or NULL when the request has been answered, or will come to `again`
 * when its phone has been auto-registered. *old: its registration, which then owns the device;
 * NULL: the device is the caller's to free. */
struct device *register_device_find(struct call_manager *manager,
                                    const struct register_request *request, sip_receive_fn *again,
                                    struct registration **old);

#endif
