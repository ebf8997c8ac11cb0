/* Remote control of phones by NOTIFY, at all contacts that a phone has. The asker's question is
 * settled with what the phone answered. */
#include "phones/service_control.h"
#include "events/phone.h"

#include <stdio.h>
#include <stdlib.h>

#include "phones/registration_store.h"
#include "phones/request_to_phone.h"

enum { STAMP = 80 };

/* A phone that is told, until the last of its contacts has answered. */
struct reset {
    struct call_manager *manager;
    sj_question *question;
    sj_device_reset_mode mode;
    size_t contacts, waiting, good; /* told; of them still to answer; answered with 2xx */
    int status;                     /* of the first answer that was none, else of the last one */
    char failed[80];                /* where that was, of several */
    char config_stamp[STAMP], dial_template_stamp[STAMP];
    char device_name[130];
    char trace_id[33];
};

/* One of the contacts. */
struct told_contact {
    struct reset *reset;
    bool heard;
    char place[80];
};

static const char *action_text(sj_device_reset_mode mode) {
    switch (mode) {
    case SJ_DEVICE_RESET_MODE_RESTART: return "restart";
    case SJ_DEVICE_RESET_MODE_APPLY_CONFIG: return "apply-config";
    default: return "reset";
    }
}

static void settle(struct reset *reset) {
    sj_device_reset_reply reply;
    char text[300];
    if (reset->contacts == 1 && reset->status == 408) {
        (void)snprintf(text, sizeof text, "The phone did not answer.");
    } else if (reset->contacts == 1) {
        (void)snprintf(text, sizeof text, "Phone %.100s answered %d %s.", reset->device_name,
                       reset->status, sip_reason_phrase(reset->status));
    } else {
        (void)snprintf(text, sizeof text, "%zu of the %zu contacts of phone %.100s took it%s%s.",
                       reset->good, reset->contacts, reset->device_name,
                       reset->failed[0] != '\0' ? "; not that at " : "", reset->failed);
    }
    memset(&reply, 0, sizeof reply);
    reply.status_code = reset->status;
    reply.message = text;
    sj_trace(reset->manager->scope, reset->trace_id, "%s (%d)", text, reset->status);
    if (!reset->manager->stopping) { /* while stopping the host settles it */
        sj_reply_device_reset(reset->manager->scope, reset->question, &reply);
    }
    free(reset);
}

static void heard(struct told_contact *contact, int status) {
    struct reset *reset = contact->reset;
    if (contact->heard) {
        return;
    }
    contact->heard = true;
    if (status < 300) {
        reset->good++;
    }
    if (status >= 300 && reset->failed[0] == '\0') {
        (void)snprintf(reset->failed, sizeof reset->failed, "%s", contact->place);
        reset->status = status;
    } else if (reset->failed[0] == '\0') {
        reset->status = status;
    }
    if (--reset->waiting == 0) {
        settle(reset);
    }
}

static void on_response(void *user, struct sip_transaction *transaction,
                        const struct sip_message *response) {
    (void)transaction;
    if (response->status >= 200) {
        heard(user, response->status);
    }
}

static void on_timeout(void *user, struct sip_transaction *transaction) {
    (void)transaction;
    heard(user, 408);
}

static void on_ended(void *user, struct sip_transaction *transaction) {
    struct told_contact *contact = user;
    (void)transaction;
    heard(contact, 408);
    free(contact);
}

static const struct sip_transaction_events events = {on_response, on_timeout, on_ended};

/* The stamps of the files as they are now: a phone that has read them has nothing to do. All zeros
 * mean that everything may have changed. */
static void put_control(struct sip_writer *body, const struct registration *registration,
                        const struct reset *reset) {
    static const char unknown[] = "0000000000-00000000-0000-0000-0000-000000000000";
    sip_put(body, "action=");
    sip_put(body, action_text(reset->mode));
    sip_put(body, "\r\nRegisterCallId={");
    sip_put_value(body, sip_text_of(registration_call_id(registration)));
    sip_put(body, "}\r\nConfigVersionStamp={");
    sip_put(body, reset->config_stamp[0] != '\0' ? reset->config_stamp : unknown);
    sip_put(body, "}\r\nDialplanVersionStamp={");
    sip_put(body, reset->dial_template_stamp[0] != '\0' ? reset->dial_template_stamp : unknown);
    sip_put(body, "}\r\nSoftkeyVersionStamp={");
    sip_put(body, unknown); /* a file of that name may lie in the file directory */
    sip_put(body, "}\r\n");
}

