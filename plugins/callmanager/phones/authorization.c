/* Digest challenges and their answers. Nonces carry their own proof, so that nothing is kept of a
 * challenge; of those that were answered only the counter is kept, with the phone's registration,
 * or for phones that are not registered in a window over the last nonces. Wrong answers are counted
 * and limited (guess_limit.h). */
#include "phones/authorization.h"
#include "phones/guess_limit.h"
#include "phones/observations.h"
#include "resources/end_user.h"

static uint32_t now_s(const struct call_manager *manager) {
    return (uint32_t)(sj_monotonic_ms(manager->scope) /
                      1000); /* clocks that are set make no nonce old */
}

/* What a nonce is bound to: the far address, without the port, which may change with each
 * connection. */
static size_t source_of(const struct sip_flow *flow, const void **source) {
    if (flow->remote.any.sa_family == AF_INET6) {
        *source = &flow->remote.v6.sin6_addr;
        return sizeof flow->remote.v6.sin6_addr;
    }
    *source = &flow->remote.v4.sin_addr;
    return sizeof flow->remote.v4.sin_addr;
}

static void put_challenge(struct sip_writer *writer, const char *realm, const char *nonce,
                          enum digest_algorithm algorithm, bool stale) {
    sip_put(writer, "WWW-Authenticate: Digest realm=\"");
    sip_put(writer, realm);
    sip_put(writer, "\", nonce=\"");
    sip_put(writer, nonce);
    sip_put(writer, stale ? "\", stale=true, algorithm=" : "\", algorithm=");
    sip_put(writer, algorithm == DIGEST_SHA256 ? "SHA-256" : "MD5");
    sip_put(writer, ", qop=\"auth\"\r\n");
}

static void begin_challenge(struct call_manager *manager, struct sip_writer *writer,
                            const struct sip_message *request, const struct sip_flow *flow,
                            char nonce[DIGEST_NONCE]) {
    char tag[SIP_TAG];
    const void *source;
    const size_t source_length = source_of(flow, &source);
    const struct digest_stamp stamp = {now_s(manager), ++manager->nonce_serial};
    digest_nonce(manager->digest, stamp, source, source_length, nonce);
    call_manager_token(manager, tag);
    sip_put_answer_head(writer, request, 401, sip_reason_phrase(401), tag, &flow->remote);
    sj_metric_add(manager->scope, manager->metric_challenges, 1);
}

/* Answers 401 with a fresh nonce: SHA-256 before MD5 where the user's secret is stored in both
 * ways, MD5 alone where it is not and for Cisco's phones, which read one challenge. `device` may be
 * NULL: the phone is not known yet. */
static void authorization_challenge(struct call_manager *manager, const struct sip_message *request,
                                    const struct sip_flow *flow, const struct device *device,
                                    bool stale) {
    struct sip_writer writer = call_manager_writer(manager);
    char nonce[DIGEST_NONCE];
    begin_challenge(manager, &writer, request, flow, nonce);
    if (device != NULL && device->sha256 && device->secrets_length == DIGEST_PACKED) {
        put_challenge(&writer, SJ_DIGEST_REALM, nonce, DIGEST_SHA256, stale);
    }
    put_challenge(&writer, SJ_DIGEST_REALM, nonce, DIGEST_MD5, stale);
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    sip_send_answer(manager, request, flow, &writer);
}

void authorization_challenge_in(struct call_manager *manager, const struct sip_message *request,
                                const struct sip_flow *flow, const char *realm, bool stale) {
    struct sip_writer writer = call_manager_writer(manager);
    char nonce[DIGEST_NONCE];
    begin_challenge(manager, &writer, request, flow, nonce);
    put_challenge(&writer, realm, nonce, DIGEST_SHA256, stale);
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    sip_send_answer(manager, request, flow, &writer);
}

bool authorization_find(const struct sip_message *request, const char *realm,
                        struct digest_credentials *credentials) {
    for (size_t i = 0; i < request->count; i++) {
        if (request->headers[i].name == SIP_AUTHORIZATION &&
            digest_parse(request->headers[i].value, credentials) &&
            sip_text_is(credentials->realm, realm)) {
            return true;
        }
    }
    return false;
}

/* The digest's uri is that of the request, but for its parameters, which proxies and phones write
 * differently. */
