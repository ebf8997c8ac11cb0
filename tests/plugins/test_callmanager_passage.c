/* Headers of one party's messages that go on to the other, in the test kit: the table of
 * docs/callmanager.md held against the rule and against calls; in which messages; and what stays
 * behind whatever profiles list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "resources/dial_codes.h"
#include "resources/phone.h"
#include "resources/route_pattern.h"
#include "resources/sip_profile.h"
#include "resources/sip_trunk.h"
#include "schemas/rules/rules.h"

#define CONTACT "uuid-1001@192.0.2.1:5060"
#define SDP                                                                                        \
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 "       \
    "RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
#define MARK "passed-on"

/* Alice's profile lists `hers`, Bob's and the gateway's `theirs`: names in quotes, with commas. */
static void begin(sj_testkit *kit, const char *hers, const char *theirs, const char *of_trunk) {
    char json[4000];
    (void)snprintf(json, sizeof json, "{\"name\":\"Hers\",\"headers_passed_through\":[%s]}", hers);
    put(kit, &sj_sip_profile_meta, json);
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"Theirs\",\"options_ping\":false,\"headers_passed_through\":[%s]}",
                   theirs);
    put(kit, &sj_sip_profile_meta, json);
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334401\",\"model\":\"Cisco 7841\",\"calling_search_space\":\"All\","
        "\"sip_profile\":\"Hers\",\"lines\":[{\"directory_number\":\"1001@Internal\",\"display\":"
        "\"Alice A\"}]}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334402\",\"model\":\"Cisco 7841\",\"calling_search_space\":"
        "\"Phones\",\"sip_profile\":\"Theirs\",\"lines\":[{\"directory_number\":\"1002@Internal\","
        "\"display\":\"Bob B\"}]}");
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\",\"sip_trunk_security_"
                   "profile\":\"UDP\",\"sip_profile\":\"Theirs\",\"destinations\":[{\"address\":"
                   "\"192.0.2.90\"}]%s}",
                   of_trunk);
    put(kit, &sj_sip_trunk_meta, json);
    sj_testkit_advance(kit, 1100);
    both_register(kit);
    sj_testkit_forget(kit);
}

static void has(const char *message, const char *name, const char *value) {
    if (strcmp(header(message, name), value) != 0) {
        fail_msg("%s is not \"%s\" in:\n%s", name, value, message);
    }
}

/* Of several messages that are alike. */
static const char *copy(const char *message) {
    static char kept[4][DIALOG];
    static unsigned next;
    char *room = kept[next++ % 4];
    (void)snprintf(room, DIALOG, "%s", message);
    return room;
}

/* ---- the table ---- */

struct row {
    char names[100][40];
    size_t count;
};
enum { PASSES, BELLS, OWN, PARTY, PROOF, BODY, ROWS };

static void read_table(struct row rows[ROWS]) {
    static char page[400000];
    FILE *file = fopen(PAGE, "r");
    assert_non_null(file);
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    (void)fclose(file);
    char *at = strstr(page, "| header | what becomes of it |");
    assert_non_null(at);
    at = strchr(strchr(at, '\n') + 1, '\n') + 1;
    for (size_t i = 0; i < ROWS; i++) {
        char *end = strchr(at, '\n');
        char *stop = strstr(at + 1, " | ");
        assert_true(at[0] == '|' && end != NULL && stop != NULL && stop < end);
        rows[i].count = 0;
        for (char *name = strchr(at, '`'); name != NULL && name < stop; name = strchr(name, '`')) {
            char *close = strchr(++name, '`');
            assert_true(close < stop && (size_t)(close - name) < sizeof rows[i].names[0]);
            (void)snprintf(rows[i].names[rows[i].count++], sizeof rows[i].names[0], "%.*s",
                           (int)(close - name), name);
            name = close + 1;
        }
        at = end + 1;
    }
    assert_int_equal(at[0], '\n'); /* there are no more */
}

static char refusal[400];

static void tell(void *user, const struct sj_rule_place *place, const char *sentence) {
    (void)user;
    assert_string_equal(place->list, "headers_passed_through");
    (void)snprintf(refusal, sizeof refusal, "%s", sentence);
}

