/* Writes the sentences of the phones' journal. */
#include "phones/observations.h"
#include "events/device.h"
#include "phones/phone_capture.h"
#include "phones/phone_journal.h"

#include <stdio.h>
#include <stdlib.h>

/* "10.1.1.1:5060 over tcp" */
static void write_place(const struct sip_flow *flow, char *text, size_t room) {
    char address[SJ_ADDRESS_TEXT];
    const int port = sj_address_format(&flow->remote, address, sizeof address);
    const bool six = flow->remote.any.sa_family == AF_INET6;
    (void)snprintf(text, room, "%s%s%s:%d over %s", six ? "[" : "", address, six ? "]" : "", port,
                   sip_transport_text(flow->transport));
}

static void note(struct call_manager *manager, const char *name, bool known, enum journal_kind kind,
                 const char *text) {
    phone_journal_note(manager->journal, name, known, kind, sj_wall_ms(manager->scope), text);
    sj_metric_set(manager->scope, manager->metric_journal, (double)manager->journal->bytes);
}

/* "3 h 20 min" */
static void write_span(int64_t span_ms, char *text, size_t room) {
    const long long s = span_ms < 0 ? 0 : (long long)(span_ms / 1000);
    if (s < 120) {
        (void)snprintf(text, room, "%lld s", s);
    } else if (s < 7200) {
        (void)snprintf(text, room, "%lld min", s / 60);
    } else {
        (void)snprintf(text, room, "%lld h %lld min", s / 3600, s / 60 % 60);
    }
}

void observe_registration_end(struct call_manager *manager, const struct registration *registration,
                              const char *reason) {
    char text[400], place[80], span[40];
    const char *user = registration->device->login->user_id;
    write_place(&registration->flow, place, sizeof place);
    write_span(sj_wall_ms(manager->scope) - registration->registered_at_ms, span, sizeof span);
    (void)snprintf(text, sizeof text, "%s: was registered from %s for %s%s%.60s", reason, place,
                   span, user[0] != '\0' ? ", user " : "", user);
    note(manager, registration->device->name, true, JOURNAL_REGISTRATION, text);
}

void observe_refusal(struct call_manager *manager, const char *device_name,
                     const struct sip_flow *flow, int status, const char *reason) {
    char text[400], place[80];
    if (device_name[0] == '\0') {
        return;
    }
    write_place(flow, place, sizeof place);
    (void)snprintf(text, sizeof text, "refused, %d %.100s: REGISTER from %s", status, reason,
                   place);
    note(manager, device_name, false, JOURNAL_REGISTRATION, text);
}

void observe_register_reason(struct call_manager *manager, const char *device_name,
                             const struct sip_message *message) {
    char text[ALARM_TEXT];
    if (phone_alarm_of_reason(sip_message_header(message, SIP_REASON), text)) {
        note(manager, device_name, true, JOURNAL_ALARM, text);
    }
}

void observe_alarm(struct call_manager *manager, const char *device_name,
                   const struct sip_flow *flow, const struct phone_alarm *alarm) {
    char text[JOURNAL_TEXT + 80], address[SJ_ADDRESS_TEXT];
    (void)sj_address_format(&flow->remote, address, sizeof address);
    (void)snprintf(text, sizeof text, "%.*s (from %s)",
                   (int)(JOURNAL_TEXT - strlen(address) - sizeof " (from )"), alarm->text, address);
    note(manager, device_name, false, alarm->trust ? JOURNAL_TRUST : JOURNAL_ALARM, text);
}

/* Files whose name says no phone are those of the phone that asks for its own from there. The
 * address is noted where it is another than before. */
static void on_file_served(void *user, const sj_file_served *event) {
    struct call_manager *manager = user;
    char text[JOURNAL_TEXT], answer[60], place[SJ_ADDRESS_TEXT + 4] = "";
    sj_address address;
    if (sj_address_parse(event->address, 0, &address) != SJ_OK) {
        return;
    }
    const char *there = phone_journal_name_at(manager->journal, &address),
               *name = event->device_name[0] != '\0' ? event->device_name : there;
    if (name == NULL) {
        return;
    }
    if (event->found) {
        (void)snprintf(answer, sizeof answer, "%lld bytes", (long long)event->bytes);
    } else {
        (void)snprintf(answer, sizeof answer, "%s", event->answer);
    }
    if (there == NULL || strcmp(there, name) != 0) {
        (void)snprintf(place, sizeof place, " to %s", event->address);
    }
    (void)snprintf(text, sizeof text, "%.80s: %s over %s%s", event->name, answer,
                   sj_file_served_transport_text(event->transport), place);
    note(manager, name, event->found, JOURNAL_FILE, text);
    phone_capture_file(manager, name, &address, event->transport == SJ_FILE_SERVED_TRANSPORT_HTTP,
                       event->name, event->found, event->bytes, event->answer);
    if (event->device_name[0] != '\0') {
        phone_journal_at(manager->journal, name, &address);
    }
}

int observations_open(struct call_manager *manager, sj_error *error) {
    manager->journal = calloc(1, sizeof *manager->journal);
    if (manager->journal == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the journal of phones");
    }
    manager->metric_journal =
        sj_metric_new(manager->scope, SJ_GAUGE, "sojourn_ccm_phone_journal_bytes",
                      "Memory asked for by what was observed of phones lately");
    manager->started_ms = sj_wall_ms(manager->scope);
    return sj_on_file_served(manager->scope, on_file_served, manager, error) == NULL ? error->code
                                                                                     : SJ_OK;
}

void observations_close(struct call_manager *manager) {
    if (manager->journal != NULL) {
        phone_journal_free(manager->journal);
        free(manager->journal);
    }
}
