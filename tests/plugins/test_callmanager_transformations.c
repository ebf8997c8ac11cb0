/* What calling and called party transformation patterns make of the numbers that trunks and phones
 * are sent, in the test kit: in messages and on record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "events/call.h"
#include "resources/calling_search_space.h"
#include "resources/device_pool.h"
#include "resources/directory_number.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/route_pattern.h"
#include "resources/sip_trunk.h"
#include "resources/transformation_patterns.h"

#define CONTACT "uuid-1001@192.0.2.1:5060"
#define OWN                                                                                        \
    ",\"use_device_pool_calling_party_transformation_css\":false,"                                 \
    "\"calling_party_transformation_css\":\"Out\","                                                \
    "\"use_device_pool_called_party_transformation_css\":false,"                                   \
    "\"called_party_transformation_css\":\"Out\""

/* The gateway behind 9, with these fields of the pattern and of the trunk. */
static void outside(sj_testkit *kit, const char *of_pattern, const char *of_trunk) {
    char json[900];
    (void)snprintf(json, sizeof json,
                   "{\"pattern\":\"9.!\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\","
                   "\"discard_digits\":\"pre_dot\"%s}",
                   of_pattern);
    put(kit, &sj_route_pattern_meta, json);
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\","
                   "\"sip_trunk_security_profile\":\"UDP\",\"destinations\":[{\"address\":"
                   "\"192.0.2.90\"}]%s}",
                   of_trunk);
    put(kit, &sj_sip_trunk_meta, json);
}

static void patterns_in(sj_testkit *kit, const char *partition, const char *calling,
                        const char *called) {
    char json[600];
    (void)snprintf(json, sizeof json, "{\"partition\":\"%s\",%s}", partition, calling);
    put(kit, &sj_calling_party_transformation_pattern_meta, json);
    (void)snprintf(json, sizeof json, "{\"partition\":\"%s\",%s}", partition, called);
    put(kit, &sj_called_party_transformation_pattern_meta, json);
}

/* Partitions Near and Far, in this order; one pattern of each kind in Near. */
static void world(sj_testkit *kit) {
    both_register(kit);
    put(kit, &sj_partition_meta, "{\"name\":\"Near\"}");
    put(kit, &sj_partition_meta, "{\"name\":\"Far\"}");
    put(kit, &sj_calling_search_space_meta, "{\"name\":\"Out\",\"partitions\":[\"Near\",\"Far\"]}");
    patterns_in(kit, "Near",
                "\"pattern\":\"1XXX\",\"calling_party_transform_mask\":\"408555XXXX\","
                "\"calling_party_prefix_digits\":\"+1\"",
                "\"pattern\":\"00.!\",\"discard_digits\":\"pre_dot\","
                "\"called_party_prefix_digits\":\"+\"");
}

/* What Alice's INVITE becomes at the gateway. */
static const char *alice_calls(sj_testkit *kit, const char *number) {
    static char offer[DIALOG];
    sj_testkit_forget(kit);
    invite(kit, alice, CONTACT, number, "1001", "");
    (void)snprintf(offer, sizeof offer, "%s", expect(kit, gateway, "INVITE"));
    return offer;
}

static void has(const char *message, const char *name, const char *value) {
    if (strncmp(header(message, name), value, strlen(value)) != 0) {
        fail_msg("%s is not \"%s\" in:\n%s", name, value, message);
    }
}

/* Alice calls a number; the gateway is sent these. */
static void sends(sj_testkit *kit, const char *number, const char *called, const char *calling) {
    char text[200];
    const char *offer = alice_calls(kit, number);
    (void)snprintf(text, sizeof text, "INVITE sip:%s@192.0.2.90", called);
    if (strncmp(offer, text, strlen(text)) != 0) {
        fail_msg("expected %s, got:\n%s", text, offer);
    }
    (void)snprintf(text, sizeof text, "<sip:%s@", called);
    has(offer, "To", text);
    (void)snprintf(text, sizeof text, "\"Alice A\" <sip:%s@127.0.0.1>", calling);
    has(offer, "From", text);
    has(offer, "P-Asserted-Identity", text);
    has(offer, "Remote-Party-ID", text);
    (void)snprintf(text, sizeof text, "<sip:%s@", calling);
    has(offer, "Contact", text);
    gives_up(kit, alice, number);
}

