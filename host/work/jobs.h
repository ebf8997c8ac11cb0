/* Background jobs of plugins and of the host: work on the threads of host/work, owned by a scope.
 * No plugin can take all threads: those of others get their turn. */
#ifndef SJ_HOST_WORK_JOBS_H
#define SJ_HOST_WORK_JOBS_H

#include <sojourn/types.h>

#include "host/work/lanes.h"

sj_handle *sj_host_job_run(sj_scope *scope, const char *here, sj_work_fn work, sj_result_fn done,
                           void *data);

#endif
