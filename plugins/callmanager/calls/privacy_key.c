/* Switches the phone, and its calls that go on. No public source shows what a phone sends for this
 * key: it is taken as the other keys are, a softkeyevent of that name. */
#include "calls/privacy_key.h"
#include "calls/call_leg.h"
#include "phones/remote_control.h"

#include <sojourn/base/hash.h>

/* Those of a phone that is off by then are as they were when it was there last. */
static void note_line(struct call_manager *manager, const struct device_line *line) {
    const struct device *device = line_device(line);
    struct call_leg *leg = NULL;
    while ((leg = call_leg_on_line(manager, line->key, leg)) != NULL) {
        if (strcmp(leg->device_name, device->name) == 0) {
            leg->private_line = registration_is_private(device->registration);
        }
    }
    manager->watch->number_changed(manager, line->key);
}

int privacy_key_press(struct call_manager *manager, const struct registration *pressed,
                      struct call_leg *leg, const char **why) {
    struct registration *phone =
        registration_find_at(manager->registrations, pressed->device->name, &pressed->flow);
    (void)leg;
    if (!phone->cisco || !phone->device->privacy) {
        *why = phone->cisco ? PRIVACY_FAILED_TEXT : "Only Cisco's phones have the key Privacy";
        return 603;
    }
    phone->told_private = !phone->shows_calls; /* so its key shows */
    phone->shows_calls = !phone->shows_calls;
    sj_log_info(manager->scope, "phone %s %s the calls of its lines to other phones of theirs",
                phone->device->name, phone->shows_calls ? "shows" : "hides");
    for (size_t i = 0; i < phone->device->line_count; i++) {
        note_line(manager, &phone->device->lines[i]);
    }
    remote_control_notify_privacy(manager, phone);
    return 0;
}
