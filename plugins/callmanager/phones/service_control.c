/* Remote control of phones by NOTIFY. The asker's question is settled with what the phone answered.
 */
#include "phones/service_control.h"

#include <stdio.h>
#include <stdlib.h>

#include "phones/registration_store.h"
#include "phones/request_to_phone.h"

struct reset {
    struct call_manager *manager;
    sj_question *question;
    bool settled;
    char device_name[130];
    char trace_id[33];
};

static const char *action_text(sj_device_reset_mode mode) {
    switch (mode) {
    case SJ_DEVICE_RESET_MODE_RESTART: return "restart";
    case SJ_DEVICE_RESET_MODE_APPLY_CONFIG: return "apply-config";
    default: return "reset";
    }
}

static void settle(struct reset *reset, int status_code, const char *message) {
    sj_device_reset_reply reply;
    if (reset->settled) {
        return;
    }
    reset->settled = true;
    memset(&reply, 0, sizeof reply);
    reply.status_code = status_code;
    reply.message = message;
    sj_trace(reset->manager->scope, reset->trace_id, "phone %s answers %d to the NOTIFY: %s",
             reset->device_name, status_code, message);
    sj_reply_device_reset(reset->manager->scope, reset->question, &reply);
}

static void on_response(void *user, struct sip_transaction *transaction,
                        const struct sip_message *response) {
    struct reset *reset = user;
    char text[160];
    (void)transaction;
    if (response->status >= 200) {
        (void)snprintf(text, sizeof text, "Phone %.100s answered %d %s.", reset->device_name,
                       response->status, sip_reason_phrase(response->status));
        settle(reset, response->status, text);
    }
}

static void on_timeout(void *user, struct sip_transaction *transaction) {
    struct reset *reset = user;
    (void)transaction;
    settle(reset, 408, "The phone did not answer.");
}

static void on_ended(void *user, struct sip_transaction *transaction) {
    struct reset *reset = user;
    (void)transaction;
    if (!reset->settled && !reset->manager->stopping) { /* while stopping the host settles it */
        settle(reset, 408, "The phone did not answer.");
    }
    free(reset);
}

static const struct sip_transaction_events events = {on_response, on_timeout, on_ended};

/* Stamps tell a phone what has changed; all zeros mean that everything may have. */
static void put_control(struct sip_writer *body, const struct registration *registration,
                        sj_device_reset_mode mode) {
    char stamp[24] = "0000000000000000";
    if (mode == SJ_DEVICE_RESET_MODE_APPLY_CONFIG && registration->device->built_at > 0) {
        (void)snprintf(stamp, sizeof stamp, "%016llx",
                       (unsigned long long)registration->device->built_at);
    }
    sip_put(body, "action=");
    sip_put(body, action_text(mode));
    sip_put(body, "\r\nRegisterCallId={");
    sip_put_value(body, sip_text_of(registration->call_id));
    sip_put(body, "}\r\nConfigVersionStamp={");
    sip_put(body, stamp);
    sip_put(body, "}\r\nDialplanVersionStamp={0000000000000000}\r\nSoftkeyVersionStamp={"
                  "0000000000000000}\r\n");
}

static void put_notify(struct call_manager *manager, struct sip_writer *writer,
                       const struct registration *registration, const char *branch,
                       sj_device_reset_mode mode) {
    char text[700];
    struct sip_writer body;
    sip_writer_init(&body, text, sizeof text);
    if (registration->cisco) {
        put_control(&body, registration, mode);
    }
    sip_put_request_to_phone(manager, writer, "NOTIFY", registration, branch);
    if (registration->cisco) {
        sip_put(writer, "Event: service-control\r\n");
    } else {
        sip_put(writer, mode == SJ_DEVICE_RESET_MODE_RESET ? "Event: check-sync;reboot=true\r\n"
                                                           : "Event: check-sync;reboot=false\r\n");
    }
    sip_put(writer, "Subscription-State: active\r\n");
    const struct sip_text control = {text, body.used};
    sip_put_body(writer, sip_text_of("text/plain"), control);
    writer->overflow = writer->overflow || body.overflow;
}

void service_control_reset(struct call_manager *manager, sj_question *question,
                           const sj_device_reset *request) {
    struct registration *registration = registration_store_find(manager, request->device_name);
    struct sip_writer writer = call_manager_writer(manager);
    char token[SIP_TAG], branch[32];
    struct reset *reset;
    if (registration == NULL) {
        sj_fail(manager->scope, question, SJ_E_NOT_FOUND, "phone %s is not registered here",
                request->device_name);
        return;
    }
    reset = calloc(1, sizeof *reset);
    if (reset == NULL) {
        sj_fail(manager->scope, question, SJ_E_NO_MEMORY, "out of memory");
        return;
    }
    reset->manager = manager;
    reset->question = question;
    (void)snprintf(reset->device_name, sizeof reset->device_name, "%s", request->device_name);
    (void)snprintf(reset->trace_id, sizeof reset->trace_id, "%s", request->trace_id);
    call_manager_token(manager, token);
    (void)snprintf(branch, sizeof branch, "z9hG4bK%s", token);
    put_notify(manager, &writer, registration, branch, request->mode);
    sj_trace(manager->scope, request->trace_id, "sending %s to phone %s",
             action_text(request->mode), request->device_name);
    if (writer.overflow ||
        sip_client_begin(&manager->transactions, SIP_NOTIFY, branch, &registration->flow,
                         writer.data, writer.used, &events, reset) == NULL) {
        free(reset);
        sj_fail(manager->scope, question, SJ_E_UNAVAILABLE, "the NOTIFY to phone %s cannot be sent",
                request->device_name);
    }
}
