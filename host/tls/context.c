/* TLS of the node: contexts for servers and clients. Trust is judged against the table as it is at
 * that moment, so a change of it needs no new context. Touches the identity files through
 * identity.c. */
#include "host/tls/context.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <sojourn/base/hex.h>
#include <sojourn/net.h>
#include <sojourn/node_address.h>

#include "host/core/node.h"
#include "host/core/scope.h"
#include "host/telemetry/metrics.h"
#include "host/tls/certificate.h"
#include "host/tls/expiry.h"
#include "host/tls/known.h"
#include "host/work/jobs.h"

/* A context for who connects to those of one name: a remote cluster, or a purpose of certificates.
 */
struct client_context {
    struct client_context *next;
    struct node *node;
    SSL_CTX *context;
    char name[64];
};

struct tls {
    struct identity identities[SJ_IDENTITY_COUNT];
    SSL_CTX *servers[SJ_IDENTITY_COUNT];
    struct client_context *clusters, *purposes;
    struct trust trust;
    struct authorities authorities;
    struct node *node;
    struct later changed;
};

int64_t sj_tls_wall_ms(struct node *node) {
    struct timespec now;
    if (node->wall_ms != NULL) {
        return node->wall_ms(node);
    }
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int load_identity(struct node *node, int kind, struct identity *identity, sj_error *error) {
    const int status = sj_known_identity_check(node, kind, error);
    return status == SJ_OK ? sj_identity_load(&node->facts, kind, identity, error) : status;
}

/* An RSA key takes up to half a second to make, for which the first start of a service would hold
 * the loop: it is made while nothing is served yet. What hinders it is told by the service that
 * needs it. */
static void make_ahead(struct node *node) {
    struct identity made;
    if (node->facts.state_directory != NULL &&
        load_identity(node, SJ_IDENTITY_CALLMANAGER, &made, NULL) == SJ_OK) {
        sj_identity_clear(&made);
    }
}

int sj_tls_open(struct node *node, sj_error *error) {
    node->tls = calloc(1, sizeof *node->tls);
    if (node->tls == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for TLS");
    }
    node->tls->node = node;
    int status = sj_known_identity_check(node, SJ_IDENTITY_ANY, error);
    if (status == SJ_OK) {
        status = sj_known_identities_forget(node, error);
    }
    if (status != SJ_OK) {
        free(node->tls);
        node->tls = NULL;
        return status;
    }
    sj_metrics_add_family(node, sj_tls_add_expiry);
    sj_tls_trust_changed(node);
    sj_tls_trust_watch(node);
    make_ahead(node);
    return SJ_OK;
}

static void run_changed(struct later *item) {
    struct tls *tls = (struct tls *)(void *)((char *)item - offsetof(struct tls, changed));
    sj_tls_trust_changed(tls->node);
}

void sj_tls_trust_changed_later(struct node *node) {
    if (node->tls != NULL) {
        sj_later_add(&node->later, &node->tls->changed, run_changed);
    }
}

static void forget_clients(struct client_context *client) {
    for (; client != NULL; client = client->next) {
        SSL_CTX_free(client->context);
        client->context = NULL;
    }
}

static void free_clients(struct client_context *client) {
    while (client != NULL) {
        struct client_context *next = client->next;
        free(client);
        client = next;
    }
}

static void forget_contexts(struct tls *tls) {
    for (int kind = 0; kind < SJ_IDENTITY_COUNT; kind++) {
        SSL_CTX_free(tls->servers[kind]);
        tls->servers[kind] = NULL;
    }
    forget_clients(tls->clusters);
    forget_clients(tls->purposes);
}

void sj_tls_close(struct node *node) {
    struct tls *tls = node->tls;
    if (tls == NULL) {
        return;
    }
    sj_later_cancel(&tls->changed);
    forget_contexts(tls);
    free_clients(tls->clusters);
    free_clients(tls->purposes);
    sj_authorities_clear(&tls->authorities);
    for (int kind = 0; kind < SJ_IDENTITY_COUNT; kind++) {
        sj_identity_clear(&tls->identities[kind]);
    }
    sj_trust_clear(&tls->trust);
    free(tls);
    node->tls = NULL;
}

int sj_tls_reload(struct node *node, sj_error *error) {
    struct tls *tls = node->tls;
    struct identity fresh[SJ_IDENTITY_COUNT];
    memset(fresh, 0, sizeof fresh);
    for (int kind = 0; kind < SJ_IDENTITY_COUNT; kind++) {
        if (tls->identities[kind].key != NULL &&
            load_identity(node, kind, &fresh[kind], error) != SJ_OK) {
            for (int done = 0; done < kind; done++) {
                sj_identity_clear(&fresh[done]);
            }
            return SJ_E_CORRUPT;
        }
    }
    forget_contexts(tls);
    for (int kind = 0; kind < SJ_IDENTITY_COUNT; kind++) {
        sj_identity_clear(&tls->identities[kind]);
        tls->identities[kind] = fresh[kind];
        if (fresh[kind].key != NULL) {
            sj_known_identity_note(node, kind, &fresh[kind]);
        }
    }
    sj_tls_trust_changed(node);
    return SJ_OK;
}

struct trust *sj_tls_trust(struct node *node) {
    return &node->tls->trust;
}

struct authorities *sj_tls_authorities(struct node *node) {
    return &node->tls->authorities;
}

const X509 *sj_tls_shown(struct node *node, int kind) {
    return node->tls->identities[kind].certificate;
}

const struct identity *sj_tls_identity(struct node *node, int kind, sj_error *error) {
    struct identity *identity = &node->tls->identities[kind];
    if (identity->key == NULL) {
        if (load_identity(node, kind, identity, error) != SJ_OK) {
            return NULL;
        }
        sj_known_identity_note(node, kind, identity);
    }
    return identity;
}

static SSL_CTX *new_context(struct node *node, const SSL_METHOD *method, int kind,
                            sj_error *error) {
    const struct identity *identity = sj_tls_identity(node, kind, error);
    SSL_CTX *context;
    if (identity == NULL) {
        return NULL;
    }
    context = SSL_CTX_new(method);
    if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_use_certificate(context, identity->certificate) != 1 ||
        SSL_CTX_use_PrivateKey(context, identity->key) != 1) {
        ERR_clear_error();
        SSL_CTX_free(context);
        (void)sj_error_set(error, SJ_E_INTERNAL, "cannot prepare TLS with the identity %s",
                           sj_identity_kinds[kind]);
        return NULL;
    }
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE |
                                           SSL_OP_CLEANSE_PLAINTEXT);
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return context;
}

