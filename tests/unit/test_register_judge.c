/* What a REGISTER deserves: its order, transport, proofs, moves, times; and where a phone is
 * reached then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "phones/register_judge.h"

/* A phone at 192.0.2.1:5060 that is registered until 100 s and asks for 120 s more, at 40 s. */
struct world {
    struct device *phone;
    struct registration *old;
    struct sip_flow flow;
    struct register_facts facts;
    struct register_circumstances met;
};

static struct sip_flow flow_at(const char *address, int port, sj_sip_transport transport) {
    struct sip_flow flow;
    memset(&flow, 0, sizeof flow);
    flow.transport = transport;
    (void)sj_address_parse(address, port, &flow.remote);
    return flow;
}

static void contact_at(struct world *of, const char *uri, const char *address, int port) {
    of->facts.has_contact = true;
    of->facts.contact.uri = sip_text_of(uri);
    of->facts.contact_at_address =
        sj_address_parse(address, port, &of->facts.contact_address) == SJ_OK;
}

static struct world *make_world(void) {
    static struct world made;
    static struct device phone;
    static struct registration old;
    memset(&made, 0, sizeof made);
    memset(&phone, 0, sizeof phone);
    memset(&old, 0, sizeof old);
    made.phone = &phone;
    made.old = &old;
    made.phone->sip = true;
    made.phone->transport = SJ_PHONE_SECURITY_PROFILE_TRANSPORT_TCP_UDP;
    made.phone->security_mode = SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_NON_SECURE;
    made.flow = flow_at("192.0.2.1", 5060, SJ_SIP_TRANSPORT_UDP);
    made.old->device = made.phone;
    made.old->flow = made.flow;
    made.old->call_id = "call-1";
    made.old->contact = "sip:a@192.0.2.1";
    made.old->cseq = 7;
    made.old->expires_ms = 100000;
    made.facts.call_id = sip_text_of("call-1");
    made.facts.cseq = 8;
    made.facts.expires_s = 3600;
    contact_at(&made, "sip:a@192.0.2.1", "192.0.2.1", 5060);
    made.met.device = made.phone;
    made.met.old = made.old;
    made.met.flow = &made.flow;
    made.met.longest_s = 120;
    made.met.now_ms = 40000;
    return &made;
}

static struct register_verdict judge(const struct world *of) {
    return register_judge(&of->facts, &of->met);
}

static void expect_refusal(const struct world *of, int status, const char *reason) {
    const struct register_verdict said = judge(of);
    assert_int_equal(said.action, REGISTER_REFUSE);
    assert_int_equal(said.status, status);
    assert_string_equal(said.reason, reason);
}

static void test_refresh(void **state) {
    struct world *of = make_world();
    (void)state;
    struct register_verdict said = judge(of);
    assert_int_equal(said.action, REGISTER_BIND);
    assert_int_equal(said.granted_s, 120);
    assert_true(!said.moved && !said.fresh && !said.changed && !said.certificate &&
                !said.credentials);
    assert_true(sip_flow_equal(&said.flow, &of->flow));
    of->facts.expires_s = 60;
    contact_at(of, "sip:b@192.0.2.1", "192.0.2.1", 5060);
    said = judge(of);
    assert_int_equal(said.granted_s, 60);
    assert_true(said.changed && !said.moved && !said.fresh);
    of->facts.call_id = sip_text_of("call-2");
    said = judge(of);
    assert_true(said.fresh && said.changed);
    of->met.old = NULL;
    said = judge(of);
    assert_true(said.moved && said.fresh && said.changed);
}

static void test_order(void **state) {
    struct world *of = make_world();
    (void)state;
    of->facts.cseq = 7;
    assert_int_equal(judge(of).action, REGISTER_REPEAT);
    assert_int_equal(judge(of).granted_s, 60);
    of->met.now_ms = 99500;
    assert_int_equal(judge(of).granted_s, 1);
    of->met.now_ms = 200000; /* over, but not yet removed */
    assert_int_equal(judge(of).granted_s, 1);
    of->facts.cseq = 6;
    expect_refusal(of, 500, "CSeq is lower than one seen before");
    /* Another Call-ID, or another host that uses the same: that is no old request. */
    of->facts.call_id = sip_text_of("call-2");
    assert_int_equal(judge(of).action, REGISTER_BIND);
    of->facts.call_id = sip_text_of("call-1");
    of->flow = flow_at("192.0.2.9", 5060, SJ_SIP_TRANSPORT_UDP);
    assert_int_equal(judge(of).action, REGISTER_CHECK_MOVE);
}

static void test_order_before_proofs(void **state) {
    struct world *of = make_world();
    (void)state;
    of->phone->digest = true;
    of->phone->security_mode = SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_ENCRYPTED;
    of->facts.cseq = 7;
    assert_int_equal(judge(of).action, REGISTER_REPEAT);
    assert_true(!judge(of).certificate && !judge(of).credentials);
    of->facts.cseq = 8;
    of->phone->transport = SJ_PHONE_SECURITY_PROFILE_TRANSPORT_UDP;
    assert_int_equal(judge(of).action, REGISTER_BIND);
    assert_true(judge(of).certificate && judge(of).credentials);
}

