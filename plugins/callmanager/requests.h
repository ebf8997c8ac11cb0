/* The requests that the call manager answers on the bus. */
#ifndef CALLMANAGER_REQUESTS_H
#define CALLMANAGER_REQUESTS_H

#include "core/call_manager.h"

int requests_open(struct call_manager *manager, sj_error *error);

#endif
