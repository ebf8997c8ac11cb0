/* `sojourn trace`: the trace of a login on both sides. The steps noted here, and those that the
 * clusters which took part send when they are asked; and the answer when another cluster asks. */
#include "clusters/session_trace.h"

#include <stdlib.h>

#include "clusters/intercluster_client.h"
#include "clusters/peer_protocol.h"
#include "clusters/shared_traces.h"
#include "events/session.h"
#include "messages/intercluster.h"

enum { STEPS_MAX = 500, CLUSTERS_MAX = 16, TRACE_TIMEOUT_MS = 4000 };

/* A step, and where it stands among those of all clusters. */
struct ordered_step {
    int64_t order;
    size_t came;
    sj_session_trace_reply_step step;
};

struct asked_cluster {
    struct session_trace *trace;
    char cluster_id[EM_NAME_ROOM];
};

struct session_trace {
    struct em *em;
    sj_scope *scope; /* owns the texts */
    sj_question *question;
    struct ordered_step steps[STEPS_MAX * 2];
    sj_session_trace_reply_step reply_steps[STEPS_MAX * 2];
    const char *unanswered[CLUSTERS_MAX];
    struct asked_cluster asked[CLUSTERS_MAX];
    size_t steps_count, unanswered_count, open;
};

static void add_step(struct session_trace *trace, const char *cluster_id,
                     const sj_trace_record *record) {
    if (trace->steps_count < sizeof trace->steps / sizeof trace->steps[0]) {
        struct ordered_step *added = &trace->steps[trace->steps_count];
        added->order = record->order;
        added->came = trace->steps_count++;
        added->step = (sj_session_trace_reply_step){
            .time = record->wall_ms,
            .cluster_id = cluster_id,
            .plugin = sj_scope_strdup(trace->scope, record->plugin),
            .text = sj_scope_strdup(trace->scope, record->text),
        };
    }
}

static void own_step(void *user, const sj_trace_record *record) {
    struct session_trace *trace = user;
    if (trace->steps_count < STEPS_MAX) {
        add_step(trace, trace->em->scope->host->node->cluster_id, record);
    }
}

/* Unrelated steps can have the same place: the same side then comes first, whichever shows the
 * trace. */
static int compare_steps(const void *left, const void *right) {
    const struct ordered_step *step = left, *other = right;
    if (step->order != other->order) {
        return step->order < other->order ? -1 : 1;
    }
    const int names = strcmp(step->step.cluster_id, other->step.cluster_id);
    return names != 0 ? names : (step->came > other->came) - (step->came < other->came);
}

static void reply(struct session_trace *trace) {
    struct em *em = trace->em;
    qsort(trace->steps, trace->steps_count, sizeof trace->steps[0], compare_steps);
    for (size_t i = 0; i < trace->steps_count; i++) {
        trace->reply_steps[i] = trace->steps[i].step;
    }
    if (trace->steps_count == 0 && trace->unanswered_count == 0) {
        sj_fail(em->scope, trace->question, SJ_E_NOT_FOUND,
                "no step of this trace is held on this node");
    } else {
        const sj_session_trace_reply reply = {.steps = trace->reply_steps,
                                              .steps_count = trace->steps_count,
                                              .unanswered = trace->unanswered,
                                              .unanswered_count = trace->unanswered_count};
        sj_reply_session_trace(em->scope, trace->question, &reply);
    }
    sj_scope_close(trace->scope);
}

static void add_unanswered(struct session_trace *trace, const char *cluster_id, const char *why) {
    char sentence[EM_CAUSE_ROOM + 64];
    em_print(sentence, sizeof sentence, "%s: %s", cluster_id, why);
    const char *copy = sj_scope_strdup(trace->scope, sentence);
    if (copy != NULL) {
        trace->unanswered[trace->unanswered_count++] = copy;
    }
}

