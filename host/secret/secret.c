/* Secrets (secret.h). The work functions run on the pool and touch only their own request and the constant pepper. */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <sodium.h>

#include "../guard.h"
#include "../node.h"
#include "../store/store.h"
#include "../supervise.h"
#include "../timers.h"
#include "parameters/enterprise.h"
#include "verified.h"

enum { AT_ONCE = 2, QUEUE = 20000, OPERATIONS = 2, MEMORY = 19 * 1024 * 1024, PEPPER = 32 };

/* What an unknown user's attempt is compared with: takes as long as a real one and fits nothing. */
static const char stranger[] =
    "$argon2id$v=19$m=19456,t=2,p=1$ocYNjAa0+ITydthH+IkGfw$mV4JWat+EYcAK5Jq/AotaI33xUzHEVDHwcSZCKBxsZQ";

enum kind { HASH, VERIFY, REFRESH };

struct request {
    sj_handle handle; /* first */
    struct request *next;
    struct secrets *secrets;
    enum kind kind;
    bool running, unknown, fits;
    int status;
    uv_work_t work;
    struct later later; /* answers that need no work */
    sj_secret_fn hashed;
    sj_result_fn verified;
    void *user;
    char hash[crypto_pwhash_STRBYTES]; /* compared with; for HASH and REFRESH the result */
    char plain[];
};

struct secrets {
    struct node *node;
    unsigned char pepper[PEPPER];
    struct request *first, **last; /* waiting */
    size_t waiting, running;
    struct verified *cache;
};

/* ---- on the pool ---- */

static void peppered(const struct secrets *secrets, const char *plain, unsigned char out[crypto_auth_hmacsha256_BYTES]) {
    (void)crypto_auth_hmacsha256(out, (const unsigned char *)plain, strlen(plain), secrets->pepper);
}

static bool readable(const char *hash) {
    static const char prefix[] = "$argon2id$";
    return strncmp(hash, prefix, sizeof prefix - 1) == 0;
}

static void work(uv_work_t *work_request) {
    struct request *request = work_request->data;
    unsigned char text[crypto_auth_hmacsha256_BYTES];
    peppered(request->secrets, request->plain, text);
    if (request->kind != HASH) {
        errno = 0;
        request->fits = crypto_pwhash_str_verify(request->hash, (const char *)text, sizeof text) == 0;
        /* Only what was compared and differs sets EINVAL: a hash that cannot be read, or no memory, is nobody's mistake. */
        if (!request->fits && request->kind == VERIFY && (errno != EINVAL || !readable(request->hash))) {
            request->status = SJ_E_INTERNAL;
        }
        request->fits = request->fits && !request->unknown;
    }
    if (request->kind == HASH || (request->kind == REFRESH && !request->fits)) {
        request->status = crypto_pwhash_str_alg(request->hash, (const char *)text, sizeof text, OPERATIONS, MEMORY,
                                                crypto_pwhash_ALG_ARGON2ID13) == 0
                              ? SJ_OK
                              : SJ_E_NO_MEMORY;
    }
    sodium_memzero(text, sizeof text);
}

/* ---- on the loop ---- */

static void start_some(struct secrets *secrets);

static void free_request(struct request *request) {
    sodium_memzero(request->plain, strlen(request->plain));
    free(request);
}

static void answer(struct request *request) {
    struct bracket bracket;
    if (request->handle.closing) {
        sj_handle_done(&request->handle);
        free_request(request);
        return;
    }
    bracket = sj_enter(request->handle.scope, "secret");
    sj_handle_done(&request->handle); /* the callback may close the scope */
    if (request->kind == VERIFY) {
        sj_error error;
        int status = request->status != SJ_OK ? request->status : request->fits ? SJ_OK : SJ_E_DENIED;
        (void)sj_error_set(&error, status, "%s",
                           status == SJ_E_DENIED     ? "the secret does not fit"
                           : status == SJ_E_INTERNAL ? "memory is short, or the stored hash cannot be read"
                                                     : "too many secrets are being checked");
        request->verified(request->user, status, status == SJ_OK ? NULL : &error);
    } else {
        request->hashed(request->user, request->status, request->status == SJ_OK ? request->hash : "");
    }
    sj_leave(&bracket);
    free_request(request);
}

