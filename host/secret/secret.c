/* Secrets. The work functions run on the threads of host/work and touch only their own
 * request and the constant pepper. */
#include "host/secret/secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <sodium.h>

#include <sojourn/net.h>

#include "events/secret.h"
#include "host/core/callback.h"
#include "host/core/node.h"
#include "host/core/timers.h"
#include "host/record/json_memory.h"
#include "host/secret/pepper.h"
#include "host/secret/standing.h"
#include "host/secret/verified.h"
#include "host/store/store.h"
#include "host/telemetry/log_limit.h"
#include "host/telemetry/metrics.h"
#include "host/work/work.h"
#include "parameters/enterprise.h"

enum { OPERATIONS = 2, MEMORY = 19 * 1024 * 1024, SOURCE = 64, NAME = 129 };

/* What an unknown user's attempt is compared with: takes as long as a real one and fits nothing. */
static const char stranger[] = "$argon2id$v=19$m=19456,t=2,p=1$ocYNjAa0+ITydthH+IkGfw$mV4JWat+"
                               "EYcAK5Jq/AotaI33xUzHEVDHwcSZCKBxsZQ";

static const char barred_subject[] = "a source of too many wrong secrets is blocked";

enum kind { HASH, VERIFY, REFRESH };
enum result { RIGHT, WRONG, REFUSED, UNTOLD, RESULTS };

struct request {
    sj_handle handle; /* first */
    struct secrets *secrets;
    enum kind kind;
    bool unknown, fits;
    int status;
    struct work slot;
    struct later later; /* answers that need no work */
    sj_secret_fn hashed;
    sj_result_fn verified;
    void *user;
    bool judged;         /* the source can be barred */
    char source[SOURCE]; /* "" none is given */
    char name[NAME];
    char hash[crypto_pwhash_STRBYTES]; /* compared with; for HASH and REFRESH the result */
    char plain[];
};

struct secrets {
    struct node *node;
    unsigned char pepper[SJ_PEPPER];
    struct verified *cache;
    struct standings *standings;
    sj_metric *results[RESULTS];
    sj_topic *barred;
    size_t running;
};

/* ---- on the threads ---- */

static void peppered(const struct secrets *secrets, const char *plain,
                     unsigned char out[crypto_auth_hmacsha256_BYTES]) {
    (void)crypto_auth_hmacsha256(out, (const unsigned char *)plain, strlen(plain), secrets->pepper);
}

static bool readable(const char *hash) {
    static const char prefix[] = "$argon2id$";
    return strncmp(hash, prefix, sizeof prefix - 1) == 0;
}

static struct request *request_of(struct work *slot) {
    return (struct request *)(void *)((char *)slot - offsetof(struct request, slot));
}

static void run(struct work *slot) {
    struct request *request = request_of(slot);
    unsigned char text[crypto_auth_hmacsha256_BYTES];
    peppered(request->secrets, request->plain, text);
    if (request->kind != HASH) {
        errno = 0;
        request->fits =
            crypto_pwhash_str_verify(request->hash, (const char *)text, sizeof text) == 0;
        /* Only what was compared and differs sets EINVAL: a hash that cannot be read, or no memory,
         * is nobody's mistake. */
        if (!request->fits && request->kind == VERIFY &&
            (errno != EINVAL || !readable(request->hash))) {
            request->status = SJ_E_INTERNAL;
        }
        request->fits = request->fits && !request->unknown;
    }
    if (request->kind == HASH || (request->kind == REFRESH && !request->fits)) {
        request->status =
            crypto_pwhash_str_alg(request->hash, (const char *)text, sizeof text, OPERATIONS,
                                  MEMORY, crypto_pwhash_ALG_ARGON2ID13) == 0
                ? SJ_OK
                : SJ_E_NO_MEMORY;
    }
    sodium_memzero(text, sizeof text);
}

/* ---- on the loop ---- */

static void free_request(struct request *request) {
    sodium_memzero(request->plain, strlen(request->plain));
    free(request);
}

static void count(struct secrets *secrets, enum result result) {
    const struct node *node = secrets->node;
    if (secrets->results[result] != NULL && node->scope != NULL && !sj_scope_closing(node->scope)) {
        sj_host_metric_add(secrets->results[result], 1);
    }
}

