/* Rules of intercom: its partitions, calling search spaces and numbers are apart from all others,
 * and an intercom line stands on one device. */
#include "rules/rules.h"

#include <stdio.h>
#include <string.h>

#include <sojourn/base/text.h>

#include "resources/call_park.h"
#include "resources/call_pickup_group.h"
#include "resources/calling_search_space.h"
#include "resources/device_profile.h"
#include "resources/directory_number.h"
#include "resources/hunt.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/route_pattern.h"
#include "resources/sip_route_pattern.h"
#include "resources/translation_pattern.h"
#include "resources/voice_mail.h"

static const char *words_of(sj_partition_usage usage) {
    return usage == SJ_PARTITION_USAGE_INTERCOM ? "for intercom" : "not for intercom";
}

/* What a partition is for; for nothing special when there is none of that name. */
static sj_partition_usage usage_of(const struct sj_rule_check *check, const char *partition) {
    const void *found = NULL;
    return sj_given(partition) &&
                   check->find(check->user, &sj_partition_meta, partition, &found) == SJ_OK
               ? ((const sj_partition *)found)->usage
               : SJ_PARTITION_USAGE_GENERAL;
}

/* The same of the partition in the key of a directory number, "7001@Intercom". */
static sj_partition_usage usage_of_number(const struct sj_rule_check *check, const char *key) {
    const char *at = strchr(sj_or_empty(key), '@');
    return usage_of(check, at == NULL ? "" : at + 1);
}

void sj_rule_calling_search_space_usage(const struct sj_rule_check *check, const void *record) {
    const sj_calling_search_space *space = record;
    for (size_t i = 0; i < space->partitions_count; i++) {
        const sj_partition_usage usage = usage_of(check, space->partitions[i]);
        if (usage != space->usage) {
            sj_rule_tell(check, (struct sj_rule_place){"partitions", i, NULL},
                         "expected a partition that is %s, as the calling search space is, got "
                         "\"%s\", which is %s",
                         words_of(space->usage), space->partitions[i], words_of(usage));
        }
    }
}

struct feature {
    const char *field, *value;
};

/* An intercom call is neither forwarded nor diverted, and nobody picks it up: the first field of
 * the number that says otherwise, `field` NULL when none does. */
static struct feature feature_of(const sj_directory_number *number) {
    const struct feature features[] = {
        {"voice_mail_profile", number->voice_mail_profile},
        {"call_pickup_group", number->call_pickup_group},
        {"forward_all_destination", number->forward_all_destination},
        {"forward_busy_internal_destination", number->forward_busy_internal_destination},
        {"forward_busy_external_destination", number->forward_busy_external_destination},
        {"forward_no_answer_internal_destination", number->forward_no_answer_internal_destination},
        {"forward_no_answer_external_destination", number->forward_no_answer_external_destination},
        {"forward_unregistered_internal_destination",
         number->forward_unregistered_internal_destination},
        {"forward_unregistered_external_destination",
         number->forward_unregistered_external_destination},
        {"forward_no_coverage_internal_destination",
         number->forward_no_coverage_internal_destination},
        {"forward_no_coverage_external_destination",
         number->forward_no_coverage_external_destination},
    };
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++) {
        if (sj_given(features[i].value)) {
            return features[i];
        }
    }
    return (struct feature){NULL, NULL};
}

static const sj_calling_search_space *space_of(const struct sj_rule_check *check,
                                               const sj_directory_number *number) {
    const void *found = NULL;
    return sj_given(number->calling_search_space) &&
                   check->find(check->user, &sj_calling_search_space_meta,
                               number->calling_search_space, &found) == SJ_OK
               ? found
               : NULL;
}

