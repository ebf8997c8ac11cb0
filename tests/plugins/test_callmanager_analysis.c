/* call.analyse: what a call would do, step by step. And the proof that it cannot disagree: in a
 * dial plan made of chance, each analysis is compared with the call itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "events/analysis.h"
#include "events/ils.h"
#include "resources/calling_search_space.h"
#include "resources/device_pool.h"
#include "resources/directory_number.h"
#include "resources/location.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/region.h"
#include "resources/route_group.h"
#include "resources/route_list.h"
#include "resources/route_pattern.h"
#include "resources/sip_route_pattern.h"
#include "resources/sip_trunk.h"
#include "resources/translation_pattern.h"

#define ALICE "SEP001122334401"

/* What came of the last question, as text. */
static struct analysis {
    int status;
    char error[400], outcome[40], summary[600], destinations[4000], prefixes[4000], course[60000];
    int64_t sip_status;
    size_t destinations_count;
    struct {
        char address[300], called[80], calling[80];
    } to[64];
} found;

static void add(char *text, size_t room, const char *format, ...) SJ_PRINTF(3, 4);
static void add(char *text, size_t room, const char *format, ...) {
    const size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + used, room - used, format, arguments);
    va_end(arguments);
}

static void on_analysed(void *user, int status, const sj_error *error,
                        const sj_call_analyse_reply *reply) {
    (void)user;
    memset(&found, 0, sizeof found);
    found.status = status;
    if (status != SJ_OK) {
        add(found.error, sizeof found.error, "%s: %s", error->field, error->text);
        return;
    }
    add(found.outcome, sizeof found.outcome, "%s", reply->outcome);
    add(found.summary, sizeof found.summary, "%s %s in \"%s\": %s shown %s", reply->outcome,
        reply->pattern, reply->partition, reply->called_number, reply->calling_number);
    found.sip_status = reply->status;
    found.destinations_count = reply->destinations_count;
    for (size_t i = 0; i < reply->destinations_count; i++) {
        const sj_call_destination *to = &reply->destinations[i];
        add(found.destinations, sizeof found.destinations, "%s %s %s; ", to->device,
            to->called_number, to->remote_cluster_id);
        (void)snprintf(found.to[i].address, sizeof found.to[i].address, "%s", to->address);
        (void)snprintf(found.to[i].called, sizeof found.to[i].called, "%s", to->called_number);
        (void)snprintf(found.to[i].calling, sizeof found.to[i].calling, "%s", to->calling_number);
    }
    for (size_t i = 0; i < reply->prefixes_count; i++) {
        add(found.prefixes, sizeof found.prefixes, "%s %s %s; ", reply->prefixes[i].digits,
            reply->prefixes[i].state, reply->prefixes[i].pattern);
    }
    for (size_t i = 0; i < reply->steps_count; i++) {
        const sj_routing_step *step = &reply->steps[i];
        add(found.course, sizeof found.course, "%d %s %s|%s>%s|%s\n", (int)step->depth,
            sj_routing_step_kind_text(step->kind), step->subject, step->before, step->after,
            step->text);
    }
}

static void ask(sj_testkit *kit, const sj_call_analyse *request) {
    sj_error error = {0};
    assert_int_equal(
        sj_ask_call_analyse(sj_testkit_scope(kit), request, 0, on_analysed, NULL, &error), SJ_OK);
    sj_testkit_run(kit);
}

static void ask_for(sj_testkit *kit, const char *device, const char *digits) {
    const sj_call_analyse request = {.device_name = device, .digits = digits};
    ask(kit, &request);
}

static void holds(const char *part) {
    if (strstr(found.course, part) == NULL) {
        fail_msg("expected \"%s\" in\n%s", part, found.course);
    }
}

/* ---- the course ---- */

