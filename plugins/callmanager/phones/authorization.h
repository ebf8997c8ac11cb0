/* Digest challenges to phones, and their answers. */
#ifndef CALLMANAGER_AUTHORIZATION_H
#define CALLMANAGER_AUTHORIZATION_H

#include "call_manager.h"

/* Answers 401 with a fresh nonce. */
void authorization_challenge(call_manager *manager, const sip_message *request, const sip_flow *flow, bool stale);

/* Checks the Authorization header against a device's digest user. DIGEST_STALE: it must be challenged again (also when there is
 * no header). On DIGEST_RIGHT a registered phone's request counter has been taken. */
digest_verdict authorization_check(call_manager *manager, const sip_message *request, const sip_flow *flow,
                                   const device *device, registration *registration);

/* The credentials of our realm in the request; false when there are none. */
bool authorization_find(const sip_message *request, digest_credentials *credentials);

/* Whether the credentials are those of this user of the store, whoever's phone it is. */
digest_verdict authorization_check_user(call_manager *manager, const sip_message *request, const sip_flow *flow,
                                        const digest_credentials *credentials, const char *user);

#endif
