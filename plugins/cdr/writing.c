/* Brings records to the disk, in batches beside the loop: whatever has come while one batch is
 * written goes into the next. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent.h"
#include "parameters/cdr.h"
#include "record.h"
#include "recovery.h"

enum { TICK_MS = 1000, TOUCH_MS = 10 * 1000, TIDY_MS = 60 * 1000, MOST_NAMES = 1000 };

struct batch {
    struct cdr_agent *agent;
    struct disk disk;
    sj_text rows, calls;
    sj_list_head ended; /* the calls of these rows */
    size_t count;
    sj_text statistics;
    size_t statistics_count;
    bool calls_anew, finish, to_be_sent;
    char place[DISK_NAME - 32]; /* of the names of files: "HQ_01_202611300312" */
    char name[DISK_NAME], statistics_name[DISK_NAME];
    int64_t sequence; /* of the last finished file */
    int64_t size, calls_size, statistics_size;
    bool rows_written, calls_written, statistics_written, finished, statistics_finished;
    sj_error error;
};

static void batch_free(struct batch *batch) {
    sj_text_clear(&batch->rows);
    sj_text_clear(&batch->calls);
    sj_text_clear(&batch->statistics);
    free(batch);
}

/* Finishes an open file, unless it has no rows, under the next name that is free. */
static int finish_file(struct batch *batch, const char *kind, int64_t size, char name[DISK_NAME],
                       bool *finished) {
    int status = SJ_OK;
    for (int i = 0; size > 0 && status == SJ_OK && !*finished && i < MOST_NAMES; i++) {
        (void)snprintf(name, DISK_NAME, "%s_%s_%" PRId64, kind, batch->place, ++batch->sequence);
        const int made = disk_finish(&batch->disk, kind, name, batch->to_be_sent, &batch->error);
        *finished = made == SJ_OK;
        status = made == SJ_E_EXISTS ? SJ_OK : made;
        batch->error.code = *finished ? SJ_OK : batch->error.code; /* that of another name */
    }
    return status;
}

static void write_batch(void *data) {
    struct batch *batch = data;
    int status = SJ_OK;
    if (batch->rows.length > 0) {
        status = disk_append(&batch->disk, "cdr", &cdr_columns, &batch->rows, &batch->size,
                             &batch->error);
    }
    batch->rows_written = status == SJ_OK;
    if (status == SJ_OK && batch->calls_anew) {
        status = disk_calls_replace(&batch->disk, &batch->calls, &batch->calls_size, &batch->error);
    } else if (status == SJ_OK && batch->calls.length > 0) {
        status = disk_calls_add(&batch->disk, &batch->calls, &batch->calls_size, &batch->error);
    } else if (status == SJ_OK) {
        disk_calls_touch(&batch->disk);
    }
    batch->calls_written = status == SJ_OK;
    if (status == SJ_OK && batch->statistics.length > 0) {
        status = disk_append(&batch->disk, "cmr", &cmr_columns, &batch->statistics,
                             &batch->statistics_size, &batch->error);
    }
    batch->statistics_written = status == SJ_OK;
    if (status == SJ_OK && batch->finish) {
        status = finish_file(batch, "cdr", batch->size, batch->name, &batch->finished);
    }
    if (status == SJ_OK && batch->finish) {
        (void)finish_file(batch, "cmr", batch->statistics_size, batch->statistics_name,
                          &batch->statistics_finished);
    }
}

static void note_problem(struct cdr_agent *agent, const sj_error *error) {
    (void)snprintf(agent->problem, sizeof agent->problem, "%s", error->text);
    if (!agent->warned) {
        agent->warned = true;
        sj_log_error(agent->scope,
                     "call detail records wait in memory, up to %d of them: %s; it is tried again "
                     "every second",
                     AGENT_MOST_WAITING, error->text);
    }
}

static void note_success(struct cdr_agent *agent) {
    agent->problem[0] = '\0';
    if (agent->warned) {
        agent->warned = false;
        sj_log_info(agent->scope, "call detail records are written again");
    }
}

/* What could not be written waits before what has come since. */
static void take_statistics_back(struct cdr_agent *agent, struct batch *batch) {
    if (batch->statistics_written) {
        agent->statistics_written += batch->statistics_count;
        return;
    }
    sj_text_add(&batch->statistics, sj_or_empty(agent->statistics.data), agent->statistics.length);
    if (batch->statistics.failed) { /* the newer ones stay; the others are lost */
        agent->statistics_lost += batch->statistics_count;
        sj_metric_add(agent->scope, agent->metric_lost, (double)batch->statistics_count);
        return;
    }
    sj_text_clear(&agent->statistics);
    agent->statistics = batch->statistics;
    agent->statistics_waiting += batch->statistics_count;
    batch->statistics = (sj_text){0};
}

