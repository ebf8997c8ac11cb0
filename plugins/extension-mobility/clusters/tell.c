/* The other cluster is told that a session has ended, again and again until it says that it knows. A session stays "ending" in
 * the store until then, so that a restart forgets nothing. However many end at once, each cluster is told of a few at a time;
 * when it does not answer, the rest is left for later. */
#include "em.h"

#include <stdlib.h>

enum {
    AT_ONCE = 32,
    AGAIN_AT_MOST = 1000,
    TELL_TIMEOUT_MS = 10000,
    BUCKETS = 1024,
    AGAIN_FIRST_MS = 2000,
    AGAIN_LAST_MS = 30000,
};

struct told_cluster {
    struct told_cluster *next;
    struct em *em;
    struct telling *first, **last; /* waiting for their turn */
    size_t asked;
    sj_handle *giving_up; /* it does not answer: what waits is left for later, some at a time */
    char cluster_id[EM_NAME_ROOM];
};

struct telling {
    struct telling *next;           /* that waits */
    struct telling *next_in_bucket; /* of the same hash */
    struct told_cluster *cluster;
    sj_scope *scope;
    char lease_id[EM_LEASE_ROOM], device_name[EM_DEVICE_ROOM], reason[101], application_user[EM_USER_ROOM];
    char trace_id[EM_TRACE_ROOM];
    bool reset_phone;
    uint64_t again_until; /* the store does not tell of it: it is told again until then; 0: the store does */
    int64_t again_in_ms;
};

struct em_tellings {
    struct telling *buckets[BUCKETS]; /* all, by their lease */
    struct told_cluster *clusters;
};

static struct telling **find(struct em_tellings *tellings, const char *lease_id) {
    uint32_t hash = 2166136261u;
    for (const char *at = lease_id; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    }
    struct telling **at = &tellings->buckets[hash % BUCKETS];
    while (*at != NULL && strcmp((*at)->lease_id, lease_id) != 0) {
        at = &(*at)->next_in_bucket;
    }
    return at;
}

static struct told_cluster *cluster_of(struct em *em, const char *cluster_id) {
    struct told_cluster *cluster = em->tellings->clusters;
    while (cluster != NULL && strcmp(cluster->cluster_id, cluster_id) != 0) {
        cluster = cluster->next;
    }
    if (cluster == NULL && (cluster = calloc(1, sizeof *cluster)) != NULL) {
        cluster->em = em;
        cluster->last = &cluster->first;
        em_copy(cluster->cluster_id, cluster_id);
        cluster->next = em->tellings->clusters;
        em->tellings->clusters = cluster;
    }
    return cluster;
}

static void end(struct telling *telling) {
    struct em *em = telling->cluster->em;
    *find(em->tellings, telling->lease_id) = telling->next_in_bucket;
    if (telling->reset_phone) {
        em_reset_device(em, telling->device_name, true, telling->trace_id);
    }
    sj_scope_close(telling->scope);
}

static void go_on(struct told_cluster *cluster);

static void queue(struct telling *telling) {
    telling->next = NULL;
    *telling->cluster->last = telling;
    telling->cluster->last = &telling->next;
}

static void again(void *user) {
    struct telling *telling = user;
    queue(telling);
    go_on(telling->cluster);
}

/* It is left: to the store, or to a later attempt where nothing in the store tells of it. */
static void leave(struct telling *telling) {
    sj_scope *scope = telling->cluster->em->scope;
    const int64_t pause = telling->again_in_ms;
    if (telling->again_until > sj_monotonic_ms(scope) + (uint64_t)pause &&
        sj_timer_start(telling->scope, pause, 0, again, telling) != NULL) {
        telling->again_in_ms = 2 * pause < AGAIN_LAST_MS ? 2 * pause : AGAIN_LAST_MS;
        return;
    }
    if (telling->again_until > 0) {
        sj_log_warning(scope,
                       "cluster %s could not be told that the login on %s was given up; if it has made a session, it ends "
                       "when the sessions are compared",
                       telling->cluster->cluster_id, telling->device_name);
    }
    end(telling);
}

static struct telling *take_first(struct told_cluster *cluster) {
    struct telling *telling = cluster->first;
    if (telling != NULL && (cluster->first = telling->next) == NULL) {
        cluster->last = &cluster->first;
    }
    return telling;
}