static void a_call_over_a_trunk(void **state) {
    sj_testkit *kit = *state;
    ask_for(kit, ALICE, "91234");
    assert_string_equal(found.summary, "trunk 9.! in \"PSTN\": 1234 shown 1001");
    assert_string_equal(found.destinations, "Gateway 1234 ; Gateway 1234 ; ");
    holds("0 caller " ALICE "|");
    holds("0 lookup 91234|>|looked up in 3 partitions");
    holds("1 partition Internal|>|1. through calling search space All");
    holds("0 match 9.!|>|route pattern in partition PSTN: the closest match, of 1");
    holds("called_number 9.!: discard digits pre_dot|91234>1234|");
    holds("device Gateway|");
    holds("0 outcome trunk|");
}

static void why_it_beats_others(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"912XX\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\"}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"91X34\",\"partition\":\"Internal\",\"sip_trunk\":\"Gateway\"}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"9123X\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\"}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"912345\",\"partition\":\"PSTN\",\"block\":true}");
    ask_for(kit, ALICE, "91234");
    holds("0 match 91X34|>|route pattern in partition Internal: the closest match, of 4");
    holds("1 beaten 9123X|>|route pattern in partition PSTN: matches as few numbers, but that "
          "partition is searched later");
    holds("1 beaten 912XX|>|route pattern in partition PSTN: matches 100 numbers of this length, "
          "the match 10");
    holds("0 longer 91234|>|more digits could match 2 patterns");
}

/* The trap of overlapping urgent patterns: whole, the number goes elsewhere than digit by digit. */
static void digit_by_digit(void **state) {
    sj_testkit *kit = *state;
    sj_call_analyse request = {.device_name = ALICE, .digits = "91156", .digit_by_digit = true};
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"911\",\"partition\":\"PSTN\",\"urgent_priority\":true,\"sip_trunk\":"
        "\"Gateway\"}");
    ask(kit, &request);
    assert_string_equal(found.prefixes, "9 incomplete ; 91 waits 9.!; 911 routes 911; ");
    assert_string_equal(found.summary, "trunk 911 in \"PSTN\": 911 shown 1001");
    request.digit_by_digit = false;
    ask(kit, &request);
    assert_string_equal(found.prefixes, "");
    assert_string_equal(found.summary, "trunk 9.! in \"PSTN\": 1156 shown 1001");
    request.digit_by_digit = true;
    request.digits = "9";
    ask(kit, &request);
    assert_string_equal(found.outcome, "incomplete");
    request.digits = "6123";
    ask(kit, &request);
    assert_string_equal(found.prefixes, "6 nothing ; ");
    assert_string_equal(found.outcome, "no_match");
}

static void numbers_that_forward(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1005\",\"partition\":\"Internal\",\"forward_all_destination\":\"1002\","
        "\"forward_all_calling_search_space\":\"Phones\"}");
    ask_for(kit, ALICE, "1005");
    assert_string_equal(found.summary, "phone 1002 in \"Internal\": 1002 shown 1001");
    assert_string_equal(found.destinations, "SEP001122334402 1002 ; ");
    holds("1 forwarding 1002|>|forwards all calls: it goes there, as if dialled through Phones");
    holds("1 phone SEP001122334402|>|rings");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"forward_all_destination\":\"1005\","
        "\"forward_all_calling_search_space\":\"Phones\"}");
    ask_for(kit, ALICE, "1005");
    assert_string_equal(found.outcome, "loop");
    assert_int_equal(found.sip_status, 482);
}

static void phones_may_be_assumed(void **state) {
    sj_testkit *kit = *state;
    sj_call_analyse request = {.device_name = ALICE, .digits = "1002"};
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"forward_unregistered_internal_"
        "destination\":\"91\",\"forward_unregistered_internal_calling_search_space\":\"All\"}");
    ask(kit, &request);
    assert_string_equal(found.outcome, "trunk");
    request.phones_assumed = true;
    ask(kit, &request);
    assert_string_equal(found.summary, "phone 1002 in \"Internal\": 1002 shown 1001");
    assert_int_equal(found.sip_status, 0);
}

