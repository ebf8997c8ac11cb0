/* Secrets, randomness, identities and policy decisions of the kit: fast, and the same in every run.
 */
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>

#include "kit.h"

static const char hash_prefix[] = "$argon2id$test$";

/* A certificate made for this file; its key was thrown away. */
static const char certificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBejCCASGgAwIBAgIUcuLj3kMQWCX4VceltiOSaA0eCPkwCgYIKoZIzj0EAwIw\n"
    "EjEQMA4GA1UEAwwHdGVzdGtpdDAgFw0yNjExMjMwNTIxNTRaGA8yMTI2MTAzMDA1\n"
    "MjE1NFowEjEQMA4GA1UEAwwHdGVzdGtpdDBZMBMGByqGSM49AgEGCCqGSM49AwEH\n"
    "A0IABGMrTH0aOnh/HcmuhuCobV5zea5QQL7YJjzEP5zDRcWEpiadEmC1TSzp/VZ4\n"
    "d+oQnuuO0C4sP0FZXIlA7DS1qamjUzBRMB0GA1UdDgQWBBQGY466a5auPte33kbo\n"
    "mqwvIUKLQTAfBgNVHSMEGDAWgBQGY466a5auPte33kbomqwvIUKLQTAPBgNVHRMB\n"
    "Af8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIE1cpmFT+Ti/GUmejtyawaCF9TNs\n"
    "TS/PmOq4z0nNmSCGAiBqIOPWOD9kGqbK3MYOniu1Wl+g1891e594wOXg87snOg==\n"
    "-----END CERTIFICATE-----\n";

struct secret {
    sj_secret_fn hashed;
    sj_result_fn verified;
    void *user;
    char *hash;
    int status;
};

static void secret_free(void *user) {
    struct secret *secret = user;
    free(secret->hash);
    free(secret);
}

static void secret_run(void *user) {
    struct secret *secret = user;
    if (secret->hashed != NULL) {
        secret->hashed(secret->user, SJ_OK, secret->hash);
    } else {
        secret->verified(secret->user, secret->status, NULL);
    }
    secret_free(secret);
}

static void defer_secret(sj_scope *scope, const char *here, struct secret *secret) {
    if (kit_defer(scope, here, "secret", secret->hashed != NULL ? "hash" : "verify", 0, secret_run,
                  secret_free, secret) == NULL) {
        secret_free(secret);
    }
}

static char *hash_of(const char *plain) {
    size_t room = sizeof hash_prefix + strlen(plain);
    char *hash = kit_need(room);
    (void)snprintf(hash, room, "%s%s", hash_prefix, plain);
    return hash;
}

static void fake_hash(sj_scope *scope, const char *here, const char *plain, sj_secret_fn done,
                      void *user) {
    struct secret *secret = kit_need(sizeof *secret);
    secret->hashed = done;
    secret->user = user;
    secret->hash = hash_of(plain);
    defer_secret(scope, here, secret);
}

static void fake_verify(sj_scope *scope, const char *here, const char *hash, const char *plain,
                        sj_result_fn done, void *user) {
    struct secret *secret = kit_need(sizeof *secret);
    secret->verified = done;
    secret->user = user;
    secret->hash = hash_of(plain);
    secret->status = hash != NULL && strcmp(secret->hash, hash) == 0 ? SJ_OK : SJ_E_DENIED;
    defer_secret(scope, here, secret);
}

static void fake_verify_for(sj_scope *scope, const char *here, const sj_secret_asker *asker,
                            const char *hash, const char *plain, sj_result_fn done, void *user) {
    (void)asker;
    fake_verify(scope, here, hash, plain, done, user);
}

const char *sj_testkit_hash(sj_testkit *kit, const char *plain) {
    if (!sj_array_room(&kit->hashes, &kit->hashes_room, kit->hashes_count + 1,
                       sizeof *kit->hashes)) {
        abort();
    }
    kit->hashes[kit->hashes_count] = hash_of(plain);
    return kit->hashes[kit->hashes_count++];
}

/* Not random at all, on purpose; never the same twice in a run. */
static void fake_random(void *out, size_t count) {
    static uint64_t state = 0x9e3779b97f4a7c15u;
    unsigned char *bytes = out;
    for (size_t i = 0; i < count; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes[i] = (unsigned char)(state >> 32);
    }
}

static int fake_identity(sj_scope *scope, const char *kind, char **certificate_pem,
                         sj_error *error) {
    static const char *const kinds[] = {"tomcat", "CallManager", "CAPF", "TVS", "ITLRecovery"};
    (void)scope;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i], kind) == 0) {
            *certificate_pem = strdup(certificate);
            return *certificate_pem != NULL
                       ? SJ_OK
                       : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a certificate");
        }
    }
    return sj_error_set(error, SJ_E_NOT_FOUND, "there is no identity of the kind \"%s\"", kind);
}

static void nothing_to_make(void *data) {
    (void)data;
}

static sj_handle *fake_prepare(sj_scope *scope, const char *here, sj_result_fn done, void *user) {
    return scope->host->job_run(scope, here, nothing_to_make, done, user);
}

static int fake_decide(sj_scope *scope, const sj_policy_meta *meta, const char *trace_id,
                       const void *input, void *output) {
    sj_testkit *kit = kit_of(scope);
    return kit->decide == NULL ? SJ_OK
                               : kit->decide(kit->decide_user, meta, trace_id, input, output);
}

void sj_testkit_on_decide(sj_testkit *kit, sj_testkit_decide_fn decide, void *user) {
    kit->decide = decide;
    kit->decide_user = user;
}

void kit_security_fill(sj_host *table) {
    table->secret_hash = fake_hash;
    table->secret_verify = fake_verify;
    table->secret_verify_for = fake_verify_for;
    table->random_bytes = fake_random;
    table->identity_pem = fake_identity;
    table->identities_prepare = fake_prepare;
    table->policy_decide = fake_decide;
}

void kit_security_close(sj_testkit *kit) {
    for (size_t i = 0; i < kit->hashes_count; i++) {
        free(kit->hashes[i]);
    }
    free(kit->hashes);
}
