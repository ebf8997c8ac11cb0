/* The speed dials of a phone: those of the user who is logged in, else its own. */
#ifndef CALLMANAGER_SPEED_DIALS_H
#define CALLMANAGER_SPEED_DIALS_H

#include "core/call_manager.h"
#include "parts/speed_dial.h"
#include "phones/device.h"

/* In order of the keys. */
typedef void speed_dials_fn(void *user, const sj_speed_dial *dials, size_t count);

/* Called at once; not at all when the phone is configured no more. */
void speed_dials_read(const struct call_manager *manager, const struct device *device,
                      speed_dials_fn *read, void *user);

#endif
