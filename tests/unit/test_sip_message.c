/* The scanner, what stands inside headers, framing of streams, and the torture messages of RFC
 * 4475. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sojourn/net.h>

#include "sip/header_values.h"
#include "sip/sip_address.h"
#include "sip/sip_message.h"
#include "sip/sip_writer.h"

#define HEADERS                                                                                    \
    "Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK1;rport\r\nFrom: \"A \\\"B\\\"\" "              \
    "<sip:a@x>;tag=1\r\nTo: <sip:b@y>\r\n"                                                         \
    "Call-ID: c@x\r\nCSeq: 7 INVITE\r\n"

static bool parse(const char *text, struct sip_message *message) {
    return sip_message_parse(text, strlen(text), message);
}

static void test_request(void **state) {
    struct sip_message message;
    (void)state;
    assert_true(parse("\r\n\r\nINVITE sip:b@y SIP/2.0\r\n" HEADERS
                      "m: <sip:a@x:5>;q=1\r\nSubject: first\r\n  second\r\nl: 2\r\n\r\nhi there",
                      &message));
    assert_null(message.fault);
    assert_int_equal(message.method, SIP_INVITE);
    assert_int_equal(message.cseq, 7);
    assert_true(sip_text_is(message.uri, "sip:b@y"));
    assert_true(sip_text_is(message.body, "hi"));
    assert_true(sip_text_is(sip_message_header(&message, SIP_CONTACT), "<sip:a@x:5>;q=1"));
    assert_int_equal(message.count, 8);
}

static void test_response(void **state) {
    struct sip_message message;
    (void)state;
    assert_true(parse("SIP/2.0 180 Ringing now\r\n" HEADERS "\r\n", &message));
    assert_false(message.request);
    assert_int_equal(message.status, 180);
    assert_int_equal(message.method, SIP_INVITE);
    assert_false(parse("SIP/2.0 4294967301 better\r\n" HEADERS "\r\n", &message));
    assert_false(parse("SIP/2.0 99 x\r\n" HEADERS "\r\n", &message));
}

static void test_faults(void **state) {
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        {"INVITE sip:b@y SIP/2.0\r\n" HEADERS "CSeq: 8 INVITE\r\n\r\n", 400},
        {"BYE sip:b@y SIP/2.0\r\n" HEADERS "\r\n", 400},
        {"INVITE sip:b@y SIP/7.0\r\n" HEADERS "\r\n", 505},
        {"INVITE <sip:b@y> SIP/2.0\r\n" HEADERS "\r\n", 400},
        {"INVITE sip:b @y SIP/2.0\r\n" HEADERS "\r\n", 400},
        {"INVITE sip:b@y SIP/2.0 \r\n" HEADERS "\r\n", 400},
        {"INVITE sip:b@y SIP/2.0\r\n" HEADERS "Content-Length: 9\r\n\r\nshort", 400},
        {"INVITE sip:b@y SIP/2.0\r\n" HEADERS "Content-Length: -1\r\n\r\n", 400},
        {"INVITE sip:b@y SIP/2.0\r\n" HEADERS "Max-Forwards: 256\r\n\r\n", 400},
        {"INVITE sip:b@y SIP/2.0\r\n" HEADERS "Expires: soon\r\n\r\n", 400},
        {"INVITE sip:b@y SIP/2.0\r\n" HEADERS "No colon\r\n\r\n", 400},
        {"INVITE sip:b@y SIP/2.0\r\nVia: SIP/2.0/UDP x\r\n\r\n", 400},
    };
    struct sip_message message;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(parse(cases[i].text, &message));
        assert_non_null(message.fault);
        assert_int_equal(message.fault_status, cases[i].status);
    }
    assert_false(parse("", &message));
    assert_false(parse("\r\n\r\n", &message));
    assert_false(parse("GET / HTTP/1.1\r\n\r\n", &message));
    assert_true(parse("INVITE sip:b@y SIP/2.0\r\n" HEADERS, &message)); /* no empty line */
    assert_int_equal(message.fault_status, 400);
    assert_false(parse("INVITE sip:b@y SIP/2.0\r\n" HEADERS "Con", &message));
    assert_false(
        parse("INVITE sip:b@y SIP/2.0\r\nFrom: x\r\n\r\n", &message)); /* nobody to answer */
}

