/* What a REGISTER gets: its order, transport, proofs, moves, times; and where a phone is
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
    struct register_circumstances circumstances;
};

static struct sip_flow flow_at(const char *address, int port, sj_sip_transport transport) {
    struct sip_flow flow;
    memset(&flow, 0, sizeof flow);
    flow.transport = transport;
    (void)sj_address_parse(address, port, &flow.remote);
    return flow;
}

static void contact_at(struct world *world, const char *uri, const char *address, int port) {
    world->facts.contact_count = 1;
    world->facts.contacts[0].address.uri = sip_text_of(uri);
    world->facts.contacts[0].at_address =
        sj_address_parse(address, port, &world->facts.contacts[0].host) == SJ_OK;
}

static struct world *make_world(void) {
    static struct world world;
    static struct device phone;
    static const char texts[] = "sip:a@192.0.2.1\0\0call-1";
    static union {
        struct registration registration;
        char room[sizeof(struct registration) + sizeof texts];
    } old;
    memset(&world, 0, sizeof world);
    memset(&phone, 0, sizeof phone);
    memset(&old, 0, sizeof old);
    world.phone = &phone;
    world.old = &old.registration;
    world.phone->sip = true;
    world.phone->transport = SJ_PHONE_SECURITY_PROFILE_TRANSPORT_TCP_UDP;
    world.phone->security_mode = SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_NON_SECURE;
    world.flow = flow_at("192.0.2.1", 5060, SJ_SIP_TRANSPORT_UDP);
    world.old->device = world.phone;
    world.old->flow = world.flow;
    memcpy(world.old->contact, texts, sizeof texts);
    world.old->call_id_at = (uint16_t)(strlen(texts) + 2);
    world.old->cseq = 7;
    world.old->expires_ms = 100000;
    world.facts.call_id = sip_text_of("call-1");
    world.facts.cseq = 8;
    world.facts.contacts[0].expires_s = 3600;
    contact_at(&world, "sip:a@192.0.2.1", "192.0.2.1", 5060);
    world.circumstances.device = world.phone;
    world.circumstances.old = world.old;
    world.circumstances.flow = &world.flow;
    world.circumstances.longest_s = 120;
    world.circumstances.now_ms = 40000;
    return &world;
}

static struct register_verdict judge(const struct world *world) {
    return register_judge(&world->facts,
                          world->facts.contact_count > 0 ? &world->facts.contacts[0] : NULL,
                          &world->circumstances);
}

static void expect_refusal(const struct world *world, int status, const char *reason) {
    const struct register_verdict verdict = judge(world);
    assert_int_equal(verdict.action, REGISTER_REFUSE);
    assert_int_equal(verdict.status, status);
    assert_string_equal(verdict.reason, reason);
}

static void test_refresh(void **state) {
    struct world *world = make_world();
    (void)state;
    struct register_verdict verdict = judge(world);
    assert_int_equal(verdict.action, REGISTER_BIND);
    assert_int_equal(verdict.granted_s, 120);
    assert_true(!verdict.moved && !verdict.fresh && !verdict.changed && !verdict.certificate &&
                !verdict.credentials);
    assert_true(sip_flow_equal(&verdict.flow, &world->flow));
    world->facts.contacts[0].expires_s = 60;
    contact_at(world, "sip:b@192.0.2.1", "192.0.2.1", 5060);
    verdict = judge(world);
    assert_int_equal(verdict.granted_s, 60);
    assert_true(verdict.changed && !verdict.moved && !verdict.fresh);
    world->facts.call_id = sip_text_of("call-2");
    verdict = judge(world);
    assert_true(verdict.fresh && verdict.changed);
    world->circumstances.old = NULL;
    verdict = judge(world);
    assert_true(verdict.moved && verdict.fresh && verdict.changed);
}

static void test_order(void **state) {
    struct world *world = make_world();
    (void)state;
    world->facts.cseq = 7;
    assert_int_equal(judge(world).action, REGISTER_REPEAT);
    assert_int_equal(judge(world).granted_s, 60);
    world->circumstances.now_ms = 99500;
    assert_int_equal(judge(world).granted_s, 1);
    world->circumstances.now_ms = 200000; /* over, but not yet removed */
    assert_int_equal(judge(world).granted_s, 1);
    world->facts.cseq = 6;
    expect_refusal(world, 500, "CSeq is lower than one seen before");
    /* Another Call-ID, or another host that uses the same: that is no old request. */
    world->facts.call_id = sip_text_of("call-2");
    assert_int_equal(judge(world).action, REGISTER_BIND);
    world->facts.call_id = sip_text_of("call-1");
    world->flow = flow_at("192.0.2.9", 5060, SJ_SIP_TRANSPORT_UDP);
    assert_int_equal(judge(world).action, REGISTER_CHECK_MOVE);
}

/* RFC 3261 10.3: who it is comes before the order of its requests. */
static void test_order_after_proofs(void **state) {
    struct world *world = make_world();
    (void)state;
    world->phone->digest = true;
    world->phone->security_mode = SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_ENCRYPTED;
    for (uint32_t cseq = 6; cseq <= 8; cseq++) {
        world->facts.cseq = cseq;
        assert_true(judge(world).certificate && judge(world).credentials);
    }
    world->phone->transport = SJ_PHONE_SECURITY_PROFILE_TRANSPORT_UDP;
    assert_int_equal(judge(world).action, REGISTER_BIND);
    assert_true(judge(world).certificate && judge(world).credentials);
}

