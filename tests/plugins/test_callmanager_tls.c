/* SIP over TLS in the test kit: phones that must show a certificate, trunks that are called over
 * TLS or not at all, and the keys of media, which pass only where nothing goes in the clear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis_kit.h"
#include "resources/hunt.h"
#include "resources/phone.h"
#include "resources/phone_security_profile.h"
#include "resources/remote_cluster.h"
#include "resources/sip_profile.h"
#include "resources/sip_trunk.h"
#include "resources/sip_trunk_security_profile.h"
#include "tls_kit.h"

#define KEY "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
#define SDP(protocol, more) "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 6000 " protocol " 0\r\n" more
#define BOB "SEP001122334402"

static const sj_testkit_tls alice_shows = {.common_name = "CP-7841-" ALICE,
                                           .trusted_for = "phones"};
static const sj_testkit_tls bob_shows = {.common_name = BOB, .trusted_for = "phones"};

static int setup_secure(void **state) {
    const int status = setup(state);
    if (status == 0) {
        put(*state, &sj_sip_profile_meta, "{\"name\":\"Quiet\",\"options_ping\":false}");
        put(*state, &sj_phone_security_profile_meta,
            "{\"name\":\"Secure\",\"device_security_mode\":\"encrypted\",\"transport\":\"tls\"}");
        put(*state, &sj_phone_meta,
            "{\"name\":\"" ALICE "\",\"model\":\"Cisco "
            "7841\",\"phone_security_profile\":\"Secure\",\"calling_search_space\":"
            "\"All\",\"lines\":[{\"directory_number\":\"1001@Internal\"}]}");
    }
    return status;
}

static void bob_is_secure(sj_testkit *kit) {
    put(kit, &sj_phone_meta,
        "{\"name\":\"" BOB "\",\"model\":\"Cisco "
        "7841\",\"phone_security_profile\":\"Secure\",\"calling_search_space\":\"All\","
        "\"lines\":[{\"directory_number\":\"1002@Internal\"}]}");
}

/* Alice calls over TLS. */
static void calls(sj_testkit_peer *from, const char *number, const char *more, const char *sdp) {
    char text[1500];
    (void)snprintf(text, sizeof text,
                   "INVITE sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS "
                   "192.0.2.1:5061;branch=z9hG4bKi%s\r\nFrom: "
                   "<sip:1001@x>;tag=mine\r\nTo: <sip:%s@x>\r\nCall-ID: tls-call-%s\r\nCSeq: 1 "
                   "INVITE\r\nMax-Forwards: "
                   "70\r\nContact: <sip:1001@192.0.2.1:5061;transport=tls>\r\n%sContent-Type: "
                   "application/sdp\r\nContent-Length: "
                   "%zu\r\n\r\n%s",
                   number, number, number, number, more, strlen(sdp), sdp);
    says(from, text);
}

/* ---- phones ---- */

static void a_secure_phone_shows_who_it_is(void **state) {
    static const sj_testkit_tls nothing = {.common_name = NULL}, untrusted = {.common_name = ALICE},
                                trunks_only = {.common_name = ALICE, .trusted_for = "sip_trunks"};
    static const struct {
        const sj_testkit_tls *shows;
        const char *sentence;
    } refused[] = {
        {&nothing, "it shows none"},
        {&bob_shows, "Its certificate names another device: " BOB},
        {&untrusted, "Its certificate is not from a phone authority imported here"},
        {&trunks_only, "Its certificate is not from a phone authority imported here"},
    };
    sj_testkit *kit = *state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        sj_testkit_peer *peer = registers(kit, alice, ALICE, "1001", refused[i].shows);
        const char *text = newest(peer, "SIP/2.0 403");
        assert_non_null(text);
        assert_non_null(strstr(text, refused[i].sentence));
    }
    assert_non_null(sj_testkit_find(
        kit, "log", "warning callmanager: phone " ALICE " is refused from 192.0.2.1 port"));
    assert_non_null(newest(registers(kit, alice, ALICE, "1001", &alice_shows), "SIP/2.0 200"));
    assert_non_null(sj_testkit_find(kit, "log", "over TLS"));
}