static void test_many_headers(void **state) {
    char *text = malloc(20000);
    int used = snprintf(text, 20000, "OPTIONS sip:b@y SIP/2.0\r\n" HEADERS);
    struct sip_message message;
    (void)state;
    for (int i = 0; i < 200; i++) {
        used += snprintf(text + used, 20000 - (size_t)used, "X-More: 1\r\n");
    }
    (void)snprintf(text + used, 20000 - (size_t)used, "\r\n");
    assert_true(parse(text, &message));
    assert_non_null(message.fault);
    assert_int_equal(message.count, SIP_HEADERS_MAX);
    free(text);
}

static void test_frames(void **state) {
    static const char two[] =
        "A sip:x SIP/2.0\r\nContent-Length: 3\r\n\r\nabcB sip:x SIP/2.0\r\n\r\n";
    char *endless = malloc(SIP_HEAD_MAX + 100);
    (void)state;
    assert_int_equal(sip_message_frame(two, sizeof two - 1), 41);
    for (size_t i = 0; i < 41; i++) {
        assert_int_equal(sip_message_frame(two, i), 0); /* any cut of it */
    }
    assert_int_equal(sip_message_frame(two + 41, sizeof two - 1 - 41), 19);
    assert_true(sip_message_frame("A sip:x SIP/2.0\r\nContent-Length: 99999999\r\n\r\n", 48) < 0);
    assert_true(sip_message_frame("A sip:x SIP/2.0\r\nl : x\r\n\r\n", 27) < 0);
    memset(endless, 'a', SIP_HEAD_MAX + 100);
    assert_true(sip_message_frame(endless, SIP_HEAD_MAX + 100) < 0);
    free(endless);
}

static void test_uris(void **state) {
    struct sip_uri uri;
    sj_address address;
    char user[32];
    (void)state;
    assert_true(sip_uri_parse(
        sip_text_of("sip:al%69ce:pw@[2001:db8::1]:5070;transport=tcp?Subject=x"), &uri));
    assert_true(sip_text_is(uri.user, "al%69ce"));
    assert_true(sip_text_is(uri.host, "2001:db8::1"));
    assert_int_equal(uri.port, 5070);
    assert_true(sip_text_is(uri.params, ";transport=tcp"));
    assert_true(sip_text_is(uri.headers, "Subject=x"));
    assert_true(sip_unescape(uri.user, user, sizeof user));
    assert_string_equal(user, "alice");
    assert_true(sip_uri_address(&uri, 5060, &address));
    assert_true(sip_uri_parse(sip_text_of("tel:+358-555;phone-context=x"), &uri));
    assert_true(sip_text_is(uri.user, "+358-555"));
    assert_true(sip_uri_parse(sip_text_of("http://x/"), &uri));
    assert_true(sip_uri_parse(sip_text_of("sip:host"), &uri));
    assert_int_equal(uri.user.length, 0);
    static const char *const wrong[] = {
        "",           "sip",           "sip:",         ":x",        "sip:@x",   "sip:a@",
        "sip:a@[::1", "sip:a@x:99999", "sip:a@x:port", "sip:a b@x", "sip:a@x y"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(sip_uri_parse(sip_text_of(wrong[i]), &uri));
    }
    assert_false(sip_unescape(sip_text_of("a%00b"), user, sizeof user));
    assert_false(
        sip_unescape(sip_text_of("0123456789012345678901234567890123456789"), user, sizeof user));
}

static void test_name_addresses(void **state) {
    struct sip_name_address name;
    struct sip_text value;
    char display[64];
    (void)state;
    assert_true(sip_name_address_parse(
        sip_text_of("\"Zoe \\\"Z\\\" <x>\" <sip:z@x;a=b>;tag=1;q=\"a;b,c\" , <sip:other@y>"),
        &name));
    sip_display_copy(name.display, display, sizeof display);
    assert_string_equal(display, "Zoe \"Z\" <x>");
    assert_true(sip_text_is(name.uri, "sip:z@x;a=b"));
    assert_true(sip_param(name.params, "q", &value) && sip_text_is(value, "a;b,c"));
    assert_true(sip_param(name.params, "TAG", &value) && sip_text_is(value, "1"));
    assert_false(sip_param(name.params, "a", &value));
    assert_true(sip_text_is(name.rest, "<sip:other@y>"));
    assert_true(sip_name_address_parse(sip_text_of("sip:z@x;tag=1"),
                                       &name)); /* parameters are the header's */
    assert_true(sip_text_is(name.uri, "sip:z@x"));
    assert_true(sip_param(name.params, "tag", &value));
    assert_true(sip_name_address_parse(sip_text_of("Bare Words <sip:z@x>"), &name));
    assert_true(sip_text_is(name.display, "Bare Words"));
    static const char *const wrong[] = {
        "",          "\"open <sip:z@x>", "Bell, Alexander <sip:z@x>", "<>",
        "<sip:z@x",  "< sip:z@x >",      "sip:z@x?Route=y",           "\"x\" sip:z@x",
        "<sip:z@x>,"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(sip_name_address_parse(sip_text_of(wrong[i]), &name));
    }
}

