/* The state of the plugin. */
#ifndef BULK_BULK_H
#define BULK_BULK_H

#include <sojourn/sojourn.h>

struct bulk {
    sj_scope *scope;
    sj_topic *job_finished;
    struct running_job *running; /* one job at a time, in the order of their numbers */
    int64_t last_job_id;
    sj_handle *look; /* the timer that looks for the next job to run */
};

#endif