/* ---- callers ---- */

static void a_traveller(void **state) {
    sj_testkit *kit = *state;
    static const char *const spaces[] = {"Adjunct", "All"};
    const sj_call_analyse away = {.calling_search_spaces = spaces,
                                  .calling_search_spaces_count = 2,
                                  .adjunct_calling_search_space = "Adjunct",
                                  .visiting_cluster_id = "br",
                                  .device_pool = "Default",
                                  .calling_number = "1001",
                                  .digits = "9999"};
    emcc_world(kit);
    ask(kit, &away);
    assert_string_equal(found.summary,
                        "return_to_visiting_cluster 9.999 in \"Emergency\": 999 shown 1001");
    assert_string_equal(found.destinations, "EMCC 999 br; ");
    holds("1 note Adjunct|>|1. calling search space, the adjunct CSS of the place");
    holds("local_route_group Standard Local Route Group|>|the caller is a traveller and the match "
          "came through the adjunct CSS");
    ask_for(kit, "SEP00AABBCCDD01", "9999"); /* the same when the user is logged in */
    assert_string_equal(found.destinations, "EMCC 999 br; ");
}

/* What comes back leaves through the phone's own site. */
static void a_call_that_comes_back(void **state) {
    sj_testkit *kit = *state;
    const sj_call_analyse back = {
        .device_name = ALICE, .returned = true, .calling_number = "4001", .digits = "9999"};
    ask(kit, &back);
    assert_int_equal(found.status, SJ_E_DENIED);
    emcc_world(kit);
    ask(kit, &back);
    assert_string_equal(found.summary, "trunk 9.! in \"PSTN\": 999 shown 4001");
    holds("0 caller " ALICE "|>|comes back over trunk EMCC");
}

static void wrong_callers(void **state) {
    sj_testkit *kit = *state;
    static const char *const unknown[] = {"Nowhere"};
    const struct {
        sj_call_analyse request;
        const char *error;
    } cases[] = {
        {{.device_name = "nobody", .digits = "1"},
         "device_name: there is no phone and no trunk nobody"},
        {{.device_name = ALICE, .line = "7", .digits = "1"}, "line: phone " ALICE " has no line 7"},
        {{.device_name = ALICE, .calling_number = "7", .digits = "1"},
         "calling_number: expected none with a phone: its line has the number 1001"},
        {{.calling_search_spaces = unknown, .calling_search_spaces_count = 1, .digits = "1"},
         "calling_search_spaces: there is no calling search space Nowhere"},
        {{.device_pool = "Nowhere", .digits = "1"}, "device_pool: there is no device pool Nowhere"},
        {{.returned = true, .digits = "1"},
         "device_name: expected the phone for which the call comes back"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ask(kit, &cases[i].request);
        assert_string_equal(found.error, cases[i].error);
    }
}

/* ---- media ---- */

static void regions_and_locations(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_region_meta, "{\"name\":\"Here\"}");
    put(kit, &sj_region_meta, "{\"name\":\"There\"}");
    put(kit, &sj_region_relation_meta,
        "{\"region\":\"Here\",\"other_region\":\"There\",\"max_audio_bit_rate\":8}");
    put(kit, &sj_location_meta, "{\"name\":\"Rome\"}");
    put(kit, &sj_device_pool_meta, "{\"name\":\"Default\",\"region\":\"Here\"}");
    put(kit, &sj_device_pool_meta,
        "{\"name\":\"Gateways\",\"region\":\"There\",\"location\":\"Rome\"}");
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"device_pool\":\"Gateways\",\"sip_trunk_security_profile\":"
        "\"UDP\",\"destinations\":[{\"address\":\"192.0.2.90\"}]}");
    ask_for(kit, ALICE, "91234");
    holds("note Gateway|>|regions Here and There: audio up to 8 kbps");
    holds("note Gateway|>|the Location Bandwidth Manager is asked for bandwidth from Hub_None to "
          "Rome");
}