static void after_work(uv_work_t *work_request, int status) {
    struct request *request = work_request->data;
    struct secrets *secrets = request->secrets;
    (void)status;
    secrets->running--;
    if (request->kind == VERIFY && request->fits && secrets->cache != NULL) {
        sj_verified_add(secrets->cache, request->hash, request->plain, uv_now(secrets->node->loop));
    }
    request->running = false;
    answer(request);
    start_some(secrets);
}

static void answer_later(struct later *item) {
    answer((struct request *)(void *)((char *)item - offsetof(struct request, later)));
}

static void start_some(struct secrets *secrets) {
    while (secrets->running < AT_ONCE && secrets->first != NULL) {
        struct request *request = secrets->first;
        secrets->first = request->next;
        if (secrets->first == NULL) {
            secrets->last = &secrets->first;
        }
        secrets->waiting--;
        secrets->running++;
        request->running = true;
        request->work.data = request;
        if (uv_queue_work(secrets->node->loop, &request->work, work, after_work) != 0) {
            secrets->running--;
            request->running = false;
            request->status = SJ_E_NO_MEMORY;
            sj_later_add(&secrets->node->later, &request->later, answer_later);
        }
    }
}

/* What is with the pool is awaited; what waits goes at once. */
static void close_request(sj_handle *handle) {
    struct request *request = (struct request *)handle;
    struct secrets *secrets = request->secrets;
    if (request->running) {
        return;
    }
    if (request->later.queue != NULL) {
        sj_later_cancel(&request->later);
    } else {
        for (struct request **link = &secrets->first; *link != NULL; link = &(*link)->next) {
            if (*link == request) {
                *link = request->next;
                if (request->next == NULL) {
                    secrets->last = link;
                }
                secrets->waiting--;
                break;
            }
        }
    }
    sj_handle_done(&request->handle);
    free_request(request);
}

static bool cache_wanted(struct secrets *secrets) {
    bool wanted = secrets->node->params != NULL && sj_param_enterprise_verified_pin_cache(secrets->node->scope);
    if (!wanted && secrets->cache != NULL) {
        sj_verified_free(secrets->cache);
        secrets->cache = NULL;
    }
    if (wanted && secrets->cache == NULL) {
        secrets->cache = sj_verified_new();
    }
    return secrets->cache != NULL;
}

static struct request *new_request(sj_scope *scope, const char *here, enum kind kind, const char *hash, const char *plain,
                                   void *user) {
    struct node *node = sj_scope_node(scope);
    size_t length = strlen(plain);
    struct request *request = sj_node_alloc(node, sizeof *request + length + 1);
    if (request == NULL || sj_handle_init(&request->handle, scope, "secret", here, "secret", close_request) != SJ_OK) {
        free(request);
        return NULL;
    }
    request->secrets = node->secrets;
    request->kind = kind;
    request->user = user;
    request->unknown = hash == NULL || hash[0] == '\0' || strlen(hash) >= sizeof request->hash;
    (void)snprintf(request->hash, sizeof request->hash, "%s", request->unknown ? stranger : hash);
    memcpy(request->plain, plain, length + 1);
    return request;
}

static void submit(struct request *request) {
    struct secrets *secrets = request->secrets;
    if (request->kind == VERIFY && cache_wanted(secrets) && !request->unknown &&
        sj_verified_has(secrets->cache, request->hash, request->plain, uv_now(secrets->node->loop))) {
        request->fits = true;
        sj_later_add(&secrets->node->later, &request->later, answer_later);
        return;
    }
    if (secrets->waiting >= QUEUE) {
        request->status = SJ_E_LIMIT;
        sj_later_add(&secrets->node->later, &request->later, answer_later);
        return;
    }
    *secrets->last = request;
    secrets->last = &request->next;
    secrets->waiting++;
    start_some(secrets);
}

