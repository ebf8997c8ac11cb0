/* A large apply, slice by slice: read, compared and checked beside what others do, built as a large
 * change of the store's, and switched to at once. */
#include "host/rest/apply_slices.h"

#include <stdio.h>
#include <string.h>

#include <uv.h>

#include "host/core/scope.h"
#include "host/core/timers.h"
#include "host/rest/apply_check.h"
#include "host/rest/apply_read.h"
#include "host/rest/apply_report.h"
#include "host/rest/apply_write.h"
#include "host/rest/internal.h"
#include "host/store/bulk.h"
#include "host/store/store.h"

enum {
    SLICE_MS = STORE_SLICE_MS,
    PAUSE_MS = STORE_SLICE_PAUSE_MS,
    BUSY_MS = 20,
    ROUNDS = 5, /* of building it, when others change meanwhile what it concerns */
};

static void slice(void *user);

static void go_on(struct applying *applying, int64_t pause_ms) {
    if (!applying->ended &&
        sj_host_timer_start(applying->scope, SJ_HERE, pause_ms, 0, slice, applying) == NULL) {
        sj_error error;
        (void)sj_error_set(&error, SJ_E_NO_MEMORY, "out of memory");
        applying_fail(applying, &error);
    }
}

static void report_when_done(struct applying *applying) {
    if (applying->durable && applying->in_tables) {
        applying_report(applying);
    }
}

static void job_durable(void *user, int status, const sj_error *error) {
    struct applying *applying = user;
    if (status != SJ_OK) {
        applying_fail(applying, error);
        return;
    }
    applying->durable = true;
    report_when_done(applying);
}

static void on_all_in_tables(void *user) {
    struct applying *applying = user;
    applying->bulk = false;
    applying->in_tables = true;
    report_when_done(applying);
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
        status = sj_store_bulk_decide(store, on_all_in_tables, applying, &error);
    }
    if (status == SJ_OK) {
        applying->job.phase = APPLY_DECIDED;
        applying->job.processed = applying->job.total = (int64_t)applying->size;
        status = rest_job_write(&applying->job, SJ_JOB_STATUS_PROCESSING, message, &error);
    }
    if (status == SJ_OK) {
        status =
            sj_store_commit_durable(store, applying->scope, SJ_HERE, job_durable, applying, &error);
    }
    if (status != SJ_OK) {
        sj_store_transaction_rollback(store);
        applying_fail(applying, &error);
        return;
    }
    applying->job.decided = true;
}

static void in_the_way(struct applying *applying, sj_error *error) {
    char why[400];
    applying_discard(applying);
    if (++applying->rounds < ROUNDS) {
        apply_again(&applying->apply);
        applying->phase = APPLYING_WRITE;
        go_on(applying, BUSY_MS);
        return;
    }
    (void)snprintf(why, sizeof why, "%.390s", error->text);
    (void)sj_error_set(
        error, SJ_E_CONFLICT,
        "others changed what it concerns, %d times in a row, the last time: %s; apply it again",
        ROUNDS, why);
    applying_fail(applying, error);
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

static void after_check(struct applying *applying) {
    if (applying->apply.problems.total > 0) {
        applying_fail_problems(applying);
    } else if (applying->apply.dry_run) {
        applying_report(applying);
    } else {
        applying->phase = APPLYING_STAGE;
    }
}

static const char *words_of(enum applying_phase phase) {
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
    return applying->phase == APPLYING_READ
               ? apply->records_count + apply->removals_count
               : apply->added + apply->changed + apply->removed + apply->unchanged;
}

static void after_hashing(struct applying *applying) {
    rest_job_progress(&applying->job, words_of(APPLYING_HASH), applying->hashed,
                      applying->apply.secrets_count);
    if (applying->secrets == NULL) {
        applying->phase = APPLYING_WRITE;
    }
    go_on(applying, 0);
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
        applying_fail(applying, &error);
        return;
    }
    if (applying->phase >= APPLYING_WRITE || applying->phase == APPLYING_TRY) {
        if (!is_open(applying, &error)) {
            go_on(applying, BUSY_MS); /* the one before is still being written */
            return;
        }
    }
    switch (applying->phase) {
    case APPLYING_READ:
        if (!apply_read(&applying->apply, until)) {
            applying_read_done(applying);
        }
        break;
    case APPLYING_HASH: applying_hash_some(applying, after_hashing); return;
    case APPLYING_TRY:
        if (pass(applying, apply_try, until)) {
            applying->phase = APPLYING_CHECK;
        }
        break;
    case APPLYING_WRITE:
        if (pass(applying, apply_write, until)) {
            applying->phase = APPLYING_CHECK;
        }
        break;
    case APPLYING_CHECK:
        if (pass(applying, apply_check, until)) {
            after_check(applying);
        }
        break;
    case APPLYING_STAGE:
        more = sj_store_bulk_stage(store, &staged, &to_stage, &error);
        if (more == 0) {
            applying->phase = APPLYING_REVIEW;
        }
        break;
    case APPLYING_REVIEW:
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
        applying_fail(applying, &error);
    } else if (!applying->ended) {
        rest_job_progress(&applying->job, words_of(applying->phase), staged, to_stage);
        go_on(applying, PAUSE_MS);
    }
}

void apply_slices_start(void *user) {
    go_on(user, 0);
}
