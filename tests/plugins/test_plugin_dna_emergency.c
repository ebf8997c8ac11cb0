/* The emergency matrix of the Dialed Number Analyzer Server: what is a way, and what is a hole. */
#include "dna_emergency_kit.h"

#include "resources/device_pool.h"
#include "resources/location.h"
#include "resources/route_pattern.h"
#include "resources/sip_trunk.h"

#include "pattern_numbers.h"

/* Only a gateway that can be called is a way. */
static void a_gateway_that_cannot_be_called_is_none(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.destination.next_cluster_id = "";
    world.destination.unreachable = true;
    emergency(kit, "112");
    holds("1 holes, 0 not known\n");
    holds("SEP001122334455 112  yes|it goes to To-BR, which does not answer: sojourn sip-trunk "
          "status");
    world.destination.unreachable = false;
    world.destination.address = "";
    emergency(kit, "112");
    holds("112  yes|it goes to To-BR, which cannot be called at present");
    assert_false(world.valid);
}

/* The cluster to which a call goes is asked what it does with it. */
static void the_next_cluster_is_asked(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.http_status = 200;
    world.answer =
        "{\"cluster_id\":\"BR\",\"outcome\":\"trunk\",\"explanation\":\"It leaves by Rome.\","
        "\"reached\":true}";
    emergency(kit, "112");
    holds("0 holes, 0 not known\n");
    holds("SEP001122334455 112 To-BR no|at cluster BR: It leaves by Rome.\n");
    assert_non_null(strstr(world.sent, "\"digits\":\"6100\""));
    assert_non_null(strstr(world.sent, "\"observe\":true"));
    world.answer =
        "{\"cluster_id\":\"BR\",\"outcome\":\"trunk\",\"explanation\":\"It leaves by Rome.\"}";
    emergency(kit, "112");
    holds(
        "112 To-BR not known|at cluster BR: It leaves by Rome.; that such a trunk answers has not "
        "been observed there\n");
    world.answer =
        "{\"cluster_id\":\"BR\",\"outcome\":\"no_match\",\"explanation\":\"Nothing fits.\"}";
    emergency(kit, "112");
    holds("112  yes|at cluster BR: Nothing fits.\n");
    world.answer = "{\"cluster_id\":\"BR\",\"outcome\":\"trunk\",\"explanation\":\"It leaves by "
                   "Rome.\",\"not_callable\":true}";
    emergency(kit, "112");
    holds("112  yes|at cluster BR: It leaves by Rome.; none of these trunks can be called\n");
    world.answer = "{\"cluster_id\":\"BR\",\"outcome\":\"trunk\",\"explanation\":\"On to LX.\","
                   "\"steps\":[{\"kind\":\"cluster\",\"subject\":\"LX\"}]}";
    emergency(kit, "112");
    holds("112 To-BR not known|at cluster BR: On to LX.\n");
    world.answer = NULL;
    emergency(kit, "112");
    holds("112 To-BR not known|cluster BR decides, and has not said: 192.0.2.7");
}

/* A call that comes back with the same number leads nowhere; unless another way is left. */
static void a_circle_between_clusters_is_a_hole(void **state) {
    static const sj_call_destination two[] = {{.device = "To-BR",
                                               .address = "sip:1@192.0.2.7",
                                               .called_number = "6100",
                                               .next_cluster_id = "BR",
                                               .reachable = true},
                                              {.device = "To-LX",
                                               .address = "sip:1@192.0.2.8",
                                               .called_number = "6100",
                                               .next_cluster_id = "LX",
                                               .reachable = true}};
    sj_testkit *kit = *state;
    a_phone(kit);
    world.http_status = 200;
    world.answer =
        "{\"cluster_id\":\"BR\",\"code\":1,\"cause\":\"It has been here.\",\"circle\":true}";
    emergency(kit, "112");
    holds("1 holes, 0 not known\n");
    holds("112  yes|at cluster BR: It has been here.\n");
    world.answer = "{\"cluster_id\":\"BR\",\"outcome\":\"trunk\",\"explanation\":\"Back to HQ.\","
                   "\"circle\":true,\"steps\":[{\"kind\":\"cluster\",\"subject\":\"HQ\"}]}";
    emergency(kit, "112");
    holds("1 holes, 0 not known\n");
    holds("112  yes|at cluster BR: Back to HQ.; from there it goes in a circle\n");
    world.others = two;
    emergency(kit, "112");
    holds("0 holes, 1 not known\n");
}

