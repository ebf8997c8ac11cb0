/* One live device is made anew from what it was made from, by the function that made it, and
 * written when it differs. The phone is notified when something in its file does. What came from a
 * visiting cluster is taken from the live device itself: nobody asks there again. */
#include "devices/refresh.h"

#include <string.h>

#include "devices/compose.h"
#include "devices/device_reset.h"
#include "devices/overlay.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/emcc_base_device.h"
#include "resources/end_user.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "resources/session.h"

struct refresh {
    struct em *em;
    sj_scope *scope;
    const sj_live_device *live; /* as it is; NULL: there is none */
    const sj_session *session;  /* the session on it; NULL: none that counts here */
    bool notify;
};

/* ---- what it should be ---- */

static int local(struct refresh *refresh, struct em_composition **composition, void *records[3],
                 sj_error *error) {
    struct em *em = refresh->em;
    sj_phone *phone = NULL;
    sj_device_profile *profile = NULL;
    sj_end_user *user = NULL;
    int status = sj_phone_get(em->scope, refresh->session->device_name, &phone, error);
    status = status == SJ_OK ? sj_device_profile_get(em->scope, refresh->session->device_profile,
                                                     &profile, error)
                             : status;
    status = status == SJ_OK ? sj_end_user_get(em->scope, refresh->session->user_id, &user, error)
                             : status;
    records[0] = phone;
    records[1] = profile;
    records[2] = user;
    if (status == SJ_OK) {
        *composition = em_compose_local(em, refresh->scope, phone, profile, user);
        status =
            *composition != NULL ? SJ_OK : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory");
    }
    return status;
}

static struct em_visitor visitor_of(const sj_live_device *live) {
    const bool secure = strcmp(live->phone_security_profile, EM_SECURE_PROFILE) == 0;
    struct em_visitor visitor = {.phone = {.security_profile = secure ? EM_SECURE_PROFILE : NULL,
                                           .cluster_id = live->visiting_cluster_id,
                                           .device_name = live->name,
                                           .model = live->model,
                                           .user_locale = live->phone_user_locale,
                                           .logout_url = live->logout_url,
                                           .sccp = live->protocol == SJ_DEVICE_PROTOCOL_SCCP,
                                           .geolocation = &live->geolocation},
                                 .base_device = live->base_device};
    if (!live->expansion_modules_of_profile) {
        visitor.phone.expansion_modules = live->expansion_modules;
        visitor.phone.expansion_modules_count = live->expansion_modules_count;
    }
    return visitor;
}

static int visitor(struct refresh *refresh, struct em_composition **composition, void *records[5],
                   sj_error *error) {
    struct em *em = refresh->em;
    const sj_session *session = refresh->session;
    struct em_visitor visitor = visitor_of(refresh->live);
    sj_emcc_base_device *base = NULL;
    sj_emcc_template *emcc_template = NULL;
    sj_device_profile *profile = NULL;
    sj_end_user *user = NULL;
    sj_device_pool *pool = NULL;
    int status = sj_emcc_base_device_get(em->scope, refresh->live->base_device, &base, error);
    status = status == SJ_OK
                 ? sj_emcc_template_get(em->scope, base->emcc_template, &emcc_template, error)
                 : status;
    status = status == SJ_OK
                 ? sj_device_profile_get(em->scope, session->device_profile, &profile, error)
                 : status;
    status = status == SJ_OK ? sj_end_user_get(em->scope, session->user_id, &user, error) : status;
    if (sj_given(session->roaming_device_pool)) {
        (void)sj_device_pool_get(em->scope, session->roaming_device_pool, &pool,
                                 NULL); /* removed: the template's */
    }
    visitor.emcc_template = emcc_template;
    visitor.roaming_device_pool = pool;
    records[0] = base;
    records[1] = emcc_template;
    records[2] = profile;
    records[3] = user;
    records[4] = pool;
    if (status == SJ_OK) {
        *composition = em_compose_visitor(em, refresh->scope, &visitor, profile, user, "");
        status =
            *composition != NULL ? SJ_OK : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory");
    }
    return status;
}

/* ---- what differs ---- */

static bool equal(struct em *em, const sj_live_device *a, const sj_live_device *b) {
    char *first = em->scope->host->record_to_json(sj_live_device_meta.record, a);
    char *second = em->scope->host->record_to_json(sj_live_device_meta.record, b);
    const bool same = first != NULL && second != NULL && strcmp(first, second) == 0;
    em->scope->host->text_free(first);
    em->scope->host->text_free(second);
    return same;
}

struct notice {
    struct em *em;
    sj_scope *scope;
    bool notify, boot;
    char device_name[EM_DEVICE_ROOM], trace_id[EM_TRACE_ROOM];
};

static void durable(void *user, int status, const sj_error *error) {
    struct notice *notice = user;
    (void)error;
    if (status == SJ_OK && notice->notify) {
        em_device_reset(notice->em, notice->device_name, notice->boot, notice->trace_id);
    }
    sj_scope_close(notice->scope);
}

