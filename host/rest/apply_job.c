/* Applies that are jobs. */
#include "host/rest/apply_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/bus.h>
#include <sojourn/log.h>
#include <sojourn/timer.h>

#include "events/emcc.h"
#include "host/core/callback.h"
#include "host/core/scope.h"
#include "host/rest/durable_reply.h"
#include "host/rest/internal.h"
#include "host/rest/login.h"
#include "host/rest/reply.h"
#include "host/store/store.h"

enum { WRITTEN_EVERY_MS = 500 };

struct outcome {
    char job_id[33], key[REST_KEY], submitted_by[REST_ASKER];
    unsigned char digest[REST_DIGEST];
    int status;
    char *body;
};

struct rest_applies {
    struct rest *rest;
    sj_list_head jobs;  /* that run or wait, oldest first */
    bool running;       /* the first of them */
    struct later soon;  /* starts it */
    sj_list_head asked; /* that are answered when they have ended, and have a key */
    struct outcome outcomes[APPLY_OUTCOMES];
    size_t next_outcome;
};

/* ---- the record ---- */

int rest_job_write(struct apply_job *job, sj_job_status status, const char *result,
                   sj_error *error) {
    const int64_t now = sj_wall_ms(job->rest->node->scope);
    const bool over = status >= SJ_JOB_STATUS_COMPLETED;
    const sj_job record = {.job_id = job->job_id,
                           .description = job->description,
                           .action = "apply",
                           .status = status,
                           .submitted_at = job->submitted_at,
                           .started_at = job->started_at,
                           .finished_at = over ? now : 0,
                           .submitted_by = job->submitted_by,
                           .arguments = "",
                           .total = job->total,
                           .processed = job->processed,
                           .result = result,
                           .phase = over ? "" : job->phase};
    job->written = uv_hrtime();
    return sj_store_put(job->rest->node->store, &sj_job_meta, &record, SJ_PUT_ANY, error);
}

void rest_job_progress(struct apply_job *job, const char *phase, size_t processed, size_t total) {
    const bool other = job->phase != phase;
    sj_error error;
    job->phase = phase;
    job->processed = (int64_t)processed;
    job->total = (int64_t)total;
    if (other || uv_hrtime() - job->written > (uint64_t)WRITTEN_EVERY_MS * 1000000u) {
        (void)rest_job_write(job, SJ_JOB_STATUS_PROCESSING, "",
                             &error); /* a full disk is reported at the end */
    }
}

/* ---- one after the other ---- */

static struct apply_job *first_of(const sj_list_head *jobs) {
    return SJ_OWNER(sj_list_first(jobs), struct apply_job, link);
}

/* When the node stops, its scope ends the jobs. */
static void start_first(struct later *soon) {
    struct rest_applies *applies = SJ_OWNER(soon, struct rest_applies, soon);
    sj_scope *scope = applies->rest->node->scope;
    struct apply_job *first = first_of(&applies->jobs);
    if (first != NULL && !applies->running && scope != NULL && !sj_scope_closing(scope)) {
        struct bracket bracket = sj_enter(scope, "apply");
        applies->running = true;
        first->started_at = sj_wall_ms(scope);
        first->start(first->user);
        sj_leave(&bracket);
    }
}

/* This cannot fail: nothing else would start those that wait. */
static void start_soon(struct rest_applies *applies) {
    sj_later_add(&applies->rest->node->later, &applies->soon, start_first);
}

int rest_job_begin(struct apply_job *job, sj_error *error) {
    struct rest_applies *applies = job->rest->applies;
    struct store *store = job->rest->node->store;
    int64_t number;
    int status;
    size_t waiting = 0;
    SJ_LIST_EACH(other, &applies->jobs, struct apply_job, link) {
        waiting++;
    }
    if (waiting >= APPLY_WAITING) {
        return sj_error_set(
            error, SJ_E_LIMIT,
            "%zu applies run or wait already; see the jobs, and try again when one has ended",
            waiting);
    }
    job->submitted_at = sj_wall_ms(job->rest->node->scope);
    job->phase = "waiting";
    for (number = job->submitted_at / 1000;; number++) { /* tells when, and no other job has it */
        (void)snprintf(job->job_id, sizeof job->job_id, "%lld", (long long)number);
        if (!sj_store_exists(store, &sj_job_meta, job->job_id)) {
            break;
        }
    }
    status = rest_job_write(job, SJ_JOB_STATUS_PENDING, "", error);
    if (status == SJ_OK) {
        sj_list_add_last(&applies->jobs, &job->link);
        start_soon(applies);
    }
    return status;
}

