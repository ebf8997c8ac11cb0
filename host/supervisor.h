/* The supervisor: a parent process that restarts a worker which died by a signal, and tells which plugin it died in. */
#ifndef SJ_HOST_SUPERVISOR_H
#define SJ_HOST_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

struct supervise_slot;

/* Runs `worker` in a child process until it exits; returns its exit code. Restarts it when a signal killed it; gives up (exit
 * code 70) when the host itself crashed five times within a minute. SIGTERM, SIGINT and SIGHUP are passed on. */
int sj_supervise(int (*worker)(void *user), void *user);

/* In the worker: what crashed is written into the slot before the process dies. */
void sj_crash_handler_install(void);

/* In the worker: the node serves. Told to the service manager by the supervisor, or directly when there is none. */
void sj_supervise_ready(void);

/* Counts a crash of the plugin that ran; quarantines it after the third within a minute. Returns its index; 0: the host. Pure,
 * but for the slot. */
uint32_t sj_supervise_count_crash(struct supervise_slot *slot, uint64_t now_ms);

/* One datagram to $NOTIFY_SOCKET, if there is one: "READY=1", "STOPPING=1", ... */
void sj_notify(const char *state);

#endif