/* Another device with that line, among those of a resource; "" when there is none. */
static const char *other_with(const struct sj_rule_check *check, const sj_resource_meta *meta,
                              const char *key, const char *name) {
    const sj_query query = {.field = "lines.directory_number", .value = key, .limit = 2};
    const sj_list *found = NULL;
    if (check->list(check->user, meta, &query, &found) != SJ_OK) {
        return "";
    }
    for (size_t i = 0; i < found->count; i++) {
        const char *other = meta == &sj_phone_meta ? sj_phone_at(found, i)->name
                                                   : sj_device_profile_at(found, i)->name;
        if (name == NULL || strcmp(other, name) != 0) {
            return other;
        }
    }
    return "";
}

/* The phone that has the line is the one on which it is to be. */
static void check_device(const struct sj_rule_check *check, const sj_directory_number *number) {
    char key[130];
    (void)snprintf(key, sizeof key, "%s@%s", number->pattern, number->partition);
    const char *other = other_with(check, &sj_phone_meta, key, number->default_activated_device);
    if (other[0] != '\0') {
        sj_rule_tell(check, sj_rule_field("default_activated_device"),
                     "expected \"%s\", whose line it is, got \"%s\": take the line off that phone "
                     "first",
                     other, number->default_activated_device);
    }
}

void sj_rule_directory_number(const struct sj_rule_check *check, const void *record) {
    const sj_directory_number *number = record;
    const sj_partition_usage usage = usage_of(check, number->partition);
    const sj_calling_search_space *space = space_of(check, number);
    const struct feature feature = feature_of(number);
    if (space != NULL && space->usage != usage) {
        sj_rule_tell(check, sj_rule_field("calling_search_space"),
                     "expected a calling search space that is %s, as the number's partition is, "
                     "got \"%s\", which is %s",
                     words_of(usage), space->name, words_of(space->usage));
    }
    if (usage == SJ_PARTITION_USAGE_INTERCOM && feature.field != NULL) {
        sj_rule_tell(check, sj_rule_field(feature.field),
                     "expected null of an intercom number, whose calls are neither forwarded, "
                     "diverted nor picked up, got \"%s\"",
                     feature.value);
    }
    if (usage == SJ_PARTITION_USAGE_INTERCOM && sj_given(number->default_activated_device)) {
        check_device(check, number);
    }
    if (usage == SJ_PARTITION_USAGE_GENERAL && sj_given(number->default_activated_device)) {
        sj_rule_tell(check, sj_rule_field("default_activated_device"),
                     "expected null, as the number is in no intercom partition, got \"%s\"",
                     number->default_activated_device);
    }
}

/* A partition whose use changes takes its numbers and calling search spaces along. */
void sj_rule_partition(const struct sj_rule_check *check, const void *record) {
    const sj_partition *partition = record;
    const sj_query having = {.field = "partitions", .value = partition->name};
    const sj_query within = {.field = "partition", .value = partition->name};
    const sj_list *found = NULL;
    if (check->list(check->user, &sj_calling_search_space_meta, &having, &found) == SJ_OK) {
        for (size_t i = 0; i < found->count; i++) {
            const sj_calling_search_space *space = sj_calling_search_space_at(found, i);
            if (space->usage != partition->usage) {
                sj_rule_tell(check, sj_rule_field("usage"),
                             "expected \"%s\", as the calling search space \"%s\" has the "
                             "partition, which is %s; make another partition",
                             sj_partition_usage_text(space->usage), space->name,
                             words_of(space->usage));
                return;
            }
        }
    }
    if (partition->usage == SJ_PARTITION_USAGE_INTERCOM &&
        check->list(check->user, &sj_directory_number_meta, &within, &found) == SJ_OK) {
        for (size_t i = 0; i < found->count; i++) {
            const struct feature feature = feature_of(sj_directory_number_at(found, i));
            if (feature.field != NULL) {
                sj_rule_tell(check, sj_rule_field("usage"),
                             "expected \"general\", as the number \"%s\" of the partition has "
                             "%s; make another partition",
                             sj_directory_number_at(found, i)->pattern, feature.field);
                return;
            }
        }
    }
}

