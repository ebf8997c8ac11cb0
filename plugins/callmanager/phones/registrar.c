/* Acts on a REGISTER: its facts are read (register_facts.h), its device is found
 * (register_device.h), both are judged (register_judge.h), and what the verdict says is done here.
 * A registration that is merely refreshed takes the short way: one table look-up, one digest, one
 * answer; neither a transaction nor the store is touched. */
#include "phones/registrar.h"
#include "core/refusals.h"
#include "events/device.h"
#include "parameters/call_manager.h"
#include "phones/address_check.h"
#include "phones/authorization.h"
#include "phones/register_answer.h"
#include "phones/register_device.h"
#include "phones/register_judge.h"
#include "phones/registration_store.h"
#include "phones/registrations.h"
#include "phones/remote_control.h"
#include "phones/secure_phone.h"

static void publish_registered(struct call_manager *manager,
                               const struct registration *registration) {
    sj_device_registered event;
    char address[SJ_ADDRESS_TEXT];
    memset(&event, 0, sizeof event);
    event.device_name = registration->device->name;
    event.port = sj_address_format(&registration->flow.remote, address, sizeof address);
    event.address = address;
    event.transport = registration->flow.transport;
    event.user_agent = registration->user_agent;
    event.model_number = registration->model_number;
    event.live = registration->device->live;
    event.trace_id = "";
    sj_log_info(manager->scope, "phone %s is registered from %s:%d over %s%s%s",
                registration->device->name, address, (int)event.port,
                sip_transport_text(registration->flow.transport),
                registration->device->user_id[0] != '\0' ? " for user " : "",
                registration->device->user_id);
    sj_publish_device_registered(manager->scope, manager->device_registered, &event);
}

/* Puts the registration into the table; NULL: no memory. */
static struct registration *bind_contact(struct call_manager *manager,
                                         const struct register_facts *facts,
                                         const struct register_verdict *verdict,
                                         struct register_found *found, uint64_t now_ms) {
    const struct registration_binding binding = {
        .flow = verdict->flow,
        .contact = facts->contact.uri,
        .call_id = facts->call_id,
        .user_agent = facts->user_agent,
        .cseq = facts->cseq,
        .granted_s = verdict->granted_s,
        .model_number = facts->model_number,
        .cisco = facts->named,
        .now_ms = sj_wall_ms(manager->scope),
        .clock_ms = now_ms,
    };
    return found->registration != NULL && !verdict->changed
               ? registration_put(manager->registrations, found->registration, NULL, &binding)
               : registrations_put(manager, found->registration, register_found_take(found),
                                   &binding);
}

/* Registers the phone, answers, and publishes what is new. */
static void bind_phone(struct call_manager *manager, const struct register_request *request,
                       const struct register_verdict *verdict, struct register_found *found,
                       struct nonce_mark proof, uint64_t now_ms) {
    struct registration *registration =
        bind_contact(manager, &request->facts, verdict, found, now_ms);
    if (registration == NULL) {
        register_answer_refuse(manager, request, 503, "Out of memory");
        return;
    }
    if (proof.serial != 0) {
        registration->nonces[0] = proof;
    }
    if (verdict->changed) {
        registration_store_changed(manager, registration);
    }
    register_answer_accept(manager, request, verdict->granted_s, registration->cisco,
                           verdict->fresh);
    if (verdict->moved) {
        sip_transport_prove(&manager->transport, &registration->flow);
        registrations_count(manager);
        publish_registered(manager, registration);
    }
    if ((verdict->moved || verdict->fresh) && registration->cisco &&
        request->facts.remote_control) {
        remote_control_notify_all(manager, registration);
    }
}

/* Whether the phone has shown what the verdict asks for; otherwise the request has been answered.
 */
static bool is_proved(struct call_manager *manager, const struct register_request *request,
                      const struct register_verdict *verdict, const struct register_found *found,
                      struct nonce_mark *proof) {
    char text[SECURE_PHONE_FAULT];
    if (verdict->certificate &&
        secure_phone_fault(manager, found->device, request->flow, text)[0] != '\0') {
        register_answer_refuse(manager, request, 403, text);
        return false;
    }
    return !verdict->credentials || authorization_prove(manager, request->message, request->flow,
                                                        found->device, found->registration, proof);
}

static void registrar_receive_moved(struct call_manager *manager, const struct sip_message *message,
                                    const struct sip_flow *flow);

/* Everything but a binding. */
static void act(struct call_manager *manager, const struct register_request *request,
                const struct register_verdict *verdict, const struct register_found *found) {
    switch (verdict->action) {
    case REGISTER_STANDBY: register_answer_accept(manager, request, 0, true, false); break;
    case REGISTER_REPEAT:
        register_answer_accept(manager, request, verdict->granted_s, found->registration->cisco,
                               false);
        break;
    case REGISTER_CHECK_MOVE:
        address_check_begin(manager, request->message, request->flow, found->registration,
                            registrar_receive_moved);
        break;
    case REGISTER_REMOVE:
        register_answer_accept(manager, request, 0, request->facts.named, false);
        if (found->registration != NULL) {
            registrations_remove(manager, found->registration, "by_phone");
        }
        break;
    case REGISTER_REFUSE_REMOVAL:
        (void)refusals_note(manager, REFUSED_MOVE, request->flow,
                            "phone %s cannot be unregistered from another address",
                            found->device->name);
        register_answer_refuse(manager, request, verdict->status, verdict->reason);
        break;
    default: register_answer_refuse(manager, request, verdict->status, verdict->reason); break;
    }
}

static void receive(struct call_manager *manager, const struct sip_message *message,
                    const struct sip_flow *flow, bool moved) {
    struct register_request request;
    struct nonce_mark proof = {0, 0};
    request.message = message;
    request.flow = flow;
    if (!register_facts_read(message, &request.facts)) {
        sip_answer(manager, message, flow, 400,
                   "To, Contact, Expires or device name cannot be read");
        return;
    }
    struct register_found found = register_device_find(manager, &request, registrar_receive);
    if (found.device == NULL) {
        return;
    }
    const struct register_circumstances circumstances = {
        .device = found.device,
        .old = found.registration,
        .flow = flow,
        .moved = moved,
        .longest_s = (uint32_t)sj_param_ccm_sip_station_keep_alive_interval(manager->scope),
        .now_ms = sj_monotonic_ms(manager->scope),
    };
    const struct register_verdict verdict = register_judge(&request.facts, &circumstances);
    const bool proved = is_proved(manager, &request, &verdict, &found, &proof);
    if (proved && verdict.action == REGISTER_BIND) {
        bind_phone(manager, &request, &verdict, &found, proof, circumstances.now_ms);
    } else if (proved) {
        act(manager, &request, &verdict, &found);
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