/* Behind the route pattern, by the trunk's own CSS; nothing without one. */
static void behind_the_route_pattern(void **state) {
    sj_testkit *kit = *state;
    world(kit);
    outside(kit, "", "");
    sends(kit, "90044123", "0044123", "1001");
    outside(kit, "", OWN);
    sends(kit, "900441230", "+441230", "+14085551001");
    sends(kit, "9123", "123", "+14085551001");
    outside(kit, ",\"calling_party_transform_mask\":\"2XXX\"", OWN);
    sends(kit, "900441231", "+441231", "2001");
    outside(kit, ",\"emergency_services_number\":true", OWN);
    sends(kit, "900441232", "+441232", "+14085551001");
}

/* The closest match of all partitions; between equals the first one's. */
static void closest(void **state) {
    sj_testkit *kit = *state;
    world(kit);
    outside(kit, "", OWN);
    patterns_in(kit, "Far", "\"pattern\":\"100X\",\"calling_party_transform_mask\":\"7XXX\"",
                "\"pattern\":\"00.!\",\"called_party_prefix_digits\":\"5\"");
    sends(kit, "90044123", "+44123", "7001");
    put(kit, &sj_calling_search_space_meta, "{\"name\":\"Out\",\"partitions\":[\"Far\",\"Near\"]}");
    sends(kit, "900441230", "500441230", "7001");
    /* What is in no partition is reached by all. */
    patterns_in(kit, "", "\"pattern\":\"1001\",\"calling_party_transform_mask\":\"8\"",
                "\"pattern\":\"77\",\"called_party_transform_mask\":\"78\"");
    sends(kit, "977", "78", "8");
    /* It is no number that can be dialled. */
    sj_testkit_forget(kit);
    invite(kit, alice, CONTACT, "77", "1001", "");
    (void)expect(kit, alice, "SIP/2.0 404");
}

/* The trunk takes its device pool's where it says so, which is so from the beginning. */
static void of_the_device_pool(void **state) {
    sj_testkit *kit = *state;
    world(kit);
    outside(kit, "", "");
    put(kit, &sj_device_pool_meta,
        "{\"name\":\"Default\",\"calling_party_transformation_css\":\"Out\","
        "\"called_party_transformation_css\":\"Out\"}");
    sends(kit, "90044123", "+44123", "+14085551001");
    outside(kit, "", ",\"use_device_pool_calling_party_transformation_css\":false");
    sends(kit, "900441230", "+441230", "1001");
    outside(kit, "", ",\"use_device_pool_called_party_transformation_css\":false");
    sends(kit, "900441231", "00441231", "+14085551001");
}

/* The pattern withholds the number; the trunk has the last word, and who helps is told. */
static void presentation(void **state) {
    static const char restricted[] =
        "\"pattern\":\"1XXX\",\"calling_line_id_presentation\":\"restricted\"";
    sj_testkit *kit = *state;
    world(kit);
    outside(kit, "", OWN);
    patterns_in(kit, "Near", restricted, "\"pattern\":\"77\"");
    has(alice_calls(kit, "9123"), "From", "\"Alice A\" <sip:anonymous@anonymous.invalid>");
    gives_up(kit, alice, "9123");
    outside(kit, "", OWN ",\"calling_line_id_presentation\":\"allowed\"");
    sends(kit, "91230", "1230", "1001");
    outside(kit, ",\"emergency_services_number\":true", OWN);
    sends(kit, "91231", "1231", "1001");
}

/* The mask of the caller's line comes first. */
static void external_mask(void **state) {
    sj_testkit *kit = *state;
    world(kit);
    outside(kit, "", OWN);
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334401\",\"model\":\"Cisco 7841\",\"calling_search_space\":"
        "\"All\",\"lines\":[{\"directory_number\":\"1001@Internal\",\"display\":\"Alice A\","
        "\"external_phone_number_mask\":\"3055XXXX\"}]}");
    register_again(kit, alice, "SEP001122334401", "1001");
    patterns_in(kit, "Near",
                "\"pattern\":\"1XXX\",\"use_external_phone_number_mask\":true,"
                "\"calling_party_prefix_digits\":\"0\"",
                "\"pattern\":\"77\"");
    sends(kit, "9123", "123", "030551001");
}

