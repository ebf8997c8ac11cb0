/* What is read of messages that are kept, and that no secret of theirs stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sip/sip_outline.h"

static char copy[8192];

/* The message without its secrets. */
static const char *redacted(const char *message) {
    struct sip_outline outline;
    const size_t length = strlen(message);
    sip_outline_read(message, length, &outline);
    memcpy(copy, message, length + 1);
    sip_outline_redact(&outline, copy);
    assert_int_equal(strlen(copy), length);
    return copy;
}

static void test_what_it_is_about(void **state) {
    static const char message[] =
        "NOTIFY sip:a@192.0.2.1 SIP/2.0\r\ni:  77@a\r\nCSeq: 12 NOTIFY\r\n"
        "o: refer;id=3\r\n\r\ni: body\r\n";
    struct sip_outline outline;
    (void)state;
    sip_outline_read(message, sizeof message - 1, &outline);
    assert_true(sip_text_is(outline.call_id, "77@a"));
    assert_true(sip_text_is(outline.method, "NOTIFY"));
    assert_true(sip_text_is(outline.event, "refer"));
    assert_int_equal(outline.secrets_count, 0);
    sip_outline_read("", 0, &outline);
    assert_int_equal(outline.call_id.length, 0);
    sip_outline_read("SIP/2.0", 7, &outline);
    assert_int_equal(outline.method.length, 0);
}

