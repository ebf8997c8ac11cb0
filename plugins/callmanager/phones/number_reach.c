/* Reads the table of registrations, and makes phones anew first whose configuration has changed; of
 * phones that are taken to be registered, the store. */
#include "phones/number_reach.h"
#include "dial_plan/intercom_numbers.h"
#include "phones/registrations.h"

#include <sojourn/base/array.h>

#include <stdlib.h>
#include <string.h>

/* Makes one phone with that number anew whose configuration has changed. False when none was: all
 * are as they should be. */
static bool refresh_one(struct call_manager *manager, const char *directory_number) {
    struct device_line *line = NULL;
    while ((line = registration_lines(manager->registrations, directory_number, line)) != NULL) {
        struct registration *registration = line_device(line)->registration;
        if (line_device(line)->generation != manager->generation && !line_device(line)->removed) {
            (void)registrations_device(manager, registration); /* which may replace its lines */
            return registration->device->removed ||
                   registration->device->generation == manager->generation;
        }
    }
    return false;
}

static struct number_reach reach_now(struct call_manager *manager, const char *directory_number,
                                     const struct reach_query *query,
                                     const struct device_line **lines, size_t room) {
    struct number_reach reach = {0};
    const struct device_line *line = NULL;
    const bool intercom = intercom_number(&manager->plan, directory_number);
    while (reach.free < room &&
           (line = registration_lines(manager->registrations, directory_number, line)) != NULL) {
        const struct device *phone = line_device(line);
        if (phone->removed) {
            continue;
        }
        reach.registered++;
        reach.calls += line->calls;
        reach.logged_out += phone->logged_into_hunt_group ? 0 : 1;
        if (query->which == REACH_HUNTED && !phone->logged_into_hunt_group) {
            continue;
        }
        if (strcmp(phone->name, query->caller_device) == 0 || line->calls >= line->busy_trigger ||
            line->calls >= line->maximum_calls || (intercom && line->calls > 0)) {
            continue;
        }
        if (phone->do_not_disturb && phone->call_reject && !intercom) {
            reach.undisturbed++;
            continue;
        }
        lines[reach.free++] = line;
    }
    return reach;
}

/* ---- as if all were registered ---- */

static bool is_registered(const struct call_manager *manager, const char *name) {
    const struct registration *registration = registration_find(manager->registrations, name);
    return registration != NULL && !registration->device->removed;
}

static bool is_assumed(const struct assumed_phones *assumed, const char *name) {
    for (size_t i = 0; i < assumed->count; i++) {
        if (strcmp(assumed->list[i]->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* A phone that refers to the number, unless a user who is logged in has given it other lines. */
static void assume(struct call_manager *manager, const char *name, const char *directory_number,
                   struct assumed_phones *assumed) {
    struct device *phone = NULL;
    if (is_registered(manager, name) || is_assumed(assumed, name) ||
        device_load(manager->scope, name, true, &phone, NULL) != SJ_OK) {
        return;
    }
    if (phone->sip && device_line_by_key(phone, directory_number) != NULL &&
        sj_array_room(&assumed->list, &assumed->room, assumed->count + 1, sizeof(void *))) {
        assumed->list[assumed->count++] = phone;
    } else {
        device_free(phone);
    }
}

static void assume_all(struct call_manager *manager, const char *directory_number,
                       struct assumed_phones *assumed, size_t room) {
    const sj_query query = {
        .field = "lines.directory_number", .value = directory_number, .limit = room};
    sj_list phones = {NULL, 0}, live = {NULL, 0};
    (void)sj_phone_list(manager->scope, &query, &phones, NULL);
    (void)sj_live_device_list(manager->scope, &query, &live, NULL);
    for (size_t i = 0; i < phones.count; i++) {
        assume(manager, sj_phone_at(&phones, i)->name, directory_number, assumed);
    }
    for (size_t i = 0; i < live.count; i++) {
        assume(manager, sj_live_device_at(&live, i)->name, directory_number, assumed);
    }
    sj_list_free(manager->scope, &phones);
    sj_list_free(manager->scope, &live);
}

static void add_line(struct number_reach *reach, const struct device_line *line,
                     const char *caller_device, const struct device_line **lines, size_t room) {
    reach->registered++;
    if (reach->free < room && strcmp(line_device(line)->name, caller_device) != 0) {
        lines[reach->free++] = line;
    }
}

static struct number_reach reach_assumed(struct call_manager *manager, const char *directory_number,
                                         const struct reach_query *query,
                                         const struct device_line **lines, size_t room) {
    struct assumed_phones *assumed = query->assumed;
    struct number_reach reach = {0};
    const struct device_line *line = NULL;
    while ((line = registration_lines(manager->registrations, directory_number, line)) != NULL) {
        if (!line_device(line)->removed) {
            add_line(&reach, line, query->caller_device, lines, room);
        }
    }
    assume_all(manager, directory_number, assumed, room);
    for (size_t i = 0; i < assumed->count; i++) {
        line = device_line_by_key(assumed->list[i], directory_number);
        if (line != NULL) {
            add_line(&reach, line, query->caller_device, lines, room);
        }
    }
    return reach;
}

void assumed_phones_clear(struct assumed_phones *assumed) {
    while (assumed->count > 0) {
        device_free(assumed->list[--assumed->count]);
    }
    free(assumed->list);
    *assumed = (struct assumed_phones){0};
}

struct number_reach number_reach_find(struct call_manager *manager, const char *directory_number,
                                      const struct reach_query *query,
                                      const struct device_line **lines, size_t room) {
    while (refresh_one(manager, directory_number)) {
    }
    return query->assumed == NULL ? reach_now(manager, directory_number, query, lines, room)
                                  : reach_assumed(manager, directory_number, query, lines, room);
}
