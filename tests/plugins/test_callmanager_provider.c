/* A provider behind a SIP trunk, in the test kit: it challenges what this node asks of it,
 * and the trunk registers with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "events/sip_trunk.h"
#include "resources/sip_realm.h"
#include "resources/sip_trunk.h"
#include "resources/sip_trunk_security_profile.h"
#include "sip/digest.h"

#define CONTACT "sip:1001@192.0.2.1:5060"
#define REALM "provider.example"
#define CHALLENGE(header, more)                                                                    \
    header ": Digest realm=\"" REALM "\", nonce=\"n1\", opaque=\"o\"" more "\r\n"
#define WWW(more) CHALLENGE("WWW-Authenticate", more)

static const char *const second = "192.0.2.91";

static void ha1_of(const char *user, enum digest_algorithm algorithm, char ha1[DIGEST_HEX]) {
    const unsigned char secret[32] = {0};
    struct digest *with = digest_new(secret);
    digest_ha1(with, algorithm, user, REALM, "letmein", ha1);
    digest_free(with);
}

static void put_account(sj_testkit *kit, const char *user) {
    char json[500], md5[DIGEST_HEX], sha256[DIGEST_HEX];
    ha1_of(user, DIGEST_MD5, md5);
    ha1_of(user, DIGEST_SHA256, sha256);
    (void)snprintf(json, sizeof json,
                   "{\"realm\":\"" REALM "\",\"user\":\"%s\",\"digest_credentials\":\"%s:%s\"}",
                   user, md5, sha256);
    put(kit, &sj_sip_realm_meta, json);
}

/* Whether a request bears credentials of that user that are right. */
static void check_credentials(const char *request, const char *name, const char *user,
                              const char *nonce) {
    const char *value = header(request, name);
    const unsigned char secret[32] = {0};
    struct digest_credentials credentials;
    char expected[DIGEST_HEX], ha1[DIGEST_HEX], method[16], uri[200];
    struct digest *with = digest_new(secret);
    assert_true(digest_parse(sip_text_of(value), &credentials));
    assert_true(sip_text_is(credentials.username, user));
    assert_true(sip_text_is(credentials.realm, REALM));
    assert_true(sip_text_is(credentials.nonce, nonce));
    assert_int_equal(sscanf(request, "%15s %199s", method, uri), 2);
    assert_true(sip_text_is(credentials.uri, uri));
    ha1_of(user, digest_algorithm_of(&credentials), ha1);
    digest_response(with, ha1, sip_text_of(method), &credentials, expected);
    assert_true(sip_text_is(credentials.response, expected));
    digest_free(with);
}

static const char *call_gateway(sj_testkit *kit) {
    register_phone(kit, alice, "SEP001122334401", "1001", 1, 3600);
    sj_testkit_forget(kit);
    invite(kit, alice, CONTACT, "9555", "1001", "");
    return expect(kit, gateway, "INVITE sip:555@192.0.2.90:5060 SIP/2.0");
}

/* Alice hangs up before anybody has answered. */
static void hang_up(sj_testkit *kit) {
    send_text(kit, alice, 5060,
              "CANCEL sip:9555@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
              "192.0.2.1:5060;branch=z9hG4bKi9555\r\nMax-Forwards: 70\r\nFrom: \"Me\" "
              "<sip:1001@x>;tag=mine\r\nTo: <sip:9555@x>\r\nCall-ID: call-1001-9555\r\nCSeq: 1 "
              "CANCEL\r\nContent-Length: 0\r\n\r\n");
}

/* The peer's answer to the request that it got last. */
static void gateway_answers(sj_testkit *kit, const char *head, int status, const char *lines,
                            const char *body) {
    char request[4000];
    (void)snprintf(request, sizeof request, "%s", expect(kit, gateway, head));
    sj_testkit_forget(kit);
    answer_with(kit, gateway, request, status, lines, body);
}

/* The INVITE is sent once more, with credentials, in the same call (RFC 3261 22.2), and its ACK
 * repeats them (22.1); further requests of the dialog bear credentials of their own, and are sent
 * again when the nonce has become stale. */
