/* Digest challenges and their answers. Nonces carry their own proof, so a challenge leaves nothing behind. */
#include "phones/authorization.h"
#include "resources/end_user.h"

static uint32_t now_s(const call_manager *manager) {
    return (uint32_t)(sj_wall_ms(manager->scope) / 1000);
}

/* What a nonce is bound to: the far address, without the port, which may change with each connection. */
static size_t source_of(const sip_flow *flow, const void **source) {
    if (flow->remote.any.sa_family == AF_INET6) {
        *source = &flow->remote.v6.sin6_addr;
        return sizeof flow->remote.v6.sin6_addr;
    }
    *source = &flow->remote.v4.sin_addr;
    return sizeof flow->remote.v4.sin_addr;
}

void authorization_challenge(call_manager *manager, const sip_message *request, const sip_flow *flow, bool stale) {
    sip_writer writer = call_manager_writer(manager);
    const sip_flow to = sip_answer_flow(request, flow);
    char nonce[DIGEST_NONCE], tag[SIP_TAG];
    const void *source;
    const size_t source_length = source_of(flow, &source);
    const digest_stamp stamp = {now_s(manager), ++manager->nonce_serial};
    digest_nonce(manager->digest, stamp, source, source_length, nonce);
    call_manager_token(manager, tag);
    sip_put_answer_head(&writer, request, 401, sip_reason_phrase(401), tag, &flow->remote);
    sip_put(&writer, "WWW-Authenticate: Digest realm=\"" SJ_DIGEST_REALM "\", nonce=\"");
    sip_put(&writer, nonce);
    sip_put(&writer, stale ? "\", stale=true, algorithm=MD5, qop=\"auth\"\r\n" : "\", algorithm=MD5, qop=\"auth\"\r\n");
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    sj_metric_add(manager->scope, manager->metric_challenges, 1);
    if (!writer.overflow) {
        (void)sip_transport_send(&manager->transport, &to, writer.data, writer.used);
    }
}

bool authorization_find(const sip_message *request, digest_credentials *credentials) {
    for (size_t i = 0; i < request->count; i++) {
        if (request->headers[i].name == SIP_AUTHORIZATION && digest_parse(request->headers[i].value, credentials) &&
            sip_text_is(credentials->realm, SJ_DIGEST_REALM)) {
            return true;
        }
    }
    return false;
}

digest_verdict authorization_check(call_manager *manager, const sip_message *request, const sip_flow *flow, const device *of,
                                   registration *registered) {
    digest_credentials credentials;
    digest_verdict verdict;
    const void *source;
    const size_t source_length = source_of(flow, &source);
    digest_stamp stamp = {0, 0};
    uint32_t count = 0;
    if (!authorization_find(request, &credentials)) {
        return DIGEST_STALE;
    }
    if (of->ha1[0] == '\0' || !sip_text_is(credentials.username, of->digest_user)) {
        return DIGEST_WRONG;
    }
    verdict = digest_verify(manager->digest, &credentials, of->ha1, request->method_text, now_s(manager), of->nonce_validity_s,
                            source, source_length, &count);
    if (verdict == DIGEST_RIGHT && registered != NULL && count > 0) {
        const size_t kind = request->method == SIP_REGISTER ? 0 : 1;
        (void)digest_nonce_check(manager->digest, credentials.nonce, source, source_length, &stamp);
        if (stamp.serial < registered->nonces[kind].serial ||
            (stamp.serial == registered->nonces[kind].serial && count <= registered->nonces[kind].count)) {
            return DIGEST_STALE; /* heard before: a replay, or a client that does not count */
        }
        registered->nonces[kind].serial = stamp.serial;
        registered->nonces[kind].count = count;
    }
    return verdict;
}

digest_verdict authorization_check_user(call_manager *manager, const sip_message *request, const sip_flow *flow,
                                        const digest_credentials *credentials, const char *user) {
    sj_end_user *record = NULL;
    digest_verdict verdict = DIGEST_WRONG;
    const void *source;
    const size_t source_length = source_of(flow, &source);
    digest_stamp stamp;
    uint32_t count = 0;
    if (!digest_nonce_check(manager->digest, credentials->nonce, source, source_length, &stamp)) {
        return DIGEST_STALE; /* the store is not asked before the client has shown a nonce of ours */
    }
    if (sj_end_user_get(manager->scope, user, &record, NULL) == SJ_OK) {
        if (record->digest_credentials[0] != '\0') {
            verdict = digest_verify(manager->digest, credentials, record->digest_credentials, request->method_text,
                                    now_s(manager), 600, source, source_length, &count);
        }
        sj_record_free(manager->scope, record);
    }
    return verdict;
}