static void a_secure_phone_in_the_clear_is_refused(void **state) {
    sj_testkit *kit = *state;
    register_phone(kit, alice, ALICE, "1001", 1, 120);
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 403"),
                           "asks for TLS with a certificate, and it came over UDP"));
    /* Registered, it is not called for by somebody at its address who speaks UDP. */
    sj_testkit_peer *peer = registers(kit, alice, ALICE, "1001", &alice_shows);
    assert_non_null(newest(peer, "SIP/2.0 200"));
    sj_testkit_forget(kit);
    invite(kit, alice, "sip:1001@192.0.2.1:5061;transport=tls", "1002", "1001", "");
    assert_non_null(expect(kit, alice, "SIP/2.0 403"));
}

static void a_profile_that_says_tcp_or_udp_means_it(void **state) {
    sj_testkit *kit = *state;
    sj_testkit_peer *peer = registers(kit, bob, BOB, "1002", &bob_shows);
    assert_non_null(strstr(newest(peer, "SIP/2.0 403"), "asks for TCP or UDP"));
}

/* ---- keys ---- */

static void keys_pass_between_two_over_tls(void **state) {
    sj_testkit *kit = *state;
    bob_is_secure(kit);
    sj_testkit_peer *from = registers(kit, alice, ALICE, "1001", &alice_shows);
    sj_testkit_peer *to = registers(kit, bob, BOB, "1002", &bob_shows);
    calls(from, "1002", "", SDP("RTP/SAVP", KEY));
    const char *text = newest(to, "INVITE sip:");
    assert_non_null(text);
    assert_non_null(strstr(text, SDP("RTP/SAVP", KEY)));
    assert_non_null(strstr(text, "security=Encrypted; orientation=from"));
    char answer_text[2000], via[300], to_header[200], call_id[100], party[200];
    (void)snprintf(via, sizeof via, "%s", header(text, "Via"));
    (void)snprintf(to_header, sizeof to_header, "%s", header(text, "To"));
    (void)snprintf(party, sizeof party, "%s", header(text, "From"));
    (void)snprintf(call_id, sizeof call_id, "%s", header(text, "Call-ID"));
    (void)snprintf(answer_text, sizeof answer_text,
                   "SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=bob\r\nCall-ID: "
                   "%s\r\nCSeq: %s\r\nContact: "
                   "<sip:1002@192.0.2.2:5061;transport=tls>\r\nContent-Type: "
                   "application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
                   via, party, to_header, call_id, header(text, "CSeq"),
                   strlen(SDP("RTP/SAVP", KEY)), SDP("RTP/SAVP", KEY));
    says(to, answer_text);
    text = newest(from, "SIP/2.0 200");
    assert_non_null(strstr(text, SDP("RTP/SAVP", KEY)));
    assert_non_null(strstr(text, "security=Encrypted; orientation=to"));
    assert_non_null(
        sj_testkit_find(kit, "log", "both parties came over TLS, and the media are encrypted"));
}

static void keys_never_go_in_the_clear(void **state) {
    sj_testkit *kit = *state;
    sj_testkit_peer *from = registers(kit, alice, ALICE, "1001", &alice_shows);
    register_phone(kit, bob, BOB, "1002", 1, 120);
    sj_testkit_forget(kit);
    calls(from, "1002", "", SDP("RTP/SAVP", KEY)); /* encrypted or not at all */
    assert_null(sent_to(kit, bob, "INVITE"));
    assert_non_null(strstr(newest(from, "SIP/2.0 488"), "their keys do not go in the clear"));
}