static void test_call_is_challenged(void **state) {
    sj_testkit *kit = *state;
    char first[4000], credentials[600];
    put_account(kit, "acme");
    (void)snprintf(first, sizeof first, "%s", call_gateway(kit));
    gateway_answers(kit, "INVITE", 401, WWW(", qop=\"auth-int,auth\", algorithm=MD5"), "");
    (void)expect(kit, gateway, "ACK");
    const char *again = expect(kit, gateway, "INVITE");
    check_credentials(again, "Authorization", "acme", "n1");
    assert_non_null(strstr(header(again, "Authorization"), "opaque=\"o\", qop=auth, nc=00000001"));
    assert_string_equal(header(again, "Call-ID"), header(first, "Call-ID"));
    assert_string_equal(header(again, "From"), header(first, "From"));
    assert_string_equal(header(again, "To"), header(first, "To"));
    assert_string_not_equal(header(again, "Via"), header(first, "Via"));
    assert_string_equal(header(first, "CSeq"), "100 INVITE");
    assert_string_equal(header(again, "CSeq"), "101 INVITE");
    assert_non_null(strstr(again, "\r\n\r\noffer-sdp"));
    assert_null(sent_to(kit, alice, "SIP/2.0 4")); /* she hears nothing of it */
    (void)snprintf(credentials, sizeof credentials, "%s", header(again, "Authorization"));

    /* The challenge once more, which has been lost on its way: acknowledged as the first. */
    answer_with(kit, gateway, first, 401, WWW(", qop=\"auth\""), "");
    assert_string_equal(header(expect(kit, gateway, "ACK"), "CSeq"), "100 ACK");

    gateway_answers(kit, "INVITE", 200, "", "answer-sdp");
    within(kit, alice, "ACK", 1, expect(kit, alice, "SIP/2.0 200"));
    const char *ack = expect(kit, gateway, "ACK");
    assert_string_equal(header(ack, "CSeq"), "101 ACK");
    assert_string_equal(header(ack, "Authorization"), credentials);

    within(kit, alice, "BYE", 2, expect(kit, alice, "SIP/2.0 200"));
    const char *bye = expect(kit, gateway, "BYE");
    check_credentials(bye, "Authorization", "acme", "n1");
    assert_non_null(strstr(header(bye, "Authorization"), "nc=00000002"));
    assert_string_equal(header(bye, "CSeq"), "102 BYE");
    gateway_answers(kit, "BYE", 401,
                    "WWW-Authenticate: Digest realm=\"" REALM "\",nonce=\"n2\",stale=TRUE\r\n", "");
    bye = expect(kit, gateway, "BYE");
    check_credentials(bye, "Authorization", "acme", "n2");
    assert_null(strstr(bye, "n1"));
    assert_string_equal(header(bye, "CSeq"), "103 BYE");
    gateway_answers(kit, "BYE", 200, "", "");
}

/* A proxy asks (407), and then the server behind it (401): the request bears both. Of two
 * algorithms the stronger is used (RFC 8760). */
static void test_proxy_and_server(void **state) {
    sj_testkit *kit = *state;
    put_account(kit, "acme");
    (void)call_gateway(kit);
    gateway_answers(kit, "INVITE", 407, CHALLENGE("Proxy-Authenticate", ""), "");
    const char *again = expect(kit, gateway, "INVITE");
    check_credentials(again, "Proxy-Authorization", "acme", "n1");
    assert_null(strstr(again, "qop"));
    gateway_answers(kit, "INVITE", 401,
                    WWW(", algorithm=MD5") WWW(", algorithm=SHA-256, qop=\"auth\"")
                        WWW(", algorithm=SHA-512-256"),
                    "");
    again = expect(kit, gateway, "INVITE");
    check_credentials(again, "Proxy-Authorization", "acme", "n1");
    check_credentials(again, "Authorization", "acme", "n1");
    assert_non_null(strstr(header(again, "Authorization"), "algorithm=SHA-256"));
    assert_string_equal(header(again, "CSeq"), "102 INVITE");
    gateway_answers(kit, "INVITE", 180, "", "");
    (void)expect(kit, alice, "SIP/2.0 180");
    hang_up(kit);
    assert_string_equal(header(expect(kit, gateway, "CANCEL"), "CSeq"), "102 CANCEL");
}

