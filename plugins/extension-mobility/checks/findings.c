/* Collects the sentences of a check, and names those that many records share. Pure, but for the
 * scope that holds the text. */
#include "checks/findings.h"

static void keep(struct em_findings *findings, const char **list, size_t *count, const char *format,
                 va_list arguments) SJ_PRINTF(4, 0);
static void keep(struct em_findings *findings, const char **list, size_t *count, const char *format,
                 va_list arguments) {
    char text[2 * EM_CAUSE_ROOM];
    (void)vsnprintf(text, sizeof text, format, arguments);
    if (*count < FINDINGS_MAX) {
        const char *copy = sj_scope_strdup(findings->scope, text);
        list[(*count)++] =
            copy != NULL ? copy : "Out of memory: what was found here is not in this list.";
    }
}

void em_findings_add(struct em_findings *findings, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    keep(findings, findings->problems, &findings->count, format, arguments);
    va_end(arguments);
}

void em_findings_note(struct em_findings *findings, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    keep(findings, findings->notes, &findings->notes_count, format, arguments);
    va_end(arguments);
}

void em_tally_add(struct em_tally *tally, const char *name) {
    if (tally->count < TALLY_NAMES) {
        em_copy(tally->names[tally->count], name);
    }
    tally->count++;
}

void em_findings_tally(struct em_findings *findings, bool problem, const struct em_tally *tally,
                       const char *noun, const char *sentence) {
    char names[TALLY_NAMES * (EM_DEVICE_ROOM + 2) + 32] = "";
    size_t length = 0;
    if (tally->count == 0) {
        return;
    }
    for (size_t i = 0; i < tally->count && i < TALLY_NAMES; i++) {
        em_print(names + length, sizeof names - length, "%s%s", i > 0 ? ", " : "", tally->names[i]);
        length = strlen(names);
    }
    if (tally->count > TALLY_NAMES) {
        em_print(names + length, sizeof names - length, " and %zu more",
                 tally->count - TALLY_NAMES);
    }
    (problem ? em_findings_add : em_findings_note)(findings, "%s: %zu %s%s (%s).", sentence,
                                                   tally->count, noun,
                                                   sj_plural((int64_t)tally->count), names);
}
