/* call.analyse: what a call would do, step by step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis_kit.h"
#include "events/ils.h"
#include "resources/call_park.h"
#include "resources/call_pickup_group.h"
#include "resources/calling_search_space.h"
#include "resources/device_pool.h"
#include "resources/directory_number.h"
#include "resources/ils.h"
#include "resources/live_device.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/route_pattern.h"
#include "resources/session.h"
#include "resources/sip_route_pattern.h"
#include "resources/sip_trunk.h"
#include "resources/transformation_patterns.h"
#include "resources/voice_mail.h"

static void holds(const char *part) {
    if (strstr(analysed.course, part) == NULL) {
        fail_msg("expected \"%s\" in\n%s", part, analysed.course);
    }
}

/* ---- the course ---- */

static void a_call_over_a_trunk(void **state) {
    sj_testkit *kit = *state;
    ask_for(kit, ALICE, "91234");
    assert_string_equal(analysed.summary, "trunk 9.! in \"PSTN\": 1234 shown 1001");
    assert_string_equal(analysed.destinations, "Gateway 1234 ; Gateway 1234 ; ");
    holds("0 caller " ALICE "|");
    holds("0 lookup 91234|>|looked up in 3 partitions");
    holds("1 partition Internal|>|1. through calling search space All");
    holds("0 match 9.!|>|route pattern in partition PSTN: the closest match, of 1");
    holds("called_number 9.!: discard digits pre_dot|91234>1234|");
    holds("device Gateway|");
    holds("0 outcome trunk|");
}

/* What patterns and the trunk say of who is shown; an emergency call shows the caller. */
static void who_is_shown(void **state) {
    static const char of_gateway[] =
        "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\",\"sip_trunk_security_profile\":"
        "\"UDP\",\"destinations\":[{\"address\":\"192.0.2.90\"}],\"calling_line_id_presentation\":"
        "\"%s\"}";
    static const struct {
        const char *pattern, *trunk, *text;
        bool emergency;
    } cases[] = {
        {"restricted", "default", "the caller's number is withheld from it", false},
        {"default", "restricted", "the caller's number is withheld from it", false},
        {"restricted", "allowed", "", false},
        {"restricted", "restricted", "", true},
    };
    sj_testkit *kit = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char json[500];
        (void)snprintf(json, sizeof json, of_gateway, cases[i].trunk);
        put(kit, &sj_sip_trunk_meta, json);
        (void)snprintf(json, sizeof json,
                       "{\"pattern\":\"91234\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\","
                       "\"emergency_services_number\":%s,\"calling_line_id_presentation\":\"%s\"}",
                       cases[i].emergency ? "true" : "false", cases[i].pattern);
        put(kit, &sj_route_pattern_meta, json);
        ask_for(kit, ALICE, "91234");
        assert_string_equal(analysed.to[0].text, cases[i].text);
    }
    holds("the caller's number is withheld");
}

/* What the trunk's transformation patterns do behind that is told, and is what is sent. */
static void transformed_at_the_trunk(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_partition_meta, "{\"name\":\"Sent\"}");
    put(kit, &sj_calling_search_space_meta, "{\"name\":\"Out\",\"partitions\":[\"Sent\"]}");
    put(kit, &sj_calling_party_transformation_pattern_meta,
        "{\"pattern\":\"1XXX\",\"partition\":\"Sent\",\"calling_party_transform_mask\":"
        "\"4085551XXX\",\"calling_line_id_presentation\":\"restricted\"}");
    put(kit, &sj_called_party_transformation_pattern_meta,
        "{\"pattern\":\"12.!\",\"partition\":\"Sent\",\"discard_digits\":\"pre_dot\","
        "\"called_party_prefix_digits\":\"+\"}");
    put(kit, &sj_device_pool_meta,
        "{\"name\":\"Default\",\"calling_party_transformation_css\":\"Out\","
        "\"called_party_transformation_css\":\"Out\"}");
    ask_for(kit, ALICE, "91234");
    assert_string_equal(analysed.summary, "trunk 9.! in \"PSTN\": +34 shown 4085551001");
    assert_string_equal(analysed.destinations, "Gateway +34 ; Gateway +34 ; ");
    assert_string_equal(analysed.to[0].calling, "4085551001");
    assert_string_equal(analysed.to[0].text, "the caller's number is withheld from it");
    holds("note Gateway|>|Calling Party Transformation CSS Out: the closest match of 1001 is 1XXX "
          "in partition Sent");
    holds("calling_number 1XXX: mask 4085551XXX|1001>4085551001|");
    holds("note 1XXX|>|the caller's number is withheld");
    holds("called_number 12.!: discard digits pre_dot|1234>34|");
    holds("called_number 12.!: prefix +|34>+34|");
    holds("device Gateway|>|is sent +34, from 4085551001");
    ask_for(kit, ALICE, "955");
    holds("note Gateway|>|Called Party Transformation CSS Out: no pattern matches 55, which stays "
          "as it is");
}