/* A challenge that crosses the CANCEL is not answered (RFC 3261 9.1): the call is over, whether the
 * CANCEL has been sent or still waits for a provisional response. */
static void check_challenge_of_cancelled(sj_testkit *kit, bool proceeding) {
    char first[4000];
    put_account(kit, "acme");
    (void)snprintf(first, sizeof first, "%s", call_gateway(kit));
    if (proceeding) {
        answer_with(kit, gateway, first, 100, "", "");
    }
    hang_up(kit);
    assert_int_equal(sent_to(kit, gateway, "CANCEL") != NULL, proceeding);
    sj_testkit_forget(kit);
    answer_with(kit, gateway, first, 407, CHALLENGE("Proxy-Authenticate", ", qop=\"auth\""), "");
    assert_string_equal(header(expect(kit, gateway, "ACK"), "CSeq"), "100 ACK");
    sj_testkit_advance(kit, 40000);
    assert_null(sent_to(kit, gateway, "INVITE"));
    assert_null(sent_to(kit, second, "INVITE"));
}

static void test_challenge_crosses_cancel(void **state) {
    check_challenge_of_cancelled(*state, true);
}

static void test_challenge_before_cancel_is_sent(void **state) {
    check_challenge_of_cancelled(*state, false);
}

/* What cannot be answered is told, and the call is refused with that. */
static void test_no_account(void **state) {
    sj_testkit *kit = *state;
    (void)call_gateway(kit);
    gateway_answers(kit, "INVITE", 401, WWW(""), "");
    (void)expect(kit, second, "INVITE"); /* the other destination may have no such need */
    char request[4000];
    (void)snprintf(request, sizeof request, "%s", expect(kit, second, "INVITE"));
    answer_with(kit, second, request, 401, WWW(""), "");
    const char *refused = expect(kit, alice, "SIP/2.0 403");
    assert_non_null(
        strstr(header(refused, "Warning"), "trunk Gateway asks for credentials of the realm "));
    assert_non_null(sj_testkit_find(kit, "log", "there is no SIP realm of that name"));
}

/* Credentials that are refused are not shown again and again. */
static void test_rejected(void **state) {
    sj_testkit *kit = *state;
    put_account(kit, "acme");
    (void)call_gateway(kit);
    gateway_answers(kit, "INVITE", 401, WWW(", qop=\"auth\""), "");
    gateway_answers(kit, "INVITE", 401,
                    "WWW-Authenticate: Digest realm=\"" REALM "\", nonce=\"n2\"\r\n", "");
    assert_null(sent_to(kit, gateway, "INVITE"));
    assert_non_null(sj_testkit_find(kit, "log", "refuses the credentials of the SIP realm"));
    (void)expect(kit, second, "INVITE");
}

static void put_other_account(sj_testkit *kit) {
    put(kit, &sj_sip_realm_meta,
        "{\"realm\":\"other.example\",\"user\":\"other\",\"digest_credentials\":"
        "\"0123456789abcdef0123456789abcdef\"}");
}

/* Where several providers have accounts, a trunk that does not say which is its own shows none to
 * anybody. */
static void test_several_accounts(void **state) {
    sj_testkit *kit = *state;
    char request[4000];
    put_account(kit, "acme");
    put_other_account(kit);
    (void)call_gateway(kit);
    gateway_answers(kit, "INVITE", 401,
                    "WWW-Authenticate: Digest realm=\"other.example\", nonce=\"n1\"\r\n", "");
    assert_null(sent_to(kit, gateway, "INVITE"));
    (void)snprintf(request, sizeof request, "%s", expect(kit, second, "INVITE"));
    sj_testkit_forget(kit);
    answer_with(kit, second, request, 401, WWW(""), "");
    assert_null(sent_to(kit, second, "INVITE"));
    assert_non_null(strstr(header(expect(kit, alice, "SIP/2.0 403"), "Warning"),
                           "the Digest User of the trunk must say which is its own"));
    assert_non_null(sj_testkit_find(kit, "log", "there are several SIP realms"));
}

