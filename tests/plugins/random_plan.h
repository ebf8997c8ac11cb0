/* A dial plan made of chance, with numbers that fit its patterns. What is refused by a rule is left
 * out. */
#ifndef RANDOM_PLAN_H
#define RANDOM_PLAN_H

#include "analysis_kit.h"
#include "resources/calling_search_space.h"
#include "resources/device_pool.h"
#include "resources/dial_codes.h"
#include "resources/directory_number.h"
#include "resources/hunt.h"
#include "resources/ils.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/phone_security_profile.h"
#include "resources/route_group.h"
#include "resources/route_list.h"
#include "resources/route_pattern.h"
#include "resources/sip_profile.h"
#include "resources/sip_route_pattern.h"
#include "resources/sip_trunk.h"
#include "resources/time_period.h"
#include "resources/transformation_patterns.h"
#include "resources/translation_pattern.h"

#include <stdlib.h>

#define RANDOM_CODE "47" /* a forced authorization code */

static uint64_t chance_state;

static inline unsigned chance(unsigned below) {
    chance_state = chance_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(chance_state >> 33) % below;
}

static inline bool one_in(unsigned of) {
    return chance(of) == 0;
}

enum { PARTITIONS = 12, SPACES = 6, TRUNKS = 6, LISTS = 5, SCHEDULES = 4, HUNTS = 4 };

static inline void random_digits(char *text, unsigned length) {
    for (unsigned i = 0; i < length; i++) {
        text[i] = (char)('0' + chance(i == 0 ? 4 : 10)); /* so that many begin alike */
    }
    text[length] = '\0';
}

static inline void random_pattern(char *text) {
    static const char *const ends[] = {"", "", "X", "XX", "XXXX", "!", "[2-5]X", "[^0-4]", "X!"};
    char head[16];
    random_digits(head, 1 + chance(5));
    const bool dot = one_in(3);
    const unsigned at = dot ? 1 + chance((unsigned)strlen(head)) : 0;
    (void)sprintf(text, "%.*s%s%s%s", (int)at, head, dot ? "." : "", head + at,
                  ends[chance(sizeof ends / sizeof ends[0])]);
}

static inline const char *random_mask(void) {
    static const char *const masks[] = {"", "", "", "XX", "5XXXX", "2XX", "123X", "+49XXXX"};
    return masks[chance(sizeof masks / sizeof masks[0])];
}

static inline const char *random_discard(void) {
    static const char *const words[] = {"none", "none", "pre_dot"};
    return words[chance(3)];
}

static inline const char *random_presentation(void) {
    static const char *const words[] = {"default", "default", "default", "restricted", "allowed"};
    return words[chance(sizeof words / sizeof words[0])];
}

/* ---- the patterns of the plan ---- */

static size_t refused; /* records that a rule does not take */
static char (*taken)[40];
static size_t taken_count;

static inline void try_put(sj_testkit *kit, const sj_resource_meta *meta, const char *json,
                           const char *pattern) {
    sj_error error = {0};
    if (sj_testkit_put(kit, meta, json, &error) != SJ_OK) {
        refused++;
        return;
    }
    (void)strcpy(taken[taken_count++], pattern);
}

/* A number of chance that fits a pattern. */
static inline void number_of(const char *pattern, char digits[20]) {
    size_t used = 0;
    for (; *pattern != '\0' && used < 16; pattern++) {
        if (strncmp(pattern, "[2-5]", 5) == 0) {
            digits[used++] = (char)('2' + chance(4));
            pattern += 4;
        } else if (strncmp(pattern, "[^0-4]", 6) == 0) {
            digits[used++] = (char)('5' + chance(5));
            pattern += 5;
        } else if (*pattern == 'X' || *pattern == '!') {
            digits[used++] = (char)('0' + chance(10));
        } else if (*pattern != '.') {
            digits[used++] = *pattern;
        }
    }
    digits[used] = '\0';
}

