/* Sessions whose records are removed. Who removes the user, the phone or the remote cluster is
 * shown them first, and may insist. When the record has been deleted they end at once, so that no
 * session of a removed user stays, and no record waits for a cluster that has been removed. */
#include "sessions/removals.h"

#include "events/node.h"
#include "resources/node.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"
#include "sessions/logout.h"

enum { AT_ONCE = 1000 };

static void end(struct em *em, const sj_session *session, const char *reason) {
    sj_trace(em->scope, session->trace_id, "ending the session of %s on %s: %s", session->user_id,
             session->device_name, reason);
    em_logout(em, session, reason, session->trace_id, NULL, NULL);
}

/* Of a user of this cluster: sessions of visitors are another's. */
static void user_removed(struct em *em, const char *user_id) {
    const sj_query of_user = {.field = "user_id", .value = user_id, .limit = AT_ONCE};
    sj_list list = {0};
    if (sj_session_list(em->scope, &of_user, &list, NULL) != SJ_OK) {
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        const sj_session *session = sj_session_at(&list, i);
        if (session->state == SJ_SESSION_STATE_ACTIVE &&
            session->kind != SJ_SESSION_KIND_VISITING) {
            end(em, session, "user_removed");
        }
    }
    sj_list_free(em->scope, &list);
}

/* A phone of this cluster: on a base device there is another's. */
static void phone_removed(struct em *em, const char *device_name) {
    sj_session *session = NULL;
    if (sj_session_get(em->scope, device_name, &session, NULL) == SJ_OK &&
        session->state == SJ_SESSION_STATE_ACTIVE && session->kind != SJ_SESSION_KIND_HOME) {
        end(em, session, "phone_removed");
    }
    sj_record_free(em->scope, session);
}

/* The other cluster cannot be notified: it finds out when it compares its sessions. */
static void remote_cluster_removed(struct em *em, const char *cluster_id) {
    char after[EM_DEVICE_ROOM] = "";
    size_t count;
    do {
        const sj_query between = {.field = "remote_cluster_id",
                                  .value = cluster_id,
                                  .after_key = after[0] != '\0' ? after : NULL,
                                  .limit = AT_ONCE};
        sj_list list = {0};
        if (sj_session_list(em->scope, &between, &list, NULL) != SJ_OK) {
            return;
        }
        for (size_t i = 0; i < list.count; i++) {
            const sj_session *session = sj_session_at(&list, i);
            if (session->state == SJ_SESSION_STATE_ACTIVE) {
                end(em, session, EM_REMOTE_CLUSTER_REMOVED);
            } else {
                /* One that stays is deleted by maintenance, which finds it again. */
                (void)sj_session_delete(em->scope, session->device_name, NULL);
            }
            em_copy(after, session->device_name);
        }
        count = list.count;
        sj_list_free(em->scope, &list);
    } while (count == AT_ONCE);
}

static void on_config(void *user, const sj_config_changed *event) {
    struct em *em = user;
    if (event->action != SJ_CONFIG_CHANGED_ACTION_REMOVED || !em->ready) {
        return;
    }
    if (strcmp(event->resource, "end_user") == 0) {
        user_removed(em, event->key);
    } else if (strcmp(event->resource, "phone") == 0) {
        phone_removed(em, event->key);
    } else if (strcmp(event->resource, "remote_cluster") == 0) {
        remote_cluster_removed(em, event->key);
    }
}

/* ---- asked before ---- */

/* The sentence continues with "... is in use:". */
static int would_end(const sj_session *session, sj_error *reason) {
    const bool abroad = session->kind != SJ_SESSION_KIND_LOCAL;
    return sj_error_set(reason, SJ_E_IN_USE, "%s is logged in on %s%s%s, and the session would end",
                        session->user_id, session->device_name,
                        !abroad                                 ? ""
                        : session->kind == SJ_SESSION_KIND_HOME ? " at "
                                                                : " from ",
                        abroad ? session->remote_cluster_id : "");
}

