/* Calls to URIs, to what other clusters have advertised, and by route strings, with a lookup
 * service that the test plays. */
#include "uri_world.h"

/* ---- URIs of this cluster ---- */

static void a_uri_of_this_cluster_rings_its_number(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_directory_uri_meta,
        "{\"user\":\"Bob.Baker\",\"host\":\"A.Example\",\"directory_number\":\"1002@Internal\"}");
    alice_calls(kit, "sip:Bob.Baker@a.EXAMPLE");
    (void)expect(kit, bob, "INVITE");
    assert_int_equal(asked, 0);
    sj_testkit_forget(kit);
    alice_calls(kit, "sip:bob.baker@a.example"); /* the user part has its case */
    assert_null(sent_to(kit, bob, "INVITE"));
    (void)expect(kit, alice, "SIP/2.0 404");
}

/* With the policy that letters' case does not count: the one with these letters, else the first. */
static void a_uri_in_any_case(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    put(kit, &sj_directory_uri_meta,
        "{\"user\":\"Bob.Baker\",\"host\":\"a.example\",\"directory_number\":\"1002@Internal\"}");
    alice_calls(kit, "sip:bob.baker@a.example");
    (void)expect(kit, alice, "SIP/2.0 404");
    assert_int_equal(sj_testkit_set_param(kit, &sj_param_enterprise_uri_lookup_policy_meta,
                                          "case_insensitive", &error),
                     SJ_OK);
    sj_testkit_forget(kit);
    alice_calls(kit, "sip:bob.BAKER@A.example");
    (void)expect(kit, bob, "INVITE");
    put(kit, &sj_directory_uri_meta,
        "{\"user\":\"bob.baker\",\"host\":\"a.example\",\"directory_number\":\"1001@Internal\"}");
    sj_testkit_forget(kit);
    call_uri(kit, far_cluster, "sip:bob.baker@a.example", "54009", "");
    (void)expect(kit, alice, "INVITE");
    sj_testkit_forget(kit);
    call_uri(kit, far_cluster, "sip:BOB.baker@a.example", "54010", ""); /* Bob.Baker is first */
    (void)expect(kit, bob, "INVITE");
}

static void a_user_is_called_at_the_primary_extension(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_end_user_meta,
        "{\"user_id\":\"bob\",\"last_name\":\"B\",\"primary_extension\":\"1002@Internal\"}");
    put(kit, &sj_directory_uri_meta,
        "{\"user\":\"bob\",\"host\":\"a.example\",\"end_user\":\"bob\"}");
    alice_calls(kit, "sip:bob@a.example");
    (void)expect(kit, bob, "INVITE");
}

/* The phone that is registered for the user's number is another one now: a lent one. */
static void a_user_on_a_lent_phone_is_called_by_uri(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_end_user_meta,
        "{\"user_id\":\"tom\",\"last_name\":\"T\",\"primary_extension\":\"1003@Internal\"}");
    put(kit, &sj_directory_uri_meta,
        "{\"user\":\"tom\",\"host\":\"a.example\",\"end_user\":\"tom\"}");
    put(kit, &sj_live_device_meta,
        "{\"name\":\"SEP001122334402\",\"user_id\":\"tom\",\"model\":\"Cisco 7841\","
        "\"device_pool\":\"Default\",\"calling_search_spaces\":[\"Phones\"],"
        "\"lines\":[{\"directory_number\":\"1003@Internal\"}],\"line_calling_search_spaces\":[\"\"]"
        "}");
    register_phone(kit, bob, "SEP001122334402", "1003", 2, 3600);
    sj_testkit_forget(kit);
    alice_calls(kit, "sip:tom@a.example");
    (void)expect(kit, bob, "INVITE");
}

static void a_uri_is_reached_through_its_partition(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_partition_meta, "{\"name\":\"Directory URI\"}");
    put(kit, &sj_directory_uri_meta,
        "{\"user\":\"bob\",\"host\":\"a.example\",\"directory_number\":\"1002@Internal\","
        "\"partition\":\"Directory URI\"}");
    alice_calls(kit, "sip:bob@a.example");
    (void)expect(kit, alice, "SIP/2.0 404");
    put(kit, &sj_calling_search_space_meta,
        "{\"name\":\"All\",\"partitions\":[\"Internal\",\"Directory URI\"]}");
    sj_testkit_forget(kit);
    alice_calls(kit, "sip:bob@a.example");
    (void)expect(kit, bob, "INVITE");
}

