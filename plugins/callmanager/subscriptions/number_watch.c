/* Two levels, as in the field: the SUBSCRIBE Calling Search Space says which numbers there are for
 * the phone, the presence groups whether it may watch them. A logged-in user brings both along.
 * Park numbers are in no presence group: whoever reaches one may take what waits there. */
#include "subscriptions/number_watch.h"
#include "calls/park.h"
#include "dial_plan/number_routing.h"
#include "parameters/call_manager.h"
#include "resources/end_user.h"
#include "resources/presence_group.h"
#include "subscriptions/subscription.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

#define STANDARD_GROUP "Standard Presence group"

struct rights {
    char space[52], group[52];
};

static void set_rights(struct rights *rights, const char *space, const char *group) {
    (void)snprintf(rights->space, sizeof rights->space, "%s", sj_or_empty(space));
    (void)snprintf(rights->group, sizeof rights->group, "%s",
                   sj_given(group) ? group : STANDARD_GROUP);
}

/* Those of the user who is logged in, else of the phone. */
static int rights_of(struct call_manager *manager, const struct device *device,
                     struct rights *rights, sj_error *error) {
    sj_scope *scope = manager->scope;
    sj_end_user *user = NULL;
    sj_phone *phone = NULL;
    int status;
    set_rights(rights, "", "");
    if (device->live && device->login->user_id[0] != '\0') {
        status = sj_end_user_get(scope, device->login->user_id, &user, error);
        if (status == SJ_OK) {
            set_rights(rights, user->subscribe_calling_search_space, user->presence_group);
            sj_record_free(scope, user);
        }
        return status;
    }
    status = sj_phone_get(scope, device->name, &phone, error);
    if (status == SJ_OK) {
        set_rights(rights, phone->subscribe_calling_search_space, phone->presence_group);
        sj_record_free(scope, phone);
    }
    return status;
}

static bool permits(const struct call_manager *manager,
                    const sj_presence_group_relationship *relationship) {
    switch (relationship->subscription_permission) {
    case SJ_PRESENCE_GROUP_RELATIONSHIP_SUBSCRIPTION_PERMISSION_ALLOW_SUBSCRIPTION: return true;
    case SJ_PRESENCE_GROUP_RELATIONSHIP_SUBSCRIPTION_PERMISSION_DISALLOW_SUBSCRIPTION: return false;
    default:
        return sj_param_ccm_default_inter_presence_group_subscription(manager->scope) ==
               SJ_CCM_DEFAULT_INTER_PRESENCE_GROUP_SUBSCRIPTION_ALLOW_SUBSCRIPTION;
    }
}

static bool group_allows(struct call_manager *manager, const char *group, const char *other) {
    static const sj_presence_group_relationship none = {
        .subscription_permission =
            SJ_PRESENCE_GROUP_RELATIONSHIP_SUBSCRIPTION_PERMISSION_USE_SYSTEM_DEFAULT};
    const sj_presence_group_relationship *relationship = &none;
    sj_presence_group *record = NULL;
    if (strcmp(group, other) == 0) {
        return true;
    }
    if (sj_presence_group_get(manager->scope, group, &record, NULL) != SJ_OK) {
        return false; /* of a group that cannot be read nothing is known that would allow it */
    }
    for (size_t i = 0; i < record->relationships_count; i++) {
        if (strcmp(record->relationships[i].presence_group, other) == 0) {
            relationship = &record->relationships[i];
        }
    }
    const bool allowed = permits(manager, relationship);
    sj_record_free(manager->scope, record);
    return allowed;
}

static bool is_park_number(const struct number_route *route) {
    return route->outcome == NUMBER_FEATURE &&
           (route->feature == DIGIT_CALL_PARK || route->feature == DIGIT_DIRECTED_CALL_PARK ||
            route->feature == DIGIT_PARK_RETRIEVAL);
}

/* By the digits that retrieve a call as well, so that one key shows it and takes it. */
static void grant_park_number(const struct number_route *route, struct watch_verdict *verdict) {
    char key[130];
    park_key(route->feature_number, route->partition, key);
    watch_grant(verdict, key, route->feature_number);
}

