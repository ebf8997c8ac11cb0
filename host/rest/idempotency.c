/* Which commands with an Idempotency-Key were given, and what they were answered. */
#include "host/rest/idempotency.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "host/core/timers.h"
#include "host/http/server.h"
#include "host/rest/asker.h"
#include "host/rest/durable_reply.h"
#include "host/rest/internal.h"
#include "host/rest/reply.h"

enum { ONCE_USER = REST_ASKER + 1 };

struct rest_once {
    sj_list_link link; /* of all, oldest first */
    struct rest *rest;
    uint64_t until; /* ms of the monotonic clock */
    char key[REST_KEY], user[ONCE_USER];
    unsigned char digest[REST_DIGEST];
    int status; /* 0: under way */
    char *json; /* NULL: there was no memory for it */
    size_t length;
};

/* ---- keys ---- */

bool rest_key_read(sj_http_request *request, const char **key) {
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
    sj_error error;
    *key = sj_host_http_header(request, "Idempotency-Key");
    if (*key == NULL ||
        (strlen(*key) >= 8 && strlen(*key) < REST_KEY && strspn(*key, good) == strlen(*key))) {
        return true;
    }
    (void)sj_error_field(&error, SJ_E_INVALID, "Idempotency-Key",
                         "Idempotency-Key: expected 8 to 64 letters, digits, '-', '_', '.' and '~' "
                         "that is not used elsewhere");
    rest_reply_error(request, &error);
    return false;
}

static void digest_text(crypto_hash_sha256_state *state, const char *text, size_t length) {
    const uint64_t before = length; /* where one ends and the next begins */
    (void)crypto_hash_sha256_update(state, (const unsigned char *)&before, sizeof before);
    (void)crypto_hash_sha256_update(state, (const unsigned char *)text, length);
}

void rest_key_digest(sj_http_request *request, unsigned char digest[REST_DIGEST]) {
    crypto_hash_sha256_state state;
    char name[REST_ASKER];
    const char *asker = rest_asker(request, name);
    _Static_assert(REST_DIGEST == crypto_hash_sha256_BYTES, "one size");
    (void)crypto_hash_sha256_init(&state);
    digest_text(&state, asker, strlen(asker));
    digest_text(&state, request->path, strlen(request->path));
    digest_text(&state, request->body, request->body_length);
    (void)crypto_hash_sha256_final(&state, digest);
}

void rest_key_refuse_other(sj_http_request *request, const char *key) {
    char detail[240];
    (void)snprintf(detail, sizeof detail,
                   "Idempotency-Key: expected a new key, got %s, which was already used with "
                   "another request or user (a dry run counts as another one); nothing was done. "
                   "Send this with a new key",
                   key);
    rest_reply_status(request, 422, detail);
}

/* ---- what was given ---- */

static void forget(struct rest_once *once) {
    struct rest *rest = once->rest;
    sj_list_remove(&once->link);
    rest->once_count--;
    rest->once_bytes -= once->length;
    if (once->json != NULL) {
        explicit_bzero(once->json, once->length);
    }
    free(once->json);
    free(once);
}

static void forget_outdated(struct rest *rest) {
    SJ_LIST_EACH(once, &rest->once, struct rest_once, link) {
        if (once->status != 0 && once->until <= sj_node_monotonic_ms(rest->node)) {
            forget(once);
        }
    }
}

/* Forgets the oldest that have ended until what a user has, and what all have, is within its bounds
 * with so many more. False: what is left is all under way. */
static bool keep_bounds(struct rest *rest, const char *user, size_t more) {
    size_t count = 0, bytes = 0;
    SJ_LIST_EACH(once, &rest->once, struct rest_once, link) {
        if (strcmp(once->user, user) == 0) {
            count++;
            bytes += once->length;
        }
    }
    SJ_LIST_EACH(once, &rest->once, struct rest_once, link) {
        const bool own = strcmp(once->user, user) == 0;
        const bool own_too_many = count + more > ONCE_OF_USER || bytes > ONCE_BYTES_OF_USER;
        const bool all_too_many =
            rest->once_count + more > ONCE_MOST || rest->once_bytes > ONCE_BYTES;
        if (once->status != 0 && ((own && own_too_many) || all_too_many)) {
            count -= own;
            bytes -= own ? once->length : 0;
            forget(once);
        }
    }
    return count + more <= ONCE_OF_USER && rest->once_count + more <= ONCE_MOST;
}

