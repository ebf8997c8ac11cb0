/* Tells registered phones to reset, restart or fetch their files: NOTIFY service-control for
 * Cisco's, check-sync for others. */
#ifndef CALLMANAGER_SERVICE_CONTROL_H
#define CALLMANAGER_SERVICE_CONTROL_H

#include "core/call_manager.h"
#include "events/device.h"

void service_control_reset(struct call_manager *manager, sj_question *question,
                           const sj_device_reset *request);

#endif
