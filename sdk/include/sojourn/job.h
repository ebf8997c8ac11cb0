/* Background jobs: work that blocks or burns CPU. */
#ifndef SOJOURN_JOB_H
#define SOJOURN_JOB_H

#include "scope.h"

/* sj_handle *sj_job_run(sj_scope *scope, sj_work_fn work, sj_result_fn done, void *data)
 * Runs work(data) on a thread of the pool, then done(data, status, NULL) on the loop, status SJ_OK.
 * `work` touches nothing but `data`: no host function, no other state of the plugin. If the scope
 * closes first, a job not yet begun is dropped and done gets SJ_E_CANCELLED; one that has begun is
 * awaited and done gets SJ_E_CANCELLED afterwards: so `done` always runs exactly once and may free
 * `data`. sj_handle_close cancels in the same way. NULL (and no callback) when out of memory or
 * closing. */
#define sj_job_run(scope, work, done, data)                                                        \
    ((scope)->host->job_run((scope), SJ_HERE, (work), (done), (data)))

#endif
