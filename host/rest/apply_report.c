/* What came of an apply: its problems in the order of the content, and its answer. */
#include "host/rest/apply_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "phones[2].lines": the member of the content and the number behind it. */
static uint64_t place_of(const struct apply *apply, const char *field) {
    size_t length = strcspn(field, ".["), section = 0;
    uint64_t number = field[length] == '[' ? strtoull(field + length + 1, NULL, 10) : 0;
    for (const cJSON *member = apply->content->child; member != NULL;
         member = member->next, section++) {
        if (strlen(member->string) == length && strncmp(member->string, field, length) == 0) {
            break;
        }
    }
    return (uint64_t)section << 40 | (number & 0xffffffffffu);
}

void apply_order_problems(struct apply *apply) {
    sj_error *list = apply->problems.list;
    for (size_t i = 1; i < apply->problems.count; i++) {
        for (size_t j = i;
             j > 0 && place_of(apply, list[j].field) < place_of(apply, list[j - 1].field); j--) {
            sj_error other = list[j];
            list[j] = list[j - 1];
            list[j - 1] = other;
        }
    }
}

void apply_message(const struct apply *apply, char out[200]) {
    (void)snprintf(out, 200, "%s%zu added, %zu changed, %zu removed, %zu unchanged",
                   apply->dry_run ? "dry run: " : "", apply->added, apply->changed, apply->removed,
                   apply->unchanged);
}

void apply_report(const struct apply *apply, sj_text *json) {
    const size_t all = apply->added + apply->changed + apply->removed;
    char message[200];
    bool first = true;
    apply_message(apply, message);
    sj_text_printf(json,
                   "{\"message\":\"%s\",\"dry_run\":%s,\"added\":%zu,\"changed\":%zu,\"removed\":%"
                   "zu,\"unchanged\":%zu,",
                   message, apply->dry_run ? "true" : "false", apply->added, apply->changed,
                   apply->removed, apply->unchanged);
    sj_text_puts(json, "\"changes\":[");
    for (size_t i = 0; i < apply->sections_count; i++) {
        if (apply->sections[i].length > 0) {
            sj_text_puts(json, first ? "" : ",\n");
            sj_text_puts(json, apply->sections[i].data);
            first = false;
        }
    }
    sj_text_printf(json, "],\"changes_left_out\":%zu,\"notes\":[",
                   all > apply->shown ? all - apply->shown : 0);
    for (size_t i = 0; i < apply->notes.count; i++) {
        sj_text_puts(json, i > 0 ? "," : "");
        sj_text_json(json, apply->notes.list[i].text);
    }
    sj_text_puts(json, "]}");
}
