/* Idempotency-Key: a client that does not know whether its request arrived sends it again, and it
 * is done once. Applies have their jobs (apply_job.h); commands are remembered here, each user's
 * own, in memory, bounded in number, bytes and time. */
#ifndef HOST_REST_IDEMPOTENCY_H
#define HOST_REST_IDEMPOTENCY_H

#include <sojourn/http.h>

struct rest;
struct rest_once;

enum {
    REST_KEY = 65,    /* a key, with its NUL */
    REST_DIGEST = 32, /* of a request */
    ONCE_OF_USER = 100,
    ONCE_BYTES_OF_USER = 1 << 20, /* of answers */
    ONCE_MOST = 1000,
    ONCE_BYTES = 16 << 20,
    ONCE_MS = 60 * 60 * 1000
};

/* The request's key, or NULL. False after a reply: it is none. */
bool rest_key_read(sj_http_request *request, const char **key);
/* Of all that makes the request what it is: user, path and body. */
void rest_key_digest(sj_http_request *request, unsigned char digest[REST_DIGEST]);
/* The reply to a key that came with another request before: 422. */
void rest_key_refuse_other(sj_http_request *request, const char *key);

/* Notes that a command is under way; *once NULL: it has no key. False after a reply: what the same
 * request was answered, 409 while it is under way, or a refusal. `once` ends with one of the
 * others. */
bool rest_once_begin(struct rest *rest, sj_http_request *request, struct rest_once **once);
/* What it was answered: the same request gets that from now on, and does nothing. */
void rest_once_end(struct rest_once *once, int status, const char *json);
/* Nothing was done: its key may be used anew. NULL: nothing. */
void rest_once_forget(struct rest_once *once);

void rest_once_close(struct rest *rest);

#endif