static void batch_done(void *data, int status, const sj_error *reason) {
    struct batch *batch = data;
    struct cdr_agent *agent = batch->agent;
    (void)reason;
    agent->working = NULL;
    if (status != SJ_OK && !batch->rows_written && batch->error.code == SJ_OK) {
        (void)sj_error_set(&batch->error, status, "the service stops"); /* it never began */
    }
    agent->size = batch->finished ? 0 : batch->size;
    agent->statistics_size = batch->statistics_finished ? 0 : batch->statistics_size;
    agent->calls_size = batch->calls_size;
    agent->last_sequence = batch->sequence;
    agent->file_began_ms = agent->size == 0 && agent->statistics_size == 0 ? 0
                           : agent->file_began_ms != 0                     ? agent->file_began_ms
                                                       : sj_monotonic_ms(agent->scope);
    if (batch->rows_written) {
        for (sj_list_link *link; (link = sj_list_take_first(&batch->ended)) != NULL;) {
            open_calls_free(SJ_OWNER(link, struct open_call, link_in_list));
        }
        agent->records += batch->count;
        sj_metric_add(agent->scope, agent->metric_records, (double)batch->count);
    } else {
        sj_list_take_all(&agent->ended, &batch->ended);
        sj_list_take_all(&batch->ended, &agent->ended);
        agent->waiting += batch->count;
    }
    take_statistics_back(agent, batch);
    agent->calls_anew = agent->calls_anew || !batch->calls_written;
    if (batch->finished || batch->statistics_finished) {
        (void)snprintf(agent->last_file, sizeof agent->last_file, "%s",
                       batch->statistics_finished ? batch->statistics_name : batch->name);
        sending_kick(agent);
    }
    const bool good = batch->error.code == SJ_OK;
    if (good) {
        note_success(agent);
    } else {
        note_problem(agent, &batch->error);
    }
    batch_free(batch);
    if (good && status == SJ_OK) {
        writing_kick(agent);
    } /* else with the next tick */
}

/* Earlier calls' numbers may not have been known when it came. */
static void number(struct cdr_agent *agent, struct open_call *call) {
    taking_number(agent, call);
    cdr_record_number(&call->row, call->first != 0 ? call->first : call->number, call->number);
}

static void gather_ended(struct cdr_agent *agent, struct batch *batch) {
    sj_list_take_all(&agent->ended, &batch->ended);
    batch->count = agent->waiting;
    agent->waiting = 0;
    SJ_LIST_EACH(call, &batch->ended, struct open_call, link_in_list) {
        number(agent, call);
        cdr_row_put(&call->row, &batch->rows);
        if (call->kept && !batch->calls_anew) {
            sj_text_printf(&batch->calls, "-%" PRId64 "\n", call->number);
        }
    }
}

static void keep(struct cdr_agent *agent, struct batch *batch, struct open_call *call) {
    number(agent, call);
    cdr_row_keep(&call->row, &batch->calls);
    call->kept = true;
}

/* What goes on: all of it into a new file, or what is new behind the old. */
static void gather_calls(struct cdr_agent *agent, struct batch *batch) {
    if (batch->calls_anew) {
        sj_text_printf(&batch->calls, "=%" PRId64 " %" PRId64 "\n", agent->last_number,
                       agent->last_sequence);
        SJ_LIST_EACH(call, &agent->open.all, struct open_call, link_in_list) {
            sj_list_remove(&call->link_unsaved);
            keep(agent, batch, call);
        }
    } else {
        sj_text_add(&batch->calls, sj_or_empty(agent->over.data), agent->over.length);
        for (sj_list_link *link; (link = sj_list_take_first(&agent->unsaved)) != NULL;) {
            keep(agent, batch, SJ_OWNER(link, struct open_call, link_unsaved));
        }
    }
    sj_text_clear(&agent->over);
}

static void name_file(const struct cdr_agent *agent, struct batch *batch) {
    const time_t now = (time_t)(sj_wall_ms(agent->scope) / 1000);
    struct tm parts;
    char minute[16];
    (void)gmtime_r(&now, &parts);
    (void)strftime(minute, sizeof minute, "%Y%m%d%H%M", &parts);
    (void)snprintf(batch->place, sizeof batch->place, "%.60s_%02d_%s",
                   agent->scope->host->node->cluster_id, (int)sj_param_cdr_node_id(agent->scope),
                   minute);
}

static bool is_due(const struct cdr_agent *agent) {
    return agent->file_began_ms != 0 &&
           sj_monotonic_ms(agent->scope) - agent->file_began_ms >=
               (uint64_t)sj_param_cdr_file_time_interval_min(agent->scope) * 60000;
}

