/* The torture messages of RFC 4475 and RFC 5118, as a peer sends them: how each ends, by the
 * section that describes it. The messages: tests/data/rfc4475, tests/data/rfc5118. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "resources/sip_profile.h"
#include "resources/sip_trunk.h"

static const char *const peer_of_six = "2001:db8::90";

struct torture {
    const char *name, *section;
    int status; /* of the last answer; 0: there is none */
};

/* A valid INVITE ends with 404, since nobody has its number; a valid REGISTER with 401, since
 * nobody has its address of record by name: whoever it is may show credentials. */
static const struct torture rfc4475[] = {
    /* Valid. */
    {"wsinv", "3.1.1.1", 481},   /* within a dialog that is not here */
    {"intmeth", "3.1.1.2", 501}, /* a method that nobody knows */
    {"esc01", "3.1.1.3", 404},
    {"escnull", "3.1.1.4", 401},
    {"esc02", "3.1.1.5", 501}, /* an escape in a method is none: that is not REGISTER */
    {"lwsdisp", "3.1.1.6", 200},
    {"longreq", "3.1.1.7", 404},
    {"dblreq", "3.1.1.8", 401}, /* the INVITE behind it is none */
    {"semiuri", "3.1.1.9", 200},
    {"transports", "3.1.1.10", 200},
    {"mpart01", "3.1.1.11", 405}, /* MESSAGE is not served */
    {"unreason", "3.1.1.12", 0},  /* a response to nothing */
    {"noreason", "3.1.1.13", 0},
    /* Invalid. */
    {"badinv01", "3.1.2.1", 400},
    {"clerr", "3.1.2.2", 400},
    {"ncl", "3.1.2.3", 400},
    {"scalar02", "3.1.2.4", 400},
    {"scalarlg", "3.1.2.5", 0},
    {"quotbal", "3.1.2.6", 400},
    {"ltgtruri", "3.1.2.7", 400},
    {"lwsruri", "3.1.2.8", 400},
    {"lwsstart", "3.1.2.9", 400},
    {"trws", "3.1.2.10", 400},
    {"escruri", "3.1.2.11", 400},
    {"baddate", "3.1.2.12", 404}, /* the date does not matter here */
    {"regbadct", "3.1.2.13", 400},
    {"badaspec", "3.1.2.14", 400},
    {"baddn", "3.1.2.15", 400},
    {"badvers", "3.1.2.16", 505},
    {"mismatch01", "3.1.2.17", 400},
    {"mismatch02", "3.1.2.18", 501},
    {"bigcode", "3.1.2.19", 0},
    /* Transactions. */
    {"badbranch", "3.2.1", 200}, /* as of a peer of RFC 2543 */
    /* The application. */
    {"insuf", "3.3.1", 400},
    {"unkscm", "3.3.2", 416},
    {"novelsc", "3.3.3", 416},
    {"unksm2", "3.3.4", 400}, /* an address of record is a sip or sips URI */
    {"bext01", "3.3.5", 420},
    {"invut", "3.3.6", 415},
    {"regaut01", "3.3.7", 401},
    {"multi01", "3.3.8", 400},
    {"mcl01", "3.3.9", 400},
    {"bcast", "3.3.10", 0},
    {"zeromf", "3.3.11", 200}, /* it goes no further */
    {"cparam01", "3.3.12", 401},
    {"cparam02", "3.3.13", 401},
    {"regescrt", "3.3.14", 401},
    {"sdp01", "3.3.15", 406},
    /* Compatibility. */
    {"inv2543", "3.4.1", 404},
};

static const struct torture rfc5118[] = {
    {"ipv6-good", "4.1", 401},
    {"ipv6-bad", "4.2", 400},
    {"port-ambiguous", "4.3", 401},
    {"port-unambiguous", "4.4", 401},
    {"via-received-param-with-delim", "4.5", 481},
    {"via-received-param-no-delim", "4.5", 200},
    {"ipv6-in-sdp", "4.6", 404},
    {"mult-ip-in-header", "4.7", 481},
    {"mult-ip-in-sdp", "4.8", 404},
    {"ipv4-mapped-ipv6", "4.9", 404},
    {"ipv6-bug-abnf-3-colons", "4.10", 200},
    {"ipv6-correct-abnf-2-colons", "4.10", 200},
};