static void media_that_may_be_plain_go_plain(void **state) {
    sj_testkit *kit = *state;
    sj_testkit_peer *from = registers(kit, alice, ALICE, "1001", &alice_shows);
    register_phone(kit, bob, BOB, "1002", 1, 120);
    sj_testkit_forget(kit);
    calls(from, "1002", "Supported: X-cisco-srtp-fallback\r\n", SDP("RTP/SAVP", KEY));
    const char *text = expect(kit, bob, "INVITE");
    assert_non_null(strstr(text, SDP("RTP/AVP", "")));
    assert_null(strstr(text, "crypto"));
    assert_non_null(strstr(text, "security=NotAuthenticated"));
    answer(kit, bob, text, 200, SDP("RTP/AVP", ""));
    assert_non_null(strstr(newest(from, "SIP/2.0 200"), "security=NotAuthenticated"));
}

/* ---- sips ---- */

static void sips_is_tls_all_the_way(void **state) {
    sj_testkit *kit = *state;
    sj_testkit_peer *from = registers(kit, alice, ALICE, "1001", &alice_shows);
    register_phone(kit, bob, BOB, "1002", 1, 120);
    sj_testkit_forget(kit);
    says(from, "INVITE sips:1002@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS "
               "192.0.2.1:5061;branch=z9hG4bKsips\r\nFrom: "
               "<sips:1001@x>;tag=mine\r\nTo: <sips:1002@x>\r\nCall-ID: sips-1\r\nCSeq: 1 "
               "INVITE\r\nContact: "
               "<sips:1001@192.0.2.1:5061>\r\nContent-Length: 0\r\n\r\n");
    assert_null(sent_to(kit, bob, "INVITE"));
    assert_non_null(strstr(newest(from, "SIP/2.0 480"),
                           "The call asks for TLS (sips), and " BOB " is reached over UDP"));
    send_text(kit, bob, 5060,
              "INVITE sips:1001@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
              "192.0.2.2:5060;branch=z9hG4bKsips2\r\nFrom: "
              "<sip:1002@x>;tag=bob\r\nTo: <sips:1001@x>\r\nCall-ID: sips-2\r\nCSeq: 1 "
              "INVITE\r\nContact: "
              "<sip:1002@192.0.2.2:5060>\r\nContent-Length: 0\r\n\r\n");
    assert_non_null(strstr(expect(kit, bob, "SIP/2.0 403"), "A sips URI asks for TLS"));
}

/* An analysis knows it as calls do; of phones that are not registered, by their security profile.
 */
static void an_analysis_asks_for_tls_too(void **state) {
    sj_testkit *kit = *state;
    sj_call_analyse request = {
        .device_name = ALICE, .digits = "sips:1002@127.0.0.1", .phones_assumed = true};
    ask(kit, &request);
    assert_int_equal(analysed.sip_status, 480);
    bob_is_secure(kit);
    ask(kit, &request);
    assert_int_equal(analysed.sip_status, 0);
    assert_string_equal(analysed.destinations, BOB " 1002 ; ");
    request.digits = "sips:91234@127.0.0.1"; /* over a trunk in the clear */
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "trunk");
    assert_int_equal(analysed.sip_status, 480);
    assert_non_null(strstr(analysed.course, "Gateway is reached over UDP"));
    ask_for(kit, "Gateway", "sips:1002@127.0.0.1");
    assert_string_equal(analysed.outcome, "refused");
    assert_int_equal(analysed.sip_status, 403);
    put(kit, &sj_phone_meta,
        "{\"name\":\"" BOB "\",\"model\":\"Cisco 7841\",\"calling_search_space\":\"All\","
        "\"lines\":[{\"directory_number\":\"1002@Internal\"}]}");
    ask_for(kit, BOB, "sips:1001@127.0.0.1");
    assert_int_equal(analysed.sip_status, 403);
    (void)registers(kit, alice, ALICE, "1001", &alice_shows);
    register_phone(kit, bob, BOB, "1002", 1, 120);
    ask_for(kit, BOB, "sips:1001@127.0.0.1");
    assert_string_equal(analysed.outcome, "refused");
    assert_int_equal(analysed.sip_status, 403);
    ask_for(kit, ALICE, "sips:1002@127.0.0.1");
    assert_int_equal(analysed.sip_status, 480);
    assert_non_null(strstr(analysed.course, BOB " is reached over UDP"));
    ask_for(kit, BOB, "1001");
    assert_string_equal(analysed.destinations, ALICE " 1001 ; ");
}

