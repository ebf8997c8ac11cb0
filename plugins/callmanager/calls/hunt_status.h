/* The state of a hunt pilot's members, for operators. */
#ifndef CALLMANAGER_HUNT_STATUS_H
#define CALLMANAGER_HUNT_STATUS_H

#include "core/call_manager.h"

/* Answers hunt.status. */
int hunt_status_open(struct call_manager *manager, sj_error *error);

#endif
