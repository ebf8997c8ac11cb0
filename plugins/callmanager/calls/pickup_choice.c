/* Walks the calls in progress; numbers that are keyed in are looked up as dialled ones are. */
#include "calls/pickup_choice.h"
#include "calls/call_leg.h"
#include "calls/hunt.h"
#include "calls/transfer.h"
#include "phones/registration_table.h"
#include "phones/speed_dials.h"

#include <sojourn/base/text.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void refuse(struct pickup_choice *choice, int status, const char *format, ...)
    SJ_PRINTF(3, 4);
static void refuse(struct pickup_choice *choice, int status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(choice->why, sizeof choice->why, format, arguments);
    va_end(arguments);
    choice->status = status;
}

/* It rings at phones of a directory number, and nobody has it yet. */
static bool is_possible(const struct call *call) {
    return call->at_phones && call->rings_ms != 0 && call->answered == NULL &&
           call->pickup == NULL && !transfer_changes(call);
}

bool pickup_fits(const struct call *call, const struct call_origin *origin) {
    return is_possible(call) && strcmp(call->caller->device_name, origin->device->name) != 0 &&
           (!call->sips || (origin->device->registration != NULL &&
                            origin->device->registration->flow.transport == SJ_SIP_TRANSPORT_TLS));
}

/* Whether it rings at that directory number, or at one of that group (the other is NULL): a call
 * that hunts rings at its members. */
static bool rings_at(const struct call *call, const char *key, const sj_call_pickup_group *group) {
    const struct dial_plan *plan = &call->manager->plan;
    if (!hunt_goes_on(call)) {
        return key != NULL ? strcmp(call->number_key, key) == 0
                           : pickup_group_of(plan, call->number_key) == group;
    }
    SJ_LIST_EACH(leg, &call->callees, struct call_leg, link_in_call) {
        if (leg->state == LEG_RINGING && leg->line_key != NULL &&
            (key != NULL ? strcmp(leg->line_key, key) == 0
                         : pickup_group_of(plan, leg->line_key) == group)) {
            return true;
        }
    }
    return false;
}

/* What has rung longest, at that directory number or in that group (the other is NULL). */
static struct call *longest(const struct call_manager *manager, const struct call_origin *origin,
                            const char *key, const sj_call_pickup_group *group) {
    struct call *found = NULL;
    SJ_LIST_EACH(call, &manager->calls, struct call, link) {
        if (!pickup_fits(call, origin) || (found != NULL && found->rings_ms <= call->rings_ms)) {
            continue;
        }
        if (rings_at(call, key, group)) {
            found = call;
        }
    }
    return found;
}

static bool reaches(struct call_manager *manager, const struct call_origin *origin,
                    const char *partition) {
    const struct number_caller caller = call_number_caller(manager, origin);
    const struct moment moment = {caller.utc_s, caller.device_pool};
    struct visible_partitions visible;
    bool found = false;
    if (visible_partitions_lay_out(&manager->plan, caller.spaces, &moment, &visible) != SJ_OK) {
        return false;
    }
    for (size_t i = 0; i < visible.count; i++) {
        found = found || strcmp(visible.names[i], partition) == 0;
    }
    visible_partitions_free(&visible);
    return found;
}

static void choose_in(struct call_manager *manager, const struct call_origin *origin,
                      const sj_call_pickup_group *group, struct pickup_choice *choice) {
    if (!reaches(manager, origin, group->partition)) {
        refuse(choice, 403, "The number of call pickup group %.60s is out of reach", group->name);
        return;
    }
    choice->call = longest(manager, origin, NULL, group);
    if (choice->call == NULL) {
        refuse(choice, 404, "No call rings in call pickup group %.60s", group->name);
    }
}

/* The first of the groups that has one. */
static void choose_in_others(struct call_manager *manager, const struct call_origin *origin,
                             const sj_call_pickup_group *own, struct pickup_choice *choice) {
    refuse(choice, 403, "Call pickup group %.60s has no other groups", own->name);
    for (size_t i = 0; i < own->other_pickup_groups_count && choice->call == NULL; i++) {
        const sj_call_pickup_group *group =
            dial_plan_get(&manager->plan, PLAN_CALL_PICKUP_GROUP, own->other_pickup_groups[i]);
        if (group != NULL) {
            choose_in(manager, origin, group, choice);
        }
    }
    if (choice->call == NULL && choice->status == 404) {
        refuse(choice, 404, "No call rings in the other groups of call pickup group %.60s",
               own->name);
    }
}

/* A key that needs no number. */
static void choose_by_key(struct call_manager *manager, const struct call_origin *origin,
                          enum pickup_kind kind, struct pickup_choice *choice) {
    const sj_call_pickup_group *own = pickup_group_of(&manager->plan, origin->line->key);
    if (own == NULL) {
        refuse(choice, 403, "%.30s is in no call pickup group", line_number(origin->line));
    } else if (kind == PICKUP_OWN) {
        choose_in(manager, origin, own, choice);
    } else {
        choose_in_others(manager, origin, own, choice);
    }
}

