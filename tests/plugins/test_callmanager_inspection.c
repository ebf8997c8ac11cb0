/* What the call manager looks at before it acts on a request (RFC 3261 8.2, 10.3): each method,
 * over each transport and family of addresses, in the order that the RFC gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"

enum { SIPS_PORT = 5061 };

/* A way that a stranger's request comes. */
enum way { UDP, TCP, TLS };
struct path {
    enum way way;
    const char *from;
};
static const struct path paths[] = {
    {UDP, "203.0.113.7"},   {TCP, "203.0.113.7"},   {TLS, "203.0.113.7"},
    {UDP, "2001:db8::113"}, {TCP, "2001:db8::113"}, {TLS, "2001:db8::113"},
};

/* Sends a request and returns what came back, "" when nothing did. */
static const char *ask(sj_testkit *kit, const struct path *path, const char *text) {
    static const sj_testkit_tls nothing = {.common_name = NULL};
    static int port = 30000;
    sj_testkit_peer *peer;
    sj_testkit_forget(kit);
    port++;
    if (path->way == UDP) {
        send_text(kit, path->from, port, text);
        const char *answer = sent_to(kit, path->from, "SIP/2.0");
        return answer == NULL ? "" : answer;
    }
    peer = path->way == TCP ? sj_testkit_connect(kit, PORT, path->from, port)
                            : sj_testkit_connect_tls(kit, SIPS_PORT, path->from, port, &nothing);
    assert_non_null(peer);
    sj_testkit_write(peer, text, strlen(text));
    return sj_testkit_received(peer, NULL);
}

/* A request with a branch and Call-ID of its own. `more`: further header lines; `body`: "" for
 * none. */
static const char *request(const struct path *path, const char *method, const char *uri,
                           const char *to, const char *more, const char *body) {
    static const char *const transports[] = {"UDP", "TCP", "TLS"};
    static char text[4000];
    static unsigned count;
    const bool v6 = strchr(path->from, ':') != NULL;
    count++;
    (void)snprintf(text, sizeof text,
                   "%s %s SIP/2.0\r\nVia: SIP/2.0/%s %s%s%s;rport;branch=z9hG4bK-i%u\r\n"
                   "Max-Forwards: 70\r\nFrom: <sip:s@example.net>;tag=s\r\nTo: %s\r\n"
                   "Call-ID: inspected-%u\r\nCSeq: 1 %s\r\n%sContent-Length: %zu\r\n\r\n%s",
                   method, uri, transports[path->way], v6 ? "[" : "", path->from, v6 ? "]" : "",
                   count, to, count, method, more, strlen(body), body);
    return text;
}

static void expect_status(const char *answer, int status, const char *what) {
    char line[20];
    (void)snprintf(line, sizeof line, "SIP/2.0 %d ", status);
    if (strncmp(answer, line, strlen(line)) != 0) {
        fail_msg("%s: %d expected, \"%.60s\" came", what, status, answer);
    }
}

#define CONTACT "Contact: <sip:s@203.0.113.7>\r\n"
#define HERE "sip:127.0.0.1"
#define DIALOG "<sip:x@127.0.0.1>;tag=gone"

/* By the section of RFC 3261 that asks for it. Where several things are wrong, the first one in the
 * RFC's order is what is answered. */