/* So is the caller told as long as that one is in the call. */
static void within_the_call(void **state) {
    static const char sent[] = "\"Alice A\" <sip:+14085551001@127.0.0.1>";
    sj_testkit *kit = *state;
    char accepted[DIALOG];
    world(kit);
    outside(kit, "", OWN);
    answer(kit, gateway, alice_calls(kit, "9123"), 200, "answer");
    (void)snprintf(accepted, sizeof accepted, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, accepted);
    sj_testkit_forget(kit);
    within_with(kit, alice, "INVITE", 2, accepted, "another offer");
    const char *again = expect(kit, gateway, "INVITE");
    has(again, "From", sent);
    has(again, "P-Asserted-Identity", sent);
}

static char recorded[200];

static void on_recorded(void *user, const sj_call_recorded *event) {
    (void)user;
    (void)snprintf(recorded, sizeof recorded, "%s %s, %s %s", event->calling.number,
                   event->outpulsed_calling_number, event->called.number,
                   event->outpulsed_called_number);
}

/* On record stands what was sent, with transformation patterns and without. */
static void on_record(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    world(kit);
    assert_non_null(sj_on_call_recorded(sj_testkit_scope(kit), on_recorded, NULL, &error));
    outside(kit, "", "");
    sends(kit, "9123", "123", "1001");
    assert_string_equal(recorded, "1001 1001, 9123 123");
    outside(kit, "", OWN);
    sends(kit, "90044123", "+44123", "+14085551001");
    assert_string_equal(recorded, "1001 +14085551001, 90044123 +44123");
}

/* Who is put through to a trunk is told so, too, in the whole call and on record. */
static void put_through(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    char alice_bob[DIALOG], bob_alice[DIALOG];
    world(kit);
    outside(kit, "", OWN);
    assert_non_null(sj_on_call_recorded(sj_testkit_scope(kit), on_recorded, NULL, &error));
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    sj_testkit_forget(kit);
    refer_to(kit, alice, 5, alice_bob, "<sip:91234@127.0.0.1>", "");
    const char *offer = expect(kit, gateway, "INVITE sip:1234@192.0.2.90");
    has(offer, "From", "\"Bob\" <sip:+14085551002@127.0.0.1>");
    answer(kit, gateway, offer, 200, "target-offer");
    sj_testkit_advance(kit, 60);
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "bob-answer");
    sj_testkit_advance(kit, 60);
    assert_string_equal(recorded, "1002 +14085551002, 91234 1234");
    sj_testkit_forget(kit);
    within_with(kit, bob, "INVITE", 102, bob_alice, "another offer");
    has(expect(kit, gateway, "INVITE"), "P-Asserted-Identity",
        "\"Bob\" <sip:+14085551002@127.0.0.1>");
}

/* Bob's phone, with these fields. */
static void bob_has(sj_testkit *kit, const char *fields) {
    char json[600];
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"SEP001122334402\",\"model\":\"Cisco "
                   "7841\",\"calling_search_space\":\"Phones\",\"lines\":[{\"directory_number\":"
                   "\"1002@Internal\",\"display\":\"Bob B\"}]%s}",
                   fields);
    put(kit, &sj_phone_meta, json);
}

/* What a call from outside is at Bob's phone, which then shows that number. */
static void shows(sj_testkit *kit, const char *caller, const char *number) {
    static const char *const bobs[] = {"1002", "%31002", "1%3002", "10%302", "100%32"};
    static unsigned turn;
    char text[200];
    const char *called = bobs[turn++ % 5]; /* each call is another transaction */
    sj_testkit_forget(kit);
    invite(kit, gateway, "sip:1@192.0.2.90:5060", called, caller, "");
    const char *offer = expect(kit, bob, "INVITE");
    (void)snprintf(text, sizeof text, "\"Me\" <sip:%s@", number);
    has(offer, "From", text);
    has(offer, "Remote-Party-ID", text);
    (void)snprintf(text, sizeof text, ";x-cisco-callback-number=%s>", caller);
    if ((strstr(header(offer, "Remote-Party-ID"), text) != NULL) != (strcmp(caller, number) != 0)) {
        fail_msg("to be called back is another number in:\n%s", offer);
    }
    assert_null(strstr(header(offer, "From"), "callback"));
    gives_up(kit, gateway, called);
}

