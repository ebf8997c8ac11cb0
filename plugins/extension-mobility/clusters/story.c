/* `sojourn trace`: the story of a login on both sides. The steps noted here, and those that the clusters which took part tell
 * when they are asked; and the answer when another cluster asks us. */
#include "em.h"

#include <stdlib.h>

enum { STEPS_MAX = 500, CLUSTERS_MAX = 16, STORY_TIMEOUT_MS = 4000 };

/* A step, and where it stands among those of all clusters. */
struct ordered_step {
    int64_t order;
    size_t came;
    sj_session_trace_reply_step step;
};

struct told {
    struct story *story;
    char cluster_id[EM_NAME_ROOM];
};

struct story {
    struct em *em;
    sj_scope *scope; /* owns the texts */
    sj_question *question;
    struct ordered_step steps[STEPS_MAX * 2];
    sj_session_trace_reply_step told_steps[STEPS_MAX * 2];
    const char *unanswered[CLUSTERS_MAX];
    struct told told[CLUSTERS_MAX];
    size_t steps_count, unanswered_count, open;
};

static void add_step(struct story *story, const char *cluster_id, const sj_trace_record *record) {
    if (story->steps_count < sizeof story->steps / sizeof story->steps[0]) {
        struct ordered_step *added = &story->steps[story->steps_count];
        added->order = record->order;
        added->came = story->steps_count++;
        added->step = (sj_session_trace_reply_step){
            .time = record->wall_ms,
            .cluster_id = cluster_id,
            .plugin = sj_scope_strdup(story->scope, record->plugin),
            .text = sj_scope_strdup(story->scope, record->text),
        };
    }
}

static void own_step(void *user, const sj_trace_record *record) {
    struct story *story = user;
    if (story->steps_count < STEPS_MAX) {
        add_step(story, story->em->scope->host->node->cluster_id, record);
    }
}

/* What has nothing to do with each other can have the same place: the same side then comes first, whoever tells the story. */
static int compare_steps(const void *left, const void *right) {
    const struct ordered_step *one = left, *other = right;
    if (one->order != other->order) {
        return one->order < other->order ? -1 : 1;
    }
    const int names = strcmp(one->step.cluster_id, other->step.cluster_id);
    return names != 0 ? names : (one->came > other->came) - (one->came < other->came);
}

static void tell(struct story *story) {
    struct em *em = story->em;
    qsort(story->steps, story->steps_count, sizeof story->steps[0], compare_steps);
    for (size_t i = 0; i < story->steps_count; i++) {
        story->told_steps[i] = story->steps[i].step;
    }
    if (story->steps_count == 0 && story->unanswered_count == 0) {
        sj_fail(em->scope, story->question, SJ_E_NOT_FOUND, "no step of this trace is held on this node");
    } else {
        const sj_session_trace_reply reply = {.steps = story->told_steps,
                                              .steps_count = story->steps_count,
                                              .unanswered = story->unanswered,
                                              .unanswered_count = story->unanswered_count};
        sj_reply_session_trace(em->scope, story->question, &reply);
    }
    sj_scope_close(story->scope);
}

static void add_unanswered(struct story *story, const char *cluster_id, const char *why) {
    char sentence[EM_CAUSE_ROOM + 64];
    em_print(sentence, sizeof sentence, "%s: %s", cluster_id, why);
    const char *copy = sj_scope_strdup(story->scope, sentence);
    if (copy != NULL) {
        story->unanswered[story->unanswered_count++] = copy;
    }
}

static void answered(void *user, const struct em_peer_answer *answer) {
    struct told *told = user;
    struct story *story = told->story;
    sj_intercluster_trace_answer *theirs = NULL;
    sj_error error = {0};
    if (answer->status != EM_PEER_ANSWERED) {
        add_unanswered(story, told->cluster_id, answer->cause);
    } else if (sj_intercluster_trace_answer_from_json(story->em->scope, answer->body, answer->body_length, &theirs, &error) !=
               SJ_OK) {
        add_unanswered(story, told->cluster_id, error.text);
    } else {
        for (size_t i = 0; i < theirs->steps_count && i < STEPS_MAX; i++) {
            const int64_t time = theirs->steps[i].time;
            const sj_trace_record record = {.wall_ms = time,
                                            .order = i < theirs->orders_count ? theirs->orders[i].value : time * 1000,
                                            .plugin = theirs->steps[i].plugin,
                                            .text = theirs->steps[i].text};
            add_step(story, told->cluster_id, &record);
        }
    }
    sj_record_free(story->em->scope, theirs);
    if (--story->open == 0) {
        tell(story);
    }
}

static void on_story(void *user, sj_question *question, const sj_session_trace *request) {
    struct em *em = user;
    sj_scope *scope = sj_scope_open(em->scope, "trace", NULL, NULL);
    struct story *story = scope != NULL ? sj_scope_alloc(scope, sizeof *story) : NULL;
    const char *clusters[CLUSTERS_MAX];
    const sj_intercluster_trace asked = {
        .protocol = EM_PROTOCOL, .cluster_id = em->scope->host->node->cluster_id, .trace_id = request->trace_id};
    char *json = story != NULL ? sj_intercluster_trace_to_json(scope, &asked) : NULL;
    if (json == NULL) {
        sj_fail(em->scope, question, SJ_E_NO_MEMORY, "out of memory");
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        return;
    }
    story->em = em;
    story->scope = scope;
    story->question = question;
    (void)sj_trace_records(em->scope, request->trace_id, own_step, story);
    const size_t count = shared_traces_clusters(&em->shared_traces, request->trace_id, clusters, CLUSTERS_MAX);
    for (size_t i = 0; i < count; i++) {
        story->told[i].story = story;
        em_copy(story->told[i].cluster_id, clusters[i]);
    }
    story->open = count;
    for (size_t i = 0; i < count; i++) {
        /* A trace of its own: asking for a story is no part of it. */
        em_peer_call(em, scope, story->told[i].cluster_id, "trace", json, STORY_TIMEOUT_MS, "", answered, &story->told[i]);
    }
    sj_text_free(em->scope, json);
    if (count == 0) {
        tell(story);
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

char *em_story_for(struct em *em, sj_scope *scope, const char *cluster_id, const char *trace_id) {
    struct view *view = sj_scope_alloc(scope, sizeof *view);
    if (view == NULL) {
        return NULL;
    }
    view->scope = scope;
    if (shared_traces_has(&em->shared_traces, trace_id, cluster_id)) {
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

int em_story_open(struct em *em, sj_error *error) {
    return sj_answer_session_trace(em->scope, on_story, em, error) != NULL ? SJ_OK
           : error->code != SJ_OK                                          ? error->code
                                                                           : SJ_E_INTERNAL;
}