static void what_is_a_number_stays_one(void **state) {
    sj_testkit *kit = *state;
    answer_lookups(kit);
    alice_calls(kit, "sip:1002@b.example");
    (void)expect(kit, bob, "INVITE");
    sj_testkit_forget(kit);
    alice_calls(kit, "sip:tina@b.example;user=phone");
    (void)expect(kit, alice, "SIP/2.0 404");
    assert_null(sent_to(kit, far_cluster, "INVITE"));
    put(kit, &sj_sip_profile_meta,
        "{\"name\":\"Standard SIP Profile\",\"dial_string_interpretation\":\"always_uri\"}");
    sj_testkit_forget(kit);
    alice_calls(kit, "sip:1002@b.example");
    (void)expect(kit, far_cluster, "INVITE sip:1002@b.example SIP/2.0");
}

/* ---- learned URIs ---- */

static void a_learned_uri_goes_by_its_route_string(void **state) {
    sj_testkit *kit = *state;
    answer_lookups(kit);
    alice_calls(kit, "sip:tina@b.example");
    const char *text = expect(kit, far_cluster, "INVITE sip:tina@b.example SIP/2.0");
    assert_string_equal(header(text, "To"), "<sip:tina@b.example>");
    assert_string_equal(header(text, "X-cisco-dest-route-string"), "<sip:b.example>");
    assert_string_equal(header(text, "Max-Forwards"), "9");
    assert_string_equal(last_asked, "tina@b.example");
    answer(kit, far_cluster, text, 200, "answer-sdp");
    (void)expect(kit, alice, "SIP/2.0 200");
    put(kit, &sj_sip_profile_meta, "{\"name\":\"Between clusters\",\"options_ping\":false}");
    sj_testkit_forget(kit);
    alice_calls(kit, "sip:tina@b.example");
    text = expect(kit, far_cluster, "INVITE sip:tina@b.example SIP/2.0");
    assert_string_equal(header(text, "X-cisco-dest-route-string"), "");
}

static void without_the_lookup_service_the_domain_decides(void **state) {
    sj_testkit *kit = *state;
    alice_calls(kit, "sip:anybody@b.example");
    const char *text = expect(kit, far_cluster, "INVITE sip:anybody@b.example SIP/2.0");
    assert_string_equal(header(text, "X-cisco-dest-route-string"), "");
    sj_testkit_forget(kit);
    alice_calls(kit, "sip:anybody@other.example");
    text = expect(kit, alice, "SIP/2.0 404");
    assert_non_null(strstr(header(text, "Warning"), "anybody@other.example"));
    sj_testkit_forget(kit);
    invite(kit, alice, "1001@192.0.2.1", "91234", "1001", "");
    (void)expect(kit, gateway, "INVITE");
}

static void a_route_string_without_a_way_is_told(void **state) {
    sj_testkit *kit = *state;
    answer_lookups(kit);
    alice_calls(kit, "sip:ghost@c.example");
    const char *text = expect(kit, alice, "SIP/2.0 503");
    assert_non_null(strstr(header(text, "Warning"), "route string"));
}

/* ---- learned numbers ---- */

static void a_learned_number_is_reached_through_its_partition(void **state) {
    sj_testkit *kit = *state;
    answer_lookups(kit);
    alice_calls(kit, "sip:54001@x");
    const char *text = expect(kit, far_cluster, "INVITE sip:54001@192.0.2.99:5060 SIP/2.0");
    assert_string_equal(header(text, "X-cisco-dest-route-string"), "<sip:b.example>");
    asked = 0;
    sj_testkit_forget(kit);
    call_uri(kit, bob, "sip:54001@x", "1002", ""); /* has no such partition */
    (void)expect(kit, bob, "SIP/2.0 404");
    assert_int_equal(asked, 0);
}

