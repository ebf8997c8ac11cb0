/* Calls that come back over the EMCC trunk have the right of a visitor's phone. That right belongs
 * to whoever knows the session's lease: 128 random bits that both clusters have from the login,
 * over mutual TLS, and that never go over SIP. The visiting cluster challenges each such INVITE
 * (RFC 7616, SHA-256: user name is the phone, password the lease); its nonce is good for the
 * address it was sent to, and once. */
#ifndef CALLMANAGER_EMCC_PROOF_H
#define CALLMANAGER_EMCC_PROOF_H

#include "calls/call.h"
#include "calls/trunk.h"
#include "sip/digest_client.h"

/* Visited cluster: whether the INVITE shows that it knows the lease; otherwise it has been
 * answered. */
bool emcc_proof_check(struct call_manager *manager, const struct sip_message *request,
                      const struct sip_flow *flow, const struct trunk_caller *caller);

/* Home cluster: what a challenge of that realm to the call that is being offered over the EMCC
 * trunk is answered with. False: nothing. */
bool emcc_proof_account(const struct call_leg *leg, const char *realm, char name[DIGEST_USER],
                        struct digest_secrets *secrets);

#endif