/* A phone shows who calls by its own CSS, or its device pool's, which counts from the beginning. */
static void at_a_phone(void **state) {
    static const char own[] = ",\"use_device_pool_calling_party_transformation_css\":false,"
                              "\"calling_party_transformation_css\":\"Out\"";
    sj_testkit *kit = *state;
    sj_error error = {0};
    world(kit);
    assert_non_null(sj_on_call_recorded(sj_testkit_scope(kit), on_recorded, NULL, &error));
    patterns_in(kit, "Near",
                "\"pattern\":\"\\\\+44.!\",\"discard_digits\":\"pre_dot\","
                "\"calling_party_prefix_digits\":\"0\"",
                "\"pattern\":\"77\"");
    shows(kit, "+441632960000", "+441632960000");
    assert_string_equal(recorded, "+441632960000 +441632960000, 1002 1002");
    bob_has(kit, own);
    shows(kit, "+441632960001", "01632960001");
    assert_string_equal(recorded, "+441632960001 01632960001, 1002 1002");
    bob_has(kit, "");
    shows(kit, "+441632960002", "+441632960002");
    put(kit, &sj_device_pool_meta,
        "{\"name\":\"Default\",\"calling_party_transformation_css\":\"Out\"}");
    shows(kit, "+441632960003", "01632960003");
    bob_has(kit, ",\"use_device_pool_calling_party_transformation_css\":false");
    shows(kit, "+441632960004", "+441632960004");
    /* No number that it reaches, so that the other one stays, and one that it withholds. */
    bob_has(kit, own);
    sj_testkit_forget(kit);
    invite(kit, alice, CONTACT, "1002", "1001", "");
    has(expect(kit, bob, "INVITE"), "From", "\"Alice A\" <sip:+14085551001@");
    gives_up(kit, alice, "1002");
    patterns_in(kit, "Near", "\"pattern\":\"1XXX\",\"calling_line_id_presentation\":\"restricted\"",
                "\"pattern\":\"77\"");
    sj_testkit_forget(kit);
    invite(kit, alice, CONTACT, "%31002", "1001", "");
    has(expect(kit, bob, "INVITE"), "From", "\"Alice A\" <sip:anonymous@anonymous.invalid>");
}