/* Nothing that was not observed is a way, whether trunks could be asked or not. */
static void an_untested_gateway_is_no_way(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.destination.next_cluster_id = "";
    world.destination.reachable = false;
    world.observed = true;
    emergency(kit, "112");
    holds("112 To-BR no|\n");
    assert_true(world.valid);
    world.trunks_fail = true;
    emergency(kit, "112");
    holds("112 To-BR no|\n"); /* as it was observed before */
    holds("Trunks could not be asked: out of memory");
    assert_false(world.valid);
    world.destination.reachable = false;
    emergency(kit, "112");
    holds("0 holes, 1 not known\n");
    holds("112 To-BR not known|that To-BR answers has not been observed: sojourn sip-trunk status "
          "To-BR\n");
    assert_false(world.valid);
}

/* So is the one in which a traveller is, for its rows. */
static void the_visited_cluster_is_asked_for_its_rows(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.outcome = "return_to_visiting_cluster";
    world.destination.remote_cluster_id = "BR";
    world.http_status = 200;
    world.answer = "{\"cluster_id\":\"BR\",\"rows\":["
                   "{\"place\":\"Rome\",\"number\":\"6100\",\"gateway\":\"G\",\"hole\":\"no\"},"
                   "{\"place\":\"Oslo\",\"number\":\"6100\",\"gateway\":\"H\",\"hole\":\"no\"}]}";
    emergency(kit, "112");
    holds("0 holes, 0 not known\n3 ways");
    holds("SEP001122334455 112 To-BR no|cluster BR has a gateway for it at each of its places\n");
    holds("a visitor 6100 G no|\na visitor 6100 H no|\n");
    assert_non_null(strstr(world.url, "/intercluster/v1/emergency"));
    assert_non_null(strstr(world.sent, "\"numbers\":[\"6100\"]"));
    assert_non_null(strstr(world.sent, "\"calling_numbers\":[\"4002\"]"));
    assert_true(world.valid);
    world.answer = "{\"cluster_id\":\"BR\",\"rows\":[{\"place\":\"Rome\",\"number\":\"6100\","
                   "\"gateway\":\"G\",\"calling_number\":\"+394002\",\"hole\":\"no\"}]}";
    emergency(kit, "112");
    holds("a visitor, 4002 6100 G no|\n");
    world.answer =
        "{\"cluster_id\":\"BR\",\"rows\":["
        "{\"place\":\"Rome\",\"number\":\"6100\",\"hole\":\"yes\",\"text\":\"No trunk.\"},"
        "{\"place\":\"Oslo\",\"number\":\"6100\",\"gateway\":\"H\",\"hole\":\"no\"}]}";
    emergency(kit, "112");
    holds("2 holes, 0 not known\n");
    holds("112 To-BR yes|from Rome at cluster BR: No trunk.\n");
    world.answer = "{\"cluster_id\":\"BR\",\"rows\":[]}";
    emergency(kit, "112");
    holds("112 To-BR not known|cluster BR has no phone of which it could say");
    world.answer = "{\"cluster_id\":\"BR\",\"code\":1,\"cause\":\"busy\"}";
    emergency(kit, "112");
    holds("of its visitors; it was asked, and has not said: busy\n");
    world.answer = "{\"cluster_id\":\"BR\",\"code\":1,\"cause\":\"no\\nway\"}";
    emergency(kit, "112");
    holds("it was asked, and has not said: no way\n");
    world.answer = "{\"cluster_id\":\"BR\",\"rows\":7}";
    emergency(kit, "112");
    holds("it was asked, and has not said: its answer cannot be read: ");
    world.answer = "{\"cluster_id\":\"XX\"}";
    emergency(kit, "112");
    holds("has not said: another cluster answered\n");
}

/* The way back to the visited cluster is judged as any other: what the call would be answered, and
 * what was observed of the trunk. */