/* Takes the text. */
static void keep_outcome(struct apply_job *job, int http_status, char *body) {
    struct rest_applies *applies = job->rest->applies;
    struct outcome *outcome = &applies->outcomes[applies->next_outcome++ % APPLY_OUTCOMES];
    free(outcome->body);
    (void)snprintf(outcome->job_id, sizeof outcome->job_id, "%s", job->job_id);
    (void)snprintf(outcome->key, sizeof outcome->key, "%s", job->key);
    (void)snprintf(outcome->submitted_by, sizeof outcome->submitted_by, "%s", job->submitted_by);
    memcpy(outcome->digest, job->digest, sizeof outcome->digest);
    outcome->status = http_status;
    outcome->body = body;
}

void rest_job_answered(struct apply_job *job, int http_status, const char *body) {
    if (job->key[0] != '\0') {
        sj_list_remove(&job->link);
        keep_outcome(job, http_status, body != NULL ? strdup(body) : NULL);
    }
}

void rest_job_forget(struct apply_job *job) {
    struct rest_applies *applies = job->rest->applies;
    if (applies != NULL && first_of(&applies->jobs) == job) {
        applies->running = false;
    }
    sj_list_remove(&job->link);
}

void rest_job_end(struct apply_job *job, sj_job_status status, const char *result, int http_status,
                  sj_text *body) {
    struct rest_applies *applies = job->rest->applies;
    sj_error error;
    rest_job_forget(job);
    if (rest_job_write(job, status, result, &error) != SJ_OK) {
        sj_log_error(job->rest->node->scope, "the end of job %s was not written: %s", job->job_id,
                     error.text);
    }
    sj_log_info(job->rest->node->scope, "job %s (%s) is %s: %s", job->job_id, job->description,
                sj_job_status_text(status), result);
    keep_outcome(job, http_status, sj_text_take(body));
    start_soon(applies);
}

/* ---- asking ---- */

static struct apply_job *find_in(const sj_list_head *jobs, const char *id) {
    SJ_LIST_EACH(job, jobs, struct apply_job, link) {
        if (id[0] != '\0' && (strcmp(job->job_id, id) == 0 || strcmp(job->key, id) == 0)) {
            return job;
        }
    }
    return NULL;
}

/* By its number or its key. */
static struct apply_job *find_job(const struct rest_applies *applies, const char *id) {
    struct apply_job *job = find_in(&applies->jobs, id);
    return job != NULL ? job : find_in(&applies->asked, id);
}

static const struct outcome *find_outcome(const struct rest_applies *applies, const char *id) {
    for (size_t i = 0; i < APPLY_OUTCOMES; i++) {
        const struct outcome *outcome = &applies->outcomes[i];
        if (outcome->body != NULL &&
            (strcmp(outcome->job_id, id) == 0 || strcmp(outcome->key, id) == 0)) {
            return outcome;
        }
    }
    return NULL;
}

/* Of the request that has had this key; NULL when none had. */
static const unsigned char *find_digest(const struct rest_applies *applies, const char *key) {
    const struct apply_job *job = find_job(applies, key);
    const struct outcome *outcome = job == NULL ? find_outcome(applies, key) : NULL;
    return job != NULL ? job->digest : outcome != NULL ? outcome->digest : NULL;
}

