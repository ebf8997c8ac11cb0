/* Who is shown to whom, in the test kit: what patterns and trunks say of numbers and names, of the
 * caller and of who answers, beside what callers themselves withhold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sojourn/base/text.h>

#include "callmanager_kit.h"
#include "events/call.h"
#include "parameters/call_manager.h"
#include "resources/call_park.h"
#include "resources/route_pattern.h"
#include "resources/sip_trunk.h"
#include "resources/translation_pattern.h"

#define CONTACT "uuid-1001@192.0.2.1:5060"
#define NOBODY "\"Anonymous\" <sip:anonymous@anonymous.invalid>"
#define SDP                                                                                        \
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 "       \
    "RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
#define ALICE "\"Alice A\" <sip:1001@127.0.0.1>"

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
                   "\"192.0.2.90\"},{\"address\":\"192.0.2.91\"}]%s}",
                   of_trunk);
    put(kit, &sj_sip_trunk_meta, json);
}

/* 5 before a number leads to it through a translation pattern with these fields. */
static void translated(sj_testkit *kit, const char *fields) {
    char json[900];
    (void)snprintf(json, sizeof json,
                   "{\"pattern\":\"5.!\",\"partition\":\"Internal\",\"discard_digits\":\"pre_dot\","
                   "\"use_originator_calling_search_space\":true%s}",
                   fields);
    put(kit, &sj_translation_pattern_meta, json);
}

/* What Alice's INVITE becomes there. */
static const char *alice_calls(sj_testkit *kit, const char *number, const char *lines,
                               const char *whom) {
    static char offer[DIALOG];
    sj_testkit_forget(kit);
    invite(kit, alice, CONTACT, number, "1001", lines);
    (void)snprintf(offer, sizeof offer, "%s", expect(kit, whom, "INVITE"));
    return offer;
}

static void has(const char *message, const char *name, const char *value) {
    if (strncmp(header(message, name), value, strlen(value)) != 0 ||
        (value[0] == '\0' && header(message, name)[0] != '\0')) {
        fail_msg("%s is not \"%s\" in:\n%s", name, value, message);
    }
}

/* Whether any event, log line or trace step names that. */
static bool is_told(sj_testkit *kit, const char *text) {
    return sj_testkit_find(kit, "event", text) != NULL || sj_testkit_find(kit, "log", text) != NULL;
}

/* A pattern withholds the caller's number, name, or both. */
static void patterns(void **state) {
    static const struct {
        const char *fields, *from, *asserted, *party, *privacy;
    } cases[] = {
        {"", ALICE, ALICE, ALICE ";party=calling;screen=yes;privacy=off", ""},
        {",\"calling_line_id_presentation\":\"restricted\"",
         "\"Alice A\" <sip:anonymous@anonymous.invalid>", ALICE,
         ALICE ";party=calling;screen=yes;privacy=uri", "id"},
        {",\"calling_name_presentation\":\"restricted\"", "\"Anonymous\" <sip:1001@127.0.0.1>",
         "<sip:1001@127.0.0.1>", "<sip:1001@127.0.0.1>;party=calling;screen=yes;privacy=name", ""},
        {",\"calling_line_id_presentation\":\"restricted\","
         "\"calling_name_presentation\":\"restricted\"",
         NOBODY, ALICE, ALICE ";party=calling;screen=yes;privacy=full", "id"},
    };
    sj_testkit *kit = *state;
    both_register(kit);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        outside(kit, cases[i].fields, "");
        char number[16];
        (void)snprintf(number, sizeof number, "9123%zu", i);
        const char *offer = alice_calls(kit, number, "", gateway);
        has(offer, "From", cases[i].from);
        has(offer, "P-Asserted-Identity", cases[i].asserted);
        has(offer, "Remote-Party-ID", cases[i].party);
        has(offer, "Privacy", cases[i].privacy);
        gives_up(kit, alice, number);
    }
}