/* The number's record, which the calling search space reaches; NULL: refused, or a park number. */
static const sj_directory_number *find_number(struct call_manager *manager,
                                              const struct rights *rights,
                                              const struct device *device, const char *digits,
                                              struct watch_verdict *verdict) {
    struct number_route *route = calloc(1, sizeof *route);
    struct calling_search_spaces spaces;
    const sj_directory_number *number = NULL;
    char shown[DIGITS_MAX];
    calling_search_spaces_of_phone(rights->space, "", &spaces);
    const struct number_caller caller = {.spaces = &spaces,
                                         .number = "",
                                         .external_mask = "",
                                         .device_pool = device->device_pool,
                                         .adjunct_css = "",
                                         .turn = manager->turn};
    if (route == NULL || number_routing(&manager->plan, &caller, digits, route) != SJ_OK) {
        watch_refuse(verdict, 503, "Out of memory");
    } else if (is_park_number(route)) {
        grant_park_number(route, verdict);
    } else if (route->outcome != NUMBER_PHONE) {
        watch_refuse(verdict, 404,
                     "No directory number %.40s within reach of the SUBSCRIBE Calling "
                     "Search Space %.50s",
                     dial_codes_shown(&manager->plan, digits, shown),
                     rights->space[0] == '\0' ? "(none)" : rights->space);
    } else {
        number = route->directory_number;
        watch_grant(verdict, route->directory_number_key, route->digits);
    }
    free(route);
    return number;
}

/* Whether it is done: the number is a line of the phone, or the rights cannot be read. */
static bool is_own_line(struct call_manager *manager, const struct device *device,
                        const char *digits, struct rights *rights, struct watch_verdict *verdict) {
    sj_error error = {0};
    for (size_t i = 0; i < device->line_count; i++) {
        if (strcmp(line_number(&device->lines[i]), digits) == 0) {
            watch_grant(verdict, device->lines[i].key, digits);
            return true;
        }
    }
    if (rights_of(manager, device, rights, &error) != SJ_OK) {
        watch_refuse(verdict, 403, "What the phone may watch cannot be read: %.100s", error.text);
        return true;
    }
    return false;
}

static void judge(struct call_manager *manager, const struct device *device, const char *digits,
                  struct watch_verdict *verdict) {
    struct rights rights;
    if (is_own_line(manager, device, digits, &rights, verdict)) {
        return;
    }
    const sj_directory_number *number = find_number(manager, &rights, device, digits, verdict);
    if (number != NULL) {
        const char *group =
            sj_given(number->presence_group) ? number->presence_group : STANDARD_GROUP;
        if (!group_allows(manager, rights.group, group)) {
            watch_refuse(verdict, 403, "Members of %.45s may not watch numbers of %.45s",
                         rights.group, group);
        }
    }
}

void number_watch_judge(struct call_manager *manager, struct registration *phone,
                        const struct sip_message *request, struct watch_verdict *verdict) {
    struct sip_uri uri;
    if (!sip_uri_parse(request->uri, &uri) ||
        !sip_uri_user(&uri, verdict->asked, sizeof verdict->asked) || verdict->asked[0] == '\0') {
        watch_refuse(verdict, 404, "The request URI names no number");
        return;
    }
    judge(manager, phone->device, verdict->asked, verdict);
}

void number_watch_judge_again(const struct subscription *subscription, struct device *device,
                              struct watch_verdict *verdict) {
    if (subscription->unasked) {
        number_watch_judge_key(subscription->manager, device, subscription->asked, verdict);
    } else {
        judge(subscription->manager, device, subscription->asked, verdict);
    }
}

void number_watch_judge_key(struct call_manager *manager, const struct device *device,
                            const char *digits, struct watch_verdict *verdict) {
    struct rights rights;
    (void)snprintf(verdict->asked, sizeof verdict->asked, "%s", digits);
    if (!is_own_line(manager, device, digits, &rights, verdict)) {
        (void)find_number(manager, &rights, device, digits, verdict);
    }
}