/* The same of a phone, which shows who calls. */
static void transformed_at_the_phone(void **state) {
    sj_testkit *kit = *state;
    register_phone(kit, bob, "SEP001122334402", "1002", 1, 3600);
    put(kit, &sj_partition_meta, "{\"name\":\"Sent\"}");
    put(kit, &sj_calling_search_space_meta, "{\"name\":\"Out\",\"partitions\":[\"Sent\"]}");
    put(kit, &sj_calling_party_transformation_pattern_meta,
        "{\"pattern\":\"1XXX\",\"partition\":\"Sent\",\"calling_party_prefix_digits\":\"8\"}");
    ask_for(kit, ALICE, "1002");
    assert_string_equal(analysed.to[0].calling, "1001");
    put(kit, &sj_device_pool_meta,
        "{\"name\":\"Default\",\"calling_party_transformation_css\":\"Out\"}");
    ask_for(kit, ALICE, "1002");
    assert_string_equal(analysed.to[0].calling, "81001");
    assert_non_null(strstr(analysed.summary, "shown 81001"));
    holds("note SEP001122334402|>|Calling Party Transformation CSS Out: the closest match of 1001 "
          "is 1XXX in partition Sent");
    holds("calling_number 1XXX: prefix 8|1001>81001|");
}

/* Who answers, as the trunk that calls is told, and who has forwarded the call, as the one that it
 * goes out by is. */
static void told_to_trunks(void **state) {
    sj_testkit *kit = *state;
    register_phone(kit, bob, "SEP001122334402", "1002", 1, 3600);
    put(kit, &sj_partition_meta, "{\"name\":\"Sent\"}");
    put(kit, &sj_calling_search_space_meta, "{\"name\":\"Out\",\"partitions\":[\"Sent\"]}");
    put(kit, &sj_calling_party_transformation_pattern_meta,
        "{\"pattern\":\"1XXX\",\"partition\":\"Sent\",\"calling_party_prefix_digits\":\"8\"}");
    put(kit, &sj_device_pool_meta,
        "{\"name\":\"Default\",\"connected_party_transformation_css\":\"Out\","
        "\"redirecting_party_transformation_css\":\"Out\"}");
    ask_for(kit, "Gateway", "1002");
    holds("note Gateway|>|Connected Party Transformation CSS Out: the closest match of 1002 is "
          "1XXX in partition Sent");
    holds("calling_number 1XXX: prefix 8|1002>81002|");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"forward_all_destination\":\"91234\","
        "\"forward_all_calling_search_space\":\"All\"}");
    ask_for(kit, ALICE, "1002");
    holds("note Gateway|>|Redirecting Party Transformation CSS Out: the closest match of 1002 is "
          "1XXX in partition Sent");
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