/* All that is to be written now; NULL: no memory. */
static struct batch *gather(struct cdr_agent *agent, bool finish) {
    struct batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL) {
        return NULL;
    }
    batch->agent = agent;
    batch->disk = agent->disk;
    batch->finish = finish;
    batch->to_be_sent = sending_is_wanted(agent);
    batch->calls_anew = agent->calls_anew || finish;
    batch->size = agent->size;
    batch->calls_size = agent->calls_size;
    batch->statistics_size = agent->statistics_size;
    batch->sequence = agent->last_sequence;
    name_file(agent, batch);
    gather_ended(agent, batch);
    gather_calls(agent, batch);
    batch->statistics = agent->statistics;
    batch->statistics_count = agent->statistics_waiting;
    agent->statistics = (sj_text){0};
    agent->statistics_waiting = 0;
    agent->calls_anew = false;
    agent->touched_ms = sj_monotonic_ms(agent->scope);
    return batch;
}

static void begin(struct cdr_agent *agent, bool finish) {
    struct batch *batch = gather(agent, finish);
    if (batch == NULL) {
        return; /* with the next tick */
    }
    agent->working = batch;
    if (batch->rows.failed || batch->calls.failed ||
        sj_job_run(agent->scope, write_batch, batch_done, batch) == NULL) {
        (void)sj_error_set(&batch->error, SJ_E_NO_MEMORY, "there is no memory to write them");
        batch_done(batch, SJ_OK, NULL);
    }
}

static bool has_news(const struct cdr_agent *agent) {
    return agent->waiting > 0 || agent->statistics_waiting > 0 || agent->over.length > 0 ||
           !sj_list_empty(&agent->unsaved);
}

void writing_kick(struct cdr_agent *agent) {
    if (!agent->ready || agent->working != NULL) {
        return;
    }
    if (has_news(agent) || agent->calls_anew || is_due(agent)) {
        begin(agent, is_due(agent));
    }
}

/* ---- tidying ---- */

struct tidy {
    struct cdr_agent *agent;
    struct disk disk;
    int64_t before_s, most_bytes;
    struct disk_tidied tidied;
    sj_error error;
};

static void tidy_work(void *data) {
    struct tidy *tidy = data;
    (void)disk_tidy(&tidy->disk, tidy->before_s, tidy->most_bytes, &tidy->tidied, &tidy->error);
}

static void tidy_done(void *data, int status, const sj_error *error) {
    struct tidy *tidy = data;
    struct cdr_agent *agent = tidy->agent;
    (void)error;
    agent->tidying = false;
    if (status == SJ_OK && tidy->error.code == SJ_OK) {
        agent->files = tidy->tidied.files;
        agent->unsent = tidy->tidied.unsent;
        sj_metric_set(agent->scope, agent->metric_unsent, (double)agent->unsent);
    }
    if (tidy->tidied.lost > 0) {
        sj_log_warning(agent->scope,
                       "%zu files of call detail records were removed before they could be sent: "
                       "the disk allocation or the preservation duration is used up",
                       tidy->tidied.lost);
    }
    if (status == SJ_OK && tidy->error.code != SJ_OK) {
        sj_log_warning(agent->scope, "old files of call detail records stay: %s", tidy->error.text);
    }
    free(tidy);
}

static void tidy_now(struct cdr_agent *agent) {
    struct tidy *tidy = calloc(1, sizeof *tidy);
    if (tidy == NULL) {
        return; /* with the next tick */
    }
    tidy->agent = agent;
    tidy->disk = agent->disk;
    tidy->before_s =
        sj_wall_ms(agent->scope) / 1000 - sj_param_cdr_preservation_days(agent->scope) * 24 * 3600;
    tidy->most_bytes = sj_param_cdr_disk_allocation_mb(agent->scope) * 1024 * 1024;
    agent->tidied_ms = sj_monotonic_ms(agent->scope);
    agent->tidying = sj_job_run(agent->scope, tidy_work, tidy_done, tidy) != NULL;
    if (!agent->tidying) {
        free(tidy);
    }
}

static void tick(void *user) {
    struct cdr_agent *agent = user;
    const uint64_t now = sj_monotonic_ms(agent->scope);
    writing_kick(agent);
    recent_calls_tidy(&agent->recent, now);
    if (agent->ready && agent->working == NULL && agent->open.by_id.count > 0 &&
        now - agent->touched_ms >= TOUCH_MS) {
        begin(agent, false); /* a sign of life of the calls that go on */
    }
    if (agent->ready && !agent->tidying &&
        (agent->tidied_ms == 0 || now - agent->tidied_ms >= TIDY_MS)) {
        tidy_now(agent);
    }
}