/* ---- what other clusters have ---- */

static void on_lookup(void *user, sj_question *question, const sj_ils_lookup *request) {
    const bool is_it = strcmp(request->dialled, "bob@far.example") == 0;
    const sj_ils_lookup_reply reply = {.found = is_it,
                                       .kind = is_it ? "directory_uri" : "",
                                       .key = is_it ? "bob@far.example" : "",
                                       .cluster_id = is_it ? "FAR" : "",
                                       .route_string = is_it ? "far.route" : ""};
    sj_reply_ils_lookup(user, question, &reply);
}

static void a_learned_uri(void **state) {
    sj_testkit *kit = *state;
    sj_scope *scope = sj_testkit_scope(kit);
    put(kit, &sj_sip_route_pattern_meta,
        "{\"pattern\":\"far.route\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\"}");
    assert_non_null(sj_answer_ils_lookup(scope, on_lookup, scope, NULL));
    ask_for(kit, ALICE, "bob@far.example");
    assert_string_equal(found.outcome, "trunk");
    holds(
        "note bob@far.example|>|learned by ILS: cluster FAR advertises it, route string far.route");
    ask_for(kit, ALICE, "carol@far.example");
    assert_string_equal(found.outcome, "no_match");
}

/* ---- changes ---- */

static void changes_are_tried_and_taken_back(void **state) {
    sj_testkit *kit = *state;
    const sj_plan_change changes[] = {
        {.resource = "route_patterns",
         .record = "{\"pattern\":\"9123X\",\"partition\":\"PSTN\",\"block\":true}"},
        {.resource = "route_pattern",
         .record = "{\"pattern\":\"9123X\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\"}"},
        {.resource = "route_patterns", .removed = "9.!@PSTN"},
        {.resource = "calling_search_spaces",
         .record = "{\"name\":\"All\",\"partitions\":[\"Internal\"]}"},
    };
    sj_call_analyse request = {
        .device_name = ALICE, .digits = "91234", .changes = changes, .changes_count = 1};
    ask(kit, &request);
    assert_string_equal(found.outcome, "blocked");
    request.changes_count = 2;
    ask(kit, &request);
    assert_string_equal(found.summary, "trunk 9123X in \"PSTN\": 91234 shown 1001");
    request.changes_count = 3;
    request.digits = "955";
    ask(kit, &request);
    assert_string_equal(found.outcome, "no_match");
    request.changes_count = 4;
    request.digits = "91234";
    ask(kit, &request);
    assert_string_equal(found.outcome, "no_match");
    ask_for(kit, ALICE, "91234"); /* and all is as it was */
    assert_string_equal(found.summary, "trunk 9.! in \"PSTN\": 1234 shown 1001");
    assert_null(strstr(found.course, "9123X"));
}

static void changes_that_are_none(void **state) {
    sj_testkit *kit = *state;
    const sj_plan_change changes[] = {
        {.resource = "route_patterns", .removed = "9.!@PSTN"},
        {.resource = "route_patterns", .record = "{\"patern\":\"1\"}"},
    };
    const sj_call_analyse request = {
        .device_name = ALICE, .digits = "91234", .changes = changes, .changes_count = 2};
    ask(kit, &request);
    assert_int_equal(found.status, SJ_E_INVALID);
    assert_non_null(strstr(found.error, "changes: route_patterns: "));
    ask_for(kit, ALICE, "91234");
    assert_string_equal(found.outcome, "trunk");
}

/* ---- the proof ---- */

static uint64_t chance_state;

static unsigned chance(unsigned below) {
    chance_state = chance_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(chance_state >> 33) % below;
}

static bool one_in(unsigned of) {
    return chance(of) == 0;
}

enum { PARTITIONS = 12, SPACES = 6, TRUNKS = 6, LISTS = 5 };

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

static size_t refused; /* records that a rule does not take */