/* A phone that is reached through a translation pattern, and its caller. */
static void translations(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    translated(kit, ",\"calling_line_id_presentation\":\"restricted\","
                    "\"calling_name_presentation\":\"restricted\","
                    "\"connected_line_id_presentation\":\"restricted\"");
    const char *offer = alice_calls(kit, "51002", "", bob);
    has(offer, "From", NOBODY);
    assert_null(strstr(offer, "1001"));
    assert_null(strstr(offer, "Alice"));
    answer(kit, bob, offer, 180, "");
    has(expect(kit, alice, "SIP/2.0 180"), "Remote-Party-ID", "");
    answer(kit, bob, offer, 200, "answer");
    has(expect(kit, alice, "SIP/2.0 200"), "P-Asserted-Identity", "");
    /* The name alone. */
    translated(kit, ",\"connected_name_presentation\":\"restricted\"");
    sj_testkit_forget(kit);
    invite(kit, gateway, "x@192.0.2.90", "51002", "5551234", "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    has(expect(kit, gateway, "SIP/2.0 180"), "Remote-Party-ID",
        "<sip:1002@127.0.0.1>;party=called;screen=yes;privacy=name");
}

/* What is said later on the way counts; what the caller himself withholds stays so. */
static void the_last_word(void **state) {
    static const char allowed[] = ",\"calling_line_id_presentation\":\"allowed\","
                                  "\"calling_name_presentation\":\"allowed\"";
    static const char restricted[] = ",\"calling_line_id_presentation\":\"restricted\","
                                     "\"calling_name_presentation\":\"restricted\"";
    sj_testkit *kit = *state;
    both_register(kit);
    translated(kit, restricted);
    outside(kit, allowed, "");
    has(alice_calls(kit, "591234", "", gateway), "From", ALICE);
    gives_up(kit, alice, "591234");
    outside(kit, "", "");
    has(alice_calls(kit, "591235", "", gateway), "From", NOBODY);
    gives_up(kit, alice, "591235");
    outside(kit, "", allowed);
    has(alice_calls(kit, "591236", "", gateway), "From", ALICE);
    gives_up(kit, alice, "591236");
    outside(kit, allowed, restricted);
    has(alice_calls(kit, "91237", "", gateway), "From", NOBODY);
    gives_up(kit, alice, "91237");
    outside(kit, allowed, allowed);
    const char *offer = alice_calls(kit, "91238", "Privacy: id\r\n", gateway);
    has(offer, "From", NOBODY);
    has(offer, "Privacy", "id");
    gives_up(kit, alice, "91238");
    /* Who helps has to call back. */
    outside(kit,
            ",\"emergency_services_number\":true,"
            "\"calling_line_id_presentation\":\"restricted\"",
            restricted);
    offer = alice_calls(kit, "9112", "Privacy: id\r\n", gateway);
    has(offer, "From", ALICE);
    has(offer, "P-Asserted-Identity", ALICE);
    has(offer, "Remote-Party-ID", ALICE ";party=calling;screen=yes;privacy=off");
    has(offer, "Privacy", "");
    has(offer, "Contact", "<sip:1001@127.0.0.1");
}