/* Every client certificate passes the handshake; sj_tls_peer_cluster says what it is worth. */
static int take_any(X509_STORE_CTX *store, void *user) {
    (void)user;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

SSL_CTX *sj_tls_server(struct node *node, int kind, sj_error *error) {
    struct tls *tls = node->tls;
    SSL_CTX *context = tls->servers[kind];
    if (context != NULL) {
        return context;
    }
    context = new_context(node, TLS_server_method(), kind, error);
    if (context == NULL) {
        return NULL;
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(context, take_any, NULL);
    /* With client certificates a session may only be resumed where it was made. */
    (void)SSL_CTX_set_session_id_context(context, (const unsigned char *)sj_identity_kinds[kind],
                                         (unsigned)strlen(sj_identity_kinds[kind]));
    tls->servers[kind] = context;
    return context;
}

static int take_imported(X509_STORE_CTX *store, void *user) {
    struct client_context *client = user;
    X509 *certificate = X509_STORE_CTX_get0_cert(store);
    const struct trust *trust = &client->node->tls->trust;
    unsigned char fingerprint[32];
    int64_t now = sj_tls_wall_ms(client->node);
    sj_certificate_fingerprint(certificate, fingerprint);
    if (sj_trust_find(trust, fingerprint, client->name, "CallManager", now) != NULL ||
        sj_trust_find(trust, fingerprint, client->name, "tomcat", now) != NULL) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
    return 0;
}

/* The one of this name in a list, which it joins when it is new; NULL when memory is short. */
static struct client_context *client_of(struct client_context **list, struct node *node,
                                        const char *name) {
    struct client_context *client = *list;
    while (client != NULL && strcmp(client->name, name) != 0) {
        client = client->next;
    }
    if (client == NULL && (client = calloc(1, sizeof *client)) != NULL) {
        client->node = node;
        (void)snprintf(client->name, sizeof client->name, "%s", name);
        client->next = *list;
        *list = client;
    }
    return client;
}

/* Its context, made when there is none; `judge` decides whom it trusts. */
static SSL_CTX *context_of(struct client_context *client,
                           int (*judge)(X509_STORE_CTX *store, void *client), sj_error *error) {
    if (client->context == NULL) {
        client->context =
            new_context(client->node, TLS_client_method(), SJ_IDENTITY_CALLMANAGER, error);
        if (client->context != NULL) {
            SSL_CTX_set_verify(client->context, SSL_VERIFY_PEER, NULL);
            SSL_CTX_set_cert_verify_callback(client->context, judge, client);
        }
    }
    return client->context;
}

SSL_CTX *sj_tls_client(struct node *node, const char *cluster_id, sj_error *error) {
    struct client_context *client = strlen(cluster_id) < sizeof client->name
                                        ? client_of(&node->tls->clusters, node, cluster_id)
                                        : NULL;
    if (client == NULL) {
        (void)sj_error_set(error, SJ_E_INVALID, "\"%.80s\" is not a cluster id", cluster_id);
        return NULL;
    }
    return context_of(client, take_imported, error);
}

/* Judges the chain as it is shown in the handshake. */
static int take_vouched(X509_STORE_CTX *store, void *user) {
    const struct client_context *client = user;
    int why = sj_authorities_judge(
        &client->node->tls->authorities, client->name, X509_STORE_CTX_get0_cert(store),
        X509_STORE_CTX_get0_untrusted(store), sj_tls_wall_ms(client->node));
    X509_STORE_CTX_set_error(store, why);
    return why == X509_V_OK;
}

/* The kind of identity in "own/KIND", SJ_IDENTITY_COUNT when it is none. */
static int own_kind(const char *purpose) {
    static const char own[] = "own/";
    int kind = strncmp(purpose, own, sizeof own - 1) == 0 ? 0 : SJ_IDENTITY_COUNT;
    while (kind < SJ_IDENTITY_COUNT &&
           strcmp(purpose + sizeof own - 1, sj_identity_kinds[kind]) != 0) {
        kind++;
    }
    return kind;
}

/* Exactly the certificate that this node shows itself. */
static int take_own(X509_STORE_CTX *store, void *user) {
    const struct client_context *client = user;
    const struct identity *own = sj_tls_identity(client->node, own_kind(client->name), NULL);
    const bool same =
        own != NULL && X509_cmp(own->certificate, X509_STORE_CTX_get0_cert(store)) == 0;
    X509_STORE_CTX_set_error(store, same ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
    return same;
}

SSL_CTX *sj_tls_client_for(struct node *node, const char *purpose, sj_error *error) {
    const bool own = own_kind(purpose) < SJ_IDENTITY_COUNT, any = strcmp(purpose, "anybody") == 0;
    struct client_context *client = own || any || sj_authority_purpose(purpose) >= 0
                                        ? client_of(&node->tls->purposes, node, purpose)
                                        : NULL;
    if (client == NULL) {
        (void)sj_error_set(
            error, SJ_E_INVALID,
            "\"%.40s\" is not a purpose of certificates (phones, sip_trunks, own/KIND, anybody)",
            purpose);
        return NULL;
    }
    return context_of(client, own ? take_own : any ? take_any : take_vouched, error);
}

int sj_tls_channel_of(SSL *ssl, sj_tls_channel *channel) {
    static const char label[] = "EXPORTER-Channel-Binding"; /* RFC 9266 */
    sj_tls_channel known = {.size = sizeof known};
    const size_t room = channel->size < sizeof known ? channel->size : sizeof known;
    if (ssl == NULL || !SSL_is_init_finished(ssl) ||
        (SSL_version(ssl) < TLS1_3_VERSION && SSL_get_extms_support(ssl) != 1) ||
        SSL_export_keying_material(ssl, known.binding, sizeof known.binding, label,
                                   sizeof label - 1, NULL, 0, 0) != 1) {
        return SJ_E_UNAVAILABLE;
    }
    const X509 *certificate = SSL_get0_peer_certificate(ssl);
    if (certificate != NULL) {
        unsigned char fingerprint[32];
        sj_certificate_fingerprint(certificate, fingerprint);
        sj_hex_write(fingerprint, sizeof fingerprint, known.fingerprint);
    }
    memcpy(channel, &known, room);
    channel->size = room;
    return SJ_OK;
}

int sj_tls_verify(struct node *node, const SSL *ssl, const char *purpose, sj_error *error) {
    static const char cluster[] = "cluster/";
    X509 *certificate = ssl == NULL ? NULL : SSL_get0_peer_certificate(ssl);
    unsigned char fingerprint[32];
    int why;
    if (certificate == NULL) {
        return sj_error_set(error, SJ_E_UNTRUSTED, "it shows no certificate");
    }
    if (strncmp(purpose, cluster, sizeof cluster - 1) == 0) {
        sj_certificate_fingerprint(certificate, fingerprint);
        return sj_trust_find(&node->tls->trust, fingerprint, purpose + sizeof cluster - 1,
                             "CallManager", sj_tls_wall_ms(node)) != NULL
                   ? SJ_OK
                   : sj_error_set(error, SJ_E_UNTRUSTED,
                                  "its certificate is not the imported CallManager certificate of "
                                  "cluster %s",
                                  purpose + sizeof cluster - 1);
    }
    why = sj_authorities_judge(&node->tls->authorities, purpose, certificate,
                               SSL_get_peer_cert_chain(ssl), sj_tls_wall_ms(node));
    return why == X509_V_OK
               ? SJ_OK
               : sj_error_set(error, SJ_E_UNTRUSTED, "its certificate is not trusted: %s",
                              X509_verify_cert_error_string(why));
}

const char *sj_tls_peer_cluster(struct node *node, const SSL *ssl) {
    X509 *certificate = ssl == NULL ? NULL : SSL_get0_peer_certificate(ssl);
    unsigned char fingerprint[32];
    const char *cluster;
    if (certificate == NULL) {
        return "";
    }
    sj_certificate_fingerprint(certificate, fingerprint);
    cluster = sj_trust_find(&node->tls->trust, fingerprint, NULL, "tomcat", sj_tls_wall_ms(node));
    return sj_or_empty(cluster);
}

char *sj_tls_bundle(struct node *node, const char *cluster_id, sj_error *error) {
    size_t expired = 0;
    char *bundle =
        sj_trust_bundle(&node->tls->trust, cluster_id, "tomcat", sj_tls_wall_ms(node), &expired);
    if (bundle == NULL) {
        (void)sj_error_set(error, SJ_E_UNTRUSTED,
                           expired > 0
                               ? "the tomcat certificates imported for cluster \"%s\" have "
                                 "expired; import them again"
                               : "no tomcat certificate of cluster \"%s\" has been imported",
                           cluster_id);
    }
    return bundle;
}

int sj_host_identity_pem(sj_scope *scope, const char *kind, char **certificate_pem,
                         sj_error *error) {
    const struct identity *identity;
    int index = 0;
    *certificate_pem = NULL;
    while (sj_identity_kinds[index] != NULL && strcmp(sj_identity_kinds[index], kind) != 0) {
        index++;
    }
    if (sj_identity_kinds[index] == NULL) {
        return sj_error_set(
            error, SJ_E_INVALID,
            "\"%.40s\" is not a kind of identity (tomcat, CallManager, CAPF, TVS or ITLRecovery)",
            kind);
    }
    identity = sj_tls_identity(sj_scope_node(scope), index, error);
    if (identity == NULL) {
        return error != NULL ? error->code : SJ_E_IO;
    }
    *certificate_pem = strdup(identity->certificate_pem);
    return *certificate_pem != NULL
               ? SJ_OK
               : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a certificate's text");
}

/* The facts that identities are made from, copied for the pool. */
struct preparation {
    struct sj_node facts;
    char cluster_id[128], name[256], address[SJ_ADDRESS_TEXT], state_directory[2048];
    char further[SJ_NODE_ADDRESSES - 1][SJ_ADDRESS_TEXT];
    const char *further_addresses[SJ_NODE_ADDRESSES - 1];
    sj_result_fn done;
    void *user;
    int status;
    sj_error error;
};

static void prepare_work(void *data) {
    struct preparation *preparation = data;
    for (int kind = 0; kind < SJ_IDENTITY_COUNT && preparation->status == SJ_OK; kind++) {
        struct identity identity;
        preparation->status =
            sj_identity_load(&preparation->facts, kind, &identity, &preparation->error);
        sj_identity_clear(&identity);
    }
    OPENSSL_thread_stop(); /* what OpenSSL keeps for this thread, which seldom needs it */
}

static void prepare_done(void *data, int status, const sj_error *error) {
    struct preparation *preparation = data;
    if (status != SJ_OK) {
        preparation->done(preparation->user, status, error);
    } else {
        preparation->done(preparation->user, preparation->status,
                          preparation->status == SJ_OK ? NULL : &preparation->error);
    }
    free(preparation);
}

sj_handle *sj_host_identities_prepare(sj_scope *scope, const char *here, sj_result_fn done,
                                      void *user) {
    const struct sj_node *facts = &sj_scope_node(scope)->facts;
    struct preparation *preparation = calloc(1, sizeof *preparation);
    if (preparation == NULL) {
        return NULL;
    }
    (void)snprintf(preparation->cluster_id, sizeof preparation->cluster_id, "%s",
                   facts->cluster_id);
    (void)snprintf(preparation->name, sizeof preparation->name, "%s", facts->name);
    (void)snprintf(preparation->address, sizeof preparation->address, "%s", facts->address);
    (void)snprintf(preparation->state_directory, sizeof preparation->state_directory, "%s",
                   facts->state_directory);
    for (size_t i = 1; i < sj_node_address_count(facts); i++) {
        (void)snprintf(preparation->further[i - 1], SJ_ADDRESS_TEXT, "%s",
                       sj_node_address(facts, i));
        preparation->further_addresses[i - 1] = preparation->further[i - 1];
    }
    preparation->facts.size = facts->size;
    preparation->facts.further_addresses = preparation->further_addresses;
    preparation->facts.further_addresses_count = facts->further_addresses_count;
    preparation->facts.cluster_id = preparation->cluster_id;
    preparation->facts.name = preparation->name;
    preparation->facts.address = preparation->address;
    preparation->facts.state_directory = preparation->state_directory;
    preparation->done = done;
    preparation->user = user;
    preparation->status =
        sj_known_identity_check(sj_scope_node(scope), SJ_IDENTITY_ANY, &preparation->error);
    sj_handle *job = sj_host_job_run(scope, here, prepare_work, prepare_done, preparation);
    if (job == NULL) {
        free(preparation);
    }
    return job;
}