/* `done` of a comparison. */
static void answer_verified(struct secrets *secrets, int status, sj_result_fn done, void *user) {
    sj_error error;
    count(secrets, status == SJ_OK         ? RIGHT
                   : status == SJ_E_DENIED ? WRONG
                   : status == SJ_E_LIMIT  ? REFUSED
                                           : UNTOLD);
    (void)sj_error_set(
        &error, status, "%s",
        status == SJ_E_DENIED      ? "wrong PIN or password"
        : status == SJ_E_INTERNAL  ? "out of memory, or the stored hash cannot be read"
        : status == SJ_E_NO_MEMORY ? "out of memory"
                                   : "too many secrets come from there; try again in a minute");
    done(user, status, status == SJ_OK ? NULL : &error);
}

/* What a comparison has come to: whether the secret is right, or why that is not known. */
static int comparison_status(const struct request *request) {
    return request->kind != VERIFY || request->status != SJ_OK ? request->status
           : request->fits                                     ? SJ_OK
                                                               : SJ_E_DENIED;
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
        answer_verified(request->secrets, comparison_status(request), request->verified,
                        request->user);
    } else {
        request->hashed(request->user, request->status,
                        request->status == SJ_OK ? request->hash : "");
    }
    sj_leave(&bracket);
    free_request(request);
}

static void answer_later(struct later *item) {
    answer((struct request *)(void *)((char *)item - offsetof(struct request, later)));
}

static void answer_barred(const struct request *request) {
    struct secrets *secrets = request->secrets;
    sj_scope *scope = secrets->node->scope;
    const sj_secret_source_barred event = {.source = request->source,
                                           .name = request->name,
                                           .wrong = SJ_STANDING_BARRED,
                                           .milliseconds = SJ_STANDING_WINDOW_MS};
    char text[SOURCE + NAME + 160];
    if (scope == NULL || sj_scope_closing(scope)) {
        return;
    }
    (void)snprintf(text, sizeof text,
                   "%s gave %d wrong PINs or passwords within a minute, the last one for \"%s\"",
                   request->source, SJ_STANDING_BARRED, request->name);
    sj_host_log_limited(scope, SJ_LOG_WARNING, barred_subject, text);
    if (secrets->barred != NULL) {
        sj_publish_secret_source_barred(scope, secrets->barred, &event);
    }
}

/* A source that was barred while this was compared does not hear how it came out. */
static void judge(struct request *request) {
    struct secrets *secrets = request->secrets;
    const uint64_t now = sj_node_monotonic_ms(secrets->node);
    const int status = comparison_status(request);
    if (request->source[0] == '\0' || (status != SJ_OK && status != SJ_E_DENIED)) {
        return;
    }
    if (request->judged &&
        sj_standing_of(secrets->standings, request->source, now) == STANDING_BARRED) {
        request->status = SJ_E_LIMIT;
    } else if (sj_standing_note(secrets->standings, request->source, status == SJ_OK, now) &&
               request->judged) {
        answer_barred(request);
    }
    if (sj_standing_of(secrets->standings, request->source, now) == STANDING_FAILING) {
        sj_work_move_share(secrets->node, WORK_UNKNOWN, WORK_FAILING, request->source);
    }
}

static void has_run(struct work *slot, int status) {
    struct request *request = request_of(slot);
    struct secrets *secrets = request->secrets;
    secrets->running--;
    if (status != SJ_OK) {
        request->status = status;
    }
    if (request->kind == VERIFY) {
        judge(request);
        if (comparison_status(request) == SJ_OK && secrets->cache != NULL) {
            sj_verified_add(secrets->cache, request->hash, request->plain,
                            uv_now(secrets->node->loop));
        }
    }
    answer(request);
}

/* What a thread has begun is awaited; what waits goes at once. */
static void close_request(sj_handle *handle) {
    struct request *request = (struct request *)handle;
    if (request->later.queue != NULL) {
        sj_later_cancel(&request->later);
    } else if (sj_work_cancel(request->secrets->node, &request->slot)) {
        request->secrets->running--;
    } else {
        return;
    }
    sj_handle_done(&request->handle);
    free_request(request);
}

static bool cache_wanted(struct secrets *secrets) {
    bool wanted = secrets->node->params != NULL &&
                  sj_param_enterprise_verified_pin_cache(secrets->node->scope);
    if (!wanted && secrets->cache != NULL) {
        sj_verified_free(secrets->cache);
        secrets->cache = NULL;
    }
    if (wanted && secrets->cache == NULL) {
        secrets->cache = sj_verified_new();
    }
    return secrets->cache != NULL;
}