static void numbers_that_forward(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1005\",\"partition\":\"Internal\",\"forward_all_destination\":\"1002\","
        "\"forward_all_calling_search_space\":\"Phones\"}");
    ask_for(kit, ALICE, "1005");
    assert_string_equal(analysed.summary, "phone 1002 in \"Internal\": 1002 shown 1001");
    assert_string_equal(analysed.destinations, "SEP001122334402 1002 ; ");
    holds("1 forwarding 1002|>|forwards all calls: it goes there, as if dialled through Phones");
    holds("1 phone SEP001122334402|>|rings");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"forward_all_destination\":\"1005\","
        "\"forward_all_calling_search_space\":\"Phones\"}");
    ask_for(kit, ALICE, "1005");
    assert_string_equal(analysed.outcome, "loop");
    assert_int_equal(analysed.sip_status, 482);
}

static void phones_may_be_assumed(void **state) {
    sj_testkit *kit = *state;
    sj_call_analyse request = {.device_name = ALICE, .digits = "1002"};
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"forward_unregistered_internal_"
        "destination\":\"91\",\"forward_unregistered_internal_calling_search_space\":\"All\"}");
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "trunk");
    request.phones_assumed = true;
    ask(kit, &request);
    assert_string_equal(analysed.summary, "phone 1002 in \"Internal\": 1002 shown 1001");
    assert_string_equal(analysed.destinations, "SEP001122334402 1002 ; ");
    assert_int_equal(analysed.sip_status, 0);
    holds("1 phone SEP001122334402|>|is not registered; if it were, it rings");
    both_register(kit);
    ask(kit, &request);
    assert_string_equal(analysed.destinations, "SEP001122334402 1002 ; ");
    holds("1 phone SEP001122334402|>|rings");
}

/* A phone is taken to be registered and free, and no number to have one: as calls find it. */
static void only_phones_that_are_there_are_assumed(void **state) {
    sj_testkit *kit = *state;
    sj_call_analyse request = {.device_name = ALICE, .digits = "1001", .phones_assumed = true};
    ask(kit, &request); /* its own number */
    assert_string_equal(analysed.destinations, "");
    assert_int_equal(analysed.sip_status, 486);
    put(kit, &sj_directory_number_meta, "{\"pattern\":\"1006\",\"partition\":\"Internal\"}");
    request.digits = "1006";
    ask(kit, &request);
    assert_string_equal(analysed.destinations, "");
    assert_int_equal(analysed.sip_status, 480);
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1006\",\"partition\":\"Internal\",\"forward_unregistered_internal_"
        "destination\":\"91\",\"forward_unregistered_internal_calling_search_space\":\"All\"}");
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "trunk");
    put(kit, &sj_live_device_meta, /* a user is logged in on Bob's phone */
        "{\"name\":\"SEP001122334402\",\"user_id\":\"carol\",\"lines\":[{\"directory_number\":"
        "\"1006@Internal\"}],\"protocol\":\"SIP\"}");
    ask(kit, &request);
    assert_string_equal(analysed.destinations, "SEP001122334402 1006 ; ");
    request.digits = "1002";
    ask(kit, &request);
    assert_int_equal(analysed.sip_status, 480);
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
    assert_string_equal(analysed.summary,
                        "return_to_visiting_cluster 9.999 in \"Emergency\": 999 shown 1001");
    assert_string_equal(analysed.destinations, "EMCC 999 br; ");
    holds("1 note Adjunct|>|1. calling search space, the adjunct CSS of the place");
    holds("local_route_group Standard Local Route Group|>|the caller is a traveller and the match "
          "came through the adjunct CSS");
    ask_for(kit, "SEP00AABBCCDD01", "9999"); /* the same when the user is logged in */
    assert_string_equal(analysed.destinations, "EMCC 999 br; ");
}

/* What comes back leaves through the phone's own site. */
static void a_call_that_comes_back(void **state) {
    sj_testkit *kit = *state;
    const sj_call_analyse back = {
        .device_name = ALICE, .returned = true, .calling_number = "4001", .digits = "9999"};
    ask(kit, &back);
    assert_int_equal(analysed.status, SJ_E_DENIED);
    emcc_world(kit);
    ask(kit, &back);
    assert_string_equal(analysed.summary, "trunk 9.! in \"PSTN\": 999 shown 4001");
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
        {{.device_name = "Gateway", .line = "7", .digits = "1"},
         "line: expected none with a trunk"},
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
        assert_string_equal(analysed.error, cases[i].error);
    }
}

