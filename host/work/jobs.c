/* Background jobs. The threads run `work` and note whose it is; everything else here is on the
 * loop. */
#include "host/work/jobs.h"

#include <stdlib.h>

#include "host/core/callback.h"
#include "host/core/node.h"
#include "host/work/work.h"

struct job {
    sj_handle handle; /* first */
    struct work slot;
    struct later later;
    struct node *node;
    struct owner *owner;
    sj_work_fn work;
    sj_result_fn done;
    void *data;
    bool cancelled;
};

static struct job *job_of(struct work *slot) {
    return (struct job *)(void *)((char *)slot - offsetof(struct job, slot));
}

/* The one end of every job: `done` runs exactly once, even when the scope is closing. */
static void complete(struct job *job) {
    sj_scope *scope = job->handle.scope;
    sj_result_fn done = job->done;
    void *data = job->data;
    int status = job->cancelled ? SJ_E_CANCELLED : SJ_OK;
    struct bracket bracket = sj_enter(scope, "job");
    done(data, status, NULL);
    sj_leave(&bracket);
    sj_handle_release(&job->handle);
}

static void run(struct work *slot) {
    struct job *job = job_of(slot);
    sj_running_job =
        (struct running){.owner = job->owner, .kind = "job", .detail = job->handle.here};
    job->work(job->data);
    sj_running_job.owner = NULL;
}

static void has_run(struct work *slot, int status) {
    struct job *job = job_of(slot);
    job->cancelled = job->cancelled || status != SJ_OK;
    complete(job);
}

static void complete_later(struct later *item) {
    complete((struct job *)(void *)((char *)item - offsetof(struct job, later)));
}

static void job_close(sj_handle *handle) {
    struct job *job = (struct job *)handle;
    job->cancelled = true;
    if (sj_work_cancel(job->node, &job->slot)) {
        sj_later_add(&job->node->later, &job->later, complete_later);
    }
}

/* The same in a lane of the caller's choice: WORK_BULK for what may take long and that nobody waits
 * for. */
static sj_handle *sj_job_run_in(sj_scope *scope, const char *here, enum work_lane lane,
                                sj_work_fn work, sj_result_fn done, void *data) {
    struct node *node = sj_scope_node(scope);
    struct job *job = sj_node_alloc(node, sizeof *job);
    if (job == NULL) {
        return NULL;
    }
    job->node = node;
    job->owner = sj_scope_owner(scope);
    job->work = work;
    job->done = done;
    job->data = data;
    if (sj_handle_init(&job->handle, scope, "job", here, "background work", job_close) != SJ_OK) {
        free(job);
        return NULL;
    }
    if (sj_work_submit(node, &job->slot, lane, job->owner->name, run, has_run) != SJ_OK) {
        sj_handle_done(&job->handle);
        free(job);
        return NULL;
    }
    return &job->handle;
}

sj_handle *sj_host_job_run(sj_scope *scope, const char *here, sj_work_fn work, sj_result_fn done,
                           void *data) {
    return sj_job_run_in(scope, here, WORK_JOBS, work, done, data);
}
