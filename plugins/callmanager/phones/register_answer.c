/* Writes answers to REGISTER, as Cisco's phones and plain ones expect them. */
#include "phones/register_answer.h"

/* The phone's own contact comes back with all its parameters, but with the time granted. */
static void put_contact(struct sip_writer *writer, const struct register_request *request,
                        uint32_t granted_s, bool fresh) {
    const struct sip_text params = request->facts.contact.params;
    size_t i = 0;
    sip_put(writer, "Contact: <");
    sip_put_value(writer, request->facts.contact.uri);
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
    "status\">\r\n<unot/>\r\n</dialog>\r\n"
    "</optionsind>\r\n</response>\r\n</x-cisco-remotecc-response>\r\n";

void register_answer_accept(struct call_manager *manager, const struct register_request *request,
                            uint32_t granted_s, bool cisco, bool fresh) {
    struct sip_writer writer = call_manager_writer(manager);
    const struct sip_flow destination = sip_answer_flow(request->message, request->flow);
    const bool with_body = cisco && request->facts.has_body && granted_s > 0;
    char tag[SIP_TAG];
    call_manager_token(manager, tag);
    sip_put_answer_head(&writer, request->message, 200, "OK", tag, &request->flow->remote);
    sip_put(&writer, "Date: ");
    sip_put(&writer, call_manager_date(manager));
    sip_put(&writer, "\r\nServer: Sojourn/" SOJOURN_VERSION "\r\n");
    if (request->facts.has_contact && (granted_s > 0 || request->facts.keep_alive)) {
        put_contact(&writer, request, granted_s, fresh && cisco);
    }
    sip_put(&writer, "Expires: ");
    sip_put_number(&writer, granted_s);
    sip_put(&writer, cisco ? "\r\nSupported: X-cisco-srtp-fallback,X-cisco-sis-8.0.0\r\n" : "\r\n");
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
    sip_answer(manager, request->message, request->flow, status, reason);
}
