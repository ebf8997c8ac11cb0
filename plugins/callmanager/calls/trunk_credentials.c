/* Credentials for trunks' peers. Reads the SIP realms of the dial plan. */
#include "calls/trunk_credentials.h"
#include "calls/call_leg.h"
#include "calls/emcc_proof.h"
#include "calls/trunk_registration.h"
#include "sip/header_values.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

enum { ANSWERS_MOST = 3 }; /* a proxy's, the server's, and one whose nonce was stale */

/* Who is challenged. */
struct challenged {
    struct call_manager *manager;
    const char *trunk;
    struct call_leg *leg;          /* NULL: outside of calls */
    struct digest_client **client; /* what is kept for further requests */
};

void trunk_credentials_put(struct call_manager *manager, struct digest_client *client,
                           const char *method, const char *uri, struct sip_writer *writer) {
    char cnonce[SIP_TAG];
    if (client != NULL) {
        call_manager_token(manager, cnonce);
        digest_client_write(client, manager->digest, method, uri, cnonce, writer);
    }
}

/* Whether the trunk would have to say which of several accounts is its own. */
static bool is_undecided(const struct dial_plan *plan, const sj_sip_trunk *trunk) {
    const sj_list_link *link = NULL;
    return sj_or_empty(trunk->digest_user)[0] == '\0' &&
           dial_plan_walk(plan, PLAN_SIP_REALM, &link) != NULL &&
           dial_plan_walk(plan, PLAN_SIP_REALM, &link) != NULL;
}

const sj_sip_realm *trunk_credentials_account(const struct dial_plan *plan,
                                              const sj_sip_trunk *trunk, const char *realm) {
    const char *user = sj_or_empty(trunk->digest_user);
    const sj_list_link *link = NULL;
    const sj_sip_realm *account;
    while (!is_undecided(plan, trunk) &&
           (account = dial_plan_walk(plan, PLAN_SIP_REALM, &link)) != NULL) {
        if ((user[0] == '\0' || strcmp(account->user, user) == 0) &&
            (realm == NULL || strcmp(account->realm, realm) == 0)) {
            return account;
        }
    }
    return NULL;
}

static const sj_sip_trunk *trunk_of(const struct challenged *challenged) {
    return dial_plan_get(&challenged->manager->plan, PLAN_SIP_TRUNK, challenged->trunk);
}

/* What answers a challenge of a realm. */
static bool find_account(void *user, const char *realm, char name[DIGEST_USER],
                         struct digest_secrets *secrets) {
    const struct challenged *challenged = user;
    const sj_sip_trunk *trunk = trunk_of(challenged);
    const sj_sip_realm *account;
    if (challenged->leg != NULL && challenged->leg->returns) {
        return emcc_proof_account(challenged->leg, realm, name, secrets);
    }
    account =
        trunk == NULL ? NULL : trunk_credentials_account(&challenged->manager->plan, trunk, realm);
    if (account == NULL) {
        return false;
    }
    (void)snprintf(name, DIGEST_USER, "%s", account->user);
    digest_secrets_read(sj_or_empty(account->digest_credentials), secrets);
    return true;
}

/* The trunk that has this very address, for what is sent outside of calls. */
static const char *trunk_at(struct call_manager *manager, const struct sip_flow *flow) {
    for (const struct trunk_destination *destination = trunk_destinations_first(manager, NULL);
         destination != NULL; destination = trunk_destinations_next(destination)) {
        if (trunk_destination_of(manager, destination->trunk, flow) != NULL) {
            return destination->trunk;
        }
    }
    return NULL;
}

static bool find_challenged(struct call_manager *manager, const struct sip_flow *flow,
                            const struct sip_message *request, struct challenged *challenged) {
    struct sip_text tag = {"", 0};
    memset(challenged, 0, sizeof *challenged);
    challenged->manager = manager;
    if (sip_tag(request, SIP_FROM, &tag)) {
        challenged->leg = call_leg_find(manager, tag, sip_message_header(request, SIP_CALL_ID));
    }
    if (challenged->leg != NULL) {
        challenged->client = &challenged->leg->credentials;
        challenged->trunk = challenged->leg->trunk ? challenged->leg->device_name : NULL;
    } else {
        challenged->trunk = trunk_registration_of(manager, tag, &challenged->client);
        challenged->trunk = challenged->trunk != NULL ? challenged->trunk : trunk_at(manager, flow);
    }
    return challenged->trunk != NULL;
}

