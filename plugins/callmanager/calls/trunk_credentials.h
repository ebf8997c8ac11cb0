/* Answers the challenges of trunks' peers (401, 407) with the credentials of the SIP realms, and
 * those of a remote cluster with the lease of a visitor's session (emcc_proof.h). Nobody else's are
 * answered: phones have no right to know what the node knows. */
#ifndef CALLMANAGER_TRUNK_CREDENTIALS_H
#define CALLMANAGER_TRUNK_CREDENTIALS_H

#include "core/call_manager.h"
#include "resources/sip_realm.h"
#include "resources/sip_trunk.h"
#include "sip/digest_client.h"

/* See sip_transactions.challenged. */
bool trunk_credentials_challenged(void *user, const struct sip_flow *flow,
                                  const struct sip_message *request,
                                  const struct sip_message *response, unsigned answered,
                                  struct sip_request_anew *anew);
/* The account of a trunk at a realm, at any when `realm` is NULL: its Digest User's; without one
 * the only account that there is. NULL: it has none, or of several it does not say which. */
const sj_sip_realm *trunk_credentials_account(const struct dial_plan *plan,
                                              const sj_sip_trunk *trunk, const char *realm);
/* Credentials for a request, in answer to challenges that were put before; nothing when there was
 * none (`client` NULL). */
void trunk_credentials_put(struct call_manager *manager, struct digest_client *client,
                           const char *method, const char *uri, struct sip_writer *writer);

#endif
