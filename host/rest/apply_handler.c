/* POST /api/v1/apply: {"file": name, "dry_run": bool, "content": {...}}.
 *
 * What is small is done at once, in one transaction, and answered with its outcome. What has many
 * records or secrets is a job (apply_job.h), answered with 202 before anything else
 * (apply_slices.h). A long body is parsed on the pool. */
#include "host/rest/apply_handler.h"

#include <stdio.h>
#include <string.h>

#include "host/core/scope.h"
#include "host/http/server.h"
#include "host/record/json.h"
#include "host/rest/apply_check.h"
#include "host/rest/apply_read.h"
#include "host/rest/apply_run.h"
#include "host/rest/apply_slices.h"
#include "host/rest/apply_write.h"
#include "host/rest/durable_reply.h"
#include "host/rest/internal.h"
#include "host/rest/reply.h"
#include "host/store/store.h"
#include "host/work/jobs.h"

enum {
    APPLY_AT_ONCE = 500,        /* records, parameters and lists; more are a job */
    APPLY_SECRETS = 16,         /* more to be hashed are one too */
    PARSE_AT_ONCE = 128 * 1024, /* bytes of a body that are parsed on the loop */
};

/* ---- what is small ---- */

static void durable(void *user, int status, const sj_error *error) {
    if (status != SJ_OK) {
        applying_fail(user, error);
    } else {
        applying_report(user);
    }
}

static void write_at_once(struct applying *applying) {
    struct apply *apply = &applying->apply;
    struct store *store = applying->rest->node->store;
    const bool trial = apply->problems.total > 0;
    sj_error error;
    if (sj_store_transaction_begin(store, "apply", &error) != SJ_OK) {
        applying_fail(applying, &error);
        return;
    }
    (void)(trial ? apply_try(apply, 0) : apply_write(apply, 0));
    if (trial || apply->problems.total == 0) {
        (void)apply_check(apply, 0);
    }
    if (apply->problems.total > 0) {
        sj_store_transaction_rollback(store);
        applying_fail_problems(applying);
    } else if (apply->dry_run) {
        sj_store_transaction_rollback(store);
        applying_report(applying);
    } else if (sj_store_commit_durable(store, applying->scope, SJ_HERE, durable, applying,
                                       &error) != SJ_OK) {
        applying_fail(applying, &error);
    }
}

/* ---- what is large ---- */

/* Answers that it goes on, and where, once the job's record is on the disk; it begins meanwhile. */
static bool make_job(struct applying *applying) {
    struct apply_job *job = &applying->job;
    struct rest_durable *durable = rest_durable_begin(applying->rest, applying->request);
    sj_text json = {0};
    char location[64];
    sj_error error;
    if (durable == NULL) {
        applying_drop(applying);
        return false;
    }
    job->start = apply_slices_start;
    job->cancel = applying_cancel;
    job->user = applying;
    job->total = (int64_t)applying->size;
    (void)snprintf(job->description, sizeof job->description, "%s%.110s",
                   applying->apply.dry_run ? "Dry run of " : "Apply ", applying->file);
    if (rest_job_begin(job, &error) != SJ_OK) {
        rest_durable_drop(durable);
        applying_fail(applying, &error);
        return false;
    }
    applying->request = NULL;
    (void)snprintf(location, sizeof location, REST_PREFIX "jobs/%s", job->job_id);
    sj_text_printf(&json,
                   "{\"job_id\":\"%s\",\"outcome\":\"" REST_PREFIX
                   "apply/%s\",\"message\":\"job %s: %lld records; how far it is "
                   "and how it ends says " REST_PREFIX "jobs/%s\"}",
                   job->job_id, job->job_id, job->job_id, (long long)job->total, job->job_id);
    rest_durable_reply(durable, 202, &json, location);
    return true;
}

/* ---- the request ---- */

