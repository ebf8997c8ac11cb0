/* Writes answers to REGISTER, as Cisco's phones and plain ones expect them. */
#include "phones/register_answer.h"
#include "phones/observations.h"
#include "phones/registrations.h"

/* A contact that the phone has named comes back with all its parameters, but with the time granted.
 */
static void put_contact(struct sip_writer *writer, const struct register_contact *contact,
                        uint32_t granted_s, bool fresh) {
    const struct sip_text params = contact->address.params;
    size_t i = 0;
    sip_put(writer, "Contact: <");
    sip_put_value(writer, contact->address.uri);
    sip_put(writer, ">");
    while (i < params.length) {
        struct sip_text param = {params.at + i, 1};
        bool quoted = false;
        while (i + param.length < params.length && (quoted || params.at[i + param.length] != ';')) {
            quoted = params.at[i + param.length] == '"' ? !quoted : quoted;
            param.length++;
        }
        i += param.length;
        if (param.length < 9 || strncasecmp(param.at, ";expires=", 9) != 0) {
            sip_put_value(writer, param);
        }
    }
    sip_put(writer, ";expires=");
    sip_put_number(writer, granted_s);
    sip_put(writer, fresh ? ";x-cisco-newreg\r\n" : "\r\n");
}

static const char remotecc_response[] =
    "<?xml version=\"1.0\" "
    "encoding=\"UTF-8\"?>\r\n<x-cisco-remotecc-response>\r\n<response>\r\n<code>200</"
    "code>\r\n<optionsind>\r\n"
    "<combine max=\"6\">\r\n<service-control/>\r\n</combine>\r\n<dialog usage=\"hook "
    "status\">\r\n<unot/>\r\n</dialog>\r\n<dialog usage=\"shared "
    "line\">\r\n<unot/>\r\n</dialog>\r\n<presence usage=\"blf speed "
    "dial\">\r\n<unot/>\r\n</presence>\r\n"
    "</optionsind>\r\n</response>\r\n</x-cisco-remotecc-response>\r\n";

static bool is_named(const struct register_steps *steps, const struct registration *registration) {
    for (size_t i = 0; i < steps->count; i++) {
        if (steps->steps[i].contact != NULL &&
            sip_text_is(steps->steps[i].contact->address.uri, registration->contact)) {
            return true;
        }
    }
    return false;
}

/* Those that the request has not named. */
static void put_other_contacts(struct call_manager *manager, struct sip_writer *writer,
                               const struct register_steps *steps, struct registration *phone) {
    struct registration *next = NULL;
    while ((next = register_contacts_of(phone, steps->record, next)) != NULL) {
        if (!is_named(steps, next)) {
            sip_put(writer, "Contact: <");
            sip_put_value(writer, sip_text_of(next->contact));
            sip_put(writer, ">;expires=");
            sip_put_number(writer, (uint64_t)(registrations_left_ms(manager, next) + 999) / 1000);
            sip_put(writer, "\r\n");
        }
    }
}

/* Returns the longest time that was granted. */
static uint32_t put_named_contacts(struct sip_writer *writer,
                                   const struct register_request *request,
                                   const struct register_steps *steps) {
    uint32_t longest_s = 0;
    for (size_t i = 0; i < steps->count; i++) {
        const struct register_verdict *verdict = &steps->steps[i].verdict;
        const bool standby = verdict->action == REGISTER_STANDBY;
        if (steps->steps[i].contact != NULL && (verdict->granted_s > 0 || standby)) {
            put_contact(writer, steps->steps[i].contact, verdict->granted_s,
                        verdict->fresh && request->facts.named);
        }
        longest_s = verdict->granted_s > longest_s ? verdict->granted_s : longest_s;
    }
    return longest_s;
}

void register_answer_accept(struct call_manager *manager, const struct register_request *request,
                            const struct register_steps *steps, struct registration *phone) {
    struct sip_writer writer = call_manager_writer(manager);
    const struct sip_flow destination = sip_answer_flow(request->message, request->flow);
    const bool cisco = request->facts.named;
    char tag[SIP_TAG];
    call_manager_token(manager, tag);
    sip_put_answer_head(&writer, request->message, 200, "OK", tag, &request->flow->remote);
    sip_put(&writer, "Date: ");
    sip_put(&writer, call_manager_date(manager));
    sip_put(&writer, "\r\nServer: Sojourn/" SOJOURN_VERSION "\r\n");
    const uint32_t granted_s = put_named_contacts(&writer, request, steps);
    const bool with_body = cisco && request->facts.has_body && granted_s > 0;
    if (steps->steps[0].verdict.action != REGISTER_STANDBY) {
        put_other_contacts(manager, &writer, steps, phone);
    }
    if (request->facts.star || request->facts.contact_count > 0) {
        sip_put(&writer, "Expires: ");
        sip_put_number(&writer, granted_s);
        sip_put(&writer, "\r\n");
    }
    sip_put(&writer, cisco ? "Supported: X-cisco-srtp-fallback,X-cisco-sis-8.0.0\r\n" : "");
    sip_put_body(&writer, sip_text_of(with_body ? "application/x-cisco-remotecc-response+xml" : ""),
                 sip_text_of(with_body ? remotecc_response : ""));
    if (!writer.overflow) {
        (void)sip_transport_send(&manager->transport, &destination, writer.data, writer.used);
    }
}

void register_answer_refuse(struct call_manager *manager, const struct register_request *request,
                            int status, const char *reason) {
    sj_log_debug(manager->scope, "REGISTER of %s answered %d: %s",
                 request->facts.named ? request->facts.device_name : request->facts.user, status,
                 reason);
    observe_refusal(manager, request->device_name, request->flow, status, reason);
    sip_answer(manager, request->message, request->flow, status, reason);
}
