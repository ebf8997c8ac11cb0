/* Writes the NOTIFYs. Whether they arrive changes nothing: the call waits in any case. */
#include "calls/park_monitor.h"
#include "phones/registration_table.h"

#include <sojourn/xml_text.h>

#include <stdio.h>
#include <stdlib.h>

/* Sources differ: two open call managers that serve such phones spell the name spaces like this,
 * and say that the firmware does; one that was written after a trace has "params". */
#define NAMESPACES                                                                                 \
    "xmlns=\"urn:ietf:parmams:xml:ns:dialog-info\" "                                               \
    "xmlns:call=\"urn:x-cisco:parmams:xml:ns:dialog-info:dialog:callinfo-dialog\""

struct park_monitor {
    struct call_manager *manager;
    char device_name[130], number[DIGITS_MAX];
    char local[256], tag[SIP_TAG], remote[300], call_id[256]; /* of the dialog */
    uint32_t cseq;
    bool over;
};

struct park_monitor *park_monitor_new(struct call_manager *manager,
                                      const struct sip_message *request, const char *device_name,
                                      const char *park_number) {
    struct park_monitor *monitor = calloc(1, sizeof *monitor);
    if (monitor == NULL ||
        !sip_text_copy(sip_message_header(request, SIP_TO), monitor->local,
                       sizeof monitor->local) ||
        !sip_text_copy(sip_message_header(request, SIP_FROM), monitor->remote,
                       sizeof monitor->remote) ||
        !sip_text_copy(sip_message_header(request, SIP_CALL_ID), monitor->call_id,
                       sizeof monitor->call_id)) {
        free(monitor);
        return NULL;
    }
    monitor->manager = manager;
    sip_answer_tag(manager, request, monitor->tag);
    (void)snprintf(monitor->device_name, sizeof monitor->device_name, "%s", device_name);
    (void)snprintf(monitor->number, sizeof monitor->number, "%s", park_number);
    return monitor;
}

static const char *word_of(enum park_notice notice) {
    static const char *const words[] = {
        [PARK_NOTICE_PARKED] = "parked",       [PARK_NOTICE_REMINDER] = "reminder",
        [PARK_NOTICE_RETRIEVED] = "retrieved", [PARK_NOTICE_FORWARDED] = "forwarded",
        [PARK_NOTICE_ABANDONED] = "abandoned", [PARK_NOTICE_ERROR] = "error"};
    return words[notice];
}

/* The phone shows the park number from the entity. */
static void put_state(const struct park_monitor *monitor, enum park_notice notice, bool waits,
                      const char *own, sj_xml_text *text) {
    char party[DIGITS_MAX + SJ_ADDRESS_TEXT + 8];
    (void)snprintf(party, sizeof party, "sip:%s@%s", monitor->number, own);
    sj_xml_text_format(text,
                       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<dialog-info " NAMESPACES
                       " version=\"%u\" state=\"full\"",
                       monitor->cseq);
    sj_xml_text_attribute(text, "entity", party + strlen("sip:"));
    sj_xml_text_raw(text, ">\r\n<dialog");
    sj_xml_text_attribute(text, "id", monitor->number);
    sj_xml_text_format(text,
                       ">\r\n<state>%s</state>\r\n<call:park><event>%s</event></call:park>\r\n"
                       "<local><identity display=\"\">",
                       waits ? "confirmed" : "terminated", word_of(notice));
    sj_xml_text_escaped(text, party);
    sj_xml_text_raw(text, "</identity></local>\r\n<remote><identity display=\"\">");
    sj_xml_text_escaped(text, party);
    sj_xml_text_raw(text, "</identity></remote>\r\n</dialog>\r\n</dialog-info>\r\n");
}

static void put_head(const struct park_monitor *monitor, struct sip_writer *writer,
                     const struct registration *phone, const char *branch) {
    sip_put(writer, "NOTIFY ");
    sip_put_value(writer, sip_text_of(phone->contact));
    sip_put(writer, " SIP/2.0\r\n");
    sip_put_own_via(monitor->manager, writer, branch, &phone->flow);
    sip_put(writer, "Max-Forwards: 70\r\n");
    sip_put_dialog(writer, monitor->local, monitor->tag, monitor->remote, monitor->call_id);
    sip_put(writer, "CSeq: ");
    sip_put_number(writer, monitor->cseq);
    sip_put(writer, " NOTIFY\r\n");
    sip_put_own_contact(monitor->manager, writer, monitor->number, &phone->flow);
}

void park_monitor_tell(struct park_monitor *monitor, enum park_notice notice, uint64_t lasts_s) {
    struct call_manager *manager = monitor->manager;
    const struct registration *phone =
        registration_find(manager->registrations, monitor->device_name);
    const bool waits = notice == PARK_NOTICE_PARKED || notice == PARK_NOTICE_REMINDER;
    if (monitor->over) {
        return;
    }
    monitor->over = !waits;
    if (phone == NULL) {
        return;
    }
    struct sip_writer writer = call_manager_writer(manager);
    sj_xml_text text = {0};
    char token[SIP_TAG], branch[32];
    call_manager_token(manager, token);
    (void)snprintf(branch, sizeof branch, "z9hG4bK%s", token);
    monitor->cseq++;
    put_state(monitor, notice, waits, call_manager_address(manager, &phone->flow), &text);
    put_head(monitor, &writer, phone, branch);
    sip_put(&writer, "Event: refer\r\nSubscription-State: ");
    if (waits) {
        sip_put(&writer, "active;expires=");
        sip_put_number(&writer, lasts_s);
    } else {
        sip_put(&writer, "terminated;reason=noresource");
    }
    sip_put(&writer, "\r\n");
    sip_put_body(&writer, sip_text_of("application/dialog-info+xml"),
                 (struct sip_text){text.data, text.length});
    if (writer.overflow || text.failed ||
        sip_client_begin(&manager->transactions, SIP_NOTIFY, branch, &phone->flow, writer.data,
                         writer.used, NULL, NULL) == NULL) {
        sj_log_warning(manager->scope, "phone %s cannot be told of the call parked at %s: %s",
                       monitor->device_name, monitor->number, word_of(notice));
    }
    sj_xml_text_free(&text);
}

void park_monitor_free(struct park_monitor *monitor) {
    free(monitor);
}