/* Its record is gone: there is nobody to tell. */
static bool is_deleted(struct told_cluster *cluster) {
    sj_remote_cluster *configured = NULL;
    const int status = sj_remote_cluster_get(cluster->em->scope, cluster->cluster_id, &configured, NULL);
    sj_record_free(cluster->em->scope, configured);
    return status == SJ_E_NOT_FOUND;
}

static void forget(struct telling *telling) {
    sj_scope *scope = telling->cluster->em->scope;
    sj_session *session = NULL;
    sj_error error = {0};
    if (sj_session_get(scope, telling->device_name, &session, NULL) == SJ_OK && session->state == SJ_SESSION_STATE_ENDING &&
        strcmp(session->lease_id, telling->lease_id) == 0 && sj_session_delete(scope, telling->device_name, &error) != SJ_OK) {
        sj_log_error(scope, "the ended session on %s stays in the store: %s", telling->device_name, error.text);
    }
    sj_record_free(scope, session);
}

static void leave_the_rest(struct told_cluster *cluster);

static void give_up(void *user) {
    struct told_cluster *cluster = user;
    struct telling *telling;
    const bool deleted = is_deleted(cluster);
    cluster->giving_up = NULL;
    for (int i = 0; i < AT_ONCE && (telling = take_first(cluster)) != NULL; i++) {
        if (deleted) {
            forget(telling);
            end(telling);
        } else {
            leave(telling);
        }
    }
    leave_the_rest(cluster);
}

static void leave_the_rest(struct told_cluster *cluster) {
    if (cluster->first != NULL && cluster->giving_up == NULL) {
        cluster->giving_up = sj_timer_start(cluster->em->scope, 0, 0, give_up, cluster);
    }
}

static void answered(void *user, const struct em_peer_answer *answer) {
    struct telling *telling = user;
    struct told_cluster *cluster = telling->cluster;
    sj_scope *scope = cluster->em->scope;
    const bool reached = answer->status == EM_PEER_ANSWERED;
    sj_intercluster_logout_answer *message = NULL;
    sj_error error = {0};
    bool told = false;
    if (!reached) {
        sj_log_info(scope, "cluster %s does not know yet that the session on %s has ended: %s", cluster->cluster_id,
                    telling->device_name, answer->cause);
        sj_trace(scope, telling->trace_id, "cluster %s could not be told: %s", cluster->cluster_id, answer->cause);
        if (is_deleted(cluster)) {
            forget(telling);
            told = true;
        }
    } else if (sj_intercluster_logout_answer_from_json(scope, answer->body, answer->body_length, &message, &error) != SJ_OK) {
        sj_log_warning(scope, "cluster %s: its answer to a logout cannot be read: %s", cluster->cluster_id, error.text);
    } else if (message->code == 0 || message->code == EM_NO_USER_LOGGED_IN) {
        sj_trace(scope, telling->trace_id, "cluster %s knows that the session on %s has ended", cluster->cluster_id,
                 telling->device_name);
        forget(telling);
        told = true;
    } else {
        sj_log_warning(scope, "cluster %s did not end the session on %s: %s (%lld)", cluster->cluster_id, telling->device_name,
                       message->cause, (long long)message->code);
    }
    sj_record_free(scope, message);
    if (told) {
        end(telling);
    } else {
        leave(telling);
    }
    cluster->asked--;
    if (reached) {
        go_on(cluster);
    } else {
        leave_the_rest(cluster);
    }
}

static void ask(struct telling *telling) {
    struct em *em = telling->cluster->em;
    const char *cluster_id = telling->cluster->cluster_id;
    const sj_intercluster_logout message = {.protocol = EM_PROTOCOL,
                                            .cluster_id = em->scope->host->node->cluster_id,
                                            .idempotency_key = telling->lease_id,
                                            .lease_id = telling->lease_id,
                                            .device_name = telling->device_name,
                                            .reason = telling->reason,
                                            .application_user = telling->application_user};
    char *json = sj_intercluster_logout_to_json(telling->scope, &message);
    if (json == NULL) {
        sj_log_error(em->scope, "out of memory: cluster %s is told later that the session on %s has ended", cluster_id,
                     telling->device_name);
        leave(telling);
        return;
    }
    telling->cluster->asked++;
    sj_trace(em->scope, telling->trace_id, "telling cluster %s that the session on %s has ended", cluster_id,
             telling->device_name);
    em_peer_call(em, telling->scope, cluster_id, "logout", json, TELL_TIMEOUT_MS, telling->trace_id, answered, telling);
    sj_text_free(em->scope, json);
}

