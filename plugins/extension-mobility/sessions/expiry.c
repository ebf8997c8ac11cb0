/* Sessions that end without a request: by time, by the phone's return, and by the maintenance of
 * expired devices. Also keeps the list of free base devices up to date. */
#include "sessions/expiry.h"

#include "clusters/logout_notify.h"
#include "devices/device_reset.h"
#include "devices/sources.h"
#include "events/device.h"
#include "events/node.h"
#include "parameters/emcc.h"
#include "reporting/counts.h"
#include "reporting/error_codes.h"
#include "resources/emcc_base_device.h"
#include "resources/session.h"
#include "sessions/clock.h"
#include "sessions/logout.h"
#include "sessions/name_queue.h"
#include "sessions/reconcile_run.h"
#include "sessions/session_store.h"

enum {
    TICK_MS = 1000,
    ENDS_A_TURN = 16,
    AGAIN_MS = 60000,
    RESEND_MS = 30000,
    RETURN_GRACE_MS = 20000, /* a phone that registers here so soon after its login has not yet read
                                its new file */
    VISITING_PATIENCE_MS = 60000 /* the home cluster ends a session; we only do when it does not */
};

bool em_expiry_watch(struct em *em, const sj_session *session) {
    if (session->expires_at <= 0) {
        em_name_queue_remove(&em->session_ends, session->device_name); /* of the session before */
        return true;
    }
    const int64_t lasts = session->expires_at - sj_wall_ms(em->scope);
    const int64_t at = (int64_t)sj_monotonic_ms(em->scope) + lasts +
                       (session->kind == SJ_SESSION_KIND_VISITING ? VISITING_PATIENCE_MS : 0);
    return em_name_queue_add(&em->session_ends, at, session->device_name);
}

static void end_session(struct em *em, const char *device_name, int64_t now) {
    sj_session *session = NULL;
    if (sj_session_get(em->scope, device_name, &session, NULL) == SJ_OK &&
        session->state == SJ_SESSION_STATE_ACTIVE && session->expires_at > 0) {
        sj_trace(em->scope, session->trace_id, "the maximum login time of %s on %s is over",
                 session->user_id, session->device_name);
        (void)em_name_queue_add(
            &em->session_ends, now + AGAIN_MS,
            device_name); /* its end takes it out, unless that cannot be written */
        em_logout(em, session, "time", session->trace_id, NULL, NULL);
    }
    sj_record_free(em->scope, session);
}

/* When many end at once, others get their turn in between. */
static void end_sessions(void *user) {
    struct em *em = user;
    const int64_t now = (int64_t)sj_monotonic_ms(em->scope);
    const struct em_queued_name *entry;
    int ended = 0;
    em->ending = NULL;
    while ((entry = em_name_queue_first(&em->session_ends)) != NULL &&
           entry->by_number.key <= now) {
        char device_name[EM_DEVICE_ROOM];
        em_copy(device_name, entry->name);
        em_name_queue_pop(&em->session_ends);
        end_session(em, device_name, now);
        if (++ended == ENDS_A_TURN) {
            em->ending = sj_timer_start(em->scope, 0, 0, end_sessions, em);
            break;
        }
    }
}

static void tick(void *user) {
    struct em *em = user;
    em_clock_check(em);
    if (em->ending == NULL) {
        end_sessions(em);
    }
    if (!em->ready) {
        sj_error error = {0};
        if (em_store_open(em, &error) == SJ_OK) {
            em_sources_start(em);
        }
    }
}

static void resend_notices(void *user) {
    em_counts_read_base_devices(user);
    em_logout_notify_resend(user, NULL);
}

static int64_t maintenance_ms(struct em *em) {
    return sj_param_emcc_expired_device_maintenance_interval(em->scope) * 60000;
}

static void maintain(void *user) {
    struct em *em = user;
    sj_timer_again(em->scope, em->maintenance_timer, maintenance_ms(em));
    em_reconcile_as(em, NULL, true);
}

static void on_registered(void *user, const sj_device_registered *event) {
    struct em *em = user;
    sj_session *session = NULL;
    if (sj_session_get(em->scope, event->device_name, &session, NULL) != SJ_OK) {
        return;
    }
    if (session->kind == SJ_SESSION_KIND_VISITING && session->state == SJ_SESSION_STATE_ACTIVE) {
        if (sj_wall_ms(em->scope) - session->login_time < RETURN_GRACE_MS) {
            em_device_reset(em, event->device_name, true, session->trace_id);
        } else {
            sj_trace(em->scope, session->trace_id,
                     "phone %s registered here again: ending its session with cluster %s",
                     event->device_name, session->remote_cluster_id);
            em_logout(em, session, "phone_returned", session->trace_id, NULL, NULL);
        }
    }
    sj_record_free(em->scope, session);
}

static void on_config(void *user, const sj_config_changed *event) {
    struct em *em = user;
    sj_emcc_base_device *device = NULL;
    if (strcmp(event->resource, "emcc_base_device") != 0 ||
        event->action == SJ_CONFIG_CHANGED_ACTION_REMOVED) {
        return;
    }
    if (sj_emcc_base_device_get(em->scope, event->key, &device, NULL) == SJ_OK &&
        !sj_given(device->device_name) &&
        !em_name_queue_add(&em->free_devices, device->number, device->name)) {
        sj_log_error(em->scope, "out of memory: %s is not used before a restart", device->name);
    }
    sj_record_free(em->scope, device);
}

static void on_parameter(void *user, const sj_parameter_changed *event) {
    struct em *em = user;
    if (strcmp(event->symbol, "emcc_expired_device_maintenance_interval") == 0) {
        sj_timer_again(em->scope, em->maintenance_timer, maintenance_ms(em));
    }
}

int em_expiry_open(struct em *em, sj_error *error) {
    em_clock_open(em);
    em->maintenance_timer =
        sj_timer_start(em->scope, maintenance_ms(em), maintenance_ms(em), maintain, em);
    if (sj_on_config_changed(em->scope, on_config, em, error) == NULL ||
        sj_on_device_registered(em->scope, on_registered, em, error) == NULL ||
        sj_on_parameter_changed(em->scope, on_parameter, em, error) == NULL) {
        return error->code != SJ_OK ? error->code : SJ_E_INTERNAL;
    }
    if (em->maintenance_timer == NULL ||
        sj_timer_start(em->scope, TICK_MS, TICK_MS, tick, em) == NULL ||
        sj_timer_start(em->scope, RESEND_MS, RESEND_MS, resend_notices, em) == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: no timers");
    }
    return SJ_OK;
}
