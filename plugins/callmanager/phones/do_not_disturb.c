/* Asks Extension Mobility, which owns live devices, to keep the state in the profile. Where it is
 * not active the live device alone takes it: the session goes on with it, and the profile stays as
 * it was. Without live device the phone's record takes it. */
#include "phones/do_not_disturb.h"
#include "events/device.h"
#include "phones/remote_control.h"

#include <stdio.h>

struct keeping {
    struct call_manager *manager;
    sj_scope *scope;
    sj_result_fn done;
    void *user;
    bool on;
    char device_name[130], user_id[130], kept_in[52];
};

static void finish(struct keeping *of, int status, const sj_error *error) {
    struct call_manager *manager = of->manager;
    if (status == SJ_OK) {
        const sj_device_do_not_disturb_changed event = {.device_name = of->device_name,
                                                        .do_not_disturb = of->on,
                                                        .user_id = of->user_id,
                                                        .kept_in = of->kept_in};
        sj_log_info(manager->scope, "Do Not Disturb of phone %s is switched %s", of->device_name,
                    of->on ? "on" : "off");
        sj_publish_device_do_not_disturb_changed(manager->scope, manager->do_not_disturb_changed,
                                                 &event);
    } else {
        struct registration *phone = registration_find(manager->registrations, of->device_name);
        if (phone != NULL) { /* what it shows is not what holds */
            remote_control_notify_do_not_disturb(manager, phone);
        }
    }
    of->done(of->user, status, error);
}

static void written(void *user, int status, const sj_error *error) {
    finish(user, status, error);
}

static int write_live_device(sj_scope *scope, const struct keeping *of, sj_error *error) {
    sj_live_device *live = NULL;
    int status = sj_live_device_get(scope, of->device_name, &live, error);
    if (status == SJ_OK) {
        sj_live_device changed = *live;
        changed.do_not_disturb = of->on;
        status = sj_live_device_put(scope, &changed, SJ_PUT_REPLACE, error);
        sj_record_free(scope, live);
    }
    return status;
}

static int write_phone(sj_scope *scope, const struct keeping *of, sj_error *error) {
    sj_phone *phone = NULL;
    int status = sj_phone_get(scope, of->device_name, &phone, error);
    if (status == SJ_OK) {
        sj_phone changed = *phone;
        changed.do_not_disturb = of->on;
        status = sj_phone_put(scope, &changed, SJ_PUT_REPLACE, error);
        sj_record_free(scope, phone);
    }
    return status;
}

static void write_here(struct keeping *of,
                       int (*write)(sj_scope *, const struct keeping *, sj_error *)) {
    sj_error error = {0};
    int status = sj_store_begin(of->scope, &error);
    if (status == SJ_OK) {
        status = write(of->scope, of, &error);
        if (status == SJ_OK) {
            status = sj_store_commit(of->scope, written, of, &error);
        } else {
            sj_store_rollback(of->scope);
        }
    }
    if (status != SJ_OK) {
        finish(of, status, &error);
    }
}

static void on_kept(void *user, int status, const sj_error *error,
                    const sj_do_not_disturb_keep_reply *reply) {
    struct keeping *of = user;
    if (status == SJ_E_UNAVAILABLE) {
        sj_log_warning(of->manager->scope,
                       "Do Not Disturb of phone %s is saved for this session only: Extension "
                       "Mobility is not active here",
                       of->device_name);
        write_here(of, write_live_device);
        return;
    }
    if (status == SJ_OK) {
        (void)snprintf(of->kept_in, sizeof of->kept_in, "%s", reply->device_profile);
    }
    finish(of, status, error);
}

void do_not_disturb_keep(struct call_manager *manager, sj_scope *scope, struct registration *phone,
                         bool on, sj_result_fn done, void *user) {
    struct keeping *of = sj_scope_alloc(scope, sizeof *of);
    sj_error error = {0};
    if (of == NULL) {
        (void)sj_error_set(&error, SJ_E_NO_MEMORY, "out of memory");
        done(user, SJ_E_NO_MEMORY, &error);
        return;
    }
    of->manager = manager;
    of->scope = scope;
    of->done = done;
    of->user = user;
    of->on = on;
    (void)snprintf(of->device_name, sizeof of->device_name, "%s", phone->device->name);
    (void)snprintf(of->user_id, sizeof of->user_id, "%s", phone->device->user_id);
    phone->notified_do_not_disturb = on ? NOTIFIED_ON : NOTIFIED_OFF; /* it has set it itself */
    if (!phone->device->live) {
        write_here(of, write_phone);
        return;
    }
    const sj_do_not_disturb_keep request = {.device_name = of->device_name, .do_not_disturb = on};
    const int status = sj_ask_do_not_disturb_keep(scope, &request, 0, on_kept, of, &error);
    if (status != SJ_OK) {
        on_kept(of, status, &error, NULL);
    }
}
