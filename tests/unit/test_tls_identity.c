/* Whose certificate it is: phones, trunks' peers by configured names, servers by their address or
 * name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sip/tls_identity.h"

#define PEER(common, ...)                                                                          \
    static const char *const names[] = {__VA_ARGS__};                                              \
    const sj_tls_peer peer = {.certificate = true,                                                 \
                              .subject = "CN=" common,                                             \
                              .common_name = common,                                               \
                              .names = names,                                                      \
                              .names_count = sizeof names / sizeof names[0] - 1}

static bool device(const char *common_name, const char *name) {
    const sj_tls_peer peer = {.certificate = true, .subject = "", .common_name = common_name};
    return tls_identity_is_device(&peer, name);
}

static void a_phone_is_named_by_its_certificate(void **state) {
    (void)state;
    assert_true(device("SEP001122334455", "SEP001122334455"));
    assert_true(device("sep001122334455", "SEP001122334455"));
    assert_true(device("CP-8861-SEP001122334455", "SEP001122334455"));
    assert_true(device("CP-7975G-SEP001122334455", "SEP001122334455"));
    assert_false(device("CP-8861-SEP001122334455", "SEP001122334456"));
    assert_false(device("XSEP001122334455", "SEP001122334455"));
    assert_false(device("CP-8861-XSEP001122334455", "SEP001122334455"));
    assert_false(device("CP-SEP001122334455", "SEP001122334455"));
    assert_false(device("SEP001122334455.evil.example", "SEP001122334455"));
    assert_false(device("evil-SEP001122334455", "SEP001122334455"));
    assert_false(device("", ""));
    {
        PEER("someone", "DNS:SEP001122334455", "URI:SEP001122334466", NULL);
        assert_true(tls_identity_is_device(&peer, "SEP001122334466"));
        assert_false(tls_identity_is_device(&peer, "SEP001122334455"));
    }
    {
        const sj_tls_peer nobody = {
            .certificate = false, .subject = "", .common_name = "SEP001122334455"};
        assert_false(tls_identity_is_device(&nobody, "SEP001122334455"));
    }
}

static void configured_names_are_compared_whole(void **state) {
    static const char *const wanted[] = {"other", "GW.example"}, *const part[] = {"gw", "example",
                                                                                  ""};
    PEER("sbc-1", "DNS:gw.example", "IP:192.0.2.1", NULL);
    (void)state;
    assert_true(tls_identity_is_one_of(&peer, wanted, 2));
    assert_false(tls_identity_is_one_of(&peer, wanted, 1));
    assert_false(tls_identity_is_one_of(&peer, part, 3));
    static const char *const common[] = {"SBC-1"}, *const address[] = {"192.0.2.1"};
    assert_true(tls_identity_is_one_of(&peer, common, 1));
    assert_true(tls_identity_is_one_of(&peer, address, 1));
}

static void a_server_is_known_by_its_address_or_name(void **state) {
    (void)state;
    {
        PEER("gw.example", "DNS:gw.example", "DNS:*.wild.example", "IP:2001:db8::1",
             "URI:sip:provider.example", NULL);
        assert_true(tls_identity_is_server(&peer, "GW.example"));
        assert_true(tls_identity_is_server(&peer, "2001:0db8::1"));
        assert_true(tls_identity_is_server(&peer, "provider.example"));
        assert_false(tls_identity_is_server(&peer, "a.wild.example")); /* RFC 5922: no wildcards */
        assert_false(tls_identity_is_server(&peer, "192.0.2.1"));
    }
    {
        PEER("gw.example", "DNS:other.example",
             NULL); /* with alternative names the common name does not count */
        assert_false(tls_identity_is_server(&peer, "gw.example"));
    }
    {
        const sj_tls_peer bare = {
            .certificate = true, .subject = "CN=gw.example", .common_name = "gw.example"};
        assert_true(tls_identity_is_server(&bare, "gw.example"));
        assert_false(tls_identity_is_server(&bare, "gw.example.org"));
    }
}

static void what_it_bears_is_described(void **state) {
    char text[200], small[8];
    PEER("gw.example", "DNS:gw.example", "IP:192.0.2.1", NULL);
    (void)state;
    tls_identity_describe(&peer, text, sizeof text);
    assert_string_equal(text, "CN=gw.example, DNS:gw.example, IP:192.0.2.1");
    tls_identity_describe(&peer, small, sizeof small);
    assert_string_equal(small, "CN=gw.e");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_phone_is_named_by_its_certificate),
        cmocka_unit_test(configured_names_are_compared_whole),
        cmocka_unit_test(a_server_is_known_by_its_address_or_name),
        cmocka_unit_test(what_it_bears_is_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
