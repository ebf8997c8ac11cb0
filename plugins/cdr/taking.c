/* Takes what is on record of calls from the bus. */
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "events/cdr.h"
#include "parameters/cdr.h"
#include "record.h"

static void lose(struct cdr_agent *agent) {
    agent->lost++;
    sj_metric_add(agent->scope, agent->metric_lost, 1);
    if (agent->lost >= 2 * agent->lost_warned + 1) { /* the first, the third, the seventh, ... */
        agent->lost_warned = agent->lost;
        sj_log_error(agent->scope, "%llu call detail records are lost: %s; free the disk of %s",
                     (unsigned long long)agent->lost,
                     agent->problem[0] != '\0' ? agent->problem : "there is no memory for them",
                     agent->disk.directory);
    }
}

/* NULL: no memory. */
static struct open_call *add(struct cdr_agent *agent, const char *id) {
    struct open_call *call = open_calls_add(&agent->open, id);
    if (call != NULL) {
        sj_random_bytes(agent->scope, call->identifier, sizeof call->identifier);
    }
    return call;
}

static void fill(struct cdr_agent *agent, struct open_call *call, const sj_call_recorded *event) {
    const struct cdr_origin origin = {sj_param_cdr_node_id(agent->scope),
                                      agent->scope->host->node->cluster_id};
    cdr_row_clear(&call->row);
    cdr_row_begin(&call->row, &cdr_columns);
    cdr_record_fill(&call->row, &origin, event, call->identifier);
}

static void be_written(struct cdr_agent *agent, struct open_call *call) {
    if (agent->waiting >= AGENT_MOST_WAITING) {
        sj_list_link *first = sj_list_first(&agent->ended);
        open_calls_free(SJ_OWNER(first, struct open_call, link_in_list));
        agent->waiting--;
        lose(agent);
    }
    statistics_ended(agent, call);
    open_calls_take(&agent->open, call);
    sj_list_add_last(&agent->ended, &call->link_in_list);
    agent->waiting++;
}

/* It is over: into the list of what is to be written, or forgotten. */
static void end(struct cdr_agent *agent, struct open_call *call, const sj_call_recorded *event) {
    if (!cdr_record_is_empty(event) || sj_param_cdr_log_zero_duration(agent->scope)) {
        be_written(agent, call);
        return;
    }
    if (call->kept) {
        sj_text_printf(&agent->over, "-%lld\n", (long long)call->number);
        agent->calls_anew = agent->calls_anew || agent->over.failed;
    }
    open_calls_remove(&agent->open, call);
}

/* A transfer has taken one of its parties away; a part that follows belongs to the same call. */
static void split(struct cdr_agent *agent, struct open_call *call, const sj_call_recorded *event) {
    const int64_t first = call->first != 0 ? call->first : call->number;
    cdr_record_split(&call->row, event->ended_ms, event->join_on_behalf_of);
    be_written(agent, call);
    if (!event->same_call) {
        writing_kick(agent);
        return;
    }
    struct open_call *next = add(agent, event->call_id); /* filled at once */
    if (next != NULL) {
        next->first = first;
    }
}

void taking_number(struct cdr_agent *agent, struct open_call *call) {
    if (call->number != 0) {
        return;
    }
    call->number = ++agent->last_number;
    if (call->first == 0) { /* parts of a call have the number of the first one */
        const sj_cdr_call_numbered event = {.call_id = call->id, .number = call->number};
        sj_publish_cdr_call_numbered(agent->scope, agent->numbered, &event);
    }
}

static void on_recorded(void *user, const sj_call_recorded *event) {
    struct cdr_agent *agent = user;
    struct open_call *call = open_calls_find(&agent->open, event->call_id);
    if (event->state == SJ_CALL_RECORD_STATE_SPLIT) {
        if (call != NULL) {
            split(agent, call, event);
        }
        return;
    }
    call = call != NULL ? call : add(agent, event->call_id);
    if (call == NULL) {
        lose(agent);
        return;
    }
    if (agent->ready) {
        taking_number(agent, call);
    }
    fill(agent, call, event);
    if (call->row.cells.failed) {
        open_calls_remove(&agent->open, call);
        lose(agent);
        return;
    }
    if (event->state == SJ_CALL_RECORD_STATE_ENDED) {
        end(agent, call, event);
    } else {
        sj_list_add_last(&agent->unsaved, &call->link_unsaved);
    }
    sj_metric_set(agent->scope, agent->metric_open, (double)agent->open.by_id.count);
    writing_kick(agent);
}

int taking_open(struct cdr_agent *agent, sj_error *error) {
    agent->numbered = sj_cdr_call_numbered_topic(agent->scope, error);
    if (agent->numbered == NULL) {
        return error->code;
    }
    return sj_on_call_recorded(agent->scope, on_recorded, agent, error) != NULL ? SJ_OK
                                                                                : error->code;
}
