/* The registrar by RFC 3261 10.2 and 10.3: what is registered is told, each contact comes and goes
 * by itself, all of a request or nothing, in the order of its requests; and calls ring at all of
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "events/device.h"
#include "resources/directory_number.h"
#include "resources/phone.h"
#include "resources/registration.h"
#include "resources/sip_profile.h"
#include "sip/digest.h"

static const char *const dora = "192.0.2.4";

/* A plain phone with the lines 1004 and 1005, that may have two contacts for each. */
static int setup_plain(void **state) {
    const int status = setup(state);
    if (status == 0) {
        put(*state, &sj_sip_profile_meta, "{\"name\":\"Two\",\"maximum_contacts\":2}");
        put(*state, &sj_directory_number_meta, "{\"pattern\":\"1004\",\"partition\":\"Internal\"}");
        put(*state, &sj_directory_number_meta, "{\"pattern\":\"1005\",\"partition\":\"Internal\"}");
        put(*state, &sj_phone_meta,
            "{\"name\":\"dora-phone\",\"model\":\"Third-party SIP Device (Advanced)\","
            "\"sip_profile\":\"Two\",\"calling_search_space\":\"All\",\"lines\":[{\"directory_"
            "number\":\"1004@Internal\"},{\"directory_number\":\"1005@Internal\"}]}");
    }
    return status;
}

/* A REGISTER of the user with header lines of its own; returns the answer. */
static const char *asks(sj_testkit *kit, const char *from, const char *user, const char *call_id,
                        int cseq, const char *lines) {
    char text[2000];
    sj_testkit_forget(kit);
    (void)snprintf(text, sizeof text,
                   "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "%s:5060;branch=z9hG4bK%s%d\r\nFrom: <sip:%s@127.0.0.1>;tag=1\r\nTo: "
                   "<sip:%s@127.0.0.1>\r\nCall-ID: %s\r\nCSeq: %d REGISTER\r\n%s\r\n",
                   from, call_id, cseq, user, user, call_id, cseq, lines);
    send_text(kit, from, 5060, text);
    return expect(kit, from, "SIP/2.0");
}

/* What the answer says is registered: all of them, and nothing else. */
static void expect_contacts(const char *answer, int status, const char *first, const char *second) {
    char line[20];
    const char *at = answer;
    size_t count = 0;
    (void)snprintf(line, sizeof line, "SIP/2.0 %d ", status);
    if (strncmp(answer, line, strlen(line)) != 0) {
        fail_msg("%d expected: %s", status, answer);
    }
    while ((at = strstr(at, "\r\nContact: ")) != NULL) {
        count++;
        at++;
    }
    assert_int_equal(count, (first[0] != '\0' ? 1 : 0) + (second[0] != '\0' ? 1 : 0));
    assert_non_null(strstr(answer, first));
    assert_non_null(strstr(answer, second));
}

#define A "<sip:a@192.0.2.4:5060>"
#define B "<sip:b@192.0.2.4:5070>"
#define C "<sip:c@192.0.2.4:5080>"
#define GRANTED ";expires=120"

/* 10.2.3: a REGISTER without Contact asks what is registered, and changes nothing. */
static void test_query(void **state) {
    sj_testkit *kit = *state;
    const char *answer = asks(kit, dora, "dora-phone", "q", 1, "");
    expect_contacts(answer, 200, "", "");
    assert_string_equal(header(answer, "Expires"), "");
    expect_contacts(asks(kit, dora, "dora-phone", "r", 1, "Contact: " A "\r\n"), 200, A GRANTED,
                    "");
    sj_testkit_advance(kit, 20000);
    expect_contacts(asks(kit, dora, "dora-phone", "q", 2, ""), 200, A ";expires=100", "");
    expect_contacts(asks(kit, dora, "dora-phone", "q", 3, "Expires: 0\r\n"), 200, A ";expires=100",
                    "");
    /* To others nobody tells it. */
    expect_contacts(asks(kit, "192.0.2.66", "dora-phone", "q", 4, ""), 403, "", "");
}