static void pilot(sj_testkit *kit, const char *members, const char *overflow) {
    char json[300];
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"Door\",\"distribution\":\"top_down\",\"members\":[%s]}", members);
    put(kit, &sj_line_group_meta, json);
    put(kit, &sj_hunt_list_meta, "{\"name\":\"Door\",\"members\":[\"Door\"]}");
    (void)snprintf(json, sizeof json,
                   "{\"pattern\":\"7000\",\"partition\":\"Internal\",\"hunt_list\":\"Door\","
                   "\"forward_busy_destination\":\"%s\",\"forward_busy_calling_search_space\":"
                   "\"All\"}",
                   overflow);
    put(kit, &sj_hunt_pilot_meta, json);
}

/* Hunts go on behind a member who is reached in the clear, in calls and analyses. */
static void hunts_go_on_to_who_has_tls(void **state) {
    static const struct {
        const char *members, *overflow;
    } cases[] = {{"\"1004@Internal\",\"1002@Internal\"", ""}, {"\"1004@Internal\"", "1002"}};
    sj_testkit *kit = *state;
    char text[600];
    size_t before = 0;
    bob_is_secure(kit);
    dave_registers(kit);
    sj_testkit_peer *from = registers(kit, alice, ALICE, "1001", &alice_shows);
    sj_testkit_peer *to = registers(kit, bob, BOB, "1002", &bob_shows);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pilot(kit, cases[i].members, cases[i].overflow);
        ask_for(kit, ALICE, "sips:7000@127.0.0.1");
        assert_string_equal(analysed.destinations, BOB " 1002 ; ");
        assert_int_equal(analysed.sip_status, 0);
        assert_non_null(
            strstr(analysed.course, "does not ring: The call asks for TLS (sips), and "));
        (void)snprintf(
            text, sizeof text,
            "INVITE sips:7000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS "
            "192.0.2.1:5061;branch=z9hG4bKhunt%zu\r\nFrom: <sips:1001@x>;tag=mine\r\nTo: "
            "<sips:7000@x>\r\nCall-ID: sips-hunt-%zu\r\nCSeq: 1 INVITE\r\nContact: "
            "<sips:1001@192.0.2.1:5061>\r\nContent-Length: 0\r\n\r\n",
            i, i);
        says(from, text);
        const char *received = newest(to, "INVITE");
        assert_non_null(received);
        const size_t at = (size_t)(received - sj_testkit_received(to, NULL));
        assert_true(i == 0 || at > before);
        before = at;
        assert_null(sent_to(kit, dave, "INVITE"));
        (void)snprintf(
            text, sizeof text,
            "CANCEL sips:7000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS "
            "192.0.2.1:5061;branch=z9hG4bKhunt%zu\r\nFrom: <sips:1001@x>;tag=mine\r\nTo: "
            "<sips:7000@x>\r\nCall-ID: sips-hunt-%zu\r\nCSeq: 1 CANCEL\r\n"
            "Content-Length: 0\r\n\r\n",
            i, i);
        says(from, text);
        sj_testkit_run(kit);
    }
    pilot(kit, "\"1004@Internal\"", "");
    ask_for(kit, ALICE, "sips:7000@127.0.0.1");
    assert_int_equal(analysed.sip_status, 480);
    ask_for(kit, ALICE, "7000");
    assert_string_equal(analysed.destinations, "SEP001122334404 1004 ; ");
}

/* ---- trunks ---- */