/* ---- clusters ---- */

static void calls_to_and_from_a_cluster(void **state) {
    sj_testkit *kit = *state;
    sj_call_analyse request = {.remote_cluster_id = "br", .digits = "1002"};
    emcc_world(kit);
    ask(kit, &request);
    assert_int_equal(analysed.status, SJ_E_NOT_FOUND);
    assert_non_null(
        strstr(analysed.error, "remote_cluster_id: no SIP trunk leads to cluster br: its calls"));
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"To-br\",\"calling_search_space\":\"Phones\",\"destinations\":[{\"address\":"
        "\"198.51.100.1\"}]}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"8.!\",\"partition\":\"PSTN\",\"sip_trunk\":\"To-br\",\"discard_digits\":"
        "\"pre_dot\"}");
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "phone");
    holds("0 caller To-br|>|comes in over the trunk");
    ask_for(kit, ALICE, "86100");
    assert_string_equal(analysed.to[0].next_cluster, "br");
    /* Over a trunk in Shadow locations come and go along. */
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"To-br\",\"calling_search_space\":\"Phones\",\"location\":\"Shadow\","
        "\"destinations\":[{\"address\":\"198.51.100.1\"}]}");
    ask_for(kit, ALICE, "86100");
    assert_non_null(strstr(analysed.to[0].bandwidth, "Hub_None > br/Shadow 64 kbps"));
    request.from_location = "Oslo";
    register_phone(kit, bob, "SEP001122334402", "1002", 1, 3600);
    ask(kit, &request);
    assert_non_null(strstr(analysed.to[0].bandwidth, "br/Oslo > Hub_None 64 kbps"));
    /* Back from its user's home it may come for a phone that such a user is logged in on alone. */
    request = (sj_call_analyse){.remote_cluster_id = "br",
                                .device_name = "SEP001122334402",
                                .returned = true,
                                .digits = "9.999"};
    ask(kit, &request);
    assert_int_equal(analysed.status, SJ_E_DENIED);
    assert_non_null(strstr(analysed.error, "no user of cluster br is logged in on phone"));
    put(kit, &sj_session_meta,
        "{\"device_name\":\"SEP001122334402\",\"user_id\":\"bob\",\"kind\":\"visiting\","
        "\"remote_cluster_id\":\"br\",\"lease_id\":\"a1\",\"state\":\"active\"}");
    request.digits = "91234";
    ask(kit, &request);
    assert_int_equal(analysed.status, SJ_OK);
}

/* ---- what other clusters have ---- */

static void on_lookup(void *user, sj_question *question, const sj_ils_lookup *request) {
    const bool lost = strcmp(request->dialled, "dora@lost.example") == 0;
    const bool is_it = lost || strcmp(request->dialled, "bob@far.example") == 0;
    const sj_ils_lookup_reply reply = {.found = is_it,
                                       .kind = is_it ? "directory_uri" : "",
                                       .key = is_it ? request->dialled : "",
                                       .cluster_id = is_it ? "FAR" : "",
                                       .route_string = lost    ? "lost.route"
                                                       : is_it ? "far.route"
                                                               : "",
                                       .pstn_failover = lost ? "91234" : ""};
    sj_reply_ils_lookup(user, question, &reply);
}

static void a_learned_uri(void **state) {
    sj_testkit *kit = *state;
    sj_scope *scope = sj_testkit_scope(kit);
    put(kit, &sj_sip_route_pattern_meta,
        "{\"pattern\":\"far.route\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\"}");
    assert_non_null(sj_answer_ils_lookup(scope, on_lookup, scope, NULL));
    ask_for(kit, ALICE, "bob@far.example");
    assert_string_equal(analysed.outcome, "trunk");
    holds(
        "note bob@far.example|>|learned by ILS: cluster FAR advertises it, route string far.route");
    ask_for(kit, ALICE, "carol@far.example");
    assert_string_equal(analysed.outcome, "no_match");
    ask_for(kit, ALICE, "dora@lost.example"); /* as a call does: no trunk leads there */
    assert_string_equal(analysed.summary, "trunk 9.! in \"PSTN\": 1234 shown 1001");
    holds("forwarding 91234|>|over the PSTN: no SIP route pattern within reach fits");
}