/* Who answers a call that comes in over a trunk. */
static void connected(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    outside(kit, "",
            ",\"connected_line_id_presentation\":\"restricted\","
            "\"connected_name_presentation\":\"restricted\"");
    invite(kit, gateway, "x@192.0.2.90", "1002", "5551234", "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "answer");
    const char *accepted = expect(kit, gateway, "SIP/2.0 200");
    has(accepted, "Remote-Party-ID",
        "\"Bob\" <sip:1002@127.0.0.1>;party=called;screen=yes;privacy=full");
    has(accepted, "Privacy", "id");
}

/* A caller asks to withhold one of the two alone. */
static void asked_for(void **state) {
    static const struct {
        const char *privacy, *number, *from, *party;
    } cases[] = {
        {"uri", "1002", "\"Gina\" <sip:anonymous@anonymous.invalid>", ""},
        {"name", "51002", "\"Anonymous\" <sip:800@127.0.0.1>",
         "<sip:800@127.0.0.1>;party=calling;screen=yes;privacy=name"},
        {"full", "551002", NOBODY, ""},
    };
    sj_testkit *kit = *state;
    both_register(kit);
    translated(kit, "");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char lines[200];
        (void)snprintf(lines, sizeof lines,
                       "Remote-Party-ID: \"Gina\" <sip:800@192.0.2.90>;party=calling;screen=yes;"
                       "privacy=%s\r\n",
                       cases[i].privacy);
        sj_testkit_forget(kit);
        invite(kit, gateway, "x@192.0.2.90", cases[i].number, "800", lines);
        const char *offer = expect(kit, bob, "INVITE");
        has(offer, "From", cases[i].from);
        has(offer, "Remote-Party-ID", cases[i].party);
        answer(kit, bob, offer, 486, "");
    }
    assert_false(is_told(kit, "Gina"));
}

/* Who insists on more than can be done is refused (RFC 3323), who only asks is not, nor is
 * who needs help. */
static void critical(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    invite(kit, alice, CONTACT, "1002", "1001", "Privacy: id;session;critical\r\n");
    const char *refusal = expect(kit, alice, "SIP/2.0 500");
    assert_non_null(strstr(refusal, "Privacy is critical"));
    translated(kit, "");
    has(alice_calls(kit, "51002", "Privacy: user;header;id;critical\r\n", bob), "From", NOBODY);
    answer(kit, bob, expect(kit, bob, "INVITE"), 486, "");
    has(alice_calls(kit, "551002", "Privacy: session;id\r\n", bob), "From", NOBODY);
    outside(kit, ",\"emergency_services_number\":true", "");
    has(alice_calls(kit, "9112", "Privacy: session;critical\r\n", gateway), "From", ALICE);
}

/* What a pattern withholds stays withheld from the phone that a party is put through to. */
static void transferred(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    both_register(kit);
    dave_registers(kit);
    translated(kit, ",\"calling_line_id_presentation\":\"restricted\","
                    "\"calling_name_presentation\":\"restricted\"");
    phones_talk(kit, alice, "1001", bob, "51002", alice_bob, bob_alice);
    refer_to(kit, bob, 5, bob_alice, "sip:1004@127.0.0.1", "");
    sj_testkit_advance(kit, 200);
    const char *offer = expect(kit, dave, "INVITE");
    has(offer, "From", NOBODY);
    assert_null(strstr(offer, "1001"));
}

/* A far side that is not trusted is told no withheld identity, but for emergency calls; and each
 * header only where the trunk has it. */
