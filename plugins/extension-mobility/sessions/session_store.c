/* The writes of a login and of a logout, each in one transaction, and what is read from the store
 * at start. */
#include "sessions/session_store.h"

#include "reporting/counts.h"
#include "reporting/error_codes.h"
#include "resources/emcc_base_device.h"
#include "resources/live_device.h"
#include "resources/session.h"
#include "sessions/expiry.h"
#include "sessions/name_queue.h"
#include "sessions/user_sessions.h"

enum { PAGE = 1000 };

static int rolled_back(sj_scope *scope, int status) {
    sj_store_rollback(scope);
    return status;
}

/* The base device of a home session, whatever else it may serve by now: freed only if it still
 * serves this phone. */
static int free_base_device(struct em *em, sj_scope *scope, const sj_session *session,
                            sj_error *error) {
    sj_emcc_base_device *device = NULL;
    if (!sj_given(session->base_device)) {
        return SJ_OK;
    }
    int status = sj_emcc_base_device_get(scope, session->base_device, &device, error);
    if (status == SJ_E_NOT_FOUND) {
        return SJ_OK;
    }
    if (status == SJ_OK && strcmp(device->device_name, session->device_name) == 0) {
        sj_emcc_base_device freed = *device;
        freed.device_name = "";
        status = sj_emcc_base_device_put(scope, &freed, SJ_PUT_REPLACE, error);
    }
    sj_record_free(em->scope, device);
    return status;
}

/* Sessions that count for the user: not those of other clusters' users. */
static bool counts(const sj_session *session) {
    return session->kind != SJ_SESSION_KIND_VISITING && session->state == SJ_SESSION_STATE_ACTIVE;
}

static int put_login(struct em *em, sj_scope *scope, const struct em_login_write *write,
                     sj_error *error) {
    const sj_session *session = write->session;
    int status = SJ_OK;
    if (write->replaced != NULL) {
        status = free_base_device(em, scope, write->replaced, error);
    }
    if (status == SJ_OK && write->base_device != NULL) {
        sj_emcc_base_device *device = NULL;
        status = sj_emcc_base_device_get(scope, write->base_device, &device, error);
        if (status == SJ_OK) {
            sj_emcc_base_device taken = *device;
            taken.device_name = session->device_name;
            status = sj_emcc_base_device_put(scope, &taken, SJ_PUT_REPLACE, error);
        }
        sj_record_free(scope, device);
    }
    if (status == SJ_OK && write->live_device != NULL) {
        status = sj_live_device_put(scope, write->live_device, SJ_PUT_ANY, error);
    }
    if (status == SJ_OK) {
        status = sj_session_put(scope, session, SJ_PUT_ANY, error);
    }
    if (status == SJ_OK && session->kind != SJ_SESSION_KIND_HOME) {
        const sj_last_login last = {.device_name = session->device_name,
                                    .user_id = session->user_id,
                                    .remote_cluster_id = session->remote_cluster_id,
                                    .logged_out_at = 0};
        status = sj_last_login_put(scope, &last, SJ_PUT_ANY, error);
    }
    return status;
}

enum em_code em_store_login_code(int status) {
    return status == SJ_E_LIMIT ? EM_LOGOUT_REQUEST : EM_DATABASE;
}

static void restore_watch(struct em *em, const struct em_login_write *write) {
    em_name_queue_remove(&em->session_ends, write->session->device_name);
    if (write->replaced != NULL) {
        (void)em_expiry_watch(em, write->replaced);
    }
}

int em_store_login(struct em *em, sj_scope *scope, const struct em_login_write *write,
                   sj_result_fn durable, void *user, sj_error *error) {
    int status = sj_store_begin(scope, error);
    if (status != SJ_OK) {
        return status;
    }
    status = put_login(em, scope, write, error);
    /* Watched before it is written: no session is begun that would not end. When it is not, the
     * watch of the session that it would have replaced goes on. */
    if (status == SJ_OK && !em_expiry_watch(em, write->session)) {
        status = sj_error_set(error, SJ_E_LIMIT, "out of memory: no timer for the session");
    }
    if (status != SJ_OK) {
        restore_watch(em, write);
        return rolled_back(scope, status);
    }
    status = sj_store_commit(scope, durable, user, error);
    if (status != SJ_OK) {
        restore_watch(em, write);
    } else {
        if (write->replaced != NULL) {
            em_counts_add_sessions(em, (int)write->replaced->kind, -1);
        }
        em_counts_add_sessions(em, (int)write->session->kind, 1);
        if (write->replaced != NULL && counts(write->replaced)) {
            em_user_sessions_remove(&em->user_sessions, write->replaced->user_id);
        }
        if (counts(write->session)) {
            em_user_sessions_add(&em->user_sessions, write->session->user_id);
        }
    }
    return status;
}

int em_store_confirm(struct em *em, sj_scope *scope, const sj_session *session,
                     sj_result_fn durable, void *user, sj_error *error) {
    sj_session confirmed = *session;
    int status = sj_store_begin(scope, error);
    if (status != SJ_OK) {
        return status;
    }
    confirmed.confirmed_at = sj_wall_ms(em->scope);
    status = sj_session_put(scope, &confirmed, SJ_PUT_REPLACE, error);
    return status == SJ_OK ? sj_store_commit(scope, durable, user, error)
                           : rolled_back(scope, status);
}