/* So it is told within the call, too; and another phone that the call is sent on to by its own. */
static void within_a_phones_call(void **state) {
    sj_testkit *kit = *state;
    char accepted[DIALOG];
    world(kit);
    bob_has(kit, ",\"use_device_pool_calling_party_transformation_css\":false,"
                 "\"calling_party_transformation_css\":\"Out\"");
    invite(kit, alice, CONTACT, "1002", "1001", "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "answer");
    (void)snprintf(accepted, sizeof accepted, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, accepted);
    sj_testkit_forget(kit);
    within_with(kit, alice, "INVITE", 2, accepted, "another offer");
    const char *again = expect(kit, bob, "INVITE");
    has(again, "From", "\"Alice A\" <sip:+14085551001@127.0.0.1>");
    has(again, "Remote-Party-ID",
        "\"Alice A\" <sip:+14085551001@127.0.0.1;x-cisco-callback-number=1001>");
    assert_null(sj_testkit_find(kit, "event", "+14085551001")); /* elsewhere she is who she is */
}

/* Who answers is told to the trunk that the call comes from by its Connected Party Transformation
 * CSS, with each response; whom a pattern withholds with Privacy. */
static void connected(void **state) {
    static const char own[] = ",\"use_device_pool_connected_party_transformation_css\":false,"
                              "\"connected_party_transformation_css\":\"Out\"";
    sj_testkit *kit = *state;
    char offered[DIALOG], accepted[DIALOG], callee[DIALOG];
    world(kit);
    outside(kit, "", "");
    invite(kit, gateway, "sip:1@192.0.2.90:5060", "1002", "5", "");
    (void)snprintf(offered, sizeof offered, "%s", expect(kit, bob, "INVITE"));
    answer(kit, bob, offered, 180, "");
    has(expect(kit, gateway, "SIP/2.0 180"), "P-Asserted-Identity", "\"Bob\" <sip:1002@127.0.0.1>");
    gives_up(kit, gateway, "1002");
    outside(kit, "", own);
    sj_testkit_forget(kit);
    invite(kit, gateway, "sip:1@192.0.2.90:5060", "%31002", "5", "");
    (void)snprintf(offered, sizeof offered, "%s", expect(kit, bob, "INVITE"));
    answer(kit, bob, offered, 180, "");
    has(expect(kit, gateway, "SIP/2.0 180"), "P-Asserted-Identity",
        "\"Bob\" <sip:+14085551002@127.0.0.1>");
    answer(kit, bob, offered, 200, "answer");
    (void)snprintf(accepted, sizeof accepted, "%s", expect(kit, gateway, "SIP/2.0 200"));
    has(accepted, "Remote-Party-ID", "\"Bob\" <sip:+14085551002@127.0.0.1>;party=called");
    within(kit, gateway, "ACK", 1, accepted);
    turned_round(offered, callee);
    sj_testkit_forget(kit);
    within_with(kit, bob, "INVITE", 101, callee, "another offer");
    has(expect(kit, gateway, "INVITE"), "P-Asserted-Identity",
        "\"Bob\" <sip:+14085551002@127.0.0.1>");
    patterns_in(kit, "Near", "\"pattern\":\"1XXX\",\"calling_line_id_presentation\":\"restricted\"",
                "\"pattern\":\"77\"");
    sj_testkit_forget(kit);
    invite(kit, gateway, "sip:1@192.0.2.90:5060", "1001", "5", "");
    (void)snprintf(offered, sizeof offered, "%s", expect(kit, alice, "INVITE"));
    answer(kit, alice, offered, 180, "");
    has(expect(kit, gateway, "SIP/2.0 180"), "Privacy", "id");
}

/* Who has forwarded a call is told to the trunk by its Redirecting Party Transformation CSS, or
 * that of its device pool. */
static void redirecting(void **state) {
    static const char told[] = "<sip:1002@127.0.0.1>;reason=unconditional";
    static const char transformed[] = "<sip:+14085551002@127.0.0.1>;reason=unconditional";
    sj_testkit *kit = *state;
    world(kit);
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"forward_all_destination\":\"9123\","
        "\"forward_all_calling_search_space\":\"All\"}");
    outside(kit, "", "");
    has(alice_calls(kit, "1002"), "Diversion", told);
    gives_up(kit, alice, "1002");
    put(kit, &sj_device_pool_meta,
        "{\"name\":\"Default\",\"redirecting_party_transformation_css\":\"Out\"}");
    has(alice_calls(kit, "%31002"), "Diversion", transformed);
    gives_up(kit, alice, "%31002");
    outside(kit, "", ",\"use_device_pool_redirecting_party_transformation_css\":false");
    has(alice_calls(kit, "1%3002"), "Diversion", told);
    gives_up(kit, alice, "1%3002");
    outside(kit, "",
            ",\"use_device_pool_redirecting_party_transformation_css\":false,"
            "\"redirecting_party_transformation_css\":\"Out\"");
    patterns_in(kit, "Near", "\"pattern\":\"1XXX\",\"calling_line_id_presentation\":\"restricted\"",
                "\"pattern\":\"77\"");
    assert_non_null(strstr(header(alice_calls(kit, "10%302"), "Diversion"), ";privacy=full"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(behind_the_route_pattern, setup, teardown),
        cmocka_unit_test_setup_teardown(closest, setup, teardown),
        cmocka_unit_test_setup_teardown(of_the_device_pool, setup, teardown),
        cmocka_unit_test_setup_teardown(presentation, setup, teardown),
        cmocka_unit_test_setup_teardown(external_mask, setup, teardown),
        cmocka_unit_test_setup_teardown(within_the_call, setup, teardown),
        cmocka_unit_test_setup_teardown(on_record, setup, teardown),
        cmocka_unit_test_setup_teardown(put_through, setup, teardown),
        cmocka_unit_test_setup_teardown(at_a_phone, setup, teardown),
        cmocka_unit_test_setup_teardown(connected, setup, teardown),
        cmocka_unit_test_setup_teardown(redirecting, setup, teardown),
        cmocka_unit_test_setup_teardown(within_a_phones_call, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