static const char *refused(const char *const *names, size_t count) {
    const struct sj_rule_check check = {.tell = tell};
    refusal[0] = '\0';
    sj_rule_headers_passed_through(&check, names, count);
    return refusal;
}

static void test_names(void **state) {
    static struct row rows[ROWS];
    static const char *const twice[] = {"Subject", "subject"};
    static const char *const none[] = {"", "s", "Sub ject", "Subject:", "Subject\r\nVia", "*"};
    size_t known = 0;
    (void)state;
    read_table(rows);
    for (size_t i = 0; i < ROWS; i++) {
        assert_true(rows[i].count > 0);
        for (size_t j = 0; j < rows[i].count; j++) {
            const char *name = rows[i].names[j];
            char example[50];
            (void)snprintf(example, sizeof example, "%s%s", name,
                           name[strlen(name) - 1] == '*' ? "Any" : "");
            if (strchr(example, '*') != NULL) { /* it stands for names */
                memmove(strchr(example, '*'), strchr(example, '*') + 1,
                        strlen(strchr(example, '*')));
            }
            const char *names[] = {example};
            if ((refused(names, 1)[0] != '\0') != (i >= OWN)) {
                fail_msg("%s is not as the table says: %s", name, refusal);
            }
            known += i >= OWN ? 1 : 0;
        }
    }
    for (size_t i = 0; sj_unpassed_headers[i].name != NULL; i++) {
        bool found = false;
        for (size_t j = 0; j / 100 < ROWS; j++) {
            const struct row *row = &rows[j / 100];
            found = found || (j / 100 >= OWN && j % 100 < row->count &&
                              strcmp(row->names[j % 100], sj_unpassed_headers[i].name) == 0);
        }
        if (!found) {
            fail_msg("%s is not in the table", sj_unpassed_headers[i].name);
        }
        known--;
    }
    assert_int_equal(known, 0);
    assert_non_null(strstr(refused(twice, 2), "expected each of them once"));
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_non_null(strstr(refused(&none[i], 1), "expected the name of a SIP header"));
    }
    static const char *const via[] = {"via"}, *const from[] = {"FROM"},
                             *const proof[] = {"Proxy-Authorization"};
    assert_non_null(strstr(refused(via, 1), "\"via\": the call manager writes its own"));
    assert_non_null(strstr(refused(from, 1), "who a party is the call manager says itself"));
    assert_non_null(strstr(refused(proof, 1), "it proves who has sent"));
}

