/* Asks for bandwidth at visited clusters. One that hangs is waited for by one call, not by each:
 * the next ones are not decided about, for seconds; whatever nobody waits for is sent all the same,
 * so that an answer to it ends the pause. */
#include "clusters/visited_bandwidth.h"

#include <sojourn/base/utf8.h>

#include "clusters/intercluster_client.h"
#include "clusters/peer_protocol.h"
#include "clusters/remote_cluster_update.h"
#include "events/bandwidth.h"
#include "messages/intercluster.h"
#include "reporting/error_codes.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"

enum {
    BANDWIDTH_TIMEOUT_MS = 2000,
    LOOK_MS = 10000, /* for a service that did not run */
    PAUSE_MS = 5000, /* no call waits for a cluster that has just not answered */
    SERVICES = 6
};

/* A cluster that was asked. Stays as long as the plugin does. */
struct visited_cluster {
    sj_list_link link;
    uint64_t paused_until; /* on the monotonic clock */
    uint64_t look_at; /* when a row that was found inactive is asked for again; 0: by updates */
    char cluster_id[EM_NAME_ROOM];
};

struct visited_question {
    struct em *em;
    sj_scope *scope;
    sj_question *question;
    char cluster_id[EM_NAME_ROOM];
    bool simulates; /* no call is meant: whatever comes of it, calls are treated as before */
};

/* NULL: no memory. */
static struct visited_cluster *visited_cluster(struct em *em, const char *cluster_id) {
    SJ_LIST_EACH(known, &em->visited_clusters, struct visited_cluster, link) {
        if (strcmp(known->cluster_id, cluster_id) == 0) {
            return known;
        }
    }
    struct visited_cluster *cluster = sj_scope_alloc(em->scope, sizeof *cluster);
    if (cluster != NULL) {
        memset(cluster, 0, sizeof *cluster);
        em_copy(cluster->cluster_id, cluster_id);
        sj_list_add_last(&em->visited_clusters, &cluster->link);
    }
    return cluster;
}

/* Whether it has answered just now. While it has not, no call waits until it does. */
static void note_answer(struct em *em, const char *cluster_id, bool came) {
    struct visited_cluster *cluster = visited_cluster(em, cluster_id);
    if (cluster != NULL) {
        cluster->paused_until = came ? 0 : sj_monotonic_ms(em->scope) + PAUSE_MS;
    }
}

/* A call waits for the answer: whoever asks it is not made before. */
static bool is_waited_for(const sj_visited_bandwidth_admit *request) {
    return !request->emergency && !request->in_progress &&
           (request->step == SJ_VISITED_BANDWIDTH_STEP_RESERVE ||
            request->step == SJ_VISITED_BANDWIDTH_STEP_PROPOSE);
}

static bool is_paused(struct em *em, const char *cluster_id) {
    const struct visited_cluster *cluster = visited_cluster(em, cluster_id);
    return cluster != NULL && cluster->paused_until > sj_monotonic_ms(em->scope);
}

static void reply_undecided(struct em *em, sj_question *question, bool asked, const char *why) {
    const sj_visited_bandwidth_admit_reply reply = {.asked = asked, .message = why};
    sj_reply_visited_bandwidth_admit(em->scope, question, &reply);
}

/* The row as it was found: the cluster does not admit calls, for this reason. The next update asks
 * it anew, and a call does before, when that may soon be otherwise. */