static inline void random_record(sj_testkit *kit) {
    char json[900], pattern[40], destination[16];
    const unsigned kind = chance(11), partition = chance(PARTITIONS);
    const char *forwards = one_in(3) ? "all" : "unregistered_internal";
    random_pattern(pattern);
    random_digits(destination, 1 + chance(5));
    if (kind < 3) {
        random_digits(pattern, 2 + chance(4));
        (void)snprintf(json, sizeof json,
                       "{\"pattern\":\"%s\",\"partition\":\"P%u\",\"forward_%s_destination\":"
                       "\"%s\",\"forward_%s_calling_search_space\":\"S%u\"}",
                       pattern, partition, forwards, one_in(2) ? destination : "", forwards,
                       chance(SPACES));
        try_put(kit, &sj_directory_number_meta, json, pattern);
    } else if (kind < 5) {
        (void)snprintf(json, sizeof json,
                       "{\"pattern\":\"%s\",\"partition\":\"P%u\",\"calling_search_space\":\"S%u\","
                       "\"use_originator_calling_search_space\":%s,\"block\":%s,"
                       "\"discard_digits\":\"%s\",\"called_party_transform_mask\":\"%s\","
                       "\"called_party_prefix_digits\":\"%s\",\"calling_party_transform_mask\":"
                       "\"%s\",\"calling_line_id_presentation\":\"%s\"}",
                       pattern, partition, chance(SPACES), one_in(2) ? "true" : "false",
                       one_in(12) ? "true" : "false", random_discard(), random_mask(),
                       one_in(3) ? "3" : "", random_mask(), one_in(2) ? "restricted" : "default");
        try_put(kit, &sj_translation_pattern_meta, json, pattern);
    } else if (kind == 10) {
        (void)snprintf(
            json, sizeof json,
            "{\"pattern\":\"%s\",\"partition\":\"P%u\",\"hunt_list\":\"H%u\",\"block\":%s,"
            "\"forward_busy_destination\":\"%s\",\"forward_busy_calling_search_space\":"
            "\"S%u\",\"calling_line_id_presentation\":\"%s\"}",
            pattern, partition, chance(HUNTS), one_in(12) ? "true" : "false",
            one_in(3) ? "" : destination, chance(SPACES), one_in(2) ? "restricted" : "default");
        try_put(kit, &sj_hunt_pilot_meta, json, pattern);
    } else {
        char where[60];
        if (one_in(10)) {
            (void)snprintf(where, sizeof where, "\"block\":true");
        } else if (one_in(2)) {
            (void)snprintf(where, sizeof where, "\"sip_trunk\":\"T%u\"", chance(TRUNKS));
        } else {
            (void)snprintf(where, sizeof where, "\"route_list\":\"L%u\"", chance(LISTS));
        }
        (void)snprintf(
            json, sizeof json,
            "{\"pattern\":\"%s\",\"partition\":\"P%u\",%s,\"urgent_priority\":%s,"
            "\"discard_digits\":\"%s\",\"called_party_transform_mask\":\"%s\","
            "\"called_party_prefix_digits\":\"%s\",\"use_external_phone_number_mask\":%s,"
            "\"calling_party_transform_mask\":\"%s\",\"calling_party_prefix_digits\":"
            "\"%s\",\"require_forced_authorization_code\":%s,\"authorization_level\":%u,"
            "\"emergency_services_number\":%s,"
            "\"calling_line_id_presentation\":\"%s\"}",
            pattern, partition, where, one_in(3) ? "true" : "false", random_discard(),
            random_mask(), one_in(3) ? "00" : "", one_in(2) ? "true" : "false", random_mask(),
            one_in(4) ? "9" : "", one_in(8) ? "true" : "false", chance(7),
            one_in(15) ? "true" : "false", random_presentation());
        try_put(kit, &sj_route_pattern_meta, json, pattern);
    }
}

/* An alternate number, over which a pattern with wildcards may stand that is translated. */
static inline void random_alternate(sj_testkit *kit) {
    char json[400], number[16], first[8], whole[40];
    const unsigned partition = chance(PARTITIONS);
    random_digits(number, 2 + chance(4));
    random_digits(first, 1 + chance(2));
    (void)snprintf(whole, sizeof whole, "%s%s", first, number);
    (void)snprintf(json, sizeof json, "{\"pattern\":\"%s\",\"partition\":\"P%u\"}", number,
                   chance(PARTITIONS));
    try_put(kit, &sj_directory_number_meta, json, number);
    (void)snprintf(json, sizeof json,
                   "{\"mask\":\"%s%.*s\",\"directory_number\":\"%s\",\"partition\":\"P%u\"}", first,
                   (int)strlen(number), "XXXXX", number, partition);
    try_put(kit, &sj_alternate_number_meta, json, whole);
    if (one_in(2)) {
        (void)snprintf(json, sizeof json,
                       "{\"pattern\":\"%s%s%.*s\",\"partition\":\"P%u\",\"calling_search_space\":"
                       "\"S%u\",\"discard_digits\":\"%s\",\"called_party_transform_mask\":\"%s\"}",
                       first, one_in(2) ? "." : "", (int)strlen(number), "XXXXX", partition,
                       chance(SPACES), random_discard(), random_mask());
        try_put(kit, &sj_translation_pattern_meta, json, whole);
    }
}