static const struct {
    const char *section, *method, *uri, *to, *more, *body;
    int status;
    const char *header, *value; /* that the answer bears; NULL: none in particular */
} cases[] = {
    /* 8.2.1: the method. What is recognised and not served is 405 with Allow, else 501 (21.5.2). */
    {"8.2.1", "MESSAGE", HERE, "<" HERE ">", "", "", 405, "Allow", "INVITE, ACK, BYE, CANCEL"},
    {"8.2.1", "MESSAGE", HERE, DIALOG, "", "", 405, "Allow", "INVITE, ACK, BYE, CANCEL"},
    {"RFC 3262 3", "PRACK", HERE, DIALOG, "RAck: 1 1 INVITE\r\n", "", 481, NULL, NULL},
    {"RFC 3262 3", "OPTIONS", HERE, "<" HERE ">", "Require: 100rel\r\n", "", 420, "Unsupported",
     "100rel"},
    {"21.5.2", "FETCH", HERE, "<" HERE ">", "", "", 501, "Allow", "INVITE, ACK, BYE, CANCEL"},
    {"8.2", "MESSAGE", "mailto:a", "<" HERE ">", "Require: foo\r\n", "", 405, NULL, NULL},

    /* 8.2.2.1: the scheme of the request URI, To, and whom it is for. */
    {"8.2.2.1", "OPTIONS", "mailto:a@example.net", "<" HERE ">", "", "", 416, NULL, NULL},
    {"8.2.2.1", "INVITE", "http:x", "<" HERE ">", CONTACT, "", 416, NULL, NULL},
    {"8.2.2.1", "SUBSCRIBE", "pres:x", "<" HERE ">", CONTACT, "", 416, NULL, NULL},
    {"8.2.2.1", "PUBLISH", "pres:x", "<" HERE ">", "", "", 416, NULL, NULL},
    {"8.2.2.1", "REFER", "im:x", "<" HERE ">", CONTACT, "", 416, NULL, NULL},
    {"8.2.2.1", "NOTIFY", "im:x", "<" HERE ">", "", "", 416, NULL, NULL},
    {"8.2.2.1", "BYE", "im:x", DIALOG, "", "", 416, NULL, NULL},
    {"8.2.2.1", "REGISTER", "tel:1001", "<sip:1001@x>", "", "", 416, NULL, NULL},
    {"8.2", "OPTIONS", "mailto:a", "<" HERE ">", "Require: foo\r\n", "", 416, NULL, NULL},
    {"19.1.1", "INVITE", "sip:9@127.0.0.1?Route=x", "<" HERE ">", CONTACT, "", 400, NULL, NULL},
    {"19.1.1", "OPTIONS", "sip:2001:db8::10", "<" HERE ">", "", "", 400, NULL, NULL},
    {"20.39", "OPTIONS", HERE, "<sip:a@x>, <sip:b@x>", "", "", 400, NULL, NULL},
    {"10.3", "REGISTER", "sip:here.example", "<sip:1003@elsewhere.example>", "", "", 404, NULL,
     NULL},
    {"10.3", "REGISTER", "sip:here.example", "<sip:1003@HERE.example>", "", "", 401, NULL, NULL},
    {"10.3", "REGISTER", "sip:here.example", "<sip:1003@127.0.0.1>", "", "", 401, NULL, NULL},
    {"10.3", "REGISTER", "sip:192.0.2.77", "<sip:1003@example.net>", "", "", 401, NULL, NULL},
    {"10.3", "REGISTER", "sip:here.example", "<tel:1003>", "", "", 400, NULL, NULL},
    {"20.1", "INVITE", "sip:9@127.0.0.1", "<" HERE ">", CONTACT "Accept: text/plain\r\n", "", 406,
     NULL, NULL},
    {"20.1", "INVITE", "sip:9@127.0.0.1", "<" HERE ">",
     CONTACT "Accept: text/plain\r\nAccept: a/b, application/SDP;level=1\r\n", "", 403, NULL, NULL},

    /* 8.1.1.8: where whoever calls or subscribes is called back. */
    {"8.1.1.8", "INVITE", "sip:9@127.0.0.1", "<" HERE ">", "", "", 400, NULL, NULL},
    {"8.1.1.8", "INVITE", "sip:9@127.0.0.1", "<" HERE ">", "Contact: *\r\n", "", 400, NULL, NULL},
    {"8.1.1.8", "INVITE", "sip:9@127.0.0.1", "<" HERE ">",
     "Contact: <sip:a@203.0.113.7>, <sip:b@203.0.113.7>\r\n", "", 400, NULL, NULL},
    {"8.1.1.8", "INVITE", "sip:9@127.0.0.1", "<" HERE ">", CONTACT "m: <sip:b@203.0.113.7>\r\n", "",
     400, NULL, NULL},
    {"8.1.1.8", "SUBSCRIBE", "sip:9@127.0.0.1", "<" HERE ">", "", "", 400, NULL, NULL},

    /* 8.2.2.3: required extensions, whatever the method, in one line or in several. */
    {"8.2.2.3", "OPTIONS", HERE, "<" HERE ">", "Require: a , b\r\n", "", 420, "Unsupported",
     "a, b"},
    {"8.2.2.3", "INVITE", "sip:9@127.0.0.1", "<" HERE ">",
     CONTACT "Require: a\r\nRequire: norefersub,b\r\n", "", 420, "Unsupported", "a, b"},
    {"8.2.2.3", "REGISTER", HERE, "<sip:1003@127.0.0.1>", "Require: gruu,\r\n outbound\r\n", "",
     420, "Unsupported", "gruu, outbound"},
    {"8.2.2.3", "SUBSCRIBE", HERE, "<" HERE ">", CONTACT "Require: a\r\n", "", 420, "Unsupported",
     "a"},
    {"8.2.2.3", "PUBLISH", HERE, "<" HERE ">", "Require: a\r\n", "", 420, "Unsupported", "a"},
    {"8.2.2.3", "REFER", HERE, "<" HERE ">", CONTACT "Require: a\r\n", "", 420, "Unsupported", "a"},
    {"8.2.2.3", "NOTIFY", HERE, "<" HERE ">", "Require: a\r\n", "", 420, "Unsupported", "a"},
    {"8.2.2.3", "BYE", HERE, DIALOG, "Require: a\r\n", "", 420, "Unsupported", "a"},
    {"8.2.2.3", "UPDATE", HERE, DIALOG, "Require: a\r\n", "", 420, "Unsupported", "a"},
    {"8.2.2.3", "INFO", HERE, DIALOG, "Require: a\r\n", "", 420, "Unsupported", "a"},
    /* ... but not of a CANCEL, nor what only proxies look at. */
    {"8.2.2.3", "CANCEL", HERE, "<" HERE ">", "Require: a\r\n", "", 481, NULL, NULL},
    {"20.29", "OPTIONS", HERE, "<" HERE ">", "Proxy-Require: a\r\n", "", 200, NULL, NULL},
    {"8.2", "OPTIONS", HERE, "<" HERE ">", "Require: a\r\nContent-Type: x/y\r\n", "z", 420, NULL,
     NULL},

    /* 8.2.3: the body. */
    {"8.2.3", "INVITE", "sip:9@127.0.0.1", "<" HERE ">", CONTACT "Content-Type: x/y\r\n", "z", 415,
     "Accept", "application/sdp, multipart/*"},
    {"8.2.3", "INVITE", "sip:9@127.0.0.1", "<" HERE ">",
     CONTACT "Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n", "z", 415,
     "Accept-Encoding", "identity"},
    {"8.2.3", "INVITE", "sip:9@127.0.0.1", "<" HERE ">",
     CONTACT "c: application/sdp\r\ne: identity, gzip\r\n", "z", 415, "Accept-Encoding",
     "identity"},
    {"8.2.3", "OPTIONS", HERE, "<" HERE ">", "Content-Type: text/plain\r\n", "z", 415, "Accept",
     "application/sdp"},
    {"8.2.3", "REGISTER", HERE, "<sip:1003@127.0.0.1>", "Content-Type: application/cpl+xml\r\n",
     "z", 415, "Accept", "application/x-cisco-remotecc-request+xml"},
    {"8.2.3", "REFER", HERE, "<" HERE ">", CONTACT "Content-Type: text/plain\r\n", "z", 415,
     "Accept", "application/x-cisco-remotecc-request+xml"},
    {"8.2.3", "BYE", HERE, DIALOG, "Content-Type: x/y\r\n", "z", 415, "Accept", ""},
    {"8.2.3", "UPDATE", HERE, DIALOG, "Content-Type: x/y\r\n", "z", 415, "Accept",
     "application/sdp"},
    {"8.2.3", "INFO", HERE, DIALOG, "Content-Type: x/y\r\nContent-Encoding: gzip\r\n", "z", 415,
     "Accept-Encoding", "identity"},
    /* 20.11: required is what is not said to be optional. */
    {"20.11", "OPTIONS", HERE, "<" HERE ">",
     "Content-Type: x/y\r\nContent-Disposition: session;handling=required\r\n", "z", 415, NULL,
     NULL},
    {"20.11", "OPTIONS", HERE, "<" HERE ">",
     "Content-Type: x/y\r\nContent-Disposition: session; handling=optional\r\n", "z", 200, NULL,
     NULL},
    {"20.11", "BYE", HERE, DIALOG,
     "Content-Type: application/isup\r\nContent-Disposition: signal;handling=optional\r\n", "z",
     481, NULL, NULL},
    {"20.13", "OPTIONS", HERE, "<" HERE ">",
     "Content-Type: application/sdp\r\nContent-Language: de\r\n", "z", 200, NULL, NULL},

    /* 11.2: what is told of the abilities. */
    {"11.2", "OPTIONS", HERE, "<" HERE ">", "", "", 200, "Accept", "application/sdp, multipart/*"},
    {"11.2", "OPTIONS", HERE, "<" HERE ">", "", "", 200, "Accept-Encoding", "identity"},
    {"11.2", "OPTIONS", HERE, "<" HERE ">", "", "", 200, "Supported",
     "join, norefersub, replaces, timer"},
    {"11.2", "OPTIONS", HERE, "<" HERE ">", "", "", 200, "Allow", "INVITE, ACK, BYE, CANCEL"},
    {"12.2.2", "INFO", HERE, DIALOG, "Content-Type: x/y\r\n", "z", 481, NULL, NULL},
};

