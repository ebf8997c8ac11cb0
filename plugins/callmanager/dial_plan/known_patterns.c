/* Looks for a pattern by its text in all that digit analysis and URI routing match. */
#include "dial_plan/known_patterns.h"
#include "dial_plan/alternate_numbers.h"
#include "dial_plan/learned_numbers.h"
#include "resources/partition.h"
#include "resources/sip_route_pattern.h"

#include <sojourn/base/nearest.h>

#include <stdio.h>
#include <string.h>

enum { SHOWN_MOST = 63 }; /* of a longer one answers have the beginning alone */

static bool is_in(const char *wanted, const char *partition) {
    return wanted[0] == '\0' || strcmp(wanted, partition) == 0;
}

static void offer(void *user, const char *pattern) {
    sj_nearest_offer(user, pattern);
}

static bool is_sip_route(const struct dial_plan *plan, const char *pattern, const char *partition,
                         struct sj_nearest *nearest) {
    const sj_list_link *link = NULL;
    const sj_sip_route_pattern *route;
    bool found = false;
    if (strchr(pattern, '@') != NULL) {
        return false;
    }
    while (!found && (route = dial_plan_walk(plan, PLAN_SIP_ROUTE_PATTERN, &link)) != NULL) {
        if (is_in(partition, route->partition)) {
            sj_nearest_offer(nearest, route->pattern);
            found = strcmp(route->pattern, pattern) == 0;
        }
    }
    return found;
}

static bool is_directory_uri(const struct dial_plan *plan, const char *pattern,
                             const char *partition) {
    const sj_directory_uri *uri =
        strchr(pattern, '@') == NULL ? NULL : dial_plan_directory_uri(plan, pattern, true);
    return uri != NULL && is_in(partition, uri->partition);
}

/* The number that the mask of an alternate number makes. */
static bool is_alternate(const struct dial_plan *plan, const char *pattern, const char *partition) {
    const sj_list_link *link = NULL;
    const sj_partition *record;
    if (plan->alternates_reaching == 0 || !digits_are_number(pattern)) {
        return false;
    }
    bool found = partition[0] == '\0' && alternate_numbers_in(plan, pattern, "") != NULL;
    while (!found && (record = dial_plan_walk(plan, PLAN_PARTITION, &link)) != NULL) {
        found = is_in(partition, record->name) &&
                alternate_numbers_in(plan, pattern, record->name) != NULL;
    }
    return found;
}

/* A URI that may be advertised. */
static bool is_uri(const char *pattern) {
    const char *at = strrchr(pattern, '@');
    return at != NULL && at > pattern && at[1] != '\0' && strpbrk(pattern, " \t\r\n") == NULL;
}

/* A learned partition, at some time within the caller's reach. */
static bool is_learned_within_reach(const struct dial_plan *plan,
                                    const struct calling_search_spaces *spaces,
                                    const char *partition) {
    static const struct moment at_no_time;
    struct visible_partitions all;
    bool found = false;
    if (spaces == NULL || visible_partitions_lay_out(plan, spaces, &at_no_time, &all) != SJ_OK) {
        return false;
    }
    for (size_t i = 0; i < all.count && !found; i++) {
        found = learned_partition_is(all.names[i]) && is_in(partition, all.names[i]);
    }
    visible_partitions_free(&all);
    return found;
}

/* What other clusters advertise is not held here, so that its form alone can be looked at. One that
 * the plan has but for the separator is a slip. */
static bool pattern_may_be_learned(const struct dial_plan *plan,
                                   const struct calling_search_spaces *spaces, const char *pattern,
                                   const char *partition) {
    return learned_pattern_is(pattern) &&
           !digit_analysis_has_but_for_dots(plan->digits, pattern, partition) &&
           is_learned_within_reach(plan, spaces, partition);
}

/* URIs are learned where numbers are; they are in no partition. */
static bool uri_may_be_learned(const struct dial_plan *plan, const char *uri,
                               const char *partition) {
    const sj_list_link *link = NULL;
    const sj_partition *record;
    bool learns = false;
    while (!learns && (record = dial_plan_walk(plan, PLAN_PARTITION, &link)) != NULL) {
        learns = learned_partition_is(record->name);
    }
    return learns && partition[0] == '\0' && is_uri(uri);
}

bool known_pattern(const struct dial_plan *plan, const struct calling_search_spaces *spaces,
                   const char *pattern, const char *partition, char text[KNOWN_PATTERN_TEXT]) {
    struct sj_nearest nearest;
    char hint[SJ_NEAREST_HINT];
    text[0] = '\0';
    sj_nearest_begin(&nearest, pattern);
    if (strlen(pattern) >= SHOWN_MOST ||
        digit_analysis_has(plan->digits, pattern, partition, offer, &nearest) ||
        is_sip_route(plan, pattern, partition, &nearest) ||
        is_directory_uri(plan, pattern, partition) || is_alternate(plan, pattern, partition) ||
        pattern_may_be_learned(plan, spaces, pattern, partition) ||
        uri_may_be_learned(plan, pattern, partition)) {
        return true;
    }
    (void)snprintf(text, KNOWN_PATTERN_TEXT, "there is no pattern %s%s%s%s", pattern,
                   partition[0] != '\0' ? " in the partition " : "", partition,
                   sj_nearest_hint(&nearest, hint));
    return false;
}