static void the_way_back_is_a_way_itself(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.outcome = "return_to_visiting_cluster";
    world.destination.remote_cluster_id = "BR";
    world.http_status = 200;
    world.answer = "{\"cluster_id\":\"BR\",\"rows\":["
                   "{\"place\":\"Rome\",\"number\":\"6100\",\"gateway\":\"G\",\"hole\":\"no\"}]}";
    world.destination.reachable = false;
    emergency(kit, "112");
    holds("0 holes, 1 not known\n");
    holds("SEP001122334455 112 To-BR not known|cluster BR has a gateway for it at each of its "
          "places; that To-BR answers has not been observed: sojourn sip-trunk status To-BR\n");
    world.destination.unreachable = true;
    emergency(kit, "112");
    holds("1 holes, 0 not known\n1 way ");
    holds("SEP001122334455 112  yes|it goes to To-BR, which does not answer");
    world.destination.unreachable = false;
    world.destination.reachable = true;
    world.sip_status = 503;
    emergency(kit, "112");
    holds("1 holes, 0 not known\n1 way ");
    holds("SEP001122334455 112  yes|It goes out.\n");
    assert_false(world.valid);
    assert_int_equal(world.fetched, 1); /* of the first alone */
}

/* A call that would be refused is no way, whatever it leads to. */
static void a_refused_call_is_a_hole(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.destination.next_cluster_id = "";
    world.sip_status = 503;
    emergency(kit, "112");
    holds("1 holes, 0 not known\n");
    holds("112  yes|It goes out.\n");
}

/* Those who help see what the gateway is told by which the call leaves. */
static void the_number_shown_is_that_of_the_way(void **state) {
    static const sj_call_destination two[] = {{.device = "Down",
                                               .address = "sip:1@192.0.2.7",
                                               .called_number = "112",
                                               .calling_number = "+14085554001",
                                               .unreachable = true},
                                              {.device = "Up",
                                               .address = "sip:1@192.0.2.8",
                                               .called_number = "112",
                                               .calling_number = "0302004001",
                                               .reachable = true}};
    sj_testkit *kit = *state;
    a_phone(kit);
    world.others = two;
    emergency(kit, "112");
    holds("112 Up no|\n");
    assert_string_equal(world.shown, "0302004001");
}

/* Who helps cannot call back: of a number that the dial plan does not know to be for help. */
static void a_way_without_a_number_is_a_hole(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.destination.next_cluster_id = "";
    world.destination.withheld = true;
    world.destination.text = "the caller's number is withheld from it";
    emergency(kit, "112");
    holds("1 holes, 0 not known\n");
    holds(
        "112  yes|who helps is shown no number to call back: the caller's number is withheld from "
        "it; 112 is no emergency number in the dial plan (Is an Emergency Services Number)\n");
    world.destination.withheld = false;
    world.destination.calling_uri = "ann@x.example";
    emergency(kit, "112");
    holds("112  yes|who helps is shown no number");
    world.destination.calling_uri = NULL;
    emergency(kit, "112");
    assert_true(world.valid);
}

/* Only a gateway here is a way: others decide about what goes to them. */
static void a_way_ends_at_a_gateway(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.destination.next_cluster_id = "";
    emergency(kit, "112");
    holds("0 holes, 0 not known\n");
    holds("SEP001122334455 112 To-BR no|\n");
    assert_true(world.valid);
    world.destination.next_cluster_id = "BR";
    world.here_only = true;
    emergency(kit, "112");
    holds("0 holes, 1 not known\n");
    holds("The line of what is not known says how to learn it.");
    holds(
        "SEP001122334455 112 To-BR not known|cluster BR decides: ask there, sojourn dna emergency "
        "numbers=6100\n");
    assert_false(world.valid);
    world.outcome = "return_to_visiting_cluster";
    world.destination.remote_cluster_id = "BR";
    emergency(kit, "112");
    holds("numbers=6100, of its visitors\n");
    assert_false(world.valid);
    world.outcome = NULL;
    world.learned_from = "BR";
    emergency(kit, "112");
    holds("1 hole, 0 not known.");
    holds(
        "SEP001122334455 112  yes|it is a number that cluster BR advertises, and no gateway here");
    assert_false(world.valid);
}

/* What is so now, and may be otherwise at another time, is no proof; of a time that is named it is.
 */
