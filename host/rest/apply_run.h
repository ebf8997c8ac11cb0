/* One apply on its way: its request, or the job that it is, and how it ends. */
#ifndef HOST_REST_APPLY_RUN_H
#define HOST_REST_APPLY_RUN_H

#include <sojourn/http.h>

#include "host/rest/apply.h"
#include "host/rest/apply_job.h"

/* Of the passes over the content. */
enum applying_phase {
    APPLYING_READ,
    APPLYING_TRY,
    APPLYING_HASH,
    APPLYING_WRITE,
    APPLYING_CHECK,
    APPLYING_STAGE,
    APPLYING_REVIEW
};

struct applying {
    struct apply apply;
    struct apply_job job;
    struct rest *rest;
    sj_http_request *request; /* NULL: it is a job */
    sj_scope *scope;
    char file[200];
    char *text; /* of the body, while it is parsed on the pool */
    size_t text_length;
    cJSON *body;
    sj_error error;
    enum applying_phase phase;
    size_t size;                 /* records and keys of the content */
    unsigned declarations;       /* the store's, when it began */
    struct rest_secret *secrets; /* still to be hashed */
    size_t hashed;
    void (*on_hashed)(struct applying *applying);
    int rounds;
    bool bulk; /* the store's large change is this one's */
    bool durable, in_tables, ended;
};

/* NULL when out of memory, or when the node stops. */
struct applying *applying_new(struct rest *rest, sj_http_request *request);

/* All of the content is read: what comes next. */
void applying_read_done(struct applying *applying);
/* Hashes some of the secrets that are left, and goes on with `next`; not once it has ended. */
void applying_hash_some(struct applying *applying, void (*next)(struct applying *applying));
/* Gives up a large change that is not decided. */
void applying_discard(struct applying *applying);

/* Ends it: answers, or ends the job. The first end counts. */
void applying_report(struct applying *applying);
void applying_fail(struct applying *applying, const sj_error *error);
void applying_fail_problems(struct applying *applying);
void applying_cancel(void *user);
/* Without an answer: it has had one. */
void applying_drop(struct applying *applying);

#endif