static void tell(const struct challenged *challenged, enum digest_heard heard, const char *realm) {
    char why[400];
    struct call *call = challenged->leg == NULL ? NULL : challenged->leg->call;
    const sj_sip_trunk *trunk = trunk_of(challenged);
    const bool undecided = trunk != NULL && is_undecided(&challenged->manager->plan, trunk) &&
                           (challenged->leg == NULL || !challenged->leg->returns);
    (void)snprintf(why, sizeof why,
                   heard == DIGEST_NO_ACCOUNT && undecided
                       ? "trunk %s asks for credentials of the realm %s, and there are several "
                         "SIP realms: the Digest User of the trunk must say which is its own"
                   : heard == DIGEST_NO_ACCOUNT
                       ? "trunk %s asks for credentials of the realm %s, and there is no SIP "
                         "realm of that name"
                   : heard == DIGEST_REJECTED
                       ? "trunk %s refuses the credentials of the SIP realm %s"
                       : "trunk %s asks for credentials in a way that is not known here%s",
                   challenged->trunk, heard == DIGEST_UNREADABLE ? "" : realm);
    sj_log_limited(challenged->manager->scope, SJ_LOG_WARNING,
                   "a challenge of a trunk's peer is not answered", "%s", why);
    if (call != NULL) {
        call_trace(call, "%s", why);
        free(call->refusal);
        call->refusal = strdup(why);
    }
}

static bool is_line(const char *line, size_t length, const char *name) {
    const size_t compared = strlen(name);
    return length > compared && strncasecmp(line, name, compared) == 0 && line[compared] == ':';
}

/* The request as it was sent, with another branch, CSeq and credentials. */
static void write_anew(const struct challenged *challenged, const struct sip_flow *flow,
                       const struct sip_message *request, uint32_t cseq,
                       struct digest_client *client, const char *branch,
                       struct sip_writer *writer) {
    static const char *const left_out[] = {"Via", "CSeq", "Authorization", "Proxy-Authorization"};
    const char *line = request->method_text.at;
    const char *const end = request->body.at;
    char *uri = strndup(request->uri.at, request->uri.length);
    if (uri == NULL) {
        writer->overflow = true;
        return;
    }
    for (bool first = true; line < end; first = false) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        const size_t length = next == NULL ? (size_t)(end - line) : (size_t)(next - line) + 1;
        bool kept = true;
        for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++) {
            kept = kept && !is_line(line, length, left_out[i]);
        }
        if (kept) {
            sip_put_bytes(writer, line, length);
        }
        if (first) {
            sip_put_own_via(challenged->manager, writer, branch, flow);
            sip_put(writer, "CSeq: ");
            sip_put_number(writer, cseq);
            sip_put(writer, " ");
            sip_put_value(writer, request->method_text);
            sip_put(writer, "\r\n");
            trunk_credentials_put(challenged->manager, client, sip_method_text(request->method),
                                  uri, writer);
        }
        line += length;
    }
    free(uri);
    sip_put_bytes(writer, request->body.at, request->body.length);
}

bool trunk_credentials_challenged(void *user, const struct sip_flow *flow,
                                  const struct sip_message *request,
                                  const struct sip_message *response, unsigned answered,
                                  struct sip_request_anew *anew) {
    struct call_manager *manager = user;
    struct challenged challenged;
    char realm[DIGEST_REALM], token[SIP_TAG];
    enum digest_heard heard;
    if (!find_challenged(manager, flow, request, &challenged)) {
        return false;
    }
    const bool kept = challenged.client != NULL;
    struct digest_client *client =
        kept && *challenged.client != NULL ? *challenged.client : calloc(1, sizeof *client);
    if (client == NULL) {
        return false;
    }
    heard = answered >= ANSWERS_MOST ? DIGEST_REJECTED
                                     : digest_client_hear(client, response, answered > 0,
                                                          find_account, &challenged, realm);
    if (kept) {
        *challenged.client = client;
    }
    if (heard == DIGEST_TO_BE_ANSWERED) {
        struct sip_writer writer = call_manager_writer(manager);
        uint32_t cseq = request->cseq + 1;
        if (challenged.leg != NULL) {
            cseq = ++challenged.leg->local_cseq;
            challenged.leg->ack_cseq =
                request->method == SIP_INVITE ? cseq : challenged.leg->ack_cseq;
        }
        call_manager_token(manager, token);
        (void)snprintf(anew->branch, sizeof anew->branch, "z9hG4bK%s", token);
        write_anew(&challenged, flow, request, cseq, client, anew->branch, &writer);
        anew->data = writer.data;
        anew->length = writer.used;
        heard = writer.overflow ? DIGEST_UNREADABLE : heard;
    } else {
        tell(&challenged, heard, realm);
    }
    if (!kept) {
        digest_client_free(client);
    }
    return heard == DIGEST_TO_BE_ANSWERED;
}