static void go_on(struct told_cluster *cluster) {
    struct telling *telling;
    while (cluster->giving_up == NULL && cluster->asked < AT_ONCE && (telling = take_first(cluster)) != NULL) {
        ask(telling);
    }
}

/* The telling of that lease, made unless there is one; NULL without memory. */
static struct telling *find_or_make(struct em *em, const char *cluster_id, const char *lease_id, const char *device_name,
                                    bool *made) {
    *made = false;
    if (em->tellings == NULL) {
        em->tellings = calloc(1, sizeof *em->tellings);
    }
    struct telling **place = em->tellings != NULL ? find(em->tellings, lease_id) : NULL;
    if (place == NULL || *place != NULL) {
        return place != NULL ? *place : NULL;
    }
    struct told_cluster *cluster = cluster_of(em, cluster_id);
    sj_scope *scope = cluster != NULL ? sj_scope_open(em->scope, "tell of a logout", NULL, NULL) : NULL;
    struct telling *telling = scope != NULL ? sj_scope_alloc(scope, sizeof *telling) : NULL;
    if (telling == NULL) {
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        return NULL;
    }
    telling->cluster = cluster;
    telling->scope = scope;
    telling->again_in_ms = AGAIN_FIRST_MS;
    em_copy(telling->lease_id, lease_id);
    em_copy(telling->device_name, device_name);
    *place = telling;
    *made = true;
    return telling;
}

static void say_later(struct em *em, const char *cluster_id, const char *device_name) {
    sj_log_error(em->scope, "out of memory: cluster %s is told later that the session on %s has ended", cluster_id,
                 device_name);
}

void em_tell_logout(struct em *em, const char *cluster_id, const char *lease_id, const char *device_name, const char *reason,
                    const char *application_user, const char *trace_id, bool reset_phone) {
    bool made;
    struct telling *telling = find_or_make(em, cluster_id, lease_id, device_name, &made);
    if (telling == NULL) {
        say_later(em, cluster_id, device_name);
        return;
    }
    telling->reset_phone = telling->reset_phone || reset_phone;
    if (made) {
        em_copy(telling->reason, reason);
        em_copy(telling->application_user, application_user);
        em_copy(telling->trace_id, trace_id);
        again(telling);
    }
}

void em_tell_given_up(struct em *em, const struct em_operation *operation) {
    bool made;
    struct telling *telling = find_or_make(em, operation->home_cluster_id, operation->lease_id, operation->device_name, &made);
    if (telling == NULL) {
        say_later(em, operation->home_cluster_id, operation->device_name);
    } else if (made) {
        telling->again_until = sj_monotonic_ms(em->scope) + GIVEN_UP_MS;
        em_copy(telling->reason, EM_GIVEN_UP);
        em_copy(telling->trace_id, operation->trace_id);
        again(telling);
    }
}

void em_tell_ending(struct em *em, const char *cluster_id) {
    const sj_query query = {.field = "state",
                            .value = "ending",
                            .field2 = cluster_id != NULL ? "remote_cluster_id" : NULL,
                            .value2 = cluster_id,
                            .limit = AGAIN_AT_MOST};
    sj_list list = {0};
    if (sj_session_list(em->scope, &query, &list, NULL) != SJ_OK) {
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        const sj_session *session = sj_session_at(&list, i);
        em_tell_logout(em, session->remote_cluster_id, session->lease_id, session->device_name, session->end_reason,
                       session->logged_out_by, session->trace_id, false);
    }
    sj_list_free(em->scope, &list);
}

void em_tell_close(struct em *em) {
    while (em->tellings != NULL && em->tellings->clusters != NULL) {
        struct told_cluster *cluster = em->tellings->clusters;
        em->tellings->clusters = cluster->next;
        free(cluster);
    }
    free(em->tellings);
    em->tellings = NULL;
}
