/* Do Not Disturb that was switched on a phone during a session: kept in the user's device profile,
 * so that the next login has it wherever that is, and in the live device, which holds now. A phone
 * that runs its logout profile keeps it in its own record: the profile may be that of many phones.
 */
#include "devices/do_not_disturb.h"

#include "events/device.h"
#include "resources/device_profile.h"
#include "resources/live_device.h"
#include "resources/phone.h"

struct keeping {
    sj_scope *scope; /* its own */
    sj_question *question;
    char device_profile[EM_NAME_ROOM];
};

static int keep_in_profile(sj_scope *scope, const char *name, bool on, sj_error *error) {
    sj_device_profile *profile = NULL;
    int status = sj_device_profile_get(scope, name, &profile, error);
    if (status == SJ_OK && profile->do_not_disturb != on) {
        sj_device_profile changed = *profile;
        changed.do_not_disturb = on;
        status = sj_device_profile_put(scope, &changed, SJ_PUT_REPLACE, error);
    }
    sj_record_free(scope, profile);
    return status == SJ_E_NOT_FOUND ? SJ_OK
                                    : status; /* deleted during the session, which continues */
}

static int keep_in_phone(sj_scope *scope, const char *name, bool on, sj_error *error) {
    sj_phone *phone = NULL;
    int status = sj_phone_get(scope, name, &phone, error);
    if (status == SJ_OK && phone->do_not_disturb != on) {
        sj_phone changed = *phone;
        changed.do_not_disturb = on;
        status = sj_phone_put(scope, &changed, SJ_PUT_REPLACE, error);
    }
    sj_record_free(scope, phone);
    return status;
}

/* The live device last: what is made anew when a profile changes finds itself as it should be. */
static int write_all(sj_scope *scope, const sj_live_device *live, bool on, sj_error *error) {
    sj_live_device changed = *live;
    int status = live->log_out_profile ? keep_in_phone(scope, live->name, on, error)
                                       : keep_in_profile(scope, live->device_profile, on, error);
    if (status == SJ_OK) {
        changed.do_not_disturb = on;
        status = sj_live_device_put(scope, &changed, SJ_PUT_REPLACE, error);
    }
    return status;
}

static void durable(void *user, int status, const sj_error *error) {
    struct keeping *keeping = user;
    if (status == SJ_OK) {
        const sj_do_not_disturb_keep_reply reply = {.device_profile = keeping->device_profile};
        sj_reply_do_not_disturb_keep(keeping->scope, keeping->question, &reply);
    } else {
        sj_fail(keeping->scope, keeping->question, status, "%s",
                error != NULL ? error->text : sj_error_text(status));
    }
    sj_scope_close(keeping->scope);
}

static int keep(struct keeping *keeping, const sj_live_device *live, bool on, sj_error *error) {
    int status = sj_store_begin(keeping->scope, error);
    if (status != SJ_OK) {
        return status;
    }
    status = write_all(keeping->scope, live, on, error);
    if (status != SJ_OK) {
        sj_store_rollback(keeping->scope);
        return status;
    }
    return sj_store_commit(keeping->scope, durable, keeping, error);
}

static void on_keep(void *user, sj_question *question, const sj_do_not_disturb_keep *request) {
    struct em *em = user;
    sj_live_device *live = NULL;
    sj_error error = {0};
    sj_scope *scope = sj_scope_open(em->scope, "Do Not Disturb is being kept", NULL, NULL);
    struct keeping *keeping = scope != NULL ? sj_scope_alloc(scope, sizeof *keeping) : NULL;
    int status = SJ_E_NO_MEMORY;
    if (keeping == NULL) {
        (void)sj_error_set(&error, SJ_E_NO_MEMORY, "out of memory");
    } else {
        keeping->scope = scope;
        keeping->question = question;
        status = sj_live_device_get(scope, request->device_name, &live, &error);
        if (status == SJ_OK) {
            em_copy(keeping->device_profile, live->log_out_profile ? "" : live->device_profile);
            status = keep(keeping, live, request->do_not_disturb, &error);
        }
        sj_record_free(scope, live);
    }
    if (status != SJ_OK) {
        sj_fail_error(em->scope, question, &error);
        if (scope != NULL) {
            sj_scope_close(scope);
        }
    }
}

int em_do_not_disturb_open(struct em *em, sj_error *error) {
    return sj_answer_do_not_disturb_keep(em->scope, on_keep, em, error) != NULL ? SJ_OK
                                                                                : SJ_E_INTERNAL;
}
