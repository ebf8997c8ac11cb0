/* Secrets: argon2id hashes with a pepper that is kept beside the store and not in it, computed on
 * threads of host/work; HA1 for SIP digests; randomness. A PIN of a few digits is guessed in no
 * time from a hash alone: without the pepper file there is nothing to guess against. */
#ifndef HOST_SECRET_SECRET_H
#define HOST_SECRET_SECRET_H

#include <stdbool.h>

#include <sojourn/secret.h> /* SJ_DIGEST_REALM */

struct node;

enum { SJ_HA1_TEXT = 98 };

int sj_secret_open(struct node *node, sj_error *error);
void sj_secret_close(struct node *node);

/* The hash that `stored` is when it fits the plain text, else a new one: what was laid down before
 * stays as it is. `bulk`: one of many, which come after everything that somebody waits for. */
void sj_secret_refresh(sj_scope *scope, const char *here, bool bulk, const char *stored,
                       const char *plain, sj_secret_fn done, void *user);
/* May nothing be compared for this source (sj_secret_asker) now, as it gave too many wrong ones?
 * Ask it before a secret is taken from any memory of right ones. */
bool sj_secret_is_barred(struct node *node, const char *source);
/* MD5 and SHA-256 of user:realm:password, hex, with a colon between them. */
void sj_secret_ha1(const char *user, const char *realm, const char *password,
                   char out[SJ_HA1_TEXT]);

/* The functions of the host table. */
void sj_host_secret_hash(sj_scope *scope, const char *here, const char *plain, sj_secret_fn done,
                         void *user);
void sj_host_secret_verify(sj_scope *scope, const char *here, const char *hash, const char *plain,
                           sj_result_fn done, void *user);
void sj_host_secret_verify_for(sj_scope *scope, const char *here, const sj_secret_asker *asker,
                               const char *hash, const char *plain, sj_result_fn done, void *user);
void sj_host_random_bytes(void *out, size_t count);

#endif