/* A trunk that says which shows no other one, whatever realm it is asked for. */
static void test_realm_of_another(void **state) {
    sj_testkit *kit = *state;
    put_account(kit, "acme");
    put_other_account(kit);
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\",\"sip_trunk_security_profile\":"
        "\"UDP\",\"digest_user\":\"acme\",\"destinations\":[{\"address\":\"192.0.2.90\"}]}");
    sj_testkit_advance(kit, 1100);
    (void)call_gateway(kit);
    gateway_answers(kit, "INVITE", 401,
                    "WWW-Authenticate: Digest realm=\"other.example\", nonce=\"n1\"\r\n", "");
    assert_null(sent_to(kit, gateway, "INVITE"));
    assert_non_null(sj_testkit_find(kit, "log", "there is no SIP realm of that name"));
}

/* Of several accounts the trunk says which. */
static void test_digest_user(void **state) {
    sj_testkit *kit = *state;
    put_account(kit, "acme");
    put_account(kit, "branch");
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\",\"sip_trunk_security_profile\":"
        "\"UDP\",\"digest_user\":\"branch\",\"destinations\":[{\"address\":\"192.0.2.90\"}]}");
    sj_testkit_advance(kit, 1100);
    (void)call_gateway(kit);
    gateway_answers(kit, "INVITE", 401, WWW(", qop=\"auth\""), "");
    check_credentials(expect(kit, gateway, "INVITE"), "Authorization", "branch", "n1");
}

/* An OPTIONS ping is answered with credentials as well; and a phone never gets any. */
static void test_who_is_answered(void **state) {
    sj_testkit *kit = *state;
    put_account(kit, "acme");
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 1100);
    gateway_answers(kit, "OPTIONS", 401, WWW(", qop=\"auth\""), "");
    const char *options = expect(kit, gateway, "OPTIONS");
    check_credentials(options, "Authorization", "acme", "n1");
    assert_string_equal(header(options, "CSeq"), "2 OPTIONS");

    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    char request[4000];
    (void)snprintf(request, sizeof request, "%s", expect(kit, bob, "INVITE"));
    sj_testkit_forget(kit);
    answer_with(kit, bob, request, 401, WWW(", qop=\"auth\""), "");
    assert_null(sent_to(kit, bob, "INVITE"));
    (void)expect(kit, alice, "SIP/2.0 403");
}

/* ---- registration ---- */

#define REGISTERS(more)                                                                            \
    "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\",\"sip_trunk_security_profile\":"    \
    "\"UDP\",\"registration_user\":\"acme\",\"registration_domain\":\"" REALM "\"," more           \
    "\"destinations\":[{\"address\":\"192.0.2.90\"}]}"

static sj_sip_trunk_status_reply_trunk_destination row;
static char row_reason[300];

static void on_status(void *user, int status, const sj_error *error,
                      const sj_sip_trunk_status_reply *reply) {
    (void)user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    row = reply->trunks[0].destinations[0];
    (void)snprintf(row_reason, sizeof row_reason, "%s", row.registration_reason);
}

static sj_trunk_registration_state state_of_trunk(sj_testkit *kit) {
    const sj_sip_trunk_status request = {.name = "Gateway"};
    sj_error error;
    assert_int_equal(
        sj_ask_sip_trunk_status(sj_testkit_scope(kit), &request, 0, on_status, NULL, &error),
        SJ_OK);
    sj_testkit_run(kit);
    return row.registration;
}

