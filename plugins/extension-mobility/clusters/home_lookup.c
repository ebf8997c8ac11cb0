/* Whose user is it? All remote clusters with EMCC are asked at once. The first that says yes wins,
 * but those before it in the order of cluster ids get a moment to answer, so that two clusters that
 * claim the same user give the same answer every time. Who claims the user after that is still
 * heard, so that the administrator is warned. */
#include "clusters/home_lookup.h"

#include <stdlib.h>

#include "clusters/intercluster_client.h"
#include "clusters/peer_protocol.h"
#include "clusters/remote_cluster_update.h"
#include "messages/intercluster.h"
#include "reporting/error_codes.h"
#include "resources/remote_cluster.h"
#include "users/login_type.h"

enum { LOOKUP_TIMEOUT_MS = 5000, DOWN_TIMEOUT_MS = 2000, GRACE_MS = 300, NOT_YET_MS = 3600000 };

struct asked {
    struct lookup *lookup;
    char cluster_id[EM_NAME_ROOM];
    bool answered, known, ambiguous, down_before;
    bool renamed;         /* it claims the user under another name than the one configured */
    enum em_code refusal; /* why it says nothing of the user; EM_OK: it does */
    enum em_peer_status status;
    char cause[EM_CAUSE_ROOM];
    struct em_home_user user; /* memory of the look-up */
};

struct lookup {
    struct em *em;
    sj_scope *scope;        /* of its own, since it outlives its caller; NULL: closed */
    sj_scope *caller_scope; /* of the caller; NULL: it has closed */
    sj_handle *delivery; /* set up from the start, so that no decision is lost for want of memory */
    em_home_fn done;
    em_home_user_fn done_for; /* instead, when an application asks */
    void *user;
    char trace_id[EM_TRACE_ROOM], user_id[EM_USER_ROOM];
    struct asked *asked; /* in order of cluster ids */
    size_t asked_count, open;
    const struct asked *winner;
    bool grace_running, decided, delivered;
    enum em_code code; /* the decision, until it is delivered */
    struct em_home_user found;
    char cause[EM_CAUSE_ROOM];
};

/* The look-up is freed when both its scope and the caller have let go of it. */
static void closed(void *user) {
    struct lookup *lookup = user;
    lookup->scope = NULL;
    if (lookup->caller_scope == NULL) {
        free(lookup);
    }
}

/* No question is open, and no caller waits. */
static void end_if_over(struct lookup *lookup) {
    if (lookup->open == 0 && lookup->scope != NULL &&
        (lookup->delivered || lookup->caller_scope == NULL)) {
        sj_scope_close(lookup->scope);
    }
}

static void caller_closed(void *user) {
    struct lookup *lookup = user;
    lookup->caller_scope = NULL;
    if (lookup->scope == NULL) {
        free(lookup);
    } else {
        end_if_over(lookup);
    }
}

static void deliver(void *user) {
    struct lookup *lookup = user;
    lookup->delivered = true;
    sj_scope_close(lookup->caller_scope);
    if (lookup->done_for != NULL) {
        lookup->done_for(lookup->user, lookup->code, &lookup->found, lookup->cause);
    } else {
        lookup->done(lookup->user, lookup->code, lookup->found.cluster_id, lookup->cause);
    }
    end_if_over(lookup);
}

/* The decision reaches the caller through its own scope: not any more once that closes. */
static void finish_with(struct lookup *lookup, enum em_code code, const struct em_home_user *found,
                        const char *cause) {
    lookup->decided = true;
    lookup->code = code;
    lookup->found = *found;
    em_copy(lookup->cause, cause);
    if (lookup->caller_scope != NULL) {
        sj_timer_again(lookup->caller_scope, lookup->delivery, 0);
    }
    end_if_over(lookup);
}

static void finish(struct lookup *lookup, enum em_code code, const char *cluster_id,
                   const char *cause) {
    const struct em_home_user none = {
        .cluster_id = cluster_id, .user_id = "", .default_profile = ""};
    finish_with(lookup, code, &none, cause);
}