/* ---- changes ---- */

/* What a call can be made to can be analysed: the limits are the call's. */
static void the_longest_that_can_be_called(void **state) {
    char uri[400];
    (void)snprintf(uri, sizeof uri, "%.*s@%.*s.example", 63,
                   "a23456789b123456789c123456789d123456789e123456789f123456789g123", 240,
                   "h23456789.123456789.123456789.123456789.123456789.123456789."
                   "123456789.123456789.123456789.123456789.123456789.123456789."
                   "123456789.123456789.123456789.123456789.123456789.123456789."
                   "123456789.123456789.123456789.123456789.123456789.12345678x");
    ask_for(*state, ALICE, uri);
    assert_int_equal(analysed.status, SJ_OK);
    assert_string_equal(analysed.outcome, "no_match");
    uri[63] = 'x'; /* no longer a URI, and too long for a number */
    ask_for(*state, ALICE, uri);
    assert_int_equal(analysed.status, SJ_E_INVALID);
}

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
    assert_string_equal(analysed.outcome, "blocked");
    request.changes_count = 2;
    ask(kit, &request);
    assert_string_equal(analysed.summary, "trunk 9123X in \"PSTN\": 91234 shown 1001");
    request.changes_count = 3;
    request.digits = "955";
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "no_match");
    request.changes_count = 4;
    request.digits = "91234";
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "no_match");
    for (size_t i = 0; i < 3; i++) { /* the same again: they need not be read anew */
        request.changes_count = 2 + i % 2;
        for (size_t j = 0; j < 2; j++) {
            ask(kit, &request);
            assert_string_equal(analysed.summary, "trunk 9123X in \"PSTN\": 91234 shown 1001");
        }
    }
    sj_testkit_advance(kit, 20000); /* they are not kept for ever */
    ask_for(kit, ALICE, "91234");   /* and all is as it was */
    assert_string_equal(analysed.summary, "trunk 9.! in \"PSTN\": 1234 shown 1001");
    assert_null(strstr(analysed.course, "9123X"));
}

/* A trunk leads to where its record says: what is tried is not what is there. */
static void the_destinations_of_a_changed_trunk(void **state) {
    static const char none_usable[] = "no trunk has a usable destination";
    static const struct {
        const char *record, *address, *reason;
    } cases[] = {
        {"\"destinations\":[]", "", none_usable},
        {"\"destinations\":[{\"address\":\"192.0.2.91\"}]", "sip:1234@192.0.2.91:5060", ""},
        {"\"destinations\":[{\"address\":\"192.0.2.91\"},{\"address\":\"192.0.2.90\"}]",
         "sip:1234@192.0.2.91:5060", ""},
        {"\"destinations\":[{\"address\":\"gateway.example\"}]", "",
         "trunk Gateway: destination gateway.example: its address is looked up when the change has "
         "been made"},
    };
    sj_testkit *kit = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char record[400];
        (void)snprintf(record, sizeof record,
                       "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\",\"sip_trunk_"
                       "security_profile\":\"UDP\",%s}",
                       cases[i].record);
        const sj_plan_change change = {.resource = "sip_trunks", .record = record};
        const sj_call_analyse request = {
            .device_name = ALICE, .digits = "91234", .changes = &change, .changes_count = 1};
        ask(kit, &request);
        assert_string_equal(analysed.to[0].address, cases[i].address);
        assert_int_equal(analysed.sip_status, cases[i].reason[0] == '\0' ? 0 : 503);
        holds(cases[i].reason);
        ask_for(kit, ALICE, "91234");
        assert_string_equal(analysed.to[0].address, "sip:1234@192.0.2.90:5060");
    }
}

