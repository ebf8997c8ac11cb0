/* Background jobs on the loop's thread pool. At most a few run at once; the rest wait here, where they can be cancelled. */
#ifndef SJ_HOST_JOBS_H
#define SJ_HOST_JOBS_H

#include <sojourn/types.h>

struct node;

enum { SJ_JOBS_AT_ONCE = 4, SJ_JOBS_WAITING = 4096 };

int sj_jobs_open(struct node *node, sj_error *error);
void sj_jobs_close(struct node *node);

sj_handle *sj_host_job_run(sj_scope *scope, const char *here, sj_work_fn work, sj_result_fn done, void *data);

#endif
