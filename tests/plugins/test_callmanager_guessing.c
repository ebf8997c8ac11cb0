/* Digest credentials cannot be guessed: limits for each source and each credential, whatever the
 * method; who is registered is not locked out by strangers; no answer counts twice; SHA-256; the
 * digest's uri. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "resources/end_user.h"
#include "resources/phone_security_profile.h"
#include "sip/digest.h"

static const char *const carol = "192.0.2.3";
static const char *const thief = "203.0.113.9";

struct attempt {
    const char *method, *from, *password, *nonce, *counter, *uri,
        *algorithm; /* counter "" : without qop */
    int cseq, expires;
};

static void put_authorization(const struct attempt *of, char *text, size_t room) {
    char ha1[DIGEST_HEX], response[DIGEST_HEX], counted[80] = "";
    const unsigned char secret[32] = {0};
    const bool sha256 = of->algorithm != NULL;
    struct digest *with = digest_new(secret);
    struct digest_credentials credentials;
    memset(&credentials, 0, sizeof credentials);
    credentials.nonce = sip_text_of(of->nonce);
    credentials.uri = sip_text_of(of->uri != NULL                     ? of->uri
                                  : strcmp(of->method, "INVITE") == 0 ? "sip:1002@127.0.0.1"
                                                                      : "sip:127.0.0.1");
    credentials.algorithm = sip_text_of(sha256 ? of->algorithm : "MD5");
    if (of->counter[0] != '\0') {
        credentials.nc = sip_text_of(of->counter);
        credentials.cnonce = sip_text_of("cn");
        credentials.qop = sip_text_of("auth");
        (void)snprintf(counted, sizeof counted, ",qop=auth,cnonce=\"cn\",nc=%s", of->counter);
    }
    digest_ha1(with, sha256 ? DIGEST_SHA256 : DIGEST_MD5, "carol", SJ_DIGEST_REALM, of->password,
               ha1);
    digest_response(with, ha1, sip_text_of(of->method), &credentials, response);
    digest_free(with);
    (void)snprintf(text, room,
                   "Authorization: Digest username=\"carol\",realm=\"" SJ_DIGEST_REALM
                   "\",uri=\"%.*s\",nonce=\"%s\",response=\"%s\","
                   "algorithm=%s%s\r\n",
                   (int)credentials.uri.length, credentials.uri.at, of->nonce, response,
                   sha256 ? of->algorithm : "MD5", counted);
}

static void try(sj_testkit *kit, const struct attempt *of) {
    char text[2500], authorization[800] = "";
    if (of->nonce != NULL) {
        put_authorization(of, authorization, sizeof authorization);
    }
    (void)snprintf(text, sizeof text,
                   "%s sip:%s127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "%s:5060;branch=z9hG4bK%s%d\r\nMax-Forwards: 70\r\nFrom: "
                   "<sip:1003@x>;tag=1\r\nTo: <sip:carol@127.0.0.1>\r\nCall-ID: carol-%s\r\nCSeq: "
                   "%d %s\r\nContact: "
                   "<sip:1003@%s:5060>\r\nExpires: %d\r\nEvent: %s\r\n%s\r\n",
                   of->method, strcmp(of->method, "INVITE") == 0 ? "1002@" : "", of->from, of->from,
                   of->cseq, of->from, of->cseq, of->method, of->from, of->expires,
                   strcmp(of->method, "SUBSCRIBE") == 0 ? "as-feature-event" : "presence",
                   authorization);
    sj_testkit_forget(kit);
    send_text(kit, of->from, 5060, text);
}

static const char *nonce_for(sj_testkit *kit, const char *from, const char *method, int cseq) {
    static char nonces[4][80];
    static unsigned turn;
    char *nonce = nonces[turn++ % 4];
    const struct attempt without = {.method = method, .from = from, .cseq = cseq, .expires = 60};
    try(kit, &without);
    const char *challenge = strstr(expect(kit, from, "SIP/2.0 401"), "nonce=\"");
    assert_int_equal(sscanf(challenge + 7, "%79[^\"]", nonce), 1);
    return nonce;
}