/* What an INVITE cannot have with any value: it would mean something, or be refused. */
static bool is_meant(const char *name) {
    static const char *const meant[] = {"Call-ID",
                                        "Contact",
                                        "CSeq",
                                        "Expires",
                                        "From",
                                        "Join",
                                        "Max-Forwards",
                                        "Min-SE",
                                        "Proxy-Require",
                                        "Replaces",
                                        "Require",
                                        "Route",
                                        "Session-Expires",
                                        "To",
                                        "Via",
                                        "Record-Route",
                                        "Content-*",
                                        "RAck",
                                        "RSeq",
                                        "Privacy"};
    for (size_t i = 0; i < sizeof meant / sizeof meant[0]; i++) {
        if (strcmp(name, meant[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* With every header of the table in it: what can pass passes where it is listed, and nothing else
 * does. */
static void test_table(void **state) {
    sj_testkit *kit = *state;
    static struct row rows[ROWS];
    static char lines[5000], list[2000];
    read_table(rows);
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < rows[i].count; j++) {
            char name[50];
            (void)snprintf(name, sizeof name, "%.39s", rows[i].names[j]);
            if (is_meant(name)) {
                continue;
            }
            name[strcspn(name, "*")] = '\0';
            (void)snprintf(lines + strlen(lines), sizeof lines - strlen(lines), "%s%s: %s-%zu\r\n",
                           name, rows[i].names[j][strlen(name)] == '*' ? "Any" : "", MARK, i);
            if (i < OWN) {
                (void)snprintf(list + strlen(list), sizeof list - strlen(list), "%s\"%s\"",
                               list[0] == '\0' ? "" : ",", name);
            }
        }
    }
    begin(kit, list, list, "");
    invite(kit, alice, CONTACT, "9555", "1001", lines);
    const char *sent = copy(expect(kit, gateway, "INVITE"));
    for (size_t i = 0; i < OWN; i++) {
        for (size_t j = 0; j < rows[i].count; j++) {
            char value[30];
            (void)snprintf(value, sizeof value, "%s-%zu", MARK, i);
            has(sent, rows[i].names[j], value);
        }
    }
    for (size_t i = OWN; i < ROWS; i++) {
        char value[30];
        (void)snprintf(value, sizeof value, "%s-%zu", MARK, i);
        if (strstr(sent, value) != NULL) {
            fail_msg("what is not to pass has passed:\n%s", sent);
        }
    }
    has(sent, "Max-Forwards", "69");
    assert_string_not_equal(header(sent, "Call-ID"), "call-1001-9555");
}

/* Both have to list it; by default nobody does. */
static void test_both_list_it(void **state) {
    sj_testkit *kit = *state;
    static const char lines[] = "User-to-User: 56a3;encoding=hex\r\ns: hello\r\nX-Ticket: 7\r\n"
                                "X-Ticket: 8\r\n";
    begin(kit, "", "", "");
    invite(kit, alice, CONTACT, "9551", "1001", lines);
    const char *sent = expect(kit, gateway, "INVITE sip:551@");
    assert_null(strstr(sent, "56a3"));
    assert_null(strstr(sent, "hello"));
    begin(kit, "\"User-to-User\",\"Subject\"", "\"subject\",\"X-Ticket\"", "");
    invite(kit, alice, CONTACT, "9552", "1001", lines);
    sent = expect(kit, gateway, "INVITE sip:552@");
    has(sent, "subject", "hello"); /* the compact form is the same header */
    has(sent, "User-to-User", "");
    has(sent, "X-Ticket", "");
    begin(kit, "\"X-Ticket\"", "\"x-ticket\"", "");
    invite(kit, alice, CONTACT, "9553", "1001", lines);
    sent = copy(expect(kit, gateway, "INVITE sip:553@"));
    assert_non_null(strstr(sent, "x-ticket: 7\r\nx-ticket: 8\r\n"));
}

/* Progress, answer, what happens within the call, and its end, in both directions. */
static void test_messages(void **state) {
    sj_testkit *kit = *state;
    begin(kit, "\"User-to-User\"", "\"User-to-User\"", "");
    invite_with(kit, alice, CONTACT, "1002", "1001", "User-to-User: a1\r\n", "application/sdp",
                SDP);
    const char *offer = copy(expect(kit, bob, "INVITE"));
    has(offer, "User-to-User", "a1");
    answer_with(kit, bob, offer, 180, "User-to-User: b1\r\n", "");
    has(expect(kit, alice, "SIP/2.0 180"), "User-to-User", "b1");
    answer_with(kit, bob, offer, 200, "User-to-User: b2\r\n", SDP);
    const char *answered = copy(expect(kit, alice, "SIP/2.0 200"));
    has(answered, "User-to-User", "b2");
    within(kit, alice, "ACK", 1, answered);
    sj_testkit_forget(kit);
    char text[1500];
    (void)snprintf(
        text, sizeof text,
        "INFO sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch="
        "z9hG4bKinfo\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: 2 "
        "INFO\r\nUser-to-User: a2\r\nContent-Length: 0\r\n\r\n",
        header(answered, "From"), header(answered, "To"), header(answered, "Call-ID"));
    send_text(kit, alice, 5060, text);
    const char *info = copy(expect(kit, bob, "INFO"));
    has(info, "User-to-User", "a2");
    answer_with(kit, bob, info, 200, "User-to-User: b3\r\n", "");
    has(expect(kit, alice, "SIP/2.0 200"), "User-to-User", "b3");
    char callee[DIALOG];
    turned_round(offer, callee);
    sj_testkit_forget(kit);
    (void)snprintf(text, sizeof text,
                   "BYE sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch="
                   "z9hG4bKbye\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: 3 "
                   "BYE\r\nUser-to-User: a3\r\nContent-Length: 0\r\n\r\n",
                   header(answered, "From"), header(answered, "To"), header(answered, "Call-ID"));
    send_text(kit, alice, 5060, text);
    has(expect(kit, bob, "BYE"), "User-to-User", "a3");
}

/* The refusal that the caller is told; not that of somebody who was tried before. */
static void test_refusals(void **state) {
    sj_testkit *kit = *state;
    begin(kit, "\"User-to-User\"", "\"User-to-User\"", "");
    invite(kit, alice, CONTACT, "1002", "1001", "");
    answer_with(kit, bob, copy(expect(kit, bob, "INVITE")), 486, "User-to-User: busy\r\n", "");
    has(expect(kit, alice, "SIP/2.0 486"), "User-to-User", "busy");
    begin(kit, "\"User-to-User\"", "\"User-to-User\"", "");
    invite(kit, alice, CONTACT, "9555", "1001", "");
    const char *offer = copy(expect(kit, gateway, "INVITE"));
    answer_with(kit, gateway, offer, 183, "User-to-User: early\r\n", "");
    has(expect(kit, alice, "SIP/2.0 18"), "User-to-User", "early");
    answer(kit, gateway, offer, 404, "");
    has(expect(kit, alice, "SIP/2.0 404"), "User-to-User", "");
}

/* Whoever withholds who it is from the other: any header might say it. */
static void test_withheld(void **state) {
    sj_testkit *kit = *state;
    static const char lines[] = "Privacy: id\r\nX-Caller: Alice of 1001\r\n";
    begin(kit, "\"X-Caller\"", "\"X-Caller\"", "");
    invite(kit, alice, CONTACT, "1002", "1001", lines);
    const char *sent = expect(kit, bob, "INVITE");
    assert_null(strstr(sent, "Alice of 1001"));
    gives_up(kit, alice, "1002");
    invite(kit, alice, CONTACT, "9555", "1001", lines); /* which is told who calls */
    has(expect(kit, gateway, "INVITE"), "X-Caller", "Alice of 1001");
    begin(kit, "\"X-Caller\"", "\"X-Caller\"", ",\"trust_received_identity\":\"trust_none\"");
    invite(kit, alice, CONTACT, "9556", "1001", lines);
    assert_null(strstr(expect(kit, gateway, "INVITE sip:556"), "Alice of 1001"));
    /* By what a trunk says of calls that go out; and of who answers, to who calls. */
    begin(kit, "\"X-Caller\"", "\"X-Caller\"",
          ",\"trust_received_identity\":\"trust_none\",\"calling_name_presentation\":"
          "\"restricted\"");
    invite(kit, alice, CONTACT, "9557", "1001", "X-Caller: Alice of 1001\r\n");
    assert_null(strstr(expect(kit, gateway, "INVITE sip:557"), "Alice of 1001"));
    begin(kit, "\"X-Caller\"", "\"X-Caller\"", "");
    invite(kit, alice, CONTACT, "9558", "1001", "");
    const char *offer = copy(expect(kit, gateway, "INVITE sip:558"));
    answer_with(kit, gateway, offer, 180,
                "P-Asserted-Identity: <sip:5558@192.0.2.90>\r\nPrivacy: id\r\nX-Caller: 5558\r\n",
                "");
    has(expect(kit, alice, "SIP/2.0 180"), "X-Caller", "");
}

static void begin_with_code(sj_testkit *kit) {
    put(kit, &sj_forced_authorization_code_meta,
        "{\"code\":\"47110815\",\"name\":\"Sales\",\"level\":50}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"8.!\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\",\"discard_digits\":"
        "\"pre_dot\",\"require_forced_authorization_code\":true}");
    begin(kit, "\"X-Dialled\",\"X-Ticket\"", "\"X-Dialled\",\"X-Ticket\"", "");
}

/* The message comes without the header that holds the code, and with the other. */
static const char *comes_without(sj_testkit *kit, const char *to, const char *begin) {
    const char *message = copy(expect(kit, to, begin));
    has(message, "X-Ticket", "7");
    has(message, "X-Dialled", "");
    return message;
}

/* Codes that were dialled stay here, wherever a party repeats them, as long as the call lasts. */
static void test_codes(void **state) {
    sj_testkit *kit = *state;
    static const char lines[] = "X-Dialled: sip:8555%2347110815@x\r\nX-Ticket: 7\r\n";
    char answered[DIALOG], callee[DIALOG];
    begin_with_code(kit);
    invite_with(kit, alice, CONTACT, "8555%2347110815", "1001", lines, "application/sdp", SDP);
    const char *offer = comes_without(kit, gateway, "INVITE sip:555@");
    assert_null(strstr(offer, "47110815"));
    answer_with(kit, gateway, offer, 180, lines, "");
    (void)comes_without(kit, alice, "SIP/2.0 180");
    answer_with(kit, gateway, offer, 200, lines, SDP);
    (void)snprintf(answered, sizeof answered, "%s", comes_without(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, answered);
    turned_round(offer, callee);
    sj_testkit_forget(kit);
    within_more(kit, alice, "INFO", 2, answered, lines, "");
    answer_with(kit, gateway, comes_without(kit, gateway, "INFO"), 200, lines, "");
    (void)comes_without(kit, alice, "SIP/2.0 200");
    sj_testkit_forget(kit);
    within_more(kit, gateway, "INFO", 2, callee, lines, "");
    answer_with(kit, alice, comes_without(kit, alice, "INFO"), 200, lines, "");
    (void)comes_without(kit, gateway, "SIP/2.0 200");
    sj_testkit_forget(kit);
    within_more(kit, alice, "INVITE", 3, answered, lines, SDP);
    answer_with(kit, gateway, comes_without(kit, gateway, "INVITE"), 200, lines, SDP);
    within(kit, alice, "ACK", 3, comes_without(kit, alice, "SIP/2.0 200"));
    within_more(kit, gateway, "BYE", 3, callee, lines, "");
    (void)comes_without(kit, alice, "BYE");
    sj_testkit_forget(kit);
    invite(kit, alice, CONTACT, "9555", "1001", lines); /* a call without codes */
    has(expect(kit, gateway, "INVITE sip:555@"), "X-Dialled", "sip:8555%2347110815@x");
}

/* One of the two that are put through is asked for an offer, or gets the other's. */
static void answers_offer(sj_testkit *kit) {
    sj_testkit_advance(kit, 60);
    const char *party = sent_to(kit, bob, "INVITE") != NULL ? bob : gateway;
    const char *offer = copy(expect(kit, party, "INVITE"));
    sj_testkit_forget(kit);
    answer(kit, party, offer, 200, SDP);
}

/* Alice calls the one and transfers it to the other; what the one says then comes to the other
 * without the code. */
static void goes_on_without(sj_testkit *kit, const char *one, const char *number, const char *other,
                            const char *target) {
    static const char lines[] = "X-Dialled: sip:8555%2347110815@x\r\nX-Ticket: 7\r\n";
    char called[DIALOG], side[DIALOG];
    begin_with_code(kit);
    invite_with(kit, alice, CONTACT, number, "1001", "", "application/sdp", SDP);
    const char *offer = copy(expect(kit, one, "INVITE"));
    turned_round(offer, side);
    answer(kit, one, offer, 200, SDP);
    (void)snprintf(called, sizeof called, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, called);
    sj_testkit_forget(kit);
    refer_to(kit, alice, 5, called, target, "");
    (void)expect(kit, alice, "SIP/2.0 202");
    answers_offer(kit);
    answers_offer(kit);
    sj_testkit_forget(kit);
    within_more(kit, one, "INFO", 2, side, lines, "");
    (void)comes_without(kit, other, "INFO");
}

static void test_codes_of_transfers(void **state) {
    goes_on_without(*state, bob, "1002", gateway, "<sip:8555%2347110815@127.0.0.1>");
}

/* Who was called with a code may know it, and comes into another call. */
static void test_codes_of_transferred(void **state) {
    goes_on_without(*state, gateway, "8555%2347110815", bob, "<sip:1002@127.0.0.1>");
}

/* What the call manager alone says to phones: that they are to answer, and what a call is. */
static void test_orders(void **state) {
    sj_testkit *kit = *state;
    begin(kit, "\"Alert-Info\",\"Call-Info\"", "\"Alert-Info\",\"Call-Info\"", "");
    invite(kit, alice, CONTACT, "9555", "1001",
           "Alert-Info: <urn:x>;info=alert-autoanswer\r\nCall-Info: <sip:x>;answer-after=0\r\n"
           "Call-Info: <urn:x-cisco-remotecc:callinfo>; security=Encrypted\r\n"
           "Alert-Info: <urn:alert:service:crisis>\r\n");
    const char *sent = copy(expect(kit, gateway, "INVITE"));
    has(sent, "Alert-Info", "<urn:alert:service:crisis>");
    has(sent, "Call-Info", "");
    invite(kit, alice, CONTACT, "1002", "1001", "Call-Info: <http://x/photo>;purpose=icon\r\n");
    sent = expect(kit, bob, "INVITE");
    assert_null(strstr(sent, "photo")); /* it says itself what the call is */
    assert_non_null(strstr(header(sent, "Call-Info"), "security=NotAuthenticated"));
}

/* However it is written: as the grammar reads it, and when in doubt not at all. */
static void test_written_otherwise(void **state) {
    static const char *const barred[] = {"<sip:x>;answer-after = 0",
                                         "<sip:x>;answer-after\r\n =0",
                                         "<sip:x>;ANSWER-AFTER\t=\t0",
                                         "<sip:x>;answer%2dafter=0",
                                         "<sip:x>;answer%252Dafter=0",
                                         "<sip:x>;\"answer-after\"=0",
                                         "<http://x>;info=\"alert-\\autoanswer\"",
                                         "<http://x>;info=\"\\a\\lert-autoanswer\"",
                                         "<urn:x-cisco%2dremotecc:callinfo>;security=Encrypted",
                                         "<urn:x-Sojourn\r\n\t:any>",
                                         "<sip:%2525252541>",
                                         "sip:8555%23471%310815@x",
                                         "8555 # 4711-0815",
                                         "\"4711\\0815\"",
                                         "4711 08\r\n 15",
                                         "%%3347110815",
                                         "%%347110815"};
    sj_testkit *kit = *state;
    begin_with_code(kit);
    for (size_t i = 0; i < sizeof barred / sizeof barred[0]; i++) {
        char lines[300], number[40], sent[40];
        (void)snprintf(lines, sizeof lines, "X-Dialled: %s\r\nX-Ticket: 7\r\n", barred[i]);
        (void)snprintf(number, sizeof number, "8%zu%%2347110815", 500 + i);
        (void)snprintf(sent, sizeof sent, "INVITE sip:%zu@", 500 + i);
        invite(kit, alice, CONTACT, number, "1001", lines);
        (void)comes_without(kit, gateway, sent);
    }
    invite(kit, alice, CONTACT, "8600%2347110815", "1001",
           "X-Dialled: 100%, \"471\" %41 answer me\r\n");
    has(expect(kit, gateway, "INVITE sip:600@"), "X-Dialled", "100%, \"471\" %41 answer me");
}

static void test_bounds(void **state) {
    sj_testkit *kit = *state;
    static char lines[5400], value[2400];
    memset(value, 'x', sizeof value - 1);
    (void)snprintf(lines, sizeof lines, "X-One: 1%s\r\nX-Two: 2%s\r\nX-Three: 3\r\n", value, value);
    begin(kit, "\"X-One\",\"X-Two\",\"X-Three\"", "\"X-One\",\"X-Two\",\"X-Three\"", "");
    invite(kit, alice, CONTACT, "1002", "1001", lines);
    const char *sent = expect(kit, bob, "INVITE");
    assert_non_null(strstr(sent, "X-One: 1xx"));
    assert_null(strstr(sent, "X-Two"));
    assert_non_null(
        sj_testkit_find(kit, "log", "headers that pass through are longer than 4096 bytes"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test_setup_teardown(test_table, setup, teardown),
        cmocka_unit_test_setup_teardown(test_both_list_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_withheld, setup, teardown),
        cmocka_unit_test_setup_teardown(test_codes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_codes_of_transfers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_codes_of_transferred, setup, teardown),
        cmocka_unit_test_setup_teardown(test_orders, setup, teardown),
        cmocka_unit_test_setup_teardown(test_written_otherwise, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
