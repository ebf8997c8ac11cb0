/* Park monitoring: a phone that has parked a call so is told what becomes of it, in the dialog that
 * its REFER has begun, until the call is there no more. */
#ifndef CALLMANAGER_PARK_MONITOR_H
#define CALLMANAGER_PARK_MONITOR_H

#include "core/call_manager.h"

struct park_monitor;

enum park_notice {
    PARK_NOTICE_PARKED,
    PARK_NOTICE_REMINDER,  /* it still waits */
    PARK_NOTICE_RETRIEVED, /* somebody has taken it */
    PARK_NOTICE_FORWARDED, /* nobody has, and it goes on, or back to whoever parked it */
    PARK_NOTICE_ABANDONED, /* whoever waited has hung up */
    PARK_NOTICE_ERROR,     /* it could not be parked */
};

/* For the phone that has sent this REFER, which is answered with 202. NULL: no memory, or it names
 * its dialog at too great a length. */
struct park_monitor *park_monitor_new(struct call_manager *manager,
                                      const struct sip_message *request, const char *device_name,
                                      const char *park_number);
/* Tells it, unless it has been told the end; a phone that is not registered is told nothing.
 * `lasts_s`: how long the call may wait from now on. */
void park_monitor_tell(struct park_monitor *monitor, enum park_notice notice, uint64_t lasts_s);
/* May be NULL. */
void park_monitor_free(struct park_monitor *monitor);

#endif
