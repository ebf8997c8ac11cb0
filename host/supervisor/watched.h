/* What the supervisor sees of its worker from outside. */
#ifndef SJ_HOST_SUPERVISOR_WATCHED_H
#define SJ_HOST_SUPERVISOR_WATCHED_H

#include <stdbool.h>
#include <sys/types.h>

struct ending;
struct supervise_slot;

/* Stopped by a signal or by a debugger? Then nothing that it does not do is its fault. */
bool sj_watched_frozen(pid_t process);

/* Whose callback the slot's record names, in words. The record holds addresses of the worker, whose
 * memory is read; `process` 0: it is gone, and what the programs have in common has to do. */
void sj_watched_record(pid_t process, const struct supervise_slot *slot, struct ending *ending);

#endif
