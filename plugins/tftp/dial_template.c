/* From a phone's lines to what they may dial: the calling search spaces of line and device, the
 * patterns of their partitions, the rules of these. */
#include "dial_template.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/text.h>
#include <sojourn/intercom.h>

#include "dial_rules.h"
#include "parameters/call_manager.h"
#include "resources/calling_search_space.h"
#include "resources/directory_number.h"

enum { MOST_LINES_APART = 20, MOST_SPACES = 24 };

/* The calling search spaces of a line, its own first. */
struct line_spaces {
    char own[DIAL_PATTERN_ROOM];
    const char *const *of_device;
    size_t of_device_count;
};

/* The records of these, while a line's patterns are gone through. */
struct reach {
    sj_calling_search_space *spaces[MOST_SPACES + 1];
    size_t count;
};

static void reach_add(sj_scope *scope, const char *name, struct reach *reach) {
    if (name[0] != '\0' && reach->count < MOST_SPACES + 1 &&
        sj_calling_search_space_get(scope, name, &reach->spaces[reach->count], NULL) == SJ_OK) {
        reach->count++;
    }
}

static bool reaches(const struct reach *reach, const char *partition) {
    for (size_t i = 0; i < reach->count; i++) {
        const sj_calling_search_space *space = reach->spaces[i];
        for (size_t k = 0; k < space->partitions_count; k++) {
            if (strcmp(space->partitions[k], partition) == 0) {
                return true;
            }
        }
    }
    return partition[0] == '\0';
}

/* The rules of one line, or of all (0). */
static void add_line(sj_scope *scope, const struct dial_plan *plan, const struct line_spaces *line,
                     unsigned number, struct dial_rules *rules) {
    struct reach reach = {.count = 0};
    if (plan->patterns == NULL) {
        return;
    }
    reach_add(scope, line->own, &reach);
    for (size_t i = 0; i < line->of_device_count; i++) {
        reach_add(scope, line->of_device[i], &reach);
    }
    for (size_t i = 0; i < plan->count; i++) {
        const struct dial_pattern *pattern = &plan->patterns[i];
        if (reaches(&reach, pattern->partition)) {
            dial_rules_add(rules, pattern->pattern, pattern->urgency, number);
        }
    }
    for (size_t i = 0; i < reach.count; i++) {
        sj_record_free(scope, reach.spaces[i]);
    }
}

/* Lines that reach the same have the same rules. */
static void add_lines(sj_scope *scope, const struct dial_plan *plan,
                      const struct line_spaces *lines, size_t count, struct dial_rules *rules) {
    bool alike = true;
    for (size_t i = 1; i < count; i++) {
        alike = alike && strcmp(lines[i].own, lines[0].own) == 0 &&
                lines[i].of_device_count == lines[0].of_device_count;
    }
    for (size_t i = 0; i < (alike && count > 0 ? 1 : count); i++) {
        add_line(scope, plan, &lines[i], alike ? 0 : (unsigned)i + 1, rules);
    }
}

/* The calling search spaces of all lines as one text: who has the same has the same template. */
static void name_spaces(const struct line_spaces *lines, size_t count, sj_text *spaces) {
    for (size_t i = 0; i < count; i++) {
        sj_text_printf(spaces, "%s\n", lines[i].own);
        for (size_t k = 0; k < lines[i].of_device_count; k++) {
            sj_text_printf(spaces, "\t%s\n", lines[i].of_device[k]);
        }
    }
}

/* Writes the template of lines, or takes that of others with the same calling search spaces. */
static void write_template(sj_scope *scope, struct dial_plan *plan, const char *device_name,
                           const struct line_spaces *lines, size_t count, sj_xml_text *text) {
    struct dial_rules rules = {0};
    sj_text spaces = {0};
    name_spaces(lines, count, &spaces);
    const char *key = spaces.failed ? "" : sj_or_empty(spaces.data);
    const struct dial_template_text *known = spaces.failed ? NULL : dial_plan_template(plan, key);
    if (known != NULL) {
        sj_xml_text_bytes(text, known->text, known->length);
    } else {
        add_lines(scope, plan, lines, count, &rules);
        if (!dial_rules_write(text, &rules, sj_param_ccm_t302_timer(scope))) {
            sj_log_limited(scope, SJ_LOG_WARNING, "a dial template is too long",
                           "%s may dial more patterns than a phone reads rules; some of its "
                           "numbers wait for the T302 Timer that need not",
                           device_name);
        }
        text->failed = text->failed || rules.failed;
        if (!text->failed && !spaces.failed) {
            dial_plan_keep_template(plan, key, text->data, text->length);
        }
    }
    dial_rules_free(&rules);
    sj_text_clear(&spaces);
}

static void number_space(sj_scope *scope, const char *key, struct line_spaces *line) {
    sj_directory_number *number = NULL;
    if (sj_directory_number_get(scope, key, &number, NULL) == SJ_OK) {
        (void)snprintf(line->own, sizeof line->own, "%s", number->calling_search_space);
        sj_record_free(scope, number);
    }
}

int dial_template_build(sj_scope *scope, struct dial_plan *plan, const char *device_name,
                        struct device_file *file, sj_error *error) {
    struct line_spaces lines[MOST_LINES_APART];
    sj_live_device *live = NULL;
    sj_phone *phone = NULL;
    memset(file, 0, sizeof *file);
    file->what = "dial template";
    memset(lines, 0, sizeof lines);
    int status = device_records(scope, device_name, &live, &phone, error);
    status = status == SJ_OK ? dial_plan_read(plan, scope, error) : status;
    if (status == SJ_OK) {
        const sj_device_line *records = live != NULL ? live->lines : phone->lines;
        size_t count = live != NULL ? live->lines_count : phone->lines_count;
        count = count < MOST_LINES_APART ? count : MOST_LINES_APART;
        for (size_t i = 0; i < count; i++) {
            if (live == NULL) {
                number_space(scope, records[i].directory_number, &lines[i]);
                lines[i].of_device = (const char *const *)&phone->calling_search_space;
                lines[i].of_device_count = 1;
            } else {
                const bool has_own = i < live->line_calling_search_spaces_count;
                (void)snprintf(lines[i].own, sizeof lines[i].own, "%s",
                               has_own ? live->line_calling_search_spaces[i] : "");
                lines[i].of_device = live->calling_search_spaces;
                lines[i].of_device_count = live->calling_search_spaces_count;
            }
            if (sj_is_intercom_number(scope, records[i].directory_number)) {
                lines[i].of_device_count = 0; /* it calls through its own alone */
            }
        }
        write_template(scope, plan, device_name, lines, count, &file->text);
    }
    if (status == SJ_OK && file->text.failed) {
        status = sj_error_set(error, SJ_E_NO_MEMORY,
                              "out of memory: cannot build the dial template of %s", device_name);
    }
    sj_record_free(scope, phone);
    sj_record_free(scope, live);
    return status;
}
