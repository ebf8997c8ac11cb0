/* call.analyse of what other clusters have advertised, beside the calls themselves. */
#include "uri_world.h"

#include "analysis_kit.h"

/* A call tries what the analysis lists, in that order: each that it tries fails. */
static void calls_try_what_is_listed(sj_testkit *kit, const char *uri) {
    sj_testkit_forget(kit);
    alice_calls(kit, uri);
    for (size_t i = 0; i < analysed.destinations_count; i++) {
        char start[400], address[60];
        const char *host = strchr(analysed.to[i].address, '@');
        assert_non_null(host);
        (void)snprintf(start, sizeof start, "INVITE %.300s", analysed.to[i].address);
        (void)snprintf(address, sizeof address, "%.*s", (int)strcspn(host + 1, ":"), host + 1);
        answer(kit, address, expect(kit, address, start), 503, "");
    }
    (void)expect(kit, alice, "SIP/2.0 503");
}

/* Behind the trunk to the other cluster the gateway: it is an alternative as others are. */
static void the_pstn_is_an_alternative(void **state) {
    sj_testkit *kit = *state;
    answer_lookups(kit);
    ask_for(kit, ALICE, "54001");
    assert_string_equal(analysed.outcome, "trunk");
    assert_true(analysed.learned);
    assert_string_equal(analysed.destinations, "To-B 54001 ; Gateway 4001 ; Gateway 4001 ; ");
    assert_int_equal(analysed.failovers, 2);
    assert_non_null(strstr(analysed.course, "forwarding 94001|>|over the PSTN, when cluster b "
                                            "cannot be reached\n1 lookup 94001|"));
    calls_try_what_is_listed(kit, "sip:54001@x");
}

/* Where nothing leads over the PSTN either, the first way is all. */
static void an_alternative_that_leads_nowhere(void **state) {
    sj_testkit *kit = *state;
    answer_lookups(kit);
    put(kit, &sj_route_pattern_meta, "{\"pattern\":\"9.!\",\"partition\":\"PSTN\",\"block\":true}");
    ask_for(kit, ALICE, "54001");
    assert_string_equal(analysed.destinations, "To-B 54001 ; ");
    assert_int_equal(analysed.failovers, 0);
    assert_non_null(strstr(analysed.course, "1 outcome blocked|"));
    alice_calls(kit, "sip:54001@x");
    answer(kit, far_cluster, expect(kit, far_cluster, "INVITE"), 503, "");
    (void)expect(kit, alice, "SIP/2.0 403");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_pstn_is_an_alternative, setup_world, teardown),
        cmocka_unit_test_setup_teardown(an_alternative_that_leads_nowhere, setup_world, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