static void the_closest_counts_whoever_has_it(void **state) {
    sj_testkit *kit = *state;
    answer_lookups(kit);
    alice_calls(kit, "sip:54777@x");
    (void)expect(kit, far_cluster, "INVITE sip:54777@192.0.2.99:5060 SIP/2.0");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"547XX\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\"}");
    sj_testkit_forget(kit);
    alice_calls(kit, "sip:54777@x");
    (void)expect(kit, gateway, "INVITE sip:54777@");
    asked = 0;
    sj_testkit_forget(kit);
    alice_calls(kit, "sip:1002@x"); /* equal, and this cluster's partition comes first */
    (void)expect(kit, bob, "INVITE");
    assert_int_equal(asked, 0);
    sj_testkit_forget(kit);
    alice_calls(kit, "sip:%2B4930100@x");
    (void)expect(kit, far_cluster, "INVITE sip:+4930100@192.0.2.99:5060 SIP/2.0");
}

/* Whatever others advertise, also where their partitions come first, and whether or not they can be
 * asked: those who help are called. */
static void nothing_learned_takes_an_emergency_call(void **state) {
    sj_testkit *kit = *state;
    answer_lookups(kit);
    put(kit, &sj_calling_search_space_meta,
        "{\"name\":\"All\",\"partitions\":[\"Global Learned Enterprise Numbers\",\"Internal\","
        "\"PSTN\"]}");
    alice_calls(kit, "sip:112@x");
    (void)expect(kit, far_cluster, "INVITE sip:112@");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"11[0-2]\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\","
        "\"emergency_services_number\":true}");
    asked = 0;
    sj_testkit_forget(kit);
    alice_calls(kit, "sip:112@x");
    (void)expect(kit, gateway, "INVITE sip:112@");
    assert_null(sent_to(kit, far_cluster, "INVITE"));
    assert_int_equal(asked, 0);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"999\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\","
        "\"emergency_services_number\":true}");
    put(kit, &sj_translation_pattern_meta,
        "{\"pattern\":\"112\",\"partition\":\"PSTN\",\"calling_search_space\":\"All\","
        "\"called_party_transform_mask\":\"999\"}");
    sj_testkit_forget(kit);
    alice_calls(kit, "sip:112@x");
    (void)expect(kit, gateway, "INVITE sip:999@");
    assert_null(sent_to(kit, far_cluster, "INVITE"));
}

static void a_way_that_fails_leads_over_the_pstn(void **state) {
    sj_testkit *kit = *state;
    answer_lookups(kit);
    alice_calls(kit, "sip:54001@x");
    answer(kit, far_cluster, expect(kit, far_cluster, "INVITE"), 503, "");
    (void)expect(kit, gateway, "INVITE sip:4001@192.0.2.90:5060 SIP/2.0");
    /* Whoever is there and busy is busy. */
    sj_testkit_forget(kit);
    alice_calls(kit, "sip:54001@x");
    answer(kit, far_cluster, expect(kit, far_cluster, "INVITE"), 486, "");
    assert_null(sent_to(kit, gateway, "INVITE"));
    (void)expect(kit, alice, "SIP/2.0 486");
    /* Silence takes four seconds. */
    sj_testkit_forget(kit);
    alice_calls(kit, "sip:54001@x");
    (void)expect(kit, far_cluster, "INVITE");
    sj_testkit_advance(kit, 4100);
    (void)expect(kit, gateway, "INVITE sip:4001@192.0.2.90:5060 SIP/2.0");
    /* The way over the PSTN is not looked up again. */
    assert_string_equal(last_asked, "54001");
}

/* ---- calls of other clusters ---- */

