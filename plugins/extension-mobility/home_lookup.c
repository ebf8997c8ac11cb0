/* Whose user is it? All remote clusters with EMCC are asked at once. The first that says yes wins, but those before it in the
 * order of cluster ids get a moment to answer, so that two clusters that claim the same user give the same answer every time.
 */
#include "em.h"

enum { LOOKUP_TIMEOUT_MS = 5000, DOWN_TIMEOUT_MS = 2000, GRACE_MS = 300 };

struct asked {
    struct lookup *lookup;
    char cluster_id[EM_NAME_ROOM];
    bool answered, known, ambiguous, down_before;
    enum em_peer_status status;
    char cause[EM_CAUSE_ROOM];
};

struct lookup {
    struct em *em;
    sj_scope *scope;
    em_home_fn done;
    void *user;
    char trace_id[EM_TRACE_ROOM];
    struct asked *asked; /* in order of cluster ids */
    size_t asked_count, open;
    bool grace_running;
};

static void finish(struct lookup *lookup, em_code code, const char *cluster_id, const char *cause) {
    lookup->done(lookup->user, code, cluster_id, cause);
    sj_scope_close(lookup->scope);
}

static void claimed(struct lookup *lookup) {
    const struct asked *winner = NULL;
    for (size_t i = 0; i < lookup->asked_count; i++) {
        const struct asked *asked = &lookup->asked[i];
        if (!asked->known && !asked->ambiguous) {
            continue;
        }
        if (winner == NULL) {
            winner = asked;
        } else {
            sj_log_warning(lookup->em->scope, "clusters %s and %s both claim the user; %s is taken", winner->cluster_id,
                           asked->cluster_id, winner->cluster_id);
        }
    }
    if (winner == NULL) {
        finish(lookup, EM_UNKNOWN_ERROR, "", "a home look-up lost its answer");
    } else if (winner->ambiguous) {
        finish(lookup, EM_EXTENSION_SHARED_HOME, winner->cluster_id,
               "several users of that cluster share the primary extension");
    } else {
        sj_trace(lookup->em->scope, lookup->trace_id, "the user's home cluster is %s", winner->cluster_id);
        finish(lookup, EM_OK, winner->cluster_id, "");
    }
}

static void nobody(struct lookup *lookup) {
    const struct asked *unreachable = NULL, *late = NULL, *refused = NULL;
    char cause[EM_CAUSE_ROOM];
    for (size_t i = 0; i < lookup->asked_count; i++) {
        const struct asked *asked = &lookup->asked[i];
        if (asked->status == EM_PEER_UNREACHABLE || asked->status == EM_PEER_UNTRUSTED) {
            unreachable = unreachable == NULL ? asked : unreachable;
        } else if (asked->status == EM_PEER_TIMEOUT) {
            late = late == NULL ? asked : late;
        } else if (asked->status == EM_PEER_REFUSED) {
            refused = refused == NULL ? asked : refused;
        }
    }
    if (unreachable != NULL) {
        finish(lookup, EM_CONNECTION, "", unreachable->cause);
    } else if (late != NULL) {
        finish(lookup, EM_NO_RESPONSE, "", late->cause);
    } else if (refused != NULL) {
        finish(lookup, EM_PARSING, "", refused->cause);
    } else {
        sj_metric_add(lookup->em->scope, lookup->em->metrics.unknown_remote_users, 1);
        em_print(cause, sizeof cause, "the id is known neither here nor in the %zu remote clusters asked", lookup->asked_count);
        finish(lookup, EM_NO_USER, "", cause);
    }
}

static void grace_over(void *user) {
    claimed(user);
}

static void weigh(struct lookup *lookup) {
    bool open_before = false;
    for (size_t i = 0; i < lookup->asked_count; i++) {
        const struct asked *asked = &lookup->asked[i];
        if (asked->known || asked->ambiguous) {
            if (!open_before || lookup->open == 0) {
                claimed(lookup);
            } else if (!lookup->grace_running) {
                lookup->grace_running = sj_timer_start(lookup->scope, GRACE_MS, 0, grace_over, lookup) != NULL;
            }
            return;
        }
        open_before = open_before || !asked->answered;
    }
    if (lookup->open == 0) {
        nobody(lookup);
    }
}

