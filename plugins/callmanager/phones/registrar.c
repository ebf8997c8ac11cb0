/* Acts on a REGISTER (RFC 3261 10.3): its facts are read (register_facts.h), its device is found
 * (register_device.h) and with it the registrations that its Contacts stand for
 * (register_contacts.h), each Contact is judged (register_judge.h), and what the verdicts say is
 * done here: for all Contacts, or for none. A registration that is merely refreshed takes the short
 * way: one table look-up, one digest, one answer; neither a transaction nor the store is touched.
 */
#include "phones/registrar.h"
#include "core/refusals.h"
#include "events/device.h"
#include "parameters/call_manager.h"
#include "phones/address_check.h"
#include "phones/authorization.h"
#include "phones/observations.h"
#include "phones/register_answer.h"
#include "phones/register_contacts.h"
#include "phones/register_device.h"
#include "phones/registration_store.h"
#include "phones/registrations.h"
#include "phones/remote_control.h"
#include "phones/secure_phone.h"

#include <stdio.h>

static void publish_registered(struct call_manager *manager,
                               const struct registration *registration) {
    sj_device_registered event;
    char address[SJ_ADDRESS_TEXT];
    memset(&event, 0, sizeof event);
    event.device_name = registration->device->name;
    event.port = sj_address_format(&registration->flow.remote, address, sizeof address);
    event.address = address;
    event.transport = registration->flow.transport;
    event.user_agent = registration_user_agent(registration);
    event.model_number = registration->model_number;
    event.live = registration->device->live;
    event.trace_id = "";
    sj_log_info(manager->scope, "phone %s is registered from %s:%d over %s%s%s",
                registration->device->name, address, (int)event.port,
                sip_transport_text(registration->flow.transport),
                registration->device->login->user_id[0] != '\0' ? " for user " : "",
                registration->device->login->user_id);
    sj_publish_device_registered(manager->scope, manager->device_registered, &event);
}

/* A REGISTER while it is being acted upon. */
struct work {
    struct call_manager *manager;
    const struct register_request *request;
    struct register_found *found;
    struct register_steps steps;
    struct nonce_mark proof;
    uint64_t now_ms;
    char record[130]; /* a copy of what the steps name */
};

/* The device for a registration: a phone's further contact has a copy of its own. NULL: it cannot
 * be made. */
static struct device *device_for(const struct work *work, const struct register_step *step) {
    struct device *device = register_found_take(work->found);
    if (device == NULL && step->old == NULL &&
        device_load(work->manager->scope, work->found->device->name, true, &device, NULL) ==
            SJ_OK) {
        device->generation = work->manager->generation;
    }
    return device;
}

/* Puts the contact into the table; NULL: no memory. */
static struct registration *bind_contact(const struct work *work,
                                         const struct register_step *step) {
    const struct register_facts *facts = &work->request->facts;
    const struct registration_binding binding = {
        .flow = step->verdict.flow,
        .contact = step->contact->address.uri,
        .record = sip_text_of(work->steps.record),
        .call_id = facts->call_id,
        .user_agent = facts->user_agent,
        .cseq = facts->cseq,
        .granted_s = step->verdict.granted_s,
        .model_number = facts->model_number,
        .cisco = facts->named,
        .now_ms = sj_wall_ms(work->manager->scope),
        .clock_ms = work->now_ms,
    };
    if (step->old != NULL && !step->verdict.changed) {
        return registration_put(work->manager->registrations, step->old, NULL, &binding);
    }
    struct device *device = device_for(work, step);
    if (step->old != NULL && step->verdict.moved) {
        observe_registration_end(work->manager, step->old, "registered elsewhere");
    }
    return device == NULL && step->old == NULL
               ? NULL
               : registrations_put(work->manager, step->old, device, &binding);
}

