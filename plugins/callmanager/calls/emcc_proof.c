/* The proof of a lease. Uses the digest of phones' credentials. */
#include "calls/emcc_proof.h"
#include "core/refusals.h"
#include "phones/authorization.h"

#include <stdio.h>

#define REALM "sojourn-emcc"

enum { VALID_S = 60, TRIES = 3 };

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

bool emcc_proof_answer(struct call_manager *manager, const struct sip_message *challenge,
                       struct call_target *target) {
    char ha1[DIGEST_HEX], response[DIGEST_HEX], cnonce[SIP_TAG];
    struct digest_credentials parameters, credentials;
    bool found = false;
    for (size_t i = 0; i < challenge->count && !found; i++) {
        found = challenge->headers[i].name == SIP_WWW_AUTHENTICATE &&
                digest_parse_challenge(challenge->headers[i].value, &parameters) &&
                sip_text_is(parameters.realm, REALM) &&
                digest_algorithm_of(&parameters) == DIGEST_SHA256;
    }
    if (!found || target->lease[0] == '\0' || target->tries >= TRIES ||
        parameters.nonce.length > 100) {
        return false;
    }
    target->tries++;
    call_manager_token(manager, cnonce);
    memset(&credentials, 0, sizeof credentials);
    credentials.nonce = parameters.nonce;
    credentials.uri = sip_text_of(target->uri);
    credentials.algorithm = parameters.algorithm;
    credentials.qop = sip_text_of("auth");
    credentials.nc = sip_text_of("00000001");
    credentials.cnonce = sip_text_of(cnonce);
    digest_ha1(manager->digest, DIGEST_SHA256, target->emcc_device, REALM, target->lease, ha1);
    digest_response(manager->digest, ha1, sip_text_of("INVITE"), &credentials, response);
    (void)snprintf(target->authorization, sizeof target->authorization,
                   "Authorization: Digest username=\"%s\", realm=\"" REALM
                   "\", nonce=\"%.*s\", uri=\"%s\", response=\"%s\", "
                   "algorithm=SHA-256, qop=auth, nc=00000001, cnonce=\"%s\"\r\n",
                   target->emcc_device, (int)parameters.nonce.length, parameters.nonce.at,
                   target->uri, response, cnonce);
    return true;
}
