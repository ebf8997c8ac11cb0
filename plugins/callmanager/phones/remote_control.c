/* REFERs to phones. Their answers are not waited for: a phone that refuses one shows an old state.
 */
#include "phones/remote_control.h"
#include "dial_plan/dial_codes.h"

#include <stdio.h>

#include "phones/message_waiting.h"
#include "phones/request_to_phone.h"
#include "phones/softkey_event.h"
#include "sip/multipart.h"

#include <sojourn/xml_text.h>

static const char head[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<x-cisco-remotecc-request>\r\n";
static const char tail[] = "</x-cisco-remotecc-request>\r\n";
static const char request_type[] = "application/x-cisco-remotecc-request+xml";
#define BOUNDARY "uniqueBoundary"
static const char multipart_type[] = "multipart/mixed; boundary=" BOUNDARY;
static const char part_headers[] = "Content-Type: application/x-cisco-remotecc-request+xml\r\n";

static void put_refer(struct call_manager *manager, struct sip_writer *writer,
                      const struct registration *registration, const char *branch, const char *type,
                      struct sip_text body) {
    const char *own = call_manager_address(manager, &registration->flow);
    char content_id[SIP_TAG];
    call_manager_token(manager, content_id);
    sip_put_request_to_phone(manager, writer, "REFER", registration, branch);
    sip_put(writer, "Require: norefersub\r\nExpires: 30\r\nReferred-By: <sip:");
    sip_put_host(writer, own, 0);
    sip_put(writer, ">\r\nRefer-To: <cid:");
    sip_put(writer, content_id);
    sip_put(writer, "@");
    sip_put(writer, own);
    sip_put(writer, ">\r\nContent-Id: <");
    sip_put(writer, content_id);
    sip_put(writer, "@");
    sip_put(writer, own);
    sip_put(writer, ">\r\n");
    sip_put_body(writer, sip_text_of(type), body);
}

static void send_body(struct call_manager *manager, const struct registration *registration,
                      const char *type, const struct sip_writer *body) {
    struct sip_writer writer = call_manager_writer(manager);
    char token[SIP_TAG], branch[32];
    const struct sip_text text = {body->data, body->used};
    call_manager_token(manager, token);
    (void)snprintf(branch, sizeof branch, "z9hG4bK%s", token);
    put_refer(manager, &writer, registration, branch, type, text);
    if (writer.overflow || body->overflow ||
        sip_client_begin(&manager->transactions, SIP_REFER, branch, &registration->flow,
                         writer.data, writer.used, NULL, NULL) == NULL) {
        sj_log_warning(manager->scope, "cannot send phone %s the state of its features",
                       registration->device->name);
    }
}

/* ---- what is sent ---- */

static void put_do_not_disturb(struct sip_writer *body, const struct device *device) {
    sip_put(body, head);
    sip_put(body, "<dndupdate>\r\n<state>");
    sip_put(body, device->do_not_disturb ? "enable" : "disable");
    sip_put(body, "</state>\r\n<option>");
    sip_put(body, device->call_reject ? "callreject" : "ringeroff");
    sip_put(body, "</option>\r\n</dndupdate>\r\n");
    sip_put(body, tail);
}

static void put_hunt_login(struct sip_writer *body, const struct device *device) {
    sip_put(body, head);
    sip_put(body, "<hlogupdate>\r\n<status>");
    sip_put(body, device->logged_into_hunt_group ? "on" : "off");
    sip_put(body, "</status>\r\n</hlogupdate>\r\n");
    sip_put(body, tail);
}

static void put_privacy(struct sip_writer *body, bool is_private) {
    sip_put(body, head);
    sip_put(body, "<privacyreq>\r\n<status>");
    sip_put(body, is_private ? "true" : "false");
    sip_put(body, "</status>\r\n</privacyreq>\r\n");
    sip_put(body, tail);
}

/* Destinations are digits: nothing in them needs an escape. */
static void put_line(struct call_manager *manager, struct sip_writer *body,
                     const struct device_line *line) {
    struct message_summary messages;
    char shown[DIGITS_MAX];
    message_waiting_get(manager, line->key, &messages);
    const sj_directory_number *number = dial_plan_directory_number(&manager->plan, line->key);
    sip_put(body, "<contact line=\"");
    sip_put_number(body, (uint64_t)(line - line_device(line)->lines) + 1);
    sip_put(body, messages.waiting ? "\">\r\n<mwi>yes</mwi>\r\n<emwi>\r\n<voice-msg new=\""
                                   : "\">\r\n<mwi>no</mwi>\r\n<emwi>\r\n<voice-msg new=\"");
    sip_put_number(body, messages.new_messages);
    sip_put(body, "\" old=\"");
    sip_put_number(body, messages.old_messages);
    sip_put(body, "\"/>\r\n</emwi>\r\n<cfwdallupdate>\r\n<fwdaddress>");
    sip_put(body, dial_codes_shown(&manager->plan,
                                   number == NULL ? "" : number->forward_all_destination, shown));
    sip_put(
        body,
        "</fwdaddress>\r\n<tovoicemail>off</tovoicemail>\r\n</cfwdallupdate>\r\n</contact>\r\n");
}

/* One line's forwarding, or with NULL that of all lines. */
static void put_lines(struct call_manager *manager, struct sip_writer *body,
                      const struct device *device, const struct device_line *only) {
    sip_put(body, head);
    sip_put(body, "<bulkupdate>\r\n");
    for (size_t i = 0; i < device->line_count; i++) {
        if (only == NULL || only == &device->lines[i]) {
            put_line(manager, body, &device->lines[i]);
        }
    }
    sip_put(body, "</bulkupdate>\r\n");
    sip_put(body, tail);
}

/* ---- sending it ---- */

void remote_control_notify_do_not_disturb(struct call_manager *manager,
                                          struct registration *registration) {
    const enum notified_state state =
        registration->device->do_not_disturb ? NOTIFIED_ON : NOTIFIED_OFF;
    char text[400];
    struct sip_writer body;
    if (!registration->cisco || registration->notified_do_not_disturb == (uint8_t)state ||
        (registration->notified_do_not_disturb == NOTIFIED_NOTHING && state == NOTIFIED_OFF)) {
        return;
    }
    registration->notified_do_not_disturb = (uint8_t)state;
    sip_writer_init(&body, text, sizeof text);
    put_do_not_disturb(&body, registration->device);
    send_body(manager, registration, request_type, &body);
}

/* Before they are told otherwise phones take it that they are not private. */
void remote_control_notify_privacy(struct call_manager *manager,
                                   struct registration *registration) {
    const bool is_private = registration_is_private(registration);
    char text[300];
    struct sip_writer body;
    if (!registration->cisco || registration->told_private == is_private) {
        return;
    }
    registration->told_private = is_private;
    sip_writer_init(&body, text, sizeof text);
    put_privacy(&body, is_private);
    send_body(manager, registration, request_type, &body);
}

void remote_control_notify_hunt_login(struct call_manager *manager,
                                      const struct registration *registration) {
    enum { SHOWN_S = 10 };
    char text[300];
    struct sip_writer body;
    if (!registration->cisco) {
        return;
    }
    sip_writer_init(&body, text, sizeof text);
    put_hunt_login(&body, registration->device);
    send_body(manager, registration, request_type, &body);
    remote_control_show(manager, registration,
                        registration->device->logged_into_hunt_group ? "Logged into hunt groups"
                                                                     : "Logged out of hunt groups",
                        SHOWN_S);
}

void remote_control_notify_line(struct call_manager *manager, const char *directory_number) {
    struct device_line *line = NULL;
    while ((line = registration_lines(manager->registrations, directory_number, line)) != NULL) {
        if (line_device(line)->registration->cisco && !line_device(line)->removed) {
            char text[800];
            struct sip_writer body;
            sip_writer_init(&body, text, sizeof text);
            put_lines(manager, &body, line_device(line), line);
            send_body(manager, line_device(line)->registration, request_type, &body);
        }
    }
}

void remote_control_notify_forward_all(struct call_manager *manager, const char *directory_number) {
    struct device_line *line = NULL;
    remote_control_notify_line(manager, directory_number);
    while ((line = registration_lines(manager->registrations, directory_number, line)) != NULL) {
        manager->watch->phone_changed(manager, line_device(line)->name);
    }
}

/* In one message, as phones expect it: always with the lines' part, whatever else there is. */
void remote_control_notify_all(struct call_manager *manager, struct registration *registration) {
    static char text[62000], lines_text[60000]; /* 200 lines; on the one loop */
    const struct sip_text boundary = sip_text_of(BOUNDARY), headers = sip_text_of(part_headers);
    const bool is_private = registration_is_private(registration);
    char state_text[400], hunt_text[300], privacy_text[300];
    struct sip_writer body, state, hunt, privacy, lines;
    sip_writer_init(&body, text, sizeof text);
    sip_writer_init(&state, state_text, sizeof state_text);
    sip_writer_init(&hunt, hunt_text, sizeof hunt_text);
    sip_writer_init(&privacy, privacy_text, sizeof privacy_text);
    sip_writer_init(&lines, lines_text, sizeof lines_text);
    put_do_not_disturb(&state, registration->device);
    put_hunt_login(&hunt, registration->device);
    put_privacy(&privacy, is_private);
    put_lines(manager, &lines, registration->device, NULL);
    const struct sip_text state_part = {state.data, state.used}, hunt_part = {hunt.data, hunt.used},
                          privacy_part = {privacy.data, privacy.used},
                          lines_part = {lines.data, lines.used};
    multipart_put(&body, boundary, headers, state_part);
    multipart_put(&body, boundary, headers, hunt_part);
    if (is_private) {
        multipart_put(&body, boundary, headers, privacy_part);
    }
    multipart_put(&body, boundary, headers, lines_part);
    multipart_put_end(&body, boundary);
    body.overflow =
        body.overflow || state.overflow || hunt.overflow || privacy.overflow || lines.overflow;
    registration->notified_do_not_disturb =
        registration->device->do_not_disturb ? NOTIFIED_ON : NOTIFIED_OFF;
    registration->told_private = is_private;
    send_body(manager, registration, multipart_type, &body);
}

/* The text need not be UTF-8 (0x80 begins what the phone has words for), so that no encoding is
 * said. */
static void put_status_line(struct sip_writer *body, const char *text, int64_t for_s) {
    sip_put(body, "<x-cisco-remotecc-request>\r\n<statuslineupdatereq>\r\n"
                  "<action>notify_display</action>\r\n<statustext>");
    sip_put(body, text);
    sip_put(body, "</statustext>\r\n<displaytimeout>");
    sip_put_number(body, (uint64_t)for_s);
    sip_put(body, "</displaytimeout>\r\n<linenumber>0</linenumber>\r\n<priority>1</priority>\r\n"
                  "</statuslineupdatereq>\r\n");
    sip_put(body, tail);
}

static void put_dialog(struct sip_writer *body, const struct sip_replaces *dialog) {
    sip_put(body, "<dialogid>\r\n<callid>");
    sip_put_value(body, sip_text_of(dialog->call_id));
    sip_put(body, "</callid>\r\n<localtag>");
    sip_put_value(body, sip_text_of(dialog->to_tag));
    sip_put(body, "</localtag>\r\n<remotetag>");
    sip_put_value(body, sip_text_of(dialog->from_tag));
    sip_put(body, "</remotetag>\r\n</dialogid>\r\n");
}

static void put_tone(struct sip_writer *body, const struct sip_replaces *dialog) {
    sip_put(body, "<x-cisco-remotecc-request>\r\n<playtonereq>\r\n");
    if (dialog != NULL) {
        put_dialog(body, dialog);
    }
    sip_put(body,
            "<tonetype>DtZipZip</tonetype>\r\n<direction>all</direction>\r\n</playtonereq>\r\n");
    sip_put(body, tail);
}

/* A request that names a dialog of the phone, between what is before it and what is behind. */
static void send_about(struct call_manager *manager, const struct registration *registration,
                       const struct sip_replaces *dialog, const char *before, const char *behind) {
    char text[1200];
    struct sip_writer body;
    sip_writer_init(&body, text, sizeof text);
    sip_put(&body, "<x-cisco-remotecc-request>\r\n");
    sip_put(&body, before);
    put_dialog(&body, dialog);
    sip_put(&body, behind);
    sip_put(&body, tail);
    send_body(manager, registration, request_type, &body);
}

void remote_control_retrieve(struct call_manager *manager, const struct registration *registration,
                             const struct sip_replaces *dialog) {
    send_about(manager, registration, dialog, "<holdretrievereq>\r\n", "</holdretrievereq>\r\n");
}

void remote_control_show(struct call_manager *manager, const struct registration *registration,
                         const char *text, int64_t for_s) {
    remote_control_alert(manager, registration, text, for_s, false, NULL);
}

void remote_control_alert(struct call_manager *manager, const struct registration *registration,
                          const char *text, int64_t for_s, bool tone,
                          const struct sip_replaces *dialog) {
    const struct sip_text boundary = sip_text_of(BOUNDARY), headers = sip_text_of(part_headers);
    char status_text[700], tone_text[1200], both_text[2400];
    struct sip_writer status, sound, both;
    sip_writer_init(&status, status_text, sizeof status_text);
    sip_writer_init(&sound, tone_text, sizeof tone_text);
    sip_writer_init(&both, both_text, sizeof both_text);
    put_status_line(&status, text, for_s);
    put_tone(&sound, dialog);
    if (!tone) {
        send_body(manager, registration, request_type, &status);
    } else if (text[0] == '\0') {
        send_body(manager, registration, request_type, &sound);
    } else {
        multipart_put(&both, boundary, headers, (struct sip_text){status.data, status.used});
        multipart_put(&both, boundary, headers, (struct sip_text){sound.data, sound.used});
        multipart_put_end(&both, boundary);
        both.overflow = both.overflow || status.overflow || sound.overflow;
        send_body(manager, registration, multipart_type, &both);
    }
}

/* What comes back when a key is pressed names the application, and the word. */
static void put_page(struct sip_writer *body, const char *title, const char *text,
                     const struct remote_key *keys, size_t key_count) {
    sj_xml_text page = {0};
    sj_xml_text_raw(&page, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<CiscoIPPhoneText>\r\n"
                           "<Title>");
    sj_xml_text_escaped(&page, title);
    sj_xml_text_raw(&page, "</Title>\r\n<Text>");
    sj_xml_text_escaped(&page, text);
    sj_xml_text_raw(&page, "</Text>\r\n");
    for (size_t i = 0; i < key_count; i++) {
        sj_xml_text_format(&page,
                           "<SoftKeyItem>\r\n<Name>%s</Name>\r\n<Position>%zu</Position>\r\n"
                           "<URL>UserCallDataSoftKey:%s:" SOFTKEY_APPLICATION
                           ":0:0:0:</URL>\r\n</SoftKeyItem>\r\n",
                           keys[i].name, i + 1, keys[i].word);
    }
    sj_xml_text_raw(&page, "</CiscoIPPhoneText>\r\n");
    sip_put_bytes(body, page.data, page.length);
    body->overflow = body->overflow || page.failed;
    sj_xml_text_free(&page);
}

/* A page with the request that has the phone show it. */
static void send_page(struct call_manager *manager, const struct registration *registration,
                      const char *application, unsigned conference, const struct sip_writer *page) {
    static char both_text[18000]; /* on the one loop */
    const struct sip_text boundary = sip_text_of(BOUNDARY);
    char passes_text[500];
    struct sip_writer both, passes;
    sip_writer_init(&passes, passes_text, sizeof passes_text);
    sip_writer_init(&both, both_text, sizeof both_text);
    sip_put(&passes, "<x-cisco-remotecc-request>\r\n<datapassthroughreq>\r\n<applicationid>");
    sip_put(&passes, application);
    sip_put(&passes, "</applicationid>\r\n<transactionid>0</transactionid>\r\n<stationsequence>"
                     "StationSequenceLast</stationsequence>\r\n<displaypriority>2"
                     "</displaypriority>\r\n<appinstance>0</appinstance>\r\n<routingid>0"
                     "</routingid>\r\n<confid>");
    sip_put_number(&passes, conference);
    sip_put(&passes, "</confid>\r\n</datapassthroughreq>\r\n</x-cisco-remotecc-request>\r\n");
    multipart_put(&both, boundary, sip_text_of(part_headers),
                  (struct sip_text){passes.data, passes.used});
    multipart_put(&both, boundary, sip_text_of("Content-Type: " SOFTKEY_PAGE_TYPE "\r\n"),
                  (struct sip_text){page->data, page->used});
    multipart_put_end(&both, boundary);
    both.overflow = both.overflow || page->overflow || passes.overflow;
    send_body(manager, registration, multipart_type, &both);
}

void remote_control_ask(struct call_manager *manager, const struct registration *registration,
                        const char *title, const char *text, const struct remote_key *keys,
                        size_t key_count) {
    char page_text[2000];
    struct sip_writer page;
    sip_writer_init(&page, page_text, sizeof page_text);
    put_page(&page, title, text, keys, key_count);
    send_page(manager, registration, SOFTKEY_APPLICATION, 0, &page);
}

static void put_page_key(sj_xml_text *page, const char *name, unsigned position, const char *action,
                         unsigned conference, const char *word) {
    sj_xml_text_format(page,
                       "<SoftKeyItem>\r\n<Name>%s</Name>\r\n<Position>%u</Position>\r\n"
                       "<URL>UserCallDataSoftKey:%s:" CONFERENCE_APPLICATION
                       ":0:%u:0:%s</URL>\r\n</SoftKeyItem>\r\n",
                       name, position, action, conference, word);
}

void remote_control_list(struct call_manager *manager, const struct registration *registration,
                         unsigned conference, const struct remote_member *members, size_t count,
                         bool removes) {
    static char page_text[16000]; /* on the one loop */
    struct sip_writer writer;
    sj_xml_text page = {0};
    sip_writer_init(&writer, page_text, sizeof page_text);
    sj_xml_text_raw(&page, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<CiscoIPPhoneMenu>\r\n"
                           "<Title>Conference</Title>\r\n");
    for (size_t i = 0; i < count; i++) {
        sj_xml_text_raw(&page, "<MenuItem>\r\n<Name>");
        sj_xml_text_escaped(&page, members[i].name);
        sj_xml_text_format(&page,
                           "</Name>\r\n<URL>UserCallData:" CONFERENCE_APPLICATION
                           ":0:%u:0:%u</URL>\r\n</MenuItem>\r\n",
                           conference, members[i].number);
    }
    sj_xml_text_raw(&page, "<Prompt>Please select</Prompt>\r\n<SoftKeyItem>\r\n<Name>Exit</Name>"
                           "\r\n<Position>1</Position>\r\n<URL>SoftKey:Exit</URL>\r\n"
                           "</SoftKeyItem>\r\n");
    if (removes) {
        put_page_key(&page, "Remove", 2, "Select", conference, CONFERENCE_REMOVE);
    }
    put_page_key(&page, "Update", 3, "Update", conference, CONFERENCE_UPDATE);
    sj_xml_text_raw(&page, "</CiscoIPPhoneMenu>\r\n");
    sip_put_bytes(&writer, page.data, page.length);
    writer.overflow = writer.overflow || page.failed;
    sj_xml_text_free(&page);
    send_page(manager, registration, CONFERENCE_APPLICATION, conference, &writer);
}

void remote_control_joined(struct call_manager *manager, const struct registration *registration,
                           const struct sip_replaces *dialog) {
    send_about(manager, registration, dialog, "<notifyreq>\r\n",
               "<feature>Join</feature>\r\n<status>Complete</status>\r\n</notifyreq>\r\n");
}

void remote_control_dial(struct call_manager *manager, const struct registration *registration,
                         const char *number, size_t line) {
    char text[400];
    struct sip_writer body;
    sip_writer_init(&body, text, sizeof text);
    sip_put(&body, "<x-cisco-remotecc-request>\r\n<initiatecallreq>\r\n<dialstring>");
    sip_put_value(&body, sip_text_of(number));
    sip_put(&body, "</dialstring>\r\n<linenumber>");
    sip_put_number(&body, line);
    sip_put(&body, "</linenumber>\r\n</initiatecallreq>\r\n");
    sip_put(&body, tail);
    send_body(manager, registration, request_type, &body);
}
