/* The run of an apply: its memory, its secrets, and its end. */
#include "host/rest/apply_run.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/core/scope.h"
#include "host/rest/apply_report.h"
#include "host/rest/asker.h"
#include "host/rest/internal.h"
#include "host/rest/reply.h"
#include "host/store/bulk.h"
#include "host/work/jobs.h"

enum {
    FREE_AT_ONCE = 2000, /* records whose memory is freed on the loop */
    HASH_AT_ONCE = 32,   /* secrets under way at a time */
};

/* ---- the end ---- */

/* What is decided stays; only the end of its writing is not reported any more. */
void applying_discard(struct applying *applying) {
    if (applying->bulk) {
        sj_store_bulk_forget(applying->rest->node->store, applying);
        sj_store_bulk_discard(applying->rest->node->store);
        applying->bulk = false;
    }
}

static void free_all(void *user) {
    struct applying *applying = user;
    bool large = applying->apply.records_count > FREE_AT_ONCE;
    apply_free(&applying->apply);
    cJSON_Delete(applying->body);
    if (applying->text != NULL) {
        explicit_bzero(applying->text, applying->text_length);
        free(applying->text);
    }
    free(applying);
    if (large) {
        (void)malloc_trim(0); /* a whole site was in memory, which is not needed again soon */
    }
}

static void nothing_more(void *user, int status, const sj_error *error) {
    (void)user;
    (void)status;
    (void)error;
}

static void applying_freed(void *user) {
    struct applying *applying = user;
    struct node *node = applying->rest->node;
    applying_discard(applying);
    rest_job_forget(&applying->job);
    if (applying->apply.records_count <= FREE_AT_ONCE ||
        sj_host_job_run(node->scope, SJ_HERE, free_all, nothing_more, applying) == NULL) {
        free_all(applying);
    }
}

/* Answers, or ends the job, with a text that is taken. */
static void end(struct applying *applying, int http_status, sj_job_status status,
                const char *result, sj_text *body) {
    if (applying->ended) {
        sj_text_clear(body);
        return;
    }
    applying->ended = true;
    applying_discard(applying);
    if (applying->request == NULL) {
        rest_job_end(&applying->job, status, result, http_status, body);
    } else if (body->failed) {
        rest_job_answered(&applying->job, 503, NULL);
        rest_reply_status(applying->request, 503, "out of memory");
    } else {
        rest_job_answered(&applying->job, http_status, body->data);
        rest_reply_text(applying->request, http_status, body->data);
    }
    sj_text_clear(body);
    sj_host_scope_close(applying->scope);
}

void applying_fail(struct applying *applying, const sj_error *error) {
    sj_text body = {0};
    char result[700];
    int status = rest_error_text(error, &body);
    (void)snprintf(result, sizeof result, "Nothing was changed: %.600s", error->text);
    end(applying, status, SJ_JOB_STATUS_FAILED, result, &body);
}

/* As many of the sentences as a job's result takes. */
static void list_problems(const struct sj_problems *problems, char out[4000]) {
    size_t used = (size_t)snprintf(out, 4000, "Nothing was changed: %zu problem%s.",
                                   problems->total, problems->total > 1 ? "s" : "");
    for (size_t i = 0; i < problems->count && used + strlen(problems->list[i].text) + 8 < 4000;
         i++) {
        used +=
            (size_t)snprintf(out + used, 4000 - used, " (%zu) %s", i + 1, problems->list[i].text);
    }
}

void applying_fail_problems(struct applying *applying) {
    sj_text body = {0};
    char result[4000];
    int status;
    apply_order_problems(&applying->apply);
    status = rest_problems_text(&applying->apply.problems, &body);
    list_problems(&applying->apply.problems, result);
    end(applying, status, SJ_JOB_STATUS_FAILED, result, &body);
}

void applying_report(struct applying *applying) {
    sj_text body = {0};
    char message[200];
    apply_message(&applying->apply, message);
    apply_report(&applying->apply, &body);
    if (!applying->apply.dry_run && applying->request != NULL) {
        char what[500];
        (void)snprintf(what, sizeof what, "%.250s applied: %s", applying->file, message);
        rest_log_change(applying->rest, applying->request, what);
    }
    end(applying, 200, SJ_JOB_STATUS_COMPLETED, message, &body);
}

void applying_cancel(void *user) {
    struct applying *applying = user;
    static const char words[] = "Cancelled: nothing was changed.";
    sj_text body = {0};
    sj_error error;
    (void)sj_error_set(&error, SJ_E_CONFLICT, "the apply was cancelled; nothing was changed");
    const int status = rest_error_text(&error, &body);
    end(applying, status, SJ_JOB_STATUS_CANCELLED, words, &body);
}

void applying_drop(struct applying *applying) {
    applying->ended = true;
    sj_host_scope_close(applying->scope);
}

/* ---- the secrets ---- */

void applying_read_done(struct applying *applying) {
    struct apply *apply = &applying->apply;
    applying->secrets = apply->hashing.first;
    applying->size = apply->records_count + apply->removals_count + apply->parameters_count;
    applying->phase = apply->problems.total > 0  ? APPLYING_TRY
                      : apply->secrets_count > 0 ? APPLYING_HASH
                                                 : APPLYING_WRITE;
}

static void hashed(void *user, int status) {
    struct applying *applying = user;
    sj_error error;
    if (applying->ended) {
        return; /* cancelled */
    }
    if (status != SJ_OK) {
        (void)sj_error_set(&error, status, "the secrets could not be hashed: %s",
                           sj_error_text(status));
        applying_fail(applying, &error);
        return;
    }
    applying->on_hashed(applying);
}

/* Some of them at a time: others have secrets to be looked at too, and it may be cancelled. */
void applying_hash_some(struct applying *applying, void (*next)(struct applying *applying)) {
    struct rest_hashing *hashing = &applying->apply.hashing;
    struct rest_secret **end = &applying->secrets;
    hashing->first = applying->secrets;
    for (size_t i = 0; *end != NULL && i < HASH_AT_ONCE; i++) {
        applying->hashed++;
        end = &(*end)->next;
    }
    struct rest_secret *rest = *end;
    *end = NULL;
    applying->secrets = rest;
    applying->on_hashed = next;
    hashing->scope = applying->scope;
    hashing->done = hashed;
    hashing->user = applying;
    rest_hashing_run(hashing);
}

/* ---- the beginning ---- */

struct applying *applying_new(struct rest *rest, sj_http_request *request) {
    struct applying *applying = calloc(1, sizeof *applying);
    if (applying == NULL) {
        return NULL;
    }
    applying->rest = applying->job.rest = rest;
    applying->request = request;
    (void)rest_asker(request, applying->job.submitted_by);
    (void)snprintf(applying->file, sizeof applying->file, "a configuration");
    applying->scope =
        sj_host_scope_open(rest->node->scope, SJ_HERE, "apply", applying_freed, applying);
    if (applying->scope == NULL) {
        free(applying);
        return NULL;
    }
    return applying;
}