/* A contact that has just been put into the table: saved, proved, told. */
static void contact_bound(const struct work *work, const struct register_verdict *verdict,
                          struct registration *registration) {
    struct call_manager *manager = work->manager;
    if (work->proof.serial != 0) {
        registration->nonces[0] = work->proof;
    }
    if (verdict->fresh) { /* a phone that has started anew is as it is configured */
        registration->shows_calls = false;
    }
    if (verdict->changed) {
        registration_store_changed(manager, registration);
    }
    if (verdict->moved) {
        sip_transport_prove(&manager->transport, &registration->flow);
        registrations_count(manager);
        publish_registered(manager, registration);
    }
}

/* What a phone shows, once it has got its answer. */
static void notify_bound(const struct work *work, struct registration *registration) {
    const struct register_verdict *verdict = &work->steps.steps[0].verdict;
    const struct register_facts *facts = &work->request->facts;
    if (!verdict->moved && !verdict->fresh) {
        return;
    }
    if (facts->named && facts->remote_control) {
        remote_control_notify_all(work->manager, registration);
    }
    registrations_came(work->manager, registration);
}

/* Puts all contacts that are to be registered into the table: new ones first, which are taken out
 * again when there is no memory for one. */
static bool bind_all(struct work *work, struct registration *bound[REGISTER_CONTACTS_MAX]) {
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < work->steps.count; i++) {
            struct register_step *step = &work->steps.steps[i];
            if (step->verdict.action != REGISTER_BIND || (step->old == NULL) != (pass == 0)) {
                continue;
            }
            bound[i] = bind_contact(work, step);
            if (bound[i] == NULL) {
                for (size_t j = 0; j < work->steps.count; j++) {
                    if (bound[j] != NULL && work->steps.steps[j].old == NULL) {
                        registrations_drop(work->manager, bound[j]);
                    }
                }
                return false;
            }
        }
    }
    return true;
}

static void remove_all(const struct work *work) {
    for (size_t i = 0; i < work->steps.count; i++) {
        if (work->steps.steps[i].verdict.action == REGISTER_REMOVE) {
            registrations_remove(work->manager, work->steps.steps[i].old, "by_phone");
        }
    }
}

/* All contacts are as they may be: they are registered and taken off, and the answer says what is
 * registered then. */
static void act_on_contacts(struct work *work) {
    struct call_manager *manager = work->manager;
    struct registration *bound[REGISTER_CONTACTS_MAX] = {NULL};
    char name[130];
    (void)snprintf(name, sizeof name, "%s", work->found->device->name);
    (void)snprintf(work->record, sizeof work->record, "%s", work->steps.record);
    observe_register_reason(manager, name, work->request->message);
    work->steps.record = work->record; /* the device may go with its registration */
    if (!bind_all(work, bound)) {
        register_answer_refuse(manager, work->request, 503, "Out of memory");
        return;
    }
    for (size_t i = 0; i < work->steps.count; i++) {
        if (bound[i] != NULL) {
            contact_bound(work, &work->steps.steps[i].verdict, bound[i]);
        }
    }
    remove_all(work);
    struct registration *registration = registration_find(manager->registrations, name);
    register_answer_accept(manager, work->request, &work->steps, registration);
    if (registration != NULL) {
        notify_bound(work, registration);
    }
}

static void registrar_receive_moved(struct call_manager *manager, const struct sip_message *message,
                                    const struct sip_flow *flow);

/* What one contact gets, when that is not that it is registered or taken off, goes for all. */
static void act_alone(struct work *work, const struct register_step *step) {
    struct call_manager *manager = work->manager;
    const struct register_request *request = work->request;
    const struct register_verdict *verdict = &step->verdict;
    switch (verdict->action) {
    case REGISTER_STANDBY:
    case REGISTER_REPEAT:
        register_answer_accept(manager, request, &work->steps, work->found->registration);
        break;
    case REGISTER_CHECK_MOVE:
        address_check_begin(manager, request->message, request->flow, verdict->asked,
                            registrar_receive_moved);
        break;
    case REGISTER_REFUSE_REMOVAL:
        (void)refusals_note(manager, REFUSED_MOVE, request->flow,
                            "phone %s cannot be unregistered from another address",
                            work->found->device->name);
        register_answer_refuse(manager, request, verdict->status, verdict->reason);
        break;
    default: register_answer_refuse(manager, request, verdict->status, verdict->reason); break;
    }
}

