/* Jobs: submitted, held, run at once or at their time, treated in batches so that the node stays
 * responsive. A batch and the job's progress are written in one transaction, so that a job found in
 * progress after a restart goes on where it was. */
#include "job.h"
#include "events/emcc.h"
#include "resources/job.h"

#include <stdlib.h>

enum {
    LOOK_AGAIN_MS = 60000, /* the clock may be set meanwhile, and others write jobs too */
    RESULT_LOGGED = 400,   /* of a result, which the record has whole */
};

static const struct job_action *const actions[] = {&emcc_insert_action, &emcc_update_action,
                                                   &emcc_delete_action, &catalog_import_action};

static const struct job_action *find_action(const char *name) {
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (strcmp(actions[i]->name, name) == 0) {
            return actions[i];
        }
    }
    return NULL;
}

void job_add_result(struct running_job *job, const char *format, ...) {
    const size_t length = strlen(job->result);
    va_list arguments;
    if (length + 2 >= sizeof job->result) {
        return;
    }
    if (length > 0) {
        job->result[length] = ' ';
    }
    va_start(arguments, format);
    (void)vsnprintf(job->result + length + (length > 0), sizeof job->result - length - (length > 0),
                    format, arguments);
    va_end(arguments);
}

/* The timer is made once, when the service starts: what becomes due later needs no memory. */
static void look_for_jobs(struct bulk *bulk, int64_t delay_ms) {
    sj_timer_again(bulk->scope, bulk->look, delay_ms);
}

static int write_job(const struct running_job *job, sj_job_status status, sj_error *error) {
    const bool ended = status != SJ_JOB_STATUS_PROCESSING;
    const sj_job record = {.job_id = job->job_id,
                           .description = job->description,
                           .action = job->action->name,
                           .status = status,
                           .submitted_at = job->submitted_at,
                           .run_at = job->run_at,
                           .started_at = job->started_at,
                           .finished_at = ended ? sj_wall_ms(job->bulk->scope) : 0,
                           .submitted_by = job->submitted_by,
                           .arguments = job->arguments,
                           .total = job->total,
                           .processed = job->processed,
                           .failed = job->failed,
                           .result = job->result};
    return sj_job_put(job->bulk->scope, &record, SJ_PUT_ANY, error);
}

/* The file of a job that has ended; most have none. */
static void forget_input(struct bulk *bulk, const char *job_id) {
    sj_error error = {0};
    const int status = sj_job_input_delete(bulk->scope, job_id, &error);
    if (status != SJ_OK && status != SJ_E_NOT_FOUND) {
        sj_log_warning(bulk->scope, "the file of job %s stays: %s", job_id, error.text);
    }
}

/* The first sentences of a long result. */
static void log_end(const struct running_job *job, sj_job_status status) {
    size_t length = strlen(job->result);
    char more[160] = "";
    if (length > RESULT_LOGGED) {
        for (length = RESULT_LOGGED; length > 0 && strncmp(job->result + length, ". ", 2) != 0;) {
            length--;
        }
        length = length > 0 ? length + 1 : RESULT_LOGGED;
        (void)snprintf(more, sizeof more,
                       " ... (%lld of %lld done, %lld not; all of the result: sojourn job get %s)",
                       (long long)job->processed, (long long)job->total, (long long)job->failed,
                       job->job_id);
    }
    sj_log_info(job->bulk->scope, "job %s (%s) is %s: %.*s%s", job->job_id, job->action->name,
                sj_job_status_text(status), (int)length, job->result, more);
}

static void finish(struct running_job *job, sj_job_status status) {
    struct bulk *bulk = job->bulk;
    sj_error error = {0};
    forget_input(bulk, job->job_id);
    if (write_job(job, status, &error) != SJ_OK) {
        sj_log_error(bulk->scope, "the end of job %s was not written: %s", job->job_id, error.text);
    }
    const sj_job_finished event = {.job_id = job->job_id,
                                   .action = job->action->name,
                                   .status = sj_job_status_text(status),
                                   .result = job->result};
    log_end(job, status);
    sj_publish_job_finished(bulk->scope, bulk->job_finished, &event);
    bulk->running = NULL;
    sj_scope_close(job->scope);
    look_for_jobs(bulk, 0);
}

