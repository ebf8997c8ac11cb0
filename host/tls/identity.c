/* The node's own identities. Touches the files <state>/identity/<kind>.key and .pem, mode 0600. */
#include "host/tls/identity.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <sojourn/base/file.h>
#include <sojourn/node_address.h>

#include "host/core/file_guard.h"
#include "host/tls/certificate.h"

#define FILE_MAX 65536

const char *const sj_identity_kinds[] = {"tomcat", "CallManager", "CAPF",
                                         "TVS",    "ITLRecovery", NULL};

static bool is_rsa(int kind) {
    return kind != SJ_IDENTITY_TOMCAT && kind != SJ_IDENTITY_TVS;
}

static int path_of(const struct sj_node *facts, const char *name, const char *suffix, char *path,
                   size_t room, sj_error *error) {
    int length = snprintf(path, room, "%s/identity%s%s%s", facts->state_directory,
                          name[0] != '\0' ? "/" : "", name, suffix);
    if (length < 0 || (size_t)length >= room) {
        return sj_error_set(error, SJ_E_INVALID, "the state directory's path is too long: %s",
                            facts->state_directory);
    }
    return SJ_OK;
}

/* `text` has no data when there is no such file. No byte of it is ever moved in memory, so that
 * what is wiped at the end is all there is. */
static int read_file(const char *path, sj_text *text, sj_error *error) {
    if (!sj_text_reserve(text, FILE_MAX)) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for %s", path);
    }
    const int status = sj_file_read(path, FILE_MAX, text, error);
    if (status == SJ_E_NOT_FOUND) {
        sj_text_clear(text);
        return SJ_OK;
    }
    return status;
}

static int write_file(const char *path, const char *text, sj_error *error) {
    return sj_file_write(path, text, strlen(text), 0600, error);
}

/* Fills in what is missing of key and certificate, and writes it. */
static int make_missing(const struct sj_node *facts, int kind, struct identity *identity,
                        const char *directory, const char *key_path, const char *pem_path,
                        sj_error *error) {
    char addresses[SJ_NODE_ADDRESSES * (SJ_ADDRESS_TEXT + 1)] = "";
    struct certificate_names names = {facts->name, facts->cluster_id, addresses};
    for (size_t i = 0, used = 0; i < sj_node_address_count(facts) && used < sizeof addresses; i++) {
        used += (size_t)snprintf(addresses + used, sizeof addresses - used, "%s%s",
                                 i > 0 ? "," : "", sj_node_address(facts, i));
    }
    bool new_key = identity->key == NULL;
    if (new_key) {
        identity->key = sj_key_make(is_rsa(kind), error);
    }
    if (identity->key != NULL) {
        identity->certificate = sj_certificate_make(identity->key, &names, error);
    }
    if (identity->certificate == NULL) {
        return SJ_E_INTERNAL;
    }
    identity->key_pem = sj_key_pem(identity->key);
    identity->certificate_pem = sj_certificate_pem(identity->certificate);
    if (identity->key_pem == NULL || identity->certificate_pem == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the identity %s",
                            sj_identity_kinds[kind]);
    }
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        return sj_error_set(error, SJ_E_IO, "cannot make the directory %s: %s", directory,
                            strerror(errno));
    }
    /* The key first: a crash in between leaves a key without certificate, which the next use
     * completes. */
    if (new_key && write_file(key_path, identity->key_pem, error) != SJ_OK) {
        return SJ_E_IO;
    }
    return write_file(pem_path, identity->certificate_pem, error);
}

/* A text without data: there is no such file. */
static int parse_files(struct identity *identity, const sj_text *key, const sj_text *pem,
                       const char *key_path, const char *pem_path, sj_error *error) {
    static const char advice[] =
        "put back the file from a copy; or, to make a new identity (other clusters must import it "
        "again), remove both, make the "
        "file new-identity beside the store and start the node again";
    if (key->data == NULL && pem->data != NULL) {
        return sj_error_set(error, SJ_E_CORRUPT, "%s is missing beside %s: %s", key_path, pem_path,
                            advice);
    }
    if (key->data != NULL) {
        identity->key = sj_key_parse(key->data, key->length);
        if (identity->key == NULL) {
            return sj_error_set(error, SJ_E_CORRUPT,
                                "%s: a private key in PEM form was expected: %s", key_path, advice);
        }
    }
    if (pem->data != NULL) {
        identity->certificate = sj_certificate_parse(pem->data, pem->length);
        if (identity->certificate == NULL) {
            return sj_error_set(error, SJ_E_CORRUPT,
                                "%s: a certificate in PEM form was expected: %s", pem_path, advice);
        }
        if (X509_check_private_key(identity->certificate, identity->key) != 1) {
            ERR_clear_error();
            return sj_error_set(error, SJ_E_CORRUPT, "%s and %s do not belong together: %s",
                                key_path, pem_path, advice);
        }
        identity->key_pem = sj_key_pem(identity->key);
        identity->certificate_pem = sj_certificate_pem(identity->certificate);
        if (identity->key_pem == NULL || identity->certificate_pem == NULL) {
            return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the identity in %s",
                                pem_path);
        }
    }
    return SJ_OK;
}

static int load(const struct sj_node *facts, int kind, struct identity *identity, sj_error *error) {
    char directory[2048], key_path[2048], pem_path[2048];
    sj_text key_text = {0}, pem_text = {0};
    const char *name = sj_identity_kinds[kind];
    int result;
    memset(identity, 0, sizeof *identity);
    result = path_of(facts, "", "", directory, sizeof directory, error);
    if (result == SJ_OK) {
        result = path_of(facts, name, ".key", key_path, sizeof key_path, error);
    }
    if (result == SJ_OK) {
        result = path_of(facts, name, ".pem", pem_path, sizeof pem_path, error);
    }
    if (result == SJ_OK) {
        result = sj_guarded_path(directory, SJ_GUARD_TRUSTED, error);
    }
    if (result == SJ_OK) {
        result = sj_guarded_path(key_path, SJ_GUARD_SECRET, error);
    }
    if (result == SJ_OK) {
        result = read_file(key_path, &key_text, error);
    }
    if (result == SJ_OK) {
        result = read_file(pem_path, &pem_text, error);
    }
    if (result == SJ_OK) {
        result = parse_files(identity, &key_text, &pem_text, key_path, pem_path, error);
    }
    if (result == SJ_OK && identity->certificate == NULL) {
        result = make_missing(facts, kind, identity, directory, key_path, pem_path, error);
    }
    if (key_text.data != NULL) {
        OPENSSL_cleanse(key_text.data, key_text.room);
    }
    sj_text_clear(&key_text);
    sj_text_clear(&pem_text);
    if (result != SJ_OK) {
        sj_identity_clear(identity);
    }
    return result;
}

int sj_identity_load(const struct sj_node *facts, int kind, struct identity *identity,
                     sj_error *error) {
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    (void)pthread_mutex_lock(&one_at_a_time);
    int result = load(facts, kind, identity, error);
    (void)pthread_mutex_unlock(&one_at_a_time);
    return result;
}

void sj_identity_clear(struct identity *identity) {
    EVP_PKEY_free(identity->key);
    X509_free(identity->certificate);
    if (identity->key_pem != NULL) {
        OPENSSL_cleanse(identity->key_pem, strlen(identity->key_pem));
    }
    free(identity->key_pem);
    free(identity->certificate_pem);
    memset(identity, 0, sizeof *identity);
}