static struct rest_once *find(struct rest *rest, const char *user, const char *key) {
    SJ_LIST_EACH(once, &rest->once, struct rest_once, link) {
        if (strcmp(once->user, user) == 0 && strcmp(once->key, key) == 0) {
            return once;
        }
    }
    return NULL;
}

/* The same answer, once what it says is on the disk, as with the first. */
static void reply_again(const struct rest_once *once, sj_http_request *request) {
    struct rest_durable *durable;
    sj_text json = {0};
    if (once->status == 0) {
        rest_reply_status(request, 409,
                          "the same request with this Idempotency-Key is under way: send it again "
                          "for its answer");
        return;
    }
    if (once->json == NULL) {
        rest_reply_status(request, 409,
                          "the request with this Idempotency-Key was done; its answer could not be "
                          "kept");
        return;
    }
    durable = rest_durable_begin_repeat(once->rest, request);
    if (durable != NULL) {
        sj_text_add(&json, once->json, once->length);
        rest_durable_reply(durable, once->status, &json, NULL);
    }
}

/* A user of the machine is another one than a user of the cluster of the same name. */
static void name_user(sj_http_request *request, char user[ONCE_USER]) {
    char name[REST_ASKER];
    (void)snprintf(user, ONCE_USER, "%c%s", sj_http_is_local(request) ? '@' : ' ',
                   rest_asker(request, name));
}

bool rest_once_begin(struct rest *rest, sj_http_request *request, struct rest_once **begun) {
    char user[ONCE_USER];
    const char *key;
    unsigned char digest[REST_DIGEST];
    struct rest_once *once;
    *begun = NULL;
    if (!rest_key_read(request, &key)) {
        return false;
    }
    if (key == NULL) {
        return true;
    }
    name_user(request, user);
    forget_outdated(rest);
    rest_key_digest(request, digest);
    once = find(rest, user, key);
    if (once != NULL && memcmp(once->digest, digest, sizeof digest) != 0) {
        rest_key_refuse_other(request, key);
        return false;
    }
    if (once != NULL) {
        reply_again(once, request);
        return false;
    }
    once = keep_bounds(rest, user, 1) ? calloc(1, sizeof *once) : NULL;
    if (once == NULL) {
        rest_reply_refusal(request, 429,
                           "too many commands with an Idempotency-Key are under way; nothing was "
                           "done, try again shortly",
                           "Retry-After", "2");
        return false;
    }
    once->rest = rest;
    (void)snprintf(once->key, sizeof once->key, "%s", key);
    (void)snprintf(once->user, sizeof once->user, "%s", user);
    memcpy(once->digest, digest, sizeof digest);
    sj_list_add_last(&rest->once, &once->link);
    rest->once_count++;
    *begun = once;
    return true;
}

void rest_once_end(struct rest_once *once, int status, const char *json) {
    struct rest *rest = once->rest;
    const size_t length = strlen(json);
    char user[ONCE_USER];
    once->until = sj_node_monotonic_ms(rest->node) + ONCE_MS;
    once->json = length <= ONCE_BYTES_OF_USER ? strdup(json) : NULL;
    once->length = once->json != NULL ? length : 0;
    once->status = status;
    rest->once_bytes += once->length;
    memcpy(user, once->user, sizeof user); /* it may be forgotten itself */
    (void)keep_bounds(rest, user, 0);
}

void rest_once_forget(struct rest_once *once) {
    if (once != NULL) {
        forget(once);
    }
}

void rest_once_close(struct rest *rest) {
    SJ_LIST_EACH(once, &rest->once, struct rest_once, link) {
        forget(once);
    }
}