/* All batches are done. The record of the end need not be on the disk before anybody sees it: a job
 * whose end was lost goes on after the restart, and ends again. */
static void finish_counted(struct running_job *job) {
    if (job->processed < job->total || job->failed > 0) {
        finish(job, SJ_JOB_STATUS_INCOMPLETE);
    } else {
        finish(job, SJ_JOB_STATUS_COMPLETED);
    }
}

/* Whoever cancels a job writes that into its record. */
static bool is_cancelled(const struct running_job *job) {
    sj_job *record = NULL;
    const bool cancelled = sj_job_get(job->bulk->scope, job->job_id, &record, NULL) == SJ_OK &&
                           record->status == SJ_JOB_STATUS_CANCELLED;
    sj_record_free(job->bulk->scope, record);
    return cancelled;
}

/* It was cancelled between two batches, or while the last one was on its way to the disk. */
static bool ended_by_cancel(struct running_job *job) {
    if (!is_cancelled(job)) {
        return false;
    }
    job_add_result(job, "Cancelled after %lld of %lld.", (long long)job->processed,
                   (long long)job->total);
    finish(job, SJ_JOB_STATUS_CANCELLED);
    return true;
}

/* What the job says it has done is on the disk, or the disk failed. */
static void last_durable(void *user, int status, const sj_error *error) {
    struct running_job *job = user;
    if (status != SJ_OK) {
        job_add_result(job, "The disk failed: %s.", error->text);
        finish(job, SJ_JOB_STATUS_INCOMPLETE);
    } else if (!ended_by_cancel(job)) {
        finish_counted(job);
    }
}

/* One batch. What it wrote and the progress stand together, or neither does. */
static void batch(void *user) {
    struct running_job *job = user;
    sj_scope *scope = job->bulk->scope;
    const struct running_job before = *job;
    sj_error error = {0};
    if (ended_by_cancel(job)) {
        return;
    }
    int more = sj_store_begin(scope, &error);
    if (more == SJ_OK) {
        more = job->action->step(job, &error);
        const int written = more >= 0 ? write_job(job, SJ_JOB_STATUS_PROCESSING, &error) : more;
        more = written < 0 ? written : more;
        if (more < 0) {
            sj_store_rollback(scope);
        } else if (sj_store_commit(job->scope, more == 0 ? last_durable : NULL, job, &error) !=
                   SJ_OK) {
            more = SJ_E_IO;
        }
    }
    if (more < 0) {
        *job = before;
        job_add_result(job, "Stopped after %lld of %lld: %s.", (long long)job->processed,
                       (long long)job->total, error.text);
        finish(job, job->processed > 0 ? SJ_JOB_STATUS_INCOMPLETE : SJ_JOB_STATUS_FAILED);
    } else if (more > 0 && sj_timer_start(job->scope, 0, 0, batch, job) == NULL) {
        job_add_result(job, "Stopped after %lld of %lld: out of memory.", (long long)job->processed,
                       (long long)job->total);
        finish(job, SJ_JOB_STATUS_INCOMPLETE);
    }
}

static void closed(void *user) {
    struct running_job *job = user;
    free(job->victims);
    import_free(job->import, job->bulk->scope);
    free(job);
}