static void carol_registers(sj_testkit *kit) {
    const struct attempt right = {.method = "REGISTER",
                                  .from = carol,
                                  .password = "secret",
                                  .nonce = nonce_for(kit, carol, "REGISTER", 1),
                                  .counter = "00000001",
                                  .cseq = 2,
                                  .expires = 3600};
    try(kit, &right);
    (void)expect(kit, carol, "SIP/2.0 200");
}

/* 300 guesses with the right one last: it is not looked at any more. */
static void guess(sj_testkit *kit, const char *method, const char *from) {
    char counter[9];
    struct attempt wrong = {.method = method,
                            .from = from,
                            .password = "wrong",
                            .counter = counter,
                            .cseq = 100,
                            .expires = 60};
    wrong.nonce = nonce_for(kit, from, method, 99);
    for (int i = 1; i < 300; i++) {
        (void)snprintf(counter, sizeof counter, "%08x", (unsigned)i);
        wrong.cseq++;
        try(kit, &wrong);
        assert_null(sent_to(kit, from, "SIP/2.0 2"));
    }
    (void)snprintf(counter, sizeof counter, "%08x", 300u);
    wrong.password = "secret";
    wrong.cseq++;
    try(kit, &wrong);
    (void)expect(kit, from, "SIP/2.0 503");
}

static void test_register(void **state) {
    sj_testkit *kit = *state;
    char counter[] = "00000001";
    struct attempt late = {.method = "REGISTER",
                           .from = thief,
                           .password = "secret",
                           .counter = counter,
                           .cseq = 500,
                           .expires = 60};
    guess(kit, "REGISTER", thief);
    assert_null(sj_testkit_find(kit, "event", "device.registered"));
    sj_testkit_advance(kit, INT64_C(31) * 60000); /* the lockout is over */
    late.nonce = nonce_for(kit, thief, "REGISTER", 499);
    try(kit, &late);
    (void)expect(kit, thief, "SIP/2.0 200");
}

/* One line and one event a minute, with the name and the address. */
static void test_is_told(void **state) {
    sj_testkit *kit = *state;
    char counter[] = "00000001";
    struct attempt wrong = {.method = "REGISTER",
                            .from = thief,
                            .password = "wrong",
                            .counter = counter,
                            .cseq = 100,
                            .expires = 60};
    wrong.nonce = nonce_for(kit, thief, "REGISTER", 99);
    sj_testkit_forget(kit);
    try(kit, &wrong);
    assert_non_null(sj_testkit_find(
        kit, "event", "\"user_id\":\"carol\",\"address\":\"203.0.113.9\",\"method\":\"REGISTER\""));
    assert_non_null(sj_testkit_find(
        kit, "log", "wrong digest credentials of carol (UDP 203.0.113.9, port 5060)"));
    for (int i = 0; i < 50; i++) {
        wrong.cseq++;
        try(kit, &wrong);
        assert_int_equal(sj_testkit_count(kit, "log", "digest credentials"), 0);
        assert_int_equal(sj_testkit_count(kit, "event", "digest.failed"), 0);
    }
    sj_testkit_advance(kit, 61000);
    wrong.cseq++;
    try(kit, &wrong);
    assert_non_null(sj_testkit_find(kit, "log", "50 more from there since the last line"));
}

/* The other doors to the same credentials. */
static void test_other_methods(void **state) {
    sj_testkit *kit = *state;
    static const char *const methods[] = {"SUBSCRIBE", "INVITE"};
    for (size_t i = 0; i < 2; i++) {
        carol_registers(kit);
        guess(kit, methods[i], carol);
        sj_testkit_advance(kit, INT64_C(31) * 60000);
    }
}

/* Somebody who guesses at carol's credentials everywhere does not keep carol's phone from serving.
 */