static void untrusted(void **state) {
    static const char none[] = ",\"trust_received_identity\":\"trust_none\"";
    sj_testkit *kit = *state;
    both_register(kit);
    outside(kit, "", none);
    const char *offer = alice_calls(kit, "91230", "Privacy: id\r\n", gateway);
    has(offer, "From", NOBODY);
    assert_null(strstr(offer, "1001"));
    assert_null(strstr(offer, "Alice"));
    gives_up(kit, alice, "91230");
    offer = alice_calls(kit, "91231", "", gateway); /* she does not withhold it */
    has(offer, "P-Asserted-Identity", ALICE);
    has(offer, "Remote-Party-ID", ALICE ";party=calling;screen=yes;privacy=off");
    gives_up(kit, alice, "91231");
    outside(kit, ",\"emergency_services_number\":true", none);
    offer = alice_calls(kit, "9112", "Privacy: id\r\n", gateway);
    has(offer, "From", ALICE);
    has(offer, "P-Asserted-Identity", ALICE);
    gives_up(kit, alice, "9112");
    outside(kit, "", ",\"asserted_identity\":false");
    offer = alice_calls(kit, "91232", "", gateway);
    has(offer, "P-Asserted-Identity", "");
    has(offer, "Remote-Party-ID", ALICE);
    gives_up(kit, alice, "91232");
    outside(kit, "", ",\"remote_party_id\":false");
    offer = alice_calls(kit, "91233", "", gateway);
    has(offer, "P-Asserted-Identity", ALICE);
    has(offer, "Remote-Party-ID", "");
    /* Who answers a call from there, a phone of this cluster, is not withheld. */
    outside(kit, "", none);
    sj_testkit_forget(kit);
    invite(kit, gateway, "x@192.0.2.90", "1002", "5551234", "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "answer");
    has(expect(kit, gateway, "SIP/2.0 200"), "Remote-Party-ID", "\"Bob\" <sip:1002@127.0.0.1>");
}

/* What a far side says of its caller, and whether it counts as verified. */
static void verified(void **state) {
    static const char asserted[] = "P-Asserted-Identity: \"Gina\" <sip:800@192.0.2.90>\r\n",
                      screened[] = "Remote-Party-ID: \"Gina\" <sip:801@192.0.2.90>;screen=yes\r\n",
                      claimed[] = "Remote-Party-ID: \"Gina\" <sip:801@192.0.2.90>;screen=no\r\n";
    static const struct {
        const char *trust, *lines, *party;
    } cases[] = {
        {"trust_all", asserted, "\"Gina\" <sip:800@127.0.0.1>;party=calling;screen=yes"},
        {"trust_all", screened, "\"Gina\" <sip:801@127.0.0.1>;party=calling;screen=yes"},
        {"trust_all", claimed, "\"Gina\" <sip:801@127.0.0.1>;party=calling;screen=no"},
        {"trust_all", "", "\"Me\" <sip:5551234@127.0.0.1>;party=calling;screen=no"},
        {"trust_pai_only", asserted, "\"Gina\" <sip:800@127.0.0.1>;party=calling;screen=yes"},
        {"trust_pai_only", screened, "\"Me\" <sip:5551234@127.0.0.1>;party=calling;screen=no"},
        {"trust_none", asserted, "\"Me\" <sip:5551234@127.0.0.1>;party=calling;screen=no"},
    };
    sj_testkit *kit = *state;
    both_register(kit);
    translated(kit, "");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char trunk[100], number[32] = "";
        (void)snprintf(trunk, sizeof trunk, ",\"trust_received_identity\":\"%s\"", cases[i].trust);
        outside(kit, "", trunk);
        memset(number, '5', i); /* each another transaction */
        (void)snprintf(number + i, sizeof number - i, "1002");
        sj_testkit_forget(kit);
        invite(kit, gateway, "x@192.0.2.90", number, "5551234", cases[i].lines);
        const char *offer = expect(kit, bob, "INVITE");
        has(offer, "Remote-Party-ID", cases[i].party);
        answer(kit, bob, offer, 486, "");
    }
}

/* Who is at the far end counts as verified when the far side says so, and not as it was dialled. */
static void verified_at_the_far_end(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    const char *offer = alice_calls(kit, "91230", "", gateway);
    answer(kit, gateway, offer, 180, "");
    has(expect(kit, alice, "SIP/2.0 180"), "Remote-Party-ID",
        "<sip:91230@127.0.0.1>;party=called;screen=no");
    answer_with(kit, gateway, offer, 200, "P-Asserted-Identity: <sip:800@192.0.2.90>\r\n",
                "answer");
    has(expect(kit, alice, "SIP/2.0 200"), "Remote-Party-ID",
        "<sip:800@127.0.0.1>;party=called;screen=yes");
}

