/* Chooses headers that go on, and writes them. */
#include "calls/header_passage.h"
#include "calls/call_codes.h"
#include "calls/call_exchange.h"
#include "calls/call_presentation.h"
#include "calls/sip_profiles.h"
#include "sip/message_edit.h"
#include "sip/value_words.h"

#include <stdlib.h>
#include <strings.h>

enum { PASSED_MAX = SIP_VALUE_MOST }; /* bytes, in one message */

/* ---- who lists what ---- */

bool header_passage_is_wanted(const struct call_manager *manager) {
    const sj_list_link *link = NULL;
    const sj_sip_profile *profile;
    while ((profile = dial_plan_walk(&manager->plan, PLAN_SIP_PROFILE, &link)) != NULL) {
        if (profile->headers_passed_through_count > 0) {
            return true;
        }
    }
    return false;
}

/* A phone's is read only where any profile lists something. */
static const sj_sip_profile *profile_of(const struct call_leg *leg) {
    if (!header_passage_is_wanted(leg->manager) || leg->device_name == NULL) {
        return NULL;
    }
    const sj_sip_profile *profile = leg->trunk
                                        ? sip_profile_of_trunk(leg->manager, leg->device_name)
                                        : sip_profile_of_phone(leg->manager, leg->device_name);
    return profile == NULL || profile->headers_passed_through_count == 0 ? NULL : profile;
}

/* The name as the profile has it; NULL: it does not list it. */
static const char *listed(const sj_sip_profile *profile, struct sip_text name) {
    for (size_t i = 0; i < profile->headers_passed_through_count; i++) {
        if (sip_text_is_nocase(name, profile->headers_passed_through[i])) {
            return profile->headers_passed_through[i];
        }
    }
    return NULL;
}

/* ---- what stays behind nevertheless ---- */

/* Of a party that withholds who it is from the other, any header might say it. */
static bool is_hidden(const struct call_leg *from, const struct call_leg *to) {
    struct call_identity_texts texts;
    const struct call_identity identity = call_party_identity(from, to, &texts);
    return (identity.withheld.number || identity.withheld.name) && !call_presentation_trusts(to);
}

/* What only the call manager says to its phones: the state of a call, and that they are to answer
 * by themselves. */
static bool is_ours_to_say(struct sip_text value) {
    static const char *const ours[] = {
        "urn:x-cisco-remotecc:", "urn:x-sojourn:", "answer-after=", "alert-autoanswer"};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        if (sip_value_says(value, sip_text_of(ours[i]))) {
            return true;
        }
    }
    return false;
}

/* What is too long for any message is not looked into: it does not pass, and the log says so. */
static bool stays_here(const struct call *call, struct sip_text value) {
    return value.length <= PASSED_MAX && (is_ours_to_say(value) || call_codes_hold(call, value));
}

/* ---- lines ---- */

static void put_line(struct sip_writer *writer, const char *name, struct sip_text value) {
    sip_put(writer, name);
    sip_put(writer, ": ");
    sip_put_value(writer, value);
    sip_put(writer, "\r\n");
}

/* The lines that go on, whole. */
static struct sip_text gather(const struct call_leg *from, const struct call_leg *to,
                              const struct sip_message *message, char room[PASSED_MAX]) {
    const sj_sip_profile *const sender = profile_of(from);
    const sj_sip_profile *const receiver = sender == NULL ? NULL : profile_of(to);
    struct sip_writer lines;
    struct sip_line line;
    size_t at = sip_lines_begin(message);
    if (receiver == NULL || is_hidden(from, to)) {
        return (struct sip_text){"", 0};
    }
    sip_writer_init(&lines, room, PASSED_MAX);
    while (sip_lines_next(message, &at, &line)) {
        const struct sip_text name = sip_long_name(line.name);
        const char *known = listed(sender, name) == NULL ? NULL : listed(receiver, name);
        if (known == NULL || line.value.length == 0 || stays_here(from->call, line.value)) {
            continue;
        }
        const size_t before = lines.used;
        put_line(&lines, known, line.value);
        if (lines.overflow) {
            sj_log_limited(from->manager->scope, SJ_LOG_WARNING,
                           "headers that pass through are longer than 4096 bytes: the others stay "
                           "behind",
                           "%s of %s", known, from->device_name);
            lines.used = before;
            break;
        }
    }
    return (struct sip_text){room, lines.used};
}

/* Whether a line of that name stands in so much of what is written. */
static bool stands_in(const struct sip_message *head, struct sip_text name) {
    struct sip_line line;
    size_t at = sip_lines_begin(head);
    while (sip_lines_next(head, &at, &line)) {
        if (sip_text_equal_nocase(line.name, name)) {
            return true;
        }
    }
    return false;
}

static void put_lines(struct sip_text lines, struct sip_writer *writer) {
    const struct sip_message passed = {.start = lines.at, .body = {lines.at + lines.length, 0}},
                             own = {.start = writer->data,
                                    .body = {writer->data + writer->used, 0}};
    struct sip_line line;
    size_t at = 0;
    while (sip_lines_next(&passed, &at, &line)) {
        if (!stands_in(&own, line.name)) {
            sip_put_bytes(writer, line.whole.at, line.whole.length);
        }
    }
}

void header_passage_put(const struct call_leg *from, const struct call_leg *to,
                        const struct sip_message *message, struct sip_writer *writer) {
    char room[PASSED_MAX];
    if (from != NULL && to != NULL && message != NULL) {
        put_lines(gather(from, to, message, room), writer);
    }
}

void header_passage_keep(const struct call_leg *from, struct call_leg *to,
                         const struct sip_message *message) {
    char room[PASSED_MAX];
    const struct sip_text lines =
        message == NULL ? (struct sip_text){"", 0} : gather(from, to, message, room);
    free(to->passed);
    to->passed = lines.length == 0 ? NULL : strndup(lines.at, lines.length);
}

void header_passage_put_kept(struct call_leg *to, struct sip_writer *writer) {
    if (to->passed != NULL) {
        put_lines(sip_text_of(to->passed), writer);
        free(to->passed);
        to->passed = NULL;
    }
}