static void a_way_at_some_times_is_not_known(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.destination.next_cluster_id = "";
    world.scheduled = "Day";
    emergency(kit, "112");
    holds("0 holes, 1 not known\n");
    holds("112 To-BR not known|Day has a time schedule, and at another time the call may go "
          "elsewhere: ask of each with at=TIME\n");
    assert_false(world.valid);
    world.at = "2026-12-24T18:30";
    emergency(kit, "112");
    holds("112 To-BR no|\n");
    assert_true(world.valid);
    world.at = NULL;
    world.scheduled = NULL;
    world.destination.next_cluster_id = "BR"; /* which has such a partition */
    world.http_status = 200;
    world.answer = "{\"cluster_id\":\"BR\",\"outcome\":\"trunk\",\"explanation\":\"By Rome.\","
                   "\"reached\":true,\"scheduled_partition\":\"Night\"}";
    emergency(kit, "112");
    holds("112 To-BR not known|at cluster BR: By Rome.; Night has a time schedule");
    world.scheduled = "Day"; /* the way back to the visited cluster is there by day */
    world.outcome = "return_to_visiting_cluster";
    world.destination.remote_cluster_id = "BR";
    world.answer = "{\"cluster_id\":\"BR\",\"rows\":["
                   "{\"place\":\"Rome\",\"number\":\"6100\",\"gateway\":\"G\",\"hole\":\"no\"}]}";
    emergency(kit, "112");
    holds("SEP001122334455 112 To-BR not known|cluster BR has a gateway for it at each of its "
          "places; Day has a time schedule");
}

/* Only calls that the dial plan knows to be for help are made whatever the links carry. */
static void a_call_that_bandwidth_may_refuse_is_not_known(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.destination.next_cluster_id = "";
    put(kit, &sj_location_meta, "{\"name\":\"Hub_None\"}");
    emergency(kit, "112");
    assert_true(world.valid);
    put(kit, &sj_location_meta, "{\"name\":\"Rome\"}");
    emergency(kit, "112");
    holds("112 To-BR not known|112 is no emergency number in the dial plan");
    world.destination.needs_lbm = world.destination.lbm_answers = true;
    emergency(kit, "112");
    holds("112 To-BR not known|112 is no emergency number in the dial plan (Is an Emergency "
          "Services Number): while no Location Bandwidth Manager answers it is refused");
    world.destination.lbm_answers = false;
    emergency(kit, "112");
    holds("no Location Bandwidth Manager answers, and Call Treatment When No LBM Available is to "
          "reject calls");
    assert_false(world.valid);
    world.destination.needs_lbm = false;
    world.destination.never_refused = true;
    emergency(kit, "112");
    assert_true(world.valid);
}

/* A phone that sends digit after digit never gets to the number's end where a shorter one is routed
 * at once; one that nothing can match is explained as a whole. */
static const char *refused_in_one_piece(const sj_call_analyse *request) {
    return request->digit_by_digit ? "trunk" : "blocked";
}

static void dialling_that_ends_early_is_a_hole(void **state) {
    static const sj_dialled_prefix urgent[] = {
        {.digits = "1", .state = "waits", .text = "waits"},
        {.digits = "11", .state = "routes", .text = "urgent priority: routed now"}};
    static const sj_dialled_prefix nothing[] = {
        {.digits = "1", .state = "incomplete", .text = ""},
        {.digits = "11", .state = "nothing", .text = "nothing can match any more"}};
    sj_testkit *kit = *state;
    a_phone(kit);
    world.destination.next_cluster_id = "";
    world.prefixes = urgent;
    emergency(kit, "112");
    holds("1 holes, 0 not known\n");
    holds("112  yes|of a phone that sends digit after digit the call goes out after 11, before the "
          "number is complete (urgent priority: routed now): It goes out.\n");
    emergency(kit, "11");
    assert_true(world.valid);
    world.destination.never_refused = true; /* the call goes to those who help, sooner */
    emergency(kit, "112");
    assert_true(world.valid);
    world.decide = refused_in_one_piece; /* but not of a phone that sends it whole */
    emergency(kit, "112");
    holds("1 holes, 0 not known\n");
    holds("112  yes|dialled in one piece: It goes out.\n");
    world.decide = NULL;
    world.destination.never_refused = false;
    world.prefixes = nothing;
    world.outcome = "no_match";
    emergency(kit, "112");
    holds("112  yes|It goes out.\n");
}

