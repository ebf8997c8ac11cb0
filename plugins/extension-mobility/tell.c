/* The other cluster is told that a session has ended, again and again until it says that it knows. A session stays "ending" in
 * the store until then, so that a restart forgets nothing. */
#include "em.h"

enum { TELLINGS_AT_ONCE = 32, TELL_TIMEOUT_MS = 10000 };

struct em_telling {
    struct em_telling *next, *previous;
    struct em *em;
    sj_scope *scope;
    char cluster_id[EM_NAME_ROOM], lease_id[EM_LEASE_ROOM], device_name[EM_DEVICE_ROOM], trace_id[EM_TRACE_ROOM];
    bool reset_phone;
};

static void end(struct em_telling *telling) {
    struct em *em = telling->em;
    if (telling->previous != NULL) {
        telling->previous->next = telling->next;
    } else {
        em->tellings = telling->next;
    }
    if (telling->next != NULL) {
        telling->next->previous = telling->previous;
    }
    if (telling->reset_phone) {
        em_reset_device(em, telling->device_name, true, telling->trace_id);
    }
    sj_scope_close(telling->scope);
}

static void forget(struct em_telling *telling) {
    sj_scope *scope = telling->em->scope;
    sj_session *session = NULL;
    sj_error error = {0};
    if (sj_session_get(scope, telling->device_name, &session, NULL) == SJ_OK && session->state == SJ_SESSION_STATE_ENDING &&
        strcmp(session->lease_id, telling->lease_id) == 0 && sj_session_delete(scope, telling->device_name, &error) != SJ_OK) {
        sj_log_error(scope, "the ended session on %s stays in the store: %s", telling->device_name, error.text);
    }
    sj_record_free(scope, session);
}

static void answered(void *user, const struct em_peer_answer *answer) {
    struct em_telling *telling = user;
    sj_scope *scope = telling->em->scope;
    sj_intercluster_logout_answer *message = NULL;
    sj_remote_cluster *cluster = NULL;
    sj_error error = {0};
    if (answer->status != EM_PEER_ANSWERED) {
        sj_log_info(scope, "cluster %s does not know yet that the session on %s has ended: %s", telling->cluster_id,
                    telling->device_name, answer->cause);
        sj_trace(scope, telling->trace_id, "cluster %s could not be told: %s", telling->cluster_id, answer->cause);
        if (sj_remote_cluster_get(scope, telling->cluster_id, &cluster, NULL) == SJ_E_NOT_FOUND) {
            forget(telling); /* its record has been deleted: there is nobody to tell */
        }
        sj_record_free(scope, cluster);
    } else if (sj_intercluster_logout_answer_from_json(scope, answer->body, answer->body_length, &message, &error) != SJ_OK) {
        sj_log_warning(scope, "cluster %s: its answer to a logout cannot be read: %s", telling->cluster_id, error.text);
    } else if (message->code == 0 || message->code == EM_NO_USER_LOGGED_IN) {
        sj_trace(scope, telling->trace_id, "cluster %s knows that the session on %s has ended", telling->cluster_id,
                 telling->device_name);
        forget(telling);
    } else {
        sj_log_warning(scope, "cluster %s did not end the session on %s: %s (%lld)", telling->cluster_id, telling->device_name,
                       message->cause, (long long)message->code);
    }
    sj_record_free(scope, message);
    end(telling);
}

void em_tell_logout(struct em *em, const char *cluster_id, const char *lease_id, const char *device_name, const char *reason,
                    const char *application_user, const char *trace_id, bool reset_phone) {
    for (struct em_telling *other = em->tellings; other != NULL; other = other->next) {
        if (strcmp(other->lease_id, lease_id) == 0) {
            other->reset_phone = other->reset_phone || reset_phone;
            return;
        }
    }
    sj_scope *scope = sj_scope_open(em->scope, "tell of a logout", NULL, NULL);
    struct em_telling *telling = scope != NULL ? sj_scope_alloc(scope, sizeof *telling) : NULL;
    const sj_intercluster_logout message = {.protocol = EM_PROTOCOL,
                                            .cluster_id = em->scope->host->node->cluster_id,
                                            .idempotency_key = lease_id,
                                            .lease_id = lease_id,
                                            .device_name = device_name,
                                            .reason = reason,
                                            .application_user = application_user};
    char *json = telling != NULL ? sj_intercluster_logout_to_json(scope, &message) : NULL;
    if (json == NULL) {
        sj_log_error(em->scope, "out of memory: cluster %s is told later that the session on %s has ended", cluster_id,
                     device_name);
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        return;
    }
    telling->em = em;
    telling->scope = scope;
    telling->reset_phone = reset_phone;
    em_copy(telling->cluster_id, cluster_id);
    em_copy(telling->lease_id, lease_id);
    em_copy(telling->device_name, device_name);
    em_copy(telling->trace_id, trace_id);
    telling->next = em->tellings;
    if (telling->next != NULL) {
        telling->next->previous = telling;
    }
    em->tellings = telling;
    sj_trace(em->scope, trace_id, "telling cluster %s that the session on %s has ended", cluster_id, device_name);
    em_peer_call(em, scope, cluster_id, "logout", json, TELL_TIMEOUT_MS, trace_id, answered, telling);
    sj_text_free(em->scope, json);
}

void em_tell_ending(struct em *em, const char *cluster_id) {
    const sj_query query = {.field = "state",
                            .value = "ending",
                            .field2 = cluster_id != NULL ? "remote_cluster_id" : NULL,
                            .value2 = cluster_id,
                            .limit = TELLINGS_AT_ONCE};
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