static void put_notify(struct call_manager *manager, struct sip_writer *writer,
                       const struct registration *registration, const char *branch,
                       const struct reset *reset) {
    char text[900];
    struct sip_writer body;
    sip_writer_init(&body, text, sizeof text);
    if (registration->cisco) {
        put_control(&body, registration, reset);
    }
    sip_put_request_to_phone(manager, writer, "NOTIFY", registration, branch);
    if (registration->cisco) {
        sip_put(writer, "Event: service-control\r\n");
    } else {
        sip_put(writer, reset->mode == SJ_DEVICE_RESET_MODE_RESET
                            ? "Event: check-sync;reboot=true\r\n"
                            : "Event: check-sync;reboot=false\r\n");
    }
    sip_put(writer, "Subscription-State: active\r\n");
    const struct sip_text control = {text, body.used};
    sip_put_body(writer, sip_text_of("text/plain"), control);
    writer->overflow = writer->overflow || body.overflow;
}

/* False: it cannot be sent. */
static bool tell(struct reset *reset, const struct registration *registration) {
    struct call_manager *manager = reset->manager;
    struct told_contact *contact = calloc(1, sizeof *contact);
    struct sip_writer writer = call_manager_writer(manager);
    char token[SIP_TAG], branch[32], address[SJ_ADDRESS_TEXT];
    if (contact == NULL) {
        return false;
    }
    const int port = sj_address_format(&registration->flow.remote, address, sizeof address);
    (void)snprintf(contact->place, sizeof contact->place, "%s port %d", address, port);
    contact->reset = reset;
    call_manager_token(manager, token);
    (void)snprintf(branch, sizeof branch, "z9hG4bK%s", token);
    put_notify(manager, &writer, registration, branch, reset);
    if (writer.overflow ||
        sip_client_begin(&manager->transactions, SIP_NOTIFY, branch, &registration->flow,
                         writer.data, writer.used, &events, contact) == NULL) {
        free(contact);
        return false;
    }
    return true;
}

static void tell_all(struct reset *reset) {
    struct call_manager *manager = reset->manager;
    struct registration *next, *registration = registration_store_find(manager, reset->device_name);
    const bool registered = registration != NULL;
    size_t contacts = 0;
    sj_trace(manager->scope, reset->trace_id, "sending %s to phone %s", action_text(reset->mode),
             reset->device_name);
    reset->waiting = 1; /* until all are told */
    for (; registration != NULL; registration = next) {
        next = registration_next(registration);
        reset->waiting++;
        if (tell(reset, registration)) {
            contacts++;
        } else {
            reset->waiting--;
        }
    }
    reset->contacts = contacts;
    if (contacts > 0) {
        if (--reset->waiting == 0) {
            settle(reset);
        }
        return;
    }
    sj_fail(manager->scope, reset->question, registered ? SJ_E_UNAVAILABLE : SJ_E_NOT_FOUND,
            registered ? "the NOTIFY to phone %s cannot be sent"
                       : "phone %s is not registered here",
            reset->device_name);
    free(reset);
}

/* Asks Cisco Tftp for the stamps; lives in a scope of its own. */
struct stamp_question {
    struct reset *reset; /* NULL once it goes on by itself */
    sj_scope *scope;
};

static void stamp_question_closed(void *user) {
    struct stamp_question *ask = user;
    free(ask->reset); /* the service stops: the host settles the question */
    free(ask);
}

static void on_stamps(void *user, int status, const sj_error *error,
                      const sj_phone_file_stamps_reply *reply) {
    struct stamp_question *ask = user;
    struct reset *reset = ask->reset;
    (void)error;
    if (status == SJ_OK) {
        (void)snprintf(reset->config_stamp, STAMP, "%s", reply->config);
        (void)snprintf(reset->dial_template_stamp, STAMP, "%s", reply->dial_template);
    }
    ask->reset = NULL;
    sj_scope_close(ask->scope);
    tell_all(reset);
}

/* False: nobody can be asked. */
static bool ask_stamps(struct reset *reset) {
    const sj_phone_file_stamps request = {.device_name = reset->device_name};
    struct stamp_question *ask = calloc(1, sizeof *ask);
    if (ask == NULL) {
        return false;
    }
    ask->scope = sj_scope_open(reset->manager->scope, "stamps", stamp_question_closed, ask);
    if (ask->scope == NULL) {
        free(ask);
        return false;
    }
    ask->reset = reset;
    if (sj_ask_phone_file_stamps(ask->scope, &request, 0, on_stamps, ask, NULL) != SJ_OK) {
        ask->reset = NULL;
        sj_scope_close(ask->scope);
        return false;
    }
    return true;
}

void service_control_reset(struct call_manager *manager, sj_question *question,
                           const sj_device_reset *request) {
    const struct registration *registration =
        registration_store_find(manager, request->device_name);
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
    reset->mode = request->mode;
    (void)snprintf(reset->device_name, sizeof reset->device_name, "%s", request->device_name);
    (void)snprintf(reset->trace_id, sizeof reset->trace_id, "%s", request->trace_id);
    /* Otherwise it reads its files anew whatever they say. */
    if (request->mode != SJ_DEVICE_RESET_MODE_APPLY_CONFIG || !registration->cisco ||
        !ask_stamps(reset)) {
        tell_all(reset);
    }
}
