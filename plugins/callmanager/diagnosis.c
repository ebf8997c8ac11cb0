/* Puts an answer to phone.diagnose together: Extension Mobility is asked who is logged in, Cisco
 * Tftp for the settings; the rest is in the table of registrations, in the journal and in the
 * softkey template. What cannot be known is said. */
#include "diagnosis.h"
#include "diagnosis_keys.h"
#include "dial_plan/dial_codes.h"
#include "events/call.h"
#include "events/phone.h"
#include "phones/phone_journal.h"
#include "phones/registration_store.h"
#include "phones/registrations.h"
#include "phones/softkey_answers.h"
#include "resources/softkey_template.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

enum {
    NOTES = 7,
    NOTE = 400,
    REGISTRATIONS = 16,
    STATES = 11,
    LINE_KEYS = 300,
    LINE_KEY = 24,
    ASKED_SPEED_DIALS = 50, /* of which it is said where they lead */
};

struct diagnosis {
    struct call_manager *manager;
    sj_scope *scope;
    sj_question *question;
    char device_name[130];
    sj_phone_diagnose_reply reply;
    const char *notes[NOTES];
    char texts[NOTES][NOTE];
    sj_phone_diagnose_reply_registration registrations[REGISTRATIONS];
    char addresses[REGISTRATIONS][SJ_ADDRESS_TEXT];
    struct journal_note noted[JOURNAL_KINDS][JOURNAL_NOTES_MAX];
    sj_observation observations[JOURNAL_KINDS][JOURNAL_NOTES_MAX];
    sj_phone_diagnose_reply_key keys[SOFTKEYS];
    sj_text states[SOFTKEYS], key_texts[SOFTKEYS];
    sj_phone_diagnose_reply_line_key line_keys[LINE_KEYS];
    char line_key_names[LINE_KEYS][LINE_KEY];
    sj_text line_key_texts[LINE_KEYS];
    char *dialled[LINE_KEYS]; /* by speed dials, copied; NULL: the key is none */
    size_t line_key_count, asked, speed_dials_asked;
};

static void say(struct diagnosis *diagnosis, const char *format, ...) SJ_PRINTF(2, 3);
static void say(struct diagnosis *diagnosis, const char *format, ...) {
    const size_t at = diagnosis->reply.notes_count;
    va_list arguments;
    if (at < NOTES) {
        va_start(arguments, format);
        (void)vsnprintf(diagnosis->texts[at], NOTE, format, arguments);
        va_end(arguments);
        diagnosis->notes[at] = diagnosis->texts[at];
        diagnosis->reply.notes_count++;
    }
}

static void tell_registrations(struct diagnosis *diagnosis) {
    struct call_manager *manager = diagnosis->manager;
    const struct registration *next = registration_store_find(manager, diagnosis->device_name);
    size_t count = 0;
    for (; next != NULL && count < REGISTRATIONS; next = registration_next(next)) {
        char *address = diagnosis->addresses[count];
        sj_phone_diagnose_reply_registration *row = &diagnosis->registrations[count++];
        row->port = sj_address_format(&next->flow.remote, address, SJ_ADDRESS_TEXT);
        row->address = address;
        row->transport = next->flow.transport;
        row->since = next->registered_at_ms;
        row->expires_in_s = registrations_left_ms(manager, next) / 1000;
        row->user_id = next->device->login->user_id;
        row->user_agent = registration_user_agent(next);
        row->contact = next->contact;
    }
    diagnosis->reply.registrations = diagnosis->registrations;
    diagnosis->reply.registrations_count = count;
    if (count == 0) {
        say(diagnosis, "The phone is not registered at this node.");
        return;
    }
    const struct device *device = registration_store_find(manager, diagnosis->device_name)->device;
    if (device->emcc) {
        say(diagnosis, "It is a phone of the cluster %s, on which %s of this cluster is logged in.",
            device->login->visiting_cluster_id, device->login->user_id);
    }
}

static size_t observations_of(struct diagnosis *diagnosis, enum journal_kind kind,
                              const sj_observation **list) {
    struct journal_note *noted = diagnosis->noted[kind];
    sj_observation *rows = diagnosis->observations[kind];
    const size_t count =
        phone_journal_read(diagnosis->manager->journal, diagnosis->device_name, kind, noted);
    for (size_t i = 0; i < count; i++) {
        rows[i] =
            (sj_observation){.at = noted[i].at_ms, .times = noted[i].times, .text = noted[i].text};
    }
    *list = rows;
    return count;
}

