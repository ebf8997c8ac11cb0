/* The analysis cannot disagree with calls: in a dial plan made of chance, beside which other
 * clusters advertise numbers, a number of each pattern and numbers of chance are analysed for a
 * moment, and each analysis is compared with the call itself, made at that moment: as number or as
 * URI, some of them digit by digit. Prints its seed. With 100,000 patterns:
 * SOJOURN_ANALYSIS_PATTERNS (SOJOURN_ANALYSIS_EACH=0 leaves their own numbers out). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "analysis_kit.h"
#include "events/ils.h"
#include "resources/calling_search_space.h"
#include "resources/device_pool.h"
#include "resources/directory_number.h"
#include "resources/ils.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/route_group.h"
#include "resources/route_list.h"
#include "resources/route_pattern.h"
#include "resources/sip_route_pattern.h"
#include "resources/sip_trunk.h"
#include "resources/time_period.h"
#include "resources/transformation_patterns.h"
#include "resources/translation_pattern.h"

static uint64_t chance_state;

static unsigned chance(unsigned below) {
    chance_state = chance_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(chance_state >> 33) % below;
}

static bool one_in(unsigned of) {
    return chance(of) == 0;
}

enum { PARTITIONS = 12, SPACES = 6, TRUNKS = 6, LISTS = 5, SCHEDULES = 4 };

static void random_digits(char *text, unsigned length) {
    for (unsigned i = 0; i < length; i++) {
        text[i] = (char)('0' + chance(i == 0 ? 4 : 10)); /* so that many begin alike */
    }
    text[length] = '\0';
}

static void random_pattern(char *text) {
    static const char *const ends[] = {"", "", "X", "XX", "XXXX", "!", "[2-5]X", "[^0-4]", "X!"};
    char head[16];
    random_digits(head, 1 + chance(5));
    const bool dot = one_in(3);
    const unsigned at = dot ? 1 + chance((unsigned)strlen(head)) : 0;
    (void)sprintf(text, "%.*s%s%s%s", (int)at, head, dot ? "." : "", head + at,
                  ends[chance(sizeof ends / sizeof ends[0])]);
}

static const char *random_mask(void) {
    static const char *const masks[] = {"", "", "", "XX", "5XXXX", "2XX", "123X", "+49XXXX"};
    return masks[chance(sizeof masks / sizeof masks[0])];
}

static const char *random_discard(void) {
    static const char *const words[] = {"none", "none", "pre_dot"};
    return words[chance(3)];
}

/* ---- the patterns of the plan ---- */

static size_t refused; /* records that a rule does not take */
static char (*taken)[40];
static size_t taken_count;

static void try_put(sj_testkit *kit, const sj_resource_meta *meta, const char *json,
                    const char *pattern) {
    sj_error error = {0};
    if (sj_testkit_put(kit, meta, json, &error) != SJ_OK) {
        refused++;
        return;
    }
    (void)strcpy(taken[taken_count++], pattern);
}

/* A number of chance that fits a pattern. */
static void number_of(const char *pattern, char digits[20]) {
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

/* ---- what other clusters advertise ---- */

static bool is_advertised(const char *digits) {
    unsigned sum = 0;
    for (; *digits != '\0'; digits++) {
        sum = sum * 31 + (unsigned char)*digits;
    }
    return sum % 7 == 0;
}

static void on_lookup(void *user, sj_question *question, const sj_ils_lookup *request) {
    const bool found = strchr(request->dialled, '@') == NULL && is_advertised(request->dialled);
    const sj_ils_lookup_reply reply = {.found = found,
                                       .kind = found ? "enterprise_number" : "",
                                       .key = found ? request->dialled : "",
                                       .cluster_id = found ? "FAR" : "",
                                       .route_string = found ? "far.route" : ""};
    sj_reply_ils_lookup(user, question, &reply);
}

static void random_record(sj_testkit *kit) {
    char json[900], pattern[40], destination[16];
    const unsigned kind = chance(10), partition = chance(PARTITIONS);
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
                       "\"%s\"}",
                       pattern, partition, chance(SPACES), one_in(2) ? "true" : "false",
                       one_in(12) ? "true" : "false", random_discard(), random_mask(),
                       one_in(3) ? "3" : "", random_mask());
        try_put(kit, &sj_translation_pattern_meta, json, pattern);
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
            "\"%s\"}",
            pattern, partition, where, one_in(3) ? "true" : "false", random_discard(),
            random_mask(), one_in(3) ? "00" : "", one_in(2) ? "true" : "false", random_mask(),
            one_in(4) ? "9" : "");
        try_put(kit, &sj_route_pattern_meta, json, pattern);
    }
}