bool rest_job_claim(struct apply_job *job, sj_http_request *request) {
    struct rest_applies *applies = job->rest->applies;
    const unsigned char *earlier;
    const char *key;
    if (!rest_key_read(request, &key)) {
        return false;
    }
    if (key == NULL) {
        return true;
    }
    rest_key_digest(request, job->digest);
    earlier = find_digest(applies, key);
    if (earlier != NULL && memcmp(earlier, job->digest, sizeof job->digest) == 0) {
        rest_job_outcome(job->rest, request, key);
        return false;
    }
    if (earlier != NULL) {
        rest_key_refuse_other(request, key);
        return false;
    }
    (void)snprintf(job->key, sizeof job->key, "%s", key);
    job->phase = "under way";
    sj_list_add_first(&applies->asked, &job->link);
    return true;
}

/* An outcome is for who gave the apply, and for who may do everything. False after the refusal. */
static bool may_know(struct rest *rest, sj_http_request *request, const char *submitted_by) {
    char name[REST_ASKER];
    sj_error error;
    if (rest_may_do_everything(rest, request) ||
        strcmp(rest_asker(request, name), submitted_by) == 0) {
        return true;
    }
    (void)sj_error_set(&error, SJ_E_DENIED,
                       "the outcome of an apply is shown to the user who gave it, and to "
                       "administrators with all rights");
    rest_reply_error(request, &error);
    return false;
}

/* What the record says of a job whose outcome is not kept: after a restart, or after others. False
 * when there is none. */
static bool reply_from_record(struct rest *rest, sj_http_request *request, const char *job_id) {
    sj_job *record = NULL;
    const bool found = sj_job_get(rest->node->scope, job_id, &record, NULL) == SJ_OK &&
                       strcmp(record->action, "apply") == 0 &&
                       record->status >= SJ_JOB_STATUS_COMPLETED;
    if (found && may_know(rest, request, record->submitted_by)) {
        if (record->status == SJ_JOB_STATUS_COMPLETED) {
            sj_text json = {0};
            sj_text_puts(&json, "{\"message\":");
            sj_text_json(&json, record->result);
            sj_text_puts(&json, ",\"notes\":[\"how the job ended is kept, the list of its changes "
                                "is not any more\"]}");
            rest_reply_json(request, 200, &json);
        } else {
            rest_reply_status(request, 409, record->result);
        }
    }
    sj_record_free(rest->node->scope, record);
    return found;
}

/* How far it is, or how it ended. What the client of a lost answer takes for one is on the disk, as
 * that answer would have been. */
static void reply_outcome(struct rest *rest, sj_http_request *request, const struct apply_job *job,
                          const struct outcome *outcome) {
    struct rest_durable *durable = rest_durable_begin_repeat(rest, request);
    sj_text json = {0};
    char location[128] = "";
    if (durable == NULL) {
        return;
    }
    if (job != NULL) {
        (void)snprintf(location, sizeof location, REST_PREFIX "%s/%s",
                       job->job_id[0] != '\0' ? "jobs" : "apply",
                       job->job_id[0] != '\0' ? job->job_id : job->key);
        sj_text_printf(&json,
                       "{\"job_id\":\"%s\",\"phase\":\"%s\",\"processed\":%lld,\"total\":%lld}",
                       job->job_id, job->phase, (long long)job->processed, (long long)job->total);
    } else {
        sj_text_puts(&json, outcome->body);
    }
    rest_durable_reply(durable, job != NULL ? 202 : outcome->status, &json, location);
}

void rest_job_outcome(struct rest *rest, sj_http_request *request, const char *job_id) {
    const struct apply_job *job = find_job(rest->applies, job_id);
    const struct outcome *outcome = job == NULL ? find_outcome(rest->applies, job_id) : NULL;
    sj_error error;
    if (job == NULL && outcome == NULL && reply_from_record(rest, request, job_id)) {
        return;
    }
    if ((job != NULL && !may_know(rest, request, job->submitted_by)) ||
        (outcome != NULL && !may_know(rest, request, outcome->submitted_by))) {
        return;
    }
    if (job != NULL || outcome != NULL) {
        reply_outcome(rest, request, job, outcome);
        return;
    }
    (void)sj_error_set(
        &error, SJ_E_NOT_FOUND,
        "outcome of apply \"%.64s\" not found: jobs are kept by number, the last %d "
        "applies by key, until the node restarts; look at what it should have changed",
        job_id, APPLY_OUTCOMES);
    rest_reply_error(request, &error);
}