static void patterns_stand_for_numbers(void **state) {
    static const struct {
        const char *pattern, *numbers;
    } cases[] = {
        {"112", "112"},
        {"9.999", "9999"},
        {"11[0-2]", "110 111 112"},
        {"9.11X", "9110 9111 9112 9113 9114 9115 9116 9117 9118 9119"},
        {"1[12]x",
         "110 111 112 113 114 115 116 117 118 119 120 121 122 123 124 125 126 127 128 129"},
        {"[19][13]*", "11* 13* 91* 93*"},
        {"\\+11[^0-8]#", "+119#"},
        {"00[A*]d", "00*D 00AD"},
        {"1[123]X", ""}, /* thirty */
        {"9.!", ""},
        {"11?", ""},
        {"11+", ""},
        {"9.@", ""},
        {"11[0-", ""},
        {"11[2-0]", ""},
        {"[^0-9]", ""},
        {"", ""},
        {".", ""},
        {"1234567890123456789012345678901234567890123456789012345678901234", ""},
    };
    char numbers[PATTERN_NUMBERS_MAX][PATTERN_NUMBER_ROOM], all[1400];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const size_t count = pattern_numbers(cases[i].pattern, numbers);
        all[0] = '\0';
        for (size_t k = 0; k < count; k++) {
            const size_t used = strlen(all);
            (void)snprintf(all + used, sizeof all - used, "%s%s", k > 0 ? " " : "", numbers[k]);
        }
        assert_string_equal(all, cases[i].numbers);
    }
}

/* Of a pattern each number is asked about; one of too many is named. */
static void patterns_of_several_numbers(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.destination.next_cluster_id = "";
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"destinations\":[{\"address\":\"192.0.2.9\"}]}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"9.11[0-2]\",\"partition\":\"Help\",\"sip_trunk\":\"Gateway\","
        "\"emergency_services_number\":true}");
    emergency(kit, NULL);
    holds("3 ways of emergency calls, 0 holes");
    holds("SEP001122334455 9110 To-BR no|\nSEP001122334455 9111 To-BR no|\nSEP001122334455 9112 ");
    assert_true(world.valid);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"12!\",\"partition\":\"Help\",\"sip_trunk\":\"Gateway\","
        "\"emergency_services_number\":true}");
    emergency(kit, NULL);
    holds("3 ways of emergency calls, 0 holes");
    holds(" 12!: more than 20 numbers each, which are not asked about; name those of help with "
          "numbers=112,911.");
    assert_false(world.valid);
    emergency(kit, "112");
    assert_true(world.valid);
}

/* A number of help is asked about where it is blocked, and named where nobody reaches it. */
static void a_number_of_help_is_never_left_out(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.destination.next_cluster_id = "";
    put(kit, &sj_partition_meta, "{\"name\":\"Nowhere\"}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"112\",\"partition\":\"Help\",\"block\":true,"
        "\"emergency_services_number\":true}");
    emergency(kit, NULL);
    holds("0 holes, 0 not known\n1 way ");
    assert_true(world.valid);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"999\",\"partition\":\"Nowhere\",\"block\":true,"
        "\"emergency_services_number\":true}");
    emergency(kit, NULL);
    holds("1 way of emergency calls, 0 holes, 0 not known. 999@Nowhere is an emergency number that "
          "no calling search space reaches.\n");
    assert_false(world.valid);
    emergency(kit, "112");
    assert_true(world.valid);
}

/* The adjunct CSS of a place is no other caller's, unless a phone has it as its own. */
static void a_phone_may_have_an_adjunct_css(void **state) {
    sj_testkit *kit = *state;
    a_phone(kit);
    world.destination.next_cluster_id = "";
    put(kit, &sj_device_pool_meta,
        "{\"name\":\"London\",\"adjunct_calling_search_space\":\"All\"}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"112\",\"partition\":\"Help\",\"block\":true,"
        "\"emergency_services_number\":true}");
    emergency(kit, NULL);
    holds("0 holes, 0 not known\n1 way ");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        DNA_TEST(a_gateway_that_cannot_be_called_is_none),
        DNA_TEST(the_next_cluster_is_asked),
        DNA_TEST(a_circle_between_clusters_is_a_hole),
        DNA_TEST(an_untested_gateway_is_no_way),
        DNA_TEST(the_visited_cluster_is_asked_for_its_rows),
        DNA_TEST(the_way_back_is_a_way_itself),
        DNA_TEST(a_refused_call_is_a_hole),
        DNA_TEST(the_number_shown_is_that_of_the_way),
        DNA_TEST(a_way_without_a_number_is_a_hole),
        DNA_TEST(a_way_ends_at_a_gateway),
        DNA_TEST(a_way_at_some_times_is_not_known),
        DNA_TEST(a_call_that_bandwidth_may_refuse_is_not_known),
        DNA_TEST(dialling_that_ends_early_is_a_hole),
        cmocka_unit_test(patterns_stand_for_numbers),
        DNA_TEST(patterns_of_several_numbers),
        DNA_TEST(a_number_of_help_is_never_left_out),
        DNA_TEST(a_phone_may_have_an_adjunct_css),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