/* NULL when memory is short. A closing scope hears nothing: then `*closing` is set. */
static struct request *new_request(sj_scope *scope, const char *here, enum kind kind,
                                   const char *hash, const char *plain, bool *closing) {
    struct node *node = sj_scope_node(scope);
    size_t length = strlen(plain);
    struct request *request = sj_node_alloc(node, sizeof *request + length + 1);
    *closing = sj_scope_closing(scope);
    if (request == NULL ||
        sj_handle_init(&request->handle, scope, "secret", here, "secret", close_request) != SJ_OK) {
        free(request);
        return NULL;
    }
    request->secrets = node->secrets;
    request->kind = kind;
    request->unknown = hash == NULL || hash[0] == '\0' || strlen(hash) >= sizeof request->hash;
    (void)snprintf(request->hash, sizeof request->hash, "%s", request->unknown ? stranger : hash);
    memcpy(request->plain, plain, length + 1);
    return request;
}

static void answer_soon(struct request *request, int status) {
    request->status = status;
    sj_later_add(&request->secrets->node->later, &request->later, answer_later);
}

static void submit(struct request *request, enum work_lane lane, const char *share) {
    struct secrets *secrets = request->secrets;
    int status = sj_work_submit(secrets->node, &request->slot, lane, share, run, has_run);
    if (status == SJ_OK) {
        secrets->running++;
    } else {
        answer_soon(request, status);
    }
}

static void hash_in(sj_scope *scope, const char *here, enum work_lane lane, const char *stored,
                    const char *plain, sj_secret_fn done, void *user) {
    const bool known = stored != NULL && stored[0] != '\0';
    bool closing;
    struct request *request =
        new_request(scope, here, known ? REFRESH : HASH, stored, plain, &closing);
    if (request != NULL) {
        request->hashed = done;
        request->user = user;
        submit(request, lane, sj_scope_owner(scope)->name);
    } else if (!closing) {
        done(user, SJ_E_NO_MEMORY, "");
    }
}

void sj_host_secret_hash(sj_scope *scope, const char *here, const char *plain, sj_secret_fn done,
                         void *user) {
    hash_in(scope, here, WORK_HASH, "", plain, done, user);
}

void sj_secret_refresh(sj_scope *scope, const char *here, bool bulk, const char *stored,
                       const char *plain, sj_secret_fn done, void *user) {
    hash_in(scope, here, bulk ? WORK_BULK : WORK_HASH, stored, plain, done, user);
}

/* Of an IPv6 address the network: whoever has one address of it has them all. */
static void read_source(const char *given, char source[SOURCE]) {
    sj_address address;
    (void)snprintf(source, SOURCE, "%s", sj_or_empty(given));
    if (sj_address_parse(source, 0, &address) == SJ_OK && address.any.sa_family == AF_INET6 &&
        !IN6_IS_ADDR_V4MAPPED(&address.v6.sin6_addr)) {
        memset(&address.v6.sin6_addr.s6_addr[8], 0, 8);
        (void)sj_address_format(&address, source, SOURCE);
    }
}

bool sj_secret_is_barred(struct node *node, const char *given) {
    char source[SOURCE];
    read_source(given, source);
    return sj_standing_of(node->secrets->standings, source, sj_node_monotonic_ms(node)) ==
           STANDING_BARRED;
}

static void set_source(struct request *request, const sj_secret_asker *asker) {
    read_source(asker->source, request->source);
    (void)snprintf(request->name, sizeof request->name, "%s", sj_or_empty(asker->name));
    request->judged = !asker->vouched && request->source[0] != '\0';
}

static void verify(struct request *request, const sj_secret_asker *asker) {
    struct secrets *secrets = request->secrets;
    enum standing standing;
    set_source(request, asker);
    standing = request->source[0] == '\0' || asker->vouched
                   ? STANDING_PROVEN
                   : sj_standing_of(secrets->standings, request->source,
                                    sj_node_monotonic_ms(secrets->node));
    if (standing == STANDING_BARRED) {
        answer_soon(request, SJ_E_LIMIT);
    } else if (cache_wanted(secrets) && !request->unknown &&
               sj_verified_has(secrets->cache, request->hash, request->plain,
                               uv_now(secrets->node->loop))) {
        request->fits = true;
        answer_soon(request, SJ_OK);
    } else {
        submit(request,
               standing == STANDING_PROVEN    ? WORK_PROVEN
               : standing == STANDING_FAILING ? WORK_FAILING
                                              : WORK_UNKNOWN,
               request->source[0] != '\0' ? request->source
                                          : sj_scope_owner(request->handle.scope)->name);
    }
}