/* ---- what was left behind ---- */

struct reading {
    struct cdr_agent *agent;
    struct disk disk;
    struct open_calls unseen;
    struct recovery found;
    int64_t size, statistics_size;
    sj_error error;
};

static void read_work(void *data) {
    struct reading *reading = data;
    struct disk_remains remains = {0};
    int status = disk_make(&reading->disk, &reading->error);
    status =
        status == SJ_OK ? disk_read_remains(&reading->disk, &remains, &reading->error) : status;
    if (status == SJ_OK) {
        reading->size = remains.size;
        reading->statistics_size = remains.statistics_size;
        (void)cdr_recover(&remains.rows, &remains.calls, remains.last_s, &reading->unseen,
                          &reading->found, &reading->error);
        if (remains.last_sequence > reading->found.last_sequence) {
            reading->found.last_sequence = remains.last_sequence;
        }
    }
    disk_remains_clear(&remains);
}

static void begin_reading(struct cdr_agent *agent);

static void read_again(void *user) {
    begin_reading(user);
}

static void read_done(void *data, int status, const sj_error *error) {
    struct reading *reading = data;
    struct cdr_agent *agent = reading->agent;
    (void)error;
    if (status != SJ_OK || reading->error.code != SJ_OK) {
        if (status == SJ_OK) {
            note_problem(agent, &reading->error);
        }
        (void)sj_timer_start(agent->scope, TICK_MS, 0, read_again, agent);
    } else {
        const size_t unseen = reading->unseen.by_id.count;
        agent->size = reading->size;
        agent->statistics_size = reading->statistics_size;
        agent->file_began_ms =
            agent->size > 0 || agent->statistics_size > 0 ? sj_monotonic_ms(agent->scope) : 0;
        agent->last_number = reading->found.last_number;
        agent->last_sequence = reading->found.last_sequence;
        for (sj_list_link *link; (link = sj_list_first(&reading->unseen.all)) != NULL;) {
            struct open_call *call = SJ_OWNER(link, struct open_call, link_in_list);
            open_calls_take(&reading->unseen, call);
            sj_list_add_first(&agent->ended, &call->link_in_list);
            agent->waiting++;
        }
        if (unseen > 0 || reading->found.unreadable > 0) {
            sj_log_info(agent->scope,
                        "%zu calls went on when the service was here last: they are on record "
                        "with cause 41; %zu lines about such calls could not be read",
                        unseen, reading->found.unreadable);
        }
        agent->ready = true;
        agent->calls_anew = true;
        note_success(agent);
        writing_kick(agent);
    }
    open_calls_clear(&reading->unseen);
    free(reading);
}

static void begin_reading(struct cdr_agent *agent) {
    struct reading *reading = calloc(1, sizeof *reading);
    if (reading != NULL) {
        reading->agent = agent;
        reading->disk = agent->disk;
    }
    if (reading == NULL || sj_job_run(agent->scope, read_work, read_done, reading) == NULL) {
        free(reading);
        (void)sj_timer_start(agent->scope, TICK_MS, 0, read_again, agent);
    }
}

int writing_open(struct cdr_agent *agent, sj_error *error) {
    if (sj_timer_start(agent->scope, TICK_MS, TICK_MS, tick, agent) == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for call detail records");
    }
    begin_reading(agent);
    return SJ_OK;
}

/* The service has stopped: what is left is written at once, and the file is finished. */
static void write_rest(struct cdr_agent *agent) {
    struct batch *batch =
        gather(agent, agent->waiting > 0 || agent->size > 0 || agent->statistics_waiting > 0 ||
                          agent->statistics_size > 0);
    if (batch != NULL && !batch->rows.failed && !batch->calls.failed) {
        write_batch(batch);
    }
    if (batch == NULL || batch->error.code != SJ_OK || batch->rows.failed) {
        sj_log_error(
            agent->scope, "the service stops, and %zu call detail records are not on the disk: %s",
            batch == NULL ? agent->waiting : batch->count,
            batch != NULL && batch->error.code != SJ_OK ? batch->error.text : "there is no memory");
    }
    if (batch != NULL) {
        sj_list_take_all(&batch->ended, &agent->ended);
        batch_free(batch);
    }
}

void writing_close(struct cdr_agent *agent) {
    if (agent->ready) {
        write_rest(agent);
    }
    for (sj_list_link *link; (link = sj_list_first(&agent->ended)) != NULL;) {
        open_calls_free(SJ_OWNER(link, struct open_call, link_in_list));
    }
    open_calls_clear(&agent->open);
    sj_text_clear(&agent->over);
}