static sj_testkit_peer *trunk_over_tls(sj_testkit *kit, const char *names) {
    char json[300];
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"TLS\",\"outgoing_transport\":\"tls\",\"incoming_transport\":"
                   "\"tls\",\"x509_subject_names\":[%s]}",
                   names);
    put(kit, &sj_sip_trunk_security_profile_meta, json);
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\",\"sip_profile\":\"Quiet\",\"sip_"
        "trunk_security_profile\":"
        "\"TLS\",\"destinations\":[{\"address\":\"192.0.2.90\",\"port\":5061}]}");
    sj_testkit_peer *from = registers(kit, alice, ALICE, "1001", &alice_shows);
    calls(from, "9555", "", SDP("RTP/SAVP", KEY));
    return from;
}

static void a_trunk_over_tls_speaks_to_the_right_peer_only(void **state) {
    static const char *const by_address[] = {"IP:192.0.2.90"}, *const by_name[] = {
                                                                   "DNS:gw.example"};
    static const sj_testkit_tls right = {"gw", by_address, 1, "sip_trunks"},
                                wrong = {"gw", by_name, 1, "sip_trunks"};
    sj_testkit *kit = *state;
    sj_testkit_peer *from = trunk_over_tls(kit, "");
    sj_testkit_peer *peer = sj_testkit_outgoing(kit, 0);
    assert_non_null(peer);
    assert_null(sent_to(kit, gateway, ""));
    sj_testkit_accept_tls(peer, &wrong);
    assert_string_equal(sj_testkit_received(peer, NULL), "");
    assert_true(sj_testkit_closed(peer));
    sj_testkit_advance(kit, 100);
    assert_non_null(strstr(newest(from, "SIP/2.0 503"), "does not match the trunk"));
    assert_non_null(sj_testkit_find(
        kit, "log",
        "warning callmanager: trunk Gateway cannot be reached at 192.0.2.90 port 5061 over "
        "TLS: certificate name "));
    calls(from, "9556", "", SDP("RTP/SAVP", KEY));
    peer = sj_testkit_outgoing(kit, 1);
    sj_testkit_accept_tls(peer, &right);
    const char *text = newest(peer, "INVITE sip:556@192.0.2.90:5061;transport=tls SIP/2.0");
    assert_non_null(text);
    assert_non_null(strstr(text, "Via: SIP/2.0/TLS 127.0.0.1:5061"));
    assert_non_null(strstr(text, KEY));
}

static void configured_names_take_the_addresss_place(void **state) {
    static const char *const by_name[] = {"DNS:gw.example"};
    static const sj_testkit_tls shown = {"sbc", by_name, 1, "sip_trunks"};
    sj_testkit *kit = *state;
    (void)trunk_over_tls(kit, "\"gw.example\"");
    sj_testkit_peer *peer = sj_testkit_outgoing(kit, 0);
    sj_testkit_accept_tls(peer, &shown);
    assert_non_null(newest(peer, "INVITE sip:555@"));
}

static void calls_come_in_as_the_trunk_says(void **state) {
    static const char *const by_address[] = {"IP:192.0.2.90"};
    static const sj_testkit_tls right = {"gw", by_address, 1, "sip_trunks"},
                                untrusted = {"gw", by_address, 1, NULL};
    static const char call[] =
        "INVITE sip:1002@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS "
        "192.0.2.90:5061;branch=z9hG4bKin%u\r\nFrom: "
        "<sip:333@x>;tag=gw\r\nTo: <sip:1002@x>\r\nCall-ID: in-%u\r\nCSeq: 1 INVITE\r\nContact: "
        "<sip:333@192.0.2.90:5061;transport=tls>\r\nContent-Length: 0\r\n\r\n";
    sj_testkit *kit = *state;
    char text[600];
    (void)trunk_over_tls(kit, "");
    register_phone(kit, bob, BOB, "1002", 1, 120);
    sj_testkit_forget(kit);
    invite(kit, gateway, "sip:1@192.0.2.90:5060", "1002", "333", ""); /* in the clear */
    assert_non_null(strstr(expect(kit, gateway, "SIP/2.0 403"),
                           "calls of trunk Gateway come in over TLS, not over UDP"));
    sj_testkit_peer *peer = sj_testkit_connect_tls(kit, SIPS_PORT, gateway, 50000, &untrusted);
    (void)snprintf(text, sizeof text, call, 1u, 1u);
    says(peer, text);
    assert_non_null(strstr(newest(peer, "SIP/2.0 403"), "its certificate is not trusted"));
    peer = sj_testkit_connect_tls(kit, SIPS_PORT, gateway, 50001, &right);
    (void)snprintf(text, sizeof text, call, 2u, 2u);
    says(peer, text);
    assert_non_null(newest(peer, "SIP/2.0 100"));
    assert_non_null(expect(kit, bob, "INVITE"));
}