static int put_logout(struct em *em, sj_scope *scope, const sj_session *session,
                      const struct em_logout_write *write, sj_error *error) {
    int status = free_base_device(em, scope, session, error);
    if (status == SJ_OK && write->live_device != NULL) {
        status = sj_live_device_put(scope, write->live_device, SJ_PUT_ANY, error);
    } else if (status == SJ_OK && session->kind != SJ_SESSION_KIND_VISITING) {
        status = sj_live_device_delete(scope, session->device_name, error);
        status = status == SJ_E_NOT_FOUND ? SJ_OK : status;
    }
    if (status == SJ_OK && write->keep_as_ending) {
        sj_session ending = *session;
        ending.state = SJ_SESSION_STATE_ENDING;
        ending.base_device = "";
        ending.end_reason = write->reason;
        status = sj_session_put(scope, &ending, SJ_PUT_ANY, error);
    } else if (status == SJ_OK) {
        status = sj_session_delete(scope, session->device_name, error);
        status = status == SJ_E_NOT_FOUND ? SJ_OK : status;
    }
    if (status == SJ_OK && session->kind != SJ_SESSION_KIND_HOME) {
        const sj_last_login last = {.device_name = session->device_name,
                                    .user_id = session->user_id,
                                    .remote_cluster_id = session->remote_cluster_id,
                                    .logged_out_at = sj_wall_ms(em->scope)};
        status = sj_last_login_put(scope, &last, SJ_PUT_ANY, error);
    }
    return status;
}

int em_store_logout(struct em *em, sj_scope *scope, const struct em_logout_write *write,
                    sj_result_fn durable, void *user, sj_error *error) {
    const sj_session *session = write->session;
    int status = sj_store_begin(scope, error);
    if (status != SJ_OK) {
        return status;
    }
    status = put_logout(em, scope, session, write, error);
    if (status != SJ_OK) {
        return rolled_back(scope, status);
    }
    status = sj_store_commit(scope, durable, user, error);
    if (status == SJ_OK) {
        em_name_queue_remove(&em->session_ends, session->device_name);
        if (session->state == SJ_SESSION_STATE_ACTIVE) {
            em_counts_add_sessions(em, (int)session->kind, -1);
        }
        if (counts(session)) {
            em_user_sessions_remove(&em->user_sessions, session->user_id);
        }
    }
    return status;
}

sj_emcc_base_device *em_store_free_base_device(struct em *em) {
    const struct em_queued_name *entry;
    while ((entry = em_name_queue_first(&em->free_devices)) != NULL) {
        sj_emcc_base_device *device = NULL;
        if (sj_emcc_base_device_get(em->scope, entry->name, &device, NULL) == SJ_OK &&
            !sj_given(device->device_name)) {
            return device;
        }
        /* Taken or deleted since; when it is free again, config.changed says so. */
        sj_record_free(em->scope, device);
        em_name_queue_pop(&em->free_devices);
    }
    return NULL;
}

static bool know_session(struct em *em, const sj_session *session) {
    if (session->state == SJ_SESSION_STATE_ACTIVE) {
        em_counts_add_sessions(em, (int)session->kind, 1);
        if (counts(session)) {
            em_user_sessions_add(&em->user_sessions, session->user_id);
        }
        return em_expiry_watch(em, session);
    }
    return true;
}

/* Page after page: all of them at once would need ten times the memory that is kept. */
static int read_sessions(struct em *em, sj_error *error) {
    char after[EM_DEVICE_ROOM] = "";
    size_t count = PAGE;
    int status = SJ_OK;
    while (status == SJ_OK && count == PAGE) {
        const sj_query query = {.after_key = after, .limit = PAGE};
        sj_list list = {0};
        status = sj_session_list(em->scope, &query, &list, error);
        count = list.count;
        for (size_t i = 0; i < count; i++) {
            if (!know_session(em, sj_session_at(&list, i))) {
                status = sj_error_set(error, SJ_E_NO_MEMORY,
                                      "out of memory: cannot keep the ends of the sessions");
            }
        }
        if (count > 0) {
            em_copy(after, sj_session_at(&list, count - 1)->device_name);
        }
        sj_list_free(em->scope, &list);
    }
    return status;
}

static int read_free_devices(struct em *em, sj_error *error) {
    char after[EM_NAME_ROOM] = "";
    size_t count = PAGE;
    int status = SJ_OK;
    while (status == SJ_OK && count == PAGE) {
        const sj_query query = {
            .field = "device_name", .value = "", .after_key = after, .limit = PAGE};
        sj_list list = {0};
        status = sj_emcc_base_device_list(em->scope, &query, &list, error);
        count = list.count;
        for (size_t i = 0; i < count && status == SJ_OK; i++) {
            const sj_emcc_base_device *device = sj_emcc_base_device_at(&list, i);
            em_copy(after, device->name);
            if (!em_name_queue_add(&em->free_devices, device->number, device->name)) {
                status = sj_error_set(error, SJ_E_NO_MEMORY,
                                      "out of memory: cannot keep the free EMCC base devices");
            }
        }
        sj_list_free(em->scope, &list);
    }
    return status;
}

int em_store_open(struct em *em, sj_error *error) {
    em_counts_clear_sessions(em);
    em_user_sessions_clear(&em->user_sessions);
    em_name_queue_clear(&em->session_ends);
    em_name_queue_clear(&em->free_devices);
    int status = read_sessions(em, error);
    status = status == SJ_OK ? read_free_devices(em, error) : status;
    em_counts_read_base_devices(em);
    em_counts_read_partners(em);
    em->ready = status == SJ_OK;
    return status;
}