/* Keeps what a home cluster discloses of its user. */
static void keep_disclosed(struct asked *asked, const sj_intercluster_user_answer *answer) {
    sj_scope *scope = asked->lookup->scope;
    struct em_home_user *user = &asked->user;
    const char **profiles = sj_scope_alloc(scope, (answer->profiles_count + 1) * sizeof *profiles);
    *user = (struct em_home_user){
        .cluster_id = asked->cluster_id, .user_id = "", .default_profile = ""};
    if (!answer->disclosed || profiles == NULL) {
        return;
    }
    for (size_t i = 0; i < answer->profiles_count; i++) {
        profiles[i] = sj_scope_strdup(scope, answer->profiles[i]);
        user->profiles_count += profiles[i] != NULL && user->profiles_count == i;
    }
    user->profiles = profiles;
    user->user_id = sj_scope_strdup(scope, answer->user_id);
    user->default_profile = sj_scope_strdup(scope, answer->default_profile);
    user->disclosed = user->user_id != NULL && user->default_profile != NULL &&
                      user->profiles_count == answer->profiles_count;
}

static void warn_second_claim(const struct lookup *lookup, const struct asked *asked) {
    const char *winner = lookup->winner->cluster_id;
    sj_log_warning(lookup->em->scope, "clusters %s and %s both claim the user %s; %s is taken",
                   winner, asked->cluster_id, lookup->user_id, winner);
}

static void finish_known(struct lookup *lookup) {
    for (size_t i = 0; i < lookup->asked_count; i++) {
        const struct asked *asked = &lookup->asked[i];
        if (!asked->known && !asked->ambiguous) {
            continue;
        }
        if (lookup->winner == NULL) {
            lookup->winner = asked;
        } else {
            warn_second_claim(lookup, asked);
        }
    }
    const struct asked *winner = lookup->winner;
    if (winner == NULL) {
        finish(lookup, EM_UNKNOWN_ERROR, "", "a home look-up lost its answer");
    } else if (winner->ambiguous) {
        char cause[EM_CAUSE_ROOM];
        em_print(cause, sizeof cause,
                 "several users of home cluster %s share the primary extension",
                 winner->cluster_id);
        finish(lookup, EM_EXTENSION_SHARED_HOME, winner->cluster_id, cause);
    } else {
        sj_trace(lookup->em->scope, lookup->trace_id, "the user's home cluster is %s",
                 winner->cluster_id);
        finish_with(lookup, EM_OK, &winner->user, "");
    }
}

static void finish_unknown(struct lookup *lookup) {
    const struct asked *unreachable = NULL, *late = NULL, *refused = NULL, *renamed = NULL,
                       *silent = NULL;
    char cause[EM_CAUSE_ROOM];
    for (size_t i = 0; i < lookup->asked_count; i++) {
        const struct asked *asked = &lookup->asked[i];
        if (asked->renamed) {
            renamed = renamed == NULL ? asked : renamed;
        } else if (asked->refusal != EM_OK) {
            silent = silent == NULL ? asked : silent;
        } else if (asked->status == EM_PEER_UNREACHABLE || asked->status == EM_PEER_UNTRUSTED) {
            unreachable = unreachable == NULL ? asked : unreachable;
        } else if (asked->status == EM_PEER_TIMEOUT) {
            late = late == NULL ? asked : late;
        } else if (asked->status == EM_PEER_REFUSED) {
            refused = refused == NULL ? asked : refused;
        }
    }
    if (renamed != NULL) {
        finish(lookup, EM_UPDATE_CLUSTER_ID, "", renamed->cause);
    } else if (silent != NULL) {
        finish(lookup, silent->refusal, "", silent->cause);
    } else if (unreachable != NULL) {
        finish(lookup, EM_CONNECTION, "", unreachable->cause);
    } else if (late != NULL) {
        finish(lookup, EM_NO_RESPONSE, "", late->cause);
    } else if (refused != NULL) {
        finish(lookup, EM_PARSING, "", refused->cause);
    } else {
        sj_metric_add(lookup->em->scope, lookup->em->metrics.unknown_remote_users, 1);
        em_print(cause, sizeof cause,
                 "the id is known neither here nor in the %zu remote cluster%s asked",
                 lookup->asked_count, sj_plural((int64_t)lookup->asked_count));
        finish(lookup, EM_NO_USER, "", cause);
    }
}

