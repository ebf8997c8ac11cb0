/* The proof of a lease. Uses the digest of phones' credentials. */
#include "calls/emcc_proof.h"
#include "core/refusals.h"
#include "phones/authorization.h"

#include <stdio.h>

#define REALM "sojourn-emcc"

enum { VALID_S = 60 };

bool emcc_proof_check(struct call_manager *manager, const struct sip_message *request,
                      const struct sip_flow *flow, const struct trunk_caller *caller) {
    struct digest_credentials credentials;
    struct digest_secrets secrets = {"", ""};
    enum digest_verdict verdict;
    if (!authorization_find(request, REALM, &credentials)) {
        authorization_challenge_in(manager, request, flow, REALM, false);
        return false;
    }
    if (digest_algorithm_of(&credentials) == DIGEST_SHA256 &&
        sip_text_is(credentials.username, caller->device_name)) {
        digest_ha1(manager->digest, DIGEST_SHA256, caller->device_name, REALM, caller->lease,
                   secrets.sha256);
    }
    verdict = authorization_verify_once(manager, request, flow, &credentials, &secrets, VALID_S);
    if (verdict == DIGEST_RIGHT) {
        return true;
    }
    if (verdict == DIGEST_STALE) {
        authorization_challenge_in(manager, request, flow, REALM, true);
    } else {
        (void)refusals_note(manager, REFUSED_CALL, flow,
                            "a call for phone %s of cluster %s is refused: the lease of its "
                            "session is not known there",
                            caller->device_name, caller->remote_cluster_id);
        sip_answer(manager, request, flow, 403, "The lease of the session is not proved");
    }
    return false;
}

bool emcc_proof_account(const struct call_leg *leg, const char *realm, char name[DIGEST_USER],
                        struct digest_secrets *secrets) {
    const struct call *call = leg->call;
    const struct call_target *target =
        call == NULL || call->targets == NULL || call->next_target == 0
            ? NULL
            : &call->targets[call->next_target - 1];
    if (strcmp(realm, REALM) != 0 || target == NULL || target->lease[0] == '\0') {
        return false;
    }
    (void)snprintf(name, DIGEST_USER, "%s", target->emcc_device);
    digest_ha1(leg->manager->digest, DIGEST_SHA256, target->emcc_device, REALM, target->lease,
               secrets->sha256);
    return true;
}
