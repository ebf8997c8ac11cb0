/* What a worker tells its supervisor: that it serves, that its loop moves, and, when it dies, in
 * whose callback. */
#ifndef SJ_HOST_SUPERVISOR_WORKER_H
#define SJ_HOST_SUPERVISOR_WORKER_H

#include <uv.h>

enum { SJ_WORKER_READY = 'R', SJ_WORKER_RELOADED = 'L' }; /* what comes through the pipe */

/* In the worker, before anything else: `pipe` leads to the supervisor. What crashes or exits is
 * noted, and no core dump is written: the worker's memory holds keys, PINs and passwords. */
void sj_worker_begin(int pipe);
/* The same without supervisor, where a debugger may want the core. */
void sj_worker_begin_single(void);

/* The node serves, has read its file again, or stops. Told to the service manager by the
 * supervisor, or directly when there is none. `status` is one line for people. */
void sj_worker_ready(const char *status);
void sj_worker_reloading(void);
void sj_worker_reloaded(const char *status);
void sj_worker_stopping(void);

/* From now on the worker leaves by itself. */
void sj_worker_ends(void);

/* Lets the idle loop count beats; close it like any timer. */
int sj_worker_pulse(uv_loop_t *loop, uv_timer_t *timer);

#endif