static void try_put(sj_testkit *kit, const sj_resource_meta *meta, const char *json) {
    sj_error error = {0};
    refused += sj_testkit_put(kit, meta, json, &error) != SJ_OK;
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
        try_put(kit, &sj_directory_number_meta, json);
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
        try_put(kit, &sj_translation_pattern_meta, json);
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
        try_put(kit, &sj_route_pattern_meta, json);
    }
}

static void random_plan(sj_testkit *kit, size_t patterns) {
    char json[900];
    for (unsigned i = 0; i < PARTITIONS; i++) {
        (void)snprintf(json, sizeof json, "{\"name\":\"P%u\"}", i);
        put(kit, &sj_partition_meta, json);
    }
    for (unsigned i = 0; i < SPACES; i++) {
        size_t used = (size_t)snprintf(json, sizeof json, "{\"name\":\"S%u\",\"partitions\":[", i);
        const unsigned first = chance(PARTITIONS), count = 3 + chance(6);
        for (unsigned k = 0; k < count; k++) {
            used += (size_t)snprintf(json + used, sizeof json - used, "%s\"P%u\"", k > 0 ? "," : "",
                                     (first + k * 5) % PARTITIONS);
        }
        (void)snprintf(json + used, sizeof json - used, "]}");
        put(kit, &sj_calling_search_space_meta, json);
    }
    for (unsigned i = 0; i < TRUNKS; i++) {
        (void)snprintf(json, sizeof json,
                       "{\"name\":\"T%u\",\"calling_search_space\":\"S%u\",\"sip_trunk_security_"
                       "profile\":\"UDP\",\"destinations\":[{\"address\":\"198.18.%u.1\"},{"
                       "\"address\":\"198.18.%u.2\"}]}",
                       i, chance(SPACES), i, i);
        put(kit, &sj_sip_trunk_meta, json);
    }
    for (unsigned i = 0; i < LISTS; i++) {
        (void)snprintf(json, sizeof json,
                       "{\"name\":\"G%u\",\"distribution\":\"%s\",\"members\":[\"T%u\",\"T%u\"]}",
                       i, one_in(2) ? "circular" : "top_down", i % TRUNKS, (i + 1) % TRUNKS);
        put(kit, &sj_route_group_meta, json);
    }
    put(kit, &sj_device_pool_meta, "{\"name\":\"Default\",\"local_route_group\":\"G1\"}");
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
    refused = 0;
    for (size_t i = 0; i < patterns; i++) {
        random_record(kit);
    }
    assert_true(refused < patterns / 2);
}

/* Alice's request of a call, each with names of its own. */
static void send_alice(sj_testkit *kit, const char *method, size_t call, const char *digits,
                       const char *to) {
    char text[1500];
    (void)snprintf(text, sizeof text,
                   "%s sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "192.0.2.1:5060;branch=z9hG4bKp%zu\r\nMax-Forwards: 70\r\nFrom: "
                   "<sip:1001@x>;tag=p%zu\r\nTo: %s\r\nCall-ID: proof-%zu\r\nCSeq: 1 %s\r\n"
                   "Contact: <sip:uuid-1001@192.0.2.1:5060>\r\nContent-Length: 0\r\n\r\n",
                   method, digits, call, call, to, call, method);
    send_text(kit, alice, 5060, text);
}

static void host_of(const char *uri, char host[64]) {
    const char *at = strchr(uri, '@');
    at = at == NULL ? uri + 4 : at + 1;
    (void)snprintf(host, 64, "%.*s", (int)strcspn(at, ":;"), at);
}