static void what_comes_with_our_route_string_ends_here(void **state) {
    sj_testkit *kit = *state;
    answer_lookups(kit);
    put(kit, &sj_ils_configuration_meta, "{\"advertised_route_string\":\"a.example\"}");
    put(kit, &sj_directory_uri_meta,
        "{\"user\":\"bob\",\"host\":\"b.example\",\"directory_number\":\"1002@Internal\"}");
    static const char *const ours = "X-cisco-dest-route-string: <sip:a.example>\r\n";
    call_uri(kit, far_cluster, "sip:bob@b.example", "54001", ours);
    (void)expect(kit, bob, "INVITE");
    sj_testkit_forget(kit);
    call_uri(kit, far_cluster, "sip:nobody@b.example", "54001", ours);
    (void)expect(kit, far_cluster, "SIP/2.0 404");
    assert_null(sent_to(kit, far_cluster, "INVITE"));
    sj_testkit_forget(kit);
    put(kit, &sj_sip_route_pattern_meta,
        "{\"pattern\":\"*.example\",\"partition\":\"Internal\",\"sip_trunk\":\"To-B\"}");
    call_uri(kit, far_cluster, "sip:nobody@A.example", "54001", ""); /* it is told without, too */
    (void)expect(kit, far_cluster, "SIP/2.0 404");
    assert_null(sent_to(kit, far_cluster, "INVITE"));
    sj_testkit_forget(kit);
    call_uri(kit, far_cluster, "sip:54001@x", "54002", ours);
    (void)expect(kit, far_cluster, "SIP/2.0 404");
    assert_int_equal(asked, 0);
}

static void what_comes_with_another_route_string_goes_on(void **state) {
    sj_testkit *kit = *state;
    answer_lookups(kit);
    call_uri(kit, gateway, "sip:54001@x", "1", "X-cisco-dest-route-string: <sip:b.example>\r\n");
    (void)expect(kit, gateway, "SIP/2.0 100");
    sj_testkit_forget(kit);
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"calling_search_space\":\"All\",\"sip_trunk_security_profile\":"
        "\"UDP\",\"destinations\":[{\"address\":\"192.0.2.90\"}]}");
    call_uri(kit, gateway, "sip:54999@x", "1", "X-cisco-dest-route-string: <sip:b.example>\r\n");
    const char *text = expect(kit, far_cluster, "INVITE sip:54999@192.0.2.99:5060 SIP/2.0");
    assert_string_equal(header(text, "X-cisco-dest-route-string"), "<sip:b.example>");
    assert_int_equal(asked, 0);
    sj_testkit_forget(kit);
    call_uri(kit, alice, "sip:1002@x", "1001",
             "X-cisco-dest-route-string: <sip:b.example>\r\n"); /* a phone cannot say so */
    (void)expect(kit, bob, "INVITE");
}

static void an_alternate_number_reaches_the_directory_number(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_alternate_number_meta, "{\"mask\":\"71XXXX\",\"directory_number\":\"1002\"}");
    put(kit, &sj_alternate_number_meta, "{\"mask\":\"+4972XXXX\",\"directory_number\":\"1002\"}");
    call_uri(kit, far_cluster, "sip:711002@x", "54001", "");
    (void)expect(kit, bob, "INVITE");
    sj_testkit_forget(kit);
    call_uri(kit, far_cluster, "sip:+49721002@x", "54002", "");
    (void)expect(kit, bob, "INVITE");
    sj_testkit_forget(kit);
    put(kit, &sj_alternate_number_meta,
        "{\"mask\":\"71XXXX\",\"directory_number\":\"1002\","
        "\"add_to_local_route_partition\":false}");
    call_uri(kit, far_cluster, "sip:711002@x", "54003", "");
    (void)expect(kit, far_cluster, "SIP/2.0 404");
}

/* Two masks make one number: the first in the order of their keys counts, whichever is written
 * last, and the other takes its place when it goes. */
static void of_two_alternate_numbers_one_counts(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_alternate_number_meta, "{\"mask\":\"7100X\",\"directory_number\":\"1002\"}");
    put(kit, &sj_alternate_number_meta, "{\"mask\":\"71XXX\",\"directory_number\":\"1002\"}");
    put(kit, &sj_alternate_number_meta, "{\"mask\":\"71002\",\"directory_number\":\"1001\"}");
    call_uri(kit, far_cluster, "sip:71002@x", "54001", "");
    (void)expect(kit, alice, "INVITE");
    sj_testkit_forget(kit);
    put(kit, &sj_alternate_number_meta, "{\"mask\":\"7100X\",\"directory_number\":\"1002\"}");
    call_uri(kit, far_cluster, "sip:71002@x", "54002", "");
    (void)expect(kit, alice, "INVITE");
    sj_testkit_forget(kit);
    sj_error error = {0};
    assert_int_equal(sj_alternate_number_delete(sj_testkit_scope(kit), "71002@1001", &error),
                     SJ_OK);
    call_uri(kit, far_cluster, "sip:71002@x", "54003", "");
    (void)expect(kit, bob, "INVITE");
}