static void test_transport(void **state) {
    struct world *of = make_world();
    (void)state;
    of->phone->digest = true;
    of->phone->transport = SJ_PHONE_SECURITY_PROFILE_TRANSPORT_TCP;
    expect_refusal(of, 403, "The security profile asks for TCP");
    assert_false(judge(of).credentials); /* a phone that may not come this way is not challenged */
    of->phone->transport = SJ_PHONE_SECURITY_PROFILE_TRANSPORT_TLS;
    expect_refusal(of, 403, "The security profile asks for TLS");
    of->phone->transport = SJ_PHONE_SECURITY_PROFILE_TRANSPORT_UDP;
    assert_int_equal(judge(of).action, REGISTER_BIND);
    of->flow.transport = SJ_SIP_TRANSPORT_TCP;
    expect_refusal(of, 403, "The security profile asks for UDP");
    of->phone->transport = SJ_PHONE_SECURITY_PROFILE_TRANSPORT_TCP_UDP;
    assert_int_equal(judge(of).action, REGISTER_BIND);
    of->flow.transport = SJ_SIP_TRANSPORT_TLS;
    expect_refusal(of, 403, "The security profile asks for TCP or UDP");
    of->phone->sip = false;
    expect_refusal(of, 403, "The phone is configured for SCCP");
}

static void test_move(void **state) {
    struct world *of = make_world();
    (void)state;
    of->flow = flow_at("192.0.2.9", 5060, SJ_SIP_TRANSPORT_UDP);
    assert_int_equal(judge(of).action, REGISTER_CHECK_MOVE);
    of->facts.expires_s = 0;
    const struct register_verdict said = judge(of);
    assert_int_equal(said.action, REGISTER_REFUSE_REMOVAL);
    assert_int_equal(said.status, 403);
    assert_string_equal(said.reason, "The phone is registered at another address");
    of->facts.expires_s = 60;
    of->met.moved = true; /* it was asked there, and does not answer */
    assert_int_equal(judge(of).action, REGISTER_BIND);
    assert_true(judge(of).moved);
    of->met.moved = false;
    of->phone->digest = true;
    assert_int_equal(judge(of).action, REGISTER_BIND);
    assert_true(judge(of).credentials);
    of->phone->digest = false;
    of->phone->security_mode = SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_AUTHENTICATED;
    assert_int_equal(judge(of).action, REGISTER_BIND);
    assert_true(judge(of).certificate);
    of->phone->security_mode = SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_NON_SECURE;
    of->phone->removed = true;
    of->facts.expires_s = 0;
    assert_int_equal(judge(of).action, REGISTER_REMOVE);
    of->phone->removed = false;
    of->flow = flow_at("192.0.2.1", 6000, SJ_SIP_TRANSPORT_UDP); /* the same host */
    assert_int_equal(judge(of).action, REGISTER_REMOVE);
}

static void test_times(void **state) {
    struct world *of = make_world();
    (void)state;
    of->facts.expires_s = 4;
    expect_refusal(of, 423, "Registrations last at least 5 seconds");
    of->facts.has_contact = false;
    of->facts.expires_s = 60;
    expect_refusal(of, 400, "A Contact is expected");
    of->facts.expires_s = 0;
    expect_refusal(of, 400, "A Contact is expected");
    of->facts.star = true;
    assert_int_equal(judge(of).action, REGISTER_REMOVE);
    of->facts.star = false;
    of->facts.has_contact = true;
    of->facts.keep_alive = true;
    of->phone->sip = false; /* a standby node answers whatever it thinks of the phone */
    assert_int_equal(judge(of).action, REGISTER_STANDBY);
}

static void test_where(void **state) {
    struct world *of = make_world();
    char address[SJ_ADDRESS_TEXT];
    (void)state;
    of->flow = flow_at("192.0.2.1", 33000,
                       SJ_SIP_TRANSPORT_UDP); /* sent from one port, listening at another */
    struct register_verdict said = judge(of);
    assert_int_equal(sj_address_format(&said.flow.remote, address, sizeof address), 5060);
    assert_false(said.moved);
    contact_at(of, "sip:a@10.0.0.5", "10.0.0.5", 5060); /* an address behind a translator */
    said = judge(of);
    assert_int_equal(sj_address_format(&said.flow.remote, address, sizeof address), 33000);
    assert_true(said.moved);
    contact_at(of, "sip:a@192.0.2.1:5060", "192.0.2.1", 5060);
    of->flow.transport = SJ_SIP_TRANSPORT_TCP; /* the connection is where it is reached */
    said = judge(of);
    assert_int_equal(sj_address_format(&said.flow.remote, address, sizeof address), 33000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refresh),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_order_before_proofs),
        cmocka_unit_test(test_transport),
        cmocka_unit_test(test_move),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