/* What was noted; what was not is named. */
static void tell_journal(struct diagnosis *diagnosis) {
    sj_phone_diagnose_reply *reply = &diagnosis->reply;
    const sj_observation *trust;
    char missing[200];
    reply->history_count = observations_of(diagnosis, JOURNAL_REGISTRATION, &reply->history);
    reply->alarms_count = observations_of(diagnosis, JOURNAL_ALARM, &reply->alarms);
    reply->files_count = observations_of(diagnosis, JOURNAL_FILE, &reply->files);
    reply->trust_list = "";
    if (observations_of(diagnosis, JOURNAL_TRUST, &trust) > 0) {
        reply->trust_list = trust->text;
        reply->trust_list_at = trust->at;
    }
    (void)snprintf(missing, sizeof missing, "%s%s%s%s",
                   reply->history_count == 0 ? ", ended or refused registrations" : "",
                   reply->alarms_count == 0 ? ", alarms" : "",
                   reply->files_count == 0 ? ", files" : "",
                   reply->trust_list[0] == '\0' ? ", trust lists" : "");
    if (missing[0] != '\0') {
        say(diagnosis,
            "Nothing is known of: %s. What is observed is kept since the service was "
            "started alone (observed_since).",
            missing + 2);
    }
}

/* ---- softkeys ---- */

static void add_state(struct diagnosis *diagnosis, const char *state, const sj_softkey *softkeys,
                      size_t count) {
    for (size_t i = 0; i < count; i++) {
        sj_text *states = &diagnosis->states[softkeys[i].softkey];
        sj_text_printf(states, "%s%s", states->length > 0 ? ", " : "", state);
    }
}

/* A key is refused when nobody has it, or when no line can use it; when some can, which cannot is
 * said. */
static sj_phone_diagnose_reply_key tell_key(struct diagnosis *diagnosis, sj_softkey_key key,
                                            const struct key_judgement *judged, size_t lines) {
    const struct softkey_answer answer = softkey_answer(key);
    const bool on_all = lines > 0 && judged->lines == lines;
    sj_text *text = &diagnosis->key_texts[key];
    if (answer.refused || judged->lines == 0) {
        sj_text_puts(text, answer.text);
    } else {
        sj_text_printf(text, "%s%s%s", on_all ? "" : answer.text, on_all ? "" : "; refused on ",
                       judged->reason.data);
    }
    return (sj_phone_diagnose_reply_key){.softkey = key,
                                         .states = diagnosis->states[key].data,
                                         .refused = answer.refused || on_all,
                                         .text = sj_or_empty(text->data)};
}

static void tell_keys(struct diagnosis *diagnosis, const char *name) {
    sj_softkey_template *template = NULL;
    sj_error error;
    size_t count = 0;
    if (sj_softkey_template_get(diagnosis->manager->scope, name, &template, &error) != SJ_OK) {
        say(diagnosis, "The softkeys of the template %s are not known: %.300s", name, error.text);
        return;
    }
#define ADD(state, field) add_state(diagnosis, state, template->field, template->field##_count)
    ADD("On Hook", on_hook);
    ADD("Off Hook", off_hook);
    ADD("Off Hook With Feature", off_hook_with_feature);
    ADD("Digits After First", digits_after_first);
    ADD("Ring Out", ring_out);
    ADD("Connected", connected);
    ADD("Connected No Feature", connected_no_feature);
    ADD("Connected Transfer", connected_transfer);
    ADD("Connected Conference", connected_conference);
    ADD("On Hold", on_hold);
    ADD("Ring In", ring_in);
#undef ADD
    struct key_judgement judged[SOFTKEYS] = {0};
    const size_t lines = diagnosis_keys_judge(diagnosis->manager, diagnosis->device_name, judged);
    for (size_t key = SJ_SOFTKEY_KEY_UNDEFINED + 1; key < SOFTKEYS; key++) {
        if (diagnosis->states[key].length > 0) {
            diagnosis->keys[count++] =
                tell_key(diagnosis, (sj_softkey_key)key, &judged[key], lines);
        }
        sj_text_clear(&judged[key].reason);
    }
    diagnosis->reply.keys = diagnosis->keys;
    diagnosis->reply.keys_count = count;
    sj_record_free(diagnosis->manager->scope, template);
}

/* ---- line keys ---- */

/* The next key; NULL: there is no room for more. */
static sj_text *add_line_key(struct diagnosis *diagnosis, const char *kind, size_t number,
                             const char *label) {
    const size_t at = diagnosis->line_key_count;
    if (at == LINE_KEYS) {
        return NULL;
    }
    (void)snprintf(diagnosis->line_key_names[at], LINE_KEY, "%s %zu", kind, number);
    diagnosis->line_keys[at] = (sj_phone_diagnose_reply_line_key){
        .line_key = diagnosis->line_key_names[at],
        .label = sj_scope_strdup(diagnosis->scope, sj_or_empty(label))};
    diagnosis->line_key_count++;
    return &diagnosis->line_key_texts[at];
}