/* Who has forwarded a call elsewhere, and asks for privacy, is not shown to phones. */
static void diverted(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    invite(kit, gateway, "x@192.0.2.90", "1002", "5551234",
           "Diversion: \"Eve\" <sip:2000@192.0.2.90>;reason=user-busy;privacy=full;screen=yes\r\n");
    const char *offer = expect(kit, bob, "INVITE");
    has(offer, "Diversion", NOBODY ";reason=user-busy;counter=1;privacy=full");
    assert_null(strstr(offer, "2000"));
    assert_null(strstr(offer, "Eve"));
    assert_false(is_told(kit, "2000"));
    assert_non_null(sj_testkit_find(kit, "event", "\"last_redirecting_number\":\"anonymous\""));
}

/* ---- what people are told ---- */

static void show_withheld(sj_testkit *kit, const char *where) {
    sj_error error = {0};
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_ccm_show_withheld_callers_meta, where, &error), SJ_OK);
}

static char told[4000];

static void on_list(void *user, int status, const sj_error *error,
                    const sj_call_list_reply *reply) {
    (void)user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    for (size_t i = 0; i < reply->calls_count; i++) {
        const size_t used = strlen(told);
        (void)snprintf(told + used, sizeof told - used, "%s calls %s\n",
                       reply->calls[i].calling_number, reply->calls[i].called_number);
    }
}

static void on_trace(void *user, int status, const sj_error *error,
                     const sj_call_trace_reply *reply) {
    (void)user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    for (size_t i = 0; i < reply->parties_count; i++) {
        const size_t used = strlen(told);
        (void)snprintf(told + used, sizeof told - used, "%s %s\n", reply->parties[i].name,
                       reply->parties[i].number);
    }
    for (size_t i = 0; i < reply->lines_count; i++) {
        const size_t used = strlen(told);
        (void)snprintf(told + used, sizeof told - used, "%s\n", reply->lines[i].text);
    }
}

/* What call list, and call trace of the call with that Call-ID, tell. */
static const char *answers(sj_testkit *kit, const char *call_id) {
    const sj_call_list list = {.limit = 10};
    const sj_call_trace trace = {.id = call_id};
    told[0] = '\0';
    assert_int_equal(sj_ask_call_list(sj_testkit_scope(kit), &list, 0, on_list, NULL, NULL), SJ_OK);
    assert_int_equal(sj_ask_call_trace(sj_testkit_scope(kit), &trace, 0, on_trace, NULL, NULL),
                     SJ_OK);
    sj_testkit_run(kit);
    return told;
}

/* What call.recorded says beside what everybody is told. */
static char recorded[200];

static void on_recorded(void *user, const sj_call_recorded *event) {
    (void)user;
    (void)snprintf(recorded, sizeof recorded, "%s %s %s, %s", event->calling.number,
                   sj_or_empty(event->calling.withheld_number),
                   sj_or_empty(event->calling.withheld_outpulsed_number), event->called.number);
}

/* A caller who withholds is told nobody who looks, from the first step to the last record. */
static void discreet(void **state) {
    static const struct {
        const char *number, *lines, *call_id;
    } cases[] = {{"1002", "Privacy: id\r\n", "call-1001-1002"},
                 {"51002", "", "call-1001-51002"}}; /* a pattern withholds her */
    sj_testkit *kit = *state;
    sj_error error = {0};
    both_register(kit);
    translated(kit, ",\"calling_line_id_presentation\":\"restricted\"");
    assert_non_null(sj_on_call_recorded(sj_testkit_scope(kit), on_recorded, NULL, &error));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *offer = alice_calls(kit, cases[i].number, cases[i].lines, bob);
        answer(kit, bob, offer, 200, "answer");
        char accepted[DIALOG];
        (void)snprintf(accepted, sizeof accepted, "%s", expect(kit, alice, "SIP/2.0 200"));
        within(kit, alice, "ACK", 1, accepted);
        const char *shown = answers(kit, cases[i].call_id);
        assert_non_null(strstr(shown, "anonymous calls 1002"));
        assert_non_null(strstr(shown, "SEP001122334401 anonymous"));
        assert_null(strstr(shown, "1001"));
        assert_string_equal(recorded, "anonymous 1001 1001, 1002");
        within(kit, alice, "BYE", 2 + (int)i, accepted);
        assert_null(strstr(answers(kit, cases[i].call_id), "1001"));
        assert_false(is_told(kit, "1001"));
        assert_false(is_told(kit, "Alice"));
        assert_non_null(sj_testkit_find(kit, "event", "\"calling_number\":\"anonymous\""));
        assert_non_null(sj_testkit_find(kit, "log", "the call from anonymous to"));
    }
}