/* The trunk is configured, and its first REGISTER answered with a challenge. */
static void register_trunk(sj_testkit *kit, const char *more) {
    put_account(kit, "acme");
    sj_testkit_forget(kit);
    put(kit, &sj_sip_trunk_meta, more);
    sj_testkit_advance(kit, 1100);
    const char *first = expect(kit, gateway, "REGISTER sip:" REALM " SIP/2.0");
    assert_string_equal(header(first, "To"), "<sip:acme@" REALM ">");
    assert_string_equal(header(first, "Authorization"), "");
    gateway_answers(kit, "REGISTER", 401, WWW(", qop=\"auth\""), "");
}

static void grant(sj_testkit *kit, int expires_s) {
    char lines[300];
    (void)snprintf(lines, sizeof lines, "Contact: %s;expires=%d\r\nExpires: 7\r\n",
                   header(expect(kit, gateway, "REGISTER"), "Contact"), expires_s);
    gateway_answers(kit, "REGISTER", 200, lines, "");
}

/* It registers, with credentials, refreshes in time with the challenge that it knows, and takes its
 * contact back when it is not to register any more. */
static void test_trunk_registers(void **state) {
    sj_testkit *kit = *state;
    char call_id[100], contact[200];
    register_trunk(kit, REGISTERS(""));
    const char *again = expect(kit, gateway, "REGISTER");
    check_credentials(again, "Authorization", "acme", "n1");
    assert_string_equal(header(again, "CSeq"), "2 REGISTER");
    assert_string_equal(header(again, "Expires"), "3600");
    (void)snprintf(call_id, sizeof call_id, "%s", header(again, "Call-ID"));
    (void)snprintf(contact, sizeof contact, "%s", header(again, "Contact"));
    assert_null(strstr(contact, "acme")); /* nobody is to guess it */
    assert_int_equal(state_of_trunk(kit), SJ_TRUNK_REGISTRATION_STATE_REGISTERING);
    grant(kit, 100);
    assert_int_equal(state_of_trunk(kit), SJ_TRUNK_REGISTRATION_STATE_REGISTERED);
    assert_int_equal(row.registered_until - row.registration_since, 100 * 1000);
    assert_non_null(sj_testkit_find(kit, "event", "sip_trunk.registration_changed"));
    sj_testkit_advance(kit, 78000);
    assert_null(sent_to(kit, gateway, "REGISTER"));
    sj_testkit_advance(kit, 3000);
    again = expect(kit, gateway, "REGISTER");
    check_credentials(again, "Authorization", "acme", "n1");
    assert_non_null(strstr(header(again, "Authorization"), "nc=00000002"));
    assert_string_equal(header(again, "CSeq"), "3 REGISTER");
    assert_string_equal(header(again, "Call-ID"), call_id);
    assert_string_equal(header(again, "Contact"), contact);
    grant(kit, 100);
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"destinations\":[{\"address\":\"192.0.2.90\"}],\"sip_trunk_"
        "security_profile\":\"UDP\"}");
    sj_testkit_advance(kit, 1100);
    again = expect(kit, gateway, "REGISTER");
    assert_string_equal(header(again, "Expires"), "0");
    assert_string_equal(header(again, "Contact"), contact);
    assert_int_equal(state_of_trunk(kit), SJ_TRUNK_REGISTRATION_STATE_NONE);
}

static const char *call_from(const char *user, const char *transport, const char *from) {
    static char text[1500];
    static int count;
    count++;
    (void)snprintf(text, sizeof text,
                   "INVITE sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/%s "
                   "%s:5060;branch=z9hG4bKin%d\r\nMax-Forwards: 70\r\nFrom: "
                   "<sip:5551234@" REALM ">;tag=f\r\nTo: <sip:1001@" REALM ">\r\nCall-ID: in%d"
                   "\r\nCSeq: 1 INVITE\r\nContact: <sip:x@%s>\r\nContent-Length: 0\r\n\r\n",
                   user, transport, from, count, count, from);
    return text;
}