void sj_host_secret_hash(sj_scope *scope, const char *here, const char *plain, sj_secret_fn done, void *user) {
    struct request *request = new_request(scope, here, HASH, "", plain, user);
    if (request != NULL) {
        request->hashed = done;
        submit(request);
    }
}

void sj_host_secret_verify(sj_scope *scope, const char *here, const char *hash, const char *plain, sj_result_fn done,
                           void *user) {
    struct request *request = new_request(scope, here, VERIFY, hash, plain, user);
    if (request != NULL) {
        request->verified = done;
        submit(request);
    }
}

void sj_secret_refresh(sj_scope *scope, const char *here, const char *stored, const char *plain, sj_secret_fn done,
                       void *user) {
    bool known = stored != NULL && stored[0] != '\0';
    struct request *request = new_request(scope, here, known ? REFRESH : HASH, stored, plain, user);
    if (request != NULL) {
        request->hashed = done;
        submit(request);
    }
}

void sj_host_random_bytes(void *out, size_t count) {
    randombytes_buf(out, count);
}

static bool ha1(const EVP_MD *function, const char *user, const char *password, char *out, size_t room) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const bool good = context != NULL && EVP_DigestInit_ex(context, function, NULL) == 1 &&
                      EVP_DigestUpdate(context, user, strlen(user)) == 1 &&
                      EVP_DigestUpdate(context, ":" SJ_DIGEST_REALM ":", strlen(SJ_DIGEST_REALM) + 2) == 1 &&
                      EVP_DigestUpdate(context, password, strlen(password)) == 1 &&
                      EVP_DigestFinal_ex(context, digest, &length) == 1;
    EVP_MD_CTX_free(context);
    if (good) {
        (void)sodium_bin2hex(out, room, digest, length);
    }
    return good;
}

void sj_secret_ha1(const char *user, const char *password, char out[SJ_HA1_TEXT]) {
    enum { MD5_DIGITS = 32 };
    if (ha1(EVP_md5(), user, password, out, MD5_DIGITS + 1) &&
        ha1(EVP_sha256(), user, password, out + MD5_DIGITS + 1, SJ_HA1_TEXT - MD5_DIGITS - 1)) {
        out[MD5_DIGITS] = ':';
    } else {
        out[0] = '\0';
    }
}

/* ---- the pepper ---- */

static int read_pepper(struct secrets *secrets, const char *path, sj_error *error) {
    ssize_t got;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return errno == ENOENT ? SJ_E_NOT_FOUND : sj_error_set(error, SJ_E_IO, "%s cannot be read: %s", path, strerror(errno));
    }
    if (sj_guarded(file, SJ_GUARD_SECRET, path, error) != SJ_OK) {
        (void)close(file);
        return SJ_E_IO;
    }
    got = read(file, secrets->pepper, sizeof secrets->pepper);
    (void)close(file);
    return got == PEPPER
               ? SJ_OK
               : sj_error_set(error, SJ_E_CORRUPT, "%s: expected a key of %d bytes, got %zd; PINs cannot be checked without it",
                              path, PEPPER, got);
}

static int make_pepper(struct secrets *secrets, const char *path, sj_error *error) {
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    bool written;
    if (file < 0) {
        return sj_error_set(error, SJ_E_IO, "%s cannot be made: %s", path, strerror(errno));
    }
    randombytes_buf(secrets->pepper, sizeof secrets->pepper);
    written = write(file, secrets->pepper, PEPPER) == PEPPER && fsync(file) == 0;
    (void)close(file);
    if (!written) {
        (void)unlink(path);
        return sj_error_set(error, SJ_E_IO, "%s cannot be written", path);
    }
    return SJ_OK;
}