/* Whether the phone has shown what the verdict asks for; otherwise the request has been answered.
 */
static bool is_proved(struct work *work, const struct register_step *step) {
    struct call_manager *manager = work->manager;
    const struct register_request *request = work->request;
    const struct device *device = work->found->device;
    struct registration *known = step->contact == NULL ? work->found->registration : step->old;
    char text[SECURE_PHONE_FAULT];
    if (step->verdict.certificate &&
        secure_phone_fault(manager, device, request->flow, text)[0] != '\0') {
        register_answer_refuse(manager, request, 403, text);
        return false;
    }
    return !step->verdict.credentials ||
           (step->verdict.action == REGISTER_REPEAT &&
            authorization_repeats(manager, request->message, request->flow, device, step->old)) ||
           authorization_prove(manager, request->message, request->flow, device, known,
                               &work->proof);
}

/* One of the phone at another host; NULL: there is none. */
static struct registration *elsewhere(struct registration *phone, const struct sip_flow *flow) {
    struct registration *next = phone == NULL ? NULL : registration_first(phone);
    while (next != NULL && sip_flow_same_host(&next->flow, flow)) {
        next = registration_next(next);
    }
    return next;
}

static bool is_act(enum register_action action) {
    return action == REGISTER_BIND || action == REGISTER_REMOVE || action == REGISTER_KEEP;
}

/* Judges all contacts; returns the one that decides: the first that is refused, or the first. */
static struct register_step *judge(struct work *work, bool moved) {
    const struct register_request *request = work->request;
    struct register_step *deciding = &work->steps.steps[0];
    struct register_circumstances circumstances = {
        .device = work->found->device,
        .elsewhere = elsewhere(work->found->registration, request->flow),
        .flow = request->flow,
        .moved = moved,
        .longest_s = (uint32_t)sj_param_ccm_sip_station_keep_alive_interval(work->manager->scope),
        .now_ms = work->now_ms,
    };
    for (size_t i = 0; i < work->steps.count; i++) {
        struct register_step *step = &work->steps.steps[i];
        circumstances.old = step->old;
        step->verdict = register_judge(&request->facts, step->contact, &circumstances);
        if (is_act(deciding->verdict.action) && !is_act(step->verdict.action)) {
            deciding = step;
        }
    }
    return deciding;
}

static void receive(struct call_manager *manager, const struct sip_message *message,
                    const struct sip_flow *flow, bool moved) {
    struct register_request request;
    request.message = message;
    request.flow = flow;
    if (!register_facts_read(message, &request.facts)) {
        sip_answer(manager, message, flow, 400,
                   "To, Contact, Expires or device name cannot be read");
        return;
    }
    request.device_name = request.facts.device_name;
    struct register_found found = register_device_find(manager, &request, registrar_receive);
    if (found.device == NULL) {
        return;
    }
    request.device_name = found.device->name;
    struct work work;
    work.manager = manager;
    work.request = &request;
    work.found = &found;
    work.proof = (struct nonce_mark){0, 0};
    work.now_ms = sj_monotonic_ms(manager->scope);
    register_contacts_lay_out(found.device, found.registration, &request.facts, flow, &work.steps);
    struct register_step *deciding = judge(&work, moved);
    if (!is_proved(&work, deciding)) {
        /* it has been answered */
    } else if (!is_act(deciding->verdict.action)) {
        act_alone(&work, deciding);
    } else if (register_facts_bindings(&request.facts) > work.steps.most) {
        register_answer_refuse(manager, &request, 403,
                               "The phone may not register so many contacts at once");
    } else {
        act_on_contacts(&work);
    }
    register_found_release(&found);
}

void registrar_receive(struct call_manager *manager, const struct sip_message *message,
                       const struct sip_flow *flow) {
    receive(manager, message, flow, false);
}

/* The same for a phone that does not answer any more where it is registered. */
static void registrar_receive_moved(struct call_manager *manager, const struct sip_message *message,
                                    const struct sip_flow *flow) {
    receive(manager, message, flow, true);
}