static void registered_as(sj_testkit *kit, char contact[100]) {
    register_phone(kit, alice, "SEP001122334401", "1001", 1, 3600);
    register_trunk(kit, REGISTERS(""));
    assert_int_equal(
        sscanf(header(expect(kit, gateway, "REGISTER"), "Contact"), "<sip:%99[^@]", contact), 1);
    grant(kit, 100);
    sj_testkit_forget(kit);
}

/* A call to the contact comes in over the trunk; To says which number was called. Who knows the
 * contact is not the provider yet: from elsewhere it is refused. */
static void test_call_to_the_contact(void **state) {
    sj_testkit *kit = *state;
    char contact[100];
    const char *const other = "203.0.113.77";
    registered_as(kit, contact);
    send_text(kit, other, 5060, call_from("1001", "UDP", other));
    (void)expect(kit, other, "SIP/2.0 403");
    send_text(kit, other, 5060, call_from(contact, "UDP", other));
    assert_non_null(strstr(expect(kit, other, "SIP/2.0 403"),
                           "the contact of trunk Gateway is not called from an address"));
    assert_null(sent_to(kit, alice, "INVITE"));
    send_text(kit, gateway, 5060, call_from(contact, "UDP", gateway));
    const char *offer = expect(kit, alice, "INVITE");
    assert_non_null(strstr(header(offer, "From"), "5551234"));
    answer(kit, alice, offer, 200, "offer-sdp");
    (void)expect(kit, gateway, "SIP/2.0 200");
}

/* The provider's further addresses are those of another trunk. */
static void test_call_to_the_contact_from_another_trunk(void **state) {
    sj_testkit *kit = *state;
    char contact[100];
    const char *const other = "203.0.113.77";
    registered_as(kit, contact);
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Provider\",\"calling_search_space\":\"Phones\","
        "\"destinations\":[{\"address\":\"203.0.113.77\"}]}");
    sj_testkit_run(kit);
    send_text(kit, other, 5060, call_from(contact, "UDP", other));
    assert_non_null(strstr(header(expect(kit, alice, "INVITE"), "From"), "5551234"));
}

/* From elsewhere with a certificate that names the provider. */
static void test_call_to_the_contact_proved(void **state) {
    static const struct {
        sj_testkit_tls shows;
        const char *status;
    } cases[] = {
        {{.common_name = NULL}, "SIP/2.0 403"},
        {{.common_name = "sip.provider.example", .trusted_for = NULL}, "SIP/2.0 403"},
        {{.common_name = "other.example", .trusted_for = "sip_trunks"}, "SIP/2.0 403"},
        {{.common_name = "sip.provider.example", .trusted_for = "sip_trunks"}, "SIP/2.0 100"},
    };
    sj_testkit *kit = *state;
    char contact[100];
    const char *const other = "203.0.113.77";
    put(kit, &sj_sip_trunk_security_profile_meta,
        "{\"name\":\"UDP\",\"outgoing_transport\":\"udp\",\"x509_subject_names\":"
        "[\"sip.provider.example\"]}");
    registered_as(kit, contact);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sj_testkit_peer *peer =
            sj_testkit_connect_tls(kit, 5061, other, 40000 + (int)i, &cases[i].shows);
        const char *text = call_from(contact, "TLS", other);
        assert_non_null(peer);
        sj_testkit_write(peer, text, strlen(text));
        assert_non_null(strstr(sj_testkit_received(peer, NULL), cases[i].status));
    }
}

/* What a registrar refuses is told with its reason, and asked for again after a while: longer for
 * the credentials, since accounts can be locked. */
