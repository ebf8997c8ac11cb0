/* Dialling digit by digit (KPML, RFC 4730): Alice's phone sends an INVITE with what she has keyed
 * in, and is asked for the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "resources/dial_codes.h"
#include "resources/ils.h"
#include "resources/phone.h"
#include "resources/route_pattern.h"
#include "resources/sip_profile.h"
#include "resources/sip_trunk.h"

#define KEYS(code, digits)                                                                         \
    "<?xml version=\"1.0\"?><kpml-response xmlns=\"urn:ietf:params:xml:ns:kpml-response\" "        \
    "version=\"1.0\" code=\"" code "\" text=\"OK\" digits=\"" digits "\" tag=\"digits\"/>"

static const char *const profile =
    "{\"name\":\"Digits\",\"digit_by_digit\":true,\"options_ping\":false,"
    "\"headers_passed_through\":[\"X-Ticket\",\"X-Other\"]}";

/* The dialog that the SUBSCRIBE belongs to, as Alice has it, and the number of her last request. */
static char asked[DIALOG];
static int sent;

static void alice_dials_with(sj_testkit *kit, const char *digits, const char *more) {
    put(kit, &sj_sip_profile_meta, profile);
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334401\",\"model\":\"Cisco 7841\",\"calling_search_space\":\"All\","
        "\"sip_profile\":\"Digits\",\"lines\":[{\"directory_number\":\"1001@Internal\"}]}");
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", digits, "1001", more);
    sent = 1;
}

static void alice_dials(sj_testkit *kit, const char *digits) {
    alice_dials_with(kit, digits, "");
}

/* She is asked for further digits, and says that she tells them. */
static void is_asked(sj_testkit *kit) {
    char request[DIALOG];
    (void)snprintf(request, sizeof request, "%s", expect(kit, alice, "SUBSCRIBE"));
    assert_string_equal(header(request, "Event"), "kpml");
    assert_string_equal(header(request, "Content-Type"), "application/kpml-request+xml");
    assert_non_null(strstr(request, "<regex tag=\"digits\">[x*#ABCD]</regex>"));
    assert_true(strcmp(header(request, "Expires"), "0") != 0);
    const char *progress = expect(kit, alice, "SIP/2.0 183");
    assert_non_null(strstr(header(progress, "To"), ";tag="));
    assert_string_equal(header(request, "From"), header(progress, "To")); /* the same dialog */
    assert_string_equal(header(request, "To"), header(progress, "From"));
    turned_round(request, asked);
    answer_with(kit, alice, request, 200, "Expires: 3600\r\n", "");
    sj_testkit_forget(kit);
}

static void notifies(sj_testkit *kit, const char *state, const char *body) {
    char text[3000];
    sent++;
    (void)snprintf(text, sizeof text,
                   "NOTIFY sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;"
                   "branch=z9hG4bKn%d\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\n"
                   "CSeq: %d NOTIFY\r\nEvent: kpml\r\nSubscription-State: %s\r\n%s"
                   "Content-Length: %zu\r\n\r\n%s",
                   sent, header(asked, "From"), header(asked, "To"), header(asked, "Call-ID"), sent,
                   state, body[0] != '\0' ? "Content-Type: application/kpml-response+xml\r\n" : "",
                   strlen(body), body);
    send_text(kit, alice, 5060, text);
}

static void keys(sj_testkit *kit, const char *digit) {
    char body[400];
    (void)snprintf(body, sizeof body, KEYS("200", "%s"), digit);
    notifies(kit, "active;expires=3600", body);
}

/* The subscription that asked for what was before has its last NOTIFY (RFC 6665 4.2.2), which says
 * nothing of the one that goes on. */
static void was_ended(sj_testkit *kit) {
    notifies(kit, "terminated;reason=timeout", KEYS("487", ""));
    (void)expect(kit, alice, "SIP/2.0 200");
    assert_null(sent_to(kit, alice, "SIP/2.0 404"));
    assert_null(sent_to(kit, alice, "SIP/2.0 403"));
}

static void expect_end(sj_testkit *kit) {
    const char *request = expect(kit, alice, "SUBSCRIBE");
    assert_string_equal(header(request, "Expires"), "0");
    assert_string_equal(header(request, "Content-Length"), "0");
}