/* `phone`, `profile`: the name of the device, the other one NULL. */
static void check_line(const struct sj_rule_check *check, const sj_device_line *line, size_t index,
                       const char *phone, const char *profile) {
    const struct sj_rule_place here = {"lines", index, "directory_number"};
    const char *key = sj_or_empty(line->directory_number);
    const void *found = NULL;
    if (usage_of_number(check, key) != SJ_PARTITION_USAGE_INTERCOM) {
        if (sj_given(line->speed_dial)) {
            sj_rule_tell(check, (struct sj_rule_place){"lines", index, "speed_dial"},
                         "expected null, as \"%s\" is no intercom number, got \"%s\"", key,
                         line->speed_dial);
        }
        return;
    }
    if (check->find(check->user, &sj_directory_number_meta, key, &found) != SJ_OK) {
        return; /* told already */
    }
    const char *device = ((const sj_directory_number *)found)->default_activated_device;
    if (phone != NULL && sj_given(device) && strcmp(device, phone) != 0) {
        sj_rule_tell(check, here,
                     "expected an intercom number whose Default Activated Device is this phone, "
                     "got \"%s\", of which it is \"%s\"",
                     key, device);
    }
    const char *other = other_with(check, &sj_phone_meta, key, phone);
    if (other[0] == '\0') {
        other = other_with(check, &sj_device_profile_meta, key, profile);
    }
    if (other[0] != '\0') {
        sj_rule_tell(check, here,
                     "expected an intercom number that no other phone or device profile has, got "
                     "\"%s\", which \"%s\" has",
                     key, other);
    }
}

static void check_lines(const struct sj_rule_check *check, const sj_device_line *lines,
                        size_t count, const char *phone, const char *profile) {
    for (size_t i = 0; i < count; i++) {
        check_line(check, &lines[i], i, phone, profile);
    }
}

void sj_rule_phone_intercom(const struct sj_rule_check *check, const void *record) {
    const sj_phone *phone = record;
    check_lines(check, phone->lines, phone->lines_count, phone->name, NULL);
}

void sj_rule_device_profile_intercom(const struct sj_rule_check *check, const void *record) {
    const sj_device_profile *profile = record;
    check_lines(check, profile->lines, profile->lines_count, NULL, profile->name);
}

void sj_rule_line_group(const struct sj_rule_check *check, const void *record) {
    const sj_line_group *group = record;
    const char *general = ""; /* the partition that was looked at last: members share theirs */
    for (size_t i = 0; i < group->members_count; i++) {
        const char *at = strchr(sj_or_empty(group->members[i]), '@');
        if (at == NULL || strcmp(at, general) == 0) {
            continue;
        }
        if (usage_of(check, at + 1) == SJ_PARTITION_USAGE_INTERCOM) {
            sj_rule_tell(check, (struct sj_rule_place){"members", i, NULL},
                         "expected a number that is not for intercom, got \"%s\"",
                         group->members[i]);
            return;
        }
        general = at;
    }
}

/* ---- what is no directory number stands in no intercom partition ---- */

static void check_general(const struct sj_rule_check *check, const char *partition) {
    if (usage_of(check, partition) == SJ_PARTITION_USAGE_INTERCOM) {
        sj_rule_tell(check, sj_rule_field("partition"),
                     "expected a partition that is not for intercom, got \"%s\", which has "
                     "directory numbers alone",
                     partition);
    }
}

#define SJ_RULE_IN_GENERAL(resource)                                                               \
    void sj_rule_##resource##_partition(const struct sj_rule_check *check, const void *record) {   \
        check_general(check, ((const sj_##resource *)record)->partition);                          \
    }

SJ_RULE_IN_GENERAL(route_pattern)
SJ_RULE_IN_GENERAL(translation_pattern)
SJ_RULE_IN_GENERAL(sip_route_pattern)
SJ_RULE_IN_GENERAL(hunt_pilot)
SJ_RULE_IN_GENERAL(call_park_number)
SJ_RULE_IN_GENERAL(directed_call_park)
SJ_RULE_IN_GENERAL(call_pickup_group)
SJ_RULE_IN_GENERAL(message_waiting_number)