/* 10.2.2: a contact that is taken off is that one, by the rules for comparing URIs. */
static void test_removal(void **state) {
    sj_testkit *kit = *state;
    (void)asks(kit, dora, "dora-phone", "r", 1, "Contact: " A ", " B "\r\nExpires: 600\r\n");
    expect_contacts(asks(kit, dora, "dora-phone", "r", 2, "Contact: " C ";expires=0\r\n"), 200,
                    A GRANTED, B GRANTED);
    expect_contacts(asks(kit, dora, "dora-phone", "r", 3, "Contact: " A "\r\nExpires: 0\r\n"), 200,
                    B GRANTED, "");
    assert_int_equal(sj_testkit_count(kit, "event", "device.unregistered"), 0);
    expect_contacts(asks(kit, dora, "dora-phone", "r", 4,
                         "Contact: <SIP:%62@192.0.2.4:5070;x=y>;expires=0\r\n"),
                    200, "", "");
    assert_int_equal(sj_testkit_count(kit, "event", "device.unregistered"), 1);
    /* One contact of a Cisco phone that is not its own leaves it registered. */
    register_phone(kit, alice, "SEP001122334401", "1001", 1, 3600);
    sj_testkit_forget(kit);
    send_text(kit, alice, 5060,
              "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx"
              "\r\nFrom: <sip:1001@x>;tag=1\r\nTo: <sip:1001@127.0.0.1>\r\nCall-ID: "
              "reg-SEP001122334401\r\nCSeq: 2 REGISTER\r\nContact: <sip:other@192.0.2.1:5060>;"
              "+u.sip!devicename.ccm.cisco.com=\"SEP001122334401\"\r\nExpires: 0\r\n\r\n");
    expect_contacts(expect(kit, alice, "SIP/2.0"), 200, "<sip:uuid-1001@192.0.2.1:5060", "");
    assert_int_equal(sj_testkit_count(kit, "event", "device.unregistered"), 0);
}

/* 10.2.2 and 10.3, 6: an asterisk takes all off, and stands alone, with Expires: 0. */
static void test_asterisk(void **state) {
    static const char *const wrong[] = {"Contact: *\r\n", "Contact: *\r\nExpires: 10\r\n",
                                        "Contact: *, " A "\r\nExpires: 0\r\n",
                                        "Contact: " A "\r\nContact: *\r\nExpires: 0\r\n"};
    sj_testkit *kit = *state;
    (void)asks(kit, dora, "dora-phone", "r", 1, "Contact: " A "\r\nContact: " B "\r\n");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        expect_contacts(asks(kit, dora, "dora-phone", "r", 2 + (int)i, wrong[i]), 400, "", "");
    }
    expect_contacts(asks(kit, dora, "dora-phone", "q", 1, ""), 200, A GRANTED, B GRANTED);
    expect_contacts(asks(kit, dora, "dora-phone", "r", 9, "Contact: *\r\nExpires: 0\r\n"), 200, "",
                    "");
    assert_int_equal(sj_testkit_count(kit, "event", "device.unregistered"), 1);
    expect_contacts(asks(kit, dora, "dora-phone", "q", 2, ""), 200, "", "");
}

/* 10.3, 7: all contacts of a request or none. */
static void test_all_or_nothing(void **state) {
    sj_testkit *kit = *state;
    expect_contacts(asks(kit, dora, "dora-phone", "r", 1, "Contact: " A ", " B ";expires=3\r\n"),
                    423, "", "");
    expect_contacts(asks(kit, dora, "dora-phone", "r", 2, "Contact: " A ", <sip:b@\r\n"), 400, "",
                    "");
    expect_contacts(asks(kit, dora, "dora-phone", "r", 3, "Contact: " A ", " B ", " C "\r\n"), 403,
                    "", "");
    expect_contacts(asks(kit, dora, "dora-phone", "q", 1, ""), 200, "", "");
    expect_contacts(asks(kit, dora, "dora-phone", "r", 4, "Contact: " A ", " B "\r\n"), 200,
                    A GRANTED, B GRANTED);
    /* One comes, one goes. */
    expect_contacts(asks(kit, dora, "dora-phone", "r", 5, "Contact: " A ";expires=0, " C "\r\n"),
                    200, B GRANTED, C GRANTED);
    expect_contacts(
        asks(kit, dora, "dora-phone", "r", 6, "Contact: " B ";expires=0, " C ";expires=3\r\n"), 423,
        "", "");
    expect_contacts(asks(kit, dora, "dora-phone", "q", 1, ""), 200, B GRANTED, C GRANTED);
    /* The same twice, or two that are the same as a third: each is one contact. */
    expect_contacts(asks(kit, dora, "dora-phone", "r", 7,
                         "Contact: " B ";expires=0, " B ", <sip:c@192.0.2.4:5080;x=1>;expires=0, "
                         "<sip:c@192.0.2.4:5080;x=2>;expires=0\r\n"),
                    200, B GRANTED, "");
    expect_contacts(asks(kit, dora, "dora-phone", "r", 8, "Contact: " C "\r\n"), 200, B, C);
    /* No room: what is of the same Call-ID gives way. */
    expect_contacts(asks(kit, dora, "dora-phone", "s", 1, "Contact: " A "\r\n"), 200, A GRANTED,
                    "@");
}

