/* Who calls and who is called, by number and by URI, as trunks and phones are told. */
#include "uri_world.h"

/* How the trunk to B is told of parties; "" for the default. */
static void trunk_tells(sj_testkit *kit, const char *format) {
    char json[500];
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"To-B\",\"calling_search_space\":\"All\","
                   "\"sip_trunk_security_profile\":\"UDP\",\"sip_profile\":\"Between clusters\","
                   "%s%s%s\"destinations\":[{\"address\":\"192.0.2.99\"}]}",
                   format[0] == '\0' ? "" : "\"calling_and_connected_party_info_format\":\"",
                   format, format[0] == '\0' ? "" : "\",");
    put(kit, &sj_sip_trunk_meta, json);
}

static void alice_has_a_uri(sj_testkit *kit) {
    put(kit, &sj_directory_uri_meta,
        "{\"user\":\"alice\",\"host\":\"a.example\",\"directory_number\":\"1001@Internal\"}");
}

static void identities_are(const char *text, const char *uri) {
    static const char *const headers[] = {"From", "P-Asserted-Identity", "Remote-Party-ID"};
    for (size_t i = 0; i < 3; i++) {
        if (strstr(header(text, headers[i]), uri) == NULL) {
            fail_msg("%s: %s, and not %s", headers[i], header(text, headers[i]), uri);
        }
    }
}

static void a_trunk_is_told_numbers_alone_unless_it_says_otherwise(void **state) {
    sj_testkit *kit = *state;
    alice_has_a_uri(kit);
    alice_calls(kit, "sip:tina@b.example");
    const char *text = expect(kit, far_cluster, "INVITE");
    identities_are(text, "<sip:1001@127.0.0.1>");
    assert_null(strstr(text, "a.example"));
}

static void a_trunk_is_told_the_number_beside_the_uri(void **state) {
    sj_testkit *kit = *state;
    trunk_tells(kit, "deliver_uri_and_dn");
    alice_calls(kit, "sip:tina@b.example");
    identities_are(expect(kit, far_cluster, "INVITE"), "<sip:1001@127.0.0.1>"); /* she has none */
    alice_has_a_uri(kit);
    sj_testkit_forget(kit);
    alice_calls(kit, "sip:tina@b.example");
    const char *text = expect(kit, far_cluster, "INVITE");
    identities_are(text, "<sip:alice@a.example;x-cisco-number=1001>");
    assert_string_equal(header(text, "Contact"), "<sip:1001@127.0.0.1:5060>");
}

static void a_trunk_is_told_the_uri_alone(void **state) {
    sj_testkit *kit = *state;
    trunk_tells(kit, "deliver_uri_only");
    alice_has_a_uri(kit);
    alice_calls(kit, "sip:tina@b.example");
    const char *text = expect(kit, far_cluster, "INVITE");
    identities_are(text, "<sip:alice@a.example>");
    assert_string_equal(header(text, "Contact"), "<sip:alice@127.0.0.1:5060>");
    assert_null(strstr(text, "1001"));
}

/* Who helps has to call back, over any gateway: by number, whatever the trunk is told of others. */
static void help_is_told_the_number(void **state) {
    static const char *const formats[] = {"deliver_uri_only", "deliver_uri_and_dn"};
    sj_testkit *kit = *state;
    alice_has_a_uri(kit);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"112\",\"partition\":\"PSTN\",\"sip_trunk\":\"To-B\","
        "\"calling_party_prefix_digits\":\"+4930\",\"emergency_services_number\":true}");
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        trunk_tells(kit, formats[i]);
        sj_testkit_forget(kit);
        alice_calls(kit, "sip:112@x");
        const char *text = expect(kit, far_cluster, "INVITE");
        identities_are(text, "<sip:+49301001@127.0.0.1>");
        assert_string_equal(header(text, "Contact"), "<sip:+49301001@127.0.0.1:5060>");
        assert_null(strstr(text, "a.example"));
    }
}

static void keep_shown(void *user, int status, const sj_error *error,
                       const sj_call_analyse_reply *reply) {
    (void)error;
    assert_int_equal(status, SJ_OK);
    assert_int_equal(reply->destinations_count, 1);
    const sj_call_destination *shown = &reply->destinations[0];
    (void)snprintf(user, 200, "%s|%s|%s", shown->calling_number, shown->calling_uri, shown->text);
}

static void is_analysed(sj_testkit *kit, const char *digits, const char *expected) {
    const sj_call_analyse request = {.device_name = "SEP001122334401", .digits = digits};
    char shown[200] = "";
    assert_int_equal(
        sj_ask_call_analyse(sj_testkit_scope(kit), &request, 0, keep_shown, shown, NULL), SJ_OK);
    sj_testkit_run(kit);
    assert_string_equal(shown, expected);
}