void sj_host_secret_verify_for(sj_scope *scope, const char *here, const sj_secret_asker *asker,
                               const char *hash, const char *plain, sj_result_fn done, void *user) {
    bool closing;
    struct request *request = new_request(scope, here, VERIFY, hash, plain, &closing);
    if (request != NULL) {
        request->verified = done;
        request->user = user;
        verify(request, asker);
    } else if (!closing) {
        answer_verified(sj_scope_node(scope)->secrets, SJ_E_NO_MEMORY, done, user);
    }
}

void sj_host_secret_verify(sj_scope *scope, const char *here, const char *hash, const char *plain,
                           sj_result_fn done, void *user) {
    const sj_secret_asker nobody = {.size = sizeof nobody};
    sj_host_secret_verify_for(scope, here, &nobody, hash, plain, done, user);
}

void sj_host_random_bytes(void *out, size_t count) {
    randombytes_buf(out, count);
}

static bool ha1(const EVP_MD *function, const char *user, const char *realm, const char *password,
                char *out, size_t room) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const bool good = context != NULL && EVP_DigestInit_ex(context, function, NULL) == 1 &&
                      EVP_DigestUpdate(context, user, strlen(user)) == 1 &&
                      EVP_DigestUpdate(context, ":", 1) == 1 &&
                      EVP_DigestUpdate(context, realm, strlen(realm)) == 1 &&
                      EVP_DigestUpdate(context, ":", 1) == 1 &&
                      EVP_DigestUpdate(context, password, strlen(password)) == 1 &&
                      EVP_DigestFinal_ex(context, digest, &length) == 1;
    EVP_MD_CTX_free(context);
    if (good) {
        (void)sodium_bin2hex(out, room, digest, length);
    }
    return good;
}

void sj_secret_ha1(const char *user, const char *realm, const char *password,
                   char out[SJ_HA1_TEXT]) {
    enum { MD5_DIGITS = 32 };
    if (ha1(EVP_md5(), user, realm, password, out, MD5_DIGITS + 1) &&
        ha1(EVP_sha256(), user, realm, password, out + MD5_DIGITS + 1,
            SJ_HA1_TEXT - MD5_DIGITS - 1)) {
        out[MD5_DIGITS] = ':';
    } else {
        out[0] = '\0';
    }
}

static int announce(struct secrets *secrets, sj_error *error) {
    static const char *const results[RESULTS] = {"right", "wrong", "refused", "not_compared"};
    sj_scope *scope = secrets->node->scope;
    for (int i = 0; secrets->node->metrics != NULL && i < RESULTS; i++) {
        char name[96];
        (void)snprintf(name, sizeof name, "sojourn_secrets_compared_total{result=\"%s\"}",
                       results[i]);
        secrets->results[i] = sj_host_metric(scope, SJ_HERE, SJ_COUNTER, name,
                                             "PINs and passwords that were given, by outcome.");
    }
    if (secrets->node->bus == NULL) {
        return SJ_OK;
    }
    secrets->barred = sj_secret_source_barred_topic(scope, error);
    return secrets->barred != NULL ? SJ_OK : SJ_E_NO_MEMORY;
}

int sj_secret_open(struct node *node, sj_error *error) {
    struct secrets *secrets = calloc(1, sizeof *secrets);
    int status;
    sj_json_memory_hooks();
    if (secrets == NULL || sodium_init() < 0) {
        free(secrets);
        return sj_error_set(error, SJ_E_NO_MEMORY, "the secrets cannot be set up");
    }
    secrets->node = node;
    secrets->standings = sj_standings_new();
    status = secrets->standings == NULL
                 ? sj_error_set(error, SJ_E_NO_MEMORY, "the secrets cannot be set up")
                 : sj_pepper_find(node, secrets->pepper, error);
    if (status == SJ_OK) {
        status = announce(secrets, error);
    }
    if (status != SJ_OK) {
        sj_standings_free(secrets->standings);
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
    sj_standings_free(secrets->standings);
    sodium_memzero(secrets->pepper, sizeof secrets->pepper);
    free(secrets);
    node->secrets = NULL;
}