static bool is_request_uri(struct sip_text digest_uri, struct sip_text request_uri) {
    struct sip_uri a, b;
    const bool parsed = sip_uri_parse(digest_uri, &a) && sip_uri_parse(request_uri, &b);
    return sip_text_equal(digest_uri, request_uri) ||
           (parsed && sip_text_equal(a.user, b.user) && a.host.length == b.host.length &&
            strncasecmp(a.host.at, b.host.at, a.host.length) == 0 &&
            (a.port == 0 ? 5060 : a.port) == (b.port == 0 ? 5060 : b.port));
}

/* ---- no answer counts twice ---- */

static bool is_newer(struct nonce_mark mark, struct nonce_mark last) {
    const int32_t ahead = (int32_t)(mark.serial - last.serial);
    return last.serial == 0 || ahead > 0 || (ahead == 0 && mark.count > last.count);
}

/* Takes the counter of an answer; false when it was used before, or may have been. */
static bool take_mark(struct call_manager *manager, struct nonce_mark mark,
                      struct nonce_mark *last) {
    struct nonce_mark *slot = &manager->nonces_used[mark.serial % NONCE_WINDOW];
    if (last == NULL) {
        const bool recent = manager->nonce_serial - mark.serial < NONCE_WINDOW;
        last = slot;
        if (!recent || (slot->serial == mark.serial && mark.count <= slot->count)) {
            return false;
        }
    } else if (!is_newer(mark, *last)) {
        return false;
    }
    *last = mark;
    return true;
}

void authorization_forget(struct call_manager *manager, const struct registration *registration) {
    const struct nonce_mark last = registration->nonces[0];
    if (last.serial != 0 && manager->nonce_serial - last.serial < NONCE_WINDOW) {
        manager->nonces_used[last.serial % NONCE_WINDOW] = last;
    }
}

enum digest_verdict
authorization_verify_once(struct call_manager *manager, const struct sip_message *request,
                          const struct sip_flow *flow, const struct digest_credentials *credentials,
                          const struct digest_secrets *secrets, uint32_t valid_s) {
    const void *source;
    const size_t source_length = source_of(flow, &source);
    struct digest_stamp stamp = {0, 0};
    uint32_t count = 0;
    const enum digest_verdict verdict =
        digest_verify(manager->digest, credentials, secrets, request->method_text, now_s(manager),
                      valid_s, source, source_length, &count);
    if (verdict != DIGEST_RIGHT) {
        return verdict;
    }
    (void)digest_nonce_check(manager->digest, credentials->nonce, source, source_length, &stamp);
    const struct nonce_mark mark = {stamp.serial, count == 0 ? UINT32_MAX : count};
    if (!is_request_uri(credentials->uri, request->uri)) {
        return DIGEST_WRONG;
    }
    return take_mark(manager, mark, NULL) ? DIGEST_RIGHT : DIGEST_STALE;
}

/* ---- proving ---- */

static void turn_away(struct call_manager *manager, const struct sip_message *request,
                      const struct sip_flow *flow, struct sip_text user) {
    guess_limit_note(manager, request, flow, user, true);
    sip_answer(manager, request, flow, 503, "Too many wrong digest credentials; try again later");
}

static bool answer_verdict(struct call_manager *manager, const struct sip_message *request,
                           const struct sip_flow *flow, const struct device *device,
                           const struct digest_credentials *credentials,
                           enum digest_verdict verdict, const struct guess *guess) {
    if (verdict == DIGEST_WRONG) {
        if (request->method == SIP_REGISTER && device != NULL) {
            observe_refusal(manager, device->name, flow, 403, "wrong digest credentials");
        }
        guess_limit_wrong(manager, guess);
        guess_limit_note(manager, request, flow, credentials->username, false);
        sip_answer(manager, request, flow, 403,
                   "The digest credentials are not those of the phone's digest user");
    } else if (verdict == DIGEST_STALE) {
        authorization_challenge(manager, request, flow, device, true);
    } else if (!is_request_uri(credentials->uri, request->uri)) {
        sip_answer(manager, request, flow, 400,
                   "The uri of the digest credentials is not the request URI");
        return false;
    }
    return verdict == DIGEST_RIGHT;
}