/* Each line goes in, and comes out so. */
static void test_secrets_of_headers(void **state) {
    static const char *const lines[][2] = {
        {"Authorization: Digest username=\"1,2\", realm=\"a\\\"b\", nonce=\"n\", "
         "uri=\"sip:a\",\r\n response=\"0123\", cnonce=c1, qop=auth, nc=00000001",
         "Authorization: Digest username=\"1,2\", realm=\"a\\\"b\", nonce=\"n\", "
         "uri=\"sip:a\",\r\n response=\"xxxx\", cnonce=xx, qop=auth, nc=00000001"},
        {"proxy-authorization : digest RESPONSE = \"abc",
         "proxy-authorization : digest RESPONSE = xxxx"},
        {"Proxy-Authorization: Basic dTpw\r\n\tdTpw", "Proxy-Authorization: Basic xxxx\r\n\txxxx"},
        {"Authorization: Digest", "Authorization: Digest"},
        {"Authentication-Info: rspauth=\"0f\", nc=1", "Authentication-Info: rspauth=\"xx\", nc=1"},
        {"Contact: <sip:a:pw@192.0.2.1:5060>, <SIPS:b:q@c>",
         "Contact: <sip:a:xx@192.0.2.1:5060>, <SIPS:b:x@c>"},
        {"To: <sip:91234%234711%2377@a>, <sip:1#2@a>, <sip:9%23@a>",
         "To: <sip:91234%23xxxxxxxxx@a>, <sip:1#x@a>, <sip:9%23@a>"},
        {"Authorization: Digest username=\"a\", uri=\"sip:91#4711@a\", response=\"01\"",
         "Authorization: Digest username=\"a\", uri=\"sip:91#xxxx@a\", response=\"xx\""},
        {"Proxy-Authorization: Digest uri=sip:91%234711@a, nc=1",
         "Proxy-Authorization: Digest uri=sip:91%23xxxx@a, nc=1"},
        {"To: <sip:91%234711:zz@a>, <sip:91:z#1@a>", "To: <sip:91%23xxxxxxx@a>, <sip:91:xxx@a>"},
        {"Diversion: \"91#4711\" <tel:91%234711;phone-context=a>;reason=unconditional",
         "Diversion: \"91#xxxx\" <tel:91%23xxxx;phone-context=a>;reason=unconditional"},
        {"Refer-To: <tel:91#4711?a=b>, <sip:91#4711>",
         "Refer-To: <tel:91#xxxx?a=b>, <sip:91#xxxx>"},
        {"History-Info: <sip:91%234711@a?Reason=SIP%3Bcause%3D302>;index=1",
         "History-Info: <sip:91%23xxxx@a?Reason=SIP%3Bcause%3D302>;index=1"},
        {"Warning: 399 a \"nothing matches 91#4711\"",
         "Warning: 399 a \"nothing matches 91#xxxx\""},
        {"X: sip:a;b=sip:91#4711;c sip:sip:91#12 9&a#1",
         "X: sip:a;b=sip:91#xxxx;c sip:sip:91#xx 9&a#1"},
        {"User-Agent: Phone #12", "User-Agent: Phone #12"},
        {"Contact: <sip:a@192.0.2.1:5060>;x=\"sip:y@z\"",
         "Contact: <sip:a@192.0.2.1:5060>;x=\"sip:y@z\""},
        {"X-Response: response=\"0123\"", "X-Response: response=\"0123\""},
        {"Authorization: Digest username=\"a\\\", realm=\"x\", response=\"01\"",
         "Authorization: Digest username=xxxxx xxxxxxxxxx xxxxxxxxxxxxx"},
        {"Authorization: 0123", "Authorization: xxxx"},
        {"Authorization: Digest 91%234711=a, response=\"01\"",
         "Authorization: Digest xxxxxxxxxxx, response=\"xx\""},
        {"Call-Info: <http://bob:pw@h/x>, <im:bob:pw@h>",
         "Call-Info: <http://bob:xx@h/x>, <im:bob:xx@h>"},
        {"Call-Info: <http://h:5060/a@b>, <http://[2001:db8::1]:80/a@b>, <http://[::1]:pw@b>",
         "Call-Info: <http://h:5060/a@b>, <http://[2001:db8::1]:80/a@b>, <http://[::1]:xx@b>"},
        {"X: 12:30:45@a 2026-11-30T12:30:45@a fe80::dead:1@a 10:20@a",
         "X: 12:30:45@a 2026-11-30T12:30:45@a fe80::dead:1@a 10:20@a"},
        {"To:sip:bob@a", "To:sip:bob@a"},
        {"To:sip:bob:pw@a", "To:sip:bob:xx@a"},
        {"X: <sip:bob:p@ss@a>, <sip:bob:a b@a>", "X: <sip:bob:x@xx@a>, <sip:bob:x x@a>"},
        {"X: <sip:a@h?Route=%3Csip%3Abob%3Apw%40h%3E>",
         "X: <sip:a@h?Route=%3Csip%3Abob%3Axx%40h%3E>"},
        {"X: <sip:a@h:5060?Route=%3Csip%3Abob%40h%3E>",
         "X: <sip:a@h:5060?Route=%3Csip%3Abob%40h%3E>"},
        {"X: <sip:a@h?Subject=b&Authorization=Digest%20response%3D01>",
         "X: <sip:a@h?Subject=b&Authorization=xxxxxxxxxxxxxxxxxxxxxx>"},
        {"X: 7123 # 47119, +7-123-#47119, (7) #47 119",
         "X: 7123 # xxxxx, +7-123-#xxxxx, (7) #xx xxx"},
        {"X: 7123&num;47119, 7123&amp;#035;47119", "X: 7123&num;xxxxx, 7123&amp;#035;xxxxx"},
        {"X: 7123%2523 47119, 7123%25252347119", "X: 7123%2523 xxxxx, 7123%252523xxxxx"},
        {"X: 7123 # a, line #4", "X: 7123 # a, line #4"},
    };
    char message[1000], expected[1000];
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        (void)snprintf(message, sizeof message, "BYE sip:a SIP/2.0\r\n%s\r\nCSeq: 1 BYE\r\n\r\n",
                       lines[i][0]);
        (void)snprintf(expected, sizeof expected, "BYE sip:a SIP/2.0\r\n%s\r\nCSeq: 1 BYE\r\n\r\n",
                       lines[i][1]);
        assert_string_equal(redacted(message), expected);
    }
}

