/* Background jobs. The pool's threads run `work` and note whose it is; everything here is on the loop. */
#include "jobs.h"

#include <stdlib.h>

#include "node.h"
#include "supervise.h"

struct job {
    sj_handle handle;
    uv_work_t request;
    struct later later;
    struct job *next; /* waiting */
    struct node *node;
    struct owner *owner;
    sj_work_fn work;
    sj_result_fn done;
    void *data;
    bool begun, cancelled;
};

struct jobs {
    struct job *first, *last; /* waiting */
    size_t waiting, running;
};

static void start_waiting(struct node *node);

int sj_jobs_open(struct node *node, sj_error *error) {
    node->jobs = sj_node_alloc(node, sizeof *node->jobs);
    return node->jobs != NULL ? SJ_OK : sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the jobs");
}

void sj_jobs_close(struct node *node) {
    free(node->jobs);
    node->jobs = NULL;
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

static void run_on_pool(uv_work_t *request) {
    struct job *job = request->data;
    sj_running_job = (struct running){.owner = job->owner, .kind = "job", .detail = job->handle.here};
    job->work(job->data);
    sj_running_job.owner = NULL;
}

static void after_work(uv_work_t *request, int status) {
    struct job *job = request->data;
    struct node *node = job->node;
    if (status != 0) {
        job->cancelled = true;
    }
    node->jobs->running--;
    complete(job);
    start_waiting(node);
}

static void start_waiting(struct node *node) {
    struct jobs *jobs = node->jobs;
    while (jobs->first != NULL && jobs->running < SJ_JOBS_AT_ONCE) {
        struct job *job = jobs->first;
        jobs->first = job->next;
        if (jobs->first == NULL) {
            jobs->last = NULL;
        }
        jobs->waiting--;
        jobs->running++;
        job->begun = true;
        job->request.data = job;
        (void)uv_queue_work(node->loop, &job->request, run_on_pool, after_work); /* fails only without a work function */
    }
}

static void complete_later(struct later *item) {
    complete((struct job *)(void *)((char *)item - offsetof(struct job, later)));
}

static void unqueue(struct jobs *jobs, struct job *job) {
    struct job *previous = NULL;
    for (struct job *other = jobs->first; other != job; other = other->next) {
        previous = other;
    }
    if (previous == NULL) {
        jobs->first = job->next;
    } else {
        previous->next = job->next;
    }
    if (jobs->last == job) {
        jobs->last = previous;
    }
    jobs->waiting--;
}

static void job_close(sj_handle *handle) {
    struct job *job = (struct job *)handle;
    job->cancelled = true;
    if (!job->begun) {
        unqueue(job->node->jobs, job);
        sj_later_add(&job->node->later, &job->later, complete_later);
    } else {
        (void)uv_cancel((uv_req_t *)&job->request); /* succeeds when no thread has taken it yet; after_work comes either way */
    }
}

sj_handle *sj_host_job_run(sj_scope *scope, const char *here, sj_work_fn work, sj_result_fn done, void *data) {
    struct node *node = sj_scope_node(scope);
    struct jobs *jobs = node->jobs;
    struct job *job;
    if (jobs->waiting >= SJ_JOBS_WAITING) {
        return NULL;
    }
    job = sj_node_alloc(node, sizeof *job);
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
    if (jobs->last != NULL) {
        jobs->last->next = job;
    } else {
        jobs->first = job;
    }
    jobs->last = job;
    jobs->waiting++;
    start_waiting(node);
    return &job->handle;
}