static void send_file(sj_testkit *kit, const char *directory, const char *name, const char *from) {
    char path[512], text[20000];
    FILE *file;
    size_t length;
    (void)snprintf(path, sizeof path, "%s/%s.dat", directory, name);
    file = fopen(path, "rb");
    assert_non_null(file);
    length = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    sj_testkit_forget(kit);
    assert_int_equal(sj_testkit_datagram(kit, PORT, from, 5060, text, length), SJ_OK);
    sj_testkit_run(kit);
}

static void expect_ends(sj_testkit *kit, const char *directory, const struct torture *messages,
                        size_t count, const char *from) {
    put(kit, &sj_sip_profile_meta, "{\"name\":\"Quiet\",\"options_ping\":false}");
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Six\",\"sip_profile\":\"Quiet\",\"calling_search_space\":\"Phones\","
        "\"sip_trunk_security_profile\":\"UDP\",\"destinations\":[{\"address\":\"2001:db8::90\"}]"
        "}");
    for (size_t i = 0; i < count; i++) {
        send_file(kit, directory, messages[i].name, from);
        const char *answer = sent_to(kit, from, "SIP/2.0 ");
        const int status = answer == NULL ? 0 : atoi(answer + 8);
        if (status != messages[i].status) {
            fail_msg("%s (%s) from %s: %d expected, %d came: %.200s", messages[i].name,
                     messages[i].section, from, messages[i].status, status,
                     answer == NULL ? "" : answer);
        }
        /* One answer that ends it: nothing is called, and an INVITE hears 100 before. */
        assert_true(sj_testkit_count(kit, "udp", NULL) <=
                    (sj_testkit_count(kit, "udp", "SIP/2.0 100 ") > 0 ? 2 : 1));
        sj_testkit_advance(kit, 40000); /* its transaction ends: they share branches */
    }
}

static void test_rfc4475(void **state) {
    const size_t count = sizeof rfc4475 / sizeof rfc4475[0];
    assert_int_equal(count, 49);
    expect_ends(*state, RFC4475_DIRECTORY, rfc4475, count, gateway);
}

static void test_rfc4475_over_ipv6(void **state) {
    expect_ends(*state, RFC4475_DIRECTORY, rfc4475, sizeof rfc4475 / sizeof rfc4475[0],
                peer_of_six);
}

static void test_rfc5118(void **state) {
    const size_t count = sizeof rfc5118 / sizeof rfc5118[0];
    assert_int_equal(count, 12);
    expect_ends(*state, RFC5118_DIRECTORY, rfc5118, count, peer_of_six);
}

/* 5118, 4.5: whatever stands in Via's received, the answer goes back where the request came from,
 * and says so in brackets or without as it was. */
static void test_way_back(void **state) {
    sj_testkit *kit = *state;
    send_file(kit, RFC5118_DIRECTORY, "via-received-param-no-delim", peer_of_six);
    const char *via = header(expect(kit, peer_of_six, "SIP/2.0 200"), "Via");
    assert_non_null(strstr(via, "SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255"));
    send_file(kit, RFC5118_DIRECTORY, "mult-ip-in-header", peer_of_six);
    const char *answer = expect(kit, peer_of_six, "SIP/2.0 481");
    assert_non_null(strstr(answer, "\r\nVia: SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111"
                                   ";received=2001:db8::90\r\n"));
    assert_non_null(strstr(answer,
                           "\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144"
                           "\r\nVia: SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;"
                           "received=192.0.2.200\r\n"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rfc4475, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rfc4475_over_ipv6, setup_both_families, teardown),
        cmocka_unit_test_setup_teardown(test_rfc5118, setup_both_families, teardown),
        cmocka_unit_test_setup_teardown(test_way_back, setup_both_families, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