static void add_lines(struct diagnosis *diagnosis, const sj_device_line *lines, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *key = lines[i].directory_number;
        const sj_directory_number *number =
            dial_plan_directory_number(&diagnosis->manager->plan, key);
        sj_text *text = add_line_key(diagnosis, "line", i + 1,
                                     sj_given(lines[i].label) ? lines[i].label : lines[i].display);
        if (text == NULL) {
            return;
        }
        sj_text_printf(text, "a call as %s", key);
        if (number == NULL) {
            sj_text_puts(text, ", which is no directory number");
        } else if (sj_given(number->forward_all_destination)) {
            char shown[DIGITS_MAX];
            sj_text_printf(text, "; all calls to it are forwarded to %s",
                           dial_codes_shown(&diagnosis->manager->plan,
                                            number->forward_all_destination, shown));
        }
    }
}

static void add_speed_dials(struct diagnosis *diagnosis, const sj_speed_dial *dials, size_t count) {
    for (size_t i = 0; i < count; i++) {
        sj_text *text = add_line_key(diagnosis, "speed dial", i + 1, dials[i].label);
        char shown[DIGITS_MAX];
        if (text == NULL) {
            return;
        }
        sj_text_printf(text, "dials %s%s",
                       dial_codes_shown(&diagnosis->manager->plan, dials[i].number, shown),
                       dials[i].busy_lamp_field ? ", and shows its state" : "");
        diagnosis->dialled[diagnosis->line_key_count - 1] = strdup(dials[i].number);
    }
}

/* As a login has them, else as the phone is configured. */
static void read_line_keys(struct diagnosis *diagnosis) {
    sj_scope *scope = diagnosis->manager->scope;
    sj_live_device *live = NULL;
    sj_phone *phone = NULL;
    if (sj_live_device_get(scope, diagnosis->device_name, &live, NULL) == SJ_OK) {
        add_lines(diagnosis, live->lines, live->lines_count);
        add_speed_dials(diagnosis, live->speed_dials, live->speed_dials_count);
    } else if (sj_phone_get(scope, diagnosis->device_name, &phone, NULL) == SJ_OK) {
        add_lines(diagnosis, phone->lines, phone->lines_count);
        add_speed_dials(diagnosis, phone->speed_dials, phone->speed_dials_count);
    }
    sj_record_free(scope, phone);
    sj_record_free(scope, live);
}

/* ---- what others know ---- */

static void on_closed(void *user) {
    struct diagnosis *diagnosis = user;
    for (size_t i = 0; i < SOFTKEYS; i++) {
        sj_text_clear(&diagnosis->states[i]);
        sj_text_clear(&diagnosis->key_texts[i]);
    }
    for (size_t i = 0; i < diagnosis->line_key_count; i++) {
        sj_text_clear(&diagnosis->line_key_texts[i]);
        free(diagnosis->dialled[i]);
    }
    free(diagnosis);
}

static void finish(struct diagnosis *diagnosis) {
    diagnosis->reply.device_name = diagnosis->device_name;
    diagnosis->reply.observed_since = diagnosis->manager->started_ms;
    tell_registrations(diagnosis);
    tell_journal(diagnosis);
    diagnosis->reply.notes = diagnosis->notes;
    for (size_t i = 0; i < diagnosis->line_key_count; i++) {
        diagnosis->line_keys[i].text = sj_or_empty(diagnosis->line_key_texts[i].data);
    }
    diagnosis->reply.line_keys = diagnosis->line_keys;
    diagnosis->reply.line_keys_count = diagnosis->line_key_count;
    sj_reply_phone_diagnose(diagnosis->manager->scope, diagnosis->question, &diagnosis->reply);
    sj_scope_close(diagnosis->scope);
}

