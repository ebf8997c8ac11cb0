/* The event `call.statistics`: a row for what a party said of its media, with the numbers of its
 * call. Such rows wait as text for the next batch. */
#include <string.h>

#include "agent.h"
#include "parameters/call_manager.h"
#include "parameters/cdr.h"
#include "record.h"

static void count_lost(struct cdr_agent *agent) {
    agent->statistics_lost++;
    sj_metric_add(agent->scope, agent->metric_lost, 1);
    sj_log_limited(agent->scope, SJ_LOG_ERROR, "call management records are lost", "%s",
                   agent->problem[0] != '\0' ? agent->problem : "there is no memory for them");
}

/* False: it is of no call on record. */
static bool find_numbers(const struct cdr_agent *agent, const char *id, struct recent_call *found) {
    const struct open_call *open = open_calls_find(&agent->open, id);
    const struct recent_call *recent = recent_calls_find(&agent->recent, id);
    if (open != NULL && open->number != 0) {
        found->number = open->number;
        found->first = open->first != 0 ? open->first : open->number;
    } else if (recent != NULL) {
        found->number = recent->number;
        found->first = recent->first;
    }
    return (open != NULL && open->number != 0) || recent != NULL;
}

static void on_statistics(void *user, const sj_call_statistics *event) {
    struct cdr_agent *agent = user;
    const struct cdr_origin origin = {sj_param_cdr_node_id(agent->scope),
                                      agent->scope->host->node->cluster_id};
    struct recent_call numbers;
    unsigned char random[16];
    struct cdr_row row;
    if (!find_numbers(agent, event->call_id, &numbers)) {
        agent->statistics_unmatched++;
        return;
    }
    if (agent->statistics_waiting >= AGENT_MOST_WAITING) {
        count_lost(agent);
        return;
    }
    sj_random_bytes(agent->scope, random, sizeof random);
    cdr_row_begin(&row, &cmr_columns);
    cdr_record_statistics(&row, &origin, event, numbers.first, numbers.number, random);
    const size_t before = agent->statistics.length;
    cdr_row_put(&row, &agent->statistics);
    cdr_row_clear(&row);
    if (agent->statistics.failed) { /* what was whole stays */
        agent->statistics.failed = false;
        agent->statistics.length = before;
        count_lost(agent);
        return;
    }
    agent->statistics_waiting++;
    writing_kick(agent);
}

void statistics_ended(struct cdr_agent *agent, const struct open_call *call) {
    const int64_t first = call->first != 0 ? call->first : call->number;
    if (call->number != 0 && sj_param_ccm_call_diagnostics_enabled(agent->scope)) {
        recent_calls_add(&agent->recent, call->id, call->number, first,
                         sj_monotonic_ms(agent->scope));
    }
}

int statistics_open(struct cdr_agent *agent, sj_error *error) {
    return sj_on_call_statistics(agent->scope, on_statistics, agent, error) != NULL ? SJ_OK
                                                                                    : error->code;
}

void statistics_close(struct cdr_agent *agent) {
    recent_calls_clear(&agent->recent);
    sj_text_clear(&agent->statistics);
}