static void start(struct bulk *bulk, const sj_job *record) {
    struct running_job *job = calloc(1, sizeof *job);
    sj_scope *scope = job != NULL ? sj_scope_open(bulk->scope, "job", closed, job) : NULL;
    sj_error error = {0};
    if (scope == NULL) {
        free(job);
        sj_log_error(bulk->scope, "out of memory: job %s waits", record->job_id);
        return;
    }
    job->bulk = bulk;
    job->scope = scope;
    job->action = find_action(record->action);
    (void)snprintf(job->job_id, sizeof job->job_id, "%s", record->job_id);
    (void)snprintf(job->description, sizeof job->description, "%s", record->description);
    (void)snprintf(job->submitted_by, sizeof job->submitted_by, "%s", record->submitted_by);
    (void)snprintf(job->arguments, sizeof job->arguments, "%s", record->arguments);
    job->submitted_at = record->submitted_at;
    job->run_at = record->run_at;
    job->started_at = record->started_at != 0 ? record->started_at : sj_wall_ms(bulk->scope);
    job->total = record->total;
    job->processed = record->processed;
    job->failed = record->failed;
    bulk->running = job;
    if (record->status == SJ_JOB_STATUS_PROCESSING) {
        job_add_result(job, "Resumed after a restart, at %lld of %lld.", (long long)job->processed,
                       (long long)job->total);
    }
    if (!job->action->prepare(job)) {
        finish(job, job->processed > 0 ? SJ_JOB_STATUS_INCOMPLETE : SJ_JOB_STATUS_FAILED);
    } else if (write_job(job, SJ_JOB_STATUS_PROCESSING, &error) != SJ_OK) {
        job_add_result(job, "Not begun: %s.", error.text);
        finish(job, SJ_JOB_STATUS_FAILED);
    } else {
        batch(job);
    }
}

/* The job with the lowest number in a state; free with sj_record_free. */
static sj_job *first_job(struct bulk *bulk, sj_job_status status) {
    const sj_query query = {.field = "status", .value = sj_job_status_text(status)};
    const int64_t now = sj_wall_ms(bulk->scope);
    sj_list list = {0};
    sj_job *found = NULL;
    const sj_job *first = NULL;
    if (sj_job_list(bulk->scope, &query, &list, NULL) != SJ_OK) {
        return NULL;
    }
    for (size_t i = 0; i < list.count; i++) {
        const sj_job *job = sj_job_at(&list, i);
        if (find_action(job->action) != NULL && job->run_at <= now &&
            (first == NULL || atoll(job->job_id) < atoll(first->job_id))) {
            first = job;
        }
    }
    if (first != NULL) {
        (void)sj_job_get(bulk->scope, first->job_id, &found, NULL);
    }
    sj_list_free(bulk->scope, &list);
    return found;
}

/* The time until the job whose time comes next, at most LOOK_AGAIN_MS. */
static int64_t wait_for_next(struct bulk *bulk) {
    const sj_query query = {.field = "status", .value = sj_job_status_text(SJ_JOB_STATUS_PENDING)};
    const int64_t now = sj_wall_ms(bulk->scope);
    int64_t wait = LOOK_AGAIN_MS;
    sj_list list = {0};
    if (sj_job_list(bulk->scope, &query, &list, NULL) == SJ_OK) {
        for (size_t i = 0; i < list.count; i++) {
            const sj_job *job = sj_job_at(&list, i);
            if (find_action(job->action) != NULL && job->run_at > now && job->run_at - now < wait) {
                wait = job->run_at - now;
            }
        }
    }
    sj_list_free(bulk->scope, &list);
    return wait;
}

static void run_next(void *user) {
    struct bulk *bulk = user;
    if (bulk->running != NULL) {
        return;
    }
    look_for_jobs(bulk, wait_for_next(bulk));
    sj_job *job = first_job(bulk, SJ_JOB_STATUS_PROCESSING);
    if (job == NULL) {
        job = first_job(bulk, SJ_JOB_STATUS_PENDING);
    }
    if (job != NULL) {
        start(bulk, job);
        sj_record_free(bulk->scope, job);
    }
}

/* A number that tells when, and that no other job has: others than this service make jobs too. */
static int64_t new_number(struct bulk *bulk, int64_t now, char job_id[33]) {
    int64_t number = now / 1000 > bulk->last_job_id ? now / 1000 : bulk->last_job_id + 1;
    for (;; number++) {
        sj_job *record = NULL;
        (void)snprintf(job_id, 33, "%lld", (long long)number);
        const bool taken = sj_job_get(bulk->scope, job_id, &record, NULL) == SJ_OK;
        sj_record_free(bulk->scope, record);
        if (!taken) {
            return number;
        }
    }
}