static void on_settings(void *user, int status, const sj_error *error,
                        const sj_phone_settings_reply *reply) {
    struct diagnosis *diagnosis = user;
    sj_phone_diagnose_reply_setting *rows = NULL;
    const char *template = "not set";
    if (status == SJ_OK) {
        rows = calloc(reply->settings_count + 1, sizeof *rows);
    } else {
        say(diagnosis, "Its settings and softkeys are not known: %.300s", error->text);
    }
    for (size_t i = 0; rows != NULL && i < reply->settings_count; i++) {
        rows[i] = (sj_phone_diagnose_reply_setting){.setting = reply->settings[i].setting,
                                                    .value = reply->settings[i].value,
                                                    .source = reply->settings[i].source};
        if (strcmp(rows[i].setting, "Softkey Template") == 0) {
            template = rows[i].value;
        }
    }
    if (rows != NULL) {
        diagnosis->reply.settings = rows;
        diagnosis->reply.settings_count = reply->settings_count;
        if (strcmp(template, "not set") == 0) {
            say(diagnosis, "It has no softkey template, so that it shows the softkeys of its "
                           "firmware, which this node does not know.");
        } else {
            tell_keys(diagnosis, template);
        }
    }
    finish(diagnosis);
    free(rows);
}

static void ask_settings(struct diagnosis *diagnosis) {
    const sj_phone_settings request = {.device_name = diagnosis->device_name};
    sj_error unasked;
    const int status =
        sj_ask_phone_settings(diagnosis->scope, &request, 0, on_settings, diagnosis, &unasked);
    if (status != SJ_OK) {
        on_settings(diagnosis, status, &unasked, NULL);
    }
}

static void ask_next(struct diagnosis *diagnosis);

static void on_route(void *user, int status, const sj_error *error,
                     const sj_route_test_reply *reply) {
    struct diagnosis *diagnosis = user;
    sj_text_printf(&diagnosis->line_key_texts[diagnosis->asked], ": %s",
                   status == SJ_OK ? reply->explanation : error->text);
    diagnosis->asked++;
    ask_next(diagnosis);
}

/* Where the next speed dial leads; when all are known, the answer is complete. */
static void ask_next(struct diagnosis *diagnosis) {
    sj_error unasked;
    while (diagnosis->asked < diagnosis->line_key_count &&
           diagnosis->dialled[diagnosis->asked] == NULL) {
        diagnosis->asked++;
    }
    if (diagnosis->asked >= diagnosis->line_key_count ||
        diagnosis->speed_dials_asked == ASKED_SPEED_DIALS) {
        ask_settings(diagnosis);
        return;
    }
    const sj_route_test request = {.device_name = diagnosis->device_name,
                                   .digits = diagnosis->dialled[diagnosis->asked]};
    diagnosis->speed_dials_asked++;
    const int status =
        sj_ask_route_test(diagnosis->scope, &request, 0, on_route, diagnosis, &unasked);
    if (status != SJ_OK) {
        on_route(diagnosis, status, &unasked, NULL);
    }
}

static void on_session(void *user, int status, const sj_error *error,
                       const sj_phone_session_reply *reply) {
    struct diagnosis *diagnosis = user;
    if (status == SJ_OK && reply->user_id[0] != '\0') {
        say(diagnosis, "%s is logged in%s%s. %.250s", reply->user_id,
            reply->remote_cluster_id[0] != '\0' ? ", of the cluster " : "",
            reply->remote_cluster_id, reply->note);
    } else if (status == SJ_E_UNAVAILABLE) {
        say(diagnosis, "Who is logged in is not known: %.300s", error->text);
    }
    if (status == SJ_OK && reply->remote_cluster_id[0] != '\0') {
        say(diagnosis,
            "Until then it has the settings and keys that the cluster %s gives it: sojourn phone "
            "diagnose %s there.",
            reply->remote_cluster_id, diagnosis->device_name);
    }
    read_line_keys(diagnosis);
    ask_next(diagnosis);
}

static void on_diagnose(void *user, sj_question *question, const sj_phone_diagnose *request) {
    struct call_manager *manager = user;
    struct diagnosis *diagnosis = calloc(1, sizeof *diagnosis);
    const sj_phone_session session = {.device_name = request->device_name};
    sj_error error;
    sj_scope *scope =
        diagnosis == NULL ? NULL : sj_scope_open(manager->scope, "diagnosis", on_closed, diagnosis);
    if (scope == NULL) {
        free(diagnosis);
        sj_fail(manager->scope, question, SJ_E_NO_MEMORY, "out of memory");
        return;
    }
    diagnosis->manager = manager;
    diagnosis->scope = scope;
    diagnosis->question = question;
    (void)snprintf(diagnosis->device_name, sizeof diagnosis->device_name, "%s",
                   request->device_name);
    const int status = sj_ask_phone_session(scope, &session, 0, on_session, diagnosis, &error);
    if (status != SJ_OK) {
        on_session(diagnosis, status, &error, NULL);
    }
}

int diagnosis_open(struct call_manager *manager, sj_error *error) {
    return sj_answer_phone_diagnose(manager->scope, on_diagnose, manager, error) == NULL
               ? error->code
               : SJ_OK;
}