/* The parameter says where the number is found nevertheless. */
static void shown_where_it_is_allowed(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    both_register(kit);
    assert_non_null(sj_on_call_recorded(sj_testkit_scope(kit), on_recorded, NULL, &error));
    show_withheld(kit, "nowhere");
    (void)alice_calls(kit, "91230", "Privacy: id\r\n", gateway);
    assert_string_equal(recorded, "anonymous  , 91230");
    gives_up(kit, alice, "91230");
    assert_false(is_told(kit, "1001"));
    show_withheld(kit, "everywhere");
    (void)alice_calls(kit, "91231", "Privacy: id\r\n", gateway);
    assert_string_equal(recorded, "1001  , 91231");
    assert_non_null(sj_testkit_find(kit, "event", "\"calling_number\":\"1001\""));
    gives_up(kit, alice, "91231");
    /* Who helps, and who looks for them, has to know. */
    show_withheld(kit, "nowhere");
    outside(kit, ",\"emergency_services_number\":true", "");
    (void)alice_calls(kit, "9112", "Privacy: id\r\n", gateway);
    assert_non_null(sj_testkit_find(kit, "event", "\"calling_number\":\"1001\""));
    assert_string_equal(recorded, "1001  , 9112");
}

/* A withheld caller who is put through, parked and fetched stays so: he is then the one called. */
static void discreet_when_parked(void **state) {
    sj_testkit *kit = *state;
    char caller[DIALOG], callee[DIALOG];
    sj_error error = {0};
    both_register(kit);
    dave_registers(kit);
    translated(kit, ",\"calling_line_id_presentation\":\"restricted\"");
    assert_non_null(sj_on_call_recorded(sj_testkit_scope(kit), on_recorded, NULL, &error));
    put(kit, &sj_call_park_number_meta, "{\"pattern\":\"7000\",\"partition\":\"Internal\"}");
    sj_testkit_forget(kit);
    phones_talk(kit, alice, "1001", bob, "51002", caller, callee);
    press_softkey(kit, bob, "1002", "Park", callee);
    sj_testkit_advance(kit, 60);
    char again[DIALOG];
    (void)snprintf(again, sizeof again, "%s", expect(kit, alice, "INVITE"));
    answer(kit, alice, again, 200, SDP);
    assert_non_null(sj_testkit_find(kit, "event", "\"parked_number\":\"anonymous\""));
    phone_dials(kit, dave, "1004", "7000");
    sj_testkit_advance(kit, 60);
    (void)snprintf(again, sizeof again, "%s", expect(kit, alice, "INVITE"));
    answer(kit, alice, again, 200, SDP);
    const char *accepted = expect(kit, dave, "SIP/2.0 200");
    has(accepted, "Remote-Party-ID", "");
    assert_null(strstr(accepted, "1001"));
    assert_non_null(sj_testkit_find(kit, "event", "call.park_retrieved"));
    assert_string_equal(recorded, "1004  , anonymous");
    assert_false(is_told(kit, "1001"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(patterns),
        TEST(translations),
        TEST(the_last_word),
        TEST(connected),
        TEST(asked_for),
        TEST(critical),
        TEST(transferred),
        TEST(untrusted),
        TEST(verified),
        TEST(verified_at_the_far_end),
        TEST(diverted),
        TEST(discreet),
        TEST(shown_where_it_is_allowed),
        TEST(discreet_when_parked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