/* An alternate number, over which a pattern with wildcards may stand that is translated. */
static void random_alternate(sj_testkit *kit) {
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
static void random_partitions(sj_testkit *kit) {
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

/* What is done to the numbers that trunks send. */
static void random_transformations(sj_testkit *kit, size_t patterns) {
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
static void random_trunk(sj_testkit *kit, unsigned i) {
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
                   "profile\":\"UDP\",\"destinations\":[{\"address\":\"198.18.%u.1\"},{"
                   "\"address\":\"198.18.%u.2\"}]%s%s}",
                   i, chance(SPACES), i, i, calling, called);
    put(kit, &sj_sip_trunk_meta, json);
}

static void random_plan(sj_testkit *kit, size_t patterns) {
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
    put(kit, &sj_phone_meta,
        "{\"name\":\"" ALICE "\",\"model\":\"Cisco "
        "7841\",\"calling_search_space\":\"S0\",\"lines\":[{\"directory_number\":"
        "\"1001@Internal\",\"external_phone_number_mask\":\"408555XXXX\"}]}");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1001\",\"partition\":\"Internal\",\"calling_search_space\":\"S3\"}");
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

/* Alice's request of a call, each with names of its own. */
static void send_alice(sj_testkit *kit, const char *method, size_t call, const char *uri,
                       const char *to) {
    char text[1500];
    (void)snprintf(text, sizeof text,
                   "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "192.0.2.1:5060;branch=z9hG4bKp%zu\r\nMax-Forwards: 70\r\nFrom: "
                   "<sip:1001@x>;tag=p%zu\r\nTo: %s\r\nCall-ID: proof-%zu\r\nCSeq: 1 %s\r\n"
                   "Contact: <sip:uuid-1001@192.0.2.1:5060>\r\nContent-Length: 0\r\n\r\n",
                   method, uri, call, call, to, call, method);
    send_text(kit, alice, 5060, text);
    sj_testkit_run(kit);
}

static void host_of(const char *uri, char host[64]) {
    const char *at = strchr(uri, '@');
    at = at == NULL ? uri + 4 : at + 1;
    (void)snprintf(host, 64, "%.*s", (int)strcspn(at, ":;"), at);
}

/* Each destination of the analysis gets an INVITE, in that order and with those numbers. */
static void goes_as_said(sj_testkit *kit, size_t call, const char *uri, uint64_t seed) {
    static struct analysis said;
    char head[400], part[120], host[64], invite_text[8192];
    said = analysed;
    for (size_t i = 0; i < said.destinations_count; i++) {
        host_of(said.to[i].address, host);
        (void)snprintf(head, sizeof head, "INVITE %s SIP/2.0\r\n", said.to[i].address);
        (void)snprintf(part, sizeof part, "<sip:%s@", said.to[i].calling);
        const char *sent = sent_to(kit, host, head);
        if (sent == NULL || strstr(header(sent, "From"), part) == NULL) {
            sj_testkit_print(kit);
            fail_msg(
                "seed %llu, call %zu of %s: analysed as %s; destination %zu (%s from %s) got %s",
                (unsigned long long)seed, call, uri, said.summary, i, said.to[i].address,
                said.to[i].calling, sent == NULL ? "no INVITE" : header(sent, "From"));
        }
        (void)snprintf(invite_text, sizeof invite_text, "%s", sent);
        sj_testkit_forget(kit);
        answer(kit, host, invite_text, 503, "");
    }
    const char *final = sent_to(kit, alice, "SIP/2.0 4");
    final = final != NULL ? final : sent_to(kit, alice, "SIP/2.0 5");
    (void)snprintf(head, sizeof head, "SIP/2.0 %d ", (int)said.sip_status);
    if (final == NULL ||
        (said.destinations_count == 0 && strncmp(final, head, strlen(head)) != 0)) {
        sj_testkit_print(kit);
        fail_msg("seed %llu, call %zu of %s: analysed as %s, status %d; the call got %.60s",
                 (unsigned long long)seed, call, uri, said.summary, (int)said.sip_status,
                 final == NULL ? "no final answer" : final);
    }
    char to[600];
    (void)snprintf(to, sizeof to, "%s", header(final, "To"));
    send_alice(kit, "ACK", call, uri, to);
}

static size_t number_from(const char *name, size_t otherwise) {
    const char *text = getenv(name);
    return text != NULL ? strtoul(text, NULL, 10) : otherwise;
}

/* What is typed for a number, and what a phone sends then. */
static const struct {
    const char *typed, *sent;
} forms[] = {{"%s", "sip:%s@127.0.0.1"},
             {"%s@example.com", "sip:%s@example.com"},
             {"sip:%s@example.com", "sip:%s@example.com"},
             {"sips:%s@example.com", "sips:%s@example.com"},
             {"%s@b.example;user=phone", "sip:%s@b.example;user=phone"},
             {"tel:%s", "tel:%s"}};

static void put_form(char *text, size_t room, const char *form, const char *digits) {
    const char *place = strstr(form, "%s");
    (void)snprintf(text, room, "%.*s%s%s", (int)(place - form), form, digits, place + 2);
}

static size_t outcomes[4], learned, ended_early;

static void compare(sj_testkit *kit, size_t call, char digits[20], uint64_t seed) {
    char typed[80], uri[80], to[100], at[32];
    const size_t form = chance(sizeof forms / sizeof forms[0]);
    const bool digit_by_digit = one_in(4);
    const time_t when = 1767225600 + (time_t)chance(365 * 24 * 3600);
    struct tm parts;
    if (call % 500 == 0) {
        register_phone(kit, alice, ALICE, "1001", 1 + (int)call, 3600);
        sj_testkit_advance(kit, 1000);
    }
    put_form(typed, sizeof typed, forms[form].typed, digits);
    (void)strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&when, &parts));
    ask(kit,
        &(sj_call_analyse){
            .device_name = ALICE, .digits = typed, .at = at, .digit_by_digit = digit_by_digit});
    assert_int_equal(analysed.status, SJ_OK);
    if (digit_by_digit) { /* what was dialled until it ended */
        ended_early += strcmp(analysed.dialled, digits) != 0;
        (void)snprintf(digits, 20, "%.19s", analysed.dialled);
        if (strcmp(analysed.outcome, "incomplete") == 0) {
            return;
        }
    }
    put_form(uri, sizeof uri, forms[form].sent, digits);
    (void)snprintf(to, sizeof to, "<%s>", uri);
    outcomes[strcmp(analysed.outcome, "trunk") == 0     ? 0
             : strcmp(analysed.outcome, "blocked") == 0 ? 1
             : strcmp(analysed.outcome, "phone") == 0   ? 2
                                                        : 3]++;
    learned += analysed.learned;
    sj_testkit_set_wall(kit, (int64_t)when * 1000); /* the call is made then */
    sj_testkit_forget(kit);
    send_alice(kit, "INVITE", call, uri, to);
    goes_as_said(kit, call, uri, seed);
    sj_testkit_advance(kit, 100);
}

