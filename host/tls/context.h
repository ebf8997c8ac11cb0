/* TLS of the node: contexts for servers and clients, made from its identities and from the trust in
 * other clusters. */
#ifndef SJ_HOST_TLS_CONTEXT_H
#define SJ_HOST_TLS_CONTEXT_H

#include <openssl/ssl.h>

#include <sojourn/types.h>

#include "host/tls/authority.h"
#include "host/tls/identity.h"
#include "host/tls/trust.h"

struct node;

int sj_tls_open(struct node *node, sj_error *error);
void sj_tls_close(struct node *node);

/* Looks at the files again (SIGHUP): new connections show what is there now. On failure the old
 * identities stay. */
int sj_tls_reload(struct node *node, sj_error *error);

/* Reads the resource trusted_certificate anew, at once or (many changes as one) in the loop's next
 * iteration. It is watched: nobody needs to call this. */
void sj_tls_trust_changed(struct node *node);
void sj_tls_trust_changed_later(struct node *node);
void sj_tls_trust_watch(struct node *node); /* trust_load.c */
/* The table itself, for those that fill it otherwise (tests). */
struct trust *sj_tls_trust(struct node *node);
struct authorities *sj_tls_authorities(struct node *node);

/* A server that shows this identity and takes any client certificate or none: what it stands for is
 * judged per request. Borrowed. */
SSL_CTX *sj_tls_server(struct node *node, int kind, sj_error *error);

/* A client that shows the CallManager identity and trusts exactly the certificates imported for
 * `cluster_id`. Borrowed. */
SSL_CTX *sj_tls_client(struct node *node, const char *cluster_id, sj_error *error);

/* A client that shows the CallManager identity and trusts what the authorities imported for a
 * purpose vouch for, or ("own/" and a kind of identity) exactly the certificate that this node
 * shows itself. Borrowed. */
SSL_CTX *sj_tls_client_for(struct node *node, const char *purpose, sj_error *error);
/* Whether the peer's certificate is vouched for: by the authorities of a purpose, or ("cluster/"
 * and an id) as the imported CallManager certificate of a remote cluster. */
int sj_tls_verify(struct node *node, const SSL *ssl, const char *purpose, sj_error *error);

/* What the ends of the connection have in common (sojourn/net.h). */
int sj_tls_channel_of(SSL *ssl, sj_tls_channel *channel);

/* For which cluster's tomcat certificate the peer has shown; "" for none. */
const char *sj_tls_peer_cluster(struct node *node, const SSL *ssl);

/* The own certificate of a kind, when it is in use; NULL otherwise. Borrowed. */
const X509 *sj_tls_shown(struct node *node, int kind);
const struct identity *sj_tls_identity(struct node *node, int kind, sj_error *error);

/* What a client needs for mutual TLS with a cluster: its trusted certificates as PEM; free it. NULL
 * with SJ_E_UNTRUSTED. */
char *sj_tls_bundle(struct node *node, const char *cluster_id, sj_error *error);

/* The function of the host table. */
int sj_host_identity_pem(sj_scope *scope, const char *kind, char **certificate_pem,
                         sj_error *error);
sj_handle *sj_host_identities_prepare(sj_scope *scope, const char *here, sj_result_fn done,
                                      void *user);

/* For trust_load.c and the HTTP server: milliseconds since 1970. */
int64_t sj_tls_wall_ms(struct node *node);

#endif