static void note_row(struct em *em, const char *cluster_id, const char *reason, bool soon) {
    struct visited_cluster *cluster = visited_cluster(em, cluster_id);
    sj_remote_cluster_status *known = NULL;
    sj_remote_cluster_status_service services[SERVICES];
    sj_error error = {0};
    if (cluster != NULL) {
        cluster->look_at = soon ? sj_monotonic_ms(em->scope) + LOOK_MS : 0;
    }
    if (sj_remote_cluster_status_get(em->scope, cluster_id, &known, NULL) != SJ_OK) {
        return;
    }
    sj_remote_cluster_status status = *known;
    status.services_count = known->services_count < SERVICES ? known->services_count : SERVICES;
    status.services = services;
    for (size_t i = 0; i < status.services_count; i++) {
        services[i] = known->services[i];
        if (services[i].service == SJ_INTERCLUSTER_SERVICE_LBM) {
            services[i].remote_activated = SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_NO;
            services[i].reason = reason;
        }
    }
    if (sj_remote_cluster_status_put(em->scope, &status, SJ_PUT_ANY, &error) != SJ_OK) {
        sj_log_error(em->scope, "the row LBM of cluster %s was not written: %s", cluster_id,
                     error.text);
    }
    sj_log_limited(em->scope, SJ_LOG_WARNING, cluster_id,
                   "calls of our users at cluster %s are made without being admitted: %s",
                   cluster_id, reason);
    sj_record_free(em->scope, known);
}

/* A call meets a row that was found inactive a while ago. */
static void look_again(struct em *em, const char *cluster_id) {
    struct visited_cluster *cluster = visited_cluster(em, cluster_id);
    const uint64_t now = sj_monotonic_ms(em->scope);
    if (cluster != NULL && cluster->look_at != 0 && now >= cluster->look_at) {
        cluster->look_at = now + LOOK_MS;
        em_cluster_update_start(em, cluster_id);
    }
}

static void pass_on(struct visited_question *asked,
                    const sj_intercluster_bandwidth_answer *theirs) {
    struct em *em = asked->em;
    char text[300], reason[340];
    sj_utf8_one_line(text, sizeof text, theirs->code == 0 ? theirs->message : theirs->cause);
    if (theirs->code == 1) {
        em_print(reason, sizeof reason, "It does not decide about bandwidth: %s", text);
        if (!asked->simulates) {
            note_row(em, asked->cluster_id, reason, true);
        }
        reply_undecided(em, asked->question, false, text);
    } else if (theirs->code == EM_BUSY) {
        if (!asked->simulates) {
            note_answer(em, asked->cluster_id, false);
        }
        reply_undecided(em, asked->question, true, text);
    } else if (theirs->code != 0) {
        sj_fail(em->scope, asked->question, SJ_E_NOT_FOUND, "cluster %s: %s", asked->cluster_id,
                text);
    } else {
        const sj_visited_bandwidth_admit_reply reply = {.asked = true,
                                                        .answered = true,
                                                        .outcome = theirs->outcome,
                                                        .message = text,
                                                        .calls = theirs->calls,
                                                        .lease_s = theirs->lease_s};
        sj_reply_visited_bandwidth_admit(em->scope, asked->question, &reply);
    }
}

static void answered(void *user, const struct em_peer_answer *answer) {
    struct visited_question *asked = user;
    struct em *em = asked->em;
    sj_intercluster_bandwidth_answer *theirs = NULL;
    sj_error error = {0};
    if (!asked->simulates) {
        note_answer(em, asked->cluster_id,
                    answer->status == EM_PEER_ANSWERED || answer->http_status == 404);
    }
    if (answer->status != EM_PEER_ANSWERED && answer->http_status == 404 && !asked->simulates) {
        note_row(em, asked->cluster_id,
                 "Its version does not admit calls of other clusters' users.", false);
        reply_undecided(em, asked->question, false, answer->cause);
    } else if (answer->status != EM_PEER_ANSWERED) {
        reply_undecided(em, asked->question, true, answer->cause);
    } else if (sj_intercluster_bandwidth_answer_from_json(
                   em->scope, answer->body, answer->body_length, &theirs, &error) != SJ_OK) {
        reply_undecided(em, asked->question, true, error.text);
    } else if (strcmp(theirs->cluster_id, asked->cluster_id) != 0) {
        reply_undecided(em, asked->question, true, "another cluster answers in its place");
    } else {
        pass_on(asked, theirs);
    }
    sj_record_free(em->scope, theirs);
    sj_scope_close(asked->scope);
}

