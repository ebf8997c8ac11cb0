/* Keeps challenges and writes what answers them. */
#include "sip/digest_client.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

void digest_client_free(struct digest_client *client) {
    if (client != NULL) {
        free(client->invite);
        free(client);
    }
}

/* ---- challenges ---- */

/* Whether "auth" is among what the server offers: "auth,auth-int". */
static bool offers_auth(struct sip_text qop) {
    while (qop.length > 0) {
        struct sip_text word = qop;
        const char *comma = memchr(qop.at, ',', qop.length);
        if (comma != NULL) {
            word.length = (size_t)(comma - qop.at);
        }
        if (sip_text_is_nocase(sip_text_trim(word), "auth")) {
            return true;
        }
        word.length += comma != NULL ? 1 : 0;
        qop.at += word.length;
        qop.length -= word.length;
    }
    return false;
}

/* What is kept of a challenge; false when it cannot be answered. */
static bool take(struct digest_account *account, const struct digest_credentials *challenge,
                 bool proxy) {
    memset(account, 0, sizeof *account);
    account->proxy = proxy;
    account->algorithm = digest_algorithm_of(challenge);
    account->qop = challenge->qop.length > 0;
    return account->algorithm != DIGEST_UNKNOWN && (!account->qop || offers_auth(challenge->qop)) &&
           sip_text_copy(challenge->realm, account->realm, sizeof account->realm) &&
           sip_text_copy(challenge->nonce, account->nonce, sizeof account->nonce) &&
           sip_text_copy(challenge->opaque, account->opaque, sizeof account->opaque);
}

static struct digest_account *account_of(struct digest_client *client, bool proxy,
                                         const char *realm) {
    for (size_t i = 0; i < client->count; i++) {
        if (client->accounts[i].proxy == proxy && strcmp(client->accounts[i].realm, realm) == 0) {
            return &client->accounts[i];
        }
    }
    return NULL;
}

/* Room for one more: the oldest gives way. */
static struct digest_account *add_account(struct digest_client *client) {
    const size_t room = sizeof client->accounts / sizeof client->accounts[0];
    if (client->count == room) {
        memmove(client->accounts, client->accounts + 1, (room - 1) * sizeof client->accounts[0]);
        client->count--;
    }
    return &client->accounts[client->count++];
}

static enum digest_heard keep(struct digest_client *client, struct digest_account *account,
                              bool repeated, digest_find_fn *find, void *user) {
    struct digest_account *known = account_of(client, account->proxy, account->realm);
    struct digest_secrets secrets = {"", ""};
    if (repeated && known != NULL) {
        return DIGEST_REJECTED;
    }
    if (!find(user, account->realm, account->user, &secrets)) {
        return DIGEST_NO_ACCOUNT;
    }
    const char *ha1 = account->algorithm == DIGEST_SHA256 ? secrets.sha256 : secrets.md5;
    if (ha1[0] == '\0') {
        return DIGEST_UNREADABLE;
    }
    (void)snprintf(account->ha1, sizeof account->ha1, "%s", ha1);
    *(known != NULL ? known : add_account(client)) = *account;
    return DIGEST_TO_BE_ANSWERED;
}

enum digest_heard digest_client_hear(struct digest_client *client,
                                     const struct sip_message *response, bool repeated,
                                     digest_find_fn *find, void *user, char realm[DIGEST_REALM]) {
    const bool proxy = response->status == 407;
    const enum sip_header_name name = proxy ? SIP_PROXY_AUTHENTICATE : SIP_WWW_AUTHENTICATE;
    enum digest_heard best = DIGEST_UNREADABLE;
    enum digest_algorithm with = DIGEST_UNKNOWN;
    realm[0] = '\0';
    for (size_t i = 0; i < response->count; i++) {
        struct digest_credentials challenge;
        struct digest_account account;
        if (response->headers[i].name != name ||
            !digest_parse_challenge(response->headers[i].value, &challenge) ||
            !take(&account, &challenge, proxy) ||
            (best == DIGEST_TO_BE_ANSWERED &&
             !(account.algorithm == DIGEST_SHA256 && with == DIGEST_MD5))) {
            continue;
        }
        const bool again = repeated && best != DIGEST_TO_BE_ANSWERED &&
                           !sip_text_is_nocase(challenge.stale, "true");
        const enum digest_heard heard = keep(client, &account, again, find, user);
        if (heard == DIGEST_TO_BE_ANSWERED || best != DIGEST_TO_BE_ANSWERED) {
            (void)snprintf(realm, DIGEST_REALM, "%s", account.realm);
            with = heard == DIGEST_TO_BE_ANSWERED ? account.algorithm : with;
            best = heard;
        }
    }
    return best;
}

/* ---- answers ---- */

static void put_quoted(struct sip_writer *writer, const char *name, const char *value) {
    sip_put(writer, name);
    sip_put(writer, "=\"");
    sip_put_value(writer, sip_text_of(value));
    sip_put(writer, "\"");
}

static void put_account(struct digest_account *account, struct digest *digest, const char *method,
                        const char *uri, const char *cnonce, struct sip_writer *writer) {
    char response[DIGEST_HEX], nc[12];
    struct digest_credentials credentials;
    account->nc++;
    (void)snprintf(nc, sizeof nc, "%08x", account->nc);
    memset(&credentials, 0, sizeof credentials);
    credentials.nonce = sip_text_of(account->nonce);
    credentials.uri = sip_text_of(uri);
    credentials.algorithm = sip_text_of(account->algorithm == DIGEST_SHA256 ? "SHA-256" : "MD5");
    credentials.qop = sip_text_of(account->qop ? "auth" : "");
    credentials.nc = sip_text_of(nc);
    credentials.cnonce = sip_text_of(cnonce);
    digest_response(digest, account->ha1, sip_text_of(method), &credentials, response);
    sip_put(writer, account->proxy ? "Proxy-Authorization: Digest " : "Authorization: Digest ");
    put_quoted(writer, "username", account->user);
    put_quoted(writer, ", realm", account->realm);
    put_quoted(writer, ", nonce", account->nonce);
    put_quoted(writer, ", uri", uri);
    put_quoted(writer, ", response", response);
    sip_put(writer, ", algorithm=");
    sip_put_value(writer, credentials.algorithm);
    if (account->opaque[0] != '\0') {
        put_quoted(writer, ", opaque", account->opaque);
    }
    if (account->qop) {
        sip_put(writer, ", qop=auth, nc=");
        sip_put(writer, nc);
        put_quoted(writer, ", cnonce", cnonce);
    }
    sip_put(writer, "\r\n");
}

void digest_client_write(struct digest_client *client, struct digest *digest, const char *method,
                         const char *uri, const char cnonce[CNONCE], struct sip_writer *writer) {
    const size_t begin = writer->used;
    if (strcmp(method, "ACK") == 0) {
        sip_put(writer, sj_or_empty(client->invite));
        return;
    }
    for (size_t i = 0; i < client->count; i++) {
        put_account(&client->accounts[i], digest, method, uri, cnonce, writer);
    }
    if (strcmp(method, "INVITE") == 0 && !writer->overflow) {
        free(client->invite);
        client->invite = strndup(writer->data + begin, writer->used - begin);
    }
}