static void answered(void *user, const struct em_peer_answer *answer) {
    struct asked *asked = user;
    struct lookup *lookup = asked->lookup;
    sj_scope *scope = lookup->em->scope;
    sj_intercluster_user_answer *message = NULL;
    sj_error error = {0};
    asked->answered = true;
    asked->status = answer->status;
    em_copy(asked->cause, answer->cause);
    lookup->open--;
    if (answer->status == EM_PEER_ANSWERED) {
        if (sj_intercluster_user_answer_from_json(scope, answer->body, answer->body_length, &message, &error) != SJ_OK) {
            asked->status = EM_PEER_REFUSED;
            em_print(asked->cause, sizeof asked->cause, "the answer of cluster %s cannot be read: %.300s", asked->cluster_id,
                     error.text);
        } else {
            asked->known = message->known && !message->ambiguous;
            asked->ambiguous = message->ambiguous;
            sj_trace(scope, lookup->trace_id, "cluster %s: %s", asked->cluster_id,
                     asked->known       ? "the user is ours"
                     : asked->ambiguous ? "several users share that extension"
                                        : "not our user");
        }
        sj_record_free(scope, message);
    }
    if (asked->status != EM_PEER_ANSWERED) {
        sj_trace(scope, lookup->trace_id, "%s", asked->cause);
    } else if (asked->down_before) {
        /* It was thought to be down: learn its state again, which also settles what is open with it. */
        em_update_cluster(lookup->em, asked->cluster_id);
    }
    weigh(lookup);
}

static bool was_down(struct em *em, const char *cluster_id) {
    sj_remote_cluster_status *status = NULL;
    const bool down = sj_remote_cluster_status_get(em->scope, cluster_id, &status, NULL) == SJ_OK && em_given(status->reason);
    sj_record_free(em->scope, status);
    return down;
}

void em_home_lookup(struct em *em, sj_scope *scope, enum em_login_type type, const char *user_id, const char *trace_id,
                    em_home_fn done, void *user) {
    const sj_intercluster_user_query query = {.protocol = EM_PROTOCOL,
                                              .cluster_id = em->scope->host->node->cluster_id,
                                              .login_type = (sj_intercluster_user_query_login_type)type,
                                              .user_id = user_id};
    sj_list clusters = {0};
    sj_error error = {0};
    if (sj_remote_cluster_list(em->scope, NULL, &clusters, &error) != SJ_OK) {
        done(user, EM_DATABASE, "", error.text);
        return;
    }
    sj_scope *own = sj_scope_open(scope, "home look-up", NULL, NULL);
    struct lookup *lookup = own != NULL ? sj_scope_alloc(own, sizeof *lookup) : NULL;
    char *json = lookup != NULL ? sj_intercluster_user_query_to_json(own, &query) : NULL;
    if (json != NULL && clusters.count > 0) {
        lookup->asked = sj_scope_alloc(own, clusters.count * sizeof *lookup->asked);
    }
    if (json == NULL || (clusters.count > 0 && lookup->asked == NULL)) {
        sj_text_free(em->scope, json);
        sj_list_free(em->scope, &clusters);
        if (own != NULL) {
            sj_scope_close(own);
        }
        done(user, EM_DATABASE, "", "out of memory");
        return;
    }
    lookup->em = em;
    lookup->scope = own;
    lookup->done = done;
    lookup->user = user;
    em_copy(lookup->trace_id, trace_id);
    for (size_t i = 0; i < clusters.count; i++) {
        const sj_remote_cluster *cluster = sj_remote_cluster_at(&clusters, i);
        if (cluster->emcc) {
            struct asked *asked = &lookup->asked[lookup->asked_count++];
            asked->lookup = lookup;
            asked->down_before = was_down(em, cluster->cluster_id);
            em_copy(asked->cluster_id, cluster->cluster_id);
        }
    }
    sj_list_free(em->scope, &clusters);
    if (lookup->asked_count == 0) {
        sj_text_free(em->scope, json);
        finish(lookup, EM_NO_REMOTE_CLUSTER, "", "no remote cluster with EMCC is configured");
        return;
    }
    lookup->open = lookup->asked_count;
    sj_trace(em->scope, trace_id, "asking %zu remote cluster%s whose user %s is", lookup->asked_count,
             lookup->asked_count == 1 ? "" : "s", user_id);
    for (size_t i = 0; i < lookup->asked_count; i++) {
        em_peer_call(em, own, lookup->asked[i].cluster_id, "user", json,
                     lookup->asked[i].down_before ? DOWN_TIMEOUT_MS : LOOKUP_TIMEOUT_MS, trace_id, answered, &lookup->asked[i]);
    }
    sj_text_free(em->scope, json);
}
