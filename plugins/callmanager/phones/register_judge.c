/* Judges a REGISTER in the order in which faults are answered: order of requests, transport,
 * address, times. */
#include "phones/register_judge.h"

enum { SHORTEST_S = 5 };

static struct register_verdict refusal(int status, const char *reason) {
    const struct register_verdict verdict = {
        .action = REGISTER_REFUSE, .status = status, .reason = reason};
    return verdict;
}

/* Whether the request comes after the last one of its Call-ID. */
static bool is_in_order(const struct register_facts *facts,
                        const struct register_circumstances *circumstances) {
    const struct registration *old = circumstances->old;
    return old == NULL || !sip_text_is(facts->call_id, registration_call_id(old)) ||
           facts->cseq > old->cseq || !sip_flow_same_host(&old->flow, circumstances->flow);
}

static struct register_verdict repeated(const struct register_circumstances *circumstances) {
    const uint64_t left_ms = circumstances->old->expires_ms > circumstances->now_ms
                                 ? circumstances->old->expires_ms - circumstances->now_ms
                                 : 0;
    const struct register_verdict verdict = {
        .action = REGISTER_REPEAT,
        .granted_s = left_ms > 0 ? (uint32_t)((left_ms + 999) / 1000) : 1};
    return verdict;
}

/* Why this phone may not register over this transport, or "". */
static const char *transport_fault(const struct device *device, sj_sip_transport transport) {
    if (!device->sip) {
        return "The phone is configured for SCCP";
    }
    switch (device->transport) {
    case SJ_PHONE_SECURITY_PROFILE_TRANSPORT_TCP:
        return transport == SJ_SIP_TRANSPORT_TCP ? "" : "The security profile asks for TCP";
    case SJ_PHONE_SECURITY_PROFILE_TRANSPORT_UDP:
        return transport == SJ_SIP_TRANSPORT_UDP ? "" : "The security profile asks for UDP";
    case SJ_PHONE_SECURITY_PROFILE_TRANSPORT_TLS:
        return transport == SJ_SIP_TRANSPORT_TLS ? "" : "The security profile asks for TLS";
    default:
        return transport != SJ_SIP_TRANSPORT_TLS ? "" : "The security profile asks for TCP or UDP";
    }
}

/* Where the phone is to be asked first: whose name is all that it shows keeps its registration
 * until it does not answer any more where it is registered. NULL: it may register, and unregister,
 * here. */
static struct registration *guarded(const struct register_circumstances *circumstances) {
    struct registration *old = circumstances->old;
    if (circumstances->moved || circumstances->device->digest || circumstances->device->removed ||
        device_is_secure(circumstances->device) ||
        (old != NULL && sip_flow_same_host(&old->flow, circumstances->flow))) {
        return NULL;
    }
    return old != NULL ? old : circumstances->elsewhere;
}

/* Over UDP a phone listens where its Contact says, unless that is an address of its own network
 * behind a translator. */
static struct sip_flow binding_flow(const struct register_contact *contact,
                                    const struct sip_flow *source) {
    struct sip_flow flow = *source;
    const sj_address *named = &contact->host;
    if (flow.transport == SJ_SIP_TRANSPORT_UDP && contact->at_address &&
        named->any.sa_family == flow.remote.any.sa_family) {
        sj_address seen = flow.remote;
        if (named->any.sa_family == AF_INET6) {
            seen.v6.sin6_port = named->v6.sin6_port;
        } else {
            seen.v4.sin_port = named->v4.sin_port;
        }
        if (sj_address_equal(&seen, named)) {
            flow.remote = *named;
        }
    }
    return flow;
}

static struct register_verdict binding(const struct register_facts *facts,
                                       const struct register_contact *contact,
                                       const struct register_circumstances *circumstances) {
    const struct registration *old = circumstances->old;
    struct register_verdict verdict = {.action = REGISTER_BIND,
                                       .flow = binding_flow(contact, circumstances->flow)};
    verdict.granted_s = contact->expires_s < circumstances->longest_s ? contact->expires_s
                                                                      : circumstances->longest_s;
    verdict.moved = old == NULL || !sip_flow_equal(&old->flow, &verdict.flow);
    verdict.fresh = old == NULL || !sip_text_is(facts->call_id, registration_call_id(old));
    verdict.changed =
        verdict.moved || verdict.fresh || !sip_text_is(contact->address.uri, old->contact);
    return verdict;
}

/* Of a phone that has shown who it is, as far as its profile asks for it. */
static struct register_verdict judge_known(const struct register_facts *facts,
                                           const struct register_contact *contact,
                                           const struct register_circumstances *circumstances) {
    const bool removal = contact == NULL ? facts->star : contact->expires_s == 0;
    struct register_verdict verdict = {.granted_s = 0};
    verdict.asked = guarded(circumstances);
    if (verdict.asked != NULL && contact != NULL && !removal) {
        verdict.action = REGISTER_CHECK_MOVE;
    } else if (verdict.asked != NULL) {
        verdict = refusal(403, "The phone is registered at another address");
        verdict.action = removal ? REGISTER_REFUSE_REMOVAL : REGISTER_REFUSE;
    } else if (contact != NULL && !removal && contact->expires_s < SHORTEST_S) {
        verdict = refusal(423, "Registrations last at least 5 seconds");
    } else if (contact != NULL && !removal) {
        verdict = binding(facts, contact, circumstances);
    } else {
        verdict.action = removal && circumstances->old != NULL ? REGISTER_REMOVE : REGISTER_KEEP;
    }
    return verdict;
}

struct register_verdict register_judge(const struct register_facts *facts,
                                       const struct register_contact *contact,
                                       const struct register_circumstances *circumstances) {
    struct register_verdict verdict = {.granted_s = 0};
    if (facts->keep_alive && contact != NULL && contact->expires_s == 0) {
        verdict.action = REGISTER_STANDBY;
        return verdict;
    }
    const char *fault = transport_fault(circumstances->device, circumstances->flow->transport);
    if (fault[0] != '\0') {
        verdict = refusal(403, fault);
        verdict.certificate = device_is_secure(circumstances->device);
        return verdict;
    }
    if (is_in_order(facts, circumstances)) {
        verdict = judge_known(facts, contact, circumstances);
    } else {
        verdict = facts->cseq == circumstances->old->cseq
                      ? repeated(circumstances)
                      : refusal(500, "CSeq is lower than one seen before");
    }
    verdict.credentials = circumstances->device->digest;
    verdict.certificate = device_is_secure(circumstances->device);
    return verdict;
}