/* ---- route.test ---- */

static char outcome[40], explanation[900];

static void on_route_test(void *user, int status, const sj_error *error,
                          const sj_route_test_reply *reply) {
    *(int *)user = status;
    (void)error;
    (void)snprintf(outcome, sizeof outcome, "%s", reply == NULL ? "" : reply->outcome);
    (void)snprintf(explanation, sizeof explanation, "%s", reply == NULL ? "" : reply->explanation);
}

static void route_test_knows_what_was_learned(void **state) {
    sj_testkit *kit = *state;
    int status = SJ_E_INTERNAL;
    sj_error error;
    answer_lookups(kit);
    const char *const dialled[] = {"54001", "tina@b.example"};
    for (size_t i = 0; i < 2; i++) {
        const sj_route_test request = {.device_name = "SEP001122334401", .digits = dialled[i]};
        assert_int_equal(
            sj_ask_route_test(sj_testkit_scope(kit), &request, 0, on_route_test, &status, &error),
            SJ_OK);
        sj_testkit_run(kit);
        assert_int_equal(status, SJ_OK);
        assert_string_equal(outcome, "trunk");
        assert_non_null(strstr(explanation, "learned of cluster b, route string b.example"));
    }
}

/* Who must know whether a number is this cluster's is told of whom it was learned. */
static void on_analysis(void *user, int status, const sj_error *error,
                        const sj_call_analyse_reply *reply) {
    (void)error;
    (void)snprintf(user, 60, "%s|%s", status == SJ_OK ? reply->outcome : "",
                   status == SJ_OK ? reply->learned_from : "");
}

static void an_analysis_tells_what_was_learned(void **state) {
    static const struct {
        const char *digits, *expected;
    } cases[] = {{"54001", "trunk|b"}, {"1002", "phone|"}};
    sj_testkit *kit = *state;
    answer_lookups(kit);
    for (size_t i = 0; i < 2; i++) {
        const sj_call_analyse request = {
            .device_name = "SEP001122334401", .digits = cases[i].digits, .phones_assumed = true};
        char found[60] = "";
        assert_int_equal(
            sj_ask_call_analyse(sj_testkit_scope(kit), &request, 0, on_analysis, found, NULL),
            SJ_OK);
        sj_testkit_run(kit);
        assert_string_equal(found, cases[i].expected);
    }
}

/* One reader: what is typed means to an analysis what it means to a call. */
static void on_reading(void *user, int status, const sj_error *error,
                       const sj_call_analyse_reply *reply) {
    (void)snprintf(user, 300, "%s %s", status == SJ_OK ? reply->outcome : error->field,
                   status == SJ_OK && reply->destinations_count > 0 ? reply->destinations[0].device
                                                                    : "");
}