static void test_secrets_of_bodies(void **state) {
    static const char *const lines[][2] = {
        {"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AbC/+=|2^20|1:4;inline:d F",
         "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:xxxxxxxxxxxxxxxxxxxxxxxx x"},
        {"A=CRYPTO:1 S other:key", "A=CRYPTO:1 S xxxxxxxxx"},
        {"a=key-mgmt:mikey AQAF", "a=key-mgmt:mikey xxxx"},
        {"a=ice-pwd:abcd", "a=ice-pwd:xxxx"},
        {"k=clear:secret", "k=xxxxxxxxxxxx"},
        {"Signal= 5", "Signal= x"},
        {"<kpml-response digits=\"12#\" tag='digits' digits = '9'/>",
         "<kpml-response digits=\"xxx\" tag='digits' digits = 'x'/>"},
        {"<kpml-response\r\n digits\r\n =\t\r\n \"47119#\" tag=\"dtmf\"/>",
         "<kpml-response\r\n digits\r\n =\t\r\n \"xxxxxx\" tag=\"dtmf\"/>"},
        {"Authorization: Basic aa", "Authorization: Basic xx"},
        {"Authorization: Digest uri=\"sip:91%234711@a\", response=\"01\"",
         "Authorization: Digest uri=\"sip:91%23xxxx@a\", response=\"xx\""},
        {"<forwardDN>91#4711</forwardDN><a>9&#35;4711</a><a>9&#x23;47#</a>",
         "<forwardDN>91#xxxx</forwardDN><a>9&#35;xxxx</a><a>9&#x23;xxx</a>"},
        {"<target uri=\"sip:91%234711@a\"/>", "<target uri=\"sip:91%23xxxx@a\"/>"},
        {"<a>&#34;b&#34;</a>", "<a>&#34;b&#34;</a>"},
        {"a=rtpmap:0 PCMU/8000", "a=rtpmap:0 PCMU/8000"},
        {"s=-\rk=clear:pw", "s=-\rk=xxxxxxxx"},
        {"s=-\ra=crypto:1 S inline:AbC\rt=0", "s=-\ra=crypto:1 S inline:xxx\rxxx"},
        {"a=crypto:1 inline:AbC", "a=crypto:1 inline:xxx"},
        {"a= crypto:1 S inline:AbC", "a= crypto:1 S inline:xxx"},
        {"a =crypto :1 S inline:AbC", "a =crypto :1 S inline:xxx"},
        {"Signal 5", "Signal x"},
        {"Authorization : Digest username=\"a\",\r\n response=\"01\"",
         "Authorization : Digest username=\"a\",\r\n response=\"xx\""},
        {"Content-Type:\r\n application/dtmf-relay\r\n\r\n4711",
         "Content-Type:\r\n application/dtmf-relay\r\n\r\n4711"},
    };
    char message[1000], expected[1000];
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        (void)snprintf(message, sizeof message, "INFO sip:a SIP/2.0\r\n\r\nv=0\r\n%s\r\nt=0",
                       lines[i][0]);
        (void)snprintf(expected, sizeof expected, "INFO sip:a SIP/2.0\r\n\r\nv=0\r\n%s\r\nt=0",
                       lines[i][1]);
        assert_string_equal(redacted(message), expected);
    }
    assert_string_equal(redacted("INFO sip:a SIP/2.0\nContent-Type: application/dtmf\n\n5\n"),
                        "INFO sip:a SIP/2.0\nContent-Type: application/dtmf\n\nx\n");
    assert_string_equal(
        redacted("INFO sip:a SIP/2.0\n\n--b\nContent-Type :\n application/dtmf\n\n4711\n--b--\n"),
        "INFO sip:a SIP/2.0\n\n--b\nContent-Type :\n application/dtmf\n\nxxxx\nxxxxx\n");
}

/* Of more secrets than can be named none is left. */
static void test_too_many(void **state) {
    char message[4000] = "BYE sip:a SIP/2.0\r\n";
    (void)state;
    size_t used = strlen(message);
    for (int i = 0; i < SIP_SECRETS_MAX + 5; i++) {
        used += (size_t)snprintf(message + used, sizeof message - used,
                                 "Authorization: Digest response=\"abc\"\r\n");
    }
    (void)snprintf(message + used, sizeof message - used, "\r\na=crypto:1 S inline:abc\r\n");
    assert_null(strstr(redacted(message), "abc"));
    assert_non_null(strstr(copy, "response=\"xxx\""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_is_about), cmocka_unit_test(test_secrets_of_headers),
        cmocka_unit_test(test_secrets_of_bodies), cmocka_unit_test(test_too_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