static void test_registration_fails(void **state) {
    sj_testkit *kit = *state;
    register_trunk(kit, REGISTERS(""));
    gateway_answers(kit, "REGISTER", 423, "Min-Expires: 7200\r\n", "");
    assert_string_equal(header(expect(kit, gateway, "REGISTER"), "Expires"), "7200");
    gateway_answers(kit, "REGISTER", 503, "Retry-After: 50 (later)\r\n", "");
    assert_int_equal(state_of_trunk(kit), SJ_TRUNK_REGISTRATION_STATE_FAILED);
    assert_string_equal(row_reason, "it answers REGISTER with 503 Service Unavailable");
    assert_non_null(sj_testkit_find(kit, "log", "trunk Gateway is not registered as acme@" REALM));
    sj_testkit_advance(kit, 48000);
    assert_null(sent_to(kit, gateway, "REGISTER"));
    sj_testkit_advance(kit, 4000);
    gateway_answers(kit, "REGISTER", 403, "", "");
    sj_testkit_advance(kit, 298000);
    assert_null(sent_to(kit, gateway, "REGISTER"));
    sj_testkit_advance(kit, 4000);
    grant(kit, 7200);
    assert_int_equal(state_of_trunk(kit), SJ_TRUNK_REGISTRATION_STATE_REGISTERED);
    /* Another password is tried at once. */
    put(kit, &sj_sip_realm_meta,
        "{\"realm\":\"" REALM "\",\"user\":\"acme\",\"digest_credentials\":"
        "\"0123456789abcdef0123456789abcdef\"}");
    sj_testkit_advance(kit, 2100);
    gateway_answers(kit, "REGISTER", 401, WWW(""), "");
    (void)expect(kit, gateway, "REGISTER");
}

/* A registrar that wants longer each time is asked again once, then after the usual while. */
static void test_longer_each_time(void **state) {
    sj_testkit *kit = *state;
    register_trunk(kit, REGISTERS(""));
    gateway_answers(kit, "REGISTER", 423, "Min-Expires: 7200\r\n", "");
    gateway_answers(kit, "REGISTER", 423, "Min-Expires: 7201\r\n", "");
    assert_null(sent_to(kit, gateway, "REGISTER"));
    assert_int_equal(state_of_trunk(kit), SJ_TRUNK_REGISTRATION_STATE_FAILED);
    assert_string_equal(row_reason, "it answers REGISTER with 423 Interval Too Brief");
    sj_testkit_advance(kit, 14000);
    assert_null(sent_to(kit, gateway, "REGISTER"));
    sj_testkit_advance(kit, 17000);
    assert_string_equal(header(expect(kit, gateway, "REGISTER"), "Expires"), "7201");
    gateway_answers(kit, "REGISTER", 423, "Min-Expires: 7202\r\n", "");
    assert_string_equal(header(expect(kit, gateway, "REGISTER"), "Expires"), "7202");
    grant(kit, 7202);
    assert_int_equal(state_of_trunk(kit), SJ_TRUNK_REGISTRATION_STATE_REGISTERED);
}

/* Nobody answers. */
static void test_registrar_is_silent(void **state) {
    sj_testkit *kit = *state;
    put_account(kit, "acme");
    put(kit, &sj_sip_trunk_meta, REGISTERS(""));
    sj_testkit_advance(kit, 34000);
    assert_int_equal(state_of_trunk(kit), SJ_TRUNK_REGISTRATION_STATE_FAILED);
    assert_string_equal(row_reason, "it does not answer");
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 31000);
    (void)expect(kit, gateway, "REGISTER");
    grant(kit, 3600);
    assert_int_equal(state_of_trunk(kit), SJ_TRUNK_REGISTRATION_STATE_REGISTERED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_call_is_challenged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_proxy_and_server, setup, teardown),
        cmocka_unit_test_setup_teardown(test_challenge_crosses_cancel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_challenge_before_cancel_is_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_account, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rejected, setup, teardown),
        cmocka_unit_test_setup_teardown(test_several_accounts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_realm_of_another, setup, teardown),
        cmocka_unit_test_setup_teardown(test_digest_user, setup, teardown),
        cmocka_unit_test_setup_teardown(test_who_is_answered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_trunk_registers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_call_to_the_contact, setup, teardown),
        cmocka_unit_test_setup_teardown(test_call_to_the_contact_from_another_trunk, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_call_to_the_contact_proved, setup, teardown),
        cmocka_unit_test_setup_teardown(test_registration_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_longer_each_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_registrar_is_silent, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