/* 10.3, 7: of the requests with one Call-ID the later counts. */
static void test_order(void **state) {
    sj_testkit *kit = *state;
    (void)asks(kit, dora, "dora-phone", "r", 5, "Contact: " A "\r\n");
    (void)asks(kit, dora, "dora-phone", "s", 1, "Contact: " B "\r\n");
    expect_contacts(asks(kit, dora, "dora-phone", "r", 4, "Contact: " A ";expires=0\r\n"), 500, "",
                    "");
    expect_contacts(asks(kit, dora, "dora-phone", "r", 4, "Contact: *\r\nExpires: 0\r\n"), 500, "",
                    "");
    /* The same once more is the same answer; another Call-ID has an order of its own. */
    expect_contacts(asks(kit, dora, "dora-phone", "r", 5, "Contact: " A "\r\n"), 200, A GRANTED, B);
    expect_contacts(asks(kit, dora, "dora-phone", "s", 2, "Contact: " B ";expires=0\r\n"), 200, A,
                    "");
}

/* 10.2.1.1, 10.3, 7: times. */
static void test_times(void **state) {
    sj_testkit *kit = *state;
    const char *answer = asks(kit, dora, "dora-phone", "r", 1, "Contact: " A ";expires=4\r\n");
    expect_contacts(answer, 423, "", "");
    assert_string_equal(header(answer, "Min-Expires"), "5");
    expect_contacts(
        asks(kit, dora, "dora-phone", "r", 2, "Contact: " A ";expires=5\r\nExpires: 90\r\n"), 200,
        A ";expires=5", "");
    expect_contacts(asks(kit, dora, "dora-phone", "r", 3, "Contact: " A ";expires=soon\r\n"), 200,
                    A GRANTED, "");
    (void)asks(kit, dora, "dora-phone", "r", 4, "Contact: " A ", " B ";expires=30\r\n");
    sj_testkit_advance(kit, 60000); /* one of two ends */
    expect_contacts(asks(kit, dora, "dora-phone", "q", 1, ""), 200, A ";expires=60", "");
}

/* RFC 5626, RFC 5627: what is not done is not claimed. */
static void test_outbound_and_gruu(void **state) {
    sj_testkit *kit = *state;
    const char *answer =
        asks(kit, dora, "dora-phone", "r", 1,
             "Supported: path, outbound, gruu\r\nContact: " A ";reg-id=1;+sip.instance=\"<urn:uuid:"
             "f81d4fae-7dec-11d0-a765-00a0c91e6bf6>\"\r\n");
    expect_contacts(answer, 200, A ";reg-id=1;+sip.instance", "");
    assert_null(strstr(answer, "gruu"));
    assert_null(strstr(answer, "outbound"));
    assert_null(strstr(answer, "Flow-Timer"));
    assert_null(strstr(answer, "Require"));
    answer = asks(kit, dora, "dora-phone", "r", 2, "Require: outbound\r\nContact: " A "\r\n");
    expect_contacts(answer, 420, "", "");
    assert_string_equal(header(answer, "Unsupported"), "outbound");
}

static size_t invites(sj_testkit *kit) {
    return sj_testkit_count(kit, "udp", "192.0.2.4:50") == 0
               ? 0
               : sj_testkit_count(kit, "udp", " INVITE sip:");
}