/* Numbers in user parts: RFC 3966 5.1, RFC 4694 (npdi, rn), RFC 4904 (tgrp). */
static void test_users(void **state) {
    static const char *const users[][2] = {
        {"tel:+1-201-555-0123", "+12015550123"},
        {"tel:7042;phone-context=example.com", "7042"},
        {"tel:(0)30.12-34;isub=1", "0301234"},
        {"tel:*21#", "*21#"},
        {"sip:+1-212-555-0101@x;user=phone", "+12125550101"},
        {"sip:8005550100;npdi;rn=+12025550100@x", "8005550100"},
        {"sip:+12025550100;oli=62@x", "+12025550100"},
        {"sip:555-0100;phone-context=+1-202@x;user=phone", "5550100"},
        {"sip:2025550100;tgrp=tg55;trunk-context=x@x;user=phone", "2025550100"},
        {"sip:%2B1202%2d55@x;user=phone", "+120255"},
        /* These are no numbers. */
        {"sip:user;par=u%40example.net@example.com", "user;par=u@example.net"},
        {"sip:anna-b@x;user=phone", "anna-b"},
        {"sip:555-0100@x", "555-0100"}, /* a number only when it says so */
        {"sip:12+34@x;user=phone", "12+34"},
        {"sip:-;a@x;user=phone", "-;a"},
        {"sip:x", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof users / sizeof users[0]; i++) {
        struct sip_uri uri;
        char user[64];
        assert_true(sip_uri_parse(sip_text_of(users[i][0]), &uri));
        assert_true(sip_uri_user(&uri, user, sizeof user));
        assert_string_equal(user, users[i][1]);
    }
    struct sip_uri uri;
    char user[5];
    assert_true(sip_uri_parse(sip_text_of("tel:12345"), &uri));
    assert_false(sip_uri_user(&uri, user, sizeof user));
}

/* The examples of RFC 3261 19.1.4. */
static void test_equal_uris(void **state) {
    static const char *const same[][2] = {
        {"sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"},
        {"sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"},
        {"sip:carol@chicago.com", "sip:carol@chicago.com;security=on"},
        {"sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
         "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"},
        {"sip:alice@atlanta.com?subject=project%20x&priority=urgent",
         "sip:alice@atlanta.com?priority=urgent&subject=project%20x"},
        {"tel:+1", "tel:+1"},
    };
    static const char *const different[][2] = {
        {"SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"},
        {"sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"},
        {"sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"},
        {"sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"},
        {"sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"},
        {"sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"},
        {"sip:carol@chicago.com;security=off", "sip:carol@chicago.com;security=on"},
        {"sip:a@x", "sips:a@x"},
        {"sip:a@x", "sip:x"},
        {"sip:a@x", "tel:+1"},
        {"sip:a@x", "sip:a@"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_true(sip_uri_equal(sip_text_of(same[i][0]), sip_text_of(same[i][1])));
        assert_true(sip_uri_equal(sip_text_of(same[i][1]), sip_text_of(same[i][0])));
    }
    for (size_t i = 0; i < sizeof different / sizeof different[0]; i++) {
        assert_false(sip_uri_equal(sip_text_of(different[i][0]), sip_text_of(different[i][1])));
        assert_false(sip_uri_equal(sip_text_of(different[i][1]), sip_text_of(different[i][0])));
    }
}

static size_t values_of(const char *lines, enum sip_header_name name, char joined[200]) {
    struct sip_message message;
    struct sip_values values;
    struct sip_text value;
    char text[1000];
    size_t count = 0;
    (void)snprintf(text, sizeof text,
                   "OPTIONS sip:b@y SIP/2.0\r\nVia: SIP/2.0/UDP x\r\nFrom: "
                   "<sip:a@x>\r\nTo: <sip:b@y>\r\nCall-ID: c\r\n"
                   "CSeq: 7 OPTIONS\r\n%s\r\n",
                   lines);
    assert_true(parse(text, &message) && message.fault == NULL);
    values = sip_values_of(&message, name);
    for (joined[0] = '\0'; sip_values_next(&values, &value); count++) {
        (void)snprintf(joined + strlen(joined), 200 - strlen(joined), "[%.*s]", (int)value.length,
                       value.at);
    }
    assert_int_equal(sip_values_count(&message, name), count);
    return count;
}

/* In one line, in several, or in both: the values are the same (RFC 3261 7.3.1). */
static void test_values(void **state) {
    char joined[200];
    (void)state;
    static const char *const routes[] = {
        "Record-Route: <sip:a,b;lr>, \"C, \\\"<D\" <sip:d;lr>;x=\"1,2\",<sip:e>\r\n",
        "Record-Route: <sip:a,b;lr>\r\nSupported: x\r\nRecord-Route:\t\"C, \\\"<D\" "
        "<sip:d;lr>;x=\"1,2\"\r\nRecord-Route: <sip:e>\r\n",
        "Record-Route: <sip:a,b;lr>\r\n ,\r\n \"C, \\\"<D\" <sip:d;lr>;x=\"1,2\" , "
        "<sip:e>,\r\n"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(values_of(routes[i], SIP_RECORD_ROUTE, joined), 3);
        assert_string_equal(joined, "[<sip:a,b;lr>][\"C, \\\"<D\" <sip:d;lr>;x=\"1,2\"][<sip:e>]");
    }
    assert_int_equal(values_of("Supported:\r\nSupported: , ,\r\n", SIP_SUPPORTED, joined), 0);
    assert_int_equal(values_of("", SIP_SUPPORTED, joined), 0);
    assert_int_equal(values_of("k: a\r\nSupported: b\r\n", SIP_SUPPORTED, joined), 2);
}

static void test_vias(void **state) {
    struct sip_via via;
    (void)state;
    assert_true(sip_via_parse(
        sip_text_of(
            "SIP / 2.0\r\n /UDP  [2001:db8::9]:5070 ;branch = z9hG4bKx;rport, SIP/2.0/TCP b"),
        &via));
    assert_true(sip_text_is(via.transport, "UDP"));
    assert_true(sip_text_is(via.host, "2001:db8::9"));
    assert_int_equal(via.port, 5070);
    assert_true(sip_text_is(via.branch, "z9hG4bKx"));
    assert_true(via.rport_wanted);
    assert_true(sip_text_is(via.rest, "SIP/2.0/TCP b"));
    static const char *const wrong[] = {"",
                                        "SIP/2.0",
                                        "SIP/2.0/UDP",
                                        "HTTP/1.1/TCP x",
                                        "SIP/2.0/UDP x;;branch=1",
                                        "SIP/2.0/UDP x:y"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(sip_via_parse(sip_text_of(wrong[i]), &via));
    }
}

static void test_answer(void **state) {
    char text[2000];
    struct sip_message message;
    struct sip_writer writer;
    sj_address source;
    (void)state;
    assert_true(parse("INVITE sip:b@y SIP/2.0\r\n" HEADERS "\r\n", &message));
    assert_int_equal(sj_address_parse("198.51.100.7", 4444, &source), SJ_OK);
    sip_writer_init(&writer, text, sizeof text);
    sip_put_answer_head(&writer, &message, 486, "Busy Here", "me", &source);
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    text[writer.used] = '\0';
    assert_non_null(strstr(text, "SIP/2.0 486 Busy Here\r\n"));
    assert_non_null(strstr(text, ";rport=4444;received=198.51.100.7\r\n"));
    assert_non_null(strstr(text, "To: <sip:b@y>;tag=me\r\n"));
    assert_non_null(strstr(text, "CSeq: 7 INVITE\r\n"));
    sip_writer_init(&writer, text, 20);
    sip_put_answer_head(&writer, &message, 486, "Busy Here", "me", &source);
    assert_true(writer.overflow);
    /* What comes from elsewhere cannot begin a line of its own. */
    sip_writer_init(&writer, text, sizeof text);
    sip_put_value(&writer, sip_text_of("a\r\nX-Evil: 1"));
    sip_put_display(&writer, "b\"\r\nX-Evil: 2");
    sip_put_user(&writer, "1\r\n@#");
    text[writer.used] = '\0';
    assert_null(strchr(text, '\n'));
    assert_non_null(strstr(text, "1%0D%0A%40%23"));
}

#define VALID (-1)
#define DROPPED 0

/* What becomes of each: scanned and well formed, refused with a status, or dropped. Faults that
 * only the registrar or a call looks for (an unknown scheme, a required extension) are well formed
 * here. */
static const struct {
    const char *name;
    int outcome;
} torture[] = {
    {"wsinv", VALID},     {"intmeth", VALID},    {"esc01", VALID},    {"escnull", VALID},
    {"esc02", VALID},     {"lwsdisp", VALID},    {"longreq", VALID},  {"dblreq", VALID},
    {"semiuri", VALID},   {"transports", VALID}, {"mpart01", VALID},  {"unreason", VALID},
    {"noreason", VALID},  {"badinv01", VALID},   {"clerr", 400},      {"ncl", 400},
    {"scalar02", 400},    {"scalarlg", DROPPED}, {"quotbal", VALID},  {"ltgtruri", 400},
    {"lwsruri", 400},     {"lwsstart", 400},     {"trws", 400},       {"escruri", VALID},
    {"baddate", VALID},   {"regbadct", VALID},   {"badaspec", VALID}, {"baddn", 400},
    {"badvers", 505},     {"mismatch01", 400},   {"mismatch02", 501}, {"bigcode", DROPPED},
    {"badbranch", VALID}, {"insuf", 400},        {"unkscm", VALID},   {"novelsc", VALID},
    {"unksm2", VALID},    {"bext01", VALID},     {"invut", VALID},    {"regaut01", VALID},
    {"multi01", 400},     {"mcl01", 400},        {"bcast", VALID},    {"zeromf", VALID},
    {"cparam01", VALID},  {"cparam02", VALID},   {"regescrt", VALID}, {"sdp01", VALID},
    {"inv2543", VALID},
};

/* Headers that are malformed inside: found by whoever looks into them. */
static bool inside_is_wrong(const char *name, const struct sip_message *message) {
    struct sip_name_address address;
    struct sip_via via;
    struct sip_uri uri;
    if (strcmp(name, "badinv01") == 0) {
        return !sip_via_parse(sip_message_header(message, SIP_VIA), &via);
    }
    if (strcmp(name, "quotbal") == 0 || strcmp(name, "badaspec") == 0) {
        return !sip_name_address_parse(sip_message_header(message, SIP_TO), &address);
    }
    if (strcmp(name, "regbadct") == 0) {
        return !sip_name_address_parse(sip_message_header(message, SIP_CONTACT), &address);
    }
    return strcmp(name, "escruri") != 0 ||
           (sip_uri_parse(message->uri, &uri) && uri.headers.length > 0);
}

static void test_torture(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof torture / sizeof torture[0]; i++) {
        char path[512], text[20000];
        struct sip_message message;
        FILE *file;
        size_t length;
        (void)snprintf(path, sizeof path, "%s/%s.dat", RFC4475_DIRECTORY, torture[i].name);
        file = fopen(path, "rb");
        assert_non_null(file);
        length = fread(text, 1, sizeof text, file);
        (void)fclose(file);
        const bool kept = sip_message_parse(text, length, &message);
        const int outcome = !kept ? DROPPED : message.fault != NULL ? message.fault_status : VALID;
        if (outcome != torture[i].outcome ||
            (outcome == VALID && !inside_is_wrong(torture[i].name, &message))) {
            fail_msg("%s: outcome %d, expected %d (%s)", torture[i].name, outcome,
                     torture[i].outcome,
                     kept && message.fault != NULL ? message.fault : "no fault");
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),        cmocka_unit_test(test_response),
        cmocka_unit_test(test_faults),         cmocka_unit_test(test_many_headers),
        cmocka_unit_test(test_frames),         cmocka_unit_test(test_uris),
        cmocka_unit_test(test_name_addresses), cmocka_unit_test(test_values),
        cmocka_unit_test(test_equal_uris),     cmocka_unit_test(test_users),
        cmocka_unit_test(test_vias),           cmocka_unit_test(test_answer),
        cmocka_unit_test(test_torture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