/* Takes the members out of the body; false after a problem. */
static bool read_request(struct applying *applying, cJSON *body, bool *dry_run, cJSON **content,
                         sj_error *error) {
    for (const cJSON *member = body->child; cJSON_IsObject(body) && member != NULL;
         member = member->next) {
        if (strcmp(member->string, "file") == 0 && cJSON_IsString(member)) {
            (void)snprintf(applying->file, sizeof applying->file, "%s", member->valuestring);
        } else if (strcmp(member->string, "dry_run") == 0 && cJSON_IsBool(member)) {
            *dry_run = cJSON_IsTrue(member);
        } else if (strcmp(member->string, "content") != 0) {
            (void)sj_error_field(error, SJ_E_INVALID, member->string,
                                 "%s: expected the members \"content\", \"file\" (text) and "
                                 "\"dry_run\" (true or false)",
                                 member->string);
            return false;
        }
    }
    *content =
        cJSON_IsObject(body) ? cJSON_DetachItemFromObjectCaseSensitive(body, "content") : NULL;
    if (*content == NULL) {
        (void)sj_error_field(error, SJ_E_INVALID, "content",
                             "content: expected what is to be applied, got nothing");
        return false;
    }
    return true;
}

/* The client may want a job in any case (RFC 7240). */
static bool wants_job(sj_http_request *request) {
    const char *prefer = sj_host_http_header(request, "Prefer");
    return prefer != NULL && strstr(prefer, "respond-async") != NULL;
}

static void begin(struct applying *applying) {
    struct apply *apply = &applying->apply;
    cJSON *content = NULL;
    bool dry_run = false;
    sj_error error;
    if (!read_request(applying, applying->body, &dry_run, &content, &error)) {
        applying_fail(applying, &error);
        return;
    }
    apply_init(apply, applying->rest->node, content);
    apply->dry_run = dry_run;
    applying->declarations = sj_store_declarations(applying->rest->node->store);
    applying->size = apply_size(apply);
    if (apply_has_more_than(apply, APPLY_AT_ONCE) || wants_job(applying->request)) {
        (void)make_job(applying);
        return;
    }
    (void)apply_read(apply, 0);
    if (apply->problems.total > 0 || apply->secrets_count == 0) {
        write_at_once(applying);
        return;
    }
    applying_read_done(applying);
    if (apply->secrets_count > APPLY_SECRETS) {
        (void)make_job(applying);
    } else {
        applying_hash_some(applying, write_at_once);
    }
}

static void parse(void *user) {
    struct applying *applying = user;
    applying->body = sj_json_parse_all(applying->text, applying->text_length, &applying->error);
}

static void parsed(void *user, int status, const sj_error *error) {
    struct applying *applying = user;
    (void)error;
    if (status != SJ_OK) {
        (void)sj_error_set(&applying->error, SJ_E_STOPPING, "the node stops");
    }
    if (status != SJ_OK || applying->body == NULL) {
        applying_fail(applying, &applying->error);
    } else {
        begin(applying);
    }
}

void rest_apply(struct rest *rest, sj_http_request *request, const char *job_id) {
    const bool reads = job_id[0] != '\0';
    struct applying *applying;
    sj_error error;
    if (reads) {
        rest_job_outcome(rest, request, job_id);
        return;
    }
    applying = applying_new(rest, request);
    if (applying == NULL) {
        rest_reply_status(request, 503, "out of memory, or the node stops");
        return;
    }
    if (!rest_job_claim(&applying->job, request)) {
        applying_drop(applying);
        return;
    }
    if (request->body_length <= PARSE_AT_ONCE) {
        applying->body = sj_json_parse_all(request->body, request->body_length, &applying->error);
        parsed(applying, SJ_OK, NULL);
        return;
    }
    applying->text = sj_http_take_body(request, &applying->text_length);
    if (sj_host_job_run(applying->scope, SJ_HERE, parse, parsed, applying) == NULL) {
        (void)sj_error_set(&error, SJ_E_NO_MEMORY,
                           "out of memory, or too much is under way; try again shortly");
        applying_fail(applying, &error);
    }
}
