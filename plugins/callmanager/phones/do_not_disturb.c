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

static void finish(struct keeping *keeping, int status, const sj_error *error) {
    struct call_manager *manager = keeping->manager;
    if (status == SJ_OK) {
        const sj_device_do_not_disturb_changed event = {.device_name = keeping->device_name,
                                                        .do_not_disturb = keeping->on,
                                                        .user_id = keeping->user_id,
                                                        .kept_in = keeping->kept_in};
        sj_log_info(manager->scope, "Do Not Disturb of phone %s is switched %s",
                    keeping->device_name, keeping->on ? "on" : "off");
        sj_publish_device_do_not_disturb_changed(manager->scope, manager->do_not_disturb_changed,
                                                 &event);
    } else {
        struct registration *phone =
            registration_find(manager->registrations, keeping->device_name);
        if (phone != NULL) { /* what it shows is not what holds */
            remote_control_notify_do_not_disturb(manager, phone);
        }
    }
    keeping->done(keeping->user, status, error);
}

static void written(void *user, int status, const sj_error *error) {
    finish(user, status, error);
}

static int write_live_device(sj_scope *scope, const struct keeping *keeping, sj_error *error) {
    sj_live_device *live = NULL;
    int status = sj_live_device_get(scope, keeping->device_name, &live, error);
    if (status == SJ_OK) {
        sj_live_device changed = *live;
        changed.do_not_disturb = keeping->on;
        status = sj_live_device_put(scope, &changed, SJ_PUT_REPLACE, error);
        sj_record_free(scope, live);
    }
    return status;
}

static int write_phone(sj_scope *scope, const struct keeping *keeping, sj_error *error) {
    sj_phone *phone = NULL;
    int status = sj_phone_get(scope, keeping->device_name, &phone, error);
    if (status == SJ_OK) {
        sj_phone changed = *phone;
        changed.do_not_disturb = keeping->on;
        status = sj_phone_put(scope, &changed, SJ_PUT_REPLACE, error);
        sj_record_free(scope, phone);
    }
    return status;
}

static void write_here(struct keeping *keeping,
                       int (*write)(sj_scope *, const struct keeping *, sj_error *)) {
    sj_error error = {0};
    int status = sj_store_begin(keeping->scope, &error);
    if (status == SJ_OK) {
        status = write(keeping->scope, keeping, &error);
        if (status == SJ_OK) {
            status = sj_store_commit(keeping->scope, written, keeping, &error);
        } else {
            sj_store_rollback(keeping->scope);
        }
    }
    if (status != SJ_OK) {
        finish(keeping, status, &error);
    }
}

static void on_kept(void *user, int status, const sj_error *error,
                    const sj_do_not_disturb_keep_reply *reply) {
    struct keeping *keeping = user;
    if (status == SJ_E_UNAVAILABLE) {
        sj_log_warning(keeping->manager->scope,
                       "Do Not Disturb of phone %s is saved for this session only: Extension "
                       "Mobility is not active here",
                       keeping->device_name);
        write_here(keeping, write_live_device);
        return;
    }
    if (status == SJ_OK) {
        (void)snprintf(keeping->kept_in, sizeof keeping->kept_in, "%s", reply->device_profile);
    }
    finish(keeping, status, error);
}

void do_not_disturb_keep(struct call_manager *manager, sj_scope *scope, struct registration *phone,
                         bool on, sj_result_fn done, void *user) {
    struct keeping *keeping = sj_scope_alloc(scope, sizeof *keeping);
    sj_error error = {0};
    if (keeping == NULL) {
        (void)sj_error_set(&error, SJ_E_NO_MEMORY, "out of memory");
        done(user, SJ_E_NO_MEMORY, &error);
        return;
    }
    keeping->manager = manager;
    keeping->scope = scope;
    keeping->done = done;
    keeping->user = user;
    keeping->on = on;
    (void)snprintf(keeping->device_name, sizeof keeping->device_name, "%s", phone->device->name);
    (void)snprintf(keeping->user_id, sizeof keeping->user_id, "%s", phone->device->login->user_id);
    phone->notified_do_not_disturb = on ? NOTIFIED_ON : NOTIFIED_OFF; /* it has set it itself */
    if (!phone->device->live) {
        write_here(keeping, write_phone);
        return;
    }
    const sj_do_not_disturb_keep request = {.device_name = keeping->device_name,
                                            .do_not_disturb = on};
    const int status = sj_ask_do_not_disturb_keep(scope, &request, 0, on_kept, keeping, &error);
    if (status != SJ_OK) {
        on_kept(keeping, status, &error, NULL);
    }
}