/* What tells one pepper from another, kept in the store beside the hashes. */
static void mark_of(const struct secrets *secrets, char out[2 * crypto_auth_hmacsha256_BYTES + 1]) {
    static const char text[] = "which key the secrets of this store are hashed with";
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    (void)crypto_auth_hmacsha256(mac, (const unsigned char *)text, sizeof text - 1, secrets->pepper);
    (void)sodium_bin2hex(out, 2 * crypto_auth_hmacsha256_BYTES + 1, mac, sizeof mac);
}

static int refuse_pepper(const char *path, const char *what, const char *word, sj_error *error) {
    return sj_error_set(
        error, SJ_E_NOT_FOUND,
        "%.200s %s: no PIN and no password could be checked. Put the file back from where the store's backup is. "
        "Or, if it is lost, make the file %.200s and start again: all PINs and passwords must be set anew then",
        path, what, word);
}

/* The store's hashes and the pepper belong together: a lost one is not replaced without a word. The file "forget-secrets" is
 * the operator's. */
static int check_pepper(struct secrets *secrets, const char *path, bool found, sj_error *error) {
    struct store *store = secrets->node->store;
    char mark[2 * crypto_auth_hmacsha256_BYTES + 1], word[4096];
    char *known = sj_store_fact(store, "secret.key");
    const bool has_hashes = sj_store_has_secrets(store);
    int status = SJ_OK;
    (void)snprintf(word, sizeof word, "%s/forget-secrets", secrets->node->facts.state_directory);
    const bool forgotten = access(word, F_OK) == 0;
    if (found) {
        mark_of(secrets, mark);
    }
    if (has_hashes && !found && !forgotten) {
        status = refuse_pepper(path, "is missing, with which the PINs and passwords in the store are hashed", word, error);
    } else if (has_hashes && found && known != NULL && strcmp(known, mark) != 0 && !forgotten) {
        status = refuse_pepper(path, "is not the key with which the PINs and passwords in the store are hashed", word, error);
    } else if (!found) {
        status = make_pepper(secrets, path, error);
        mark_of(secrets, mark);
    }
    if (status == SJ_OK && (known == NULL || strcmp(known, mark) != 0)) {
        status = sj_store_put_fact(store, "secret.key", mark, error);
    }
    if (status == SJ_OK && forgotten) {
        (void)unlink(word);
    }
    free(known);
    return status;
}

static int find_pepper(struct secrets *secrets, sj_error *error) {
    char path[4096];
    int status;
    if (secrets->node->facts.state_directory == NULL) {
        randombytes_buf(secrets->pepper, sizeof secrets->pepper);
        return SJ_OK;
    }
    (void)snprintf(path, sizeof path, "%s/secret.key", secrets->node->facts.state_directory);
    status = read_pepper(secrets, path, error);
    if (secrets->node->store == NULL) {
        return status == SJ_E_NOT_FOUND ? make_pepper(secrets, path, error) : status;
    }
    return status == SJ_OK || status == SJ_E_NOT_FOUND ? check_pepper(secrets, path, status == SJ_OK, error) : status;
}

int sj_secret_open(struct node *node, sj_error *error) {
    struct secrets *secrets = calloc(1, sizeof *secrets);
    int status;
    if (secrets == NULL || sodium_init() < 0) {
        free(secrets);
        return sj_error_set(error, SJ_E_NO_MEMORY, "the secrets cannot be set up");
    }
    secrets->node = node;
    secrets->last = &secrets->first;
    status = find_pepper(secrets, error);
    if (status != SJ_OK) {
        free(secrets);
        return status;
    }
    node->secrets = secrets;
    return SJ_OK;
}

void sj_secret_close(struct node *node) {
    struct secrets *secrets = node->secrets;
    if (secrets == NULL) {
        return;
    }
    while (secrets->running > 0) { /* scopes are closed by now: nobody is told */
        (void)uv_run(node->loop, UV_RUN_ONCE);
    }
    sj_verified_free(secrets->cache);
    sodium_memzero(secrets->pepper, sizeof secrets->pepper);
    free(secrets);
    node->secrets = NULL;
}