bool pickup_key_refused(struct call_manager *manager, const struct call_origin *origin,
                        enum pickup_kind kind, char why[PICKUP_WHY]) {
    struct pickup_choice choice = {0};
    if (kind != PICKUP_NUMBER) {
        choose_by_key(manager, origin, kind, &choice);
    } else {
        const sj_list_link *at = NULL;
        const sj_call_pickup_group *group;
        refuse(&choice, 403, "No call pickup group is within reach");
        while (choice.status == 403 &&
               (group = dial_plan_walk(&manager->plan, PLAN_CALL_PICKUP_GROUP, &at)) != NULL) {
            choice.status = reaches(manager, origin, group->partition) ? 0 : 403;
        }
    }
    (void)snprintf(why, PICKUP_WHY, "%s", choice.why);
    return choice.status == 403;
}

bool pickup_line_may(struct call_manager *manager, const struct call_origin *origin,
                     const char *directory_number) {
    const sj_call_pickup_group *own = pickup_group_of(&manager->plan, origin->line->key),
                               *group = pickup_group_of(&manager->plan, directory_number);
    return own != NULL && group != NULL && pickup_group_covers(own, group) &&
           reaches(manager, origin, group->partition);
}

bool pickup_may(struct call_manager *manager, struct device *device, const char *directory_number) {
    for (size_t i = 0; i < device->line_count; i++) {
        struct call_origin origin;
        memset(&origin, 0, sizeof origin);
        origin.device = device;
        origin.line = &device->lines[i];
        device_calling_search_spaces(&manager->plan, device, origin.line, &origin.spaces);
        if (pickup_line_may(manager, &origin, directory_number)) {
            return true;
        }
    }
    return false;
}

static void choose_at(struct call_manager *manager, const struct call_origin *origin,
                      const char *number, const char *key, struct pickup_choice *choice) {
    if (!pickup_line_may(manager, origin, key)) {
        refuse(choice, 403, "The call pickup group of %.30s does not go with that of %.30s",
               line_number(origin->line), number);
        return;
    }
    choice->call = longest(manager, origin, key, NULL);
    if (choice->call == NULL) {
        refuse(choice, 404, "No call rings at %.30s", number);
    }
}

static void choose_by_number(struct call_manager *manager, const struct call_origin *origin,
                             const char *number, bool lamp, struct pickup_choice *choice) {
    const struct number_caller caller = call_number_caller(manager, origin);
    struct number_route *route = calloc(1, sizeof *route);
    const bool known =
        route != NULL && number_routing(&manager->plan, &caller, number, route) == SJ_OK;
    if (known && route->outcome == NUMBER_PHONE) {
        choose_at(manager, origin, route->digits, route->directory_number_key, choice);
    } else if (known && !lamp && route->outcome == NUMBER_FEATURE &&
               route->feature == DIGIT_CALL_PICKUP) {
        const sj_call_pickup_group *group =
            pickup_group_by_number(&manager->plan, route->feature_number, route->partition);
        if (group != NULL) {
            choose_in(manager, origin, group, choice);
        }
    } else {
        refuse(choice, 404, "%.30s is neither a call pickup group nor a phone within reach",
               number);
    }
    free(route);
}

struct pickup_key {
    const char *number;
    bool found;
};

static void look_for_key(void *user, const sj_speed_dial *dials, size_t count) {
    struct pickup_key *key = user;
    for (size_t i = 0; i < count; i++) {
        key->found = key->found || (dials[i].busy_lamp_field && dials[i].call_pickup &&
                                    strcmp(dials[i].number, key->number) == 0);
    }
}

/* Whether the phone has a key for the number that picks up. */
static bool has_pickup_key(const struct call_manager *manager, const struct device *device,
                           const char *number) {
    struct pickup_key key = {number, false};
    speed_dials_read(manager, device, look_for_key, &key);
    return key.found;
}

#define ONLY_PHONES "Only a phone of this cluster picks up calls"

bool pickup_number_refused(const struct call_origin *origin, int *status, const char **why) {
    if (origin->forwarded) {
        *status = 603;
        *why = PICKUP_NOT_DIALLED;
        return true;
    }
    *status = 403;
    *why = ONLY_PHONES;
    return origin->device == NULL && origin->trunk.trunk != NULL;
}

void pickup_choose(struct call_manager *manager, struct call_origin *origin, enum pickup_kind kind,
                   const char *number, struct pickup_choice *choice) {
    memset(choice, 0, sizeof *choice);
    if (origin->device == NULL || origin->line == NULL || origin->device->registration == NULL) {
        refuse(choice, 403, ONLY_PHONES);
        return;
    }
    if (kind == PICKUP_NUMBER || kind == PICKUP_LAMP) {
        if (kind == PICKUP_LAMP && !has_pickup_key(manager, origin->device, number)) {
            refuse(choice, 403, "The phone has no key that picks up calls of %.30s", number);
            return;
        }
        choose_by_number(manager, origin, number, kind == PICKUP_LAMP, choice);
    } else {
        choose_by_key(manager, origin, kind, choice);
    }
}
