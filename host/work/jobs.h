/* Background jobs of plugins and of the host: work on the threads of host/work, owned by a scope.
 * No plugin can take all threads: those of others get their turn. */
#ifndef SJ_HOST_WORK_JOBS_H
#define SJ_HOST_WORK_JOBS_H

#include <sojourn/types.h>

#include "host/work/lanes.h"

/* The same in a lane of the caller's choice: WORK_BULK for what may take long and that nobody waits
 * for. */
sj_handle *sj_job_run_in(sj_scope *scope, const char *here, enum work_lane lane, sj_work_fn work,
                         sj_result_fn done, void *data);

sj_handle *sj_host_job_run(sj_scope *scope, const char *here, sj_work_fn work, sj_result_fn done,
                           void *data);

#endif