/* A job and its file, both or neither. */
static int put_with_input(struct bulk *bulk, const sj_job *record, const char *content,
                          sj_error *error) {
    const sj_job_input input = {.job_id = record->job_id, .content = content};
    int status = sj_store_begin(bulk->scope, error);
    if (status != SJ_OK) {
        return status;
    }
    status = sj_job_put(bulk->scope, record, SJ_PUT_NEW, error);
    if (status == SJ_OK && content != NULL) {
        status = sj_job_input_put(bulk->scope, &input, SJ_PUT_ANY, error);
    }
    if (status != SJ_OK) {
        sj_store_rollback(bulk->scope);
        return status;
    }
    return sj_store_commit(bulk->scope, NULL, NULL, error);
}

int job_submit(struct bulk *bulk, const char *action, const char *description,
               const char *arguments, const struct job_order *order, char job_id[33],
               sj_error *error) {
    const int64_t now = sj_wall_ms(bulk->scope);
    if (order->run_at != 0 && order->run_at <= now) {
        return sj_error_field(error, SJ_E_INVALID, "run_at",
                              "run_at: expected a time in the future, got one that has passed");
    }
    const bool hold = order->hold && order->run_at == 0;
    const int64_t number = new_number(bulk, now, job_id);
    const sj_job record = {.job_id = job_id,
                           .description = description,
                           .action = action,
                           .status = hold ? SJ_JOB_STATUS_HOLD : SJ_JOB_STATUS_PENDING,
                           .submitted_at = now,
                           .run_at = order->run_at,
                           .submitted_by = order->submitted_by,
                           .arguments = arguments};
    const int status = put_with_input(bulk, &record, order->input, error);
    if (status == SJ_OK) {
        bulk->last_job_id = number;
        if (!hold) {
            look_for_jobs(bulk, 0);
        }
    }
    return status;
}

int job_activate(struct bulk *bulk, const char *job_id, sj_error *error) {
    sj_job *record = NULL;
    int status = sj_job_get(bulk->scope, job_id, &record, error);
    if (status == SJ_OK && record->status != SJ_JOB_STATUS_HOLD &&
        !(record->status == SJ_JOB_STATUS_PENDING && record->run_at > sj_wall_ms(bulk->scope))) {
        status = sj_error_field(
            error, SJ_E_CONFLICT, "job_id",
            "job %s is %s; only a job on hold can be activated, or one whose time is still to come",
            job_id, sj_job_status_text(record->status));
    } else if (status == SJ_OK) {
        sj_job pending = *record;
        pending.status = SJ_JOB_STATUS_PENDING;
        pending.run_at = 0;
        status = sj_job_put(bulk->scope, &pending, SJ_PUT_REPLACE, error);
        look_for_jobs(bulk, 0);
    }
    sj_record_free(bulk->scope, record);
    return status;
}

/* Files of jobs that were cancelled, or removed, before they ran. */
static void forget_inputs(struct bulk *bulk) {
    sj_list list = {0};
    (void)sj_job_input_list(bulk->scope, NULL, &list, NULL);
    for (size_t i = 0; i < list.count; i++) {
        const char *job_id = sj_job_input_at(&list, i)->job_id;
        sj_job *job = NULL;
        const int status = sj_job_get(bulk->scope, job_id, &job, NULL);
        if (status == SJ_E_NOT_FOUND ||
            (status == SJ_OK && job->status != SJ_JOB_STATUS_HOLD &&
             job->status != SJ_JOB_STATUS_PENDING && job->status != SJ_JOB_STATUS_PROCESSING)) {
            forget_input(bulk, job_id);
        }
        sj_record_free(bulk->scope, job);
    }
    sj_list_free(bulk->scope, &list);
}

int job_open(struct bulk *bulk, sj_error *error) {
    sj_list list = {0};
    const int status = sj_job_list(bulk->scope, NULL, &list, error);
    for (size_t i = 0; status == SJ_OK && i < list.count; i++) {
        const int64_t number = atoll(sj_job_at(&list, i)->job_id);
        bulk->last_job_id = number > bulk->last_job_id ? number : bulk->last_job_id;
    }
    sj_list_free(bulk->scope, &list);
    if (status != SJ_OK) {
        return status;
    }
    forget_inputs(bulk);
    bulk->look = sj_timer_start(bulk->scope, 0, LOOK_AGAIN_MS, run_next, bulk);
    return bulk->look != NULL ? SJ_OK : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory");
}
