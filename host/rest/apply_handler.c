/* POST /api/v1/apply: {"file": name, "dry_run": bool, "content": {...}}.
 *
 * What is small is done at once and answered with its outcome. What has many records or secrets is
 * a job (apply_job.h), answered with 202 before anything else: it is read, compared and checked in
 * slices of a few milliseconds, built beside as a large change of the store's, and switched to at
 * once. What takes long and touches no other memory (parsing, freeing) runs on the pool. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include <sojourn/log.h>

#include "host/core/scope.h"
#include "host/core/timers.h"
#include "host/http/server.h"
#include "host/record/json.h"
#include "host/rest/apply.h"
#include "host/rest/apply_job.h"
#include "host/rest/internal.h"
#include "host/store/bulk.h"
#include "host/store/store.h"
#include "host/work/jobs.h"

enum {
    APPLY_RECORDS = 500,        /* more are a job */
    APPLY_SECRETS = 16,         /* more to be hashed are one too */
    PARSE_AT_ONCE = 128 * 1024, /* bytes of a body that are parsed on the loop */
    FREE_AT_ONCE = 2000,        /* records whose memory is freed there */
    HASH_AT_ONCE = 32,          /* secrets under way at a time */
    SLICE_MS = STORE_SLICE_MS,
    PAUSE_MS = STORE_SLICE_PAUSE_MS,
    BUSY_MS = 20,
    ROUNDS = 5, /* of building it, when others change meanwhile what it concerns */
};

enum phase { READ, TRY, HASH, WRITE, CHECK, STAGE, REVIEW };

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
    enum phase phase;
    size_t size;                 /* records and keys of the content */
    unsigned declarations;       /* the store's, when it began */
    struct rest_secret *secrets; /* still to be hashed */
    size_t hashed;
    int rounds;
    bool bulk; /* the store's large change is this one's */
    bool durable, settled, over;
};

/* ---- the end ---- */

/* What is decided stays; only nobody is told any more. */
static void discard(struct applying *applying) {
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
    discard(applying);
    if (applying->apply.records_count <= FREE_AT_ONCE ||
        sj_host_job_run(node->scope, SJ_HERE, free_all, nothing_more, applying) == NULL) {
        free_all(applying);
    }
}

