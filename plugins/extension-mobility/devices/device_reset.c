/* Asks the call manager to reset or restart a phone, and logs when that fails. */
#include "devices/device_reset.h"

#include "events/device.h"

static void reset_answered(void *user, int status, const sj_error *error,
                           const sj_device_reset_reply *reply) {
    struct em *em = user;
    (void)reply;
    if (status ==
        SJ_E_NOT_FOUND) { /* a phone that is not registered reads its file when it comes */
        sj_log_debug(em->scope, "a phone was not reset: %s",
                     error != NULL ? error->text : sj_error_text(status));
    } else if (status != SJ_OK) {
        sj_log_info(em->scope, "a phone was not reset: %s",
                    error != NULL ? error->text : sj_error_text(status));
    }
}

void em_device_reset(struct em *em, const char *device_name, bool reset, const char *trace_id) {
    const sj_device_reset request = {.device_name = device_name,
                                     .mode = reset ? SJ_DEVICE_RESET_MODE_RESET
                                                   : SJ_DEVICE_RESET_MODE_RESTART,
                                     .trace_id = trace_id};
    sj_error error = {0};
    const int status = sj_ask_device_reset(em->scope, &request, 0, reset_answered, em, &error);
    if (status != SJ_OK) {
        reset_answered(em, status, &error, NULL);
    }
}
