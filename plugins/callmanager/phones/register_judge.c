/* Judges a REGISTER in the order in which faults are answered: order of requests, transport,
 * address, times. */
#include "phones/register_judge.h"

enum { SHORTEST_S = 5 };

static struct register_verdict refusal(int status, const char *reason) {
    const struct register_verdict made = {
        .action = REGISTER_REFUSE, .status = status, .reason = reason};
    return made;
}

/* Whether the request comes after the last one of its Call-ID. */
static bool is_in_order(const struct register_facts *facts,
                        const struct register_circumstances *of) {
    const struct registration *old = of->old;
    return old == NULL || !sip_text_is(facts->call_id, old->call_id) || facts->cseq > old->cseq ||
           !sip_flow_same_host(&old->flow, of->flow);
}

static struct register_verdict repeated(const struct register_circumstances *of) {
    const uint64_t left_ms =
        of->old->expires_ms > of->now_ms ? of->old->expires_ms - of->now_ms : 0;
    const struct register_verdict made = {.action = REGISTER_REPEAT,
                                          .granted_s =
                                              left_ms > 0 ? (uint32_t)((left_ms + 999) / 1000) : 1};
    return made;
}

static bool needs_certificate(const struct device *of) {
    return of->security_mode != SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_NON_SECURE;
}

/* Why this phone may not register over this transport, or "". */
static const char *transport_fault(const struct device *of, sj_sip_transport transport) {
    if (!of->sip) {
        return "The phone is configured for SCCP";
    }
    switch (of->transport) {
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

/* A phone whose name is all that it shows keeps its registration until it does not answer any more
 * where it is registered. */
static bool may_move(const struct register_circumstances *of) {
    return of->old == NULL || of->moved || of->device->digest || of->device->removed ||
           sip_flow_same_host(&of->old->flow, of->flow) || needs_certificate(of->device);
}

/* Over UDP a phone listens where its Contact says, unless that is an address of its own network
 * behind a translator. */
static struct sip_flow binding_flow(const struct register_facts *facts,
                                    const struct sip_flow *from) {
    struct sip_flow flow = *from;
    const sj_address *named = &facts->contact_address;
    if (flow.transport == SJ_SIP_TRANSPORT_UDP && facts->contact_at_address &&
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
                                       const struct register_circumstances *of) {
    const struct registration *old = of->old;
    struct register_verdict made = {.action = REGISTER_BIND, .flow = binding_flow(facts, of->flow)};
    made.granted_s = facts->expires_s < of->longest_s ? facts->expires_s : of->longest_s;
    made.moved = old == NULL || !sip_flow_equal(&old->flow, &made.flow);
    made.fresh = old == NULL || !sip_text_is(facts->call_id, old->call_id);
    made.changed = made.moved || made.fresh || !sip_text_is(facts->contact.uri, old->contact);
    return made;
}

/* Of a phone that has shown who it is, as far as its profile asks for it. */
static struct register_verdict judge_known(const struct register_facts *facts,
                                           const struct register_circumstances *of) {
    struct register_verdict made = {.granted_s = 0};
    if (!may_move(of) && facts->expires_s == 0) {
        made = refusal(403, "The phone is registered at another address");
        made.action = REGISTER_REFUSE_REMOVAL;
    } else if (!may_move(of)) {
        made.action = REGISTER_CHECK_MOVE;
    } else if (facts->expires_s == 0 && (facts->star || facts->has_contact)) {
        made.action = REGISTER_REMOVE;
    } else if (!facts->has_contact) { /* a query */
        made = refusal(400, "A Contact is expected");
    } else if (facts->expires_s < SHORTEST_S) {
        made = refusal(423, "Registrations last at least 5 seconds");
    } else {
        made = binding(facts, of);
    }
    return made;
}

struct register_verdict register_judge(const struct register_facts *facts,
                                       const struct register_circumstances *of) {
    struct register_verdict made = {.granted_s = 0};
    if (facts->keep_alive && facts->expires_s == 0) {
        made.action = REGISTER_STANDBY;
        return made;
    }
    if (!is_in_order(facts, of)) {
        return facts->cseq == of->old->cseq ? repeated(of)
                                            : refusal(500, "CSeq is lower than one seen before");
    }
    const char *fault = transport_fault(of->device, of->flow->transport);
    if (fault[0] != '\0') {
        made = refusal(403, fault);
    } else {
        made = judge_known(facts, of);
        made.credentials = of->device->digest;
    }
    made.certificate = needs_certificate(of->device);
    return made;
}
