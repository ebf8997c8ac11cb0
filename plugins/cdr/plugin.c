/* Cisco CDR Agent: writes call detail records, and sends them to a billing server. Descriptor,
 * wiring, and what people ask. */
#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "events/cdr.h"

static void on_status(void *user, sj_question *question, const sj_cdr_status *request) {
    const struct cdr_agent *agent = user;
    sj_cdr_status_reply reply;
    (void)request;
    memset(&reply, 0, sizeof reply);
    reply.directory = agent->disk.directory;
    reply.records = (int64_t)agent->records;
    reply.open_calls = (int64_t)agent->open.by_id.count;
    reply.waiting_records = (int64_t)agent->waiting;
    reply.lost_records = (int64_t)agent->lost;
    reply.statistics = (int64_t)agent->statistics_written;
    reply.waiting_statistics = (int64_t)agent->statistics_waiting;
    reply.lost_statistics = (int64_t)agent->statistics_lost;
    reply.unmatched_statistics = (int64_t)agent->statistics_unmatched;
    reply.files = (int64_t)agent->files;
    reply.unsent_files = (int64_t)agent->unsent;
    reply.last_file = agent->last_file;
    reply.last_sent = sending_last(agent, &reply.last_sent_at);
    reply.problem = agent->problem[0] != '\0' ? agent->problem : sending_problem(agent);
    sj_reply_cdr_status(agent->scope, question, &reply);
}

static int init(sj_scope *scope, void *state, sj_error *error) {
    struct cdr_agent *agent = state;
    agent->scope = scope;
    (void)snprintf(agent->disk.directory, sizeof agent->disk.directory, "%s/cdr",
                   scope->host->node->state_directory);
    agent->metric_records = sj_metric_new(scope, SJ_COUNTER, "sojourn_cdr_records_total",
                                          "Call detail records that were written");
    agent->metric_lost = sj_metric_new(scope, SJ_COUNTER, "sojourn_cdr_lost_total",
                                       "Call detail records for which there was no room");
    agent->metric_open = sj_metric_new(scope, SJ_GAUGE, "sojourn_cdr_open_calls",
                                       "Calls that go on and are on record");
    agent->metric_unsent = sj_metric_new(scope, SJ_GAUGE, "sojourn_cdr_unsent_files",
                                         "Finished files that are still to be sent");
    int status = sending_open(agent, error);
    status = status == SJ_OK ? writing_open(agent, error) : status;
    status = status == SJ_OK ? taking_open(agent, error) : status;
    status = status == SJ_OK ? statistics_open(agent, error) : status;
    return status != SJ_OK || sj_answer_cdr_status(scope, on_status, agent, error) != NULL
               ? status
               : error->code;
}

static void fini(void *state) {
    struct cdr_agent *agent = state;
    writing_close(agent);
    statistics_close(agent);
    sending_close(agent);
}

SJ_PLUGIN("cdr", "Cisco CDR Agent", SOJOURN_VERSION,
          "Writes call detail records and sends them to a billing server.", "",
          "request:cdr.status event:cdr.call_numbered", 0, struct cdr_agent, NULL, init, NULL, NULL,
          fini);
