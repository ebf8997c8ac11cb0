/* A job: what it is while it runs, what it does, and how it is submitted. */
#ifndef BULK_JOB_H
#define BULK_JOB_H

#include "bulk.h"

enum { BULK_BATCH = 500 };

/* A job while it runs. Its action keeps its own state in the members below; the rest mirrors the
 * record. */
struct running_job {
    struct bulk *bulk;
    sj_scope *scope;
    const struct job_action *action;
    char job_id[33], description[129], submitted_by[129], arguments[4001];
    int64_t submitted_at, run_at, started_at;
    int64_t total, processed, failed;
    char result[4001];
    /* insert and update */
    char emcc_template[51];
    int64_t next_number;
    bool reset;
    char after_key[51];
    /* delete: free devices, the highest number first */
    char (*victims)[51];
    size_t victims_count, next_victim;
    struct import *import; /* catalog_job.c's */
};

struct job_action {
    const char *name;
    /* Reads the arguments and checks what must hold for the whole job; false with a sentence in
     * job->result refuses it. */
    bool (*prepare)(struct running_job *job);
    /* Treats up to BULK_BATCH records within the transaction that is open. 1: there is more; 0:
     * done; negative: the store failed. */
    int (*step)(struct running_job *job, sj_error *error);
};

extern const struct job_action emcc_insert_action, emcc_update_action, emcc_delete_action,
    catalog_import_action;
void import_free(struct import *import, sj_scope *scope);

int job_open(struct bulk *bulk, sj_error *error); /* resumes what a restart interrupted */
/* When a job is to run: on hold until it is activated, at a time (0: at once), and who says so. */
struct job_order {
    bool hold;
    int64_t run_at;
    const char *submitted_by;
    const char *input; /* the file that it reads; NULL: none */
};
int job_submit(struct bulk *bulk, const char *action, const char *description,
               const char *arguments, const struct job_order *order, char job_id[33],
               sj_error *error);
int job_activate(struct bulk *bulk, const char *job_id, sj_error *error);
/* Appends a sentence to the job's result; what does not fit is cut. */
void job_add_result(struct running_job *job, const char *format, ...) SJ_PRINTF(2, 3);

#endif