/* The first active session that `field` names and that `counts`. */
static int ask_of_sessions(struct em *em, const char *field, const char *key, bool visitors,
                           sj_error *reason) {
    const sj_query of = {.field = field, .value = key};
    sj_list list = {0};
    int status = sj_session_list(em->scope, &of, &list, reason);
    for (size_t i = 0; status == SJ_OK && i < list.count; i++) {
        const sj_session *session = sj_session_at(&list, i);
        if (session->state == SJ_SESSION_STATE_ACTIVE &&
            (visitors || session->kind != SJ_SESSION_KIND_VISITING)) {
            status = would_end(session, reason);
        }
    }
    sj_list_free(em->scope, &list);
    return status;
}

static int check_user_removal(void *user, const char *key, sj_error *reason) {
    return ask_of_sessions(user, "user_id", key, false, reason);
}

static int check_cluster_removal(void *user, const char *key, sj_error *reason) {
    return ask_of_sessions(user, "remote_cluster_id", key, true, reason);
}

static int check_phone_removal(void *user, const char *key, sj_error *reason) {
    struct em *em = user;
    sj_session *session = NULL;
    int status = sj_session_get(em->scope, key, &session, reason);
    if (status == SJ_OK && session->state == SJ_SESSION_STATE_ACTIVE &&
        session->kind != SJ_SESSION_KIND_HOME) {
        status = would_end(session, reason);
    } else if (status == SJ_E_NOT_FOUND) {
        status = SJ_OK;
    }
    sj_record_free(em->scope, session);
    return status;
}

/* The first traveller of a kind who is logged in. */
static int ask_of_travellers(struct em *em, const char *kind, sj_error *reason) {
    const sj_query active = {.field = "kind",
                             .value = kind,
                             .field2 = "state",
                             .value2 = sj_session_state_text(SJ_SESSION_STATE_ACTIVE),
                             .limit = 1};
    sj_list list = {0};
    int status = sj_session_list(em->scope, &active, &list, reason);
    if (status == SJ_OK && list.count > 0) {
        const sj_session *session = sj_session_at(&list, 0);
        status = sj_error_set(
            reason, SJ_E_IN_USE, "%s is logged in on %s %s %s, and would be left without it",
            session->user_id, session->device_name,
            session->kind == SJ_SESSION_KIND_HOME ? "at" : "from", session->remote_cluster_id);
    }
    sj_list_free(em->scope, &list);
    return status;
}

/* Without these two a traveller cannot log out, or has no calls. */
static int check_service_removal(void *user, const char *key, sj_error *reason) {
    static const char *const needed[] = {"extension-mobility@", "callmanager@"};
    int status = SJ_OK;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0] && status == SJ_OK; i++) {
        if (strncmp(key, needed[i], strlen(needed[i])) == 0) {
            status = ask_of_travellers(user, sj_session_kind_text(SJ_SESSION_KIND_HOME), reason);
            status = status == SJ_OK
                         ? ask_of_travellers(user, sj_session_kind_text(SJ_SESSION_KIND_VISITING),
                                             reason)
                         : status;
        }
    }
    return status;
}

int em_removals_open(struct em *em, sj_error *error) {
    sj_scope *scope = em->scope;
    const bool open =
        sj_on_config_changed(scope, on_config, em, error) != NULL &&
        sj_on_removal(scope, &sj_end_user_meta, check_user_removal, em, error) != NULL &&
        sj_on_removal(scope, &sj_phone_meta, check_phone_removal, em, error) != NULL &&
        sj_on_removal(scope, &sj_service_activation_meta, check_service_removal, em, error) !=
            NULL &&
        sj_on_removal(scope, &sj_remote_cluster_meta, check_cluster_removal, em, error) != NULL;
    return open ? SJ_OK : SJ_E_INTERNAL;
}