static void test_transport(void **state) {
    struct world *world = make_world();
    (void)state;
    world->phone->digest = true;
    world->phone->transport = SJ_PHONE_SECURITY_PROFILE_TRANSPORT_TCP;
    expect_refusal(world, 403, "The security profile asks for TCP");
    assert_false(
        judge(world).credentials); /* a phone that may not come this way is not challenged */
    world->phone->transport = SJ_PHONE_SECURITY_PROFILE_TRANSPORT_TLS;
    expect_refusal(world, 403, "The security profile asks for TLS");
    world->phone->transport = SJ_PHONE_SECURITY_PROFILE_TRANSPORT_UDP;
    assert_int_equal(judge(world).action, REGISTER_BIND);
    world->flow.transport = SJ_SIP_TRANSPORT_TCP;
    expect_refusal(world, 403, "The security profile asks for UDP");
    world->phone->transport = SJ_PHONE_SECURITY_PROFILE_TRANSPORT_TCP_UDP;
    assert_int_equal(judge(world).action, REGISTER_BIND);
    world->flow.transport = SJ_SIP_TRANSPORT_TLS;
    expect_refusal(world, 403, "The security profile asks for TCP or UDP");
    world->phone->sip = false;
    expect_refusal(world, 403, "The phone is configured for SCCP");
}

static void test_move(void **state) {
    struct world *world = make_world();
    (void)state;
    world->flow = flow_at("192.0.2.9", 5060, SJ_SIP_TRANSPORT_UDP);
    assert_int_equal(judge(world).action, REGISTER_CHECK_MOVE);
    world->facts.contacts[0].expires_s = 0;
    const struct register_verdict verdict = judge(world);
    assert_int_equal(verdict.action, REGISTER_REFUSE_REMOVAL);
    assert_int_equal(verdict.status, 403);
    assert_string_equal(verdict.reason, "The phone is registered at another address");
    world->facts.contacts[0].expires_s = 60;
    world->circumstances.moved = true; /* it was asked there, and does not answer */
    assert_int_equal(judge(world).action, REGISTER_BIND);
    assert_true(judge(world).moved);
    world->circumstances.moved = false;
    /* The same for a further contact of a phone that is registered elsewhere. */
    world->circumstances.old = NULL;
    world->circumstances.elsewhere = world->old;
    assert_int_equal(judge(world).action, REGISTER_CHECK_MOVE);
    assert_ptr_equal(judge(world).asked, world->old);
    world->facts.contact_count = 0;
    expect_refusal(world, 403, "The phone is registered at another address");
    world->facts.contact_count = 1;
    world->circumstances.old = world->old;
    world->phone->digest = true;
    assert_int_equal(judge(world).action, REGISTER_BIND);
    assert_true(judge(world).credentials);
    world->phone->digest = false;
    world->phone->security_mode = SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_AUTHENTICATED;
    assert_int_equal(judge(world).action, REGISTER_BIND);
    assert_true(judge(world).certificate);
    world->phone->security_mode = SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_NON_SECURE;
    world->phone->removed = true;
    world->facts.contacts[0].expires_s = 0;
    assert_int_equal(judge(world).action, REGISTER_REMOVE);
    world->phone->removed = false;
    world->flow = flow_at("192.0.2.1", 6000, SJ_SIP_TRANSPORT_UDP); /* the same host */
    assert_int_equal(judge(world).action, REGISTER_REMOVE);
}

static void test_times(void **state) {
    struct world *world = make_world();
    (void)state;
    world->facts.contacts[0].expires_s = 4;
    expect_refusal(world, 423, "Registrations last at least 5 seconds");
    world->facts.contacts[0].expires_s = 0;
    assert_int_equal(judge(world).action, REGISTER_REMOVE);
    world->circumstances.old = NULL; /* another one is registered, or none */
    assert_int_equal(judge(world).action, REGISTER_KEEP);
    world->facts.contact_count = 0; /* what is registered? */
    assert_int_equal(judge(world).action, REGISTER_KEEP);
    world->facts.star = true;
    assert_int_equal(judge(world).action, REGISTER_KEEP);
    world->circumstances.old = world->old;
    assert_int_equal(judge(world).action, REGISTER_REMOVE);
    world->facts.star = false;
    world->facts.contact_count = 1;
    world->facts.keep_alive = true;
    world->phone->sip = false; /* a standby node answers whatever it thinks of the phone */
    assert_int_equal(judge(world).action, REGISTER_STANDBY);
}

static void test_where(void **state) {
    struct world *world = make_world();
    char address[SJ_ADDRESS_TEXT];
    (void)state;
    world->flow = flow_at("192.0.2.1", 33000,
                          SJ_SIP_TRANSPORT_UDP); /* sent from one port, listening at another */
    struct register_verdict verdict = judge(world);
    assert_int_equal(sj_address_format(&verdict.flow.remote, address, sizeof address), 5060);
    assert_false(verdict.moved);
    contact_at(world, "sip:a@10.0.0.5", "10.0.0.5", 5060); /* an address behind a translator */
    verdict = judge(world);
    assert_int_equal(sj_address_format(&verdict.flow.remote, address, sizeof address), 33000);
    assert_true(verdict.moved);
    contact_at(world, "sip:a@192.0.2.1:5060", "192.0.2.1", 5060);
    world->flow.transport = SJ_SIP_TRANSPORT_TCP; /* the connection is where it is reached */
    verdict = judge(world);
    assert_int_equal(sj_address_format(&verdict.flow.remote, address, sizeof address), 33000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refresh),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_order_after_proofs),
        cmocka_unit_test(test_transport),
        cmocka_unit_test(test_move),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