/* The trunk for visitors' calls: a partner that takes calls in the clear is not called, and its
 * calls are refused. */
static void the_emcc_trunk_over_tls_never_falls_back(void **state) {
    sj_testkit *kit = *state;
    emcc_world(kit);
    put(kit, &sj_sip_trunk_security_profile_meta,
        "{\"name\":\"TLS\",\"outgoing_transport\":\"tls\",\"incoming_transport\":\"tls\"}");
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"EMCC\",\"trunk_service_type\":\"extension_mobility_cross_clusters\",\"calling_"
        "search_space\":\"All\","
        "\"sip_trunk_security_profile\":\"TLS\"}");
    register_phone(kit, "203.0.113.5", "SEP00AABBCCDD01", "1001", 1, 120);
    sj_testkit_forget(kit);
    invite(kit, "203.0.113.5", "uuid-1001@203.0.113.5:5060", "9999", "1001", "");
    assert_null(sent_to(kit, remote, "INVITE"));
    assert_non_null(strstr(expect(kit, "203.0.113.5", "SIP/2.0 503"),
                           "trunk EMCC asks for TLS, and cluster br takes calls over UDP"));
    put(kit, &sj_remote_cluster_status_meta,
        "{\"cluster_id\":\"br\",\"sip_port\":5061,\"sip_transport\":\"tls\",\"services\":[{"
        "\"service\":\"pstn_access\","
        "\"remote_activated\":\"yes\",\"addresses\":[\"198.51.100.1\"]}]}");
    invite(kit, "203.0.113.5", "uuid-1001@203.0.113.5:5060", "9999", "1002", "X: 2\r\n");
    assert_null(sent_to(kit, remote, "INVITE"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_secure_phone_shows_who_it_is, setup_secure, teardown),
        cmocka_unit_test_setup_teardown(a_secure_phone_in_the_clear_is_refused, setup_secure,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_profile_that_says_tcp_or_udp_means_it, setup_secure,
                                        teardown),
        cmocka_unit_test_setup_teardown(keys_pass_between_two_over_tls, setup_secure, teardown),
        cmocka_unit_test_setup_teardown(keys_never_go_in_the_clear, setup_secure, teardown),
        cmocka_unit_test_setup_teardown(media_that_may_be_plain_go_plain, setup_secure, teardown),
        cmocka_unit_test_setup_teardown(sips_is_tls_all_the_way, setup_secure, teardown),
        cmocka_unit_test_setup_teardown(hunts_go_on_to_who_has_tls, setup_secure, teardown),
        cmocka_unit_test_setup_teardown(an_analysis_asks_for_tls_too, setup_secure, teardown),
        cmocka_unit_test_setup_teardown(a_trunk_over_tls_speaks_to_the_right_peer_only,
                                        setup_secure, teardown),
        cmocka_unit_test_setup_teardown(configured_names_take_the_addresss_place, setup_secure,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_emcc_trunk_over_tls_never_falls_back, setup_secure,
                                        teardown),
        cmocka_unit_test_setup_teardown(calls_come_in_as_the_trunk_says, setup_secure, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