/* Partitions of which some are searched at some hours only, by the clocks of several places. */
static inline void random_partitions(sj_testkit *kit) {
    static const char *const zones[] = {"", "Europe/London", "America/New_York", "Asia/Kathmandu"};
    char json[400];
    for (unsigned i = 0; i < SCHEDULES; i++) {
        const unsigned start = chance(23);
        (void)snprintf(json, sizeof json,
                       "{\"name\":\"H%u\",\"start_time\":\"%02u:30\",\"end_time\":\"%02u:00\"}", i,
                       start, start + 1 + chance(24 - start));
        put(kit, &sj_time_period_meta, json);
        (void)snprintf(json, sizeof json, "{\"name\":\"H%u\",\"time_periods\":[\"H%u\"]}", i, i);
        put(kit, &sj_time_schedule_meta, json);
    }
    for (unsigned i = 0; i < PARTITIONS; i++) {
        char schedule[60] = "";
        if (one_in(3)) {
            (void)snprintf(schedule, sizeof schedule,
                           ",\"time_schedule\":\"H%u\",\"time_zone\":\"%s\"", chance(SCHEDULES),
                           zones[chance(sizeof zones / sizeof zones[0])]);
        }
        (void)snprintf(json, sizeof json, "{\"name\":\"P%u\"%s}", i, schedule);
        put(kit, &sj_partition_meta, json);
    }
}

/* Hunts: of phones in the clear, of one with TLS, of both, and of nobody. */
static inline void random_hunts(sj_testkit *kit) {
    static const char *const members[HUNTS] = {"\"1004@Internal\"", "\"1005@Internal\"",
                                               "\"1004@Internal\",\"1005@Internal\"", ""};
    char json[300];
    for (unsigned i = 0; i < HUNTS; i++) {
        (void)snprintf(json, sizeof json,
                       "{\"name\":\"H%u\",\"distribution\":\"%s\",\"members\":[%s]}", i,
                       one_in(2) ? "top_down" : "broadcast", members[i]);
        put(kit, &sj_line_group_meta, json);
        (void)snprintf(json, sizeof json, "{\"name\":\"H%u\",\"members\":[\"H%u\"]}", i, i);
        put(kit, &sj_hunt_list_meta, json);
    }
}

/* What is done to the numbers that trunks send. */
static inline void random_transformations(sj_testkit *kit, size_t patterns) {
    char json[400], pattern[40];
    for (size_t i = 0; i < patterns; i++) {
        const bool calling = one_in(2);
        random_pattern(pattern);
        (void)snprintf(json, sizeof json,
                       "{\"pattern\":\"%s\",\"partition\":\"P%u\",\"discard_digits\":\"%s\","
                       "\"%s_party_transform_mask\":\"%s\",\"%s_party_prefix_digits\":\"%s\"}",
                       pattern, chance(PARTITIONS), random_discard(),
                       calling ? "calling" : "called", random_mask(),
                       calling ? "calling" : "called", one_in(2) ? "6" : "");
        put(kit,
            calling ? &sj_calling_party_transformation_pattern_meta
                    : &sj_called_party_transformation_pattern_meta,
            json);
    }
}

/* A trunk has transformation CSS of its own, none, or its device pool's. */
static inline void random_trunk(sj_testkit *kit, unsigned i) {
    char json[900], calling[140] = "", called[140] = "";
    if (one_in(2)) {
        (void)snprintf(calling, sizeof calling,
                       ",\"use_device_pool_calling_party_transformation_css\":false,"
                       "\"calling_party_transformation_css\":\"S%u\"",
                       chance(SPACES));
    }
    if (one_in(2)) {
        (void)snprintf(called, sizeof called,
                       ",\"use_device_pool_called_party_transformation_css\":false");
    }
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"T%u\",\"calling_search_space\":\"S%u\",\"sip_trunk_security_"
                   "profile\":\"UDP\",\"sip_profile\":\"Quiet\",\"destinations\":[{\"address\":"
                   "\"198.18.%u.1\"},{"
                   "\"address\":\"198.18.%u.2\"}],\"calling_line_id_presentation\":\"%s\"%s%s}",
                   i, chance(SPACES), i, i, one_in(2) ? "default" : random_presentation(), calling,
                   called);
    put(kit, &sj_sip_trunk_meta, json);
}

/* Who call (Alice; Bob digit by digit; Frank over TLS), all with the same rights, and who ring:
 * Dave, and Erin over TLS. */