/* Answers, or ends the job, with a text that is taken. */
static void settle(struct applying *applying, int http_status, sj_job_status status,
                   const char *result, sj_text *body) {
    if (applying->over) {
        sj_text_clear(body);
        return;
    }
    applying->over = true;
    discard(applying);
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

static void finish_error(struct applying *applying, const sj_error *error) {
    sj_text body = {0};
    char result[700];
    int status = rest_error_text(error, &body);
    (void)snprintf(result, sizeof result, "Nothing was changed: %.600s", error->text);
    settle(applying, status, SJ_JOB_STATUS_FAILED, result, &body);
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

static void finish_problems(struct applying *applying) {
    sj_text body = {0};
    char result[4000];
    int status;
    apply_order_problems(&applying->apply);
    status = rest_problems_text(&applying->apply.problems, &body);
    list_problems(&applying->apply.problems, result);
    settle(applying, status, SJ_JOB_STATUS_FAILED, result, &body);
}

static void report(struct applying *applying) {
    sj_text body = {0};
    char message[200];
    apply_message(&applying->apply, message);
    apply_report(&applying->apply, &body);
    if (!applying->apply.dry_run && applying->request != NULL) {
        char what[500];
        (void)snprintf(what, sizeof what, "%.250s applied: %s", applying->file, message);
        rest_note_change(applying->rest, applying->request, what);
    }
    settle(applying, 200, SJ_JOB_STATUS_COMPLETED, message, &body);
}

static void cancel(void *user) {
    struct applying *applying = user;
    static const char words[] = "Cancelled: nothing was changed.";
    sj_text body = {0};
    sj_error error;
    (void)sj_error_set(&error, SJ_E_CONFLICT, "the apply was cancelled; nothing was changed");
    const int status = rest_error_text(&error, &body);
    settle(applying, status, SJ_JOB_STATUS_CANCELLED, words, &body);
}

/* ---- what is small: one transaction ---- */

static void durable(void *user, int status, const sj_error *error) {
    if (status != SJ_OK) {
        finish_error(user, error);
    } else {
        report(user);
    }
}

static void write_at_once(struct applying *applying) {
    struct apply *apply = &applying->apply;
    struct store *store = applying->rest->node->store;
    const bool trial = apply->problems.total > 0;
    sj_error error;
    if (sj_store_transaction_begin(store, "apply", &error) != SJ_OK) {
        finish_error(applying, &error);
        return;
    }
    (void)(trial ? apply_try(apply, 0) : apply_write(apply, 0));
    if (trial || apply->problems.total == 0) {
        (void)apply_check(apply, 0);
    }
    if (apply->problems.total > 0) {
        sj_store_transaction_rollback(store);
        finish_problems(applying);
    } else if (apply->dry_run) {
        sj_store_transaction_rollback(store);
        report(applying);
    } else if (sj_store_commit_durable(store, applying->scope, SJ_HERE, durable, applying,
                                       &error) != SJ_OK) {
        sj_store_transaction_rollback(store);
        finish_error(applying, &error);
    }
}

/* ---- what is large: a job, slice by slice ---- */

static void slice(void *user);

static void go_on(struct applying *applying, int64_t pause_ms) {
    if (!applying->over &&
        sj_host_timer_start(applying->scope, SJ_HERE, pause_ms, 0, slice, applying) == NULL) {
        sj_error error;
        (void)sj_error_set(&error, SJ_E_NO_MEMORY, "out of memory");
        finish_error(applying, &error);
    }
}

static void enter(struct applying *applying, enum phase phase) {
    applying->phase = phase;
}

static void told(struct applying *applying) {
    if (applying->durable && applying->settled) {
        report(applying);
    }
}

static void job_durable(void *user, int status, const sj_error *error) {
    struct applying *applying = user;
    if (status != SJ_OK) {
        finish_error(applying, error);
        return;
    }
    applying->durable = true;
    told(applying);
}

static void all_settled(void *user) {
    struct applying *applying = user;
    applying->bulk = false;
    applying->settled = true;
    told(applying);
}

/* Nothing is in the way: from this commit on everybody sees it. The job's record says so in the
 * same transaction. */
static void decide(struct applying *applying) {
    struct store *store = applying->rest->node->store;
    char message[200];
    sj_error error;
    int status = sj_store_transaction_begin(store, "apply", &error);
    apply_message(&applying->apply, message);
    if (status == SJ_OK) {
        status = sj_store_bulk_decide(store, all_settled, applying, &error);
    }
    if (status == SJ_OK) {
        applying->job.phase = "telling";
        applying->job.processed = applying->job.total;
        status = rest_job_write(&applying->job, SJ_JOB_STATUS_PROCESSING, message, &error);
    }
    if (status == SJ_OK) {
        status =
            sj_store_commit_durable(store, applying->scope, SJ_HERE, job_durable, applying, &error);
    }
    if (status != SJ_OK) {
        sj_store_transaction_rollback(store);
        finish_error(applying, &error);
        return;
    }
    applying->job.decided = true;
}

static void in_the_way(struct applying *applying, sj_error *error) {
    char why[400];
    discard(applying);
    if (++applying->rounds < ROUNDS) {
        apply_again(&applying->apply);
        enter(applying, WRITE);
        go_on(applying, BUSY_MS);
        return;
    }
    (void)snprintf(why, sizeof why, "%.390s", error->text);
    (void)sj_error_set(
        error, SJ_E_CONFLICT,
        "others changed what it concerns, %d times in a row, the last time: %s; apply it again",
        ROUNDS, why);
    finish_error(applying, error);
}

static bool is_open(struct applying *applying, sj_error *error) {
    if (!applying->bulk) {
        applying->bulk =
            sj_store_bulk_open(applying->rest->node->store, applying->file, error) == SJ_OK;
    }
    return applying->bulk;
}

/* One pass over the records, with the large change before their eyes; true when it is through. */
static bool pass(struct applying *applying, bool (*some)(struct apply *apply, uint64_t until),
                 uint64_t until) {
    struct store *store = applying->rest->node->store;
    bool more;
    sj_store_bulk_enter(store);
    more = some(&applying->apply, until);
    sj_store_bulk_leave(store);
    return !more;
}

static void hash_some(struct applying *applying);

static void after_reading(struct applying *applying) {
    struct apply *apply = &applying->apply;
    applying->secrets = apply->hashing.first;
    enter(applying, apply->problems.total > 0 ? TRY : apply->secrets_count > 0 ? HASH : WRITE);
}

static void after_check(struct applying *applying) {
    if (applying->apply.problems.total > 0) {
        finish_problems(applying);
    } else if (applying->apply.dry_run) {
        report(applying);
    } else {
        enter(applying, STAGE);
    }
}

static const char *words_of(enum phase phase) {
    static const char *const words[] = {"reading",
                                        "checking",
                                        "hashing secrets",
                                        "comparing",
                                        "checking references",
                                        "writing",
                                        "looking at what others changed"};
    return words[phase];
}

static size_t position(const struct applying *applying) {
    const struct apply *apply = &applying->apply;
    return applying->phase == READ
               ? apply->records_count + apply->removals_count
               : apply->added + apply->changed + apply->removed + apply->unchanged;
}

static void slice(void *user) {
    struct applying *applying = user;
    struct store *store = applying->rest->node->store;
    const uint64_t until = uv_hrtime() + (uint64_t)SLICE_MS * 1000000u;
    size_t staged = position(applying), to_stage = applying->size;
    sj_error error;
    int more = 0;
    if (applying->declarations != sj_store_declarations(store)) {
        (void)sj_error_set(
            &error, SJ_E_CONFLICT,
            "services with declarations of their own came or went meanwhile; apply it again");
        finish_error(applying, &error);
        return;
    }
    if (applying->phase >= WRITE || applying->phase == TRY) {
        if (!is_open(applying, &error)) {
            go_on(applying, BUSY_MS); /* the one before is still being written */
            return;
        }
    }
    switch (applying->phase) {
    case READ:
        if (!apply_read(&applying->apply, until)) {
            after_reading(applying);
        }
        break;
    case HASH: hash_some(applying); return;
    case TRY:
        if (pass(applying, apply_try, until)) {
            enter(applying, CHECK);
        }
        break;
    case WRITE:
        if (pass(applying, apply_write, until)) {
            enter(applying, CHECK);
        }
        break;
    case CHECK:
        if (pass(applying, apply_check, until)) {
            after_check(applying);
        }
        break;
    case STAGE:
        more = sj_store_bulk_stage(store, &staged, &to_stage, &error);
        if (more == 0) {
            enter(applying, REVIEW);
        }
        break;
    case REVIEW:
        more = sj_store_bulk_review(store, &error);
        if (more == 0) {
            decide(applying);
            return;
        }
        break;
    }
    if (more == SJ_E_CONFLICT) {
        in_the_way(applying, &error);
    } else if (more < 0) {
        finish_error(applying, &error);
    } else if (!applying->over) {
        rest_job_progress(&applying->job, words_of(applying->phase), staged, to_stage);
        go_on(applying, PAUSE_MS);
    }
}

static void hashed(void *user, int status) {
    struct applying *applying = user;
    sj_error error;
    if (applying->over) {
        return; /* cancelled */
    }
    if (status != SJ_OK) {
        (void)sj_error_set(&error, status, "the secrets could not be hashed: %s",
                           sj_error_text(status));
        finish_error(applying, &error);
        return;
    }
    if (applying->request == NULL) {
        rest_job_progress(&applying->job, words_of(HASH), applying->hashed,
                          applying->apply.secrets_count);
        if (applying->secrets == NULL) {
            enter(applying, WRITE);
        }
        go_on(applying, 0);
    } else {
        write_at_once(applying);
    }
}

/* Some of them at a time: others have secrets to be looked at too, and it may be cancelled. */
static void hash_some(struct applying *applying) {
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
    hashing->scope = applying->scope;
    hashing->done = hashed;
    hashing->user = applying;
    rest_hashing_run(hashing);
}

static void start_job(void *user) {
    go_on(user, 0);
}

/* Answers that it goes on, and where. */
static bool make_job(struct applying *applying) {
    struct apply_job *job = &applying->job;
    sj_text json = {0};
    char location[64];
    sj_error error;
    job->start = start_job;
    job->cancel = cancel;
    job->user = applying;
    job->total = (int64_t)applying->size;
    (void)snprintf(job->description, sizeof job->description, "%s%.110s",
                   applying->apply.dry_run ? "Dry run of " : "Apply ", applying->file);
    if (rest_job_begin(job, &error) != SJ_OK) {
        finish_error(applying, &error);
        return false;
    }
    (void)snprintf(location, sizeof location, REST_PREFIX "jobs/%s", job->job_id);
    sj_text_printf(&json,
                   "{\"job_id\":\"%s\",\"outcome\":\"" REST_PREFIX
                   "apply/%s\",\"message\":\"job %s: %lld records; how far it is "
                   "and how it ends says " REST_PREFIX "jobs/%s\"}",
                   job->job_id, job->job_id, job->job_id, (long long)job->total, job->job_id);
    rest_reply_accepted(applying->request, &json, location);
    applying->request = NULL;
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
        finish_error(applying, &error);
        return;
    }
    apply_init(apply, applying->rest->node, content);
    apply->dry_run = dry_run;
    applying->declarations = sj_store_declarations(applying->rest->node->store);
    applying->size = apply_size(apply);
    if (applying->size > APPLY_RECORDS || wants_job(applying->request)) {
        (void)make_job(applying);
        return;
    }
    (void)apply_read(apply, 0);
    if (apply->problems.total > 0 || apply->secrets_count == 0) {
        write_at_once(applying);
        return;
    }
    after_reading(applying);
    if (apply->secrets_count > APPLY_SECRETS) {
        (void)make_job(applying);
    } else {
        hash_some(applying);
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
        finish_error(applying, &applying->error);
    } else {
        begin(applying);
    }
}

static struct applying *new_applying(struct rest *rest, sj_http_request *request) {
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

void rest_apply(struct rest *rest, sj_http_request *request, const char *job_id) {
    const bool reads = job_id[0] != '\0';
    struct applying *applying;
    sj_error error;
    if (strcmp(request->method, reads ? "GET" : "POST") != 0) {
        rest_reply_status(request, 405, reads ? "expected GET here" : "expected POST here");
        return;
    }
    if (reads) {
        rest_job_outcome(rest, request, job_id);
        return;
    }
    applying = new_applying(rest, request);
    if (applying == NULL) {
        rest_reply_status(request, 503, "out of memory, or the node stops");
        return;
    }
    if (!rest_job_claim(&applying->job, request)) {
        applying->over = true;
        sj_host_scope_close(applying->scope);
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
        finish_error(applying, &error);
    }
}