static void grace_over(void *user) {
    struct lookup *lookup = user;
    if (!lookup->decided) {
        finish_known(lookup);
    }
}

static void finish_if_decided(struct lookup *lookup) {
    bool open_before = false;
    for (size_t i = 0; i < lookup->asked_count; i++) {
        const struct asked *asked = &lookup->asked[i];
        if (asked->known || asked->ambiguous) {
            if (!open_before || lookup->open == 0) {
                finish_known(lookup);
            } else if (!lookup->grace_running) {
                lookup->grace_running =
                    sj_timer_start(lookup->scope, GRACE_MS, 0, grace_over, lookup) != NULL;
            }
            return;
        }
        open_before = open_before || !asked->answered;
    }
    if (lookup->open == 0) {
        finish_unknown(lookup);
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
        if (sj_intercluster_user_answer_from_json(scope, answer->body, answer->body_length,
                                                  &message, &error) != SJ_OK) {
            asked->status = EM_PEER_REFUSED;
            em_print(asked->cause, sizeof asked->cause,
                     "the answer of cluster %s cannot be read: %.300s", asked->cluster_id,
                     error.text);
        } else if (message->known && sj_given(message->cluster_id) &&
                   strcmp(message->cluster_id, asked->cluster_id) != 0) {
            /* It is not believed, and no PIN goes there. */
            asked->renamed = true;
            em_print(asked->cause, sizeof asked->cause,
                     "the cluster configured as %s answers with the id %.60s", asked->cluster_id,
                     message->cluster_id);
            sj_trace(scope, lookup->trace_id, "%s", asked->cause);
        } else if (message->code == EM_CLUSTER_ID) {
            asked->refusal = EM_CLUSTER_ID;
            em_print(asked->cause, sizeof asked->cause, "home cluster %s refuses with %lld: %.300s",
                     asked->cluster_id, (long long)message->code, message->cause);
            sj_trace(scope, lookup->trace_id, "%s", asked->cause);
        } else {
            asked->known = message->known && !message->ambiguous;
            asked->ambiguous = message->ambiguous;
            keep_disclosed(asked, message);
            sj_trace(scope, lookup->trace_id, "cluster %s: %s", asked->cluster_id,
                     asked->known       ? "it has the user"
                     : asked->ambiguous ? "several users share that extension"
                                        : "it has no such user");
        }
        sj_record_free(scope, message);
    }
    if (asked->status != EM_PEER_ANSWERED) {
        sj_trace(scope, lookup->trace_id, "%s", asked->cause);
    } else if (asked->down_before) {
        /* It was thought to be down: learn its state again, which also settles what is open with
         * it. */
        em_cluster_update_start(lookup->em, asked->cluster_id);
    }
    if (!lookup->decided) {
        finish_if_decided(lookup);
        return;
    }
    if (lookup->winner != NULL && (asked->known || asked->ambiguous)) {
        warn_second_claim(lookup, asked);
    }
    end_if_over(lookup);
}

static bool was_down(struct em *em, const char *cluster_id) {
    sj_remote_cluster_status *status = NULL;
    const bool down = sj_remote_cluster_status_get(em->scope, cluster_id, &status, NULL) == SJ_OK &&
                      sj_given(status->reason);
    sj_record_free(em->scope, status);
    return down;
}

/* What a look-up is for. */
struct purpose {
    sj_login_type type;
    const char *user_id, *application_user, *trace_id;
    em_home_fn done;
    em_home_user_fn done_for;
    void *user;
};

static void fail_at_once(const struct purpose *purpose, enum em_code code, const char *cause) {
    if (purpose->done_for != NULL) {
        const struct em_home_user none_found = {
            .cluster_id = "", .user_id = "", .default_profile = ""};
        purpose->done_for(purpose->user, code, &none_found, cause);
    } else if (purpose->done != NULL) {
        purpose->done(purpose->user, code, "", cause);
    }
}