/* Each destination of the analysis gets an INVITE, in that order and with those numbers. */
static void goes_as_said(sj_testkit *kit, size_t call, const char *digits, uint64_t seed) {
    static struct analysis said;
    char head[400], part[120], host[64], invite_text[8192];
    said = found;
    for (size_t i = 0; i < said.destinations_count; i++) {
        host_of(said.to[i].address, host);
        (void)snprintf(head, sizeof head, "INVITE %s SIP/2.0\r\n", said.to[i].address);
        (void)snprintf(part, sizeof part, "<sip:%s@", said.to[i].calling);
        const char *sent = sent_to(kit, host, head);
        if (sent == NULL || strstr(header(sent, "From"), part) == NULL) {
            sj_testkit_print(kit);
            fail_msg(
                "seed %llu, call %zu of %s: analysed as %s; destination %zu (%s from %s) got %s",
                (unsigned long long)seed, call, digits, said.summary, i, said.to[i].address,
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
        fail_msg("seed %llu, call %zu of %s: analysed as %s, status %d; the call got %.30s",
                 (unsigned long long)seed, call, digits, said.summary, (int)said.sip_status,
                 final == NULL ? "no final answer" : final);
    }
    char to[600];
    (void)snprintf(to, sizeof to, "%s", header(final, "To"));
    send_alice(kit, "ACK", call, digits, to);
}

static size_t number_from(const char *name, size_t otherwise) {
    const char *text = getenv(name);
    return text != NULL ? strtoul(text, NULL, 10) : otherwise;
}

/* SOJOURN_ANALYSIS_PATTERNS, _CALLS and _SEED choose others. */
static void calls_go_where_the_analysis_says(void **state) {
    sj_testkit *kit = *state;
    const size_t patterns = number_from("SOJOURN_ANALYSIS_PATTERNS", 2000);
    const size_t calls = number_from("SOJOURN_ANALYSIS_CALLS", 600);
    const uint64_t seed = number_from("SOJOURN_ANALYSIS_SEED", (size_t)time(NULL));
    size_t outcomes[4] = {0};
    chance_state = seed;
    print_message("seed %llu, %zu patterns, %zu calls\n", (unsigned long long)seed, patterns,
                  calls);
    random_plan(kit, patterns);
    for (size_t call = 0; call < calls; call++) {
        char digits[20], to[60];
        if (call % 500 == 0) {
            register_phone(kit, alice, ALICE, "1001", 1 + (int)call, 3600);
            sj_testkit_advance(kit, 1000);
        }
        random_digits(digits, 1 + chance(8));
        (void)snprintf(to, sizeof to, "<sip:%s@x>", digits);
        ask_for(kit, ALICE, digits);
        assert_int_equal(found.status, SJ_OK);
        outcomes[strcmp(found.outcome, "trunk") == 0     ? 0
                 : strcmp(found.outcome, "blocked") == 0 ? 1
                 : strcmp(found.outcome, "phone") == 0   ? 2
                                                         : 3]++;
        sj_testkit_forget(kit);
        send_alice(kit, "INVITE", call, digits, to);
        goes_as_said(kit, call, digits, seed);
        sj_testkit_advance(kit, 100);
    }
    print_message("%zu to trunks, %zu blocked, %zu to numbers, %zu others\n", outcomes[0],
                  outcomes[1], outcomes[2], outcomes[3]);
    assert_true(outcomes[0] > calls / 20 && outcomes[1] > 0 && outcomes[2] > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call_over_a_trunk, setup, teardown),
        cmocka_unit_test_setup_teardown(why_it_beats_others, setup, teardown),
        cmocka_unit_test_setup_teardown(digit_by_digit, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_that_forward, setup, teardown),
        cmocka_unit_test_setup_teardown(phones_may_be_assumed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_traveller, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_that_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_callers, setup, teardown),
        cmocka_unit_test_setup_teardown(regions_and_locations, setup, teardown),
        cmocka_unit_test_setup_teardown(a_learned_uri, setup, teardown),
        cmocka_unit_test_setup_teardown(changes_are_tried_and_taken_back, setup, teardown),
        cmocka_unit_test_setup_teardown(changes_that_are_none, setup, teardown),
        cmocka_unit_test_setup_teardown(calls_go_where_the_analysis_says, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