static void test_cases(void **state) {
    sj_testkit *kit = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t j = 0; j < sizeof paths / sizeof paths[0]; j++) {
            char what[200];
            const char *answer = ask(kit, &paths[j],
                                     request(&paths[j], cases[i].method, cases[i].uri, cases[i].to,
                                             cases[i].more, cases[i].body));
            (void)snprintf(what, sizeof what, "case %zu (%s), %s %s from %s", i, cases[i].section,
                           cases[i].method, cases[i].uri, paths[j].from);
            expect_status(answer, cases[i].status, what);
            if (cases[i].header != NULL && (strstr(answer, cases[i].header) == NULL ||
                                            strncmp(header(answer, cases[i].header), cases[i].value,
                                                    strlen(cases[i].value)) != 0)) {
                fail_msg("%s: %s is \"%s\"", what, cases[i].header,
                         header(answer, cases[i].header));
            }
        }
    }
    assert_int_equal(sj_testkit_count(kit, "event", "call."), 0);
}

/* 8.2.2.2: a copy of a request that is being answered, come through another proxy. */
static void test_merged(void **state) {
    static const char *const branches[] = {"z9hG4bKi1002", "z9hG4bKelse"};
    sj_testkit *kit = *state;
    char text[2000];
    both_register(kit);
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(text, sizeof text,
                       "INVITE sip:1002@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                       "192.0.2.1:5060;branch=%s\r\nMax-Forwards: 70\r\nFrom: <sip:1001@x>;tag=m"
                       "\r\nTo: <sip:1002@x>\r\nCall-ID: merged\r\nCSeq: 1 INVITE\r\nContact: "
                       "<sip:uuid-1001@192.0.2.1>\r\nContent-Length: 0\r\n\r\n",
                       branches[i]);
        sj_testkit_forget(kit);
        send_text(kit, alice, 5060, text);
        (void)expect(kit, alice, i == 0 ? "SIP/2.0 100" : "SIP/2.0 482");
        assert_int_equal(sj_testkit_count(kit, "udp", "INVITE sip:uuid-1002"), i == 0 ? 1 : 0);
    }
    sj_testkit_forget(kit);
    send_text(kit, alice, 5060, text); /* once more: the same answer, with the same tag (8.2.7) */
    char tag[200];
    (void)snprintf(tag, sizeof tag, "%s", header(expect(kit, alice, "SIP/2.0 482"), "To"));
    sj_testkit_forget(kit);
    send_text(kit, alice, 5060, text);
    assert_string_equal(header(expect(kit, alice, "SIP/2.0 482"), "To"), tag);
}