/* A job of a service that has not begun is ended here; one that runs looks at its record before
 * each step. */
static int cancel_other(struct rest *rest, const char *job_id, sj_error *error) {
    sj_scope *scope = rest->node->scope;
    sj_job *record = NULL;
    int status = sj_job_get(scope, job_id, &record, error);
    if (status == SJ_OK && record->status >= SJ_JOB_STATUS_COMPLETED) {
        status = sj_error_field(error, SJ_E_CONFLICT, "job_id",
                                "job %s is %s: there is nothing to cancel", job_id,
                                sj_job_status_text(record->status));
    } else if (status == SJ_OK) {
        sj_job cancelled = *record;
        const bool began = record->status == SJ_JOB_STATUS_PROCESSING;
        cancelled.status = SJ_JOB_STATUS_CANCELLED;
        cancelled.finished_at = sj_wall_ms(scope);
        cancelled.result =
            began ? record->result : "Cancelled before it began: nothing was changed.";
        status = sj_job_put(scope, &cancelled, SJ_PUT_REPLACE, error);
    }
    sj_record_free(scope, record);
    return status;
}

static void on_cancel(void *user, sj_question *question, const sj_job_cancel *request) {
    struct rest *rest = user;
    sj_scope *scope = rest->node->scope;
    struct apply_job *job = find_job(rest->applies, request->job_id);
    char message[128];
    sj_error error = {0};
    int status = SJ_OK;
    if (job != NULL && job->job_id[0] == '\0') {
        job = NULL; /* a key of an apply that is answered soon */
    }
    if (job != NULL && job->decided) {
        status = sj_error_field(&error, SJ_E_CONFLICT, "job_id",
                                "job %s is decided: its configuration holds already", job->job_id);
    } else if (job != NULL) {
        job->cancel(job->user);
    } else {
        status = cancel_other(rest, request->job_id, &error);
    }
    if (status != SJ_OK) {
        sj_fail_error(scope, question, &error);
        return;
    }
    (void)snprintf(message, sizeof message, "Job %.32s is cancelled.", request->job_id);
    const sj_job_cancel_reply reply = {.message = message};
    sj_reply_job_cancel(scope, question, &reply);
}

/* ---- opening and closing ---- */

/* A job that a restart has interrupted: decided, or nothing. */
static void end_interrupted(struct rest *rest) {
    sj_scope *scope = rest->node->scope;
    const sj_query query = {.field = "action", .value = "apply"};
    sj_list list = {0};
    sj_error error;
    if (sj_job_list(scope, &query, &list, NULL) != SJ_OK) {
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        sj_job job = *sj_job_at(&list, i);
        if (job.status >= SJ_JOB_STATUS_COMPLETED) {
            continue;
        }
        const bool decided = strcmp(job.phase, APPLY_DECIDED) == 0;
        job.status = decided ? SJ_JOB_STATUS_COMPLETED : SJ_JOB_STATUS_FAILED;
        job.finished_at = sj_wall_ms(scope);
        job.phase = "";
        job.result = decided ? job.result
                             : "The node was restarted before it was decided: nothing was changed.";
        if (sj_job_put(scope, &job, SJ_PUT_REPLACE, &error) != SJ_OK) {
            sj_log_error(scope, "the end of job %s was not written: %s", job.job_id, error.text);
        }
    }
    sj_list_free(scope, &list);
}

int rest_applies_open(struct rest *rest, sj_error *error) {
    rest->applies = calloc(1, sizeof *rest->applies);
    if (rest->applies == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the REST interface");
    }
    rest->applies->rest = rest;
    end_interrupted(rest);
    return sj_answer_job_cancel(rest->node->scope, on_cancel, rest, error) != NULL ? SJ_OK
                                                                                   : error->code;
}

void rest_applies_close(struct rest *rest) {
    struct rest_applies *applies = rest->applies;
    if (applies == NULL) {
        return;
    }
    sj_later_cancel(&applies->soon);
    for (size_t i = 0; i < APPLY_OUTCOMES; i++) {
        free(applies->outcomes[i].body);
    }
    free(applies);
    rest->applies = NULL;
}
