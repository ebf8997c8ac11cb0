/* Telling the service manager (sd_notify). */
#ifndef SJ_HOST_SUPERVISOR_NOTIFY_H
#define SJ_HOST_SUPERVISOR_NOTIFY_H

#include <stdint.h>

/* One datagram to $NOTIFY_SOCKET, if there is one: "READY=1", "STOPPING=1", ... */
void sj_notify(const char *state);
/* "RELOADING=1" with the time that notify-reload services must tell. */
void sj_notify_reloading(void);
/* How often the service manager wants to hear WATCHDOG=1, in ms: half of what it waits; 0: not at
 * all. */
uint64_t sj_notify_watchdog_ms(void);

#endif