/* 13.3.1: an INVITE expires; 8.2.6.1: its 100 bears its Timestamp. */
static void test_expiry(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001",
           "Expires: 10\r\nTimestamp: 54.21\r\n");
    assert_string_equal(header(expect(kit, alice, "SIP/2.0 100"), "Timestamp"), "54.21");
    const char *offer = expect(kit, bob, "INVITE sip:uuid-1002");
    answer(kit, bob, offer, 180, "");
    (void)expect(kit, alice, "SIP/2.0 180");
    sj_testkit_advance(kit, 9000);
    assert_null(sent_to(kit, alice, "SIP/2.0 487"));
    sj_testkit_advance(kit, 1500);
    (void)expect(kit, alice, "SIP/2.0 487");
    (void)expect(kit, bob, "CANCEL sip:uuid-1002");
}

/* An INVITE that was answered in time has not expired. */
static void test_answered_in_time(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "Expires: 10\r\n");
    answer(kit, bob, expect(kit, bob, "INVITE sip:uuid-1002"), 200, "answer-sdp");
    within(kit, alice, "ACK", 1, expect(kit, alice, "SIP/2.0 200"));
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 20000);
    assert_null(sent_to(kit, alice, "BYE"));
    assert_null(sent_to(kit, bob, "BYE"));
}