/* A call rings at all contacts of the line; who answers has it. */
static void test_calls_fork(void **state) {
    sj_testkit *kit = *state;
    char offer[2][3000];
    both_register(kit);
    (void)asks(kit, dora, "dora-phone", "r", 1, "Contact: " A ", " B "\r\n");
    sj_testkit_forget(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1004", "1001", "");
    assert_int_equal(invites(kit), 2);
    (void)snprintf(offer[0], sizeof offer[0], "%s",
                   expect(kit, dora, "INVITE sip:a@192.0.2.4:5060 SIP/2.0"));
    (void)snprintf(offer[1], sizeof offer[1], "%s",
                   expect(kit, dora, "INVITE sip:b@192.0.2.4:5070 SIP/2.0"));
    answer(kit, dora, offer[0], 180, "");
    answer(kit, dora, offer[1], 180, "");
    sj_testkit_forget(kit);
    answer(kit, dora, offer[1], 200, "answer-sdp");
    (void)expect(kit, alice, "SIP/2.0 200");
    assert_string_equal(header(expect(kit, dora, "CANCEL sip:a@192.0.2.4:5060 SIP/2.0"), "Reason"),
                        "SIP;cause=200;text=\"Call completed elsewhere\""); /* no missed call */
    assert_null(sent_to(kit, dora, "CANCEL sip:b@"));
}

/* The REGISTER of a user who shows carol's credentials. */
static const char *proves(sj_testkit *kit, const char *user, const char *call_id, int cseq,
                          const char *lines) {
    char more[1500], nonce[80] = "", ha1[DIGEST_HEX], response[DIGEST_HEX];
    const unsigned char secret[32] = {0};
    struct digest *with = digest_new(secret);
    const char *challenge = strstr(asks(kit, dora, user, call_id, cseq, lines), "nonce=\"");
    assert_non_null(challenge);
    assert_int_equal(sscanf(challenge + 7, "%79[^\"]", nonce), 1);
    const struct digest_credentials credentials = {.nonce = sip_text_of(nonce),
                                                   .uri = sip_text_of("sip:127.0.0.1"),
                                                   .nc = sip_text_of("00000001"),
                                                   .cnonce = sip_text_of("cn"),
                                                   .qop = sip_text_of("auth")};
    digest_ha1(with, DIGEST_MD5, "carol", SJ_DIGEST_REALM, "secret", ha1);
    digest_response(with, ha1, sip_text_of("REGISTER"), &credentials, response);
    digest_free(with);
    (void)snprintf(more, sizeof more,
                   "Authorization: Digest username=\"carol\",realm=\"" SJ_DIGEST_REALM
                   "\",uri=\"sip:127.0.0.1\",nonce=\"%s\",response=\"%s\",algorithm=MD5,qop=auth,"
                   "cnonce=\"cn\",nc=00000001\r\n%s",
                   nonce, response, lines);
    return asks(kit, dora, user, call_id, cseq, more);
}

/* A phone that registers each line by its number is called at that line's contact. */
static void test_lines(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_phone_meta,
        "{\"name\":\"carol-phone\",\"model\":\"Third-party SIP Device (Advanced)\",\"phone_"
        "security_profile\":\"Standard SIP Digest Profile\",\"digest_user\":\"carol\",\"lines\":"
        "[{\"directory_number\":\"1004@Internal\"},{\"directory_number\":\"1005@Internal\"}]}");
    both_register(kit);
    expect_contacts(proves(kit, "1004", "r", 1, "Contact: " A "\r\n"), 200, A GRANTED, "");
    expect_contacts(proves(kit, "1005", "s", 1, "Contact: " C "\r\n"), 200, C GRANTED, "");
    expect_contacts(proves(kit, "1004", "q", 1, ""), 200, A GRANTED, "");
    sj_testkit_forget(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1004", "1001", "");
    assert_int_equal(invites(kit), 1);
    (void)expect(kit, dora, "INVITE sip:a@192.0.2.4:5060 SIP/2.0");
    sj_testkit_forget(kit);
    invite(kit, bob, "uuid-1002@192.0.2.2:5060", "1005", "1002", "");
    assert_int_equal(invites(kit), 1);
    (void)expect(kit, dora, "INVITE sip:c@192.0.2.4:5080 SIP/2.0");
    /* Only the contact of the one line is taken off. */
    expect_contacts(proves(kit, "1004", "r", 3, "Contact: *\r\nExpires: 0\r\n"), 200, "", "");
    assert_int_equal(sj_testkit_count(kit, "event", "device.unregistered"), 0);
    expect_contacts(proves(kit, "1005", "q", 2, ""), 200, C, "");
}

/* 10.3, 3 and 7: nobody learns of the order of requests who has not shown who he is, and an answer
 * that was lost is given again. */
static void test_order_after_authorisation(void **state) {
    static const char lines[] = "Contact: " A "\r\n";
    sj_testkit *kit = *state;
    expect_contacts(proves(kit, "carol", "r", 5, lines), 200, A GRANTED, "");
    expect_contacts(asks(kit, dora, "carol", "r", 5, lines), 401, "", "");
    expect_contacts(asks(kit, dora, "carol", "r", 4, lines), 401, "", "");
    expect_contacts(proves(kit, "carol", "r", 4, lines), 500, "", "");
}

/* A phone calls from each of its contacts, and is not rung by its own calls. */
static void test_calls_from_each(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    (void)asks(kit, dora, "dora-phone", "r", 1, "Contact: " A ", " B "\r\n");
    sj_testkit_forget(kit);
    invite(kit, dora, "b@192.0.2.4:5070", "1001", "1004", "");
    (void)expect(kit, alice, "INVITE sip:uuid-1001@");
    sj_testkit_forget(kit);
    invite(kit, dora, "a@192.0.2.4:5060", "1004", "1004", "");
    assert_int_equal(invites(kit), 0);
}

/* A stranger cannot add a contact to a phone that has shown nothing but its name. */
static void test_contact_from_elsewhere(void **state) {
    sj_testkit *kit = *state;
    char text[1000];
    (void)asks(kit, dora, "dora-phone", "r", 1, "Contact: " A "\r\n");
    sj_testkit_forget(kit);
    (void)snprintf(text, sizeof text,
                   "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "192.0.2.66:5060;branch=z9hG4bKt\r\nFrom: <sip:t@x>;tag=1\r\nTo: "
                   "<sip:dora-phone@127.0.0.1>\r\nCall-ID: t\r\nCSeq: 1 REGISTER\r\nContact: "
                   "<sip:t@192.0.2.66>\r\n\r\n");
    send_text(kit, "192.0.2.66", 5060, text);
    assert_null(sent_to(kit, "192.0.2.66", "SIP/2.0"));
    answer(kit, dora, expect(kit, dora, "OPTIONS sip:a@192.0.2.4:5060"), 200, "");
    (void)expect(kit, "192.0.2.66", "SIP/2.0 403");
}

/* After a restart the phone that had several contacts is known by one, until they come again. */
static void test_restart(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    sj_registration *saved = NULL;
    (void)asks(kit, dora, "dora-phone", "r", 1, "Contact: " A ", " B "\r\n");
    sj_testkit_advance(kit, 2000);
    (void)asks(kit, dora, "dora-phone", "r", 2, "Contact: " B ";expires=0\r\n");
    sj_testkit_advance(kit, 2000);
    assert_int_equal(sj_registration_get(sj_testkit_scope(kit), "dora-phone", &saved, NULL), SJ_OK);
    assert_string_equal(saved->contact, "sip:a@192.0.2.4:5060");
    sj_record_free(sj_testkit_scope(kit), saved);
    assert_int_equal(sj_testkit_stop(kit, "callmanager", &error), SJ_OK);
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
    expect_contacts(asks(kit, dora, "dora-phone", "r", 3, "Contact: " A ", " B "\r\n"), 200,
                    A GRANTED, B GRANTED);
}

struct reset_result {
    int status_code;
    char message[200];
};

static void on_reset(void *user, int status, const sj_error *error,
                     const sj_device_reset_reply *reply) {
    struct reset_result *result = user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    result->status_code = (int)reply->status_code;
    (void)snprintf(result->message, sizeof result->message, "%s", reply->message);
}

/* A reset reaches all contacts of the phone, and is answered when all have answered. */
static void test_reset_reaches_all(void **state) {
    sj_testkit *kit = *state;
    const sj_device_reset request = {
        .device_name = "dora-phone", .mode = SJ_DEVICE_RESET_MODE_RESTART, .trace_id = ""};
    struct reset_result result = {0, ""};
    char first[DIALOG];
    (void)asks(kit, dora, "dora-phone", "r", 1, "Contact: " A ", " B "\r\nExpires: 600\r\n");
    sj_testkit_forget(kit);
    assert_int_equal(
        sj_ask_device_reset(sj_testkit_scope(kit), &request, 0, on_reset, &result, NULL), SJ_OK);
    sj_testkit_run(kit);
    (void)snprintf(first, sizeof first, "%s", expect(kit, dora, "NOTIFY sip:a@192.0.2.4:5060"));
    const char *second = expect(kit, dora, "NOTIFY sip:b@192.0.2.4:5070");
    assert_string_equal(header(second, "Event"), "check-sync;reboot=false");
    answer(kit, dora, second, 489, "");
    assert_int_equal(result.status_code, 0);
    answer(kit, dora, first, 200, "");
    assert_int_equal(result.status_code, 489);
    assert_string_equal(result.message, "1 of the 2 contacts of phone dora-phone took it; not that "
                                        "at 192.0.2.4 port 5070.");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_plain, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_query),
        TEST(test_reset_reaches_all),
        TEST(test_removal),
        TEST(test_asterisk),
        TEST(test_all_or_nothing),
        TEST(test_order),
        TEST(test_times),
        TEST(test_outbound_and_gruu),
        TEST(test_calls_fork),
        TEST(test_lines),
        TEST(test_order_after_authorisation),
        TEST(test_calls_from_each),
        TEST(test_contact_from_elsewhere),
        TEST(test_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