/* A number that two groups or ranges have stays while one of them does. */
static void a_number_that_two_have_stays(void **state) {
    sj_testkit *kit = *state;
    static const struct {
        const char *digits, *outcome;
        sj_plan_change changes[2];
    } cases[] = {
        {"7001",
         "pickup",
         {{.resource = "call_pickup_groups",
           .record = "{\"name\":\"New\",\"number\":\"7001\",\"partition\":\"Internal\"}"},
          {.resource = "call_pickup_groups", .removed = "New"}}},
        {"*7710",
         "park",
         {{.resource = "directed_call_parks",
           .record = "{\"pattern\":\"71X\",\"partition\":\"Internal\",\"retrieval_prefix\":"
                     "\"*8\"}"},
          {.resource = "directed_call_parks",
           .record = "{\"pattern\":\"71X\",\"partition\":\"Internal\",\"retrieval_prefix\":"
                     "\"*7\"}"}}},
    };
    put(kit, &sj_call_pickup_group_meta,
        "{\"name\":\"Sales\",\"number\":\"7001\",\"partition\":\"Internal\"}");
    put(kit, &sj_directed_call_park_meta,
        "{\"pattern\":\"71X\",\"partition\":\"Internal\",\"retrieval_prefix\":\"*7\"}");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const sj_call_analyse request = {.device_name = ALICE,
                                         .digits = cases[i].digits,
                                         .changes = cases[i].changes,
                                         .changes_count = 2};
        ask(kit, &request);
        assert_string_equal(analysed.outcome, cases[i].outcome);
        ask_for(kit, ALICE, cases[i].digits);
        assert_string_equal(analysed.outcome, cases[i].outcome);
    }
}

/* What of it is a fact of the plan; the rest hangs on the moment. */
static void numbers_that_the_node_serves_itself(void **state) {
    sj_testkit *kit = *state;
    const sj_call_analyse from_trunk = {
        .device_name = "Gateway", .calling_number = "5551", .digits = "7001"};
    put(kit, &sj_call_pickup_group_meta,
        "{\"name\":\"Sales\",\"number\":\"7001\",\"partition\":\"Internal\"}");
    put(kit, &sj_call_park_number_meta, "{\"pattern\":\"70[2-3]\",\"partition\":\"Internal\"}");
    put(kit, &sj_directed_call_park_meta,
        "{\"pattern\":\"71X\",\"partition\":\"Internal\",\"retrieval_prefix\":\"*7\"}");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1005\",\"partition\":\"Internal\",\"forward_all_destination\":\"7001\","
        "\"forward_all_calling_search_space\":\"All\"}");
    ask_for(kit, ALICE, "7001");
    assert_int_equal(analysed.sip_status, 0);
    holds("the number of a call pickup group. A call is refused while nothing rings there.");
    ask_for(kit, ALICE, "1005");
    assert_string_equal(analysed.outcome, "pickup");
    assert_int_equal(analysed.sip_status, 603);
    holds("A call would be answered 603: Calls are not sent to the number of a call pickup group.");
    ask(kit, &from_trunk);
    assert_string_equal(analysed.outcome, "pickup");
    assert_int_equal(analysed.sip_status, 403);
    holds("A call would be answered 403: Only a phone of this cluster picks up calls.");
    put(kit, &sj_message_waiting_number_meta,
        "{\"number\":\"8000\",\"partition\":\"Internal\",\"message_waiting_indicator\":false}");
    ask_for(kit, ALICE, "8000");
    assert_string_equal(analysed.outcome, "message_waiting");
    holds("a message waiting number. A call switches the lamp off.");
    const sj_call_analyse of_mail = {
        .device_name = "Gateway", .calling_number = "1001", .digits = "8000"};
    ask(kit, &of_mail);
    assert_int_equal(analysed.sip_status, 403);
    holds("A call would be answered 403: The SIP Trunk Security Profile does not accept");
    ask_for(kit, ALICE, "702");
    holds("a call park number. A call is refused while none is parked there.");
    ask_for(kit, ALICE, "*7710");
    holds("with its retrieval prefix. A call is refused while none is parked there.");
    ask_for(kit, ALICE, "710");
    assert_int_equal(analysed.sip_status, 0);
    holds("a directed call park number. A call is refused while another is parked there.");
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
    assert_int_equal(analysed.status, SJ_E_INVALID);
    assert_non_null(strstr(analysed.error, "changes: route_patterns: "));
    static const char *const others[] = {"phones", "alternate_numbers", "learned_block_rules"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const sj_plan_change other = {.resource = others[i], .removed = "x"};
        const sj_call_analyse depends = {
            .device_name = ALICE, .digits = "91234", .changes = &other, .changes_count = 1};
        ask(kit, &depends); /* calls may depend on it */
        assert_int_equal(analysed.status, SJ_E_INVALID);
        assert_non_null(strstr(analysed.error, others[i]));
    }
    ask_for(kit, ALICE, "91234");
    assert_string_equal(analysed.outcome, "trunk");
}