static inline void random_phones(sj_testkit *kit) {
    static const struct {
        const char *name, *number, *more;
    } phones[] = {{ALICE, "1001", ""},
                  {"SEP001122334402", "1002", ",\"sip_profile\":\"Keys\""},
                  {"SEP001122334404", "1004", ""},
                  {"SEP001122334405", "1005", ",\"phone_security_profile\":\"Secure\""},
                  {"SEP001122334406", "1006", ",\"phone_security_profile\":\"Secure\""}};
    char json[600];
    put(kit, &sj_sip_profile_meta, "{\"name\":\"Keys\",\"digit_by_digit\":true}");
    put(kit, &sj_phone_security_profile_meta,
        "{\"name\":\"Secure\",\"device_security_mode\":\"encrypted\",\"transport\":\"tls\"}");
    for (size_t i = 0; i < sizeof phones / sizeof phones[0]; i++) {
        (void)snprintf(json, sizeof json,
                       "{\"pattern\":\"%s\",\"partition\":\"Internal\",\"calling_search_space\":"
                       "\"S3\"}",
                       phones[i].number);
        put(kit, &sj_directory_number_meta, json);
        (void)snprintf(json, sizeof json,
                       "{\"name\":\"%s\",\"model\":\"Cisco 7841\",\"calling_search_space\":\"S0\","
                       "\"lines\":[{\"directory_number\":\"%s@Internal\","
                       "\"external_phone_number_mask\":\"408555XXXX\"}]%s}",
                       phones[i].name, phones[i].number, phones[i].more);
        put(kit, &sj_phone_meta, json);
    }
}

static inline void random_plan(sj_testkit *kit, size_t patterns) {
    char json[900];
    random_partitions(kit);
    put(kit, &sj_partition_meta, "{\"name\":\"Global Learned Enterprise Numbers\"}");
    for (unsigned i = 0; i < SPACES; i++) {
        size_t used = (size_t)snprintf(json, sizeof json, "{\"name\":\"S%u\",\"partitions\":[", i);
        const unsigned first = chance(PARTITIONS), count = i == 0 ? PARTITIONS : 3 + chance(6);
        for (unsigned k = 0; k < count; k++) {
            used += (size_t)snprintf(json + used, sizeof json - used, "%s\"P%u\"", k > 0 ? "," : "",
                                     (first + k * 5) % PARTITIONS);
        }
        (void)snprintf(json + used, sizeof json - used, "%s]}",
                       i % 2 == 0 ? ",\"Global Learned Enterprise Numbers\"" : "");
        put(kit, &sj_calling_search_space_meta, json);
    }
    put(kit, &sj_sip_profile_meta, "{\"name\":\"Quiet\",\"options_ping\":false}");
    for (unsigned i = 0; i < TRUNKS; i++) {
        random_trunk(kit, i);
    }
    put(kit, &sj_sip_route_pattern_meta,
        "{\"pattern\":\"far.route\",\"partition\":\"P0\",\"sip_trunk\":\"T0\"}");
    for (unsigned i = 0; i < LISTS; i++) {
        (void)snprintf(json, sizeof json,
                       "{\"name\":\"G%u\",\"distribution\":\"%s\",\"members\":[\"T%u\",\"T%u\"]}",
                       i, one_in(2) ? "circular" : "top_down", i % TRUNKS, (i + 1) % TRUNKS);
        put(kit, &sj_route_group_meta, json);
    }
    put(kit, &sj_device_pool_meta,
        "{\"name\":\"Default\",\"local_route_group\":\"G1\","
        "\"calling_party_transformation_css\":\"S1\",\"called_party_transformation_css\":\"S2\"}");
    for (unsigned i = 0; i < LISTS; i++) {
        (void)snprintf(json, sizeof json,
                       "{\"name\":\"L%u\",\"members\":[{\"route_group\":\"G%u\",\"discard_digits\":"
                       "\"%s\",\"called_party_prefix_digits\":\"%s\"},{\"route_group\":\"Standard "
                       "Local Route Group\"}]}",
                       i, i, random_discard(), one_in(2) ? "8" : "");
        put(kit, &sj_route_list_meta, json);
    }
    put(kit, &sj_forced_authorization_code_meta,
        "{\"name\":\"Some\",\"code\":\"" RANDOM_CODE "\",\"level\":3}");
    random_phones(kit);
    random_hunts(kit);
    refused = taken_count = 0;
    const size_t alternates = patterns / 20;
    taken = calloc(patterns + 3 * alternates + 1, sizeof *taken);
    assert_non_null(taken);
    for (size_t i = 0; i < patterns; i++) {
        random_record(kit);
    }
    for (size_t i = 0; i < alternates; i++) {
        random_alternate(kit);
    }
    random_transformations(kit, patterns / 10);
    assert_true(refused < patterns / 2);
}

#endif
