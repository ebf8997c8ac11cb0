/* One subscription for each shared line, which lasts as long as its phone is registered
 * (lamp_keys_drop). */
#include "subscriptions/shared_lines.h"
#include "phones/registration_table.h"
#include "subscriptions/unasked.h"

#include <stdio.h>

static bool is_told_of_lines(const struct device *device) {
    return device->registration != NULL && device->registration->cisco && !device->removed;
}

static bool is_told(const struct call_manager *manager, const struct device_line *line) {
    return unasked_is_told(manager, line_device(line)->name, &dialog_events, line->key);
}

static void tell(struct call_manager *manager, const struct device_line *line) {
    const struct device *device = line_device(line);
    struct watch_verdict verdict = {.status = 0};
    watch_grant(&verdict, line->key, line_number(line));
    (void)snprintf(verdict.asked, sizeof verdict.asked, "%s", line_number(line));
    if (!unasked_tell(manager, device->registration, &dialog_events, &verdict, false)) {
        sj_log_limited(manager->scope, SJ_LOG_WARNING, "a shared line stays dark",
                       "%s of phone %s does not show what other phones do on it: there is no "
                       "memory, or too many subscriptions",
                       line->key, device->name);
    }
}

/* Where one of the others is told already, all are. */
static bool tell_others(struct call_manager *manager, const struct device_line *own) {
    const struct device_line *line = NULL;
    bool some = false, told = false;
    while (!told && (line = registration_lines(manager->registrations, own->key, line)) != NULL) {
        const bool other = strcmp(line_device(line)->name, line_device(own)->name) != 0;
        some = some || other;
        if (other && is_told_of_lines(line_device(line))) {
            told = is_told(manager, line);
            if (!told) {
                tell(manager, line);
            }
        }
    }
    return some;
}

void shared_lines_lay(struct call_manager *manager, const char *device_name) {
    const struct registration *phone = registration_find(manager->registrations, device_name);
    for (size_t i = 0; phone != NULL && i < phone->device->line_count; i++) {
        const struct device_line *own = &phone->device->lines[i];
        if (tell_others(manager, own) && is_told_of_lines(phone->device) &&
            !is_told(manager, own)) {
            tell(manager, own);
        }
    }
}