static void answered(void *user, const struct em_peer_answer *answer) {
    struct asked_cluster *asked = user;
    struct session_trace *trace = asked->trace;
    sj_intercluster_trace_answer *theirs = NULL;
    sj_error error = {0};
    if (answer->status != EM_PEER_ANSWERED) {
        add_unanswered(trace, asked->cluster_id, answer->cause);
    } else if (sj_intercluster_trace_answer_from_json(
                   trace->em->scope, answer->body, answer->body_length, &theirs, &error) != SJ_OK) {
        add_unanswered(trace, asked->cluster_id, error.text);
    } else {
        for (size_t i = 0; i < theirs->steps_count && i < STEPS_MAX; i++) {
            const int64_t time = theirs->steps[i].time;
            const sj_trace_record record = {
                .wall_ms = time,
                .order = i < theirs->orders_count ? theirs->orders[i].value : time * 1000,
                .plugin = theirs->steps[i].plugin,
                .text = theirs->steps[i].text};
            add_step(trace, asked->cluster_id, &record);
        }
    }
    sj_record_free(trace->em->scope, theirs);
    if (--trace->open == 0) {
        reply(trace);
    }
}

static void on_session_trace(void *user, sj_question *question, const sj_session_trace *request) {
    struct em *em = user;
    sj_scope *scope = sj_scope_open(em->scope, "trace", NULL, NULL);
    struct session_trace *trace = scope != NULL ? sj_scope_alloc(scope, sizeof *trace) : NULL;
    const char *clusters[CLUSTERS_MAX];
    const sj_intercluster_trace asked = {.protocol = EM_PROTOCOL,
                                         .cluster_id = em->scope->host->node->cluster_id,
                                         .trace_id = request->trace_id};
    char *json = trace != NULL ? sj_intercluster_trace_to_json(scope, &asked) : NULL;
    if (json == NULL) {
        sj_fail(em->scope, question, SJ_E_NO_MEMORY, "out of memory");
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        return;
    }
    trace->em = em;
    trace->scope = scope;
    trace->question = question;
    (void)sj_trace_records(em->scope, request->trace_id, own_step, trace);
    const size_t count =
        em_shared_traces_clusters(&em->shared_traces, request->trace_id, clusters, CLUSTERS_MAX);
    for (size_t i = 0; i < count; i++) {
        trace->asked[i].trace = trace;
        em_copy(trace->asked[i].cluster_id, clusters[i]);
    }
    trace->open = count;
    for (size_t i = 0; i < count; i++) {
        /* A trace of its own: asking for a trace is no part of it. */
        em_peer_call(em, scope, trace->asked[i].cluster_id, "trace", json, TRACE_TIMEOUT_MS, "",
                     answered, &trace->asked[i]);
    }
    sj_text_free(em->scope, json);
    if (count == 0) {
        reply(trace);
    }
}

/* ---- asked by another cluster ---- */

struct view {
    sj_scope *scope;
    sj_intercluster_trace_answer_step steps[STEPS_MAX];
    sj_intercluster_trace_answer_order orders[STEPS_MAX];
    size_t count;
};

static void view_step(void *user, const sj_trace_record *record) {
    struct view *view = user;
    if (view->count < STEPS_MAX) {
        view->steps[view->count].time = record->wall_ms;
        view->orders[view->count].value = record->order;
        view->steps[view->count].plugin = sj_scope_strdup(view->scope, record->plugin);
        view->steps[view->count].text = sj_scope_strdup(view->scope, record->text);
        view->count++;
    }
}

char *em_session_trace_for(struct em *em, sj_scope *scope, const char *cluster_id,
                           const char *trace_id) {
    struct view *view = sj_scope_alloc(scope, sizeof *view);
    if (view == NULL) {
        return NULL;
    }
    view->scope = scope;
    if (em_shared_traces_has(&em->shared_traces, trace_id, cluster_id)) {
        (void)sj_trace_records(em->scope, trace_id, view_step, view);
    }
    const sj_intercluster_trace_answer answer = {.protocol = EM_PROTOCOL,
                                                 .cluster_id = em->scope->host->node->cluster_id,
                                                 .steps = view->steps,
                                                 .steps_count = view->count,
                                                 .orders = view->orders,
                                                 .orders_count = view->count};
    return sj_intercluster_trace_answer_to_json(em->scope, &answer);
}

int em_session_trace_open(struct em *em, sj_error *error) {
    return sj_answer_session_trace(em->scope, on_session_trace, em, error) != NULL ? SJ_OK
           : error->code != SJ_OK                                                  ? error->code
                                                                                   : SJ_E_INTERNAL;
}
