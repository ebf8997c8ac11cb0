/* An apply that is a job: its record, which says how far it is and how it ended; the outcomes of
 * the last ones, as they would have been answered; who asks for the end of one. One writes at a
 * time, the others wait. */
#ifndef HOST_REST_APPLY_JOB_H
#define HOST_REST_APPLY_JOB_H

#include <sojourn/base/list.h>
#include <sojourn/base/text.h>
#include <sojourn/http.h>

#include "host/rest/asker.h"
#include "host/rest/idempotency.h"
#include "resources/job.h"

struct rest;

/* What is kept of the last outcomes, and how many may wait. */
enum { APPLY_OUTCOMES = 8, APPLY_WAITING = 8 };
/* The phase of a job that is decided: one that a restart interrupts there has been done. */
#define APPLY_DECIDED "finishing"

struct apply_job {
    sj_list_link link; /* of those that run or wait, or of those that are answered soon */
    struct rest *rest;
    void (*start)(void *user);
    /* Ends it: it has changed nothing and never will. */
    void (*cancel)(void *user);
    void *user;
    const char *phase; /* literal */
    int64_t submitted_at, started_at, total, processed;
    uint64_t written; /* uv_hrtime of the record */
    char job_id[33];
    char key[REST_KEY];                /* by which the client may ask for the outcome, or "" */
    unsigned char digest[REST_DIGEST]; /* with a key: of who asks for what */
    char description[129], submitted_by[REST_ASKER];
    bool decided; /* it cannot be cancelled any more */
};

int rest_applies_open(struct rest *rest, sj_error *error);
void rest_applies_close(struct rest *rest);

/* Takes the request's Idempotency-Key. False after a reply: the same request with this key is under
 * way, or has ended; another request has had this key; or the key is none. */
bool rest_job_claim(struct apply_job *job, sj_http_request *request);
/* The end of one that is no job. `body` is what was answered, or NULL when there was no memory for
 * it. */
void rest_job_answered(struct apply_job *job, int http_status, const char *body);
/* It goes away, ended or not. */
void rest_job_forget(struct apply_job *job);
/* Makes the record and waits for its turn: `start` is called then, later. An error when too many
 * wait. */
int rest_job_begin(struct apply_job *job, sj_error *error);
/* Notes how far it is; written down now and then. */
void rest_job_progress(struct apply_job *job, const char *phase, size_t processed, size_t total);
/* The same, written at once, in the transaction that is open if one is. */
int rest_job_write(struct apply_job *job, sj_job_status status, const char *result,
                   sj_error *error);
/* The end: `body` (taken) is what GET /api/v1/apply/<job> answers with `http_status` from now on.
 * The next one starts. */
void rest_job_end(struct apply_job *job, sj_job_status status, const char *result, int http_status,
                  sj_text *body);
/* GET /api/v1/apply/<job>: for who gave it, and for administrators who may do everything. */
void rest_job_outcome(struct rest *rest, sj_http_request *request, const char *job_id);

#endif
