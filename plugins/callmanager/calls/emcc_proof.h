/* Calls that come back over the EMCC trunk have the right of a visitor's phone. That right belongs
 * to whoever knows the session's lease: 128 random bits that both clusters have from the login,
 * over mutual TLS, and that never go over SIP. The visiting cluster challenges each such INVITE
 * (RFC 7616, SHA-256: user name is the phone, password the lease); its nonce is good for the
 * address it was sent to, and once. */
#ifndef CALLMANAGER_EMCC_PROOF_H
#define CALLMANAGER_EMCC_PROOF_H

#include "calls/call.h"
#include "calls/trunk.h"

/* Visited cluster: whether the INVITE shows that it knows the lease; otherwise it has been
 * answered. */
bool emcc_proof_check(struct call_manager *manager, const struct sip_message *request,
                      const struct sip_flow *flow, const struct trunk_caller *caller);

/* Home cluster: the Authorization line for a target that was challenged, into
 * target->authorization. False when there is nothing to answer with. */
bool emcc_proof_answer(struct call_manager *manager, const struct sip_message *challenge,
                       struct call_target *target);

#endif