/* What is learned of other clusters hangs on the rest of it, which an analysis cannot try. */
static void of_the_ils_configuration_the_route_string_alone(void **state) {
    sj_testkit *kit = *state;
    static const struct {
        sj_plan_change change;
        int status;
    } cases[] = {
        {{.resource = "ils_configuration", .record = "{\"role\":\"standalone\"}"}, SJ_E_INVALID},
        {{.resource = "ils_configuration",
          .record = "{\"role\":\"hub\",\"exchange_dial_plan\":false}"},
         SJ_E_INVALID},
        {{.resource = "ils_configuration", .removed = "default"}, SJ_E_INVALID},
        {{.resource = "ils_configuration",
          .record = "{\"role\":\"hub\",\"exchange_dial_plan\":true,\"advertised_route_string\":"
                    "\"here.route\"}"},
         SJ_OK},
    };
    put(kit, &sj_ils_configuration_meta, "{\"role\":\"hub\",\"exchange_dial_plan\":true}");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const sj_call_analyse request = {.device_name = ALICE,
                                         .digits = "91234",
                                         .changes = &cases[i].change,
                                         .changes_count = 1};
        ask(kit, &request);
        assert_int_equal(analysed.status, cases[i].status);
        assert_true(cases[i].status == SJ_OK ||
                    strstr(analysed.error, "changes: an analysis does not look at changes of "
                                           "ils_configuration other than advertised_route_string"));
        ask_for(kit, ALICE, "91234"); /* all is as it was */
        assert_string_equal(analysed.outcome, "trunk");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call_over_a_trunk, setup, teardown),
        cmocka_unit_test_setup_teardown(who_is_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(transformed_at_the_phone, setup, teardown),
        cmocka_unit_test_setup_teardown(told_to_trunks, setup, teardown),
        cmocka_unit_test_setup_teardown(transformed_at_the_trunk, setup, teardown),
        cmocka_unit_test_setup_teardown(why_it_beats_others, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_that_forward, setup, teardown),
        cmocka_unit_test_setup_teardown(phones_may_be_assumed, setup, teardown),
        cmocka_unit_test_setup_teardown(only_phones_that_are_there_are_assumed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_traveller, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_that_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_callers, setup, teardown),
        cmocka_unit_test_setup_teardown(calls_to_and_from_a_cluster, setup, teardown),
        cmocka_unit_test_setup_teardown(a_learned_uri, setup, teardown),
        cmocka_unit_test_setup_teardown(the_longest_that_can_be_called, setup, teardown),
        cmocka_unit_test_setup_teardown(changes_are_tried_and_taken_back, setup, teardown),
        cmocka_unit_test_setup_teardown(the_destinations_of_a_changed_trunk, setup, teardown),
        cmocka_unit_test_setup_teardown(a_number_that_two_have_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_that_the_node_serves_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(changes_that_are_none, setup, teardown),
        cmocka_unit_test_setup_teardown(of_the_ils_configuration_the_route_string_alone, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