static void test_owner_is_not_locked_out(void **state) {
    sj_testkit *kit = *state;
    struct attempt refresh = {.method = "REGISTER",
                              .from = carol,
                              .password = "secret",
                              .counter = "00000001",
                              .cseq = 3,
                              .expires = 60};
    carol_registers(kit);
    guess(kit, "REGISTER", thief);
    refresh.nonce = nonce_for(kit, carol, "REGISTER", 3);
    refresh.cseq = 4;
    try(kit, &refresh);
    (void)expect(kit, carol, "SIP/2.0 200");
    /* And a phone of carol's that comes from an address of which nothing is known may answer once.
     */
    refresh.from = "192.0.2.33";
    refresh.nonce = nonce_for(kit, refresh.from, "REGISTER", 1);
    try(kit, &refresh);
    (void)expect(kit, refresh.from, "SIP/2.0 200");
}

static void test_without_qop_once(void **state) {
    sj_testkit *kit = *state;
    struct attempt plain = {.method = "REGISTER",
                            .from = carol,
                            .password = "secret",
                            .counter = "",
                            .cseq = 2,
                            .expires = 60};
    plain.nonce = nonce_for(kit, carol, "REGISTER", 1);
    try(kit, &plain);
    (void)expect(kit, carol, "SIP/2.0 200");
    plain.cseq++;
    try(kit, &plain); /* the phone is registered */
    (void)expect(kit, carol, "SIP/2.0 401");
    plain.nonce = nonce_for(kit, carol, "REGISTER", 4);
    plain.cseq = 5;
    plain.expires = 0;
    try(kit, &plain);
    (void)expect(kit, carol, "SIP/2.0 200");
    plain.cseq++;
    plain.expires = 60;
    try(kit, &plain); /* it is not, and what it said last counts no second time */
    (void)expect(kit, carol, "SIP/2.0 401");
    assert_non_null(strstr(expect(kit, carol, "SIP/2.0 401"), "stale=true"));
}

static void test_uri(void **state) {
    sj_testkit *kit = *state;
    struct attempt other = {.method = "REGISTER",
                            .from = carol,
                            .password = "secret",
                            .counter = "00000001",
                            .cseq = 2,
                            .expires = 60};
    other.nonce = nonce_for(kit, carol, "REGISTER", 1);
    other.uri = "sip:another.example";
    try(kit, &other);
    assert_non_null(strstr(expect(kit, carol, "SIP/2.0 400"), "request URI"));
    other.uri = "sip:127.0.0.1:5060;transport=udp"; /* the same, as some phones write it */
    other.cseq++;
    try(kit, &other);
    (void)expect(kit, carol, "SIP/2.0 200");
}

static void test_sha256(void **state) {
    sj_testkit *kit = *state;
    (void)nonce_for(kit, carol, "REGISTER", 1);
    assert_null(
        strstr(expect(kit, carol, "SIP/2.0 401"), "SHA-256")); /* not unless the profile says so */
    put(kit, &sj_phone_security_profile_meta,
        "{\"name\":\"Standard SIP Digest "
        "Profile\",\"digest_authentication\":true,\"digest_algorithms\":\"sha256_and_md5\"}");
    const char *nonce = nonce_for(kit, carol, "REGISTER", 1);
    const char *challenge = expect(kit, carol, "SIP/2.0 401");
    const char *sha256 = strstr(challenge, "algorithm=SHA-256"),
               *md5 = strstr(challenge, "algorithm=MD5");
    const struct attempt strong = {.method = "REGISTER",
                                   .from = carol,
                                   .password = "secret",
                                   .nonce = nonce,
                                   .counter = "00000001",
                                   .algorithm = "SHA-256",
                                   .cseq = 2,
                                   .expires = 60};
    assert_non_null(sha256);
    assert_true(md5 > sha256);
    try(kit, &strong);
    (void)expect(kit, carol, "SIP/2.0 200");
    /* A secret that was laid down before SHA-256 was stored, too. */
    put(kit, &sj_end_user_meta,
        "{\"user_id\":\"carol\",\"last_name\":\"C\",\"digest_credentials\":"
        "\"0123456789abcdef0123456789abcdef\"}");
    (void)nonce_for(kit, carol, "REGISTER", 3);
    assert_null(strstr(expect(kit, carol, "SIP/2.0 401"), "SHA-256"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_register, setup, teardown),
        cmocka_unit_test_setup_teardown(test_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_methods, setup, teardown),
        cmocka_unit_test_setup_teardown(test_owner_is_not_locked_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_without_qop_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_uri, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sha256, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