/* Whether the row LBM of the cluster is on and was active when it was last heard of. */
static bool row_is_active(struct em *em, const char *cluster_id) {
    sj_remote_cluster *cluster = NULL;
    sj_remote_cluster_status *status = NULL;
    bool active = sj_remote_cluster_get(em->scope, cluster_id, &cluster, NULL) == SJ_OK &&
                  cluster->lbm &&
                  sj_remote_cluster_status_get(em->scope, cluster_id, &status, NULL) == SJ_OK;
    bool row = false;
    for (size_t i = 0; active && i < status->services_count; i++) {
        row = row || (status->services[i].service == SJ_INTERCLUSTER_SERVICE_LBM &&
                      status->services[i].remote_activated ==
                          SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_YES);
    }
    sj_record_free(em->scope, status);
    sj_record_free(em->scope, cluster);
    return row;
}

/* The lease that proves the right to ask for this phone; "" when there is no such session. */
static void find_lease(struct em *em, const sj_visited_bandwidth_admit *request,
                       char lease[EM_LEASE_ROOM]) {
    sj_session *session = NULL;
    lease[0] = '\0';
    if (sj_given(request->device_name) &&
        sj_session_get(em->scope, request->device_name, &session, NULL) == SJ_OK &&
        session->kind == SJ_SESSION_KIND_HOME &&
        strcmp(session->remote_cluster_id, request->cluster_id) == 0) {
        em_print(lease, EM_LEASE_ROOM, "%s", session->lease_id);
    }
    sj_record_free(em->scope, session);
}

static void on_admit(void *user, sj_question *question, const sj_visited_bandwidth_admit *request) {
    struct em *em = user;
    const sj_node *node = em->scope->host->node;
    char lease[EM_LEASE_ROOM];
    if (!row_is_active(em, request->cluster_id)) {
        if (request->step != SJ_VISITED_BANDWIDTH_STEP_SIMULATE) {
            look_again(em, request->cluster_id);
        }
        reply_undecided(em, question, false, "the row LBM of the remote cluster is not active");
        return;
    }
    if (is_waited_for(request) && is_paused(em, request->cluster_id)) {
        reply_undecided(em, question, true, "it has not answered a moment ago");
        return;
    }
    find_lease(em, request, lease);
    const sj_intercluster_bandwidth message = {.protocol = EM_PROTOCOL,
                                               .cluster_id = node->cluster_id,
                                               .owner = node->name,
                                               .instance = request->instance,
                                               .call_id = request->call_id,
                                               .step = request->step,
                                               .device_name = request->device_name,
                                               .lease_id = lease,
                                               .other_device_name = request->other_device_name,
                                               .audio_bit_rate = request->audio_bit_rate,
                                               .video_bit_rate = request->video_bit_rate,
                                               .traffic_class = request->traffic_class,
                                               .retry_video_as_audio =
                                                   request->retry_video_as_audio,
                                               .emergency = request->emergency,
                                               .in_progress = request->in_progress,
                                               .replaces = request->replaces};
    sj_scope *scope = sj_scope_open(em->scope, "bandwidth", NULL, NULL);
    struct visited_question *asked = scope != NULL ? sj_scope_alloc(scope, sizeof *asked) : NULL;
    char *json = asked != NULL ? sj_intercluster_bandwidth_to_json(em->scope, &message) : NULL;
    if (json == NULL) {
        sj_fail(em->scope, question, SJ_E_NO_MEMORY, "out of memory");
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        return;
    }
    asked->em = em;
    asked->scope = scope;
    asked->question = question;
    asked->simulates = request->step == SJ_VISITED_BANDWIDTH_STEP_SIMULATE;
    em_copy(asked->cluster_id, request->cluster_id);
    em_peer_call(em, scope, request->cluster_id, "bandwidth", json, BANDWIDTH_TIMEOUT_MS,
                 request->trace_id, answered, asked);
    explicit_bzero(json, strlen(json));
    sj_text_free(em->scope, json);
}

int em_visited_bandwidth_open(struct em *em, sj_error *error) {
    return sj_answer_visited_bandwidth_admit(em->scope, on_admit, em, error) != NULL ? SJ_OK
           : error->code != SJ_OK                                                    ? error->code
                                  : SJ_E_INTERNAL;
}