/* An analysis shows the caller as the call does. */
static void an_analysis_tells_as_whom_the_caller_is_shown(void **state) {
    sj_testkit *kit = *state;
    alice_has_a_uri(kit);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"112\",\"partition\":\"PSTN\",\"sip_trunk\":\"To-B\","
        "\"emergency_services_number\":true}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"7XXXX\",\"partition\":\"PSTN\",\"sip_trunk\":\"To-B\"}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"6XXXX\",\"partition\":\"PSTN\",\"sip_trunk\":\"To-B\","
        "\"calling_party_transform_mask\":\"4930100\"}");
    trunk_tells(kit, "deliver_uri_and_dn");
    is_analysed(kit, "71234", "1001||");
    trunk_tells(kit, "deliver_uri_only");
    is_analysed(kit, "71234",
                "|alice@a.example|the caller is told as alice@a.example, without a number");
    is_analysed(kit, "61234", "4930100||"); /* which hides her */
    is_analysed(kit, "112", "1001||");
}

/* A switchboard's number hides who calls, and so the URI; digits in front hide nothing. */
static void a_number_that_hides_the_caller_hides_the_uri(void **state) {
    sj_testkit *kit = *state;
    trunk_tells(kit, "deliver_uri_and_dn");
    alice_has_a_uri(kit);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"7XXXX\",\"partition\":\"PSTN\",\"sip_trunk\":\"To-B\","
        "\"calling_party_transform_mask\":\"4930100\"}");
    alice_calls(kit, "sip:71234@x");
    const char *text = expect(kit, far_cluster, "INVITE");
    identities_are(text, "<sip:4930100@127.0.0.1>");
    assert_null(strstr(text, "alice@"));
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"7XXXX\",\"partition\":\"PSTN\",\"sip_trunk\":\"To-B\","
        "\"calling_party_transform_mask\":\"49301XXXX\"}");
    sj_testkit_forget(kit);
    alice_calls(kit, "sip:71234@x");
    identities_are(expect(kit, far_cluster, "INVITE"),
                   "<sip:alice@a.example;x-cisco-number=493011001>");
}

static void a_trunk_is_told_who_is_called(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_end_user_meta,
        "{\"user_id\":\"bob\",\"last_name\":\"B\",\"primary_extension\":\"1002@Internal\"}");
    put(kit, &sj_directory_uri_meta,
        "{\"user\":\"bob\",\"host\":\"a.example\",\"end_user\":\"bob\"}");
    trunk_tells(kit, "deliver_uri_and_dn");
    call_uri(kit, far_cluster, "sip:1002@x", "54001", "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    const char *text = expect(kit, far_cluster, "SIP/2.0 180");
    assert_non_null(
        strstr(header(text, "P-Asserted-Identity"), "<sip:bob@a.example;x-cisco-number=1002>"));
    assert_non_null(strstr(header(text, "Remote-Party-ID"),
                           "<sip:bob@a.example;x-cisco-number=1002>;party=called"));
    /* Bob's extension is another one now. */
    put(kit, &sj_end_user_meta,
        "{\"user_id\":\"bob\",\"last_name\":\"B\",\"primary_extension\":\"1003@Internal\"}");
    sj_testkit_forget(kit);
    call_uri(kit, far_cluster, "sip:1002@x", "54001", "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    assert_non_null(strstr(header(expect(kit, far_cluster, "SIP/2.0 180"), "P-Asserted-Identity"),
                           "<sip:1002@127.0.0.1>"));
}

static void a_phone_gets_the_number_of_a_blended_identity(void **state) {
    static const struct {
        const char *from, *more, *shown;
    } cases[] = {
        {"54009", "P-Asserted-Identity: \"Tina\" <sip:tina@b.example;x-cisco-number=54001>\r\n",
         "\"Tina\" <sip:54001@127.0.0.1>"},
        {"tina", "Remote-Party-ID: <sip:tina@b.example;x-cisco-number=54%23>;party=calling\r\n",
         "<sip:54%23@127.0.0.1>"},
        /* The URI is all there is to call back, and only with a domain. */
        {"54009", "P-Asserted-Identity: <sip:tina@b.example;x-cisco-number=none>\r\n",
         "<sip:tina@b.example>"},
        {"54009", "P-Asserted-Identity: <sip:tina@192.0.2.99>\r\n", "<sip:tina@127.0.0.1>"},
        /* A number that is one already stays. */
        {"54009", "P-Asserted-Identity: <sip:54001@b.example;x-cisco-number=77>\r\n",
         "<sip:54001@127.0.0.1>"},
    };
    sj_testkit *kit = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sj_testkit_forget(kit);
        call_uri(kit, far_cluster, "sip:1002@x", cases[i].from, cases[i].more);
        const char *text = expect(kit, bob, "INVITE");
        identities_are(text, cases[i].shown);
        answer(kit, bob, text, 486, "");
    }
}

/* A gateway's call goes on to the other cluster. */
static void a_gateway_calls_on(sj_testkit *kit) {
    trunk_tells(kit, "deliver_uri_and_dn");
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"calling_search_space\":\"All\",\"sip_trunk_security_profile\":"
        "\"UDP\",\"destinations\":[{\"address\":\"192.0.2.90\"}]}");
}