static struct lookup *open_lookup(struct em *em, sj_scope *caller, size_t clusters) {
    struct lookup *lookup = calloc(1, sizeof *lookup);
    sj_scope *own =
        lookup != NULL ? sj_scope_open(em->scope, "home look-up", closed, lookup) : NULL;
    if (own == NULL) {
        free(lookup);
        return NULL;
    }
    lookup->em = em;
    lookup->scope = own;
    lookup->asked = sj_scope_alloc(own, (clusters + 1) * sizeof *lookup->asked);
    lookup->caller_scope = lookup->asked != NULL ? sj_scope_open(caller, "waits for a home look-up",
                                                                 caller_closed, lookup)
                                                 : NULL;
    if (lookup->caller_scope == NULL) {
        sj_scope_close(own);
        return NULL;
    }
    lookup->delivery = sj_timer_start(lookup->caller_scope, NOT_YET_MS, 0, deliver, lookup);
    if (lookup->delivery == NULL) {
        sj_scope_close(lookup->caller_scope);
        sj_scope_close(own);
        return NULL;
    }
    return lookup;
}

static void look_up(struct em *em, sj_scope *scope, const struct purpose *purpose) {
    const sj_intercluster_user_query query = {.protocol = EM_PROTOCOL,
                                              .cluster_id = em->scope->host->node->cluster_id,
                                              .login_type = purpose->type,
                                              .user_id = purpose->user_id,
                                              .application_user = purpose->application_user};
    sj_list clusters = {0};
    sj_error error = {0};
    if (sj_remote_cluster_list(em->scope, NULL, &clusters, &error) != SJ_OK) {
        fail_at_once(purpose, EM_DATABASE, error.text);
        return;
    }
    struct lookup *lookup = open_lookup(em, scope, clusters.count);
    sj_scope *own = lookup != NULL ? lookup->scope : NULL;
    char *json = lookup != NULL ? sj_intercluster_user_query_to_json(own, &query) : NULL;
    if (json == NULL) {
        sj_list_free(em->scope, &clusters);
        if (lookup != NULL) {
            sj_scope_close(lookup->caller_scope);
            sj_scope_close(own);
        }
        fail_at_once(purpose, EM_DATABASE, "out of memory");
        return;
    }
    lookup->done = purpose->done;
    lookup->done_for = purpose->done_for;
    lookup->user = purpose->user;
    em_copy(lookup->trace_id, purpose->trace_id);
    em_copy(lookup->user_id, purpose->user_id);
    for (size_t i = 0; i < clusters.count; i++) {
        const sj_remote_cluster *cluster = sj_remote_cluster_at(&clusters, i);
        if (cluster->emcc) {
            struct asked *asked = &lookup->asked[lookup->asked_count++];
            asked->lookup = lookup;
            asked->refusal = EM_OK;
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
    sj_trace(em->scope, purpose->trace_id, "asking %zu remote cluster%s for user %s",
             lookup->asked_count, sj_plural((int64_t)lookup->asked_count), purpose->user_id);
    for (size_t i = 0; i < lookup->asked_count; i++) {
        em_peer_call(em, own, lookup->asked[i].cluster_id, "user", json,
                     lookup->asked[i].down_before ? DOWN_TIMEOUT_MS : LOOKUP_TIMEOUT_MS,
                     purpose->trace_id, answered, &lookup->asked[i]);
    }
    sj_text_free(em->scope, json);
}

void em_home_lookup(struct em *em, sj_scope *scope, sj_login_type type, const char *user_id,
                    const char *trace_id, em_home_fn done, void *user) {
    const struct purpose purpose = {.type = type,
                                    .user_id = user_id,
                                    .application_user = "",
                                    .trace_id = trace_id,
                                    .done = done,
                                    .user = user};
    look_up(em, scope, &purpose);
}

void em_home_lookup_for(struct em *em, sj_scope *scope, sj_login_type type, const char *user_id,
                        const char *application_user, const char *trace_id, em_home_user_fn done,
                        void *user) {
    const struct purpose purpose = {.type = type,
                                    .user_id = user_id,
                                    .application_user = application_user,
                                    .trace_id = trace_id,
                                    .done_for = done,
                                    .user = user};
    look_up(em, scope, &purpose);
}
