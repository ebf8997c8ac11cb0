/* A node with addresses of both families: each answer and each request leaves from the address that
 * the far side knows, and names it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "resources/route_pattern.h"
#include "resources/sip_trunk.h"

static const char *const six = "2001:db8::1", *const second = "127.0.0.2";
static const char *const carla = "2001:db8::c", *const provider = "2001:db8::90";

/* Something that begins with `head` has gone from `own` to port 5060 of `to`. */
static void expect_from(sj_testkit *kit, const char *own, const char *to, const char *head) {
    char line[200];
    (void)snprintf(line, sizeof line, "%s:5060 > %s:5060 %s", own, to, head);
    if (sj_testkit_find(kit, "udp", line) == NULL) {
        sj_testkit_print(kit);
        fail_msg("nothing was seen of %s", line);
    }
}

/* Bob's phone, at any address, registers at one of the node's. */
static void bob_registers_at(sj_testkit *kit, const char *own, const char *from, int cseq) {
    const bool v6 = strchr(from, ':') != NULL;
    char text[1500];
    (void)snprintf(text, sizeof text,
                   "REGISTER sip:%s%s%s SIP/2.0\r\nVia: SIP/2.0/UDP %s%s%s:5060;branch=z9hG4bKb%d"
                   "\r\nMax-Forwards: 70\r\nFrom: <sip:1002@x>;tag=1\r\nTo: <sip:1002@%s%s%s>\r\n"
                   "Call-ID: bob\r\nCSeq: %d REGISTER\r\nUser-Agent: Cisco-CP7841/12.1.1\r\n"
                   "Contact: <sip:uuid-1002@%s%s%s:5060;transport=udp>;+u.sip!devicename.ccm.cisco."
                   "com=\"SEP001122334402\"\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n",
                   v6 ? "[" : "", own, v6 ? "]" : "", v6 ? "[" : "", from, v6 ? "]" : "", cseq,
                   v6 ? "[" : "", own, v6 ? "]" : "", cseq, v6 ? "[" : "", from, v6 ? "]" : "");
    sj_testkit_forget(kit);
    assert_int_equal(sj_testkit_datagram_to(kit, own, PORT, from, 5060, text, strlen(text)), SJ_OK);
    sj_testkit_run(kit);
    expect_from(kit, own, from, "SIP/2.0 200");
}

static void alice_calls(sj_testkit *kit, const char *number) {
    register_phone(kit, alice, "SEP001122334401", "1001", 1, 3600);
    sj_testkit_forget(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", number, "1001", "");
}

static void a_phone_over_ipv6(void **state) {
    sj_testkit *kit = *state;
    bob_registers_at(kit, six, carla, 1);
    alice_calls(kit, "1002");
    expect_from(kit, six, carla, "INVITE sip:uuid-1002@[2001:db8::c]:5060");
    const char *invited = expect(kit, carla, "INVITE");
    assert_non_null(strstr(header(invited, "Via"), "UDP [2001:db8::1]:5060;"));
    assert_non_null(strstr(header(invited, "Contact"), "@[2001:db8::1]:5060>"));
    assert_non_null(strstr(header(invited, "From"), "@[2001:db8::1]>"));
    assert_non_null(strstr(header(invited, "Remote-Party-ID"), "@[2001:db8::1]>"));
    answer(kit, carla, invited, 200, "answer-sdp");
    const char *answered = expect(kit, alice, "SIP/2.0 200");
    expect_from(kit, "127.0.0.1", alice, "SIP/2.0 200");
    assert_non_null(strstr(header(answered, "Contact"), "@127.0.0.1:5060>"));
    within(kit, alice, "ACK", 1, answered);
    within(kit, alice, "BYE", 2, answered);
    expect_from(kit, six, carla, "BYE sip:peer@");
}

static void a_phone_at_the_second_address(void **state) {
    sj_testkit *kit = *state;
    bob_registers_at(kit, second, bob, 1);
    alice_calls(kit, "1002");
    expect_from(kit, second, bob, "INVITE");
    assert_non_null(strstr(header(expect(kit, bob, "INVITE"), "Contact"), "@127.0.0.2:5060>"));
}

static void a_refresh_goes_to_another_address(void **state) {
    sj_testkit *kit = *state;
    bob_registers_at(kit, second, bob, 1);
    bob_registers_at(kit, "127.0.0.1", bob, 2);
    alice_calls(kit, "1002");
    expect_from(kit, "127.0.0.1", bob, "INVITE");
}

static void it_is_the_same_after_a_restart(void **state) {
    sj_testkit *kit = *state;
    sj_error error;
    bob_registers_at(kit, second, bob, 1);
    sj_testkit_advance(kit, 60000);
    assert_int_equal(sj_testkit_stop(kit, "callmanager", &error), SJ_OK);
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
    sj_testkit_run(kit);
    alice_calls(kit, "1002");
    expect_from(kit, second, bob, "INVITE");
}

static void a_trunk_to_ipv6(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Six\",\"calling_search_space\":\"Phones\",\"sip_trunk_security_profile\":"
        "\"UDP\",\"destinations\":[{\"address\":\"2001:db8::90\"}]}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"8.!\",\"partition\":\"PSTN\",\"sip_trunk\":\"Six\",\"discard_digits\":"
        "\"pre_dot\"}");
    sj_testkit_run(kit);
    alice_calls(kit, "85551");
    expect_from(kit, six, provider, "INVITE sip:5551@");
    const char *invited = expect(kit, provider, "INVITE");
    assert_non_null(strstr(header(invited, "Contact"), "@[2001:db8::1]:5060>"));
    assert_non_null(strstr(header(invited, "Call-ID"), "@2001:db8::1"));
}

/* The second address is as good a domain as the first, and nobody's loop. */
static void each_address_is_this_node(void **state) {
    sj_testkit *kit = *state;
    bob_registers_at(kit, second, bob, 1);
    register_phone(kit, alice, "SEP001122334401", "1001", 1, 3600);
    sj_testkit_forget(kit);
    static const char text[] =
        "INVITE sip:1002@127.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKe\r\n"
        "Max-Forwards: 70\r\nFrom: <sip:1001@x>;tag=e\r\nTo: <sip:1002@x>\r\nCall-ID: each\r\n"
        "CSeq: 1 INVITE\r\nContact: <sip:uuid-1001@192.0.2.1:5060>\r\nContent-Type: "
        "application/sdp\r\nContent-Length: 3\r\n\r\nv=0";
    assert_int_equal(
        sj_testkit_datagram_to(kit, "127.0.0.1", PORT, alice, 5060, text, sizeof text - 1), SJ_OK);
    sj_testkit_run(kit);
    expect_from(kit, second, bob, "INVITE");
}

int main(void) {
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_both_families, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_phone_over_ipv6),
        TEST(a_phone_at_the_second_address),
        TEST(a_refresh_goes_to_another_address),
        TEST(it_is_the_same_after_a_restart),
        TEST(a_trunk_to_ipv6),
        TEST(each_address_is_this_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
