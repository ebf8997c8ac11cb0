/* One timer a call; who is told is looked up when it has run off. */
#include "calls/pickup_alert.h"
#include "calls/call_presentation.h"
#include "dial_plan/pickup_groups.h"
#include "phones/registration_table.h"
#include "phones/remote_control.h"

#include <stdio.h>

enum {
    SHOWN_S = 10,
    PHONES_MAX = 200,   /* that are told of one call, */
    MEMBERS_MAX = 2000, /* and numbers of a group that are looked at for them */
};

static bool has(const sj_call_pickup_group *group,
                sj_call_pickup_group_notification_policy policy) {
    return group->notification_policy == policy ||
           group->notification_policy ==
               SJ_CALL_PICKUP_GROUP_NOTIFICATION_POLICY_AUDIO_AND_VISUAL_ALERT;
}

/* Numbers alone, which need no escape. */
static void put_party(char *text, size_t room, const char *word, const char *number) {
    const size_t used = strlen(text);
    if (digits_are_number(number)) {
        (void)snprintf(text + used, room - used, "%s%s %s", used == 0 ? "" : " ", word, number);
    }
}

static void write_text(const struct call *call, const sj_call_pickup_group *group, char *text,
                       size_t room) {
    text[0] = '\0';
    if (group->calling_party_information &&
        !call_presentation_of(call, NULL, true, call->calling_withheld).number) {
        put_party(text, room, "From", call->calling);
    }
    if (group->called_party_information) {
        put_party(text, room, "To", call->called);
    }
    if (text[0] == '\0') {
        put_party(text, room, "Pickup", group->number);
    }
}

static void alert(struct wheel_timer *timer) {
    const struct call *call = SJ_OWNER(timer, struct call, pickup_alert);
    struct call_manager *manager = call->manager;
    const sj_call_pickup_group *group = pickup_group_of(&manager->plan, call->number_key);
    const struct pickup_member *at = NULL;
    const char *key;
    char text[2 * DIGITS_MAX + 20];
    unsigned told = 0, members = 0;
    if (group == NULL) {
        return;
    }
    write_text(call, group, text, sizeof text);
    while (members++ < MEMBERS_MAX &&
           (key = pickup_groups_member(&manager->plan, group->name, &at)) != NULL) {
        const struct device_line *line = NULL;
        while (strcmp(key, call->number_key) != 0 && told < PHONES_MAX &&
               (line = registration_lines(manager->registrations, key, line)) != NULL) {
            const struct registration *phone = line_device(line)->registration;
            if (phone->cisco && !line_device(line)->removed &&
                strcmp(line_device(line)->name, call->caller->device_name) != 0) {
                remote_control_alert(
                    manager, phone,
                    has(group, SJ_CALL_PICKUP_GROUP_NOTIFICATION_POLICY_VISUAL_ALERT) ? text : "",
                    SHOWN_S,
                    line->calls == 0 &&
                        has(group, SJ_CALL_PICKUP_GROUP_NOTIFICATION_POLICY_AUDIO_ALERT),
                    NULL);
                told++;
            }
        }
    }
}

void pickup_alert_begin(struct call *call) {
    struct call_manager *manager = call->manager;
    const sj_call_pickup_group *group = pickup_group_of(&manager->plan, call->number_key);
    if (group != NULL &&
        group->notification_policy != SJ_CALL_PICKUP_GROUP_NOTIFICATION_POLICY_NO_ALERT) {
        timer_wheel_start(&manager->fast.wheel, &call->pickup_alert,
                          sj_monotonic_ms(manager->scope),
                          (uint64_t)group->notification_timer * 1000, alert);
    }
}

void pickup_alert_end(struct call *call) {
    timer_wheel_stop(&call->manager->fast.wheel, &call->pickup_alert);
}