/* What need not be understood is as if it were not there. */
static void test_optional_body(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    invite_with(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001",
                "Content-Disposition: signal;handling=optional\r\n", "application/isup", "signal");
    const char *offer = expect(kit, bob, "INVITE sip:uuid-1002");
    assert_string_equal(header(offer, "Content-Length"), "0");
}

/* Calls to numbers as others write them, by phones and over trunks: separators and parameters are
 * no part of a number, called or calling. */
static void test_numbers(void **state) {
    static const char *const called[] = {
        "tel:10-02",
        "tel:1002;phone-context=example.net",
        "sip:1002;npdi;rn=+12025550100@127.0.0.1",
        "sip:10.02;oli=62@127.0.0.1",
        "sip:(1)002;tgrp=a;trunk-context=b@127.0.0.1;user=phone",
    };
    static const char *const callers[] = {"192.0.2.1", "192.0.2.90"};
    sj_testkit *kit = *state;
    both_register(kit);
    for (size_t i = 0; i < 2 * sizeof called / sizeof called[0]; i++) {
        const char *from = callers[i % 2];
        char text[2000];
        sj_testkit_forget(kit);
        (void)snprintf(text, sizeof text,
                       "INVITE %s SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bKn%zu\r\n"
                       "Max-Forwards: 70\r\nFrom: <sip:+1-202-555;oli=1@x>;tag=n\r\nTo: <%s>\r\n"
                       "Call-ID: n%zu\r\nCSeq: 1 INVITE\r\nContact: <sip:uuid-1001@%s>\r\n"
                       "Content-Length: 0\r\n\r\n",
                       called[i / 2], from, i, called[i / 2], i, from);
        send_text(kit, from, 5060, text);
        const char *offer = expect(kit, bob, "INVITE sip:uuid-1002@");
        assert_non_null(strstr(header(offer, "To"), "sip:1002@"));
        assert_non_null(strstr(header(offer, "From"), i % 2 == 0 ? "sip:1001@" : "sip:+1202555@"));
        answer(kit, bob, offer, 486, "");
        (void)expect(kit, from, "SIP/2.0 486");
        sj_testkit_advance(kit, 40000);
        register_phone(kit, alice, "SEP001122334401", "1001", 2 + (int)i, 3600);
        register_phone(kit, bob, "SEP001122334402", "1002", 2 + (int)i, 3600);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cases, setup_both_families, teardown),
        cmocka_unit_test_setup_teardown(test_merged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_expiry, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answered_in_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_optional_body, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