static void an_analysis_reads_uris_as_calls_do(void **state) {
    static const struct {
        const char *typed, *called, *outcome, *device, *to;
    } cases[] = {
        {"1002@example.com", "sip:1002@example.com", "phone", "SEP001122334402", "192.0.2.2"},
        {"sip:1002@example.com", "sip:1002@example.com", "phone", "SEP001122334402", "192.0.2.2"},
        {"1002;user=phone", "sip:1002@127.0.0.1;user=phone", "phone", "SEP001122334402",
         "192.0.2.2"},
        {"1002@b.example;user=phone", "sip:1002@b.example;user=phone", "phone", "SEP001122334402",
         "192.0.2.2"},
        {"tel:1002", "tel:1002", "phone", "SEP001122334402", "192.0.2.2"},
        {"112@example.com", "sip:112@example.com", "trunk", "Gateway", "192.0.2.90"},
        {"tel:112", "tel:112", "trunk", "Gateway", "192.0.2.90"},
        {"tina@b.example", "sip:tina@b.example", "trunk", "To-B", "192.0.2.99"},
        {"sip:tina@b.example:5060;transport=udp", "sip:tina@b.example:5060;transport=udp", "trunk",
         "To-B", "192.0.2.99"},
        {"tina@b.example;user=phone", "sip:tina@b.example;user=phone", "no_match", "", NULL},
        {"54001@example.com", "sip:54001@example.com", "trunk", "To-B", "192.0.2.99"},
        {"+4930100@example.com", "sip:+4930100@example.com", "trunk", "To-B", "192.0.2.99"},
        {"william", "sip:william@127.0.0.1", "no_match", "", NULL},
    };
    sj_testkit *kit = *state;
    answer_lookups(kit);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"112\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\","
        "\"emergency_services_number\":true}");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const sj_call_analyse request = {.device_name = "SEP001122334401",
                                         .digits = cases[i].typed};
        const sj_route_test test = {.device_name = "SEP001122334401", .digits = cases[i].typed};
        char found[300] = "", expected[300];
        int status = SJ_E_INTERNAL;
        (void)snprintf(expected, sizeof expected, "%s %s", cases[i].outcome, cases[i].device);
        assert_int_equal(
            sj_ask_call_analyse(sj_testkit_scope(kit), &request, 0, on_reading, found, NULL),
            SJ_OK);
        assert_int_equal(
            sj_ask_route_test(sj_testkit_scope(kit), &test, 0, on_route_test, &status, NULL),
            SJ_OK);
        sj_testkit_run(kit);
        assert_string_equal(found, expected);
        assert_int_equal(status, SJ_OK);
        assert_string_equal(outcome, cases[i].outcome);
        sj_testkit_forget(kit);
        alice_calls(kit, cases[i].called);
        if (cases[i].to != NULL) {
            answer(kit, cases[i].to, expect(kit, cases[i].to, "INVITE"), 486, ""); /* free again */
        } else {
            (void)expect(kit, alice, "SIP/2.0 404");
        }
    }
}

/* One character longer than a user part may be. */
static const char long_user[] = "a23456789b123456789c123456789d123456789e123456789f12345678"
                                "9g123456789";

static void what_nobody_can_call_is_not_analysed(void **state) {
    static const char *const typed[] = {
        "sip:example.com", "@example.com", "sip:bob@", "bob@a b", "x-cisco-serviceuri-cfwdall",
        long_user};
    sj_testkit *kit = *state;
    for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
        const sj_call_analyse request = {.device_name = "SEP001122334401", .digits = typed[i]};
        char found[300] = "";
        assert_int_equal(
            sj_ask_call_analyse(sj_testkit_scope(kit), &request, 0, on_reading, found, NULL),
            SJ_OK);
        sj_testkit_run(kit);
        assert_string_equal(found, "digits ");
    }
}

static void on_prefixes(void *user, int status, const sj_error *error,
                        const sj_call_analyse_reply *reply) {
    (void)error;
    size_t used = 0;
    for (size_t i = 0; status == SJ_OK && i < reply->prefixes_count; i++) {
        used += (size_t)snprintf((char *)user + used, 400 - used, "%s %s %s; ",
                                 reply->prefixes[i].digits, reply->prefixes[i].state,
                                 reply->prefixes[i].pattern);
    }
    (void)snprintf(
        (char *)user + used, 400 - used, "%s %s", status == SJ_OK ? reply->outcome : "failed",
        status == SJ_OK && reply->destinations_count > 0 ? reply->destinations[0].device : "");
}

static void prefixes_are(sj_testkit *kit, const char *digits, const char *expected) {
    const sj_call_analyse request = {
        .device_name = "SEP001122334401", .digits = digits, .digit_by_digit = true};
    char found[400] = "";
    assert_int_equal(
        sj_ask_call_analyse(sj_testkit_scope(kit), &request, 0, on_prefixes, found, NULL), SJ_OK);
    sj_testkit_run(kit);
    assert_string_equal(found, expected);
}