bool authorization_repeats(struct call_manager *manager, const struct sip_message *request,
                           const struct sip_flow *flow, const struct device *device,
                           const struct registration *registered) {
    struct digest_credentials credentials;
    struct digest_secrets secrets;
    struct digest_stamp stamp = {0, 0};
    const void *source;
    const size_t source_length = source_of(flow, &source);
    const struct nonce_mark last = registered->nonces[0];
    uint32_t count = 0;
    device_secrets(device, &secrets);
    return authorization_find(request, SJ_DIGEST_REALM, &credentials) &&
           digest_nonce_check(manager->digest, credentials.nonce, source, source_length, &stamp) &&
           stamp.serial == last.serial &&
           sip_text_is(credentials.username, device_text(device, device->digest_user_at)) &&
           digest_verify(manager->digest, &credentials, &secrets, request->method_text,
                         now_s(manager), device->nonce_validity_s, source, source_length,
                         &count) == DIGEST_RIGHT &&
           (count == 0 ? UINT32_MAX : count) == last.count;
}

bool authorization_prove(struct call_manager *manager, const struct sip_message *request,
                         const struct sip_flow *flow, const struct device *device,
                         struct registration *registered, struct nonce_mark *proof) {
    struct digest_credentials credentials;
    struct digest_secrets secrets;
    enum digest_verdict verdict = DIGEST_WRONG;
    struct digest_stamp stamp = {0, 0};
    const void *source;
    const size_t source_length = source_of(flow, &source);
    const size_t kind = request->method == SIP_REGISTER ? 0 : 1;
    uint32_t count = 0;
    memset(proof, 0, sizeof *proof);
    if (!authorization_find(request, SJ_DIGEST_REALM, &credentials)) {
        authorization_challenge(manager, request, flow, device, false);
        return false;
    }
    device_secrets(device, &secrets);
    const struct guess guess = guess_of(credentials.username, secrets.md5, flow, registered);
    if (!guess_limit_allows(manager, &guess)) {
        turn_away(manager, request, flow, credentials.username);
        return false;
    }
    if (sip_text_is(credentials.username, device_text(device, device->digest_user_at))) {
        verdict =
            digest_verify(manager->digest, &credentials, &secrets, request->method_text,
                          now_s(manager), device->nonce_validity_s, source, source_length, &count);
    }
    if (!answer_verdict(manager, request, flow, device, &credentials, verdict, &guess)) {
        return false;
    }
    (void)digest_nonce_check(manager->digest, credentials.nonce, source, source_length, &stamp);
    proof->serial = stamp.serial;
    proof->count =
        count == 0 ? UINT32_MAX : count; /* without qop nothing is counted: the nonce is used up */
    if (!take_mark(manager, *proof, registered == NULL ? NULL : &registered->nonces[kind])) {
        authorization_challenge(manager, request, flow, device,
                                true); /* used before: a replay, or a client that does not count */
        return false;
    }
    return true;
}

bool authorization_prove_user(struct call_manager *manager, const struct sip_message *request,
                              const struct sip_flow *flow, char user[130]) {
    enum { VALID_S = 600 };
    struct digest_credentials credentials;
    struct digest_secrets secrets = {"", ""};
    sj_end_user *record = NULL;
    enum digest_verdict verdict = DIGEST_WRONG;
    const void *source;
    const size_t source_length = source_of(flow, &source);
    struct digest_stamp stamp;
    uint32_t count = 0;
    if (!authorization_find(request, SJ_DIGEST_REALM, &credentials) ||
        !sip_unescape(credentials.username, user, 130)) {
        authorization_challenge(manager, request, flow, NULL, false);
        return false;
    }
    if (!digest_nonce_check(manager->digest, credentials.nonce, source, source_length, &stamp)) {
        authorization_challenge(manager, request, flow, NULL,
                                true); /* the store is not asked before there is a nonce of ours */
        return false;
    }
    if (!guess_limit_allows_source(manager, flow)) {
        turn_away(manager, request, flow, credentials.username);
        return false;
    }
    if (sj_end_user_get(manager->scope, user, &record, NULL) == SJ_OK) {
        digest_secrets_read(record->digest_credentials, &secrets);
        sj_record_free(manager->scope, record);
    }
    const struct guess guess = guess_of(credentials.username, secrets.md5, flow, NULL);
    if (!guess_limit_allows(manager, &guess)) {
        turn_away(manager, request, flow, credentials.username);
        return false;
    }
    verdict = digest_verify(manager->digest, &credentials, &secrets, request->method_text,
                            now_s(manager), VALID_S, source, source_length, &count);
    return answer_verdict(manager, request, flow, NULL, &credentials, verdict, &guess);
}
