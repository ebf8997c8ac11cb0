/* The supervisor: a parent process that restarts a worker which died, tells which plugin it died
 * in, and ends one that does not move. */
#ifndef SJ_HOST_SUPERVISOR_SUPERVISOR_H
#define SJ_HOST_SUPERVISOR_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

#include <sojourn/error.h>

struct supervise_slot;

/* Lets this process and those that it forks share the slot (core/callback.h). Call it before
 * anything is written there. */
int sj_supervise_share(sj_error *error);

/* Runs `worker` in a child process until it leaves by itself; returns its exit code. Restarts it
 * when it died, by a signal or by an exit that nobody asked for; gives up (exit code 70) when the
 * host itself died five times within a minute. SIGTERM, SIGINT and SIGHUP are passed on; a stop
 * that takes too long is ended. */
int sj_supervise(int (*worker)(void *user), void *user);

/* Counts the death that slot->ending tells of; quarantines the plugin after the third within a
 * minute. Returns its index; 0: the host. Pure, but for the slot. */
uint32_t sj_supervise_count_crash(struct supervise_slot *slot, uint64_t now_ms);

#endif
