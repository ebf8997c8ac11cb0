/* Reads the patterns of the cluster for dial templates. */
#include "dial_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>

#include "resources/directory_number.h"
#include "resources/hunt.h"
#include "resources/route_pattern.h"
#include "resources/translation_pattern.h"

enum { ADDED, KNOWN, NO_MEMORY };

static int add(struct dial_plan *plan, const char *pattern, const char *partition,
               enum dial_urgency urgency) {
    if (!sj_array_room(&plan->patterns, &plan->room, plan->count + 1, sizeof *plan->patterns)) {
        return NO_MEMORY;
    }
    struct dial_pattern *added = &plan->patterns[plan->count++];
    (void)snprintf(added->pattern, sizeof added->pattern, "%s", pattern);
    (void)snprintf(added->partition, sizeof added->partition, "%s", partition);
    added->urgency = urgency;
    return ADDED;
}

static bool has_numbers_like(const struct dial_plan *plan, const char *pattern,
                             const char *partition) {
    for (size_t i = plan->count; i > plan->numbers; i--) { /* alike come one after another */
        const struct dial_pattern *known = &plan->patterns[i - 1];
        if (strcmp(known->pattern, pattern) == 0 && strcmp(known->partition, partition) == 0) {
            return true;
        }
    }
    return false;
}

/* "4001" -> "4XXX", "\+4940400" -> "\+49XXXXX"; patterns stay what they are. */
static int add_number(struct dial_plan *plan, const char *number, size_t length,
                      const char *partition) {
    char like[DIAL_PATTERN_ROOM];
    const size_t begins = number[0] == '\\' ? 4 : 1;
    if (length >= sizeof like) {
        return KNOWN; /* longer than a number can be */
    }
    memcpy(like, number, length);
    like[length] = '\0';
    const size_t head = number[0] == '\\' ? 2 : 0;
    if (strspn(like + head, "0123456789") == length - head) {
        for (size_t i = begins; i < length; i++) {
            like[i] = 'X';
        }
    }
    return has_numbers_like(plan, like, partition) ? KNOWN
                                                   : add(plan, like, partition, DIAL_NORMAL);
}

static int read_numbers(struct dial_plan *plan, sj_scope *scope, sj_error *error) {
    sj_list list = {0};
    int status = sj_directory_number_list(scope, NULL, &list, error), added = KNOWN;
    plan->numbers = plan->count;
    for (size_t i = 0; status == SJ_OK && added != NO_MEMORY && i < list.count; i++) {
        const sj_directory_number *number = sj_directory_number_at(&list, i);
        added = add_number(plan, number->pattern, strlen(number->pattern), number->partition);
    }
    sj_list_free(scope, &list);
    return added == NO_MEMORY ? SJ_E_NO_MEMORY : status;
}

static int read_route_patterns(struct dial_plan *plan, sj_scope *scope, sj_error *error) {
    sj_list list = {0};
    int status = sj_route_pattern_list(scope, NULL, &list, error), added = KNOWN;
    for (size_t i = 0; status == SJ_OK && added != NO_MEMORY && i < list.count; i++) {
        const sj_route_pattern *pattern = sj_route_pattern_at(&list, i);
        added = add(plan, pattern->pattern, pattern->partition,
                    pattern->emergency_services_number ? DIAL_EMERGENCY
                    : pattern->urgent_priority         ? DIAL_URGENT
                                                       : DIAL_NORMAL);
    }
    sj_list_free(scope, &list);
    return added == NO_MEMORY ? SJ_E_NO_MEMORY : status;
}

static int read_translations(struct dial_plan *plan, sj_scope *scope, sj_error *error) {
    sj_list list = {0};
    int status = sj_translation_pattern_list(scope, NULL, &list, error), added = KNOWN;
    for (size_t i = 0; status == SJ_OK && added != NO_MEMORY && i < list.count; i++) {
        const sj_translation_pattern *pattern = sj_translation_pattern_at(&list, i);
        added = add(plan, pattern->pattern, pattern->partition,
                    pattern->urgent_priority ? DIAL_URGENT : DIAL_NORMAL);
    }
    sj_list_free(scope, &list);
    return added == NO_MEMORY ? SJ_E_NO_MEMORY : status;
}

static int read_hunt_pilots(struct dial_plan *plan, sj_scope *scope, sj_error *error) {
    sj_list list = {0};
    int status = sj_hunt_pilot_list(scope, NULL, &list, error), added = KNOWN;
    for (size_t i = 0; status == SJ_OK && added != NO_MEMORY && i < list.count; i++) {
        const sj_hunt_pilot *pilot = sj_hunt_pilot_at(&list, i);
        added = add(plan, pilot->pattern, pilot->partition,
                    pilot->urgent_priority ? DIAL_URGENT : DIAL_NORMAL);
    }
    sj_list_free(scope, &list);
    return added == NO_MEMORY ? SJ_E_NO_MEMORY : status;
}

int dial_plan_read(struct dial_plan *plan, sj_scope *scope, sj_error *error) {
    if (plan->read) {
        return SJ_OK;
    }
    int status = read_route_patterns(plan, scope, error);
    status = status == SJ_OK ? read_translations(plan, scope, error) : status;
    status = status == SJ_OK ? read_hunt_pilots(plan, scope, error) : status;
    status = status == SJ_OK ? read_numbers(plan, scope, error) : status;
    if (status != SJ_OK) {
        dial_plan_forget(plan);
        return status != SJ_E_NO_MEMORY
                   ? status
                   : sj_error_set(error, status, "out of memory: cannot read the dial plan");
    }
    plan->read = true;
    return SJ_OK;
}

void dial_plan_note_number(struct dial_plan *plan, const char *key) {
    const size_t length = strcspn(key, "@");
    const char *partition = key[length] == '@' ? key + length + 1 : "";
    switch (plan->read ? add_number(plan, key, length, partition) : KNOWN) {
    case ADDED: dial_plan_forget_templates(plan); break;
    case NO_MEMORY: dial_plan_forget(plan); break; /* and is read again */
    default: break;
    }
}

const struct dial_template_text *dial_plan_template(const struct dial_plan *plan,
                                                    const char *spaces) {
    for (size_t i = 0; i < DIAL_TEMPLATES_KEPT; i++) {
        if (plan->kept[i].spaces != NULL && strcmp(plan->kept[i].spaces, spaces) == 0) {
            return &plan->kept[i];
        }
    }
    return NULL;
}

static void free_template(struct dial_template_text *template) {
    free(template->spaces);
    free(template->text);
    memset(template, 0, sizeof *template);
}

void dial_plan_keep_template(struct dial_plan *plan, const char *spaces, const char *text,
                             size_t length) {
    struct dial_template_text *template = &plan->kept[plan->oldest];
    free_template(template);
    template->spaces = strdup(spaces);
    template->text = strndup(text, length);
    template->length = length;
    if (template->spaces == NULL || template->text == NULL) {
        free_template(template);
    } else {
        plan->oldest = (plan->oldest + 1) % DIAL_TEMPLATES_KEPT;
    }
}

void dial_plan_forget_templates(struct dial_plan *plan) {
    for (size_t i = 0; i < DIAL_TEMPLATES_KEPT; i++) {
        free_template(&plan->kept[i]);
    }
}

void dial_plan_forget(struct dial_plan *plan) {
    dial_plan_forget_templates(plan);
    free(plan->patterns);
    memset(plan, 0, sizeof *plan);
}