static void a_number_is_complete(void **state) {
    sj_testkit *kit = *state;
    alice_dials(kit, "1");
    is_asked(kit);
    notifies(kit, "active;expires=3600", "");
    keys(kit, "0");
    keys(kit, "0");
    assert_null(sent_to(kit, bob, "INVITE"));
    keys(kit, "2");
    (void)expect(kit, alice, "SIP/2.0 200");
    expect_end(kit);
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    (void)expect(kit, alice, "SIP/2.0 180");
    assert_non_null(sj_testkit_find(kit, "log", " has dialled 1002: they are complete"));
    sj_testkit_forget(kit);
    keys(kit, "7"); /* too late, and for nobody */
    (void)expect(kit, alice, "SIP/2.0 200");
    notifies(kit, "terminated;reason=timeout", "");
    (void)expect(kit, alice, "SIP/2.0 200");
}

/* A pattern that any number of digits may follow waits for T302, or a #. */
static void an_open_number(void **state) {
    sj_testkit *kit = *state;
    alice_dials(kit, "9");
    is_asked(kit);
    keys(kit, "55");
    sj_testkit_advance(kit, 14000);
    keys(kit, "5");
    sj_testkit_advance(kit, 14000);
    assert_null(sent_to(kit, gateway, "INVITE"));
    sj_testkit_advance(kit, 1500);
    (void)expect(kit, gateway, "INVITE sip:555@");
    expect_end(kit);
}

static void a_hash_ends_it(void **state) {
    sj_testkit *kit = *state;
    alice_dials(kit, "9");
    is_asked(kit);
    keys(kit, "5");
    keys(kit, "5");
    keys(kit, "#");
    (void)expect(kit, gateway, "INVITE sip:55@");
}

/* Alternate numbers are waited for as patterns are, also where the digits are a number already. */
static void an_alternate_number(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_alternate_number_meta,
        "{\"mask\":\"82XXXX\",\"directory_number\":\"1002\",\"partition\":\"Internal\"}");
    put(kit, &sj_alternate_number_meta,
        "{\"mask\":\"8210027\",\"directory_number\":\"1003\",\"partition\":\"Internal\"}");
    alice_dials(kit, "8");
    is_asked(kit);
    keys(kit, "21002");
    assert_null(sent_to(kit, bob, "INVITE"));
    keys(kit, "#");
    (void)expect(kit, bob, "INVITE");
    assert_null(sent_to(kit, alice, "SIP/2.0 404"));
}

/* What can become no number is told at once; what could have after T302. */
static void a_number_of_nobody(void **state) {
    sj_testkit *kit = *state;
    alice_dials(kit, "1");
    is_asked(kit);
    keys(kit, "7");
    (void)expect(kit, alice, "SIP/2.0 404");
    expect_end(kit);
}

static void nothing_follows(void **state) {
    sj_testkit *kit = *state;
    alice_dials(kit, "1");
    is_asked(kit);
    sj_testkit_advance(kit, 15500);
    (void)expect(kit, alice, "SIP/2.0 404");
    expect_end(kit);
}

/* A number that is complete is not asked about; nor is anybody whose profile does not say so. */
static void a_whole_number(void **state) {
    sj_testkit *kit = *state;
    alice_dials(kit, "1002");
    (void)expect(kit, bob, "INVITE");
    assert_null(sent_to(kit, alice, "SUBSCRIBE"));
    sj_testkit_forget(kit);
    phone_dials(kit, bob, "1002", "10");
    (void)expect(kit, bob, "SIP/2.0 404");
}

static void a_phone_that_tells_nothing(void **state) {
    sj_testkit *kit = *state;
    alice_dials(kit, "1");
    answer(kit, alice, expect(kit, alice, "SUBSCRIBE"), 489, "");
    (void)expect(kit, alice, "SIP/2.0 404");
    sj_testkit_advance(kit, 40000);
}

static void it_ends_by_itself(void **state) {
    sj_testkit *kit = *state;
    alice_dials(kit, "9");
    is_asked(kit);
    notifies(kit, "terminated;reason=noresource", KEYS("200", "55"));
    (void)expect(kit, gateway, "INVITE sip:55@");
    assert_null(sent_to(kit, alice, "SUBSCRIBE")); /* there is nothing to end */
}

/* What is no report is refused and changes nothing; of too many keys only those of a number count;
 * a report that is repeated counts once. */
static void reports_that_lie(void **state) {
    static const char *const bodies[] = {
        "digits",
        "<kpml-response digits=\"0\"/>",
        "<kpml-response code=\"200\" digits=\"0",
        "<kpml-response code=\"200\" digits=\"0x\"/>",
        "<kpml-response code=\"abc\" digits=\"0\"/>",
        "<kpml-request code=\"200\" digits=\"0\"/>",
        "<kpml-response code=\"200\" digits=\"000000000000000000000000000000000\"/>",
    };
    sj_testkit *kit = *state;
    alice_dials(kit, "1");
    is_asked(kit);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        sj_testkit_forget(kit);
        notifies(kit, "active", bodies[i]);
        (void)expect(kit, alice, "SIP/2.0 400");
    }
    keys(kit, "0");
    sent--; /* the same request again */
    keys(kit, "0");
    sj_testkit_forget(kit);
    keys(kit, "02999999");
    assert_non_null(expect(kit, bob, "INVITE")); /* 1002 */
}