/* SOJOURN_ANALYSIS_PATTERNS, _CALLS, _EACH and _SEED choose others. */
static void calls_go_where_the_analysis_says(void **state) {
    sj_testkit *kit = *state;
    const size_t patterns = number_from("SOJOURN_ANALYSIS_PATTERNS", 1000);
    const size_t calls = number_from("SOJOURN_ANALYSIS_CALLS", 400);
    const uint64_t seed = number_from("SOJOURN_ANALYSIS_SEED", (size_t)time(NULL));
    chance_state = seed;
    print_message("seed %llu, %zu patterns, %zu calls beside\n", (unsigned long long)seed, patterns,
                  calls);
    random_plan(kit, patterns);
    assert_non_null(
        sj_answer_ils_lookup(sj_testkit_scope(kit), on_lookup, sj_testkit_scope(kit), NULL));
    const size_t each = number_from("SOJOURN_ANALYSIS_EACH", 1) != 0 ? taken_count : 0;
    for (size_t call = 0; call < each + calls; call++) {
        char digits[20];
        if (call < each) {
            number_of(taken[call], digits);
        } else {
            random_digits(digits, 1 + chance(8));
        }
        compare(kit, call, digits, seed);
    }
    free(taken);
    print_message("%zu to trunks (%zu as learned), %zu blocked, %zu to numbers, %zu others; %zu "
                  "ended before their last digit\n",
                  outcomes[0], learned, outcomes[1], outcomes[2], outcomes[3], ended_early);
    assert_true(outcomes[0] > calls / 20 && outcomes[1] > 0 && outcomes[2] > 0 && learned > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_go_where_the_analysis_says, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
