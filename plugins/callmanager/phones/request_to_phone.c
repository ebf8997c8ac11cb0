/* Writes the head of NOTIFY, REFER and OPTIONS to a phone. */
#include "phones/request_to_phone.h"

void sip_put_request_to_phone(struct call_manager *manager, struct sip_writer *writer,
                              const char *method, const struct registration *registration,
                              const char *branch) {
    const char *own = call_manager_address(manager, &registration->flow);
    char tag[SIP_TAG], call_id[SIP_TAG];
    call_manager_token(manager, tag);
    call_manager_token(manager, call_id);
    sip_put(writer, method);
    sip_put(writer, " ");
    sip_put_value(
        writer,
        sip_text_of(registration->contact)); /* exactly as registered, or phones refuse it */
    sip_put(writer, " SIP/2.0\r\n");
    sip_put_own_via(manager, writer, branch, &registration->flow);
    sip_put(writer, "Max-Forwards: 70\r\nFrom: <sip:");
    sip_put_host(writer, own, 0);
    sip_put(writer, ">;tag=");
    sip_put(writer, tag);
    sip_put(writer, "\r\nTo: <sip:");
    sip_put_user(writer, registration->device->line_count > 0
                             ? line_number(&registration->device->lines[0])
                             : registration->device->name);
    sip_put(writer, "@");
    sip_put_host(writer, own, 0);
    sip_put(writer, ">\r\nCall-ID: ");
    sip_put(writer, call_id);
    sip_put(writer, "@");
    sip_put(writer, own);
    sip_put(writer, "\r\nCSeq: 101 ");
    sip_put(writer, method);
    sip_put(writer, "\r\n");
    sip_put_own_contact(manager, writer, "", &registration->flow);
}