/* A phone that keys on and on under a pattern without end. */
static void a_flood_of_digits(void **state) {
    sj_testkit *kit = *state;
    alice_dials(kit, "9");
    is_asked(kit);
    for (int i = 0; i < 20; i++) {
        keys(kit, "5555555555");
    }
    assert_int_equal(sj_testkit_count(kit, "udp", "INVITE sip:"), 1);
    expect_end(kit);
}

static void she_gives_up(void **state) {
    sj_testkit *kit = *state;
    char trying[DIALOG], cancel[DIALOG];
    alice_dials(kit, "1");
    (void)snprintf(trying, sizeof trying, "%s", expect(kit, alice, "SIP/2.0 100"));
    is_asked(kit);
    (void)snprintf(cancel, sizeof cancel,
                   "CANCEL sip:1@127.0.0.1 SIP/2.0\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\n"
                   "Call-ID: %s\r\nCSeq: 1 CANCEL\r\nContent-Length: 0\r\n\r\n",
                   header(trying, "Via"), header(trying, "From"), header(trying, "To"),
                   header(trying, "Call-ID"));
    send_text(kit, alice, 5060, cancel);
    (void)expect(kit, alice, "SIP/2.0 487");
    expect_end(kit);
    sj_testkit_forget(kit);
    keys(kit, "0");
    (void)expect(kit, alice, "SIP/2.0 481");
}

/* Nobody but the phone tells its digits. */
static void a_stranger_tells_digits(void **state) {
    sj_testkit *kit = *state;
    char text[2000];
    alice_dials(kit, "1");
    is_asked(kit);
    static const char body[] = KEYS("200", "002");
    (void)snprintf(text, sizeof text,
                   "NOTIFY sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.9:5060;"
                   "branch=z9hG4bKstranger\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\n"
                   "Call-ID: %s\r\nCSeq: 9 NOTIFY\r\nEvent: kpml\r\nSubscription-State: active\r\n"
                   "Content-Type: application/kpml-response+xml\r\nContent-Length: %zu\r\n\r\n%s",
                   header(asked, "From"), header(asked, "To"), header(asked, "Call-ID"),
                   strlen(body), body);
    send_text(kit, "203.0.113.9", 5060, text);
    (void)expect(kit, "203.0.113.9", "SIP/2.0 403");
    assert_null(sent_to(kit, bob, "INVITE"));
}

/* The codes that a number asks for are keyed in behind it, each to its #. */
static void codes(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_forced_authorization_code_meta,
        "{\"name\":\"Managers\",\"code\":\"4711\",\"level\":7}");
    put(kit, &sj_client_matter_code_meta, "{\"code\":\"77\"}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"8.XX\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\",\"discard_digits\":"
        "\"pre_dot\",\"require_forced_authorization_code\":true,\"require_client_matter_code\":"
        "true}");
    alice_dials(kit, "8");
    is_asked(kit);
    keys(kit, "1");
    keys(kit, "2");
    is_asked(kit); /* for a code */
    was_ended(kit);
    keys(kit, "4");
    keys(kit, "711#");
    is_asked(kit); /* for another one */
    keys(kit, "77");
    was_ended(kit);
    assert_null(sent_to(kit, gateway, "INVITE"));
    keys(kit, "#");
    (void)expect(kit, gateway, "INVITE sip:12@");
    assert_null(sj_testkit_find(kit, "log", "4711"));
}

/* Wherever the phone repeats one, it stays here. */
static void codes_in_headers(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_forced_authorization_code_meta,
        "{\"name\":\"Managers\",\"code\":\"4711\",\"level\":7}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"8.XX\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\",\"discard_digits\":"
        "\"pre_dot\",\"require_forced_authorization_code\":true}");
    put(kit, &sj_sip_profile_meta, profile);
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"sip_trunk_security_profile\":\"UDP\",\"sip_profile\":\"Digits\","
        "\"destinations\":[{\"address\":\"192.0.2.90\"}]}");
    sj_testkit_advance(kit, 1100);
    alice_dials_with(kit, "8", "X-Ticket: code 4711\r\nX-Other: 7\r\n");
    is_asked(kit);
    keys(kit, "12");
    is_asked(kit);
    keys(kit, "4711#");
    const char *offer = expect(kit, gateway, "INVITE sip:12@");
    assert_string_equal(header(offer, "X-Other"), "7");
    assert_null(strstr(offer, "4711"));
}

