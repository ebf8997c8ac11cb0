/* What phones send of themselves. Alarms are kept in their journal, nothing else. */
#include "phones/phone_request.h"
#include "core/refusals.h"
#include "phones/observations.h"
#include "phones/registration_table.h"

#include <stdio.h>

static const char unregistered[] = "a phone that is not registered";

/* The text between <name> and </name>, or attribute values' beginning, made fit for a log line; ""
 * when there is none. */
static void text_of(struct sip_text body, const char *begin, char stop, char *text, size_t room) {
    const size_t length = strlen(begin);
    size_t used = 0;
    for (size_t i = 0; i + length <= body.length; i++) {
        if (memcmp(body.at + i, begin, length) == 0) {
            for (i += length; i < body.length && body.at[i] != stop && used + 1 < room; i++) {
                text[used++] = (char)(body.at[i] < ' ' || body.at[i] > '~' ? '?' : body.at[i]);
            }
            break;
        }
    }
    text[used] = '\0';
}

static bool is_type(const struct sip_message *request, const char *type) {
    return sip_text_is_nocase(sip_text_token(sip_message_header(request, SIP_CONTENT_TYPE)), type);
}

static bool asks_for_token(const struct sip_message *request) {
    return sip_text_is_nocase(sip_message_header(request, SIP_REFER_TO),
                              "<urn:X-cisco-remotecc:token-registration>");
}

/* Phones send them before they register, too. */
static void receive_alarm(struct call_manager *manager, const struct sip_message *request,
                          const struct sip_flow *flow, const struct registration *phone) {
    struct phone_alarm alarm;
    phone_alarm_read(request->body, &alarm);
    const char *name = alarm.device_name[0] != '\0' ? alarm.device_name
                       : phone != NULL              ? phone->device->name
                                                    : "";
    (void)refusals_note(manager, NOTED_ALARM, flow, "alarm %s of %s", alarm.name,
                        name[0] != '\0' ? name : unregistered);
    if (name[0] != '\0') {
        observe_alarm(manager, name, flow, &alarm);
    }
    sip_answer(manager, request, flow, 202, "");
}

void phone_refer(struct call_manager *manager, const struct sip_message *request,
                 const struct sip_flow *flow) {
    const struct registration *phone = registration_from(manager->registrations, flow, NULL);
    const char *who = phone == NULL ? unregistered : phone->device->name;
    char what[80];
    if (is_type(request, "application/x-cisco-alarm+xml")) {
        receive_alarm(manager, request, flow, phone);
        return;
    }
    if (asks_for_token(
            request)) { /* a phone that wants to come back to this node, which is there */
        sip_answer(manager, request, flow, 202, "");
        return;
    }
    text_of(request->body, "<softkeyevent>", '<', what, sizeof what);
    (void)refusals_note(manager, REFUSED_FEATURE, flow,
                        "REFER of %s is refused: %s%s is not offered", who,
                        what[0] != '\0' ? "the softkey " : "what it asks for", what);
    sip_answer(manager, request, flow, 603,
               "This call manager does not offer the feature of the REFER");
}

void phone_notify(struct call_manager *manager, const struct sip_message *request,
                  const struct sip_flow *flow) {
    const struct registration *phone = registration_from(manager->registrations, flow, NULL);
    const struct sip_text event = sip_text_token(sip_message_header(request, SIP_EVENT));
    if (phone == NULL) {
        sip_answer(manager, request, flow, 481, "");
    } else if (sip_text_is_nocase(event, "dialog") || sip_text_is_nocase(event, "hook-status") ||
               sip_text_is_nocase(
                   event, "keep-alive")) { /* hook states and pings: there is nothing to do */
        sip_answer(manager, request, flow, 200, "");
    } else {
        char name[60];
        (void)sip_text_copy(event, name, sizeof name);
        (void)refusals_note(manager, REFUSED_FEATURE, flow,
                            "NOTIFY of phone %s is refused: the event %s is not known",
                            phone->device->name, name);
        sip_answer(manager, request, flow, 489, "");
    }
}