/* Digit by digit as calls: what other clusters have is asked for when dialling has ended. */
static void what_is_no_pattern_counts_after_each_digit(void **state) {
    sj_testkit *kit = *state;
    answer_lookups(kit);
    prefixes_are(kit, "54001",
                 "5 incomplete ; 54 incomplete ; 540 incomplete ; 5400 incomplete ; 54001 "
                 "incomplete ; trunk To-B");
    prefixes_are(kit, "54777#",
                 "5 incomplete ; 54 incomplete ; 547 incomplete ; 5477 incomplete ; 54777 "
                 "incomplete ; 54777# nothing ; trunk To-B");
    prefixes_are(kit, "540", "5 incomplete ; 54 incomplete ; 540 incomplete ; incomplete ");
    prefixes_are(kit, "540#",
                 "5 incomplete ; 54 incomplete ; 540 incomplete ; 540# nothing ; no_match ");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"540\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\"}");
    prefixes_are(kit, "54001", "5 incomplete ; 54 incomplete ; 540 routes 540; trunk Gateway");
    put(kit, &sj_alternate_number_meta, "{\"mask\":\"71XXXX\",\"directory_number\":\"1002\"}");
    prefixes_are(kit, "711002",
                 "7 incomplete ; 71 incomplete ; 711 incomplete ; 7110 incomplete ; 71100 "
                 "incomplete ; 711002 routes 711002; phone SEP001122334402");
}

/* A number that forwards asks anew, and so does who analyses it. */
static void a_number_forwards_to_what_was_learned(void **state) {
    sj_testkit *kit = *state;
    const sj_call_analyse request = {.device_name = "SEP001122334401", .digits = "1005"};
    char found[300] = "";
    answer_lookups(kit);
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1005\",\"partition\":\"Internal\",\"forward_all_destination\":"
        "\"54001\",\"forward_all_calling_search_space\":\"All\"}");
    assert_int_equal(
        sj_ask_call_analyse(sj_testkit_scope(kit), &request, 0, on_reading, found, NULL), SJ_OK);
    sj_testkit_run(kit);
    assert_string_equal(found, "trunk To-B");
    alice_calls(kit, "sip:1005@x");
    (void)expect(kit, far_cluster, "INVITE sip:54001@");
}

/* What a change lets a caller reach is asked for, too. */
static void a_change_reaches_what_was_learned(void **state) {
    sj_testkit *kit = *state;
    const sj_plan_change change = {
        .resource = "calling_search_spaces",
        .record = "{\"name\":\"Phones\",\"partitions\":[\"Internal\",\"Global Learned Enterprise "
                  "Numbers\"]}"};
    sj_call_analyse request = {.device_name = "SEP001122334402", .digits = "54001"};
    char found[300] = "";
    answer_lookups(kit);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(
            sj_ask_call_analyse(sj_testkit_scope(kit), &request, 0, on_reading, found, NULL),
            SJ_OK);
        sj_testkit_run(kit);
        assert_string_equal(found, i == 0 ? "no_match " : "trunk To-B");
        request.changes = &change;
        request.changes_count = 1;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_no_pattern_counts_after_each_digit, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_number_forwards_to_what_was_learned, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_change_reaches_what_was_learned, setup_world, teardown),
        cmocka_unit_test_setup_teardown(an_analysis_reads_uris_as_calls_do, setup_world, teardown),
        cmocka_unit_test_setup_teardown(what_nobody_can_call_is_not_analysed, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_analysis_tells_what_was_learned, setup_world, teardown),
        cmocka_unit_test_setup_teardown(a_uri_of_this_cluster_rings_its_number, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_uri_in_any_case, setup_world, teardown),
        cmocka_unit_test_setup_teardown(a_user_is_called_at_the_primary_extension, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_user_on_a_lent_phone_is_called_by_uri, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_uri_is_reached_through_its_partition, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_a_number_stays_one, setup_world, teardown),
        cmocka_unit_test_setup_teardown(a_learned_uri_goes_by_its_route_string, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(without_the_lookup_service_the_domain_decides, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_route_string_without_a_way_is_told, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_learned_number_is_reached_through_its_partition,
                                        setup_world, teardown),
        cmocka_unit_test_setup_teardown(the_closest_counts_whoever_has_it, setup_world, teardown),
        cmocka_unit_test_setup_teardown(nothing_learned_takes_an_emergency_call, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_way_that_fails_leads_over_the_pstn, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_comes_with_our_route_string_ends_here, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_comes_with_another_route_string_goes_on, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_alternate_number_reaches_the_directory_number,
                                        setup_world, teardown),
        cmocka_unit_test_setup_teardown(of_two_alternate_numbers_one_counts, setup_world, teardown),
        cmocka_unit_test_setup_teardown(route_test_knows_what_was_learned, setup_world, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
