/* Asks the call manager to reset or restart a phone. */
#ifndef EM_DEVICE_RESET_H
#define EM_DEVICE_RESET_H

#include "em.h"

/* `reset`: the phone boots; else it restarts. A phone that is not registered reads its file when it
 * registers. */
void em_device_reset(struct em *em, const char *device_name, bool reset, const char *trace_id);

#endif