static void a_wrong_code(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_forced_authorization_code_meta,
        "{\"name\":\"Managers\",\"code\":\"4711\",\"level\":7}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"8.XX\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\","
        "\"require_forced_authorization_code\":true}");
    alice_dials(kit, "812"); /* the whole number at once */
    is_asked(kit);
    keys(kit, "1234#");
    (void)expect(kit, alice, "SIP/2.0 403");
}

/* The call begins anew behind the number: what led to the question for a code counts no more. */
static void a_code_that_does_not_come(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"8XX\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\","
        "\"require_forced_authorization_code\":true,\"calling_line_id_presentation\":"
        "\"restricted\"}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"8XX#\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\"}");
    alice_dials(kit, "8");
    is_asked(kit);
    keys(kit, "12");
    sj_testkit_advance(kit, 15500);
    is_asked(kit);
    sj_testkit_advance(kit, 15500);
    const char *request = expect(kit, gateway, "INVITE sip:812%23@");
    assert_null(strstr(request, "Privacy: id"));
    assert_non_null(strstr(header(request, "From"), "<sip:1001@"));
}

static void subscribes(sj_testkit *kit, const char *from, const char *dialog, int cseq) {
    static const char body[] = "<kpml-request/>";
    char text[3000];
    (void)snprintf(text, sizeof text,
                   "SUBSCRIBE sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bKs%d"
                   "\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d "
                   "SUBSCRIBE\r\nContact: <sip:peer@%s:5060>\r\nEvent: kpml\r\nExpires: 600\r\n"
                   "Content-Type: application/kpml-request+xml\r\nContent-Length: %zu\r\n\r\n%s",
                   from, cseq, header(dialog, "From"), header(dialog, "To"),
                   header(dialog, "Call-ID"), cseq, from, strlen(body), body);
    send_text(kit, from, 5060, text);
}

/* In a call either party may ask for the other's keys; the call does not hang on that. */
static void keys_pass_between_parties(void **state) {
    sj_testkit *kit = *state;
    char caller[DIALOG], callee[DIALOG], request[DIALOG];
    both_register(kit);
    phones_talk(kit, alice, "1001", bob, "1002", caller, callee);
    (void)snprintf(asked, sizeof asked, "%s", caller);
    sent = 2;
    keys(kit, "9"); /* nobody has asked for it */
    (void)expect(kit, alice, "SIP/2.0 481");
    assert_null(sent_to(kit, bob, "NOTIFY"));
    subscribes(kit, bob, callee, 1);
    (void)snprintf(request, sizeof request, "%s", expect(kit, alice, "SUBSCRIBE"));
    assert_string_equal(header(request, "Event"), "kpml");
    assert_string_equal(header(request, "Expires"), "600");
    assert_non_null(strstr(request, "<kpml-request/>"));
    answer_with(kit, alice, request, 200, "Expires: 300\r\n", "");
    assert_string_equal(header(expect(kit, bob, "SIP/2.0 200"), "Expires"), "300");
    sj_testkit_forget(kit);
    keys(kit, "7");
    (void)snprintf(request, sizeof request, "%s", expect(kit, bob, "NOTIFY"));
    assert_string_equal(header(request, "Subscription-State"), "active;expires=3600");
    assert_non_null(strstr(request, "digits=\"7\""));
    assert_null(sent_to(kit, alice, "SIP/2.0 200"));
    answer(kit, bob, request, 200, "");
    (void)expect(kit, alice, "SIP/2.0 200");
    sj_testkit_forget(kit);
    keys(kit, "8");
    answer(kit, bob, expect(kit, bob, "NOTIFY"), 481, "");
    (void)expect(kit, alice, "SIP/2.0 481");
    keys(kit, "8");
    sj_testkit_advance(kit, 40000);
    (void)expect(kit, alice, "SIP/2.0 408");
    assert_null(sent_to(kit, alice, "BYE"));
    assert_null(sent_to(kit, bob, "BYE"));
}

int main(void) {
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_number_is_complete),
        TEST(an_open_number),
        TEST(a_hash_ends_it),
        TEST(an_alternate_number),
        TEST(a_number_of_nobody),
        TEST(nothing_follows),
        TEST(a_whole_number),
        TEST(a_phone_that_tells_nothing),
        TEST(it_ends_by_itself),
        TEST(reports_that_lie),
        TEST(a_flood_of_digits),
        TEST(she_gives_up),
        TEST(a_stranger_tells_digits),
        TEST(codes),
        TEST(codes_in_headers),
        TEST(a_wrong_code),
        TEST(a_code_that_does_not_come),
        TEST(keys_pass_between_parties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
