/* By which certificates others know this node: the store remembers them, so that one that is lost
 * is not replaced without a word. With another identity every remote cluster and every phone
 * distrusts the node. */
#ifndef SJ_HOST_TLS_KNOWN_H
#define SJ_HOST_TLS_KNOWN_H

#include "host/tls/identity.h"

struct node;

enum { SJ_IDENTITY_ANY = -1 };

/* SJ_E_NOT_FOUND, with the sentence that helps, when the certificate of this kind (of any kind) is
 * known and its file is gone, unless the operator has made the file new-identity. */
int sj_known_identity_check(struct node *node, int kind, sj_error *error);
/* The file new-identity has been heeded: what is gone is known no more. */
int sj_known_identities_forget(struct node *node, sj_error *error);
/* This certificate is shown from now on. One that was replaced by the operator is told in the log.
 */
void sj_known_identity_note(struct node *node, int kind, const struct identity *identity);

#endif
