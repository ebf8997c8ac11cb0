/* Reads the table of registrations; makes phones anew first whose configuration has changed. */
#include "phones/number_reach.h"
#include "phones/registrations.h"

/* Makes one phone with that number anew whose configuration has changed. False when none was: all
 * are as they should be. */
static bool refresh_one(struct call_manager *manager, const char *directory_number) {
    struct device_line *line = NULL;
    while ((line = registration_lines(manager->registrations, directory_number, line)) != NULL) {
        struct registration *registration = line->device->registration;
        if (line->device->generation != manager->generation && !line->device->removed) {
            (void)registrations_device(manager, registration); /* which may replace its lines */
            return registration->device->removed ||
                   registration->device->generation == manager->generation;
        }
    }
    return false;
}

struct number_reach number_reach_find(struct call_manager *manager, const char *directory_number,
                                      const char *caller_device, enum reach_of which,
                                      const struct device_line **lines, size_t room) {
    struct number_reach reach = {0};
    const struct device_line *line = NULL;
    while (refresh_one(manager, directory_number)) {
    }
    while (reach.free < room &&
           (line = registration_lines(manager->registrations, directory_number, line)) != NULL) {
        const struct device *phone = line->device;
        if (phone->removed) {
            continue;
        }
        reach.registered++;
        reach.calls += line->calls;
        reach.logged_out += phone->logged_into_hunt_group ? 0 : 1;
        if (which == REACH_HUNTED && !phone->logged_into_hunt_group) {
            continue;
        }
        if (strcmp(phone->name, caller_device) == 0 || line->calls >= line->busy_trigger ||
            line->calls >= line->maximum_calls) {
            continue;
        }
        if (phone->do_not_disturb && phone->call_reject) {
            reach.undisturbed++;
            continue;
        }
        lines[reach.free++] = line;
    }
    return reach;
}
