/* Directory URIs of this cluster before learned ones, these before domains. Pure. */
#include "dial_plan/uri_routing.h"

#include <stdio.h>

bool dial_string_is_number(sj_sip_profile_dial_string_interpretation interpretation,
                           const char *user) {
    static const char digits_and_letters[] = "0123456789*#+ABCDabcd";
    switch (interpretation) {
    case SJ_SIP_PROFILE_DIAL_STRING_INTERPRETATION_ALWAYS_URI: return false;
    case SJ_SIP_PROFILE_DIAL_STRING_INTERPRETATION_DIGITS_AND_LETTERS:
        return user[strspn(user, digits_and_letters)] == '\0';
    default: return digits_are_number(user);
    }
}

static void begin(const struct number_caller *caller, const char *called,
                  struct number_route *route) {
    memset(route, 0, sizeof *route);
    route->steps.note = "";
    (void)snprintf(route->digits, sizeof route->digits, "%s", called);
    (void)snprintf(route->calling, sizeof route->calling, "%s", caller->number);
}

/* A directory URI of this cluster that the caller can reach. */
static bool find_own(const struct dial_plan *plan, const struct visible_partitions *visible,
                     const struct uri_query *query, struct number_route *route) {
    char text[2 * DIRECTORY_URI], key[130] = "";
    (void)snprintf(text, sizeof text, "%s@%s", query->user, query->host);
    const sj_directory_uri *uri = dial_plan_directory_uri(plan, text, query->any_case);
    for (size_t i = 0; uri != NULL && i < visible->count; i++) {
        if (strcmp(visible->names[i], uri->partition) != 0) {
            continue;
        }
        if (uri->directory_number[0] != '\0') {
            (void)snprintf(key, sizeof key, "%s", uri->directory_number);
        } else if (uri->end_user[0] == '\0' || !dial_plan_extension_of(plan, uri->end_user, key)) {
            return false;
        }
        (void)snprintf(route->pattern, sizeof route->pattern, "%.63s", text);
        (void)snprintf(route->partition, sizeof route->partition, "%s", uri->partition);
        (void)snprintf(route->origin, sizeof route->origin, "%s", visible->origins[i]);
        (void)snprintf(route->directory_number_key, sizeof route->directory_number_key, "%s", key);
        dial_plan_number_of_key(key, route->digits, sizeof route->digits);
        route->directory_number = dial_plan_directory_number(plan, key);
        route->outcome = route->directory_number != NULL && route->directory_number->active
                             ? NUMBER_PHONE
                             : NUMBER_UNKNOWN;
        return true;
    }
    return false;
}

/* Transformations are for numbers: a URI goes on as it was dialled. */
static void keep_called(const char *called, struct number_route *route) {
    for (size_t i = 0; i < route->steps.count; i++) {
        (void)snprintf(route->steps.steps[i].called, sizeof route->steps.steps[i].called, "%s",
                       called);
    }
}

int uri_routing(const struct dial_plan *plan, const struct number_caller *caller,
                const struct uri_query *query, struct number_route *route) {
    const struct moment moment = {caller->utc_s, caller->device_pool};
    struct number_caller of_uri = *caller;
    struct visible_partitions visible;
    of_uri.calls_uri = true;
    begin(caller, query->user, route);
    if (visible_partitions_lay_out(plan, caller->spaces, &moment, &visible) != SJ_OK) {
        return SJ_E_NO_MEMORY;
    }
    if (find_own(plan, &visible, query, route)) {
        /* it rings here */
    } else if (query->ends_here) {
        route->outcome = NUMBER_UNKNOWN;
    } else if (query->learned == NULL) {
        route->outcome = NUMBER_UNASKED;
    } else if (query->learned->known) {
        (void)snprintf(route->pattern, sizeof route->pattern, "%s", query->learned->pattern);
        number_route_to_learned(plan, &visible, &of_uri, query->learned, route);
        keep_called(query->user, route);
    } else {
        number_route_to_host(plan, &visible, &of_uri, query->host, route);
        keep_called(query->user, route);
    }
    visible_partitions_free(&visible);
    return SJ_OK;
}

int host_routing(const struct dial_plan *plan, const struct number_caller *caller,
                 const char *called, const char *host, struct number_route *route) {
    const struct moment moment = {caller->utc_s, caller->device_pool};
    struct number_caller of_uri = *caller;
    struct visible_partitions visible;
    of_uri.calls_uri = true;
    begin(caller, called, route);
    if (visible_partitions_lay_out(plan, caller->spaces, &moment, &visible) != SJ_OK) {
        return SJ_E_NO_MEMORY;
    }
    number_route_to_host(plan, &visible, &of_uri, host, route);
    keep_called(called, route);
    visible_partitions_free(&visible);
    return SJ_OK;
}
