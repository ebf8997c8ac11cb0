/* Writes phones and live devices. */
#include "phones/hunt_login.h"
#include "events/hunt.h"

#include <sojourn/base/text.h>

#include <stdio.h>

struct hunt_login {
    struct call_manager *manager;
    sj_scope *scope;       /* its own */
    sj_question *question; /* NULL: nobody waits for an answer */
    bool logged_in, automatic;
    char device_name[130], user_id[130];
};

static void tell(const struct hunt_login *login) {
    struct call_manager *manager = login->manager;
    const sj_device_hunt_login_changed event = {.device_name = login->device_name,
                                                .logged_in = login->logged_in,
                                                .user_id = login->user_id,
                                                .automatic = login->automatic};
    sj_log_info(manager->scope, "phone %s is logged %s its hunt groups%s", login->device_name,
                login->logged_in ? "into" : "out of",
                login->automatic ? ", as it has not answered" : "");
    sj_publish_device_hunt_login_changed(manager->scope, manager->hunt_login_changed, &event);
}

static void finish(struct hunt_login *login, int status, const sj_error *error) {
    const char *why = error != NULL ? error->text : sj_error_text(status);
    char text[240];
    if (status == SJ_OK) {
        tell(login);
    }
    if (status != SJ_OK && login->question == NULL) {
        sj_log_warning(login->manager->scope, "phone %s cannot be logged %s its hunt groups: %s",
                       login->device_name, login->logged_in ? "into" : "out of", why);
    } else if (status != SJ_OK) {
        sj_fail(login->scope, login->question, status, "%s", why);
    } else if (login->question != NULL) {
        (void)snprintf(text, sizeof text, "Phone %.130s is logged %s its hunt groups.",
                       login->device_name, login->logged_in ? "into" : "out of");
        const sj_hunt_login_set_reply reply = {.message = text};
        sj_reply_hunt_login_set(login->scope, login->question, &reply);
    }
    sj_scope_close(login->scope);
}

static void durable(void *user, int status, const sj_error *error) {
    finish(user, status, error);
}

static int write_phone(struct hunt_login *login, sj_error *error) {
    sj_phone *phone = NULL;
    int status = sj_phone_get(login->scope, login->device_name, &phone, error);
    if (status == SJ_OK) {
        sj_phone changed = *phone;
        changed.logged_into_hunt_group = login->logged_in;
        status = sj_phone_put(login->scope, &changed, SJ_PUT_REPLACE, error);
        sj_record_free(login->scope, phone);
    }
    return status;
}

/* Of a phone of this cluster its record says it, whoever is logged in. */
static int write(struct hunt_login *login, sj_error *error) {
    sj_live_device *live = NULL;
    int status = sj_live_device_get(login->scope, login->device_name, &live, error);
    if (status == SJ_OK) {
        (void)snprintf(login->user_id, sizeof login->user_id, "%s", sj_or_empty(live->user_id));
    }
    if (status == SJ_E_NOT_FOUND || (status == SJ_OK && !live->emcc)) {
        status = write_phone(login, error);
    } else if (status == SJ_OK) {
        sj_live_device changed = *live;
        changed.logged_out_of_hunt_groups = !login->logged_in;
        status = sj_live_device_put(login->scope, &changed, SJ_PUT_REPLACE, error);
    }
    sj_record_free(login->scope, live);
    return status;
}

static void set(struct call_manager *manager, const char *device_name, bool logged_in,
                bool automatic, sj_question *question) {
    sj_scope *scope = sj_scope_open(manager->scope, "hunt login", NULL, NULL);
    struct hunt_login *login = scope == NULL ? NULL : sj_scope_alloc(scope, sizeof *login);
    sj_error error = {0};
    if (login == NULL) {
        if (question != NULL) {
            sj_fail(manager->scope, question, SJ_E_NO_MEMORY, "out of memory");
        }
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        return;
    }
    *login = (struct hunt_login){.manager = manager,
                                 .scope = scope,
                                 .question = question,
                                 .logged_in = logged_in,
                                 .automatic = automatic};
    (void)snprintf(login->device_name, sizeof login->device_name, "%s", device_name);
    int status = sj_store_begin(scope, &error);
    if (status == SJ_OK) {
        status = write(login, &error);
        if (status == SJ_OK) {
            status = sj_store_commit(scope, durable, login, &error);
        } else {
            sj_store_rollback(scope);
        }
    }
    if (status != SJ_OK) {
        finish(login, status, &error);
    }
}

void hunt_login_set(struct call_manager *manager, const char *device_name, bool logged_in,
                    bool automatic) {
    set(manager, device_name, logged_in, automatic, NULL);
}

void hunt_login_toggle(struct call_manager *manager, const struct registration *phone) {
    set(manager, phone->device->name, !phone->device->logged_into_hunt_group, false, NULL);
}

static void on_set(void *user, sj_question *question, const sj_hunt_login_set *request) {
    set(user, request->device_name, request->logged_in, false, question);
}

int hunt_login_open(struct call_manager *manager, sj_error *error) {
    return sj_answer_hunt_login_set(manager->scope, on_set, manager, error) != NULL ? SJ_OK
                                                                                    : error->code;
}