/* `made` NULL: the phone is as it is configured. */
static void write_device(struct refresh *refresh, const char *device_name,
                         const sj_live_device *made, bool notify) {
    struct em *em = refresh->em;
    sj_scope *scope = sj_scope_open(em->scope, "live device", NULL, NULL);
    struct notice *notice = scope != NULL ? sj_scope_alloc(scope, sizeof *notice) : NULL;
    sj_error error = {0};
    if (notice == NULL) {
        sj_log_error(em->scope, "out of memory: the live device of %s stays as it was",
                     device_name);
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        return;
    }
    *notice = (struct notice){.em = em, .scope = scope, .notify = notify};
    em_copy(notice->device_name, device_name);
    em_copy(notice->trace_id, refresh->session != NULL ? refresh->session->trace_id : "");
    notice->boot = notify && em_language_changes(em, device_name, made);
    int status = sj_store_begin(scope, &error);
    if (status == SJ_OK) {
        status = made != NULL ? sj_live_device_put(scope, made, SJ_PUT_ANY, &error)
                              : sj_live_device_delete(scope, device_name, &error);
        if (status == SJ_OK) {
            status = sj_store_commit(scope, durable, notice, &error);
        } else {
            sj_store_rollback(scope);
        }
    }
    if (status != SJ_OK) {
        sj_log_error(em->scope, "the live device of %s stays as it was: %s", device_name,
                     error.text);
        sj_scope_close(scope);
        return;
    }
    if (notice->trace_id[0] != '\0') {
        sj_trace(em->scope, notice->trace_id,
                 "the records of %s have changed: its configuration was updated%s", device_name,
                 notify ? "; the phone is notified" : "");
    }
}

static void settle(struct refresh *refresh, const char *device_name, const sj_live_device *made) {
    const sj_live_device *live = refresh->live;
    if (made == NULL && live == NULL) {
        return;
    }
    if (made == NULL || live == NULL) {
        write_device(refresh, device_name, made, refresh->notify);
        return;
    }
    sj_live_device kept = *made; /* what the phone's softkey has switched stays as it is */
    kept.logged_out_of_hunt_groups = live->logged_out_of_hunt_groups;
    sj_live_device timeless = kept;
    timeless.built_at = live->built_at;
    if (!equal(refresh->em, &timeless, live)) {
        const sj_live_device inside = em_overlay_inside_as(&kept, live);
        write_device(refresh, device_name, &kept,
                     refresh->notify && !equal(refresh->em, &inside, live));
    }
}

/* ---- one device ---- */

static void look_at(struct refresh *refresh, const char *device_name, sj_session_kind kind) {
    struct em *em = refresh->em;
    struct em_composition *composition = NULL;
    void *records[5] = {NULL};
    sj_error error = {0};
    int status;
    if (refresh->session == NULL) {
        status = em_compose_logged_out(em, refresh->scope, device_name, &composition, &error);
    } else if (kind == SJ_SESSION_KIND_LOCAL) {
        status = local(refresh, &composition, records, &error);
    } else {
        status = visitor(refresh, &composition, records, &error);
    }
    if (status == SJ_OK) {
        settle(refresh, device_name, composition != NULL ? &composition->overlay.device : NULL);
    } else {
        sj_log_warning(em->scope, "the live device of %s is not updated: %s", device_name,
                       error.text);
    }
    em_composition_close(composition);
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        sj_record_free(em->scope, records[i]);
    }
}

void em_device_refresh(struct em *em, const char *device_name, bool notify) {
    sj_session *session = NULL;
    sj_live_device *live = NULL;
    sj_error error = {0};
    int status = sj_session_get(em->scope, device_name, &session, &error);
    if (status == SJ_OK || status == SJ_E_NOT_FOUND) {
        status = sj_live_device_get(em->scope, device_name, &live, &error);
    }
    sj_scope *scope = status == SJ_OK || status == SJ_E_NOT_FOUND
                          ? sj_scope_open(em->scope, "refresh of a live device", NULL, NULL)
                          : NULL;
    /* A phone whose user's home is elsewhere runs its logout profile here, until it is sent there
     * and once it is back. */
    const bool ours = session != NULL && session->state == SJ_SESSION_STATE_ACTIVE &&
                      session->kind != SJ_SESSION_KIND_VISITING;
    const bool of_visitor = live != NULL && live->emcc;
    if (scope == NULL) {
        sj_log_warning(em->scope, "the live device of %s is not updated: %s", device_name,
                       error.code != SJ_OK ? error.text : "out of memory");
    } else if (of_visitor == (ours && session->kind == SJ_SESSION_KIND_HOME)) {
        struct refresh refresh = {.em = em,
                                  .scope = scope,
                                  .live = live,
                                  .session = ours ? session : NULL,
                                  .notify = notify};
        look_at(&refresh, device_name, ours ? session->kind : SJ_SESSION_KIND_VISITING);
    }
    if (scope != NULL) {
        sj_scope_close(scope);
    }
    sj_record_free(em->scope, live);
    sj_record_free(em->scope, session);
}