static const char *const blended =
    "P-Asserted-Identity: \"Gina\" <sip:gina@c.example;x-cisco-number=800>\r\n";

static void a_blended_identity_goes_on(void **state) {
    sj_testkit *kit = *state;
    char more[300];
    a_gateway_calls_on(kit);
    call_uri(kit, gateway, "sip:tina@b.example", "800", blended);
    identities_are(expect(kit, far_cluster, "INVITE"),
                   "\"Gina\" <sip:gina@c.example;x-cisco-number=800>");
    sj_testkit_forget(kit);
    (void)snprintf(more, sizeof more, "%sPrivacy: none\r\n", blended);
    call_uri(kit, gateway, "sip:tina@b.example", "800", more);
    const char *text = expect(kit, far_cluster, "INVITE");
    identities_are(text, "\"Gina\" <sip:gina@c.example;x-cisco-number=800>");
    assert_string_equal(header(text, "Privacy"), "");
}

/* Trunks are told the number, with the wish that it be kept from users; phones nothing. */
static void who_withholds_a_number_withholds_the_uri(void **state) {
    static const struct {
        const char *from, *more;
    } cases[] = {
        {"800", "Privacy: id;critical\r\n"},
        {"800", "Privacy: header, user\r\n"},
        {"800", "Remote-Party-ID: <sip:gina@c.example>;party=calling;privacy=full\r\n"},
        {"Anonymous", ""},
    };
    static const char *const nobody = "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=";
    sj_testkit *kit = *state;
    a_gateway_calls_on(kit);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char more[300];
        (void)snprintf(more, sizeof more, "%s%s", blended, cases[i].more);
        sj_testkit_forget(kit);
        call_uri(kit, gateway, "sip:tina@b.example", cases[i].from, more);
        const char *text = expect(kit, far_cluster, "INVITE");
        assert_null(strstr(text, "gina@"));
        assert_null(strstr(text, "c.example"));
        assert_memory_equal(header(text, "From"), nobody, strlen(nobody));
        assert_string_equal(header(text, "P-Asserted-Identity"), "\"Gina\" <sip:800@127.0.0.1>");
        assert_non_null(strstr(header(text, "Remote-Party-ID"), "privacy=full"));
        assert_string_equal(header(text, "Privacy"), "id");
        assert_string_equal(header(text, "Contact"), "<sip:127.0.0.1:5060>");
        sj_testkit_forget(kit);
        call_uri(kit, gateway, "sip:1002@x", cases[i].from, more);
        text = expect(kit, bob, "INVITE");
        assert_memory_equal(header(text, "From"), nobody, strlen(nobody));
        assert_string_equal(header(text, "P-Asserted-Identity"), "");
        assert_null(strcasestr(text, "gina"));
        assert_null(strstr(text, ":800"));
        answer(kit, bob, text, 486, "");
    }
    sj_testkit_forget(kit);
    call_uri(kit, gateway, "sip:tina@b.example", "800",
             "P-Asserted-Identity: <sip:gina@c.example>\r\nPrivacy: id\r\n"); /* no number */
    assert_null(strstr(expect(kit, far_cluster, "INVITE"), "gina"));
    /* Nobody has said who it is. */
    sj_testkit_forget(kit);
    call_uri(kit, gateway, "sip:tina@b.example", "anonymous", "");
    const char *text = expect(kit, far_cluster, "INVITE");
    assert_memory_equal(header(text, "From"), nobody, strlen(nobody));
    assert_string_equal(header(text, "P-Asserted-Identity"), "");
    /* A phone of this cluster. */
    alice_has_a_uri(kit);
    sj_testkit_forget(kit);
    call_uri(kit, alice, "sip:tina@b.example", "1001", "Privacy: id\r\n");
    text = expect(kit, far_cluster, "INVITE");
    assert_memory_equal(header(text, "From"), nobody, strlen(nobody));
    assert_string_equal(header(text, "P-Asserted-Identity"), "\"Alice A\" <sip:1001@127.0.0.1>");
    assert_null(strstr(text, "a.example"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_trunk_is_told_numbers_alone_unless_it_says_otherwise,
                                        setup_world, teardown),
        cmocka_unit_test_setup_teardown(a_trunk_is_told_the_number_beside_the_uri, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_trunk_is_told_the_uri_alone, setup_world, teardown),
        cmocka_unit_test_setup_teardown(help_is_told_the_number, setup_world, teardown),
        cmocka_unit_test_setup_teardown(an_analysis_tells_as_whom_the_caller_is_shown, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_number_that_hides_the_caller_hides_the_uri, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_trunk_is_told_who_is_called, setup_world, teardown),
        cmocka_unit_test_setup_teardown(a_phone_gets_the_number_of_a_blended_identity, setup_world,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_blended_identity_goes_on, setup_world, teardown),
        cmocka_unit_test_setup_teardown(who_withholds_a_number_withholds_the_uri, setup_world,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
